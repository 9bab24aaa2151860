"""`wirewatch doctor`: what capture needs, what was found, and how to mend it."""

from __future__ import annotations

import sys

import msgspec

from wirewatch import _engine
from wirewatch.cli.arguments import Arguments
from wirewatch.cli.flags import JSON
from wirewatch.cli.home import Check, Interface, home_net, seen
from wirewatch.cli.output import is_coloured
from wirewatch.terminal import safe_text

_MARKS = {"ok": ("✓", "32"), "warn": ("!", "33"), "fail": ("✗", "31;1")}
FAILED = 2


def run(arguments: Arguments) -> int:
    """Prints each check; 2 when capture would not work."""
    data = _engine.doctor()
    checks = msgspec.json.decode(data, type=list[Check])
    interfaces = msgspec.json.decode(_engine.interfaces(), type=list[Interface])
    settings = arguments.resolve().settings
    home = settings.detect.home_net
    checks.append(home_net(home, interfaces, seen(settings.capture.interfaces, home)))
    if arguments.flag(JSON):
        sys.stdout.write(msgspec.json.encode(checks).decode() + "\n")
    else:
        _print(checks)
    return FAILED if any(check.status == "fail" for check in checks) else 0


def _print(checks: list[Check]) -> None:
    coloured = is_coloured(sys.stdout, "auto")
    for check in checks:
        mark, colour = _MARKS.get(check.status, ("?", "0"))
        shown = f"\x1b[{colour}m{mark}\x1b[0m" if coloured else mark
        sys.stdout.write(f"{shown} {safe_text(check.name)}: {safe_text(check.found)}\n")
        if check.fix and check.status != "ok":
            for line in check.fix.splitlines():
                sys.stdout.write(f"    {safe_text(line)}\n")
    bad = sum(check.status == "fail" for check in checks)
    doubtful = sum(check.status == "warn" for check in checks)
    if not bad and not doubtful:
        sys.stdout.write("All is well.\n")
    else:
        sys.stdout.write(f"{bad} to mend, {doubtful} to think about.\n")
