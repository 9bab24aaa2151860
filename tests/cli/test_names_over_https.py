"""DNS over HTTPS in the clear, end to end: rules of both protocols, and records that hold both."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from wirewatch.testing import tcp_connection, write_pcap

from tests.cli.program import wirewatch

CLIENT = "192.0.2.1"
SERVER = "198.51.100.7"
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
QUESTION = b"\3www\7example\3com\0\0\1\0\1"
ASKED = b"\0\0\1\0\0\1\0\0\0\0\0\0" + QUESTION
ANSWERED = b"\0\0\x81\x80\0\1\0\1\0\0\0\0" + QUESTION + b"\xc0\x0c\0\1\0\1\0\0\0<\0\4\xc0\0\2P"
RULES = """\
alert dns any any -> any any (msg:"a"; dns.query; content:"www.example"; sid:1;)
alert doh2 any any -> any any (msg:"b"; dns.query; content:"example.com"; endswith; sid:2;)
alert http2 any any -> any any (msg:"c"; http.host; content:"dns.example"; sid:3;)
alert doh2 any any -> any any (msg:"d"; http.uri; content:"/dns-query"; dns.query; \
content:"www"; sid:4;)
alert doh2 any any -> any any (msg:"e"; dns.answers.rrname; content:"www"; sid:5;)
alert doh2 any any -> any any (msg:"f"; dns.rcode:0; dns.answers.rrname; content:"www"; sid:6;)
alert dns any any -> any any (msg:"g"; dns.query; content:"other"; sid:9;)
"""


def frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    head = len(payload).to_bytes(3, "big") + bytes((kind, flags)) + stream.to_bytes(4, "big")
    return head + payload


def block(**headers: str) -> bytes:
    names = ((name.replace("_", "-"), value) for name, value in headers.items())
    parts = ((":" + name if name in PSEUDO else name, value) for name, value in names)
    return b"".join(
        b"\0" + bytes((len(name),)) + name.encode() + bytes((len(value),)) + value.encode()
        for name, value in parts
    )


PSEUDO = ("method", "path", "authority", "status")


def events(folder: Path, *flags: object) -> list[dict[str, Any]]:
    kind = "application/dns-message"
    ask = block(method="POST", path="/dns-query", authority="dns.example.com", content_type=kind)
    request = PREFACE + frame(1, 4, 1, ask) + frame(0, 1, 1, ASKED)
    answer = frame(1, 4, 1, block(status="200", content_type=kind)) + frame(0, 1, 1, ANSWERED)
    frames = tcp_connection(CLIENT, 40_002, SERVER, 80, request, answer)
    done = wirewatch("read", write_pcap(folder / "doh.pcap", frames), "--json", *flags)
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_a_record_of_names_holds_what_carried_them(tmp_path: Path) -> None:
    [record] = [event for event in events(tmp_path) if event["event_type"] == "dns"]
    assert record["app_proto"] == "doh2"
    assert (record["src_ip"], record["dest_ip"]) == (CLIENT, SERVER)
    assert record["dns"]["type"] == "response"
    assert record["dns"]["answers"][0]["rdata"] == "192.0.2.80"
    assert record["http"]["url"] == "/dns-query"
    assert record["http"]["http2"]["stream_id"] == 1


def test_rules_of_both_protocols_ask_one_transaction(tmp_path: Path) -> None:
    rules = tmp_path / "doh.rules"
    rules.write_text(RULES)
    told = events(tmp_path, "--rules", rules)
    alerts = [event for event in told if event["event_type"] == "alert"]
    own = [alert for alert in alerts if alert["alert"]["gid"] == 1]
    assert {alert["alert"]["signature_id"] for alert in own} == {1, 2, 3, 4, 5, 6}
    named = next(alert for alert in own if alert["alert"]["signature_id"] == 5)
    assert named["dns"]["queries"][0]["rrname"] == "www.example.com"
    assert named["http"]["hostname"] == "dns.example.com"
