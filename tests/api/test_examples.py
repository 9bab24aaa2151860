"""The programs in `examples/` run."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from wirewatch.testing import tcp_connection, write_pcap

EXAMPLES = Path(__file__).parents[2] / "examples"


def output(name: str, capture: Path) -> str:
    done = subprocess.run(
        [sys.executable, EXAMPLES / name, capture], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_packet_watch_prints_packets_and_warns(tmp_path: Path) -> None:
    request = b"GET /../../etc/passwd HTTP/1.1\r\n\r\n"
    frames = tcp_connection("192.0.2.1", 5000, "203.0.113.66", 4444, request)
    text = output("packet_watch.py", write_pcap(tmp_path / "a.pcap", frames))
    assert "TCP   192.0.2.1:5000 > 203.0.113.66:4444" in text
    assert "WARNING: an address on the list of bad ones" in text
    assert "WARNING: port 4444 (a backdoor's usual port)" in text
    assert "WARNING: a payload with ../../" in text


def test_packet_watch_does_not_warn_of_ordinary_traffic(capture: Path) -> None:
    assert "WARNING" not in output("packet_watch.py", capture)


def test_top_talkers_counts_flows(capture: Path) -> None:
    text = output("top_talkers.py", capture)
    assert text.startswith("2 flows")
    assert "198.51.100.7" in text


def test_clear_text_logins_are_told_once_for_each_pair(tmp_path: Path) -> None:
    frames = [
        frame
        for sport in (5000, 5001)
        for frame in tcp_connection(
            "192.0.2.1", sport, "198.51.100.7", 21, b"USER x\r\n", b"331\r\n"
        )
    ]
    text = output("clear_text_logins.py", write_pcap(tmp_path / "a.pcap", frames))
    assert text == ("Login over a service without encryption: 192.0.2.1 > 198.51.100.7 port 21\n")
