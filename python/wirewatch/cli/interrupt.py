"""Ctrl-C and termination: the first asks the run to finish, the second ends it at once."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

import msgspec


class Interruption(msgspec.Struct):
    """Which signal came, if one did."""

    number: int | None = None

    @property
    def status(self) -> int | None:
        """The exit status that tells of it, 130 for Ctrl-C."""
        return None if self.number is None else 128 + self.number


@contextmanager
def interruptible(stop: Callable[[], object]) -> Iterator[Interruption]:
    """Calls `stop` on the first Ctrl-C or SIGTERM within the block."""
    came = Interruption()

    def handle(number: int, _frame: FrameType | None) -> None:
        if came.number is not None:
            raise KeyboardInterrupt
        came.number = number
        stop()

    before = {each: signal.signal(each, handle) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield came
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
