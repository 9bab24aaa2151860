"""`wirewatch` as a program."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

Done = subprocess.CompletedProcess[str]


def wirewatch(*words: object, stdin: bytes = b"", **environ: str) -> Done:
    done = subprocess.run(
        [sys.executable, "-m", "wirewatch", *map(str, words)],
        input=stdin,
        capture_output=True,
        env={**os.environ, **environ},
        check=False,
        timeout=60,
    )
    return Done(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())


def test_read_ends_with_a_summary(capture: Path) -> None:
    done = wirewatch("read", capture)
    assert (done.returncode, done.stderr) == (0, "")
    assert "10 packets" in done.stdout
    assert "192.0.2.1" in done.stdout


def test_quiet_leaves_the_summary_out(capture: Path) -> None:
    assert wirewatch("read", capture, "--quiet").stdout == ""


def test_packets_are_one_line_each_and_the_summary_is_elsewhere(capture: Path) -> None:
    done = wirewatch("read", capture, "--show", "packets")
    assert len(done.stdout.splitlines()) == 10
    assert "10 packets" in done.stderr


def test_json_gives_one_object_a_line_and_nothing_else(capture: Path) -> None:
    done = wirewatch("read", capture, "--json")
    events = [json.loads(line) for line in done.stdout.splitlines()]
    kinds = [event["event_type"] for event in events]
    assert kinds == ["dns", "dns", "fileinfo", "http", "flow", "flow", "stats"]


def test_eve_goes_to_a_file(capture: Path, tmp_path: Path) -> None:
    path = tmp_path / "eve.json"
    assert wirewatch("read", capture, "--eve", path, "--quiet").returncode == 0
    kinds = {json.loads(line)["event_type"] for line in path.read_text().splitlines()}
    assert "flow" in kinds


def test_zeek_logs_go_to_a_folder(capture: Path, tmp_path: Path) -> None:
    assert wirewatch("read", capture, "--zeek", tmp_path / "logs", "--quiet").returncode == 0
    assert "#path\tconn" in (tmp_path / "logs/conn.log").read_text()


def test_packets_are_written(capture: Path, tmp_path: Path) -> None:
    path = tmp_path / "out.pcapng"
    assert wirewatch("read", capture, "--write", path, "--quiet").returncode == 0
    again = wirewatch("read", path, "--show", "packets")
    assert len(again.stdout.splitlines()) == 10


def test_the_standard_input_is_a_file_too(capture: Path) -> None:
    assert "10 packets" in wirewatch("read", "-", stdin=capture.read_bytes()).stdout


def test_payload_brings_packets_with_it(capture: Path) -> None:
    assert "GET /index.html" in wirewatch("read", capture, "--payload").stdout


def test_there_is_no_colour_where_there_is_no_terminal(capture: Path) -> None:
    assert "\x1b" not in wirewatch("read", capture, "--show", "packets").stdout


def test_colour_can_be_asked_for(capture: Path) -> None:
    assert "\x1b[" in wirewatch("read", capture, "--show", "packets", "--color", "always").stdout


def test_an_alert_stands_in_the_output_and_the_summary(capture: Path, tmp_path: Path) -> None:
    (tmp_path / "bad.txt").write_text("198.51.100.7\n")
    done = wirewatch("read", capture, "--intel", tmp_path / "bad.txt")
    assert done.returncode == 0
    assert done.stdout.count("198.51.100.7") >= 2


def test_an_alert_is_a_failure_when_asked_for(capture: Path, tmp_path: Path) -> None:
    (tmp_path / "bad.txt").write_text("198.51.100.7\n")
    words = ("read", capture, "--intel", tmp_path / "bad.txt", "--quiet", "--fail-on-alert")
    assert wirewatch(*words).returncode == 1
    assert wirewatch(*words, "--no-detect").returncode == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("read", "absent.pcap"), "absent.pcap"),
        (("read",), "FILE"),
        (("raed", "x.pcap"), "did you mean `wirewatch read`"),
        (("rules", "chek"), "no command 'rules chek': did you mean `wirewatch rules check`?"),
        (("rules", "whatever"), "no command 'rules whatever'; see `wirewatch rules --help`"),
        (("read", "x.pcap", "--wokers", "1"), "--wokers"),
        (("read", "x.pcap", "--set", "engine.wokers=1"), "did you mean 'engine.workers'"),
        (("read", "x.pcap", "--workers", "many"), "--workers: engine.workers = 'many'"),
        (("read", "x.pcap", "--config", "absent.toml"), "absent.toml: no such file"),
    ],
)
def test_a_mistake_is_one_clear_line_and_status_2(words: tuple[str, ...], said: str) -> None:
    done = wirewatch(*words)
    assert done.returncode == 2
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith("wirewatch: ")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("-f", "prot 80"), "prot"),
        (("--where", "dst_prot == 1"), "dst_prot"),
        (("--show", "pakets"), "pakets"),
        (("--rules", "absent.rules"), "absent.rules"),
        (("--eve", "no-folder/eve.json"), "no-folder"),
    ],
)
def test_a_mistake_is_told_before_the_first_packet(
    capture: Path, words: tuple[str, ...], said: str
) -> None:
    done = wirewatch("read", capture, *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr


def test_a_file_instead_of_a_command_is_understood(capture: Path) -> None:
    assert f"did you mean `wirewatch read {capture}`?" in wirewatch(capture).stderr


def test_a_damaged_file_is_read_as_far_as_it_goes(capture: Path) -> None:
    capture.write_bytes(capture.read_bytes()[:-5])
    done = wirewatch("read", capture)
    assert done.returncode == 2
    assert "9 packets" in done.stdout
    assert "small.pcap" in done.stderr


def test_a_reader_that_leaves_is_no_error(capture: Path) -> None:
    command = f"{sys.executable} -m wirewatch read {capture} --show packets | true"
    done = subprocess.run(
        ["bash", "-c", f"{command}; exit ${{PIPESTATUS[0]}}"], capture_output=True, check=False
    )
    assert b"Traceback" not in done.stderr
    assert done.returncode == 0


def test_the_dashboard_needs_a_terminal() -> None:
    done = wirewatch()
    assert done.returncode == 2
    assert "wirewatch live" in done.stderr


def test_help_lists_the_commands() -> None:
    done = wirewatch("--help")
    assert done.returncode == 0
    for word in ("live", "read", "demo", "doctor", "interfaces", "config show"):
        assert f"  {word} " in done.stdout


def test_the_version_is_printed() -> None:
    assert wirewatch("--version").stdout.startswith("wirewatch 0.")


def test_config_show_tells_where_a_value_came_from() -> None:
    done = wirewatch("config", "show", "engine", WIREWATCH_ENGINE_WORKERS="3")
    assert "engine.workers = 3" in done.stdout
    assert "# WIREWATCH_ENGINE_WORKERS" in done.stdout
    assert "# default" in done.stdout


def test_config_show_names_what_has_no_effect_yet() -> None:
    done = wirewatch("config", "show", "--set", "action-order=x")
    assert "action-order" in done.stdout
    assert "accepted, no effect yet" in done.stdout


def test_the_interfaces_are_listed() -> None:
    assert "lo" in wirewatch("interfaces").stdout
    assert isinstance(json.loads(wirewatch("interfaces", "--json").stdout), list)


def test_the_doctor_tells_each_check() -> None:
    done = wirewatch("doctor")
    assert done.returncode in (0, 2)
    assert len(done.stdout.splitlines()) > 2


def test_the_demo_finds_the_three_things_that_are_wrong() -> None:
    done = wirewatch("demo", "--fast", "--show", "alerts")
    assert done.returncode == 0
    assert "203.0.113.66" in done.stdout
    assert "/etc/passwd" in done.stdout
    assert "scan" in done.stdout.lower()


def test_rules_check_names_the_place_of_a_fault(tmp_path: Path) -> None:
    rules = tmp_path / "own.rules"
    rules.write_text('alert tcp any any -> any any (msg:"x"; contnet:"y"; sid:1;)\n')
    done = wirewatch("rules", "check", rules)
    assert done.returncode == 2
    assert f"{rules}:1:" in done.stdout
    assert "contnet" in done.stdout


def test_rules_check_is_content_with_good_rules(tmp_path: Path) -> None:
    rules = tmp_path / "own.rules"
    rules.write_text('alert tcp any any -> any any (msg:"x"; content:"y"; sid:1; rev:1;)\n')
    done = wirewatch("rules", "check", rules)
    assert done.returncode == 0
    assert "1 rule loaded" in done.stdout
