"""`wirewatch rules profile`: what each rule costs on a capture."""

from __future__ import annotations

import sys

import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

from wirewatch.cli.arguments import Arguments
from wirewatch.cli.console import WRONG, report
from wirewatch.cli.flags import JSON_LINES, TOP
from wirewatch.cli.interfaces import PLAIN_WIDTH
from wirewatch.cli.output import is_coloured
from wirewatch.cli.rules import rule_paths
from wirewatch.pipeline.options import Source, Wanted
from wirewatch.pipeline.run import open_run
from wirewatch.terminal import plural, safe_text

USUAL_TOP = 50
"""Rules that are shown unless told otherwise: more than anyone will look into at once."""


class Cost(msgspec.Struct, frozen=True):
    """What one rule cost."""

    gid: int
    sid: int
    rev: int
    msg: str
    checks: int
    matches: int
    nanoseconds: int


class _Watched(msgspec.Struct):
    costs: list[Cost] = []


def run(arguments: Arguments) -> int:
    """Prints a table, or one JSON object per rule, the most expensive first."""
    top = _top(arguments.flag(TOP))
    settings = arguments.resolve().settings
    detect = settings.detect.replace(rules=rule_paths(None, settings))
    settings = settings.replace(detect=detect)
    opened = open_run(settings, Source(files=(arguments.values["capture"],)), Wanted(profile=True))
    report(opened.problems, quiet=True)
    end = opened.router.run()
    costs = msgspec.json.decode(opened.session.watched(), type=_Watched).costs
    costs.sort(key=lambda cost: cost.nanoseconds, reverse=True)
    if arguments.flag(JSON_LINES):
        for cost in costs[:top]:
            sys.stdout.write(msgspec.json.encode(cost).decode() + "\n")
    else:
        _print(costs, top)
    if end.error:
        sys.stderr.write(f"wirewatch: {safe_text(end.error, limit=1000)}\n")
        return WRONG
    return 0


def _top(text: str | None) -> int:
    if text is None:
        return USUAL_TOP
    if not (text.isascii() and text.isdigit()):
        raise ValueError(f"--top {text}: expected a number")
    return int(text)


def _print(costs: list[Cost], top: int) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("ms", "part", "checks", "matches", "us each", "sid", "message"):
        table.add_column(title, justify="left" if title == "message" else "right")
    whole = sum(cost.nanoseconds for cost in costs) or 1
    for cost in costs[:top]:
        table.add_row(
            f"{cost.nanoseconds / 1e6:.2f}",
            f"{cost.nanoseconds / whole:.1%}",
            str(cost.checks),
            str(cost.matches),
            f"{cost.nanoseconds / 1e3 / cost.checks:.2f}",
            str(cost.sid) if cost.gid == 1 else f"{cost.gid}:{cost.sid}",
            Text(safe_text(cost.msg)),
        )
    width = None if sys.stdout.isatty() else PLAIN_WIDTH
    coloured = is_coloured(sys.stdout, "auto")
    console = Console(file=sys.stdout, no_color=not coloured, highlight=False, width=width)
    console.print(table)
    asked, spent = plural(len(costs), "rule"), sum(cost.nanoseconds for cost in costs) / 1e6
    sys.stdout.write(f"{asked} asked, {spent:.1f} ms in all, the prefilter apart\n")
