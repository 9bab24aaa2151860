"""`wirewatch live` on the loopback interface, where the system allows it."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing

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


@pytest.fixture
def listening(request: pytest.FixtureRequest) -> Iterator[subprocess.Popen[str]]:
    words = ("live", "-i", "lo", "-f", f"udp port {PORT}", *getattr(request, "param", ()))
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
