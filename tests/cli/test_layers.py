"""What comes out of links, tunnels, fragments and flows: records of small captures made here."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from wirewatch.testing.captures import write_pcap
from wirewatch.testing.packets import ACK, PSH, SYN, dns_query, tcp, tcp_connection, udp

from tests.cli.program import wirewatch

CLIENT, SERVER = "192.0.2.1", "198.51.100.2"
OUTER = ("203.0.113.1", 40_000, "203.0.113.2", 4789)
SOURCE_MAC, DESTINATION_MAC = "02:00:00:00:00:01", "02:00:00:00:00:02"
LINK_HEADER = 14
VXLAN_HEADER = bytes([8, 0, 0, 0, 0, 0, 66, 0])

Event = dict[str, Any]


def in_vxlan(frame: bytes) -> bytes:
    return udp(*OUTER, VXLAN_HEADER + frame)


def events(
    tmp_path: Path, frames: Iterable[bytes], *words: object, rules: str = "", link: int = 1
) -> list[Event]:
    """The EVE records of a capture."""
    capture = write_pcap(tmp_path / "x.pcap", frames, link=link)
    eve = tmp_path / "eve.json"
    if rules:
        (tmp_path / "x.rules").write_text(rules)
        words = ("--rules", tmp_path / "x.rules", *words)
    done = wirewatch("read", capture, "--eve", eve, "--quiet", *words)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in eve.read_text().splitlines()]


def of_kind(kind: str, all_events: list[Event]) -> list[Event]:
    return [event for event in all_events if event["event_type"] == kind]


def zeek(tmp_path: Path, frames: Iterable[bytes], log: str) -> list[dict[str, str]]:
    """The rows of one of Zeek's logs."""
    capture = write_pcap(tmp_path / "x.pcap", frames)
    wirewatch("read", capture, "--zeek", tmp_path / "zeek", "--quiet")
    lines = (tmp_path / "zeek" / f"{log}.log").read_text().splitlines()
    names = next(line for line in lines if line.startswith("#fields")).split("\t")[1:]
    rows = [line.split("\t") for line in lines if not line.startswith("#")]
    return [dict(zip(names, row, strict=True)) for row in rows]


def ipv6_fragment(offset: int, data: bytes, *, more: bool) -> bytes:
    """A frame with one fragment of a UDP datagram over IPv6."""
    header = struct.pack("!BBHI", 17, 0, offset | more, 7)
    source, destination = (b"\x20\x01\x0d\xb8" + bytes(11) + bytes([last]) for last in (1, 2))
    packet = struct.pack("!IHBB", 6 << 28, len(header + data), 44, 64) + source + destination
    return bytes(12) + b"\x86\xdd" + packet + header + data


def ping(kind: int, source: str, destination: str) -> bytes:
    """A frame with an ICMP message of eight bytes; its checksum is left open."""
    frame = udp(source, 0, destination, 0)
    head = frame[: LINK_HEADER + 9] + b"\x01" + frame[LINK_HEADER + 10 : LINK_HEADER + 20]
    return head + bytes([kind, 0, 0, 0, 0, 1, 0, 1])


def test_a_record_tells_that_its_packet_was_on_the_wire(tmp_path: Path) -> None:
    (dns,) = of_kind("dns", events(tmp_path, [udp(CLIENT, 5000, SERVER, 53, dns_query("a.test"))]))
    assert dns["pkt_src"] == "wire/pcap"
    assert "tunnel" not in dns


def test_a_record_from_a_tunnel_tells_of_it(tmp_path: Path) -> None:
    question = udp(CLIENT, 5000, SERVER, 53, dns_query("a.test"))
    (dns,) = of_kind("dns", events(tmp_path, [in_vxlan(question)]))
    assert dns["pkt_src"] == "vxlan encapsulation"
    assert dns["tunnel"] == {
        "src_ip": OUTER[0],
        "src_port": OUTER[1],
        "dest_ip": OUTER[2],
        "dest_port": OUTER[3],
        "proto": "UDP",
        "depth": 1,
    }


