"""`wirewatch live` on the loopback interface, where the system allows it."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

PORT = 19_999


def may_capture() -> bool:
    if not hasattr(socket, "AF_PACKET"):
        return False
    try:
        socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0).close()
    except PermissionError:
        return False
    return True


pytestmark = pytest.mark.skipif(not may_capture(), reason="needs permission to capture")


@contextmanager
def listener(*words: str) -> Iterator[subprocess.Popen[str]]:
    words = ("live", "-i", "lo", "-f", f"udp port {PORT}", *words)
    with subprocess.Popen(
        [sys.executable, "-m", "wirewatch", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        assert "listening on lo" in process.stderr.readline()
        try:
            yield process
        finally:
            process.kill()


@pytest.fixture
def listening(request: pytest.FixtureRequest) -> Iterator[subprocess.Popen[str]]:
    with listener(*getattr(request, "param", ())) as process:
        yield process


def send(payload: bytes) -> None:
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as sender:
        sender.sendto(payload, ("127.0.0.1", PORT))


def test_a_packet_is_a_line_and_ctrl_c_ends_with_the_summary(
    listening: subprocess.Popen[str],
) -> None:
    send(b"hello")
    assert listening.stdout is not None
    assert f"127.0.0.1:{PORT}" in listening.stdout.readline()
    listening.send_signal(signal.SIGINT)
    _, errors = listening.communicate(timeout=20)
    assert listening.returncode == 130
    assert "1 packet," in errors


@pytest.mark.parametrize(
    "listening", [("--json", "--show", "stats", "--set", "eve.stats-interval=1")], indirect=True
)
def test_counters_are_told_while_the_run_goes_on(listening: subprocess.Popen[str]) -> None:
    assert listening.stdout is not None
    first, second = (json.loads(listening.stdout.readline()) for _ in range(2))
    assert first["event_type"] == second["event_type"] == "stats"
    assert first["stats"]["uptime"] < second["stats"]["uptime"]


@pytest.mark.parametrize("listening", [("--payload",)], indirect=True)
def test_payload_from_the_wire_cannot_order_the_terminal(
    listening: subprocess.Popen[str],
) -> None:
    send(b"\x1b[31mred")
    assert listening.stdout is not None
    lines = [listening.stdout.readline(), listening.stdout.readline()]
    assert "\\x1b[31mred" in lines[1]
    assert "\x1b" not in "".join(lines)


def test_termination_ends_as_cleanly(listening: subprocess.Popen[str]) -> None:
    send(b"hello")
    assert listening.stdout is not None
    listening.stdout.readline()
    listening.send_signal(signal.SIGTERM)
    _, errors = listening.communicate(timeout=20)
    assert listening.returncode == 128 + signal.SIGTERM
    assert "1 packet," in errors


SETS = 'alert udp any any -> any any (msg:"first"; content:"one"; flowbits:set,seen; sid:{sid};)\n'
ASKS = 'alert udp any any -> any any (msg:"second"; content:"two"; flowbits:isset,seen; sid:7;)\n'


@pytest.fixture
def judging(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    rules = tmp_path / "own.rules"
    rules.write_text(SETS.format(sid=1))
    with listener("--json", "--show", "alerts", "--rules", str(rules)) as process:
        yield process, rules


def next_alert(process: subprocess.Popen[str]) -> int:
    assert process.stdout is not None
    return int(json.loads(process.stdout.readline())["alert"]["signature_id"])


def test_rules_are_read_again_and_flows_keep_what_was_remembered(
    judging: tuple[subprocess.Popen[str], Path],
) -> None:
    process, rules = judging
    assert process.stderr is not None
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as sender:
        sender.sendto(b"one", ("127.0.0.1", PORT))
        assert next_alert(process) == 1
        # Another rule before it: numbers move, names stay.
        rules.write_text('alert udp any any -> any any (content:"never"; sid:2;)\n' + ASKS)
        process.send_signal(signal.SIGHUP)
        assert process.stderr.readline() == "wirewatch: 2 rules in use now\n"
        sender.sendto(b"two", ("127.0.0.1", PORT))
        assert next_alert(process) == 7
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=20)
    assert "2 packets," in errors


def test_rules_that_cannot_be_used_take_nobodys_place(
    judging: tuple[subprocess.Popen[str], Path],
) -> None:
    process, rules = judging
    assert process.stderr is not None
    rules.write_text("alert nonsense\n")
    process.send_signal(signal.SIGHUP)
    assert "those before stay in use" in process.stderr.readline()
    send(b"one")
    assert next_alert(process) == 1
