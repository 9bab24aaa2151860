"""One run put together: settings to a session of the engine, with the detectors and sinks that
are on."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from errno import ENOENT
from pathlib import Path

import msgspec

from wirewatch import _engine
from wirewatch.config.sections import Settings
from wirewatch.detect import Detector, Surroundings, detectors
from wirewatch.live.tick import Summary, read_summary
from wirewatch.pipeline.options import Source, Wanted, session_options
from wirewatch.pipeline.queue import SinkQueue
from wirewatch.pipeline.router import End, Handlers, Router, by_name, wanted_kinds
from wirewatch.rules.folder import data_folder, installed
from wirewatch.sinks import Sink, sinks

log = logging.getLogger(__name__)


class Problem(msgspec.Struct, frozen=True):
    """A fault in a rule or indicator file."""

    message: str
    level: str = "error"
    """`error` for what is left out, `warning` for what works only in part."""
    file: str = ""
    line: int | None = None
    column: int | None = None
    suggestion: str | None = None

    @property
    def place(self) -> str:
        """`file:line:column`, as far as it is known."""
        parts = (self.file, self.line, self.column)
        return ":".join(str(part) for part in parts if part not in (None, ""))


class Loaded(msgspec.Struct, frozen=True):
    """What the engine has loaded."""

    rules: int = 0
    rules_unsupported: int = 0
    rules_broken: int = 0
    indicators: int = 0
    home_net: str = ""
    interfaces: list[str] = []
    workers: int = 1


class Reloaded(msgspec.Struct, frozen=True):
    """Rules that took the place of others while a run goes on."""

    rules: int = 0
    rules_unsupported: int = 0
    rules_broken: int = 0
    problems: list[Problem] = []


class Run(msgspec.Struct):
    """A session that is ready to start."""

    session: _engine.Session
    router: Router
    loaded: Loaded
    problems: list[Problem]

    @property
    def home_net(self) -> tuple[str, ...]:
        """The networks that rules call ours."""
        return _networks(self.loaded.home_net)

    def reload_rules(self) -> Reloaded:
        """Reads the rules again, and goes on with them. No packet is lost, and what rules remember
        of flows and hosts stays.

        Raises `ValueError` when none of the new rules can be used or files are read: the rules
        before stay in use.
        """
        return msgspec.json.decode(self.session.reload_rules(), type=Reloaded)

    def summary(self) -> Summary:
        """What was seen so far, or in the whole run once it has ended."""
        read = read_summary(self.session.summary())
        lost = self.router.drops
        return msgspec.structs.replace(read, drops=read.drops | lost) if lost else read


def open_run(
    settings: Settings,
    source: Source,
    wanted: Wanted,
    *,
    handlers: Handlers | None = None,
    extra: Iterable[type[Detector]] = (),
) -> Run:
    """Opens the source, loads rules and indicators, creates output files: all that can go wrong
    early.

    Raises `FileNotFoundError`, `PermissionError`, `OSError`, `ValueError` or `EngineError`.
    """
    if "-" in settings.eve.files:
        raise ValueError("eve.files: only `wirewatch read` and `wirewatch live` write to `-`")
    settings = with_installed_rules(settings)
    chosen = _chosen(settings, extra)
    wanted_sinks = _sinks(settings)
    kinds = wanted.batches | wanted_kinds([*chosen, *wanted_sinks])
    for path in (*settings.detect.rules, *settings.detect.intel):
        if not Path(path).exists():
            raise FileNotFoundError(ENOENT, "no such file or folder", path)
    options = session_options(settings, source, msgspec.structs.replace(wanted, batches=kinds))
    session = _engine.Session(options.to_json())
    loaded = msgspec.json.decode(session.loaded, type=Loaded)
    router = Router(
        session,
        handlers or Handlers(),
        detectors=_made(chosen, settings, loaded),
        sinks=tuple(SinkQueue(sink, waits=not source.is_live) for sink in wanted_sinks),
    )
    problems = msgspec.json.decode(session.problems, type=list[Problem])
    return Run(session, router, loaded, problems)


def with_installed_rules(settings: Settings) -> Settings:
    """The settings with the installed rules, when they name no rules and want those."""
    detect = settings.detect
    if detect.rules or not (detect.enabled and settings.rules.use_installed):
        return settings
    rules = installed(data_folder(settings.rules.folder))
    return settings.replace(detect=detect.replace(rules=rules)) if rules else settings


def _chosen(settings: Settings, extra: Iterable[type[Detector]]) -> list[type[Detector]]:
    if not settings.detect.enabled:
        return []
    silent = {name.replace("-", "_") for name in settings.detect.disabled}
    return [one for one in (*detectors(), *extra) if one.name not in silent]


def _made(
    chosen: Iterable[type[Detector]], settings: Settings, loaded: Loaded
) -> tuple[Detector, ...]:
    surroundings = Surroundings(home_net=_networks(loaded.home_net))
    made = []
    for one in chosen:
        section = by_name(settings.detectors, one.name, one.settings)
        try:
            made.append(one(section, surroundings))
        except Exception as error:
            log.error("detector %s does not start: %s: %s", one.name, type(error).__name__, error)  # noqa: TRY400
    return tuple(made)


def _networks(text: str) -> tuple[str, ...]:
    """`[192.0.2.0/24,2001:db8::/32]` as its networks; what is negated or a word is left out."""
    parts = (part.strip() for part in text.strip("[] ").split(","))
    return tuple(part for part in parts if part and part[0] not in "!$" and part != "any")


def _sinks(settings: Settings) -> list[Sink]:
    """The sinks that are switched on; a wrong setting of one is an error like any other."""
    made = []
    for one in sinks():
        section = by_name(settings.sinks, one.name, one.settings)
        if one.is_wanted(section):
            made.append(one(section))
    return made


__all__ = ["End", "Loaded", "Problem", "Reloaded", "Run", "open_run"]