def test_a_flow_in_a_tunnel_weighs_what_the_tunnel_carried(tmp_path: Path) -> None:
    inner = udp(CLIENT, 5000, SERVER, 6000, b"hello")
    flows = of_kind("flow", events(tmp_path, [in_vxlan(inner)]))
    by_port = {flow["dest_port"]: flow for flow in flows}
    assert by_port[6000]["flow"]["bytes_toserver"] == len(inner)
    assert by_port[4789]["wirewatch"]["tunnel"] == "vxlan"


def test_an_alert_from_a_tunnel_has_the_inner_packet(tmp_path: Path) -> None:
    inner = udp(CLIENT, 5000, SERVER, 6000, b"hello")
    rule = 'alert udp any any -> any 6000 (msg:"x"; content:"hello"; sid:1;)\n'
    found = events(tmp_path, [in_vxlan(inner)], "--set", "eve.packet=yes", rules=rule)
    (alert,) = of_kind("alert", found)
    assert alert["packet_info"] == {"linktype": 12, "linktype_name": "RAW"}


def test_tunnels_may_be_left_out_of_the_key(tmp_path: Path) -> None:
    inner = udp(CLIENT, 5000, SERVER, 6000, b"hello")
    found = events(tmp_path, [in_vxlan(inner), inner], "--set", "flow.use-tunnel=no")
    inside = [flow for flow in of_kind("flow", found) if flow["dest_port"] == 6000]
    assert [flow["flow"]["pkts_toserver"] for flow in inside] == [2]


def test_what_is_in_and_outside_of_tunnels_is_one_flow_with_several_workers(tmp_path: Path) -> None:
    inside = [udp(CLIENT, 5000, SERVER, port, b"hello") for port in range(6000, 6016)]
    frames = [frame for inner in inside for frame in (in_vxlan(inner), inner)]
    several = ("--set", "flow.use-tunnel=no", "--set", "engine.workers=4")
    flows = of_kind("flow", events(tmp_path, frames, *several))
    counts = [flow["flow"]["pkts_toserver"] for flow in flows if flow["dest_port"] >= 6000]
    assert counts == [2] * 16


def test_an_alert_names_the_link_type(tmp_path: Path) -> None:
    rule = 'alert udp any any -> any any (msg:"x"; sid:1;)\n'
    frame = udp(CLIENT, 5000, SERVER, 6000, b"hello")
    (alert,) = of_kind("alert", events(tmp_path, [frame], "--set", "eve.packet=yes", rules=rule))
    assert alert["packet_info"]["linktype_name"] == "EN10MB"


def test_rules_hear_of_fragments_that_overlap(tmp_path: Path) -> None:
    rule = 'alert pkthdr any any -> any any (msg:"x"; decode-event:ipv6.frag_overlap; sid:1;)\n'
    frames = [
        ipv6_fragment(0, bytes(16), more=True),
        ipv6_fragment(8, bytes([7] * 16), more=True),
    ]
    (alert,) = of_kind("alert", events(tmp_path, frames, rules=rule))
    assert alert["pcap_cnt"] == 2


def test_rules_see_what_fragments_make_up_and_where_it_came_from(tmp_path: Path) -> None:
    rule = 'alert udp any any -> any 6000 (msg:"x"; content:"hello"; sid:1;)\n'
    whole = udp("2001:db8::1", 5000, "2001:db8::2", 6000, b"hello, this is more than sixteen")
    data = whole[LINK_HEADER + 40 :]
    frames = [ipv6_fragment(0, data[:16], more=True), ipv6_fragment(16, data[16:], more=False)]
    (alert,) = of_kind("alert", events(tmp_path, frames, rules=rule))
    assert alert["pkt_src"] == "defrag"


