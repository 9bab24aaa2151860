"""One consumer of batches behind a bounded queue and a thread of its own."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable
from functools import partial

from wirewatch.batch import Batch
from wirewatch.sinks.sink import Sink

log = logging.getLogger(__name__)

DEPTH = 64
"""Batches that may wait for a sink: with 4,096 rows each, some seconds of a busy network."""

CLOSE_S = 10.0
"""Seconds that a sink gets to finish after the last batch, so that a dead server cannot hold
the exit."""


class SinkQueue:
    """Feeds one sink. What it could not take is counted by reason."""

    def __init__(self, sink: Sink, *, waits: bool) -> None:
        self.name = sink.name
        self.reads = sink.reads
        self.received = 0
        self.dropped = 0
        self.errors = 0
        self._sink = sink
        self._waits = waits
        self._queue: queue.Queue[Batch | None] = queue.Queue(maxsize=DEPTH)
        self._thread = threading.Thread(target=self._run, name=f"sink-{sink.name}", daemon=True)
        self._thread.start()

    def put(self, batch: Batch) -> None:
        """Hands over a batch: waits for room when reading files, drops and counts when live."""
        self.received += len(batch)
        if self._waits:
            self._queue.put(batch)
            return
        try:
            self._queue.put_nowait(batch)
        except queue.Full:
            self.dropped += len(batch)

    def close(self) -> None:
        """Lets the sink finish what is queued, for a limited time."""
        try:
            self._queue.put(None, timeout=CLOSE_S)
        except queue.Full:
            log.warning("sink %s does not take its records; %d batches are lost", self.name, DEPTH)
            return
        self._thread.join(CLOSE_S)
        if self._thread.is_alive():
            log.warning("sink %s did not finish within %.0f s", self.name, CLOSE_S)

    def _run(self) -> None:
        while (batch := self._queue.get()) is not None:
            self._guarded(partial(self._sink.write, batch), len(batch))
        self._guarded(self._sink.close, 0)

    def _guarded(self, action: Callable[[], None], rows: int) -> None:
        try:
            action()
        except Exception as error:
            self.errors += 1
            self.dropped += rows
            if self.errors == 1:
                log.error("sink %s failed: %s: %s", self.name, type(error).__name__, error)  # noqa: TRY400
