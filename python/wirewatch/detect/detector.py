"""What a detector is, and what it says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import IntEnum
from typing import Any, ClassVar, Protocol

import msgspec

from wirewatch.batch import Batch
from wirewatch.config.definition import Section


class Severity(IntEnum):
    """How much attention an alert asks for; the numbers are those of EVE."""

    HIGH = 1
    MEDIUM = 2
    LOW = 3
    INFO = 4


class Alert(msgspec.Struct, frozen=True):
    """Something a detector wants a person to see."""

    ts: int
    signature_id: int
    signature: str
    """One sentence, without a full stop, that is the same each time: figures go to `evidence`."""
    severity: Severity
    src_ip: str | None = None
    dst_ip: str | None = None
    src_port: int | None = None
    dst_port: int | None = None
    proto: str | None = None
    flow_id: int | None = None
    category: str = ""
    evidence: Mapping[str, Any] = msgspec.field(default_factory=dict)
    """What the finding rests on, so that a reader can check."""


class Surroundings(msgspec.Struct, frozen=True):
    """What a detector may know of where it runs."""

    home_net: tuple[str, ...] = ()
    """Networks that are one's own."""


class Detector(Protocol):
    """Reads batches of the kinds it names and raises alerts.

    A detector's only clock is the records' own timestamps, and its state has an upper bound: a
    capture file gives the same alerts at any speed, and no traffic can exhaust memory.
    """

    name: ClassVar[str]
    reads: ClassVar[frozenset[str]]
    settings: ClassVar[type[Section]]
    """Its attributes are made by `wirewatch.config.definition.setting`."""

    def __init__(self, settings: Any, surroundings: Surroundings) -> None: ...

    def read(self, batch: Batch) -> Iterable[Alert]:
        """The alerts that these records give rise to."""
