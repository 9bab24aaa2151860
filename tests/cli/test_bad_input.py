"""Bad input, bad outputs: told in one clear line, status 2, and nothing is lost."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import wirewatch as ww
from wirewatch.testing import udp, write_pcap

from tests.cli.program import Done, reading_from_a_pipe, the_one_line, wirewatch

FILE_HEADER = 24
RECORD_HEADER = 16
LENGTH_AT = 8


def many(path: Path) -> Path:
    """A capture whose records do not fit into a few kilobytes."""
    flows = (udp("192.0.2.1", port, "198.51.100.7", 9999, b"x") for port in range(20_000, 21_000))
    return write_pcap(path, flows)


def boundaries(data: bytes) -> list[int]:
    """Where each packet ends, after the end of the file header."""
    ends = [FILE_HEADER]
    while ends[-1] < len(data):
        (length,) = struct.unpack_from("<I", data, ends[-1] + LENGTH_AT)
        ends.append(ends[-1] + RECORD_HEADER + length)
    return ends


def flows(path: Path) -> int:
    return sum(json.loads(line)["event_type"] == "flow" for line in path.read_text().splitlines())


# Captures


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "the file is empty"),
        (bytes(range(256)) * 8, "this is no capture file; it starts with the bytes 00 01 02 03"),
        (b"\xa1\xb2\xc3\xd5" + bytes(20), "this is no capture file"),
        (b"\xd4\xc3\xb2\xa1\x02\x00", "small.pcap"),
        (gzip.compress(b"no capture"), "this is no capture file"),
        (b"\x1f\x8b\x08\x00garbage", "small.pcap"),
        (b"\x28\xb5\x2f\xfdgarbage", "small.pcap"),
    ],
    ids=[
        "empty",
        "garbage",
        "wrong magic",
        "half a header",
        "gzip of text",
        "bad gzip",
        "bad zstd",
    ],
)
def test_what_is_no_capture_is_named(capture: Path, content: bytes, said: str) -> None:
    capture.write_bytes(content)
    done = wirewatch("read", capture, "--quiet")
    assert done.returncode == 2
    line = the_one_line(done)
    assert str(capture) in line
    assert said in line


def test_an_absent_file_is_named(tmp_path: Path) -> None:
    done = wirewatch("read", tmp_path / "absent.pcap")
    assert (done.returncode, done.stdout) == (2, "")
    assert "absent.pcap: No such file" in the_one_line(done)


def test_a_folder_without_captures_is_told(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder/readme.txt").write_text("nothing here")
    done = wirewatch("read", tmp_path / "folder", "--quiet")
    assert done.returncode == 2
    assert f"{tmp_path / 'folder'}: there is no capture file" in the_one_line(done)


@pytest.mark.parametrize("length", [0x7FFF_FFFF, 0xFFFF_FFFF, 300_000, 5_000])
def test_a_packet_that_lies_about_its_length_ends_the_file_there(
    capture: Path, tmp_path: Path, length: int
) -> None:
    data = bytearray(capture.read_bytes())
    fourth = boundaries(bytes(data))[3]
    struct.pack_into("<I", data, fourth + LENGTH_AT, length)
    capture.write_bytes(data)
    done = wirewatch("read", capture, "--quiet", "--eve", tmp_path / "eve.json")
    assert done.returncode == 2
    assert f"at byte {fourth}, after 3 packets" in the_one_line(done)
    assert flows(tmp_path / "eve.json") == 2


def test_a_cut_file_gives_what_came_before_the_cut(capture: Path, tmp_path: Path) -> None:
    capture.write_bytes(capture.read_bytes()[:-5])
    done = wirewatch("read", capture, "--eve", tmp_path / "eve.json")
    assert done.returncode == 2
    assert "9 packets" in done.stdout
    assert "small.pcap: the file ends in the middle of a packet" in the_one_line(done)
    assert flows(tmp_path / "eve.json") == 2


def test_cut_compressed_data_gives_what_came_before_the_cut(capture: Path, tmp_path: Path) -> None:
    packed = gzip.compress(capture.read_bytes())
    path = tmp_path / "small.pcap.gz"
    path.write_bytes(packed[: len(packed) * 2 // 3])
    done = wirewatch("read", path, "--quiet", "--eve", tmp_path / "eve.json")
    assert done.returncode == 2
    assert "small.pcap.gz: the gzip data ends too early" in the_one_line(done)
    assert flows(tmp_path / "eve.json") >= 1


def test_a_good_file_after_a_damaged_one_is_read_too(capture: Path, tmp_path: Path) -> None:
    good = shutil.copy(capture, tmp_path / "good.pcap")
    capture.write_bytes(capture.read_bytes()[:-5])
    done = wirewatch("read", capture, good)
    assert done.returncode == 2
    assert "19 packets" in done.stdout
    assert "small.pcap" in done.stderr


def test_a_cut_at_any_offset_loses_only_what_is_behind_it(capture: Path) -> None:
    whole = capture.read_bytes()
    ends = boundaries(whole)
    for length in range(len(whole)):
        capture.write_bytes(whole[:length])
        seen, damaged = read_as_far_as_possible(capture)
        assert seen == sum(end <= length for end in ends[1:]), f"cut at {length}"
        assert damaged == (length not in ends), f"cut at {length}"


def read_as_far_as_possible(path: Path) -> tuple[int, bool]:
    """How many packets came out in flows, and whether damage was told."""
    count = 0
    try:
        for flow in ww.read(path).flows():
            count += flow.pkts_toserver + flow.pkts_toclient
    except ww.DamagedCapture:
        return count, True
    return count, False


@pytest.mark.skipif(os.name != "posix", reason="needs file permissions")
def test_an_unreadable_file_is_told(capture: Path) -> None:
    capture.chmod(0)
    done = as_somebody("read", str(capture), "--quiet")
    assert done.returncode == 2
    assert "small.pcap: not permitted; run as a user who may read it" in the_one_line(done)
    assert "choose another place" not in done.stderr


def as_somebody(*words: str) -> Done:
    """Runs the program; as root, without the right to pass over permissions of files."""
    command = [sys.executable, "-m", "wirewatch", *words]
    if os.geteuid() == 0:
        if shutil.which("setpriv") is None:
            pytest.skip("root may read everything, and there is no setpriv to give that up")
        without = "-dac_override,-dac_read_search"
        command = ["setpriv", f"--bounding-set={without}", f"--inh-caps={without}", *command]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def test_an_unknown_interface_is_told_with_those_there_are() -> None:
    done = wirewatch("live", "-i", "nosuch0", "--quiet")
    assert done.returncode == 2
    line = the_one_line(done)
    assert "nosuch0: there is no such interface" in line
    assert "there are: any, " in line


# Rules and lists


@pytest.fixture
def broken(tmp_path: Path) -> tuple[Path, Path]:
    """Rules and indicators, good ones among broken ones."""
    rules, intel = tmp_path / "own.rules", tmp_path / "own.txt"
    rules.write_text(
        'alert tcp any any -> any any (msg:"request"; content:"GET"; sid:1; rev:1;)\n'
        'alert tcp any any -> any any (msg:"x"; contnet:"y"; sid:2;)\n'
        'alert tcp any any -> any any (msg:"unclosed; sid:3;\n'
        "nonsense\n"
        'alert tcp any any -> any any (msg:"answer"; content:"hello"; sid:5; rev:1;)\n'
    )
    intel.write_text("198.51.100.7\n300.1.2.3\nnot an indicator\n10.0.0.0/8\n")
    return rules, intel


def test_each_broken_line_is_named_with_its_place(capture: Path, broken: tuple[Path, Path]) -> None:
    rules, intel = broken
    done = wirewatch("read", capture, "--rules", rules, "--intel", intel)
    lines = done.stderr.splitlines()
    for place in (f"{rules}:2:40: error", f"{rules}:3:52: error", f"{rules}:4:9: error"):
        assert any(line.startswith(place) for line in lines), done.stderr
    for place in (f"{intel}:2:1: warning", f"{intel}:3:1: warning", f"{intel}:4:1: warning"):
        assert any(line.startswith(place) for line in lines), done.stderr
    assert "Traceback" not in done.stderr


def test_quiet_hides_no_broken_rule(capture: Path, broken: tuple[Path, Path]) -> None:
    rules, _ = broken
    done = wirewatch("read", capture, "--rules", rules, "--quiet")
    assert [line.split(": ")[0] for line in done.stderr.splitlines()] == [
        f"{rules}:2:40", f"{rules}:3:52", f"{rules}:4:9",
    ]  # fmt: skip


def test_the_lines_that_are_not_broken_are_used(capture: Path, broken: tuple[Path, Path]) -> None:
    rules, intel = broken
    done = wirewatch("read", capture, "--rules", rules, "--intel", intel, "--json")
    assert done.returncode == 0
    events = [json.loads(line) for line in done.stdout.splitlines()]
    alerts = [event["alert"]["signature"] for event in events if event["event_type"] == "alert"]
    assert {"request", "answer"} < set(alerts)
    assert any("198.51.100.7" in text for text in alerts)


def test_a_rule_file_of_garbage_stops_nothing(capture: Path, tmp_path: Path) -> None:
    rules = tmp_path / "garbage.rules"
    rules.write_bytes(bytes(range(256)) * 8)
    done = wirewatch("read", capture, "--rules", rules)
    assert done.returncode == 0
    assert "10 packets" in done.stdout
    assert f"{rules}:1:" in done.stderr


# Outputs


@pytest.mark.parametrize("option", ["--eve", "--write"])
def test_a_file_in_a_missing_folder_is_refused(capture: Path, tmp_path: Path, option: str) -> None:
    done = wirewatch("read", capture, option, tmp_path / "absent/file", "--quiet")
    assert done.returncode == 2
    assert f"{tmp_path / 'absent/file'}: No such file" in the_one_line(done)


@pytest.mark.parametrize("option", ["--eve", "--write"])
def test_a_folder_is_no_file_to_write(capture: Path, tmp_path: Path, option: str) -> None:
    done = wirewatch("read", capture, option, tmp_path, "--quiet")
    assert done.returncode == 2
    assert f"{tmp_path}: " in the_one_line(done)


def test_a_file_is_no_folder_for_logs(capture: Path) -> None:
    done = wirewatch("read", capture, "--zeek", capture, "--quiet")
    assert done.returncode == 2
    assert f"{capture}: it is a file; Zeek logs need a folder" in the_one_line(done)


def test_a_refused_run_leaves_the_other_outputs_as_they_were(capture: Path, tmp_path: Path) -> None:
    eve = tmp_path / "eve.json"
    eve.write_text("{}\n")
    done = wirewatch("read", capture, "--eve", eve, "--write", tmp_path / "absent/file")
    assert done.returncode == 2
    assert eve.read_text() == "{}\n"


@pytest.mark.parametrize("option", ["--eve", "--write"])
@pytest.mark.parametrize("way", ["itself", "hard link", "symbolic link", "in its folder"])
def test_what_is_being_read_is_never_written(
    capture: Path, tmp_path: Path, option: str, way: str
) -> None:
    before = capture.read_bytes()
    source, target = capture, capture
    if way == "hard link":
        target = tmp_path / "other"
        target.hardlink_to(capture)
    elif way == "symbolic link":
        target = tmp_path / "other"
        target.symlink_to(capture)
    elif way == "in its folder":
        source = tmp_path
    done = wirewatch("read", source, option, target, "--quiet")
    assert done.returncode == 2
    assert "being read" in the_one_line(done)
    assert capture.read_bytes() == before


@pytest.mark.parametrize("option", ["--eve", "--write"])
def test_what_the_shell_reads_for_us_is_never_written_either(capture: Path, option: str) -> None:
    before = capture.read_bytes()
    command = f"{sys.executable} -m wirewatch read - --quiet {option} {capture} < {capture}"
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "being read" in the_one_line(done)
    assert capture.read_bytes() == before


def test_rules_are_not_overwritten_by_what_they_find(
    capture: Path, broken: tuple[Path, Path]
) -> None:
    rules, _ = broken
    before = rules.read_bytes()
    done = wirewatch("read", capture, "--rules", rules, "--eve", rules, "--quiet")
    assert done.returncode == 2
    assert "being read" in the_one_line(done)
    assert rules.read_bytes() == before


def test_eve_may_lie_in_the_folder_that_is_read(capture: Path) -> None:
    eve = capture.parent / "eve.json"
    for _ in range(2):
        done = wirewatch("read", capture.parent, "--eve", eve, "--quiet")
        assert done.returncode == 0, done.stderr
    assert flows(eve) == 2


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_a_full_disk_is_told_once_and_the_rest_goes_on(tmp_path: Path) -> None:
    path = many(tmp_path / "many.pcap")
    other = tmp_path / "other.json"
    done = wirewatch("read", path, "--eve", "/dev/full", "--eve", other, "--quiet")
    assert done.returncode == 2
    assert "/dev/full: No space left on device" in the_one_line(done)
    assert flows(other) == 1000


@pytest.fixture
def tiny(tmp_path: Path) -> Iterator[Path]:
    """A file system of 16 kilobytes."""
    path = tmp_path / "tiny"
    path.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=16k", "none", str(path)]
    if os.name != "posix" or os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("only root may mount")
    if subprocess.run(command, capture_output=True, check=False).returncode != 0:
        pytest.skip("mounting is not permitted here")
    try:
        yield path
    finally:
        subprocess.run(["umount", str(path)], check=True)


@pytest.mark.parametrize(
    ("option", "name", "full"),
    [
        ("--eve", "eve.json", "eve.json"),
        ("--write", "out.pcapng", "out.pcapng"),
        ("--zeek", "logs", "logs/conn.log"),
    ],
)
def test_a_disk_that_fills_up_keeps_what_fits(
    tmp_path: Path, tiny: Path, option: str, name: str, full: str
) -> None:
    path = many(tmp_path / "many.pcap")
    done = wirewatch("read", path, option, tiny / name, "--quiet", "--no-detect")
    assert done.returncode == 2
    line = the_one_line(done)
    assert str(tiny / full) in line
    assert "No space left on device" in line
    assert (tiny / full).stat().st_size > 8_000


def test_what_a_full_disk_cost_stands_in_the_summary(tmp_path: Path, tiny: Path) -> None:
    path = many(tmp_path / "many.pcap")
    done = wirewatch("read", path, "--eve", tiny / "eve.json", "--no-detect")
    (lost,) = [line for line in done.stdout.splitlines() if line.startswith("Lost")]
    assert "nothing" not in lost


def test_a_file_system_for_reading_only_is_told(capture: Path, tiny: Path) -> None:
    subprocess.run(["mount", "-o", "remount,ro", str(tiny)], check=True)
    done = wirewatch("read", capture, "--eve", tiny / "eve.json", "--quiet")
    assert done.returncode == 2
    assert f"{tiny / 'eve.json'}: Read-only file system" in the_one_line(done)


@pytest.mark.parametrize("option", ["--eve", "--write", "--zeek"])
def test_a_second_writer_is_refused(capture: Path, tmp_path: Path, option: str) -> None:
    target = tmp_path / "target"
    with reading_from_a_pipe(capture.read_bytes(), 10, option, target) as first:
        done = wirewatch("read", capture, option, target, "--quiet")
        assert done.returncode == 2
        assert f"{target}: it is being written by another process" in the_one_line(done)
        first.communicate(timeout=60)
        assert first.returncode == 0
    assert any(target.iterdir()) if option == "--zeek" else target.stat().st_size > 0
