"""Rules whose action is `config`: what of a transaction is not put out."""

from __future__ import annotations

from pathlib import Path

from wirewatch.testing import dns_answer, dns_query, tcp_connection, udp

from tests.rules.test_packets import CLIENT, SERVER, alerts, read

QUIET = "config:logging disable, type tx, scope tx;"


def names(events: list[dict[str, object]]) -> set[str]:
    """The names that DNS records are about."""
    found = (event["dns"] for event in events if event["event_type"] == "dns")
    return {
        query["rrname"]
        for record in found
        if isinstance(record, dict)
        for query in record["queries"]
    }


def test_records_of_a_matching_transaction_are_kept_back(tmp_path: Path) -> None:
    frames = []
    for port, name in ((40_000, "quiet.example.com"), (40_001, "loud.example.com")):
        frames.append(udp(CLIENT, port, SERVER, 53, dns_query(name)))
        frames.append(udp(SERVER, 53, CLIENT, port, dns_answer(name, "192.0.2.7")))
    rules = (
        f'config dns any any -> any any (dns.queries.rrname; content:"quiet"; {QUIET} sid:1;)\n'
        'alert dns any any -> any any (dns.query; content:"quiet"; sid:2;)\n'
    )
    events = read(tmp_path, frames, rules)
    assert names(events) == {"loud.example.com"}
    assert alerts(events) == [2]


def test_other_transactions_of_the_flow_are_told(tmp_path: Path) -> None:
    asked = b"".join(b"GET /%b HTTP/1.1\r\nHost: a\r\n\r\n" % path for path in (b"quiet", b"loud"))
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok" * 2
    frames = list(tcp_connection(CLIENT, 40_000, SERVER, 80, asked, answer))
    rule = f'config http any any -> any any (http.uri; content:"/quiet"; {QUIET} sid:1;)\n'
    events = read(tmp_path, frames, rule)
    paths = [event["http"]["url"] for event in events if event["event_type"] == "http"]
    assert paths == ["/loud"]
