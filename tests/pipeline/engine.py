"""An engine that says what a test wrote down."""

from __future__ import annotations

import json
from collections import deque
from types import SimpleNamespace
from typing import Any

from wirewatch.batch import Batch


class ScriptedEngine:
    """Gives updates in order and remembers what it was told."""

    def __init__(self, *updates: Any) -> None:
        self.updates = deque(updates)
        self.alerts: list[dict[str, Any]] = []
        self.stopped = False

    def start(self) -> None:
        """Nothing to start."""

    def next(self, _timeout_s: float) -> Any:
        return self.updates.popleft() if self.updates else end()

    def stop(self) -> None:
        self.stopped = True

    def alert(self, alert: str) -> None:
        self.alerts.append(json.loads(alert))


def update(kind: str, *, batch: Batch | None = None, data: bytes = b"") -> SimpleNamespace:
    return SimpleNamespace(kind=kind, batch=batch, packets=None, data=data)


def end(error: str | None = None, *, damaged: bool = False) -> SimpleNamespace:
    return update("end", data=json.dumps({"error": error, "damaged": damaged}).encode())
