"""`wirewatch interfaces`: what there is to listen to."""

from __future__ import annotations

import sys

import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

from wirewatch import _engine
from wirewatch.cli.arguments import Arguments
from wirewatch.cli.flags import JSON
from wirewatch.cli.output import is_coloured
from wirewatch.terminal import safe_text

PLAIN_WIDTH = 120
"""Width where there is no terminal to ask."""


class Interface(msgspec.Struct, frozen=True):
    """One interface of this machine."""

    name: str
    up: bool = False
    running: bool = False
    loopback: bool = False
    wireless: bool = False
    default_route: bool = False
    mac: str | None = None
    mtu: int | None = None
    addresses: list[str] = []
    description: str | None = None


def _state(one: Interface) -> Text:
    if not one.up:
        return Text("down", style="dim")
    return Text("up", style="green") if one.running else Text("no link", style="yellow")


def _note(one: Interface) -> str:
    notes = {
        "default": one.default_route,
        "this machine only": one.loopback,
        "wireless": one.wireless,
        safe_text(one.description): bool(one.description),
    }
    return ", ".join(note for note, holds in notes.items() if holds)


def run(arguments: Arguments) -> int:
    """Prints a table, or the engine's JSON."""
    data = _engine.interfaces()
    if arguments.flag(JSON):
        sys.stdout.write(data + "\n")
        return 0
    found = msgspec.json.decode(data, type=list[Interface])

    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("interface", "state", "addresses", "link address", "note"):
        table.add_column(title, no_wrap=title != "note")
    for one in found:
        table.add_row(
            Text(safe_text(one.name), style="bold" if one.default_route else ""),
            _state(one),
            Text("\n".join(one.addresses)),
            Text(one.mac or ""),
            Text(_note(one)),
        )
    coloured = is_coloured(sys.stdout, "auto")
    width = None if sys.stdout.isatty() else PLAIN_WIDTH
    console = Console(file=sys.stdout, no_color=not coloured, highlight=False, width=width)
    console.print(table)
    return 0
