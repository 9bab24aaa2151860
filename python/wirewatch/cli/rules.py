"""`wirewatch rules check`: faults in rule files, with their places."""

from __future__ import annotations

import dataclasses
import os
import sys

from wirewatch.cli.arguments import Arguments
from wirewatch.cli.console import WRONG, problem_line
from wirewatch.cli.flags import ERRORS_ONLY
from wirewatch.pipeline.options import Source, Wanted
from wirewatch.pipeline.run import open_run
from wirewatch.terminal import plural


def run(arguments: Arguments) -> int:
    """Loads the rules as a run would; 2 when there is a fault."""
    settings = arguments.resolve().settings
    detect = dataclasses.replace(settings.detect, rules=tuple(arguments.values["files"]), intel=())
    settings = dataclasses.replace(settings, detect=detect)
    opened = open_run(settings, Source(files=(os.devnull,)), Wanted())
    errors_only = arguments.flag(ERRORS_ONLY)
    shown = [one for one in opened.problems if one.level == "error" or not errors_only]
    for problem in shown:
        sys.stdout.write(problem_line(problem) + "\n")
    loaded = opened.loaded
    sys.stdout.write(
        f"{plural(loaded.rules, 'rule')} loaded, {loaded.rules_unsupported} not supported yet, "
        f"{loaded.rules_broken} broken\n"
    )
    return WRONG if any(one.level == "error" for one in opened.problems) else 0
