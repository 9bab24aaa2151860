"""`wirewatch live`: an interface, line by line."""

from __future__ import annotations

from wirewatch.cli.arguments import Arguments
from wirewatch.cli.console import Plan, run_on_console
from wirewatch.pipeline.options import Source


def run(arguments: Arguments) -> int:
    """Listens until it is told to stop."""
    settings = arguments.resolve().settings
    plan = Plan(Source(interfaces=settings.capture.interfaces), show=("packets", "alerts"))
    return run_on_console(arguments, settings, plan)
