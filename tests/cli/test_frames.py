"""Spans of protocols' bytes: what rules' `frame` finds, and the records of frames."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

from wirewatch.testing import dns_query, tcp, tcp_connection, udp, write_pcap

from tests.cli.program import wirewatch

CLIENT, SERVER = "192.0.2.1", "198.51.100.2"
REQUEST = b"GET /a HTTP/1.1\r\nHost: example.com\r\n\r\n"
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"


def read(
    folder: Path, frames: list[bytes], rules: str, types: str = "alert", *more: str
) -> list[dict[str, Any]]:
    """The events of a capture under some rules."""
    capture = write_pcap(folder / "capture.pcap", frames)
    path = folder / "own.rules"
    path.write_text(rules)
    eve = folder / "eve.json"
    done = wirewatch("read", capture, "--rules", path, "--eve", eve, "--quiet",
                     "--set", f"eve.types={types}", *more)  # fmt: skip
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in eve.read_text().splitlines()]


def web() -> list[bytes]:
    return list(tcp_connection(CLIENT, 40_000, SERVER, 80, REQUEST, ANSWER))


def test_a_request_is_a_frame(tmp_path: Path) -> None:
    rule = (
        "alert http any any -> any any "
        '(frame:http1.request; content:"GET"; startswith; bsize:38; sid:1;)\n'
    )
    (alert,) = read(tmp_path, web(), rule)
    frame = alert["frame"]
    assert frame["type"] == "request"
    assert frame["direction"] == "toserver"
    assert (frame["stream_offset"], frame["length"]) == (0, len(REQUEST))
    assert frame["complete"]
    assert base64.b64decode(frame["payload"]) == REQUEST
    assert alert["tx_id"] == 0


def test_a_frame_ends_where_its_message_does(tmp_path: Path) -> None:
    rules = (
        'alert http1 any any -> any any (frame:response; content:"hello"; endswith; sid:1;)\n'
        'alert http1 any any -> any any (frame:response; content:"GET"; sid:2;)\n'
    )
    alerts = read(tmp_path, web(), rules)
    assert [alert["alert"]["signature_id"] for alert in alerts] == [1]


def test_a_datagram_is_a_frame(tmp_path: Path) -> None:
    query = udp(CLIENT, 40_000, SERVER, 53, dns_query("www.example.com"))
    rule = 'alert udp any any -> any any (frame:dns.pdu; content:"example"; offset:12; sid:1;)\n'
    (alert,) = read(tmp_path, [query], rule)
    assert alert["frame"]["type"] == "pdu"


def test_frames_are_records_when_they_are_asked_for(tmp_path: Path) -> None:
    frames = read(tmp_path, web(), "", "frame")
    kinds = {(event["frame"]["type"], event["frame"]["direction"]) for event in frames}
    assert ("request", "toserver") in kinds
    assert ("response", "toclient") in kinds
    assert {event["event_type"] for event in frames} == {"frame"}
    assert len({event["frame"]["id"] for event in frames}) == len(frames)


def test_records_have_no_frames_unless_they_are_asked_for(tmp_path: Path) -> None:
    capture = write_pcap(tmp_path / "capture.pcap", web())
    done = wirewatch("read", capture, "--json")
    assert '"event_type":"frame"' not in done.stdout


def lost() -> list[bytes]:
    """A connection whose client's second segment was not captured."""
    opening = list(tcp_connection(CLIENT, 40_000, SERVER, 8_080, b""))[:3]
    numbers = [(b"VERY", 1_001), (b"DATA", 1_009)]
    sent = [
        tcp(CLIENT, 40_000, SERVER, 8_080, payload, seq=seq, ack=5_001) for payload, seq in numbers
    ]
    return opening + sent


def test_bytes_around_a_gap_are_apart_for_rules(tmp_path: Path) -> None:
    rules = (
        'alert tcp-stream any any -> any any (content:"VERY"; sid:1;)\n'
        'alert tcp-stream any any -> any any (content:"VERYDATA"; sid:2;)\n'
        'alert tcp-stream any any -> any any (content:"DATA"; sid:3;)\n'
    )
    alerts = read(tmp_path, lost(), rules, "alert", "--set", "eve.payload=yes")
    assert [alert["alert"]["signature_id"] for alert in alerts] == [1, 3]
    shown = {alert["payload_printable"] for alert in alerts}
    assert shown == {"VERY[4 bytes missing]DATA"}
    assert {alert["pkt_src"] for alert in alerts} == {"stream (flow timeout)"}
