"""Detectors and sinks of installed packages, found through entry points."""

from __future__ import annotations

import functools
import logging
from typing import Any, TypeVar

log = logging.getLogger(__name__)

T = TypeVar("T")

_NEEDED = ("name", "reads", "settings")


def load(group: str, kind: type[T]) -> tuple[type[T], ...]:
    """The classes that installed packages offer in `group`.

    A package that cannot be imported, or whose class lacks what `kind` asks for, is left out and named
    in the log: one broken plugin must not blind the sensor.
    """
    return _load(group, kind.__name__)


@functools.cache
def _load(group: str, kind: str) -> tuple[Any, ...]:
    from importlib.metadata import entry_points

    found = []
    for entry in entry_points(group=group):
        try:
            plugin = entry.load()
            missing = [name for name in _NEEDED if not hasattr(plugin, name)]
            if missing:
                raise TypeError(f"is not a {kind}: it has no {', '.join(missing)}")
        except Exception as error:
            log.error("plugin %s (%s) is left out: %s", entry.name, entry.value, error)
        else:
            found.append(plugin)
    return tuple(found)
