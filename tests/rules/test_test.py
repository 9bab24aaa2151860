"""`wirewatch rules test`: why a rule matches, or does not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from wirewatch.testing import dns_query, udp, write_pcap

from tests.rules.inside import wirewatch


def rule(options: str, header: str = "tcp any any -> any 80") -> str:
    return f'alert {header} (msg:"a test"; {options} sid:1;)'


def test_the_packet_of_the_first_match_is_told(capture: Path) -> None:
    done = wirewatch("rules", "test", rule('content:"GET /index";'), capture)
    assert done.returncode == 0, done.stderr
    assert "matches 1 time, first the stream at packet" in done.stdout


def test_the_transaction_of_the_first_match_is_told(capture: Path) -> None:
    text = rule('http.uri; content:"/index.html";', "http any any -> any any")
    done = wirewatch("rules", "test", text, capture, "--json")
    assert done.returncode == 0, done.stderr
    (one,) = json.loads(done.stdout)
    assert one["first"]["what"] == "transaction"
    assert one["matches"] == 1


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            rule('content:"GET /index"; content:"|0d|x"; distance:3;'),
            'payload: the content "|0d|x" distance 3 is not there',
        ),
        (rule('content:"GET"; depth:3; pcre:"/P[AB]ST/";'), "the expression /P[AB]ST/"),
        (rule('content:"GET";', "tcp any any -> any 81"), "the rule's ports"),
        (rule('content:"GET";', "tcp any any -> 203.0.113.9 80"), "the rule's addresses"),
        (rule('content:"GET"; flowbits:isset,x;'), "flowbits: the bit is not set"),
        (
            rule('http.uri; content:"/other";', "http any any -> any any"),
            'http.uri: the content "/other" is not there',
        ),
        (rule('content:"GET"; dsize:>5000;', "tcp any any -> any any"), "5001 bytes at least"),
    ],
)
def test_the_first_condition_that_is_not_met_is_told(capture: Path, text: str, told: str) -> None:
    done = wirewatch("rules", "test", text, capture)
    assert done.returncode == 1, done.stderr
    assert told in done.stdout


def test_a_number_means_a_rule_of_the_files_also_one_that_is_off(
    capture: Path, tmp_path: Path
) -> None:
    path = tmp_path / "own.rules"
    path.write_text(
        'alert tcp any any -> any 80 (content:"GET"; flowbits:set,seen; noalert; sid:7;)\n'
        '# alert tcp any 80 -> any any (content:"hello"; flowbits:isset,seen; sid:8;)\n'
    )
    done = wirewatch("rules", "test", "8", capture, "--rules", path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert wirewatch("rules", "test", "9", capture, "--rules", path).returncode == 2


def test_all_rules_of_a_file_are_explained(capture: Path, tmp_path: Path) -> None:
    path = tmp_path / "own.rules"
    path.write_text(
        'alert tcp any any -> any 80 (content:"GET"; sid:7;)\n'
        'alert tcp any 80 -> any any (content:"farewell"; sid:8;)\n'
    )
    done = wirewatch("rules", "test", path, capture)
    assert done.returncode == 1
    assert "7\n  matches" in done.stdout
    assert "8\n  does not match" in done.stdout


def test_a_rule_that_is_left_out_is_told_beside_the_others(capture: Path, tmp_path: Path) -> None:
    path = tmp_path / "own.rules"
    path.write_text(
        'alert tcp any any -> any 80 (content:"GET"; sid:7;)\n'
        "alert tcp any any -> any 80 (lua:own.lua; sid:8;)\n"
    )
    done = wirewatch("rules", "test", path, capture)
    assert "7\n  matches" in done.stdout
    assert f"{path}:2:30: unsupported: lua" in done.stderr


def test_a_number_that_is_not_as_asked_is_told(tmp_path: Path) -> None:
    """With its name and its value."""
    frames = [udp("192.0.2.1", 40_000, "192.0.2.53", 53, dns_query("example.com"))]
    capture = write_pcap(tmp_path / "dns.pcap", frames)
    asked = "alert dns any any -> any any (dns.opcode:4; sid:1;)"
    done = wirewatch("rules", "test", asked, capture)
    assert "not met: dns.opcode is 0, which is not as asked" in done.stdout


def test_a_broken_rule_is_told_with_its_place(capture: Path) -> None:
    done = wirewatch("rules", "test", rule('contnt:"x";'), capture)
    assert done.returncode == 2
    assert done.stderr.startswith("RULE:1:")
    assert '"contnt" is no keyword' in done.stderr
