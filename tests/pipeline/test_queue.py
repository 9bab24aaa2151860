"""A sink behind its queue."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass
from typing import ClassVar

import pytest
from wirewatch.batch import Batch
from wirewatch.pipeline.queue import DEPTH, SinkQueue
from wirewatch.testing import batch


@dataclass(frozen=True)
class _None:
    """No settings."""


class Slow:
    """Writes nothing before it is let go."""

    name: ClassVar[str] = "slow"
    reads: ClassVar[frozenset[str]] = frozenset({"flow"})
    settings: ClassVar[type] = _None

    def __init__(self, _settings: object = None) -> None:
        self.go = threading.Event()
        self.begun = threading.Event()
        self.rows = 0
        self.closed = False
        self.fails = False

    @classmethod
    def is_wanted(cls, _settings: object) -> bool:
        return True

    def write(self, batch: Batch) -> None:
        self.begun.set()
        self.go.wait(10)
        if self.fails:
            raise OSError("disk full")
        self.rows += len(batch)

    def close(self) -> None:
        self.closed = True


def test_live_a_full_queue_drops_and_counts() -> None:
    sink = Slow()
    queue = SinkQueue(sink, waits=False)
    one = batch("flow", {}, {})
    queue.put(one)
    sink.begun.wait(10)
    for _ in range(DEPTH + 3):
        queue.put(one)
    sink.go.set()
    queue.close()
    assert queue.dropped == 3 * 2
    assert sink.rows == (1 + DEPTH) * 2


def test_files_wait_for_the_sink() -> None:
    sink = Slow()
    sink.go.set()
    queue = SinkQueue(sink, waits=True)
    for _ in range(DEPTH * 3):
        queue.put(batch("flow", {}))
    queue.close()
    assert (sink.rows, queue.dropped) == (DEPTH * 3, 0)


def test_closing_writes_what_waits_and_closes_the_sink() -> None:
    sink = Slow()
    queue = SinkQueue(sink, waits=True)
    queue.put(batch("flow", {}))
    sink.go.set()
    queue.close()
    assert sink.closed


def test_a_sink_that_fails_is_counted_named_and_told_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    sink = Slow()
    sink.fails = True
    sink.go.set()
    queue = SinkQueue(sink, waits=True)
    with caplog.at_level(logging.ERROR):
        queue.put(batch("flow", {}))
        queue.put(batch("flow", {}))
        queue.close()
    assert (queue.errors, queue.dropped) == (2, 2)
    assert caplog.messages == ["sink slow failed: OSError: disk full"]