def test_a_wrong_checksum_may_be_told_without_consequences(tmp_path: Path) -> None:
    frame = udp(CLIENT, 5000, SERVER, 6000, b"hello")
    frame = frame[:-1] + b"0"
    rule = 'alert udp any any -> any any (msg:"x"; udpv4-csum:invalid; sid:1;)\n'
    words = ("--set", "capture.checksums=tell")
    (alert,) = of_kind("alert", events(tmp_path, [frame], *words, rules=rule))
    assert alert["alert"]["signature_id"] == 1


def test_an_anomaly_has_the_first_bytes_of_the_packet_when_asked(tmp_path: Path) -> None:
    frame = bytes(12) + b"\xfb\xb7" + bytes(300)
    (anomaly,) = of_kind("anomaly", events(tmp_path, [frame], "--set", "eve.anomaly-packet=yes"))
    assert anomaly["ether"] == {"ether_type": 0xFBB7}
    assert anomaly["packet_info"] == {"linktype": 1}
    assert len(anomaly["packet"]) == 172  # 128 bytes in base64


def listener_report() -> bytes:
    """A frame as hosts send it that join a group: a router alert, and padding without bytes."""
    alert = bytes([58, 0, 5, 2, 0, 0, 1, 0])
    group = bytes([0xFF, 2]) + bytes(12) + bytes([1, 2])
    report = bytes([131, 0, 0, 0, 0, 0, 0, 0]) + group
    source = b"\xfe\x80" + bytes(13) + bytes([1])
    header = struct.pack("!IHBB", 6 << 28, len(alert + report), 0, 1) + source + group
    return bytes(12) + b"\x86\xdd" + header + alert + report


def test_rules_may_ask_for_what_is_lawful_and_no_anomaly(tmp_path: Path) -> None:
    rule = "alert pkthdr any any -> any any (decode-event:ipv6.zero_len_padn; sid:1;)"
    words = ("--set", "capture.checksums=ignore")
    told = events(tmp_path, [listener_report()], *words, rules=rule)
    assert len(of_kind("alert", told)) == 1
    assert of_kind("anomaly", told) == []


def test_an_unknown_type_in_a_vlan_is_shown(tmp_path: Path) -> None:
    frame = bytes(12) + bytes([0x81, 0, 0, 7, 0xFB, 0x97]) + bytes(46)
    found = of_kind("anomaly", events(tmp_path, [frame]))
    codes = ["decoder.ethernet.unknown_ethertype", "decoder.vlan.unknown_type"]
    assert [record["anomaly"]["event"] for record in found] == codes
    assert [record["ether"]["ether_type"] for record in found] == [0xFB97] * 2


def claiming(frame: bytes, length: int) -> bytes:
    """The frame, with another total length in its IPv4 header; the checksum is left as it was."""
    at = LINK_HEADER + 2
    return frame[:at] + struct.pack("!H", length) + frame[at + 2 :]


def payloads(tmp_path: Path, *words: object) -> tuple[list[str], int]:
    """Anomalies and payload bytes of a datagram that claims 65,000 bytes."""
    frame = claiming(udp(CLIENT, 5000, SERVER, 4000, b"hello"), 65_000)
    at = LINK_HEADER + 24
    frame = frame[:at] + struct.pack("!H", 64_980) + frame[at + 2 :]
    told = events(tmp_path, [frame], "--set", "capture.checksums=ignore", *words)
    (flow,) = of_kind("flow", told)
    codes = [record["anomaly"]["event"] for record in of_kind("anomaly", told)]
    return codes, flow["wirewatch"]["payload_bytes_toserver"]


def test_a_flow_has_no_more_payload_than_was_on_the_wire(tmp_path: Path) -> None:
    assert payloads(tmp_path) == (["decoder.ipv4.trunc_pkt"], 5)


def test_a_sliced_datagram_has_the_length_of_its_header(tmp_path: Path) -> None:
    assert payloads(tmp_path, "--set", "capture.sliced=yes") == ([], 64_972)


def test_a_lying_segment_is_not_taken(tmp_path: Path) -> None:
    frames = list(tcp_connection(CLIENT, 5000, SERVER, 80, b"GET / HTTP/1.1\r\n\r\n"))
    lying = [claiming(it, 900) if b"GET" in it else it for it in frames]
    words = ("--set", "capture.checksums=ignore")
    assert len(of_kind("http", events(tmp_path, frames, *words))) == 1
    assert of_kind("http", events(tmp_path, lying, *words)) == []


