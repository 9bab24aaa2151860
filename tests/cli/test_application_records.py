"""Records of application protocols, end to end: what a capture made here turns into."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from wirewatch.testing import tcp, tcp_connection, write_pcap
from wirewatch.testing.packets import ACK, FIN, SYN

from tests.cli.program import wirewatch

CLIENT = "192.0.2.1"
SERVER = "198.51.100.7"
RULE = 'alert http any any -> any any (msg:"hello"; http.response_body; content:"hello"; sid:1;)\n'
REQUEST = b"GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 203.0.113.5, 203.0.113.9\r\n\r\n"
ANSWER = b"HTTP/1.1 206 Partial\r\nContent-Range: bytes 5-9/20\r\nContent-Length: 5\r\n\r\nhello"


def events(folder: Path, request: bytes, answer: bytes, *flags: object) -> list[dict[str, Any]]:
    frames = tcp_connection(CLIENT, 40_002, SERVER, 80, request, answer)
    return read(folder, frames, *flags)


def read(folder: Path, frames: Iterable[bytes], *flags: object) -> list[dict[str, Any]]:
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


def test_a_server_of_another_protocol_is_read_as_what_it_is(tmp_path: Path) -> None:
    all_events = events(tmp_path, REQUEST, b"SSH-2.0-OpenSSH_9.6\r\n")
    kinds = {event["event_type"]: event for event in all_events}
    assert kinds["ssh"]["ssh"] == {
        "server": {"proto_version": "2.0", "software_version": "OpenSSH_9.6"}
    }
    assert kinds["http"]["http"]["url"] == "/"
    assert (kinds["flow"]["app_proto"], kinds["flow"]["app_proto_tc"]) == ("http", "ssh")


def test_a_client_of_another_protocol_is_read_as_what_it_is(tmp_path: Path) -> None:
    there, back = (CLIENT, 40_002, SERVER, 22), (SERVER, 22, CLIENT, 40_002)
    banner = b"SSH-2.0-OpenSSH_9.6\r\n"
    after = 5001 + len(banner)
    frames = [
        tcp(*there, flags=SYN, seq=1000),
        tcp(*back, flags=SYN | ACK, seq=5000, ack=1001),
        tcp(*back, banner, seq=5001, ack=1001),
        tcp(*there, REQUEST, seq=1001, ack=after),
        tcp(*back, flags=FIN | ACK, seq=after, ack=1001 + len(REQUEST)),
        tcp(*there, flags=FIN | ACK, seq=1001 + len(REQUEST), ack=after + 1),
        tcp(*back, flags=ACK, seq=after + 1, ack=1002 + len(REQUEST)),
    ]
    kinds = {event["event_type"]: event for event in read(tmp_path, frames)}
    assert kinds["ssh"]["ssh"]["server"]["software_version"] == "OpenSSH_9.6"
    assert kinds["http"]["http"]["hostname"] == "a"
    assert kinds["flow"]["app_proto"] == "ssh"


@pytest.mark.parametrize(("behind", "size"), [(b"", 2), (b"HTTP/1.1 200 OK\r\n", 10)])
def test_a_hole_belongs_to_a_file_when_something_follows(
    tmp_path: Path, behind: bytes, size: int
) -> None:
    there, back = (CLIENT, 40_002, SERVER, 80), (SERVER, 80, CLIENT, 40_002)
    asked, answer = 1001 + len(REQUEST), b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nab"
    seen = 5001 + len(answer)
    follows = seen + 20
    frames = [
        tcp(*there, flags=SYN, seq=1000),
        tcp(*back, flags=SYN | ACK, seq=5000, ack=1001),
        tcp(*there, REQUEST, seq=1001, ack=5001),
        tcp(*back, answer, seq=5001, ack=asked),
        tcp(*there, flags=ACK, seq=asked, ack=follows),
        tcp(*back, behind, seq=follows, ack=asked),
        tcp(*there, flags=ACK, seq=asked, ack=follows + len(behind)),
    ]
    all_events = read(tmp_path, frames)
    [info] = [event["fileinfo"] for event in all_events if event["event_type"] == "fileinfo"]
    assert (info["size"], info["gaps"], info["state"]) == (size, True, "TRUNCATED")


@pytest.mark.parametrize(
    "header",
    [
        b"PROXY TCP4 203.0.113.5 198.51.100.80 50000 8080\r\n",
        b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xcb\0\x71\5\xc6\x33\x64\x50\xc3\x50\x1f\x90",
    ],
)
def test_what_a_balancer_passes_on_is_read(tmp_path: Path, header: bytes) -> None:
    kinds = {event["event_type"]: event for event in events(tmp_path, header + REQUEST, ANSWER)}
    assert kinds["http"]["http"]["hostname"] == "a"
    assert kinds["flow"]["app_proto"] == "http"
    assert kinds["flow"]["wirewatch"]["proxied"] == {
        "src_ip": "203.0.113.5",
        "src_port": 50_000,
        "dest_ip": "198.51.100.80",
        "dest_port": 8080,
    }
