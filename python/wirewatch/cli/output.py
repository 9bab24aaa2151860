"""The terminal: records on the standard output, everything about the run on the standard error."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import BinaryIO, TextIO

WIDTH = 30
"""Characters of the progress bar."""


def is_coloured(stream: TextIO, when: str, environ: Mapping[str, str] = os.environ) -> bool:
    """Whether colours go to `stream`: asked for, or a terminal that has not said no."""
    if when != "auto":
        return when == "always"
    dumb = environ.get("TERM") == "dumb"
    return stream.isatty() and not environ.get("NO_COLOR") and not dumb


class Screen:
    """Writes lines and keeps a progress bar below them, when there is a terminal for it."""

    def __init__(self, out: BinaryIO, progress: TextIO | None = None, what: str = "") -> None:
        self._out = out
        self._progress = progress
        self._what = what
        self._drawn = ""

    def write(self, data: bytes) -> None:
        """Writes lines, as they are; raises `BrokenPipeError` when the reader has gone."""
        self._erase()
        self._out.write(data)
        self._out.flush()
        self._draw()

    def advance(self, part: float, detail: str) -> None:
        """Moves the bar to `part`, 0 to 1."""
        if self._progress is None:
            return
        filled = round(min(max(part, 0.0), 1.0) * WIDTH)
        bar = "█" * filled + "░" * (WIDTH - filled)
        self._erase()
        self._drawn = f"{self._what} {bar} {part:4.0%}  {detail}"
        self._draw()

    def close(self) -> None:
        """Takes the bar away."""
        self._erase()
        self._drawn = ""

    def _erase(self) -> None:
        if self._progress is not None and self._drawn:
            self._progress.write("\r\x1b[K")
            self._progress.flush()

    def _draw(self) -> None:
        if self._progress is not None and self._drawn:
            columns = _columns(self._progress)
            self._progress.write(self._drawn[: columns - 1])
            self._progress.flush()


def _columns(stream: TextIO) -> int:
    try:
        return os.get_terminal_size(stream.fileno()).columns
    except OSError:
        return 80


def standard_output() -> BinaryIO:
    """The standard output for bytes."""
    return sys.stdout.buffer