@pytest.mark.parametrize(("where", "count"), [("decode", 0), ("stream", 2)])
def test_anomalies_of_one_place_may_be_left_out(tmp_path: Path, where: str, count: int) -> None:
    frame = bytes(12) + bytes([0x81, 0, 0, 7, 0xFB, 0x97]) + bytes(46)
    told = events(tmp_path, [frame], "--set", f"eve.anomaly-{where}=no")
    assert len(of_kind("anomaly", told)) == count


def test_link_addresses_are_told_when_asked(tmp_path: Path) -> None:
    frames = [udp(CLIENT, 5000, SERVER, 53, dns_query("a.test"))]
    found = events(tmp_path, frames, "--set", "eve.ethernet=yes")
    (dns,), (flow,) = of_kind("dns", found), of_kind("flow", found)
    assert dns["ether"] == {"src_mac": SOURCE_MAC, "dest_mac": DESTINATION_MAC}
    assert flow["ether"] == {"src_macs": [SOURCE_MAC], "dest_macs": [DESTINATION_MAC]}


def test_link_addresses_are_known_without_a_packet(tmp_path: Path) -> None:
    request = b"GET / HTTP/1.1\r\nHost: www.example.com\r\n\r\n"
    frames = list(tcp_connection(CLIENT, 5000, SERVER, 80, request))[:4]
    found = events(tmp_path, frames, "--set", "eve.ethernet=yes")
    (http,) = of_kind("http", found)
    assert "pcap_cnt" not in http
    assert http["ether"] == {"src_mac": SOURCE_MAC, "dest_mac": DESTINATION_MAC}


def test_every_line_tells_the_version_when_asked(tmp_path: Path) -> None:
    frames = [udp(CLIENT, 5000, SERVER, 53, dns_query("a.test"))]
    found = events(tmp_path, frames, "--set", "eve.suricata-version=yes")
    assert {event["suricata_version"].partition(" ")[0] for event in found} == {"wirewatch"}
    assert all("suricata_version" not in event for event in events(tmp_path, frames))


def test_an_unknown_field_of_tls_is_refused(tmp_path: Path) -> None:
    capture = write_pcap(tmp_path / "x.pcap", [])
    words = ("--set", "eve.tls-fields=sni,snow", "--eve", tmp_path / "eve.json")
    done = wirewatch("read", capture, *words)
    assert done.returncode == 2
    assert "snow" in done.stderr


def test_netflow_records_tell_each_direction(tmp_path: Path) -> None:
    frames = tcp_connection(CLIENT, 5000, SERVER, 80, b"GET / HTTP/1.0\r\n\r\n")
    there, back = events(tmp_path, frames, "--set", "eve.types=netflow")
    assert (there["src_ip"], back["src_ip"]) == (CLIENT, SERVER)
    assert (there["netflow"]["pkts"], back["netflow"]["pkts"]) == (5, 2)
    assert (there["netflow"]["min_ttl"], there["netflow"]["max_ttl"]) == (64, 64)
    assert back["tcp"]["tcp_flags"] == "13"


def test_an_unanswered_flow_has_one_direction(tmp_path: Path) -> None:
    frames = [udp(CLIENT, 5000, SERVER, 6000, b"hello")]
    (only,) = events(tmp_path, frames, "--set", "eve.types=netflow")
    assert only["netflow"]["bytes"] == len(frames[0])


def test_zeek_is_told_when_a_tunnel_is_found_and_when_it_ends(tmp_path: Path) -> None:
    rows = zeek(tmp_path, [in_vxlan(udp(CLIENT, 5000, SERVER, 6000, b"hello"))], "tunnel")
    assert [row["action"] for row in rows] == ["Tunnel::DISCOVER", "Tunnel::CLOSE"]
    assert {row["tunnel_type"] for row in rows} == {"Tunnel::VXLAN"}
    assert {(row["id.orig_h"], row["id.resp_p"]) for row in rows} == {(OUTER[0], "4789")}


