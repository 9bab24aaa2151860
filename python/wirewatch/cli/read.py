"""`wirewatch read`: capture files."""

from __future__ import annotations

import os

from wirewatch.cli.arguments import Arguments
from wirewatch.cli.console import Plan, run_on_console
from wirewatch.pipeline.options import Source


def run(arguments: Arguments) -> int:
    """Reads the files and shows what was asked for."""
    resolution = arguments.resolve()
    files = tuple(arguments.values["files"])
    what = os.path.basename(files[0]) if len(files) == 1 else f"{len(files)} files"  # noqa: PTH119
    plan = Plan(Source(files=files), show=("alerts",), what=what)
    return run_on_console(arguments, resolution.settings, plan)
