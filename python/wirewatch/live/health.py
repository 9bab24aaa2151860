"""Whether the sensor sees what it should: the answer to "am I blind?"."""

from __future__ import annotations

import msgspec

from wirewatch.live.picture import Picture
from wirewatch.terminal import format_bytes
from wirewatch.terminal.losses import losses

QUIET_TICKS = 5
"""Ticks without a packet after which silence is told: a busy network is never silent so long."""

ONE_SIDED_HOSTS = 5
"""Hosts in the list below which nothing is said about one-sided traffic: too few to judge."""


class Health(msgspec.Struct, frozen=True):
    """What a health line says."""

    level: str
    """`ok`, `warn` or `bad`."""
    text: str


def health(picture: Picture) -> Health:
    """The most serious thing there is to say, or that all is well."""
    if picture.ended is not None:
        return Health("warn" if picture.ended else "ok", picture.ended or "finished")
    tick = picture.tick
    if tick is None:
        return Health("warn", "waiting for the first packets")
    lost = _losing(picture)
    if lost:
        return Health("bad", lost)
    silent = _silent(picture)
    if silent:
        return Health("warn", silent)
    if _one_sided(picture):
        return Health(
            "warn", "only one direction of the traffic is seen: check the mirror port or both links"
        )
    return Health("ok", f"no drops, {format_bytes(tick.memory_bytes)} of memory")


def _losing(picture: Picture) -> str:
    recent = sum(rate.dropped for rate in picture.latest(10))
    total = sum(picture.drops.values())
    if not total:
        return ""
    return f"{'losing now' if recent else 'lost earlier'}: {losses(picture.drops)}"


def _silent(picture: Picture) -> str:
    if picture.tick is not None and picture.tick.progress is not None:
        return ""
    newest = picture.latest(QUIET_TICKS)
    if len(newest) < QUIET_TICKS or any(rate.packets_s for rate in newest):
        return ""
    if not picture.totals.packets:
        return f"no packets on {picture.source} yet: is it the right interface?"
    return f"no packets for {len(newest)} s on {picture.source}"


def _one_sided(picture: Picture) -> bool:
    # A host that only sends or only receives is ordinary; when all of them do, one direction is
    # missing.
    hosts = picture.hosts
    if len(hosts) < ONE_SIDED_HOSTS:
        return False
    return all(not host.bytes_sent or not host.bytes_received for host in hosts)
