"""What comes out of a run, and where: conditions, JSON, files, and an end before the end."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from typing import Any

import pytest
import wirewatch as ww
from wirewatch.testing import udp, write_pcap

from tests.cli.program import reading_from_a_pipe, wirewatch

REQUEST = "bad page"
ANSWER = "bad answer"


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    """One rule for the request in the capture, one for the answer."""
    path = tmp_path / "own.rules"
    path.write_text(
        f'alert tcp any any -> any 80 (msg:"{REQUEST}"; content:"GET /index"; sid:1; rev:1;)\n'
        f'alert tcp any 80 -> any any (msg:"{ANSWER}"; content:"hello"; priority:1; sid:2;)\n'
    )
    return path


ALL = ["dns", "dns", "fileinfo", "http", "flow", "flow", "stats"]
"""The records of the small capture, in their order."""


def events(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_packets_without_a_time_are_counted_in_stats(tmp_path: Path) -> None:
    path = write_pcap(tmp_path / "x.pcap", [udp("192.0.2.1", 1, "192.0.2.2", 2, b"x")], start=0)
    told = events(wirewatch("read", path, "--json", "--show", "stats").stdout)
    assert [stats["stats"]["decoder"]["pkts"] for stats in told] == [1]


# --where


@pytest.mark.parametrize(
    ("condition", "ports"),
    [
        ("dst_port == 53", [53]),
        ("dest_port == 80", [80]),
        ("proto == UDP", [53]),
        ("dst_ip in 198.51.100.0/24 and bytes_toserver > 300", [80]),
        ("port == 40001 or port == 40002", [53, 80]),
        ("bytes_toserver > 1M", []),
    ],
)
def test_only_records_that_meet_the_condition_come_out(
    capture: Path, condition: str, ports: list[int]
) -> None:
    done = wirewatch("read", capture, "--json", "--where", condition)
    flows = [event for event in events(done.stdout) if event["event_type"] == "flow"]
    assert sorted(event["dest_port"] for event in flows) == ports


def test_the_condition_holds_for_files_too(capture: Path, rules: Path, tmp_path: Path) -> None:
    eve = tmp_path / "eve.json"
    wirewatch("read", capture, "--rules", rules, "--eve", eve, "--quiet",
              "--where", "alert.severity <= 1")  # fmt: skip
    (only,) = events(eve.read_text())
    assert only["alert"]["signature"] == ANSWER


def test_a_condition_on_a_text_is_understood(capture: Path, rules: Path) -> None:
    condition = 'alert.signature contains "page"'
    done = wirewatch("read", capture, "--rules", rules, "--json", "--where", condition)
    assert [event["alert"]["signature"] for event in events(done.stdout)] == [REQUEST]


# --json and --eve


def test_json_on_the_standard_output_is_what_the_file_gets(
    capture: Path, rules: Path, tmp_path: Path
) -> None:
    eve = tmp_path / "eve.json"
    done = wirewatch("read", capture, "--rules", rules, "--eve", eve, "--json", "--workers", 1)
    both = [
        sorted((event["timestamp"], event["event_type"]) for event in events(text))
        for text in (done.stdout, eve.read_text())
    ]
    assert both[0] == both[1]
    kinds = [kind for _, kind in both[0]]
    assert sorted(kinds) == [
        "alert", "alert", "dns", "dns", "fileinfo", "flow", "flow", "http", "stats",
    ]  # fmt: skip


def test_a_dash_writes_eve_to_the_standard_output(
    capture: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    eve = tmp_path / "eve.json"
    kinds = ("--set", "eve.types=dns,http")
    done = wirewatch("read", capture, "--eve", eve, "--eve", "-", *kinds)
    lines = done.stdout.splitlines()
    assert sorted(lines) == sorted(eve.read_text().splitlines())
    assert {event["event_type"] for event in events(done.stdout)} == {"dns", "http"}
    assert not (tmp_path / "-").exists()


def test_the_library_does_not_write_to_a_dash(capture: Path) -> None:
    with pytest.raises(ValueError, match="only `wirewatch read`"):
        list(ww.read(capture, eve_files=("-",)).batches("flow"))


def test_an_alert_names_its_packet_its_rule_and_its_flow(capture: Path, rules: Path) -> None:
    done = wirewatch("read", capture, "--rules", rules, "--json", "--show", "alerts")
    first = events(done.stdout)[0]
    # Read when the server has acknowledged it, judged with the next packet of its client.
    assert first["pcap_cnt"] == 8
    assert first["alert"]["signature_id"] == 1
    assert first["flow"]["pkts_toserver"] == 4
    assert (first["src_ip"], first["dest_ip"]) == ("192.0.2.1", "198.51.100.7")


def test_reading_begins_the_file_anew(capture: Path, tmp_path: Path) -> None:
    eve = tmp_path / "eve.json"
    for _ in range(2):
        assert wirewatch("read", capture, "--eve", eve, "--quiet").returncode == 0
    assert [event["event_type"] for event in events(eve.read_text())] == ALL


def test_the_last_line_has_the_counters(capture: Path, rules: Path, tmp_path: Path) -> None:
    eve = tmp_path / "eve.json"
    wirewatch("read", capture, "--rules", rules, "--eve", eve, "--quiet")
    last = events(eve.read_text())[-1]
    assert last["event_type"] == "stats"
    assert last["stats"]["decoder"]["pkts"] == 10
    assert last["stats"]["flow"]["total"] == 2
    assert last["stats"]["app_layer"]["flow"] == {"dns_udp": 1, "http": 1}
    assert last["stats"]["detect"]["alert"] == 2


@pytest.mark.parametrize("setting", ["eve.stats=no", "stats.enabled=no", "eve.types=alert,flow"])
def test_counters_are_left_out_when_they_are_not_wanted(
    capture: Path, tmp_path: Path, setting: str
) -> None:
    eve = tmp_path / "eve.json"
    wirewatch("read", capture, "--eve", eve, "--set", setting, "--quiet")
    kinds = {event["event_type"] for event in events(eve.read_text())}
    assert "flow" in kinds
    assert "stats" not in kinds


def test_two_files_get_the_same(capture: Path, tmp_path: Path) -> None:
    one, other = tmp_path / "one.json", tmp_path / "other.json"
    wirewatch("read", capture, "--eve", one, "--eve", other, "--quiet")
    assert one.read_bytes() == other.read_bytes()
    assert one.stat().st_size > 0


# --write


def comments(path: Path) -> dict[int, str]:
    """The comments in a pcapng file, by the number of the packet they are on."""
    data, found, number = path.read_bytes(), {}, 0
    at = 0
    while at < len(data):
        kind, length = (int.from_bytes(data[at + n : at + n + 4], "little") for n in (0, 4))
        block = data[at + 8 : at + length - 4]
        at += length
        if kind != 6:
            continue
        number += 1
        captured = int.from_bytes(block[12:16], "little")
        options = block[20 + (captured + 3) // 4 * 4 :]
        if int.from_bytes(options[:2], "little") == 1:
            found[number] = options[4 : 4 + int.from_bytes(options[2:4], "little")].decode()
    return found


def test_the_comment_of_a_packet_names_its_alert(
    capture: Path, rules: Path, tmp_path: Path
) -> None:
    path = tmp_path / "out.pcapng"
    wirewatch("read", capture, "--rules", rules, "--write", path, "--quiet", "--workers", 1)
    found = comments(path)
    assert found.keys() == {8, 9}
    assert REQUEST in found[8]
    assert ANSWER in found[9]


def test_what_was_written_gives_the_same_alerts_when_it_is_read(
    capture: Path, rules: Path, tmp_path: Path
) -> None:
    path = tmp_path / "out.pcapng"
    words = ("--rules", rules, "--show", "alerts", "--quiet", "--workers", 1)
    first = wirewatch("read", capture, *words, "--write", path)
    again = wirewatch("read", path, *words)
    assert len(first.stdout.splitlines()) == 2
    assert again.stdout == first.stdout


def test_only_packets_that_pass_the_filter_are_written(capture: Path, tmp_path: Path) -> None:
    path = tmp_path / "out.pcapng"
    wirewatch("read", capture, "-f", "udp port 53", "--write", path, "--quiet")
    again = wirewatch("read", path, "--show", "packets", "--quiet")
    assert len(again.stdout.splitlines()) == 2


# --zeek


def test_zeek_gets_a_line_for_each_flow(capture: Path, tmp_path: Path) -> None:
    wirewatch("read", capture, "--zeek", tmp_path / "logs", "--quiet")
    lines = (tmp_path / "logs/conn.log").read_text().splitlines()
    header = next(line for line in lines if line.startswith("#fields"))
    assert header.split("\t")[1:8] == [
        "ts", "uid", "id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p", "proto",
    ]  # fmt: skip
    rows = [line.split("\t") for line in lines if not line.startswith("#")]
    assert sorted(row[2:7] for row in rows) == [
        ["192.0.2.1", "40001", "192.0.2.53", "53", "udp"],
        ["192.0.2.1", "40002", "198.51.100.7", "80", "tcp"],
    ]
    assert lines[-1].startswith("#close")


def test_zeek_gets_a_notice_for_each_alert(capture: Path, rules: Path, tmp_path: Path) -> None:
    wirewatch("read", capture, "--rules", rules, "--zeek", tmp_path / "logs", "--quiet")
    text = (tmp_path / "logs/notice.log").read_text()
    assert REQUEST in text
    assert ANSWER in text


def test_zeek_gets_json_when_it_is_asked_for(capture: Path, tmp_path: Path) -> None:
    logs = tmp_path / "logs"
    wirewatch("read", capture, "--zeek", logs, "--set", "zeek.json=yes", "--quiet")
    rows = events((logs / "conn.log").read_text())
    assert {(row["id.orig_h"], row["id.resp_p"], row["service"]) for row in rows} == {
        ("192.0.2.1", 53, "dns"),
        ("192.0.2.1", 80, "http"),
    }


# --show and --payload


@pytest.mark.parametrize(
    ("what", "count"),
    [("packets", 10), ("flows", 2), ("alerts", 2), ("events", 6), ("packets,flows", 12),
     ("none", 0)],
)  # fmt: skip
def test_the_lines_that_were_asked_for_come_out(
    capture: Path, rules: Path, what: str, count: int
) -> None:
    done = wirewatch("read", capture, "--rules", rules, "--show", what, "--quiet")
    assert len(done.stdout.splitlines()) == count


def test_payload_is_cut_where_it_was_asked_to_be(capture: Path) -> None:
    done = wirewatch("read", capture, "-f", "tcp", "--payload", 5, "--quiet")
    assert "GET /" in done.stdout
    assert "index.html" not in done.stdout
    assert "46 more bytes" in done.stdout


def test_payload_as_a_dump_shows_each_byte(capture: Path) -> None:
    done = wirewatch("read", capture, "-f", "tcp", "--payload", "--hex", "--quiet")
    assert "47 45 54 20" in done.stdout


# --fail-on-alert


@pytest.mark.parametrize(("condition", "status"), [("alert.severity <= 3", 1), (None, 1)])
def test_an_alert_is_a_failure_when_asked_for(
    capture: Path, rules: Path, condition: str | None, status: int
) -> None:
    words = ("--where", condition) if condition else ()
    done = wirewatch("read", capture, "--rules", rules, "--fail-on-alert", "--quiet", *words)
    assert done.returncode == status


def test_without_an_alert_nothing_fails(capture: Path) -> None:
    assert wirewatch("read", capture, "--fail-on-alert", "--quiet").returncode == 0


def test_damage_is_worse_than_an_alert(capture: Path, rules: Path) -> None:
    capture.write_bytes(capture.read_bytes()[:-5])
    done = wirewatch("read", capture, "--rules", rules, "--fail-on-alert", "--quiet")
    assert done.returncode == 2


# Standard input, and an end before the end


def test_a_compressed_pipe_is_read(capture: Path) -> None:
    import gzip

    done = wirewatch("read", "-", stdin=gzip.compress(capture.read_bytes()))
    assert done.returncode == 0
    assert "10 packets" in done.stdout


def test_a_pipe_that_ends_too_early_is_damage(capture: Path) -> None:
    done = wirewatch("read", "-", stdin=capture.read_bytes()[:-5])
    assert done.returncode == 2
    assert "9 packets" in done.stdout
    assert "standard input: the file ends in the middle of a packet" in done.stderr


def test_packets_come_out_while_the_pipe_stays_open(capture: Path) -> None:
    with reading_from_a_pipe(capture.read_bytes(), 10, "--quiet") as process:
        assert process.poll() is None


@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 128 + signal.SIGTERM)]
)
def test_an_interrupted_run_completes_its_files_and_tells_its_summary(
    capture: Path, tmp_path: Path, number: int, status: int
) -> None:
    eve, written, logs = tmp_path / "eve.json", tmp_path / "out.pcapng", tmp_path / "logs"
    words = ("--eve", eve, "--write", written, "--zeek", logs)
    with reading_from_a_pipe(capture.read_bytes(), 10, *words) as process:
        process.send_signal(number)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == status
    assert b"stopped early; the summary is of what was read" in errors
    assert b"10 packets" in errors
    assert b"Traceback" not in errors
    assert [event["event_type"] for event in events(eve.read_text())] == ALL
    assert (logs / "conn.log").read_text().splitlines()[-1].startswith("#close")
    again = wirewatch("read", written, "--show", "packets", "--quiet")
    assert again.returncode == 0
    assert len(again.stdout.splitlines()) == 10


def test_quiet_holds_for_an_interrupted_run(capture: Path) -> None:
    with reading_from_a_pipe(capture.read_bytes(), 10, "--quiet") as process:
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (130, b"")
