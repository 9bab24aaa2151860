"""What rules and policies decide about whole flows, and packets that are kept after an alert."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from wirewatch.testing.captures import write_pcap
from wirewatch.testing.packets import tcp_connection

from tests.cli.program import wirewatch

CLIENT, SERVER = "192.0.2.1", "198.51.100.2"
REQUEST = b"GET /a HTTP/1.1\r\nHost: example.com\r\n\r\n"
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"


def connection() -> list[bytes]:
    return list(tcp_connection(CLIENT, 40_000, SERVER, 80, REQUEST, ANSWER))


@pytest.fixture
def whole(tmp_path: Path) -> Path:
    """A connection with a request and its answer."""
    return write_pcap(tmp_path / "whole.pcap", connection())


@pytest.fixture
def midstream(tmp_path: Path) -> Path:
    """The same without its handshake."""
    return write_pcap(tmp_path / "midstream.pcap", connection()[3:])


def events(capture: Path, rules: str, *words: str) -> list[dict[str, Any]]:
    path = capture.with_suffix(".rules")
    path.write_text(rules)
    done = wirewatch("read", capture, "--rules", path, "--json", *words)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def of(kind: str, all_events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [event for event in all_events if event["event_type"] == kind]


ALERT = 'alert tcp any any -> any any (content:"GET"; sid:1;)\n'


@pytest.mark.parametrize("action", ["pass", "drop"])
def test_a_flow_tells_what_rules_decided(whole: Path, action: str) -> None:
    rules = f'{action} tcp any any -> any any (content:"GET"; sid:2;)\n'
    assert of("flow", events(whole, rules))[0]["flow"]["action"] == action


def test_a_flow_that_nobody_decided_about_has_no_action(whole: Path) -> None:
    assert "action" not in of("flow", events(whole, ALERT))[0]["flow"]


def test_midstream_connections_are_read_unless_a_policy_says_otherwise(midstream: Path) -> None:
    found = events(midstream, ALERT)
    assert len(of("alert", found)) == 1
    assert len(of("http", found)) == 1


def test_a_passed_midstream_connection_is_read_and_not_alerted(midstream: Path) -> None:
    found = events(midstream, ALERT, "--set", "stream.midstream-policy=pass-flow")
    assert of("alert", found) == []
    assert len(of("http", found)) == 1
    assert of("flow", found)[0]["flow"]["action"] == "pass"


def test_a_bypassed_midstream_connection_is_only_counted(midstream: Path) -> None:
    words = ("--set", "stream.midstream-policy=bypass", "--set", "eve.exception-policy=yes")
    found = events(midstream, ALERT, *words)
    assert of("alert", found) + of("http", found) == []
    flow = of("flow", found)[0]["flow"]
    assert flow["state"] == "bypassed"
    assert flow["pkts_toserver"] > 0
    assert flow["exception_policy"] == [{"target": "stream_midstream", "policy": "bypass"}]


def test_policies_leave_whole_connections_alone(whole: Path) -> None:
    found = events(whole, ALERT, "--set", "stream.midstream-policy=bypass")
    assert len(of("alert", found)) == 1


def test_packets_after_a_tagging_alert_are_written(whole: Path) -> None:
    rules = "alert tcp any any -> any any (flags:S; tag:session,2,packets; sid:1;)\n"
    eve = whole.with_suffix(".json")
    path = whole.with_suffix(".rules")
    path.write_text(rules)
    kept = []
    for wanted in ("yes", "no"):
        words = ("--set", f"eve.tagged-packets={wanted}", "--set", "eve.types=alert")
        done = wirewatch("read", whole, "--rules", path, "--eve", eve, "--quiet", *words)
        assert done.returncode == 0, done.stderr
        lines = [json.loads(line) for line in eve.read_text().splitlines()]
        kept.append(of("packet", lines))
    assert [len(packets) for packets in kept] == [2, 0]
    assert kept[0][0]["packet_info"]["linktype"] == 1
    assert kept[0][0]["src_ip"] == SERVER
