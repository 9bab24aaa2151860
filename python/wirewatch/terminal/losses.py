"""What the engine's names for losses mean."""

from __future__ import annotations

from collections.abc import Mapping

from wirewatch.terminal.safe import safe_text
from wirewatch.terminal.units import format_count

_WORDS = {
    "kernel": "packets in the kernel (this machine was too slow)",
    "interface": "packets in the network card",
    "shed": "records that an output was too slow for",
    "panics": "packets passed over after an internal error",
    "unread_flows": "flows not read for lack of memory",
    "stream_gaps": "streams cut because memory was short (give more with --memory)",
    "not_written": "packets or lines that could not be written",
}


def losses(drops: Mapping[str, int]) -> str:
    """`7 packets in the kernel ...`, joined with commas; empty when nothing was lost."""
    lost = ((name, count) for name, count in drops.items() if count)
    return ", ".join(
        f"{format_count(count)} {_WORDS.get(name, safe_text(name))}" for name, count in lost
    )
