"""`wirewatch rules check`: faults in rule files, with their places."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from wirewatch.cli.arguments import Arguments
from wirewatch.cli.console import WRONG, problem_line
from wirewatch.cli.flags import ERRORS_ONLY
from wirewatch.config import Settings
from wirewatch.pipeline.options import Source, Wanted
from wirewatch.pipeline.run import open_run
from wirewatch.rules.folder import data_folder, installed


def run(arguments: Arguments) -> int:
    """Loads the rules as a run would; 2 when there is a fault."""
    settings = arguments.resolve().settings
    paths = rule_paths(arguments.values.get("files"), settings)
    detect = settings.detect.replace(rules=paths, intel=())
    settings = settings.replace(detect=detect)
    opened = open_run(settings, Source(files=(os.devnull,)), Wanted(advice=True))
    errors_only = arguments.flag(ERRORS_ONLY)
    shown = [one for one in opened.problems if one.level != "warning" or not errors_only]
    for problem in shown:
        sys.stdout.write(problem_line(problem) + "\n")
    loaded = opened.loaded
    sys.stdout.write(
        f"{loaded.rules:,} {'rule' if loaded.rules == 1 else 'rules'} loaded, "
        f"{loaded.rules_unsupported:,} not supported yet, {loaded.rules_broken:,} broken\n"
    )
    return WRONG if any(one.level == "error" for one in opened.problems) else 0


def rule_paths(named: Sequence[str] | None, settings: Settings) -> tuple[str, ...]:
    """The rules that a command is about: those named, those of the settings, those installed.

    Raises `ValueError` when there are none.
    """
    found = tuple(named or settings.detect.rules) or installed(data_folder(settings.rules.folder))
    if not found:
        raise ValueError(
            "no rules: name files or folders, or install some with `wirewatch rules update`"
        )
    return found
