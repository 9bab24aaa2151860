"""One bounded picture of now: what terminal and web screens show, and nothing else is kept for
them."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Any, TypeVar

import msgspec

from wirewatch.live.tick import FlowShare, Host, PortShare, ProtocolShare, Tick, Totals

HISTORY = 600
"""Ticks of rates that are kept: ten minutes of seconds, more than any screen is wide."""

WINDOW = 30
"""Ticks that lists of hosts, protocols and ports cover: those of one second would only flicker."""

FINDINGS = 200
"""Newest findings that are kept: what a person scrolls through; the rest is in the outputs."""

NOTICES = 50
"""Newest notices of the sensor that are kept."""


class Rate(msgspec.Struct, frozen=True):
    """Traffic of one tick, per second."""

    ts: int
    packets_s: float
    bits_s: float
    dropped: int
    """Packets and records that were lost in this tick."""


class FindingLine(msgspec.Struct, frozen=True):
    """One alert, as a screen lists it; texts are as they came and not yet safe to show."""

    ts: int
    severity: int
    signature: str
    source: str
    """The address alone: the port of the side that began says little."""
    destination: str
    """Address and port."""
    category: str = ""


class Notice(msgspec.Struct, frozen=True):
    """Something the sensor says about itself."""

    code: str
    severity: str
    message: str


class Picture:
    """What is going on now, fed from ticks, alerts and notices.

    `serial` grows with each change, so that a screen redraws only when there is something new.
    """

    def __init__(self, source: str = "") -> None:
        self.source = source
        """What is looked at, in words: interfaces or files."""
        self.tick: Tick | None = None
        self.rates: deque[Rate] = deque(maxlen=HISTORY)
        self.findings: deque[FindingLine] = deque(maxlen=FINDINGS)
        self.notices: deque[Notice] = deque(maxlen=NOTICES)
        self.ended: str | None = None
        """Why the run has ended, when it has; empty for its natural end."""
        self.plugin_drops: dict[str, int] = {}
        self.serial = 0
        self._dropped = 0
        self._began = 0
        self._window: deque[Tick] = deque(maxlen=WINDOW)

    def take_tick(self, tick: Tick) -> None:
        """The newest interval."""
        seconds = tick.interval_s if tick.interval_s > 0 else 1.0
        dropped = sum(tick.drops.values())
        self.rates.append(
            Rate(
                tick.ts,
                tick.packets / seconds,
                tick.bytes * 8 / seconds,
                max(0, dropped - self._dropped),
            )
        )
        self._dropped = dropped
        self.tick = tick
        self._began = self._began or tick.ts
        self._window.append(tick)
        self.serial += 1

    def take_alert(self, alert: Mapping[str, Any]) -> None:
        """One record of kind `alert`."""
        self.findings.appendleft(
            FindingLine(
                ts=alert.get("ts") or 0,
                severity=alert.get("severity") or 3,
                signature=alert.get("signature") or "",
                source=endpoint(alert.get("src_ip"), None),
                destination=endpoint(alert.get("dst_ip"), alert.get("dst_port")),
                category=alert.get("category") or "",
            )
        )
        self.serial += 1

    def take_notice(self, notice: Notice) -> None:
        """A message of the sensor."""
        self.notices.appendleft(notice)
        self.serial += 1

    def take_end(self, reason: str = "") -> None:
        """The run is over."""
        self.ended = reason
        self.serial += 1

    @property
    def totals(self) -> Totals:
        """Counters since the run began."""
        return self.tick.totals if self.tick else Totals()

    @property
    def seconds(self) -> float:
        """Seconds of capture time since the first packet."""
        newest = self.tick.ts if self.tick else 0
        return max(0, newest - self._began) / 1_000_000

    @property
    def drops(self) -> dict[str, int]:
        """What was lost since the run began, by where and why, without zeros."""
        engine = self.tick.drops if self.tick else {}
        return {name: count for name, count in (engine | self.plugin_drops).items() if count}

    @property
    def rate(self) -> Rate | None:
        """The newest rate."""
        return self.rates[-1] if self.rates else None

    def latest(self, count: int) -> list[Rate]:
        """The newest `count` rates, oldest first."""
        skip = max(0, len(self.rates) - count)
        return list(itertools.islice(self.rates, skip, None))

    @property
    def hosts(self) -> list[Host]:
        """Hosts with the most traffic in the window, largest first."""
        sums = _summed(self._window, lambda tick: tick.top_hosts, lambda one: one.ip)
        return sorted(sums, key=lambda one: -one.bytes)

    @property
    def protocols(self) -> list[ProtocolShare]:
        """Protocols with the most traffic in the window, largest first."""
        sums = _summed(self._window, lambda tick: tick.protocols, lambda one: one.name)
        return sorted(sums, key=lambda one: -one.bytes)

    @property
    def ports(self) -> list[PortShare]:
        """Server ports with the most traffic in the window, largest first."""
        sums = _summed(self._window, lambda tick: tick.ports, lambda one: (one.port, one.proto))
        return sorted(sums, key=lambda one: -one.bytes)

    @property
    def flows(self) -> list[FlowShare]:
        """Conversations with the most traffic in the window, largest first."""
        sums = _summed(
            self._window,
            lambda tick: tick.top_flows,
            lambda one: (one.src, one.sport, one.dst, one.dport, one.proto),
        )
        return sorted(sums, key=lambda one: -one.bytes)


Share = TypeVar("Share", bound=msgspec.Struct)

_SUMMED = ("bytes", "packets", "flows", "bytes_sent", "bytes_received")


def _summed(
    ticks: Iterable[Tick],
    shares: Callable[[Tick], list[Share]],
    identity: Callable[[Share], Hashable],
) -> list[Share]:
    """Shares of the same thing in several ticks added up."""
    sums: dict[Hashable, Share] = {}
    for tick in ticks:
        for share in shares(tick):
            key = identity(share)
            sums[key] = _sum(sums[key], share) if key in sums else share
    return list(sums.values())


def _sum(one: Share, other: Share) -> Share:
    counted = [name for name in one.__struct_fields__ if name in _SUMMED]
    return msgspec.structs.replace(
        one, **{name: getattr(one, name) + getattr(other, name) for name in counted}
    )


def endpoint(ip: str | None, port: int | None) -> str:
    """`192.0.2.1:443`, `[2001:db8::1]:443`, or the address alone."""
    if ip is None:
        return ""
    if port is None:
        return ip
    return f"[{ip}]:{port}" if ":" in ip else f"{ip}:{port}"
