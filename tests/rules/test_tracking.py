"""Rules that keep packets out of flows."""

from __future__ import annotations

import json
from pathlib import Path

from wirewatch.testing import udp, write_pcap

from tests.rules.inside import wirewatch


def test_packets_that_a_rule_takes_are_in_no_flow(tmp_path: Path) -> None:
    """They are counted, and other rules about packets still see them."""
    frames = [udp("192.0.2.1", 40_000, "198.51.100.1", port, b"hello") for port in (666, 667)]
    capture = write_pcap(tmp_path / "two.pcap", frames)
    rules = tmp_path / "own.rules"
    rules.write_text(
        "config udp:pre_flow any any <> any 666 "
        "(config:tracking disable, type flow, scope packet; sid:1;)\n"
        'alert udp any any -> any any (content:"hello"; sid:2;)\n'
    )
    eve = tmp_path / "eve.json"
    done = wirewatch("read", capture, "--rules", rules, "--eve", eve, "--quiet")
    assert done.returncode == 0, done.stderr
    events = [json.loads(line) for line in eve.read_text().splitlines()]
    told = [(one["event_type"], one.get("dest_port")) for one in events]
    ports = sorted(one for one in told if one[0] in ("alert", "flow"))
    assert ports == [("alert", 666), ("alert", 667), ("flow", 667)]
