"""The router: takes what comes out of the engine and hands it to whoever wants it.

Per update, never per packet: batches go to detectors and sinks, their alerts back through the
engine (so that they reach every output), ticks and alerts to the live picture, text to the
terminal.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from wirewatch.batch import Batch
from wirewatch.detect.detector import Alert, Detector
from wirewatch.pipeline.queue import SinkQueue

if TYPE_CHECKING:
    from wirewatch._engine import Packets, Update

log = logging.getLogger(__name__)

POLL_S = 0.2
"""How long the router waits for the engine at a time: a signal is answered within it."""

PLUGIN_GID = 600
"""Group of alerts that Python detectors raise."""


class Engine(Protocol):
    """The part of `wirewatch._engine.Session` that the router uses."""

    def start(self) -> None: ...
    def next(self, timeout_s: float) -> Update | None: ...
    def stop(self) -> None: ...
    def alert(self, alert: str) -> None: ...


class _End(msgspec.Struct, frozen=True):
    error: str | None = None
    damaged: bool = False


class _Event(msgspec.Struct, frozen=True):
    message: str
    code: str = ""
    severity: str = "info"


class End(msgspec.Struct, frozen=True):
    """How a run ended."""

    error: str | None = None
    """What went wrong, in words; what came before it was processed."""
    damaged: bool = False
    """Whether a capture file is damaged."""


class Event(msgspec.Struct, frozen=True):
    """Something the engine says about itself."""

    code: str
    message: str
    severity: str


def _ignore(_: Any) -> None:
    """Takes what nobody asked for."""


class Handlers(msgspec.Struct, frozen=True):
    """Who gets what; one that is not set gets nothing."""

    text: Callable[[bytes], object] = _ignore
    tick: Callable[[bytes], object] = _ignore
    batch: Callable[[Batch], object] = _ignore
    packets: Callable[[Packets], object] = _ignore
    event: Callable[[Event], object] = _ignore


class PluginCounters(msgspec.Struct):
    """What one detector received and gave."""

    received: int = 0
    alerts: int = 0
    errors: int = 0


class Router(msgspec.Struct):
    """Runs one session to its end."""

    engine: Engine
    handlers: Handlers
    detectors: tuple[Detector, ...] = ()
    sinks: tuple[SinkQueue, ...] = ()
    counters: dict[str, PluginCounters] = msgspec.field(default_factory=dict)
    """By detector."""
    _end: End | None = None

    def run(self) -> End:
        """Starts the session and works until it has ended."""
        self.start()
        while self._end is None:
            self.step(POLL_S)
        return self._end

    def start(self) -> None:
        """Starts the workers."""
        self.counters = {one.name: PluginCounters() for one in self.detectors}
        self.engine.start()

    def step(self, timeout_s: float) -> bool:
        """Handles one update, or waits that long for one; says whether there was any."""
        update = self.engine.next(timeout_s)
        if update is not None:
            self._route(update)
        return update is not None

    @property
    def end(self) -> End | None:
        """How the run ended, once it has."""
        return self._end

    def stop(self) -> None:
        """Asks the engine to finish; `run` goes on until the last record is out."""
        self.engine.stop()

    @property
    def drops(self) -> dict[str, int]:
        """Records that sinks lost, by sink."""
        return {f"sink {one.name}": one.dropped for one in self.sinks if one.dropped}

    def _route(self, update: Update) -> None:
        match update.kind:
            case "batch" if update.batch is not None:
                self._batch(update.batch)
            case "text":
                self.handlers.text(update.data)
            case "packets" if update.packets is not None:
                self.handlers.packets(update.packets)
            case "tick":
                self.handlers.tick(update.data)
            case "event":
                self._event(update.data)
            case "end":
                self._finish(update.data)

    def _batch(self, batch: Batch) -> None:
        for detector in self.detectors:
            if batch.kind in detector.reads:
                self._detect(detector, batch)
        for sink in self.sinks:
            if batch.kind in sink.reads:
                sink.put(batch)
        self.handlers.batch(batch)

    def _detect(self, detector: Detector, batch: Batch) -> None:
        counters = self.counters[detector.name]
        counters.received += len(batch)
        try:
            alerts = list(detector.read(batch))
        except Exception as error:
            counters.errors += 1
            if counters.errors == 1:
                log.error("detector %s failed: %s: %s", detector.name, type(error).__name__, error)  # noqa: TRY400
            return
        for alert in alerts:
            counters.alerts += 1
            self.engine.alert(alert_json(alert, detector.name))

    def _event(self, data: bytes) -> None:
        event = msgspec.json.decode(data, type=_Event)
        self.handlers.event(Event(event.code, event.message, event.severity))

    def _finish(self, data: bytes) -> None:
        end = msgspec.json.decode(data or b"{}", type=_End)
        for sink in self.sinks:
            sink.close()
        self._end = End(end.error, end.damaged)


def alert_json(alert: Alert, detector: str) -> str:
    """An alert as the engine takes it: fields of the `alert` record."""
    fields: dict[str, Any] = {
        "ts": alert.ts,
        "flow_id": alert.flow_id,
        "src_ip": alert.src_ip,
        "src_port": alert.src_port,
        "dst_ip": alert.dst_ip,
        "dst_port": alert.dst_port,
        "proto": alert.proto,
        "action": "allowed",
        "gid": PLUGIN_GID,
        "signature_id": alert.signature_id,
        "rev": 1,
        "signature": alert.signature,
        "category": alert.category,
        "severity": int(alert.severity),
        "detector": detector,
        "evidence": dict(alert.evidence) or None,
    }
    return msgspec.json.encode({k: v for k, v in fields.items() if v is not None}).decode()


def wanted_kinds(consumers: Iterable[object]) -> frozenset[str]:
    """Kinds of records that any of them reads."""
    return frozenset(kind for one in consumers for kind in getattr(one, "reads", ()))


def by_name(values: Mapping[str, object], name: str, described: type) -> Any:
    """The section of a plugin's settings, its defaults when there is none."""
    found = values.get(name)
    return described() if found is None else found
