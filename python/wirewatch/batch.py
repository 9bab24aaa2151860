"""A batch of records: columns of one kind, as the engine hands them over."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol


class Batch(Protocol):
    """Records of one kind, kept as columns.

    Work on columns where speed matters; `records` builds one Python object per record and is for
    the places that need only a few of them. The engine's batches also speak the Arrow PyCapsule
    interface, so that data frame libraries take them without a copy.
    """

    @property
    def kind(self) -> str:
        """What the records are, such as `flow`."""

    @property
    def names(self) -> list[str]:
        """Names of the columns."""

    def __len__(self) -> int: ...

    def column(self, name: str) -> list[Any]:
        """One column as Python values; times are integers, microseconds since 1970."""

    def rows(self) -> list[tuple[Any, ...]]:
        """All rows, one tuple each, in the order of `names`."""

    def where(self, name: str, wanted: list[str]) -> Batch:
        """The rows whose text column `name` is one of `wanted`."""


def records(batch: Batch) -> Iterator[Any]:
    """The batch's records, as instances of the record's class in `wirewatch.records`."""
    from wirewatch.records import (
        KINDS,
    )  # the generated module is large: loaded when rows are wanted

    return map(KINDS[batch.kind]._make, batch.rows())
