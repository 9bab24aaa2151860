"""What rules see of packets that no stream takes, and of flows whose beginning was not seen."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from wirewatch.testing import tcp, tcp_connection, udp, write_pcap

from tests.cli.program import wirewatch

CLIENT, SERVER = "192.0.2.1", "198.51.100.2"
ACK = 0x10


def read(folder: Path, frames: list[bytes], rules: str, *more: str) -> list[dict[str, Any]]:
    """The events of a capture under some rules."""
    capture = write_pcap(folder / "capture.pcap", frames)
    path = folder / "own.rules"
    path.write_text(rules)
    eve = folder / "eve.json"
    done = wirewatch("read", capture, "--rules", path, "--eve", eve, "--quiet", *more)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in eve.read_text().splitlines()]


def alerts(events: list[dict[str, Any]]) -> list[int]:
    """What alerted."""
    return [event["alert"]["signature_id"] for event in events if event["event_type"] == "alert"]


def test_a_segment_with_a_wrong_checksum_is_looked_at_for_itself(tmp_path: Path) -> None:
    frames = list(tcp_connection(CLIENT, 40_000, SERVER, 25, b"EHLO a\r\n", b"250 b\r\n"))
    said = next(frame for frame in frames if b"EHLO" in frame)
    wrong = said.replace(b"EHLO", b"EVIL")
    frames.insert(frames.index(said) + 1, wrong)
    rules = 'alert tcp any any -> any 25 (flow:to_server,established; content:"EVIL"; sid:1;)\n'
    events = read(tmp_path, frames, rules)
    assert alerts(events) == [1]


def test_a_flow_goes_the_way_its_first_words_say(tmp_path: Path) -> None:
    answer = b"HTTP/1.1 200 OK\r\nServer: a\r\nContent-Length: 2\r\n\r\nok"
    frames = [tcp(SERVER, 6666, CLIENT, 65, answer, flags=ACK, seq=1, ack=1)]
    rule = 'alert http any any -> any any (http.server; content:"a"; sid:1;)\n'
    events = read(tmp_path, frames, rule)
    assert alerts(events) == [1]
    flow = next(event for event in events if event["event_type"] == "flow")
    assert (flow["src_ip"], flow["dest_ip"]) == (CLIENT, SERVER)
    assert (flow["flow"]["pkts_toserver"], flow["flow"]["pkts_toclient"]) == (0, 1)


def test_a_rule_about_packets_sees_what_the_stream_of_the_same_packet_set(tmp_path: Path) -> None:
    frames = list(tcp_connection(CLIENT, 40_000, SERVER, 9999, b"seven!!", b"x"))
    rules = (
        'alert tcp any any -> any any (content:"seven"; flowbits:set,seen; noalert; sid:1;)\n'
        "alert tcp any any -> any any (flowbits:isset,seen; dsize:7; sid:2;)\n"
    )
    assert alerts(read(tmp_path, frames, rules, "--set", "stream.inline=yes")) == [2]


def test_frames_without_a_datagram_reach_the_rules_that_want_them(tmp_path: Path) -> None:
    ethernet = bytes.fromhex("ffffffffffff 020000000001 0806")
    request = bytes.fromhex("0001080006040001 020000000001 c0000201 000000000000 c0000202")
    frames = [ethernet + request, tcp(CLIENT, 40_000, SERVER, 80, b"x")]
    rules = (
        'alert arp any any -> any any (ether.hdr; content:"|08 06|"; offset:12; sid:1;)\n'
        "alert ether any any -> any any (sid:2;)\n"
        "alert ip any any -> any any (sid:3;)\n"
    )
    assert sorted(alerts(read(tmp_path, frames, rules))) == [1, 2, 2, 3]


def test_a_datagram_in_a_tunnel_is_no_frame_of_its_own(tmp_path: Path) -> None:
    inner = tcp(CLIENT, 40_000, SERVER, 80, b"x")
    vxlan = bytes.fromhex("0800000000000100") + inner
    frames = [udp("192.0.2.8", 50_000, "192.0.2.9", 4789, vxlan)]
    rules = "alert ether any any -> any any (sid:1;)\nalert tcp any any -> any any (sid:2;)\n"
    assert sorted(alerts(read(tmp_path, frames, rules))) == [1, 2]
