"""Where rules are kept that `wirewatch rules update` installed."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

SYSTEM_FOLDER = Path("/var/lib/wirewatch/rules")
"""For root, unless `XDG_DATA_HOME` says otherwise."""
SYSTEM_CHOICES = Path("/etc/wirewatch")
"""Where root's enable.conf, disable.conf and modify.conf are."""

CURRENT = "current"
"""The link to the set in use."""


def data_folder(named: str | None = None, environ: Mapping[str, str] = os.environ) -> Path:
    """The folder of installed rules: the named one, the system's for root, else the user's."""
    if named:
        return Path(named).expanduser()
    base = environ.get("XDG_DATA_HOME")
    if not base and os.geteuid() == 0:
        return SYSTEM_FOLDER
    return Path(base or Path("~/.local/share").expanduser()) / "wirewatch" / "rules"


def choices_folder(named: str | None = None, environ: Mapping[str, str] = os.environ) -> Path:
    """The folder of enable.conf, disable.conf and modify.conf, found in the same way."""
    if named:
        return Path(named).expanduser()
    base = environ.get("XDG_CONFIG_HOME")
    if not base and os.geteuid() == 0:
        return SYSTEM_CHOICES
    return Path(base or Path("~/.config").expanduser()) / "wirewatch"


def installed(folder: Path) -> tuple[str, ...]:
    """The folders of rules that are installed; none when there are none.

    The link is followed here, so that an update meanwhile does not mix two sets.
    """
    current = folder / CURRENT
    try:
        files = sorted(current.resolve(strict=True).glob("**/*.rules"))
    except OSError:
        return ()
    return tuple(dict.fromkeys(str(file.parent) for file in files if file.is_file()))
