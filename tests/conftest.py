"""What tests share: small captures, made on the spot."""

from __future__ import annotations

from pathlib import Path

import pytest
from wirewatch.testing import dns_answer, dns_query, tcp_connection, udp, write_pcap

CLIENT = "192.0.2.1"
SERVER = "198.51.100.7"
RESOLVER = "192.0.2.53"


@pytest.fixture(autouse=True)
def _no_own_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A developer's own settings must not change what tests see."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "no-config"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "no-data"))
    monkeypatch.setattr("wirewatch.config.resolution.SYSTEM_FILE", tmp_path / "no-system.toml")


def frames() -> list[bytes]:
    """A name look-up with its answer, and a page fetched from a web server."""
    page = b"GET /index.html HTTP/1.1\r\nHost: www.example.com\r\n\r\n"
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
    return [
        udp(CLIENT, 40_001, RESOLVER, 53, dns_query("www.example.com")),
        udp(RESOLVER, 53, CLIENT, 40_001, dns_answer("www.example.com", SERVER)),
        *tcp_connection(CLIENT, 40_002, SERVER, 80, page, answer),
    ]


@pytest.fixture
def capture(tmp_path: Path) -> Path:
    """A capture file of `frames()`: ten packets, two flows."""
    return write_pcap(tmp_path / "small.pcap", frames())
