"""Detectors of other packages are found through their entry points."""

import subprocess
import sys
from pathlib import Path

import pytest

PLUGIN = """
class Silent:
    name = "silent"
    reads = ("flow",)
    settings = None
"""
ASK = """
from wirewatch.plugins import load
print([one.__name__ for one in load("wirewatch.detectors")])
"""


def _ask(folder: Path) -> str:
    ran = subprocess.run(
        [sys.executable, "-c", ASK],
        env={"PYTHONPATH": ":".join([str(folder), *sys.path])},
        capture_output=True,
        text=True,
        check=True,
    )
    return ran.stdout.strip()


@pytest.mark.parametrize("suffix", ["dist-info", "egg-info"])
def test_a_detector_of_an_installed_package_is_found(tmp_path: Path, suffix: str) -> None:
    (tmp_path / "silent_plugin.py").write_text(PLUGIN)
    meta = tmp_path / f"silent-1.0.{suffix}"
    meta.mkdir()
    (meta / ("METADATA" if suffix == "dist-info" else "PKG-INFO")).write_text(
        "Metadata-Version: 2.1\nName: silent\nVersion: 1.0\n"
    )
    (meta / "entry_points.txt").write_text("[wirewatch.detectors]\nsilent = silent_plugin:Silent\n")
    assert _ask(tmp_path) == "['Silent']"


def test_without_a_plugin_there_is_none(tmp_path: Path) -> None:
    assert _ask(tmp_path) == "[]"
