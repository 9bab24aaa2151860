"""Detectors and sinks of installed packages, found through entry points."""

from __future__ import annotations

import functools
import logging
from typing import Any

log = logging.getLogger(__name__)

_NEEDED = ("name", "reads", "settings")


@functools.cache
def load(group: str) -> tuple[Any, ...]:
    """The classes that installed packages offer in `group`.

    A package that cannot be imported, or whose class lacks what it needs, is left out and named in
    the log: one broken plugin must not blind the sensor.
    """
    from importlib.metadata import entry_points

    found = []
    for entry in entry_points(group=group):
        try:
            plugin = entry.load()
            missing = [name for name in _NEEDED if not hasattr(plugin, name)]
            if missing:
                raise TypeError(f"it has no {', '.join(missing)}")  # noqa: TRY301
        except Exception as error:
            log.error("plugin %s (%s) is left out: %s", entry.name, entry.value, error)  # noqa: TRY400
        else:
            found.append(plugin)
    return tuple(found)
