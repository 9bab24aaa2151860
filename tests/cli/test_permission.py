"""What is said when the system says no."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from wirewatch.cli.arguments import Arguments, parse
from wirewatch.cli.commands import find
from wirewatch.cli.permission import advice


def call(*words: str) -> Arguments:
    found = find(list(words))
    assert found is not None
    return parse(*found)


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "bin dir" / "wirewatch"
    path.parent.mkdir()
    path.touch(mode=0o755)
    monkeypatch.setattr(sys, "argv", [str(path), "live", "-i", "eth0", "-f", "tcp port 443"])
    return path


def test_the_same_call_is_given_with_sudo_and_full_path(program: Path) -> None:
    said = advice("eth0: not permitted; run it with sudo", call("live"))
    assert f"sudo '{program}' live -i eth0 -f 'tcp port 443'" in said


@pytest.mark.usefixtures("program")
def test_the_command_that_grants_the_capability_names_the_interpreter() -> None:
    said = advice("eth0: not permitted; run it with sudo", call("live"))
    interpreter = Path(sys.executable).resolve()
    assert f"sudo setcap cap_net_raw,cap_net_admin=eip {interpreter}" in said


@pytest.mark.usefixtures("program")
def test_a_file_that_may_not_be_written_is_another_matter() -> None:
    said = advice("/etc/eve.json: Permission denied", call("live"))
    assert said.startswith("/etc/eve.json: Permission denied")
    assert "sudo" not in said


@pytest.mark.usefixtures("program")
def test_in_a_container_the_engine_knows_better() -> None:
    said = advice("eth0: not permitted; start the container with `--cap-add=NET_RAW`", call("live"))
    assert "--cap-add=NET_RAW" in said
    assert "sudo" not in said
