"""The same capture gives the same alerts, however it is shared out and in whatever pieces."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path

import pytest
from wirewatch.testing import dns_answer, dns_query, tcp_connection, udp, write_pcap

from tests.rules.inside import wirewatch

RULES = """\
alert http any any -> any any (msg:"uri"; http.uri; content:"/bad"; sid:1;)
alert http any any -> any any (msg:"answer"; file.data; content:"evil"; sid:2;)
alert tcp any any -> any 80 (msg:"stream"; content:"Host|3a|"; content:"example"; distance:0; \
sid:3;)
alert tcp any any -> any any (msg:"packet"; flow:to_client; dsize:>20; content:"HTTP"; depth:4; \
sid:4;)
alert dns any any -> any any (msg:"name"; dns.query; content:"bad.example.com"; endswith; sid:5;)
alert http any any -> any any (msg:"first"; http.uri; content:"/one"; flowbits:set,one; \
noalert; sid:6;)
alert http any any -> any any (msg:"second"; file.data; content:"two"; flowbits:isset,one; sid:7;)
alert tcp any any -> any 80 (msg:"limited"; content:"GET"; \
threshold:type limit,track by_src,count 2,seconds 60; sid:8;)
alert ip any any -> 198.51.100.9 any (msg:"address"; sid:9;)
"""


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    path = tmp_path / "own.rules"
    path.write_text(RULES)
    return path


@pytest.fixture
def many(tmp_path: Path) -> Path:
    """Forty conversations of different hosts, interleaved, the same in every run."""
    chance = random.Random(3)  # noqa: S311 - a test's traffic
    flows = []
    for number in range(40):
        client, server = f"192.0.2.{number + 1}", f"198.51.100.{number % 10}"
        path = chance.choice(["/bad", "/one", "/good", "/one/bad"])
        body = chance.choice([b"evil", b"two", b"one two evil", b"nothing"]) * 20
        request = f"GET {path} HTTP/1.1\r\nHost: {number}.example.com\r\n\r\n".encode()
        head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        flows.append(
            list(tcp_connection(client, 40_000 + number, server, 80, request, head + body))
        )
        name = chance.choice(["bad.example.com", "www.example.com"])
        flows.append(
            [
                udp(client, 50_000, "192.0.2.253", 53, dns_query(name)),
                udp("192.0.2.253", 53, client, 50_000, dns_answer(name, "198.51.100.7")),
            ]
        )
    frames = []
    while any(flows):
        frames.append(chance.choice([flow for flow in flows if flow]).pop(0))
    return write_pcap(tmp_path / "many.pcap", frames)


Alert = tuple[object, ...]


def alerts(text: str) -> list[Alert]:
    events = [json.loads(line) for line in text.splitlines()]
    keys = ("src_ip", "src_port", "dest_ip", "dest_port", "pcap_cnt", "tx_id")
    found = [(one["alert"]["signature_id"], *(str(one.get(key)) for key in keys)) for one in events]
    return sorted(found)


def read(capture: Path, rules: Path, *words: object) -> list[Alert]:
    done = wirewatch("read", capture, "--rules", rules, "--json", "--show", "alerts", *words)
    assert done.returncode == 0, done.stderr
    return alerts(done.stdout)


@pytest.mark.parametrize("workers", [2, 4])
def test_several_workers_find_what_one_finds(many: Path, rules: Path, workers: int) -> None:
    one = read(many, rules, "--workers", 1)
    assert {alert[0] for alert in one} == {1, 2, 3, 4, 5, 7, 8, 9}
    assert read(many, rules, "--workers", workers) == one


def piped(data: bytes, size: int, rules: Path) -> list[Alert]:
    """The alerts about a capture that comes through a pipe in pieces of this size."""
    command = [sys.executable, "-m", "wirewatch", "read", "-", "--rules", str(rules)]
    process = subprocess.Popen(
        [*command, "--json", "--show", "alerts"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with process:
        assert process.stdin is not None
        assert process.stdout is not None
        for start in range(0, len(data), size):
            process.stdin.write(data[start : start + size])
            process.stdin.flush()
        process.stdin.close()
        return alerts(process.stdout.read().decode())


@pytest.mark.parametrize("size", [61, 4099])
def test_pieces_of_any_size_give_the_same(many: Path, rules: Path, size: int) -> None:
    data = many.read_bytes()
    whole = piped(data, len(data), rules)
    assert piped(data, size, rules) == whole
    # Out of a pipe alerts do not wait for their sender's next packet; they are the same ones.
    assert [alert[0] for alert in whole] == [alert[0] for alert in read(many, rules)]


@pytest.mark.parametrize("workers", [1, 4])
def test_a_tagged_host_is_followed_whoever_it_speaks_with(tmp_path: Path, workers: int) -> None:
    """Its packets after the alert are kept in order, whichever pairs of hosts they go between."""
    client, source = "192.0.2.1", 40_000
    frames = [udp(client, source, "198.51.100.1", 5000, b"begin")]
    others = [f"198.51.100.{number}" for number in range(2, 42)]
    frames += [udp(client, source, other, 5000, b"after") for other in others]
    capture = write_pcap(tmp_path / "tag.pcap", frames)
    rules = tmp_path / "tag.rules"
    rules.write_text(
        'alert udp any any -> any any (content:"begin"; tag:host,10,packets,src; sid:1;)\n'
    )
    eve = tmp_path / "eve.json"
    words = ("--rules", rules, "--eve", eve, "--workers", workers, "--quiet")
    done = wirewatch("read", capture, *words)
    assert done.returncode == 0, done.stderr
    events = [json.loads(line) for line in eve.read_text().splitlines()]
    kept = [one["pcap_cnt"] for one in events if one["event_type"] == "packet"]
    assert kept == list(range(2, 12))
