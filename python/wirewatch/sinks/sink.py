"""What a sink is."""

from __future__ import annotations

from typing import Any, ClassVar, Protocol

from wirewatch.batch import Batch
from wirewatch.config.definition import Section


class Sink(Protocol):
    """Takes batches until it is closed.

    The router gives each sink its own bounded queue and thread, so a slow sink delays nobody while
    listening live: its queue fills, and what it misses is counted. A sink raises `OSError` (or its
    library's own error) when it cannot write; the router counts that, says so once and goes on.
    """

    name: ClassVar[str]
    reads: ClassVar[frozenset[str]]
    """Kinds of records it wants."""
    settings: ClassVar[type[Section]]
    """Its attributes are made by `wirewatch.config.definition.setting`."""

    def __init__(self, settings: Any) -> None: ...

    @classmethod
    def is_wanted(cls, settings: Any) -> bool:
        """Whether these settings turn the sink on."""

    def write(self, batch: Batch) -> None:
        """Writes the batch, or raises."""

    def close(self) -> None:
        """Finishes what was begun; called once."""
