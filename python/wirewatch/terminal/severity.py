"""How severities are named and coloured, the same on every screen."""

from __future__ import annotations

_NAMES = {1: "high", 2: "medium", 3: "low", 4: "info"}
_STYLES = {1: "bold red", 2: "yellow", 3: "cyan", 4: ""}


def severity_name(severity: int) -> str:
    """`high` for 1, the worst."""
    return _NAMES.get(severity, "info")


def severity_style(severity: int) -> str:
    """A rich style that makes the worst stand out most."""
    return _STYLES.get(severity, "")
