"""`wirewatch` without a command: the dashboard."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from pathlib import Path

from wirewatch.cli.arguments import Arguments, UsageError
from wirewatch.cli.console import report
from wirewatch.cli.interrupt import on_hangup
from wirewatch.cli.output import is_coloured
from wirewatch.config import Settings
from wirewatch.live.picture import Picture
from wirewatch.pipeline.options import TICK_MS, Source, Wanted
from wirewatch.pipeline.run import Problem, open_run

WRONG = 2


def run(arguments: Arguments) -> int:
    """Opens the dashboard on the interfaces."""
    settings = arguments.resolve().settings
    return show(arguments, settings, Source(interfaces=settings.capture.interfaces))


def show(
    _arguments: Arguments, settings: Settings, source: Source, *, pace: float | None = None
) -> int:
    """Opens the dashboard on any source; ends with the summary on the terminal."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError("the dashboard needs a terminal; `wirewatch live` prints lines instead")
    from wirewatch.tui.app import Dashboard
    from wirewatch.tui.feed import Feed

    picture = Picture(", ".join(Path(file).name for file in source.files))
    feed = Feed(picture)
    wanted = Wanted(batches=frozenset({"alert"}), tick_ms=TICK_MS, pace=pace)
    run = open_run(settings, source, wanted, handlers=feed.handlers)
    if source.is_live:
        picture.source = ", ".join(run.loaded.interfaces)
    feed.begin(run.router)
    dashboard = Dashboard(picture)

    def reload() -> None:
        # What is wrong with them is told when the screen is free again.
        try:
            run.problems.extend(run.reload_rules().problems)
        except (ValueError, OSError) as error:
            run.problems.append(Problem(message=str(error)))

    try:
        with on_hangup(reload) if source.is_live else nullcontext():
            dashboard.run()
    finally:
        end = feed.finish()
    report(run.problems, quiet=settings.terminal.quiet)
    if not settings.terminal.quiet:
        from wirewatch.cli.summary import print_summary

        coloured = is_coloured(sys.stdout, settings.terminal.colour)
        print_summary(run.summary(), sys.stdout, coloured=coloured, utc=settings.terminal.utc)
    if end.error:
        sys.stderr.write(f"wirewatch: {end.error}\n")
        return WRONG
    return dashboard.return_code or 0
