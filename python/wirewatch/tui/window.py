"""A titled table that shows a window of rows and is drawn anew only when they changed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Static

from wirewatch.tui.cells import Row

MOST_ROWS = 200
"""Rows that are drawn: drawing thousands each second costs a whole processor."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its title, and whether it takes the width that is left."""

    title: str
    stretches: bool = False
    wraps: bool = False
    right: bool = False


class Window(VerticalScroll):
    """A table that scrolls."""

    def __init__(self, title: str, columns: tuple[Column, ...], *, empty: str, name: str) -> None:
        super().__init__(id=name)
        self.border_title = title
        self._columns = columns
        self._empty = empty
        self._shown: tuple[Row, ...] | None = None
        self._body = Static(Text(empty, style="dim"))

    def compose(self) -> ComposeResult:
        """The table."""
        yield self._body

    @property
    def rows(self) -> tuple[Row, ...]:
        """What is shown."""
        return self._shown or ()

    def show(
        self, items: Sequence[Any], row: Callable[[Any], Row], *, filtered: bool = False
    ) -> None:
        """Shows the first rows of `items`; costs little when they are those already shown."""
        rows = tuple(row(item) for item in items[:MOST_ROWS])
        if rows and rows == self._shown:
            return
        self._shown = rows
        empty = "nothing with this text" if filtered else self._empty
        self._body.update(self._table(rows) if rows else Text(empty, style="dim"))

    def _table(self, rows: tuple[Row, ...]) -> Table:
        table = Table(
            box=None, expand=True, pad_edge=False, header_style="dim", padding=(0, 1, 0, 0)
        )
        for column in self._columns:
            table.add_column(
                column.title,
                ratio=1 if column.stretches else None,
                justify="right" if column.right else "left",
                no_wrap=not column.wraps,
                overflow="fold" if column.wraps else "ellipsis",
            )
        for row in rows:
            table.add_row(*row)
        return table
