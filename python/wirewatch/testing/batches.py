"""Batches built from only the fields a test is about."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wirewatch.records import FIELDS

START = 1_767_225_600_000_000
"""2026-01-01: the time of a record whose test does not care."""

_DEFAULTS: dict[str, Any] = {
    "ts": START,
    "start": START,
    "end": START,
    "flow_id": 1,
    "vlan": (),
    "src_ip": "192.0.2.1",
    "src_port": 40_000,
    "dst_ip": "198.51.100.1",
    "dst_port": 443,
    "proto": "TCP",
    "ip_v": 4,
}

_EMPTY: dict[str, Any] = {"bool": False, "bit": False, "texts": (), "u16s": ()}
_NUMBERS = frozenset({"u8", "u16", "u32", "u64", "time"})


class Rows:
    """A batch without the engine: what detectors and sinks need of one, in plain Python."""

    def __init__(self, kind: str, names: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
        self.kind = kind
        self.names = list(names)
        self._rows = list(rows)

    def __len__(self) -> int:
        return len(self._rows)

    def column(self, name: str) -> list[Any]:
        """One column."""
        index = self.names.index(name)
        return [row[index] for row in self._rows]

    def rows(self) -> list[tuple[Any, ...]]:
        """All rows."""
        return list(self._rows)

    def where(self, name: str, wanted: list[str]) -> Rows:
        """The rows whose column `name` is one of `wanted`."""
        index = self.names.index(name)
        return Rows(self.kind, self.names, [row for row in self._rows if row[index] in wanted])

    def pieces(self, size: int = 1) -> list[Rows]:
        """The same rows cut into batches of `size`: a detector must say the same of them."""
        return [
            Rows(self.kind, self.names, self._rows[at : at + size])
            for at in range(0, len(self._rows), size)
        ]


def batch(kind: str, *rows: dict[str, Any]) -> Rows:
    """A batch of `kind` with these rows; what a row leaves out is filled in.

    Raises `ValueError` for a field that records of this kind do not have.
    """
    fields = FIELDS[kind]
    for row in rows:
        if unknown := row.keys() - fields.keys():
            raise ValueError(f"{kind} has no field {sorted(unknown)}")
    filled = [
        tuple(
            row[name] if name in row else _default(name, field.type, optional=field.optional)
            for name, field in fields.items()
        )
        for row in rows
    ]
    return Rows(kind, list(fields), filled)


def _default(name: str, kind: str, *, optional: bool) -> Any:
    if name in _DEFAULTS or optional:
        return _DEFAULTS.get(name)
    if kind in _NUMBERS:
        return 0
    return _EMPTY.get(kind, "")