def test_a_proxy_is_a_tunnel_for_zeek(tmp_path: Path) -> None:
    frames = tcp_connection(
        CLIENT,
        5000,
        SERVER,
        8080,
        b"CONNECT example.com:25 HTTP/1.1\r\nHost: example.com\r\n\r\n",
        b"HTTP/1.1 200 Connection established\r\n\r\n",
    )
    (row,) = zeek(tmp_path, frames, "tunnel")
    assert (row["tunnel_type"], row["id.orig_p"]) == ("Tunnel::HTTP", "0")


@pytest.mark.parametrize(
    ("kind", "answer"), [(8, "0"), (13, "14"), (17, "18"), (9, "10"), (3, "0")]
)
def test_zeek_has_the_answers_type_as_port(tmp_path: Path, kind: int, answer: str) -> None:
    (row,) = zeek(tmp_path, [ping(kind, CLIENT, SERVER)], "conn")
    assert (row["id.orig_p"], row["id.resp_p"]) == (str(kind), answer)


@pytest.mark.parametrize(
    ("address", "local"),
    [
        ("240.0.0.1", "T"),
        ("224.0.0.5", "T"),
        ("224.1.0.5", "F"),
        ("100.64.0.1", "T"),
        ("100.128.0.1", "F"),
        ("8.8.8.8", "F"),
        ("198.51.100.9", "T"),
    ],
)
def test_zeek_calls_special_addresses_local(tmp_path: Path, address: str, local: str) -> None:
    (row,) = zeek(tmp_path, [udp(CLIENT, 5000, address, 6000, b"x")], "conn")
    assert row["local_resp"] == local


MISMATCH = "applayer_mismatch_protocol_both_directions"


def mismatched() -> Iterable[bytes]:
    """A connection whose client speaks HTTP and whose server speaks SSH."""
    request = b"GET / HTTP/1.1\r\nHost: example.com\r\n\r\n"
    return tcp_connection(CLIENT, 5000, SERVER, 22, request, b"SSH-2.0-example\r\n")


def test_a_flow_tells_that_its_sides_speak_differently(tmp_path: Path) -> None:
    found = events(tmp_path, mismatched())
    (flow,) = of_kind("flow", found)
    assert (flow["app_proto"], flow["app_proto_tc"]) == ("http", "ssh")
    told = [event["anomaly"] for event in of_kind("anomaly", found)]
    assert {"type": "applayer", "event": MISMATCH.upper(), "layer": "proto_detect"} in [
        {name: value for name, value in one.items() if name != "app_proto"} for one in told
    ]


def test_a_side_in_another_protocol_names_no_file_that_is_not_told(tmp_path: Path) -> None:
    answer = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 5\r\n\r\nhello"
    found = events(tmp_path, tcp_connection(CLIENT, 5000, SERVER, 22, b"SSH-2.0-a\r\n", answer))
    (http,) = of_kind("http", found)
    assert http["wirewatch"]["response_body_length"] == 5
    assert "response_files" not in http["wirewatch"]
    assert of_kind("fileinfo", found) == []


def test_rules_hear_that_the_sides_speak_differently(tmp_path: Path) -> None:
    rule = f'alert ip any any -> any any (msg:"x"; app-layer-event:{MISMATCH}; sid:1;)\n'
    alerts = of_kind("alert", events(tmp_path, mismatched(), rules=rule))
    assert [alert["alert"]["signature_id"] for alert in alerts].count(1) == 1


def test_a_flow_counts_its_transactions(tmp_path: Path) -> None:
    questions = [dns_query("a.test", identifier=number) for number in (1, 2, 3)]
    frames = [udp(CLIENT, 5000, SERVER, 53, question) for question in questions]
    (flow,) = of_kind("flow", events(tmp_path, frames))
    assert flow["flow"]["tx_cnt"] == 3


