"""With which packet alerts about transactions are told, end to end: captures made here."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from wirewatch.testing import dns_query, tcp, udp, write_pcap

from tests.cli.program import PATIENCE_S, reading_from_a_pipe, wirewatch

CLIENT = ("192.0.2.1", 40_002)
SERVER = ("198.51.100.7", 80)
SYN, FIN, ACK = 2, 1, 16
FLOW_END = "stream (flow timeout)"
REQUEST = b"GET /bad HTTP/1.1\r\nHost: a\r\n\r\n"
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
ASKED, ANSWERED = 1 + len(REQUEST), 1 + len(ANSWER)
URI = 'alert http any any -> any any (msg:"uri"; http.uri; content:"/bad"; sid:1;)\n'
STATUS = 'alert http any any -> any any (msg:"status"; http.stat_code; content:"200"; sid:2;)\n'
BYTES = 'alert tcp any any -> any any (msg:"bytes"; content:"GET /bad"; sid:3;)\n'

Event = dict[str, Any]


def asked() -> list[bytes]:
    """A connection whose fifth packet acknowledges a request."""
    return [
        tcp(*CLIENT, *SERVER, flags=SYN, seq=0),
        tcp(*SERVER, *CLIENT, flags=SYN | ACK, seq=0, ack=1),
        tcp(*CLIENT, *SERVER, flags=ACK, seq=1, ack=1),
        tcp(*CLIENT, *SERVER, REQUEST, seq=1, ack=1),
        tcp(*SERVER, *CLIENT, flags=ACK, seq=1, ack=ASKED),
    ]


def answered() -> list[bytes]:
    """The same; the seventh packet acknowledges the answer."""
    return [
        *asked(),
        tcp(*SERVER, *CLIENT, ANSWER, seq=1, ack=ASKED),
        tcp(*CLIENT, *SERVER, flags=ACK, seq=ASKED, ack=ANSWERED),
    ]


def events(folder: Path, frames: list[bytes], rules: str, *flags: object) -> list[Event]:
    path = folder / "own.rules"
    path.write_text(rules)
    capture = write_pcap(folder / "web.pcap", frames)
    done = wirewatch("read", capture, "--json", "--rules", path, *flags)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def alerts(folder: Path, frames: list[bytes], rules: str, *flags: object) -> list[Event]:
    found = events(folder, frames, rules, *flags)
    return [one for one in found if one["event_type"] == "alert"]


def test_an_alert_is_told_with_the_next_packet_of_who_sent_what_it_is_about(
    tmp_path: Path,
) -> None:
    [alert] = alerts(tmp_path, answered(), URI)
    assert (alert["pcap_cnt"], alert["src_ip"], alert["direction"]) == (7, CLIENT[0], "to_server")
    assert (alert["flow"]["pkts_toserver"], alert["flow"]["pkts_toclient"]) == (4, 3)


def test_an_alert_that_waited_tells_how_far_its_transaction_is(tmp_path: Path) -> None:
    [alert] = alerts(tmp_path, answered(), URI)
    assert (alert["http"]["url"], alert["http"]["status"]) == ("/bad", 200)


def test_an_alert_waits_for_its_own_side_only(tmp_path: Path) -> None:
    last = tcp(*SERVER, *CLIENT, flags=ACK, seq=ANSWERED, ack=ASKED)
    [alert] = alerts(tmp_path, [*answered(), last], STATUS)
    assert (alert["pcap_cnt"], alert["src_ip"]) == (8, SERVER[0])


def test_an_alert_waits_no_longer_than_its_flow_lasts(tmp_path: Path) -> None:
    found = events(tmp_path, asked(), URI, "--eve", tmp_path / "eve.json")
    [alert] = [one for one in found if one["event_type"] == "alert"]
    assert (alert["pkt_src"], "pcap_cnt" in alert) == (FLOW_END, False)
    kinds = [one["event_type"] for one in found]
    assert kinds.index("alert") < kinds.index("flow")


def test_the_flow_of_an_alert_that_waited_to_the_end_has_alerted(tmp_path: Path) -> None:
    [flow] = [one for one in events(tmp_path, asked(), URI) if one["event_type"] == "flow"]
    assert flow["flow"]["alerted"]


def test_what_is_read_on_arrival_is_told_on_arrival(tmp_path: Path) -> None:
    [alert] = alerts(tmp_path, answered(), URI, "--set", "stream.inline=yes")
    assert alert["pcap_cnt"] == 4


def test_alerts_about_datagrams_do_not_wait(tmp_path: Path) -> None:
    rule = 'alert dns any any -> any any (msg:"name"; dns.query; content:"a.test"; sid:4;)\n'
    query = udp("192.0.2.1", 5_000, "198.51.100.7", 53, dns_query("a.test"))
    [alert] = alerts(tmp_path, [query, query], rule + "")[:1]
    assert alert["pcap_cnt"] == 1


def test_many_alerts_of_a_flow_are_all_told(tmp_path: Path) -> None:
    requests = 100
    frames = asked()[:3]
    sent = REQUEST * requests
    frames += [
        tcp(*CLIENT, *SERVER, sent[:1400], seq=1, ack=1),
        tcp(*CLIENT, *SERVER, sent[1400:2800], seq=1401, ack=1),
        tcp(*CLIENT, *SERVER, sent[2800:], seq=2801, ack=1),
        tcp(*SERVER, *CLIENT, flags=ACK, seq=1, ack=1 + len(sent)),
        tcp(*CLIENT, *SERVER, flags=ACK, seq=1 + len(sent), ack=1),
    ]
    found = alerts(tmp_path, frames, URI)
    assert sorted(one["tx_id"] for one in found) == list(range(requests))


def test_an_alert_about_bytes_has_no_transaction(tmp_path: Path) -> None:
    [alert] = alerts(tmp_path, answered(), BYTES)
    assert not {"tx_id", "tx_guessed", "http"} & alert.keys()


def test_an_alert_about_bytes_guesses_the_only_transaction(tmp_path: Path) -> None:
    flags = ("--set", "detect.guess-applayer-tx=yes")
    [alert] = alerts(tmp_path, answered(), BYTES, *flags)
    assert (alert["tx_id"], alert["tx_guessed"], alert["http"]["url"]) == (0, True, "/bad")


def test_of_two_transactions_none_is_guessed(tmp_path: Path) -> None:
    frames = [*asked()[:3], tcp(*CLIENT, *SERVER, REQUEST * 2, seq=1, ack=1)]
    end = 1 + 2 * len(REQUEST)
    frames.append(tcp(*SERVER, *CLIENT, flags=ACK, seq=1, ack=end))
    frames.append(tcp(*CLIENT, *SERVER, flags=ACK, seq=end, ack=1))
    found = alerts(tmp_path, frames, BYTES, "--set", "detect.guess-transactions=yes")
    assert found
    assert not any("tx_id" in one for one in found)


def test_a_transaction_that_a_rule_asks_for_is_no_guess(tmp_path: Path) -> None:
    [alert] = alerts(tmp_path, answered(), URI, "--set", "detect.guess-transactions=yes")
    assert (alert["tx_id"], "tx_guessed" in alert) == (0, False)


@pytest.mark.parametrize("rule", [URI, BYTES], ids=["transaction", "bytes"])
def test_an_alert_comes_out_of_a_pipe_whose_writer_waits(tmp_path: Path, rule: str) -> None:
    path = tmp_path / "own.rules"
    path.write_text(rule)
    begin = write_pcap(tmp_path / "web.pcap", asked()).read_bytes()
    words = ("--rules", path, "--show", "alert", "--quiet")
    # The pipe stays open: without the alert this would wait for ever.
    with reading_from_a_pipe(begin, 1, *words) as process:
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(timeout=PATIENCE_S) == 0


def test_an_alert_comes_out_of_a_pipe_with_a_name(tmp_path: Path) -> None:
    path = tmp_path / "own.rules"
    path.write_text(URI)
    begin = write_pcap(tmp_path / "web.pcap", asked()).read_bytes()
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    command = [sys.executable, "-m", "wirewatch", "read", str(pipe), "--rules", str(path)]
    process = subprocess.Popen([*command, "--show", "alert", "--quiet"], stdout=subprocess.PIPE)
    with process, pipe.open("wb") as writer:
        assert process.stdout is not None
        writer.write(begin)
        writer.flush()
        try:
            assert b"uri" in process.stdout.readline()
        finally:
            process.kill()


def test_a_file_on_standard_input_is_read_as_a_file(tmp_path: Path) -> None:
    path = tmp_path / "own.rules"
    path.write_text(URI)
    capture = write_pcap(tmp_path / "web.pcap", answered())
    command = [sys.executable, "-m", "wirewatch", "read", "-", "--json", "--rules", str(path)]
    with capture.open("rb") as file:
        done = subprocess.run(command, stdin=file, capture_output=True, check=True)
    told = [json.loads(line) for line in done.stdout.splitlines()]
    [alert] = [one for one in told if one["event_type"] == "alert"]
    assert alert["pcap_cnt"] == 7


INLINE = ("--set", "stream.inline=yes")


def test_inline_a_segment_is_judged_with_what_stands_before_it(tmp_path: Path) -> None:
    frames = asked()[:3]
    frames += [
        tcp(*CLIENT, *SERVER, b"GET /ba", seq=1, ack=1),
        tcp(*CLIENT, *SERVER, b"d HTTP", seq=8, ack=1),
        tcp(*SERVER, *CLIENT, flags=ACK, seq=1, ack=14),
        tcp(*CLIENT, *SERVER, b"/1.1", seq=14, ack=1),
    ]
    found = alerts(tmp_path, frames, BYTES, *INLINE)
    assert [one["pcap_cnt"] for one in found] == [5, 7]


def test_inline_a_segment_is_judged_before_what_is_missing_has_come(tmp_path: Path) -> None:
    frames = asked()[:3]
    frames += [
        tcp(*CLIENT, *SERVER, b"GET /ba", seq=11, ack=1),
        tcp(*CLIENT, *SERVER, b"d HTTP", seq=18, ack=1),
    ]
    [alert] = alerts(tmp_path, frames, BYTES, *INLINE)
    assert alert["pcap_cnt"] == 5


def test_records_of_spans_wait_as_alerts_do(tmp_path: Path) -> None:
    last = tcp(*SERVER, *CLIENT, flags=ACK, seq=ANSWERED, ack=ASKED)
    eve = tmp_path / "eve.json"
    flags = ("--eve", eve, "--set", "eve.types=frame")
    events(tmp_path, [*answered(), last], URI, *flags)
    told = [json.loads(line) for line in eve.read_text().splitlines()]
    ends = {one["frame"]["type"]: one.get("pcap_cnt") for one in told}
    assert (ends["request"], ends["response"]) == (7, 8)


def test_records_of_spans_wait_no_longer_than_their_flow_lasts(tmp_path: Path) -> None:
    eve = tmp_path / "eve.json"
    events(tmp_path, asked(), URI, "--eve", eve, "--set", "eve.types=frame")
    told = [json.loads(line) for line in eve.read_text().splitlines()]
    assert "request" in {one["frame"]["type"] for one in told}
