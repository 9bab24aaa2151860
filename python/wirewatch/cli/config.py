"""`wirewatch config show`: every setting and where it came from."""

from __future__ import annotations

import sys

from wirewatch.cli.arguments import Arguments
from wirewatch.config.resolution import definitions


def run(arguments: Arguments) -> int:
    """Prints `key = value  # origin`, aligned; settings that are not the default stand out."""
    resolution = arguments.resolve()
    known = definitions()
    wanted = tuple(arguments.values.get("keys") or ("",))
    unmatched = [key for key in wanted if not any(name.startswith(key) for name in known)]
    if unmatched:
        raise ValueError(f"no setting begins with {unmatched[0]!r}; see `wirewatch config show`")
    rows = [
        (key, known[key].show(value), resolution.origins[key])
        for key, value in resolution.values.items()
        if key.startswith(wanted)
    ]
    left = max(len(f"{key} = {value}") for key, value, _ in rows if len(value) < 40)
    for key, value, origin in rows:
        sys.stdout.write(f"{f'{key} = {value}':<{left}}  # {origin}\n")
    for name, origin in resolution.without_effect:
        sys.stdout.write(f"{name:<{left}}  # {origin}: accepted, no effect yet\n")
    return 0
