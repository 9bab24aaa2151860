"""What `wirewatch.run` does, kept apart so that importing wirewatch stays cheap."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

from wirewatch import _engine
from wirewatch.batch import Batch, records
from wirewatch.capture import resolution
from wirewatch.live.tick import Summary
from wirewatch.pipeline.options import PacketOptions, Source, Wanted
from wirewatch.pipeline.router import POLL_S, End, Event, Handlers
from wirewatch.pipeline.run import Run, open_run

log = logging.getLogger(__name__)

PacketFunction = Callable[[_engine.Packet], object]
Registered = tuple[PacketFunction, str | None]


class _Enough(Exception):  # noqa: N818 - not an error
    """The packets that were asked for have been handed over."""


def run_callbacks(
    on_packet: tuple[Registered, ...],
    on_alert: tuple[Callable[[Any], object], ...],
    files: tuple[str, ...],
    interfaces: tuple[str, ...] | None,
    *,
    count: int | None,
    options: Mapping[str, Any],
) -> Summary:
    """Opens the source, hands out packets and alerts, and closes everything whatever happens."""
    if not on_packet and not on_alert:
        raise ValueError("nothing to call: register a function with @wirewatch.on_packet first")
    packets = _dispatcher(on_packet, count)

    def alerts(batch: Batch) -> None:
        if batch.kind == "alert":
            for record in records(batch):
                for function in on_alert:
                    function(record)

    detectors = tuple(options.get("detectors", ()))
    settings = resolution({k: v for k, v in options.items() if k != "detectors"}).settings
    if interfaces == ():
        interfaces = settings.capture.interfaces
    run = open_run(
        settings,
        Source(files, interfaces),
        Wanted(
            batches=frozenset({"alert"} if on_alert else ()),
            packets=PacketOptions(_union(on_packet), copy=True) if on_packet else None,
        ),
        handlers=Handlers(packets=packets, batch=alerts, event=_log_event),
        extra=detectors,
    )
    return _to_the_end(run, live=interfaces is not None)


def _to_the_end(run: Run, *, live: bool) -> Summary:
    router = run.router
    router.start()
    try:
        while router.end is None:
            router.step(POLL_S)
    except _Enough:
        pass
    except KeyboardInterrupt:
        if not live:
            raise
    finally:
        end = _closed(run)
    if end.error:
        raise (_engine.DamagedCapture if end.damaged else _engine.EngineError)(end.error)
    return run.summary()


def _closed(run: Run) -> End:
    router = run.router
    router.handlers = Handlers()
    router.stop()
    while router.end is None:
        router.step(POLL_S)
    return router.end


def _union(registered: tuple[Registered, ...]) -> str | None:
    """One filter that lets through what any of the functions wants."""
    filters = {text for _, text in registered}
    if None in filters or "" in filters:
        return None
    texts = sorted(text for text in filters if text)
    return texts[0] if len(texts) == 1 else " or ".join(f"({text})" for text in texts)


def _dispatcher(
    registered: tuple[Registered, ...], count: int | None
) -> Callable[[_engine.Packets], object]:
    """Hands packets to functions: at full speed when there is one, else each by its own filter."""
    each = registered[0][0] if len(registered) == 1 else _by_filter(registered)
    if count is not None:
        each = _counted(each, count)
    return lambda packets: packets.each(each)


def _by_filter(registered: tuple[Registered, ...]) -> PacketFunction:
    chosen = [(function, _engine.Filter(text) if text else None) for function, text in registered]

    def each(packet: _engine.Packet) -> None:
        for function, one in chosen:
            if one is None or one.matches(packet):
                function(packet)

    return each


def _counted(function: PacketFunction, count: int) -> PacketFunction:
    left = iter(range(count - 1, -1, -1))

    def each(packet: _engine.Packet) -> None:
        function(packet)
        if next(left, 0) == 0:
            raise _Enough

    return each


def _log_event(event: Event) -> None:
    level = {"warning": logging.WARNING, "error": logging.ERROR}.get(event.severity, logging.INFO)
    log.log(level, "%s", event.message)
