"""The router."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import pytest
from wirewatch.batch import Batch
from wirewatch.detect.detector import Alert, Detector, Severity, Surroundings
from wirewatch.pipeline.router import PLUGIN_GID, End, Handlers, Router
from wirewatch.testing import batch

from tests.pipeline.engine import ScriptedEngine, end, update


@dataclass(frozen=True)
class _None:
    """No settings."""


class Echo:
    """Raises one alert per flow."""

    name: ClassVar[str] = "echo"
    reads: ClassVar[frozenset[str]] = frozenset({"flow"})
    settings: ClassVar[type] = _None

    def __init__(self, _settings: object = None, _around: Surroundings | None = None) -> None:
        self.fails = False

    def read(self, batch: Batch) -> Iterator[Alert]:
        if self.fails:
            raise RuntimeError("out of order")
        for ts in batch.column("ts"):
            yield Alert(ts, 7, "A flow", Severity.LOW, evidence={"count": 1})


def routed(
    engine: ScriptedEngine, *detectors: Detector, handlers: Handlers | None = None
) -> Router:
    router = Router(engine, handlers or Handlers(), detectors=detectors)
    router.run()
    return router


def test_alerts_of_detectors_go_back_through_the_engine() -> None:
    engine = ScriptedEngine(update("batch", batch=batch("flow", {"ts": 5})))
    routed(engine, Echo())
    assert engine.alerts == [
        {
            "ts": 5,
            "action": "allowed",
            "gid": PLUGIN_GID,
            "signature_id": 7,
            "rev": 1,
            "signature": "A flow",
            "category": "",
            "severity": 3,
            "detector": "echo",
            "evidence": {"count": 1},
        }
    ]


def test_a_detector_gets_only_the_kinds_it_reads() -> None:
    engine = ScriptedEngine(update("batch", batch=batch("arp", {})))
    assert not routed(engine, Echo()).counters["echo"].received


def test_a_detector_that_fails_is_counted_named_and_told_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    flows = update("batch", batch=batch("flow", {}))
    detector = Echo()
    detector.fails = True
    with caplog.at_level(logging.ERROR):
        router = routed(ScriptedEngine(flows, flows), detector)
    assert router.counters["echo"].errors == 2
    assert caplog.messages == ["detector echo failed: RuntimeError: out of order"]


def test_each_update_reaches_its_handler() -> None:
    got: list[object] = []
    handlers = Handlers(
        text=got.append,
        tick=got.append,
        event=lambda event: got.append(event.message),
        batch=lambda one: got.append(one.kind),
    )
    updates = [
        update("text", data=b"line\n"),
        update("tick", data=b"{}"),
        update("event", data=b'{"message": "hello"}'),
        update("batch", batch=batch("arp", {})),
    ]
    routed(ScriptedEngine(*updates), handlers=handlers)
    assert got == [b"line\n", b"{}", "hello", "arp"]


def test_the_end_tells_what_went_wrong() -> None:
    router = routed(ScriptedEngine(end("cut short", damaged=True)))
    assert router.end == End("cut short", damaged=True)


def test_stopping_asks_the_engine_and_goes_on_to_its_end() -> None:
    engine = ScriptedEngine()
    router = Router(engine, Handlers())
    router.stop()
    assert engine.stopped
    assert router.end is None
