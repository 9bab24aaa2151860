"""One host sending very much to one outside address, and getting little back.

What it sees
    Finished flows that a host of one's own networks opened to an address outside. The payload sent
    and received is added up per pair of addresses within a window; an alert is raised when what was
    sent passes a limit and is many times what came back.
Why it matters
    Whoever steals data has to carry it out (ATT&CK T1041, T1048, T1567).
What else looks like it
    Backups to a cloud, video uploads, releases being published: name the destinations in `ignore`.
    The defaults are high, so that mail, meetings and photographs stay silent.
What it does not see
    Flows below `flow_kilobytes`, so that millions of small flows cost nothing; uploads to one's own
    networks; a transfer that is spread over many addresses.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from functools import lru_cache
from ipaddress import ip_address
from typing import Any, ClassVar

import msgspec

from wirewatch.batch import Batch
from wirewatch.config.definition import Section, setting
from wirewatch.detect.detector import Alert, Severity, Surroundings
from wirewatch.networks import Networks

SECOND = 1_000_000
MEGABYTE = 1_000_000
_COLUMNS = (
    "end", "flow_id", "src_ip", "dst_ip", "dst_port", "proto",
    "payload_bytes_toserver", "payload_bytes_toclient",
)  # fmt: skip


class LargeUploadSettings(Section):
    """When sending much is worth an alert."""

    megabytes: int = setting(
        500, "How much must be sent to one address within the window.", minimum=1
    )
    ratio: float = setting(10.0, "How many times more must be sent than is received.", minimum=1)
    window_s: int = setting(3600, "How many seconds a flow counts.", minimum=1, maximum=86_400)
    flow_kilobytes: int = setting(
        1000, "Flows that send less than this are not looked at.", minimum=0
    )
    ignore: tuple[str, ...] = setting((), "Addresses or networks that may get much.")
    max_tracked: int = setting(
        10_000,
        "Pairs of addresses followed at once (about 300 bytes each); the least recent is "
        "forgotten first.",
        minimum=1,
        maximum=1_000_000,
    )


class _Transfer(msgspec.Struct):
    """What one host sent to one address since the window began."""

    began: int
    sent: int = 0
    received: int = 0
    told: bool = False


class LargeUpload:
    """Raises `Unusually large upload to one outside address`."""

    name: ClassVar[str] = "large_upload"
    reads: ClassVar[frozenset[str]] = frozenset({"flow"})
    settings: ClassVar[type[Section]] = LargeUploadSettings
    signature_id: ClassVar[int] = 5_000_001

    def __init__(self, settings: LargeUploadSettings, surroundings: Surroundings) -> None:
        self._settings = settings
        self._transfers: OrderedDict[tuple[str, str], _Transfer] = OrderedDict()
        home = Networks(surroundings.home_net)
        ignored = Networks(settings.ignore)
        # The same few addresses come again and again, so most questions are answered from the
        # cache.
        self._is_home = lru_cache(maxsize=65_536)(home.contains)
        self._is_target = lru_cache(maxsize=65_536)(
            lambda address: (
                _is_outside(address)
                and not home.contains(address)
                and not ignored.contains(address)
            )
        )

    def read(self, batch: Batch) -> Iterator[Alert]:
        """Adds up the batch's larger flows."""
        least = self._settings.flow_kilobytes * 1000
        sent = batch.column("payload_bytes_toserver")
        large = [index for index, size in enumerate(sent) if size and size >= least]
        if not large:
            return
        columns = [batch.column(name) for name in _COLUMNS]
        for index in large:
            row = tuple(column[index] for column in columns)
            if row[2] and row[3] and self._is_home(row[2]) and self._is_target(row[3]):
                yield from self._follow(*row)

    def _follow(
        self, end: int, flow_id: int, src: str, dst: str, port: int | None, proto: str | None,
        sent: int, received: int,
    ) -> Iterator[Alert]:  # fmt: skip
        transfer = self._transfer(src, dst, end)
        transfer.sent += sent
        transfer.received += received
        if transfer.told or not self._is_large(transfer):
            return
        transfer.told = True
        yield Alert(
            ts=end,
            signature_id=self.signature_id,
            signature="Unusually large upload to one outside address",
            severity=Severity.MEDIUM,
            category="Possible data exfiltration",
            src_ip=src,
            dst_ip=dst,
            dst_port=port,
            proto=proto,
            flow_id=flow_id,
            evidence=self._evidence(transfer, end),
        )

    def _is_large(self, transfer: _Transfer) -> bool:
        enough = transfer.sent >= self._settings.megabytes * MEGABYTE
        return enough and transfer.sent >= self._settings.ratio * transfer.received

    def _evidence(self, transfer: _Transfer, end: int) -> dict[str, Any]:
        return {
            "bytes_sent": transfer.sent,
            "bytes_received": transfer.received,
            "seconds": max(0, end - transfer.began) // SECOND,
            "limit_bytes": self._settings.megabytes * MEGABYTE,
        }

    def _transfer(self, src: str, dst: str, now: int) -> _Transfer:
        transfer = self._transfers.pop((src, dst), None)
        if transfer is None or now - transfer.began > self._settings.window_s * SECOND:
            transfer = _Transfer(began=now)
        self._transfers[src, dst] = transfer
        if len(self._transfers) > self._settings.max_tracked:
            self._transfers.popitem(last=False)
        return transfer


def _is_outside(address: str) -> bool:
    parsed = ip_address(address)
    return not (parsed.is_multicast or parsed.is_link_local or parsed.is_loopback)
