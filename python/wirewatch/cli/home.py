"""Whether the networks that rules call ours fit this machine and what passes it."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_address, ip_interface
from threading import Timer
from typing import Any

import msgspec

from wirewatch import _engine
from wirewatch.capture import live
from wirewatch.networks import Networks

LISTEN_S = 2.0
"""How long it is listened."""
ENOUGH = 50
"""Packets that say something about what passes."""
MOST = 20_000
"""Packets that are looked at."""
LEAST_OURS = 0.1
"""The share of packets with an end at home below which the setting does not fit."""


class Check(msgspec.Struct, frozen=True):
    """One thing that was looked at."""

    name: str
    status: str = "ok"
    """`ok`, `warn` or `fail`."""
    found: str = ""
    fix: str | None = None


class Interface(msgspec.Struct, frozen=True):
    """One of the machine's interfaces, as far as it matters here."""

    name: str
    up: bool = False
    loopback: bool = False
    addresses: list[str] = []


class Seen(msgspec.Struct, frozen=True):
    """What passed for a moment."""

    packets: int = 0
    """Those from host to host."""
    ours: int = 0
    """Those of them with an end in the home networks."""
    home: tuple[str, ...] = ()


def seen(interfaces: tuple[str, ...], wanted: Iterable[str], listen_s: float = LISTEN_S) -> Seen:
    """Listens for a moment; sees nothing where that is not allowed."""
    chosen: dict[str, Any] = {"detect_home_net": list(wanted)} if wanted else {}
    packets = ours = 0
    try:
        with live(interfaces or None, kinds=["packet"], detect_enabled="no", **chosen) as capture:
            home = capture.home_net
            networks = Networks(home)
            timer = Timer(listen_s, capture.stop)
            timer.start()
            for batch in capture.batches("packet"):
                for ends in zip(batch.column("src_ip"), batch.column("dst_ip"), strict=True):
                    if packets < MOST and _is_between_hosts(ends):
                        packets += 1
                        ours += any(end is not None and networks.contains(end) for end in ends)
                if packets >= MOST:
                    break
            timer.cancel()
    except (OSError, ValueError, _engine.EngineError):
        return Seen()
    return Seen(packets, ours, home)


def _is_between_hosts(ends: tuple[str | None, str | None]) -> bool:
    known = [ip_address(end) for end in ends if end is not None]
    return len(known) == len(ends) and not any(
        end.is_multicast or end.is_link_local or end.is_unspecified or str(end) == "255.255.255.255"
        for end in known
    )


def home_net(wanted: Iterable[str], interfaces: Iterable[Interface], seen: Seen) -> Check:
    """Whether the networks that rules call ours are those that are seen here."""
    name = "home networks"
    if seen.packets >= ENOUGH and seen.ours < seen.packets * LEAST_OURS:
        return Check(
            name,
            status="warn",
            found=f"of {seen.packets} packets that passed now, {seen.ours} were from or to the "
            f"home networks ({', '.join(seen.home)}): rules about your own hosts are silent about "
            "the others",
            fix="Set detect.home-net to the networks whose traffic is seen here.",
        )
    own = {
        (one.name, address)
        for one in interfaces
        if one.up and not one.loopback
        for address in map(ip_interface, one.addresses)
        if not address.is_link_local
    }
    wanted = list(wanted)
    if not wanted:
        shown = sorted({str(address.network) for _, address in own})
        return Check(
            name, found=", ".join(shown) or "the private ones, as no interface has an address"
        )
    ours = Networks(wanted)
    strange = sorted(
        f"{address.network} of {interface}"
        for interface, address in own
        if not ours.contains(str(address.ip))
    )
    if not strange:
        return Check(name, found=", ".join(wanted))
    return Check(
        name,
        status="warn",
        found=f"detect.home-net does not have {', '.join(strange)}: rules about your own hosts are "
        "silent about what is there",
        fix="Add the network to detect.home-net, or leave the setting out: each run then takes the "
        "networks of the interfaces that it listens to.",
    )
