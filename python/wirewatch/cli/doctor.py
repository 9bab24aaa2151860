"""`wirewatch doctor`: what capture needs, what was found, and how to mend it."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from ipaddress import IPv4Interface, IPv6Interface, ip_interface, ip_network

import msgspec

from wirewatch import _engine
from wirewatch.cli.arguments import Arguments
from wirewatch.cli.flags import JSON
from wirewatch.cli.output import is_coloured
from wirewatch.terminal import safe_text

_MARKS = {"ok": ("✓", "32"), "warn": ("!", "33"), "fail": ("✗", "31;1")}
FAILED = 2


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


def run(arguments: Arguments) -> int:
    """Prints each check; 2 when capture would not work."""
    data = _engine.doctor()
    checks = msgspec.json.decode(data, type=list[Check])
    interfaces = msgspec.json.decode(_engine.interfaces(), type=list[Interface])
    checks.append(home_net(arguments.resolve().settings.detect.home_net, interfaces))
    if arguments.flag(JSON):
        sys.stdout.write(msgspec.json.encode(checks).decode() + "\n")
    else:
        _print(checks)
    return FAILED if any(check.status == "fail" for check in checks) else 0


def home_net(wanted: Iterable[str], interfaces: Iterable[Interface]) -> Check:
    """Whether the networks that rules call ours are those that are seen here."""
    name = "home networks"
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
    strange = sorted(
        f"{address.network} of {interface}"
        for interface, address in own
        if not any(_has(network, address) for network in wanted)
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


def _has(network: str, address: IPv4Interface | IPv6Interface) -> bool:
    known = ip_network(network, strict=False)
    return known.version == address.version and address.ip in known


def _print(checks: list[Check]) -> None:
    coloured = is_coloured(sys.stdout, "auto")
    for check in checks:
        mark, colour = _MARKS.get(check.status, ("?", "0"))
        shown = f"\x1b[{colour}m{mark}\x1b[0m" if coloured else mark
        sys.stdout.write(f"{shown} {safe_text(check.name)}: {safe_text(check.found)}\n")
        if check.fix and check.status != "ok":
            for line in check.fix.splitlines():
                sys.stdout.write(f"    {safe_text(line)}\n")
    bad = sum(check.status == "fail" for check in checks)
    doubtful = sum(check.status == "warn" for check in checks)
    if not bad and not doubtful:
        sys.stdout.write("All is well.\n")
    else:
        sys.stdout.write(f"{bad} to mend, {doubtful} to think about.\n")
