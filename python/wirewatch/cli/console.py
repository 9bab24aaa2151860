"""A run on the terminal: what `live`, `read` and `demo` share."""

from __future__ import annotations

import sys
from contextlib import nullcontext

import msgspec

from wirewatch.cli.arguments import Arguments
from wirewatch.cli.flags import FAIL_ON_ALERT
from wirewatch.cli.interrupt import interruptible, on_hangup
from wirewatch.cli.output import Screen, is_coloured, standard_output
from wirewatch.config import Settings
from wirewatch.live.tick import read_tick
from wirewatch.pipeline.options import PROGRESS_TICK_MS, Source, Wanted
from wirewatch.pipeline.router import End, Event, Handlers
from wirewatch.pipeline.run import Problem, Run, open_run
from wirewatch.terminal import format_count, plural, safe_text

ALERTED = 1
WRONG = 2

RECORDS = ("flows", "events", "alerts", "stats")
"""What `--json` shows when nothing is named: everything but single packets, as in EVE files."""

MOST_PROBLEMS = 20
"""Faults of rules and lists that are printed one by one; `wirewatch rules check` prints all."""


class Plan(msgspec.Struct, frozen=True):
    """How one command runs."""

    source: Source
    show: tuple[str, ...]
    """What is shown unless the user says otherwise."""
    what: str = "reading"
    """What the progress bar says."""
    pace: float | None = None


def run_on_console(arguments: Arguments, settings: Settings, plan: Plan) -> int:
    """Runs to the end, prints the summary, and gives the exit status."""
    settings = _with_eve_on_standard_output(settings)
    terminal = settings.terminal
    show = _shown(settings, plan.show)
    coloured = is_coloured(sys.stdout, terminal.colour)
    progress = _has_progress(settings, plan)
    screen = Screen(standard_output(), sys.stderr if progress else None, plan.what)
    console = _Console(screen, quiet=terminal.quiet)
    run = open_run(
        settings,
        plan.source,
        Wanted(
            show=show,
            colour=coloured and not terminal.json,
            json=terminal.json,
            tick_ms=PROGRESS_TICK_MS if progress else 0,
            pace=plan.pace,
        ),
        handlers=Handlers(text=console.text, tick=console.tick, event=console.event),
    )
    console.run = run
    report(run.problems, quiet=terminal.quiet)
    reload = on_hangup(lambda: reload_rules(run)) if plan.source.is_live else nullcontext()
    with reload, interruptible(run.router.stop) as interruption:
        if not terminal.quiet:
            _say_what(run, plan)
        end = run.router.run()
    screen.close()
    if interruption.number is not None and not plan.source.is_live and not terminal.quiet:
        sys.stderr.write("wirewatch: stopped early; the summary is of what was read\n")
    if not terminal.quiet:
        _summarise(settings, run, show=show, seen_live=plan.source.is_live)
    if end.error and end.error not in console.told:
        sys.stderr.write(f"wirewatch: {safe_text(end.error, limit=1000)}\n")
    return _status(arguments, run, end, interruption.status)


def reload_rules(run: Run) -> None:
    """Reads the rules again, and says what came of it."""
    try:
        new = run.reload_rules()
    except (ValueError, OSError) as error:
        sys.stderr.write(f"wirewatch: {safe_text(str(error))}\n")
        return
    report(new.problems, quiet=True)
    sys.stderr.write(f"wirewatch: {plural(new.rules, 'rule')} in use now\n")


def _with_eve_on_standard_output(settings: Settings) -> Settings:
    """`--eve -` means what `--json` means, with the kinds of records that EVE files get."""
    eve, terminal = settings.eve, settings.terminal
    if "-" not in eve.files:
        return settings
    files = tuple(file for file in eve.files if file != "-")
    return settings.replace(
        eve=eve.replace(files=files),
        terminal=terminal.replace(json=True, show=terminal.show or eve.types),
    )


