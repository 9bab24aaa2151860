"""Signals. Ctrl-C and termination ask the run to finish, the second time they end it at once;
SIGHUP asks it to read its rules again.
"""

from __future__ import annotations

import signal
import threading
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


@contextmanager
def on_hangup(act: Callable[[], object]) -> Iterator[None]:
    """Calls `act` in a thread of its own at each SIGHUP within the block, one call at a time.

    Systems without that signal have none of it.
    """
    number = getattr(signal, "SIGHUP", None)
    if number is None:
        yield
        return
    busy = threading.Lock()

    def work() -> None:
        with busy:
            act()

    def handle(_number: int, _frame: FrameType | None) -> None:
        threading.Thread(target=work, name="wirewatch-rules", daemon=True).start()

    before = signal.signal(number, handle)
    try:
        yield
    finally:
        signal.signal(number, before)
