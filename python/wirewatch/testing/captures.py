"""Capture files with a few packets in them."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from pathlib import Path

from wirewatch.testing.batches import START

ETHERNET = 1


def write_pcap(
    path: Path,
    frames: Iterable[bytes],
    *,
    start: int = START,
    apart_us: int = 1000,
    link: int = ETHERNET,
) -> Path:
    """Writes a pcap file of `frames`, `apart_us` microseconds after one another; gives `path`."""
    parts = [struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262_144, link)]
    for number, frame in enumerate(frames):
        seconds, micros = divmod(start + number * apart_us, 1_000_000)
        parts.append(struct.pack("<IIII", seconds, micros, len(frame), len(frame)) + frame)
    path.write_bytes(b"".join(parts))
    return path
