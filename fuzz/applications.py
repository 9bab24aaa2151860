"""The parsers that the fuzz target `proto` chooses among, read from their table in the source."""

from __future__ import annotations

import re
from pathlib import Path

SOURCE = Path(__file__).resolve().parent.parent / "crates/proto/src"


def applications() -> dict[str, tuple[int, int]]:
    """By name: the place in APPLICATIONS, and the name's place among the application's names."""
    table = re.search(r"APPLICATIONS[^=]*= &\[(.*?)\];", (SOURCE / "lib.rs").read_text(), re.S)
    if not table:
        raise SystemExit("lib.rs has no APPLICATIONS")
    places = {}
    entries = re.findall(r"&([a-z0-9_:]+)::([A-Z0-9_]+)", table[1])
    for place, (module, static) in enumerate(entries):
        module = module.replace("::", "/")
        files = [SOURCE / f"{module}.rs", *sorted((SOURCE / module).glob("*.rs"))]
        text = "\n".join(file.read_text() for file in files)
        names = re.search(rf"static {static}: Application.*?names: &\[(.*?)\]", text, re.S)
        if not names:
            raise SystemExit(f"{static} has no names")
        for number, name in enumerate(re.findall(r'"([^"]+)"', names[1])):
            places[name] = (place, number)
    return places
