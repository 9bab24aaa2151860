"""Detectors and sinks of installed packages, found through entry points."""

from __future__ import annotations

import functools
import logging
import os
import sys
from pathlib import Path
from typing import Any

log = logging.getLogger(__name__)

_NEEDED = ("name", "reads", "settings")


@functools.cache
def load(group: str) -> tuple[Any, ...]:
    """The classes that installed packages offer in `group`.

    A package that cannot be imported, or whose class lacks what it needs, is left out and named in
    the log: one broken plugin must not blind the sensor.
    """
    if not _any_offered(group):
        return ()
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


def _any_offered(group: str) -> bool:
    """Whether some installed package may offer something in `group`.

    Looking for the group's name in the packages' own files takes a tenth of the time that
    importing `importlib.metadata` takes, and nearly nobody has a plugin.
    """
    return any(_may_offer(Path(folder), group.encode()) for folder in sys.path)


def _may_offer(folder: Path, group: bytes) -> bool:
    try:
        for name in os.listdir(folder):  # noqa: PTH208 - a Path of each entry costs more than all else
            if name.endswith((".dist-info", ".egg-info")):
                file = folder / name / "entry_points.txt"
                if file.is_file() and group in file.read_bytes():
                    return True
    except NotADirectoryError:
        return True  # an archive: `importlib.metadata` looks into it
    except OSError:
        pass
    return False
