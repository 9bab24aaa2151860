"""The names that `import wirewatch` gives."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module

import wirewatch

NAMES = [
    "Alert",
    "Batch",
    "Capture",
    "DamagedCapture",
    "Detector",
    "EngineError",
    "Packet",
    "SettingsError",
    "Severity",
    "Sink",
    "Summary",
    "Surroundings",
    "Table",
    "__version__",
    "forget",
    "live",
    "on_alert",
    "on_packet",
    "read",
    "run",
]


def test_the_names_are_pinned() -> None:
    assert wirewatch.__all__ == NAMES


def test_every_name_is_there_and_documented() -> None:
    for name in wirewatch.__all__:
        assert getattr(wirewatch, name).__doc__, name


def test_live_can_be_called_whatever_was_imported_before() -> None:
    import_module("wirewatch.live.picture")  # binds `wirewatch.live` to the package
    assert repr(wirewatch.live("eth0")) == "<wirewatch.Capture of eth0>"


def test_importing_wirewatch_loads_nothing_heavy() -> None:
    code = "import sys, wirewatch; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert not loaded & {"wirewatch._engine", "msgspec", "rich", "textual", "argparse", "logging"}


def test_reading_a_file_on_the_command_line_loads_no_dashboard() -> None:
    code = "import sys, wirewatch.cli.read; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not set(done.stdout.split()) & {"textual", "numpy", "rich", "asyncio", "urllib.request"}
