"""Runs the router beside the screen and puts what comes out into the live picture."""

from __future__ import annotations

import threading

from wirewatch.batch import Batch
from wirewatch.live.picture import Notice, Picture
from wirewatch.live.tick import read_tick
from wirewatch.pipeline.router import POLL_S, End, Event, Handlers, Router

NEWEST = 200
"""Alerts that are looked at per batch: as many as the picture keeps."""


class Feed:
    """A thread that works the router; the screen only looks at the picture."""

    def __init__(self, picture: Picture) -> None:
        self.picture = picture
        self._router: Router | None = None
        self._thread = threading.Thread(target=self._work, name="feed", daemon=True)
        self._failure: BaseException | None = None

    @property
    def handlers(self) -> Handlers:
        """What the router calls."""
        return Handlers(tick=self._tick, batch=self._batch, event=self._event)

    def begin(self, router: Router) -> None:
        """Starts the run."""
        self._router = router
        self._thread.start()

    def finish(self) -> End:
        """Ends the run, waits until outputs are complete, and says how it ended."""
        router = self._router
        if router is None:
            return End()
        router.stop()
        self._thread.join()
        if self._failure is not None:
            raise self._failure
        return router.end or End()

    def _work(self) -> None:
        router = self._router
        if router is None:
            return
        try:
            router.start()
            while router.end is None:
                router.step(POLL_S)
                self.picture.plugin_drops = router.drops
            self.picture.take_end(router.end.error or "")
        except BaseException as error:
            self._failure = error
            self.picture.take_end(f"{type(error).__name__}: {error}")

    def _tick(self, data: bytes) -> None:
        self.picture.take_tick(read_tick(data))

    def _batch(self, batch: Batch) -> None:
        if batch.kind != "alert":
            return
        for row in batch.rows()[-NEWEST:]:
            self.picture.take_alert(dict(zip(batch.names, row, strict=True)))

    def _event(self, event: Event) -> None:
        self.picture.take_notice(Notice(event.code, event.severity, event.message))