class _Console:
    """Takes what the router hands out to a terminal."""

    def __init__(self, screen: Screen, *, quiet: bool) -> None:
        self.run: Run | None = None
        self.told: set[str] = set()
        """Faults that were told while the run went on."""
        self._screen = screen
        self._quiet = quiet
        self._gone = False

    def text(self, data: bytes) -> None:
        if self._gone:
            return
        try:
            self._screen.write(data)
        except BrokenPipeError:
            # The reader has seen enough: finish, so that files are complete.
            self._gone = True
            if self.run is not None:
                self.run.router.stop()

    def tick(self, data: bytes) -> None:
        tick = read_tick(data)
        if tick.progress is not None:
            packets = format_count(tick.totals.packets)
            self._screen.advance(tick.progress, f"{packets} packets, {tick.totals.alerts} alerts")

    def event(self, event: Event) -> None:
        if self._quiet and event.severity == "info":
            return
        if event.severity == "error":
            self.told.add(event.message)
        self._screen.close()
        sys.stderr.write(f"wirewatch: {safe_text(event.message)}\n")


def report(problems: list[Problem], most: int = MOST_PROBLEMS, *, quiet: bool = False) -> None:
    """Prints faults of rules and lists, with their places; `quiet` leaves out what still works in
    part, and what is right but not supported."""
    if quiet:
        problems = [one for one in problems if one.level == "error"]
    for problem in problems[:most]:
        sys.stderr.write(problem_line(problem) + "\n")
    if len(problems) > most:
        rest = len(problems) - most
        sys.stderr.write(f"wirewatch: {rest} more; `wirewatch rules check` prints all\n")


def problem_line(problem: Problem) -> str:
    """`file:line:column: error: message (did you mean suggestion?)`."""
    line = f"{problem.place}: {problem.level}: {problem.message}"
    meant = f" (did you mean {problem.suggestion}?)" if problem.suggestion else ""
    return safe_text(line + meant, limit=1000)


def _shown(settings: Settings, default: tuple[str, ...]) -> tuple[str, ...]:
    terminal = settings.terminal
    if terminal.show:
        return () if terminal.show == ("none",) else terminal.show
    if terminal.json:
        return RECORDS if settings.eve.stats else tuple(one for one in RECORDS if one != "stats")
    wants_payload = terminal.payload is not None or terminal.hex
    if wants_payload and "packets" not in default:
        return ("packets", *default)
    return default


def _has_progress(settings: Settings, plan: Plan) -> bool:
    return not plan.source.is_live and not settings.terminal.quiet and sys.stderr.isatty()


def _say_what(run: Run, plan: Plan) -> None:
    loaded = run.loaded
    parts = []
    if plan.source.is_live:
        parts.append(f"listening on {', '.join(loaded.interfaces)}")
    if loaded.rules or loaded.rules_unsupported or loaded.rules_broken:
        left_out = loaded.rules_unsupported + loaded.rules_broken
        left = f" ({left_out} left out)" if left_out else ""
        parts.append(plural(loaded.rules, "rule") + left)
    if loaded.indicators:
        parts.append(plural(loaded.indicators, "indicator"))
    if parts:
        hint = "; Ctrl-C ends" if plan.source.is_live else ""
        sys.stderr.write(f"wirewatch: {', '.join(parts)}{hint}\n")


def _summarise(settings: Settings, run: Run, *, show: tuple[str, ...], seen_live: bool) -> None:
    from wirewatch.cli.summary import print_summary

    # Where lines are meant for another program the summary must not be among them.
    lines_only = settings.terminal.json or (
        not sys.stdout.isatty() and bool(set(show) - {"alerts"})
    )
    stream = sys.stderr if lines_only or (seen_live and not sys.stdout.isatty()) else sys.stdout
    try:
        print_summary(
            run.summary(),
            stream,
            coloured=is_coloured(stream, settings.terminal.colour),
            utc=settings.terminal.utc,
        )
        stream.flush()
    except BrokenPipeError:
        sys.stderr.flush()


def _status(arguments: Arguments, run: Run, end: End, interrupted: int | None) -> int:
    if end.error:
        return WRONG
    if interrupted is not None:
        return interrupted
    if arguments.flag(FAIL_ON_ALERT) and run.summary().alerts:
        return ALERTED
    return 0
