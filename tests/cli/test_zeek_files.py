"""Zeek's names of files: the same in `files.log` and in the log of what carried them."""

from __future__ import annotations

from pathlib import Path

from wirewatch.testing import tcp_connection, write_pcap

from tests.cli.program import wirewatch

CLIENT = "192.0.2.1"
SERVER = "198.51.100.7"
PARTS = (
    b'--b\r\nContent-Disposition: form-data; name="a"; filename="one"\r\n\r\n1\r\n'
    b'--b\r\nContent-Disposition: form-data; name="c"; filename="two"\r\n\r\n22\r\n--b--\r\n'
)
POST = (
    b"POST / HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; boundary=b\r\n"
    b"Content-Length: %d\r\n\r\n%s" % (len(PARTS), PARTS)
)
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n333"
NOTHING = b"HTTP/1.1 204 No Content\r\n\r\n"
MAIL = (
    b"EHLO a\r\nMAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.com>\r\nDATA\r\n"
    b'Content-Disposition: attachment; filename="f.bin"\r\n\r\n4444\r\n.\r\n'
)
REPLIES = b"220 x\r\n250 x\r\n250 x\r\n250 x\r\n354 x\r\n250 x\r\n"


def rows(folder: Path, port: int, request: bytes, answer: bytes, log: str) -> list[dict[str, str]]:
    """The rows of one log about one connection, and of `files.log` when that is asked for."""
    logs = folder / "logs"
    if not logs.exists():
        frames = tcp_connection(CLIENT, 40_002, SERVER, port, request, answer)
        wirewatch("read", write_pcap(folder / "x.pcap", frames), "--zeek", logs, "--quiet")
    lines = (logs / f"{log}.log").read_text().splitlines()
    [head] = [line.split("\t")[1:] for line in lines if line.startswith("#fields")]
    found = (line.split("\t") for line in lines if not line.startswith("#"))
    return [dict(zip(head, line, strict=True)) for line in found]


def test_http_names_the_files_of_both_sides(tmp_path: Path) -> None:
    [http] = rows(tmp_path, 80, POST, ANSWER, "http")
    sizes = {row["fuid"]: row["seen_bytes"] for row in rows(tmp_path, 80, POST, ANSWER, "files")}
    assert [sizes[name] for name in http["orig_fuids"].split(",")] == ["1", "2"]
    assert [sizes[name] for name in http["resp_fuids"].split(",")] == ["3"]
    assert all(name.startswith("F") for name in sizes)
    assert len(sizes) == 3


def test_what_carries_no_file_names_none(tmp_path: Path) -> None:
    [http] = rows(tmp_path, 80, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", NOTHING, "http")
    assert (http["orig_fuids"], http["resp_fuids"]) == ("-", "-")


def test_a_mail_names_its_attachment(tmp_path: Path) -> None:
    [mail] = rows(tmp_path, 25, MAIL, REPLIES, "smtp")
    [file] = rows(tmp_path, 25, MAIL, REPLIES, "files")
    assert mail["fuids"] == file["fuid"]


def test_names_are_the_same_in_every_run(tmp_path: Path) -> None:
    names = []
    for folder in (tmp_path / "one", tmp_path / "two"):
        folder.mkdir()
        names.append([row["fuid"] for row in rows(folder, 80, POST, ANSWER, "files")])
    assert names[0] == names[1]
