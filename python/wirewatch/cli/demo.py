"""`wirewatch demo`: a capture that comes with wirewatch, through everything there is."""

from __future__ import annotations

import sys
from pathlib import Path

import wirewatch
from wirewatch.cli.arguments import Arguments
from wirewatch.cli.console import Plan, run_on_console
from wirewatch.cli.flags import FAST, TUI
from wirewatch.config import Settings
from wirewatch.pipeline.options import Source

FOLDER = Path(wirewatch.__file__).parent / "demo"

HOME_NET = ("192.0.2.0/24", "2001:db8:1::/64")
"""The network of the story; documentation addresses are nobody's own otherwise."""

PACE = 3.0
"""Times faster than it happened: half a minute in ten seconds."""


def run(arguments: Arguments) -> int:
    """Plays the capture on the terminal or on the dashboard."""
    settings = with_demo(arguments.resolve().settings)
    source = Source(files=(str(FOLDER / "demo.pcapng"),))
    pace = None if arguments.flag(FAST) else PACE
    if arguments.flag(TUI):
        from wirewatch.cli.dashboard import show

        return show(arguments, settings, source, pace=pace or PACE)
    if not settings.terminal.quiet:
        sys.stderr.write(
            "wirewatch: half a minute of a small network, three times as fast. Three things are\n"
            "wrong in it: a port scan, a machine that talks to a bad address, and an attack on a\n"
            "web page. Watch for the coloured lines.\n"
        )
    plan = Plan(source, show=("packets", "alerts"), what="demo", pace=pace)
    return run_on_console(arguments, settings, plan)


def with_demo(settings: Settings) -> Settings:
    """The settings with the rules, indicators and network of the demo."""
    detect = settings.detect.replace(
        rules=(str(FOLDER / "demo.rules"), *settings.detect.rules),
        intel=(str(FOLDER / "demo.intel"), *settings.detect.intel),
        home_net=HOME_NET,
    )
    return settings.replace(detect=detect)
