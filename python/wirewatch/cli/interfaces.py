"""`wirewatch interfaces`: what there is to listen to."""

from __future__ import annotations

import sys

import msgspec

from wirewatch import _engine
from wirewatch.cli.arguments import Arguments
from wirewatch.cli.flags import JSON
from wirewatch.cli.output import is_coloured


class Interface(msgspec.Struct, frozen=True):
    """One interface of this machine."""

    name: str
    up: bool = False
    default: bool = False
    kind: str = ""
    mac: str | None = None
    mtu: int | None = None
    speed_mbit: int | None = None
    addresses: list[str] = []
    description: str | None = None


def run(arguments: Arguments) -> int:
    """Prints a table, or the engine's JSON."""
    data = _engine.interfaces()
    if arguments.flag(JSON):
        sys.stdout.write(data + "\n")
        return 0
    found = msgspec.json.decode(data, type=list[Interface])
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("interface", "state", "addresses", "link address", "note"):
        table.add_column(title, overflow="fold")
    for one in found:
        table.add_row(
            Text(one.name, style="bold" if one.default else ""),
            Text("up", style="green") if one.up else Text("down", style="dim"),
            Text("\n".join(one.addresses)),
            Text(one.mac or ""),
            Text("default" if one.default else one.description or ""),
        )
    console = Console(
        file=sys.stdout, no_color=not is_coloured(sys.stdout, "auto"), highlight=False
    )
    console.print(table)
    return 0
