"""Sinks written in Python: where records go besides the engine's own files.

EVE, Zeek logs and pcapng are written by the engine, at its speed. A package adds a sink through the
entry point group `wirewatch.sinks`, each naming a class that fits `Sink`.
"""

from __future__ import annotations

from wirewatch.plugins import load
from wirewatch.sinks.sink import Sink

__all__ = ["GROUP", "Sink", "built_in", "sinks"]

GROUP = "wirewatch.sinks"


def built_in() -> tuple[type[Sink], ...]:
    """The sinks that come with wirewatch."""
    from wirewatch.sinks.webhook import WebhookSink

    return (WebhookSink,)


def sinks() -> tuple[type[Sink], ...]:
    """The built-in sinks and those of installed packages."""
    return built_in() + load(GROUP)
