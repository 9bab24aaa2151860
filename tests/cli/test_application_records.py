"""Records of application protocols, end to end: what a capture made here turns into."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from wirewatch.testing import tcp_connection, write_pcap

from tests.cli.program import wirewatch

CLIENT = "192.0.2.1"
SERVER = "198.51.100.7"
RULE = 'alert http any any -> any any (msg:"hello"; http.response_body; content:"hello"; sid:1;)\n'
REQUEST = b"GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 203.0.113.5, 203.0.113.9\r\n\r\n"
ANSWER = b"HTTP/1.1 206 Partial\r\nContent-Range: bytes 5-9/20\r\nContent-Length: 5\r\n\r\nhello"


def events(folder: Path, request: bytes, answer: bytes, *flags: object) -> list[dict[str, Any]]:
    frames = tcp_connection(CLIENT, 40_002, SERVER, 80, request, answer)
    capture = write_pcap(folder / "web.pcap", frames)
    done = wirewatch("read", capture, "--json", *flags)
    return [json.loads(line, object_pairs_hook=once) for line in done.stdout.splitlines()]


def once(members: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose keys differ, as readers that keep the last of two would lose one."""
    keys = [key for key, _ in members]
    assert len(set(keys)) == len(keys), keys
    return dict(members)


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    path = tmp_path / "own.rules"
    path.write_text(RULE)
    return path


@pytest.mark.parametrize(
    ("deployment", "client"), [("reverse", "203.0.113.9"), ("forward", "203.0.113.5")]
)
def test_alerts_name_the_client_behind_a_proxy(
    tmp_path: Path, rules: Path, deployment: str, client: str
) -> None:
    flags = ("--rules", rules, "--set", "eve.xff=yes", "--set", f"eve.xff-deployment={deployment}")
    all_events = events(tmp_path, REQUEST, ANSWER, *flags)
    [alert] = [event for event in all_events if event["event_type"] == "alert"]
    assert alert["alert"]["xff"] == client
    assert alert["dest_ip"] == CLIENT


def test_the_client_may_stand_in_the_proxys_place(tmp_path: Path, rules: Path) -> None:
    flags = ("--rules", rules, "--set", "eve.xff=yes", "--set", "eve.xff-mode=overwrite")
    all_events = events(tmp_path, REQUEST, ANSWER, *flags)
    [alert] = [event for event in all_events if event["event_type"] == "alert"]
    assert alert["dest_ip"] == "203.0.113.9"
    assert "xff" not in alert["alert"]


def test_a_file_tells_its_transaction_once(tmp_path: Path) -> None:
    image = b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n\xff\xd8\xff\xe0\0\x10JFIF"
    all_events = events(tmp_path, REQUEST, image)
    [info] = [event for event in all_events if event["event_type"] == "fileinfo"]
    assert info["http"]["status"] == 200
    assert info["wirewatch"] == {"file": 0, "source": "http"}


def test_a_part_of_a_file_says_which(tmp_path: Path) -> None:
    all_events = events(tmp_path, REQUEST, ANSWER)
    [info] = [event["fileinfo"] for event in all_events if event["event_type"] == "fileinfo"]
    assert (info["start"], info["end"], info["size"]) == (5, 9, 5)


def test_parts_of_several_connections_are_one_file(tmp_path: Path) -> None:
    def part(port: int, start: int, body: bytes) -> list[bytes]:
        span = f"{start}-{start + len(body) - 1}/10"
        head = f"HTTP/1.1 206 P\r\nContent-Range: bytes {span}\r\nContent-Length: {len(body)}\r\n"
        request = b"GET /f HTTP/1.1\r\nHost: a\r\n\r\n"
        answer = head.encode() + b"\r\n" + body
        return list(tcp_connection(CLIENT, port, SERVER, 80, request, answer))

    frames = [*part(40_001, 4, b"456789"), *part(40_002, 0, b"01234")]
    done = wirewatch("read", write_pcap(tmp_path / "parts.pcap", frames), "--json")
    records = [json.loads(line) for line in done.stdout.splitlines()]
    files = [one["fileinfo"] for one in records if one["event_type"] == "fileinfo"]
    assert [(one.get("start"), one["size"]) for one in files] == [(4, 6), (0, 5), (None, 10)]
    assert files[2]["sha256"] == hashlib.sha256(b"0123456789").hexdigest()


@pytest.mark.parametrize("name", ["http", "http2", "doh2"])
def test_each_version_of_http_selects_its_records(tmp_path: Path, name: str) -> None:
    eve = tmp_path / "eve.json"
    events(tmp_path, REQUEST, ANSWER, "--eve", eve, "--set", f"eve.types={name}")
    kinds = {json.loads(line)["event_type"] for line in eve.read_text().splitlines()}
    assert kinds == {"http"}