def test_a_flow_counts_transactions_of_a_conversation_that_ended_before_it(tmp_path: Path) -> None:
    request, answer = b"GET / HTTP/1.0\r\n\r\n", b"HTTP/1.0 204 No Content\r\n\r\n"
    (flow,) = of_kind(
        "flow", events(tmp_path, tcp_connection(CLIENT, 5000, SERVER, 80, request, answer))
    )
    assert flow["flow"]["tx_cnt"] == 1
    assert "app_proto_tc" not in flow


def in_vlan(frame: bytes, number: int) -> bytes:
    return frame[:12] + b"\x81\x00" + number.to_bytes(2, "big") + frame[12:]


def test_flows_that_are_told_apart_without_vlans_tell_theirs(tmp_path: Path) -> None:
    query = in_vlan(udp(CLIENT, 5000, SERVER, 53, dns_query("a.test")), 7)
    found = events(tmp_path, [query], "--set", "flow.use-vlan=no")
    assert [event["vlan"] for event in found if event["event_type"] in {"dns", "flow"}] == [[7]] * 2


def test_rules_see_all_packets_that_carry_a_tunnel(tmp_path: Path) -> None:
    header = bytes([0, 0, 0x65, 0x58, 0, 0, 66, 0])
    frame = udp("203.0.113.1", 40_000, "203.0.113.2", 6081, header + udp(CLIENT, 1, SERVER, 2))
    rule = 'alert udp any any -> any 6081 (msg:"carrier"; dsize:>8; sid:1;)\n'
    found = events(tmp_path, [frame] * 3, rules=rule)
    assert len(of_kind("alert", found)) == 3


def upgraded(first: bytes) -> Iterable[bytes]:
    """A mail connection that agrees on TLS, and what its client says then."""
    yield tcp(CLIENT, 5000, SERVER, 25, flags=SYN, seq=0)
    yield tcp(SERVER, 25, CLIENT, 5000, flags=SYN | ACK, seq=0, ack=1)
    sent = {True: 1, False: 1}
    for by_client, said in [
        (False, b"220 mail.example.com ESMTP\r\n"),
        (True, b"EHLO example.com\r\n"),
        (False, b"250-mail.example.com\r\n250 STARTTLS\r\n"),
        (True, b"STARTTLS\r\n"),
        (False, b"220 go ahead\r\n"),
        (True, first),
        (False, b"\r\n"),
    ]:
        ends = (CLIENT, 5000, SERVER, 25) if by_client else (SERVER, 25, CLIENT, 5000)
        seq, ack = sent[by_client], sent[not by_client]
        yield tcp(*ends, said, flags=PSH | ACK, seq=seq, ack=ack)
        sent[by_client] += len(said)


FLOW_RULES = "".join(
    f'alert ip any any -> any any (msg:"x"; app-layer-event:{event}; sid:{sid};)\n'
    for sid, event in enumerate(
        ["applayer_no_tls_after_starttls", "applayer_unexpected_protocol"], start=1
    )
)


@pytest.mark.parametrize(
    ("first", "protocol", "told"),
    [
        (bytes.fromhex("1603010004010000000000"), "tls", []),
        (b"\x16", "tls", []),
        (b"SSH-2.0-example\r\n", "ssh", [1, 2]),
        (b"\x01\x02\x03\x04", "smtp", [1]),
    ],
)
def test_what_follows_starttls_is_looked_at(
    tmp_path: Path, first: bytes, protocol: str, told: list[int]
) -> None:
    found = events(tmp_path, upgraded(first), rules=FLOW_RULES)
    (flow,) = of_kind("flow", found)
    assert flow["app_proto"] == protocol
    alerts = [one["alert"]["signature_id"] for one in of_kind("alert", found)]
    assert [sid for sid in alerts if sid in {1, 2}] == told
    names = [one["anomaly"]["event"] for one in of_kind("anomaly", found)]
    assert names.count("APPLAYER_NO_TLS_AFTER_STARTTLS") == int(1 in told)
