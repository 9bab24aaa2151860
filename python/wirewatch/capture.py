"""Reading captures and listening to interfaces from Python.

    import wirewatch as ww

    for flow in ww.read("capture.pcap").flows():
        print(flow.src_ip, flow.dst_ip, flow.bytes_toclient)

The engine is the one behind the command line, so the same traffic gives the same records.
Settings are the defaults and what the call says: a script does not depend on the configuration
files of the machine it runs on, unless it names one with `config=`.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import msgspec

from wirewatch import _engine
from wirewatch.batch import records
from wirewatch.config.definition import Setting
from wirewatch.config.resolution import (
    Layer,
    Resolution,
    SettingsError,
    definitions,
    file_layers,
    resolve,
)
from wirewatch.pipeline.options import Source, Wanted
from wirewatch.pipeline.router import POLL_S, End, Handlers
from wirewatch.pipeline.run import Run, open_run

if TYPE_CHECKING:
    from wirewatch.detect.detector import Detector
    from wirewatch.live.tick import Summary
    from wirewatch.records import Alert, Flow

Paths = str | os.PathLike[str] | Iterable[str | os.PathLike[str]]

_NOT_BY_ITSELF = frozenset({"packet"})
"""Kinds that iterating over everything leaves out: one record per packet has to be asked for."""


class Table:
    """Records of one kind as Arrow columns, in memory.

    Speaks the Arrow PyCapsule interface: `polars.DataFrame(table)`, `pyarrow.table(table)`,
    `pandas.DataFrame.from_arrow(table)` and DuckDB take it without a copy; none of them is
    required.
    """

    def __init__(self, kind: str, batches: Iterable[_engine.Batch]) -> None:
        self.kind = kind
        self._batches = list(batches) or [_engine.empty_batch(kind)]

    def __len__(self) -> int:
        return sum(map(len, self._batches))

    def __repr__(self) -> str:
        return f"<wirewatch.Table {self.kind}: {len(self)} rows, {len(self.names)} columns>"

    @property
    def names(self) -> list[str]:
        """Names of the columns."""
        return self._batches[0].names

    def column(self, name: str) -> list[Any]:
        """One column as Python values; times are integers, microseconds since 1970."""
        return [value for batch in self._batches for value in batch.column(name)]

    def to_dicts(self) -> list[dict[str, Any]]:
        """All rows as dictionaries: handy for small tables."""
        names = self.names
        return [
            dict(zip(names, row, strict=True)) for batch in self._batches for row in batch.rows()
        ]

    def __arrow_c_schema__(self) -> object:
        return self._batches[0].__arrow_c_schema__()

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return _engine.arrow_stream(self._batches)


class Capture:
    """Packets that are, or will be, read, and the records that come of them.

    Over files, each of `flows()`, `records()`, `table()` and iterating reads the files anew, so
    they may be used in any order. Live, there is one run: it begins with the `with` block (or
    the first record that is asked for) and ends with it.

    Raises, when reading begins: `FileNotFoundError`, `PermissionError` or `OSError` for the source,
    `ValueError` for a filter, a condition or a setting, `EngineError` for anything else that can be
    mended. A damaged file raises `DamagedCapture` after the records before the damage; `summary()`
    then tells what they were.
    """

    def __init__(
        self,
        resolution: Resolution,
        source: Source,
        *,
        kinds: Iterable[str] = (),
        detectors: Iterable[type[Detector]] = (),
    ) -> None:
        self._resolution = resolution
        self._source = source
        self._kinds = frozenset(kinds)
        self._detectors = tuple(detectors)
        self._live: _Pass | None = None
        self._last: _Pass | None = None

    def __repr__(self) -> str:
        what = self._source.interfaces if self._source.is_live else self._source.files
        return f"<wirewatch.Capture of {', '.join(what or ('the default interface',))}>"

    def __iter__(self) -> Iterator[Any]:
        """Every record but those of single packets, as instances of the classes in
        `wirewatch.records`."""
        return self.records()

    def records(self, *kinds: str) -> Iterator[Any]:
        """Records of these kinds; all but those of single packets when none is named."""
        for batch in self.batches(*kinds):
            yield from records(batch)

    def flows(self) -> Iterator[Flow]:
        """Each flow as it ends."""
        return self.records("flow")

    def alerts(self) -> Iterator[Alert]:
        """Each finding of rules, indicators and detectors."""
        return self.records("alert")

    def batches(self, *kinds: str) -> Iterator[_engine.Batch]:
        """Records of these kinds as columns, up to a few thousand rows at a time."""
        wanted = _known(kinds or self._kinds) or _all_kinds()
        one = self._begin(wanted)
        try:
            yield from one.batches(wanted)
        finally:
            if one is not self._live:
                one.finish()
        one.check()

    def table(self, kind: str = "flow") -> Table:
        """All records of one kind as one table.

        Live, it holds the records until the capture is stopped from elsewhere.
        """
        return Table(kind, self.batches(kind))

    def summary(self) -> Summary:
        """Totals, rates, drops, top talkers, protocols, ports and findings of the last pass.

        Reads the files when nothing has been read yet, and like any other reading raises
        `DamagedCapture` for a damaged one. Asked again, it gives the totals of what was before the
        damage.
        """
        if self._last is None:
            one = self._begin(frozenset())
            if one is not self._live:
                one.drain()
                one.check()
        assert self._last is not None  # noqa: S101 - set by _begin
        return self._last.run.summary()

    @property
    def home_net(self) -> tuple[str, ...]:
        """The networks that rules call ours in a run that has begun."""
        return () if self._last is None else self._last.run.home_net

    def stop(self) -> None:
        """Ends a live capture; what is still on its way comes out first."""
        if self._live is not None:
            self._live.run.router.stop()

    def __enter__(self) -> Self:
        if self._source.is_live:
            self._begin(_known(self._kinds) or _all_kinds())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._live is not None:
            self._live.finish()

    def _begin(self, kinds: frozenset[str]) -> _Pass:
        if self._live is not None:
            return self._live
        if self._last is not None and "-" in self._source.files:
            raise ValueError("the standard input can be read only once: keep what you need of it")
        one = _Pass.begin(self._resolution, self._source, kinds, self._detectors)
        self._last = one
        if self._source.is_live:
            self._live = one
        return one


class _Pass(msgspec.Struct):
    """One session, and the batches that wait to be taken from it."""

    run: Run
    waiting: deque[_engine.Batch]

    @classmethod
    def begin(
        cls,
        resolution: Resolution,
        source: Source,
        kinds: frozenset[str],
        detectors: tuple[type[Detector], ...],
    ) -> _Pass:
        waiting: deque[_engine.Batch] = deque()
        run = open_run(
            resolution.settings,
            source,
            Wanted(batches=kinds),
            handlers=Handlers(batch=waiting.append),  # type: ignore[arg-type] # the engine's own
            extra=detectors,
        )
        run.router.start()
        return cls(run, waiting)

    def batches(self, kinds: frozenset[str]) -> Iterator[_engine.Batch]:
        while self.run.router.end is None or self.waiting:
            while self.waiting:
                batch = self.waiting.popleft()
                if batch.kind in kinds:
                    yield batch
            if self.run.router.end is None:
                self.run.router.step(POLL_S)

    def drain(self) -> End:
        """Works to the end, whatever still comes."""
        while self.run.router.end is None:
            self.run.router.step(POLL_S)
            self.waiting.clear()
        return self.run.router.end

    def finish(self) -> None:
        """Stops early and completes the outputs."""
        if self.run.router.end is None:
            self.run.router.stop()
            self.drain()

    def check(self) -> None:
        end = self.run.router.end
        if end is not None and end.error:
            raise (_engine.DamagedCapture if end.damaged else _engine.EngineError)(end.error)


def _all_kinds() -> frozenset[str]:
    return frozenset(_engine.record_kinds()) - _NOT_BY_ITSELF


def _known(kinds: Iterable[str]) -> frozenset[str]:
    known = frozenset(_engine.record_kinds())
    wanted = frozenset(kinds)
    unknown = sorted(wanted - known)
    if unknown:
        raise ValueError(f"no records of kind {unknown[0]!r}; there are {', '.join(sorted(known))}")
    return wanted


def read(
    paths: Paths,
    *,
    filter: str | None = None,
    where: str | None = None,
    rules: Paths = (),
    intel: Paths = (),
    detectors: Iterable[type[Detector]] = (),
    config: str | os.PathLike[str] | None = None,
    **settings: object,
) -> Capture:
    """Reads capture files: pcap or pcapng, also .gz and .zst; `-` is the standard input.

    `filter` is a capture filter as in tcpdump, `where` a condition on the fields of records,
    `rules` and `intel` are files to load, `detectors` are classes that fit `Detector`. Any other
    setting may be given by its name with underscores: `capture_checksums="ignore"`,
    `engine_workers=1`.

    Reading begins when something is asked of the `Capture`.
    """
    named = {"filter": filter, "where": where, "rules": rules, "intel": intel, "config": config}
    return Capture(resolution(named | settings), Source(files=_texts(paths)), detectors=detectors)


def live(
    interface: str | Iterable[str] | None = None,
    *,
    filter: str | None = None,
    where: str | None = None,
    rules: Paths = (),
    intel: Paths = (),
    kinds: Iterable[str] = (),
    detectors: Iterable[type[Detector]] = (),
    config: str | os.PathLike[str] | None = None,
    **settings: object,
) -> Capture:
    """Listens to an interface, to several, or to the one of the default route.

    `kinds` limits which records are made; the other options are those of `read`. Use it in a `with`
    block, so that the interface is released and outputs are complete:

        with ww.live("eth0", filter="tcp port 443") as capture:
            for record in capture: ...
    """
    named = {"filter": filter, "where": where, "rules": rules, "intel": intel, "config": config}
    resolved = resolution(named | settings)
    names = _texts(interface) if interface is not None else resolved.settings.capture.interfaces
    return Capture(resolved, Source(interfaces=names), kinds=kinds, detectors=detectors)


def _texts(paths: Paths) -> tuple[str, ...]:
    if isinstance(paths, str | os.PathLike):
        return (os.fspath(paths),)
    return tuple(os.fspath(path) for path in paths)


def resolution(options: Mapping[str, Any]) -> Resolution:
    """The settings that the options of `read` and `live` stand for.

    Raises `SettingsError` (a `ValueError`) for one that does not exist or has a wrong value.
    """
    left = dict(options)
    files = _texts(left.pop("config", None) or ())
    shorter = {
        "capture.filter": left.pop("filter", None),
        "records.where": left.pop("where", None),
        "detect.rules": _texts(left.pop("rules", ())) or None,
        "detect.intel": _texts(left.pop("intel", ())) or None,
    }
    values = [(key, value) for key, value in shorter.items() if value is not None]
    values += _keywords(left)
    layers = [layer for path in files for layer in file_layers(path, {})]
    return resolve([*layers, Layer("argument", tuple(values))])


def _keywords(settings: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    known: dict[str, Setting] = {one.keyword: one for one in definitions().values()}
    for name, value in settings.items():
        if name in known:
            yield known[name].key, value
        elif "." in name:
            yield name, value
        else:
            raise SettingsError(f"unknown setting {name!r}: use a setting's name with underscores")
