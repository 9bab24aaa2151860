"""What rules and files see of TCP streams, end to end: captures made here."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from wirewatch.testing import tcp, tcp_connection, write_pcap

from tests.cli.program import wirewatch

CLIENT = ("192.0.2.1", 40_002)
SERVER = ("198.51.100.7", 7_777)
SYN, FIN, RST, ACK = 2, 1, 4, 16
RULE = 'alert tcp-stream any any -> any any (msg:"word"; content:"hello"; sid:1;)\n'
FLOW_END = "stream (flow timeout)"


def opened(server: tuple[str, int] = SERVER) -> list[bytes]:
    return [
        tcp(*CLIENT, *server, flags=SYN, seq=0),
        tcp(*server, *CLIENT, flags=SYN | ACK, seq=0, ack=1),
        tcp(*CLIENT, *server, flags=ACK, seq=1, ack=1),
    ]


def events(folder: Path, frames: list[bytes], *flags: object) -> list[dict[str, Any]]:
    rules = folder / "own.rules"
    rules.write_text(RULE)
    capture = write_pcap(folder / "stream.pcap", frames)
    done = wirewatch("read", capture, "--json", "--rules", rules, *flags)
    return [json.loads(line) for line in done.stdout.splitlines()]


def alerts(folder: Path, frames: list[bytes], *flags: object) -> list[tuple[str, int | None]]:
    found = [one for one in events(folder, frames, *flags) if one["event_type"] == "alert"]
    return [(one["pkt_src"], one.get("pcap_cnt")) for one in found]


def said() -> list[bytes]:
    return [
        *opened(),
        tcp(*CLIENT, *SERVER, b"hello", flags=ACK, seq=1, ack=1),
        tcp(*SERVER, *CLIENT, flags=ACK, seq=1, ack=6),
        tcp(*CLIENT, *SERVER, flags=ACK, seq=6, ack=1),
    ]


def test_little_that_is_said_is_judged_at_the_end(tmp_path: Path) -> None:
    assert alerts(tmp_path, said()) == [(FLOW_END, None)]


def test_the_end_of_a_side_is_not_waited_behind(tmp_path: Path) -> None:
    frames = [*said(), tcp(*CLIENT, *SERVER, flags=FIN | ACK, seq=6, ack=1)]
    assert alerts(tmp_path, frames) == [("wire/pcap", 7)]


def test_a_chunk_is_judged_with_a_packet_of_its_sender(tmp_path: Path) -> None:
    flags = ("--set", "stream.reassembly.toserver-chunk-size=5")
    assert alerts(tmp_path, said(), *flags) == [("wire/pcap", 6)]


def test_without_chunks_acknowledged_bytes_are_judged_at_once(tmp_path: Path) -> None:
    assert alerts(tmp_path, said(), "--set", "stream.chunk-to-server=0") == [("wire/pcap", 5)]


def test_a_copy_that_is_not_whole_is_told_with_its_hash(tmp_path: Path) -> None:
    web = ("198.51.100.7", 80)
    request = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"
    asked, answered = 1 + len(request), 1 + len(head) + 5
    frames = [
        *opened(web),
        tcp(*CLIENT, *web, request, seq=1, ack=1),
        tcp(*web, *CLIENT, head + b"hello", seq=1, ack=asked),
        tcp(*web, *CLIENT, b"beyond", seq=answered + 9, ack=asked),
        tcp(*CLIENT, *web, flags=RST | ACK, seq=asked, ack=answered),
    ]
    all_events = events(tmp_path, frames, "--extract", tmp_path / "copies")
    [info] = [one["fileinfo"] for one in all_events if one["event_type"] == "fileinfo"]
    assert (info["state"], info["size"]) == ("TRUNCATED", 5)
    assert info["sha256"] == hashlib.sha256(b"hello").hexdigest()


@pytest.mark.parametrize(
    ("options", "state"),
    [
        ([], "TRUNCATED"),
        (["--set", "stream.depth=4M"], "CLOSED"),
        (["--set", "app-layer.stream-depth.http=0"], "CLOSED"),
        (["--extract", "copies"], "CLOSED"),
        (["--extract", "copies", "--set", "app-layer.stream-depth.http=1M"], "TRUNCATED"),
    ],
)
def test_how_much_of_a_stream_is_read_can_be_set_for_a_protocol(
    tmp_path: Path, options: list[str], state: str
) -> None:
    body = bytes(range(256)) * 8192
    web, step = ("192.0.2.80", 80), 32 << 10
    asked = b"GET /a HTTP/1.1\r\nHost: a\r\n\r\n"
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    frames = list(tcp_connection(*CLIENT, *web, asked))[:4]
    for at in range(0, len(answer), step):
        part = answer[at : at + step]
        frames.append(tcp(*web, *CLIENT, part, seq=5001 + at, ack=1001 + len(asked)))
        frames.append(tcp(*CLIENT, *web, seq=1001 + len(asked), ack=5001 + at + len(part)))
    end = (1001 + len(asked), 5001 + len(answer))
    frames.append(tcp(*CLIENT, *web, flags=FIN | ACK, seq=end[0], ack=end[1]))
    frames.append(tcp(*web, *CLIENT, flags=FIN | ACK, seq=end[1], ack=end[0] + 1))
    options = [str(tmp_path / one) if one == "copies" else one for one in options]
    [info] = [
        one["fileinfo"]
        for one in events(tmp_path, frames, *options)
        if one["event_type"] == "fileinfo"
    ]
    assert info["state"] == state
    whole = hashlib.sha256(body).hexdigest()
    assert (info.get("sha256") == whole) == (state == "CLOSED")


def test_a_client_that_answers_what_was_not_captured_is_past_the_handshake(tmp_path: Path) -> None:
    frames = [
        tcp(*CLIENT, *SERVER, flags=SYN, seq=0),
        tcp(*CLIENT, *SERVER, b"hello", flags=ACK, seq=1, ack=1),
    ]
    own = tmp_path / "established.rules"
    own.write_text(
        'alert tcp any any -> any any (msg:"e"; flow:established,to_server; dsize:5; sid:2;)\n'
        'alert tcp any any -> any any (msg:"n"; flow:not_established; dsize:5; sid:3;)\n'
    )
    found = events(tmp_path, frames, "--rules", own)
    sids = [one["alert"]["signature_id"] for one in found if one["event_type"] == "alert"]
    assert sids == [2, 1]


def test_rules_hear_of_each_odd_segment_and_records_of_the_first(tmp_path: Path) -> None:
    far = tcp(*SERVER, *CLIENT, flags=RST, seq=1 << 20, ack=1)
    own = tmp_path / "events.rules"
    own.write_text(
        'alert tcp any any -> any any (msg:"far"; stream-event:rst_out_of_window; sid:2;)\n'
    )
    found = events(tmp_path, [*opened(), far, far], "--rules", own)
    kinds = [one["event_type"] for one in found]
    assert (kinds.count("alert"), kinds.count("anomaly")) == (2, 1)


def test_many_different_syns_without_an_answer_are_told(tmp_path: Path) -> None:
    frames = [tcp(*CLIENT, *SERVER, flags=SYN, seq=number * 100_000) for number in range(13)]
    own = tmp_path / "flood.rules"
    own.write_text('alert tcp any any -> any any (msg:"f"; stream-event:3whs_syn_flood; sid:2;)\n')
    found = events(tmp_path, frames, "--rules", own)
    alerts = [one["pcap_cnt"] for one in found if one["event_type"] == "alert"]
    assert alerts == [12, 13]


def test_all_that_speaks_against_a_dropped_packet_is_told(tmp_path: Path) -> None:
    rules = tmp_path / "drop.rules"
    rules.write_text(
        'drop http any any -> any any (msg:"transaction"; http.uri; content:"bad"; sid:1;)\n'
        'drop tcp any any -> any any (msg:"stream"; content:"bad"; sid:2;)\n'
    )
    request = b"GET /bad HTTP/1.1\r\nHost: a\r\n\r\n"
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
    frames = tcp_connection(CLIENT[0], 40_002, SERVER[0], 80, request, answer)
    capture = write_pcap(tmp_path / "web.pcap", frames)
    done = wirewatch("read", capture, "--json", "--show", "alerts", "--rules", rules)
    told = [json.loads(line)["alert"]["signature_id"] for line in done.stdout.splitlines()]
    assert sorted(told) == [1, 2]


def regions(folder: Path, frames: list[bytes]) -> tuple[int, int]:
    [flow] = [one for one in events(folder, frames) if one["event_type"] == "flow"]
    return flow["tcp"]["ts_max_regions"], flow["tcp"]["tc_max_regions"]


def test_a_flow_tells_that_a_stream_was_one_region(tmp_path: Path) -> None:
    near = tcp(*CLIENT, *SERVER, b"behind", flags=ACK, seq=100, ack=1)
    assert regions(tmp_path, [*said(), near]) == (1, 1)
