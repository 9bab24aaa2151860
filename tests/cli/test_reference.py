"""The reference pages agree with the program."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from wirewatch.cli.commands import COMMANDS
from wirewatch.config.resolution import definitions

ROOT = Path(__file__).parents[2]
PAGES = ROOT / "docs/reference"


def test_they_are_up_to_date() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "tools/gen_reference.py", "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_setting_is_documented() -> None:
    page = (PAGES / "settings.md").read_text()
    assert [key for key in definitions() if f"`{key}`" not in page] == []


def test_every_command_is_documented() -> None:
    page = (PAGES / "commands.md").read_text()
    assert [one.name for one in COMMANDS if f"## wirewatch {one.name}".strip() not in page] == []
