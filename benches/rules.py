"""What rules cost: the same captures with and without them, in turn, on the same machine.

    python benches/rules.py RULES CAPTURE... [--runs 5] [--crafted 20] [--eve] [--load]

For each capture `wirewatch read` runs with one worker, without rules and with them in turn; the
table shows medians of the CPU time (user and system, the operating system's own accounting; what
starting and loading the rules takes is measured apart and taken off), MB and packets per CPU
second, and the ratio. `--crafted MB` adds a capture that is made to hurt: the prefixes of the
rules' own contents over and over, texts on which expressions backtrack, thousands of requests on
one connection, and bits that are set and asked for by every one of them. Its cost per byte is told
as a multiple of the first capture's. Without records, parsers leave out what nobody asks for:
`--eve` writes all records in both runs, so that all parsers do all of their work in both. `--load`
measures loading alone.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import statistics
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from wirewatch.rules.text import read_rules
from wirewatch.testing import write_pcap
from wirewatch.testing.packets import ACK, FIN, PSH, SYN, tcp, udp

SEGMENT = 1_400
"""Bytes of each crafted segment."""

REQUESTS_PER_FLOW = 4_000
"""Requests on one crafted connection."""


@dataclass(frozen=True)
class Figure:
    """What one run cost."""

    cpu_s: float
    peak_mib: float


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("rules", type=Path)
    options.add_argument("captures", type=Path, nargs="*")
    options.add_argument("--runs", type=int, default=5)
    options.add_argument("--crafted", type=int, default=0, metavar="MB")
    options.add_argument("--eve", action="store_true", help="write all EVE records in both runs")
    options.add_argument("--load", action="store_true")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        more = ("--eve", f"{folder}/eve.json") if chosen.eve else ()
        captures = list(chosen.captures)
        if chosen.crafted:
            frames = crafted(chosen.rules, chosen.crafted << 20)
            captures.append(write_pcap(Path(folder) / "crafted.pcap", frames, apart_us=10))
        empty = write_pcap(Path(folder) / "empty.pcap", [])
        bare, loaded = alternate(empty, chosen.rules, chosen.runs, more)
        print(
            f"starting {bare.cpu_s:.2f} s CPU, {bare.peak_mib:.0f} MiB; with the rules "
            f"{loaded.cpu_s:.2f} s CPU, {loaded.peak_mib:.0f} MiB"
        )
        if chosen.load:
            return 0
        header = ("capture", "without s", "with s", "ratio", "MB/s", "Mpkt/s", "per byte")
        print("{:14} {:>9} {:>9} {:>6} {:>7} {:>7} {:>9}".format(*header))
        first: float | None = None
        for capture in captures:
            without, with_rules = alternate(capture, chosen.rules, chosen.runs, more)
            plain = max(without.cpu_s - bare.cpu_s, 1e-3)
            cost = max(with_rules.cpu_s - loaded.cpu_s, 1e-3)
            size = capture.stat().st_size
            first = first or cost / size
            print(
                f"{capture.name:14} {plain:9.2f} {cost:9.2f} {cost / plain:6.2f} "
                f"{size / 1e6 / cost:7.0f} {packets(capture) / 1e6 / cost:7.2f} "
                f"{cost / size / first:8.2f}x"
            )
    return 0


def alternate(
    capture: Path, rules: Path, runs: int, more: tuple[str, ...]
) -> tuple[Figure, Figure]:
    """Medians without rules and with them, measured in turn."""
    figures: tuple[list[Figure], list[Figure]] = ([], [])
    for _ in range(runs):
        figures[0].append(run(capture, *more, "--set", "rules.use-installed=no"))
        figures[1].append(run(capture, *more, "--rules", str(rules)))
    without, with_rules = (
        Figure(
            statistics.median(one.cpu_s for one in kind),
            statistics.median(one.peak_mib for one in kind),
        )
        for kind in figures
    )
    return without, with_rules


def run(capture: Path, *words: str) -> Figure:
    """One run of the program that is installed beside this interpreter."""
    command = [sys.executable, "-m", "wirewatch", "read", str(capture), "--workers", "1"]
    command += ["--quiet", "--show", "none", *words]
    quiet = [(os.POSIX_SPAWN_OPEN, number, os.devnull, os.O_WRONLY, 0) for number in (1, 2)]
    process = os.posix_spawn(sys.executable, command, os.environ, file_actions=quiet)
    _, status, usage = os.wait4(process, 0)
    if status != 0:
        sys.exit(f"{' '.join(command)} ended with {os.waitstatus_to_exitcode(status)}")
    return Figure(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def packets(capture: Path) -> int:
    """How many packets a pcap file of this byte order has."""
    count = 0
    with capture.open("rb") as file:
        file.seek(24)
        while len(head := file.read(16)) == 16:
            file.seek(int.from_bytes(head[8:12], sys.byteorder), os.SEEK_CUR)
            count += 1
    return count


# A capture that is meant to hurt


def crafted(rules: Path, size: int) -> Iterator[bytes]:
    """Frames of about so many bytes, the same for the same rules."""
    chance = random.Random(20210704)  # noqa: S311 - the same traffic in every run
    contents = literals(rules)
    makers = (prefixes, backtracking, requests, datagrams)
    left, number = size, 0
    while left > 0:
        maker = makers[number % len(makers)]
        for frame in maker(chance, contents, number):
            left -= len(frame) + 16
            yield frame
            if left <= 0:
                break
        number += 1


def literals(rules: Path) -> list[bytes]:
    """The rules' own contents, as far as they are plain text."""
    found = set()
    for rule in read_rules([rules]):
        for text in re.findall(r'content:"([^"|\\]{5,64})"', rule.text):
            found.add(text.encode("utf-8", "surrogateescape"))
    return sorted(found) or [b"GET /index.html"]


def connection(number: int, port: int, client: list[bytes], server: list[bytes]) -> Iterator[bytes]:
    """A connection on which both sides send these segments, each acknowledged."""
    host = f"192.0.2.{number % 250 + 1}"
    there = (host, 1_024 + number % 60_000, "198.51.100.7", port)
    back = ("198.51.100.7", port, host, 1_024 + number % 60_000)
    ours, theirs = 1, 1
    yield tcp(*there, flags=SYN, seq=0)
    yield tcp(*back, flags=SYN | ACK, seq=0, ack=1)
    yield tcp(*there, flags=ACK, seq=1, ack=1)
    for segment in client:
        yield tcp(*there, segment, flags=PSH | ACK, seq=ours, ack=theirs)
        ours += len(segment)
        yield tcp(*back, flags=ACK, seq=theirs, ack=ours)
    for segment in server:
        yield tcp(*back, segment, flags=PSH | ACK, seq=theirs, ack=ours)
        theirs += len(segment)
        yield tcp(*there, flags=ACK, seq=ours, ack=theirs)
    yield tcp(*there, flags=FIN | ACK, seq=ours, ack=theirs)


def cut(data: bytes) -> list[bytes]:
    """Data in segments."""
    return [data[start : start + SEGMENT] for start in range(0, len(data), SEGMENT)]


def prefixes(chance: random.Random, contents: list[bytes], number: int) -> Iterator[bytes]:
    """A page of beginnings of contents: each makes the prefilter look and find nothing."""
    pieces, size = [], 0
    while size < 300_000:
        content = chance.choice(contents)
        piece = content[: max(4, len(content) - 1)]
        pieces.append(piece)
        size += len(piece)
    body = b"".join(pieces)
    head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {len(body)}\r\n\r\n"
    asked = [b"GET / HTTP/1.1\r\nHost: www.example.com\r\n\r\n"]
    yield from connection(number, 80, asked, cut(head.encode() + body))


def backtracking(chance: random.Random, contents: list[bytes], number: int) -> Iterator[bytes]:
    """Whole contents, between them long runs on which expressions try again and again."""
    pieces = []
    for _ in range(400):
        run = chance.choice([b"a" * 300, b"\\x41" * 80, b"%u9090" * 50, b"A0 " * 100, b"(((" * 90])
        pieces += [chance.choice(contents), run]
    body = b"".join(pieces)
    head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {len(body)}\r\n\r\n"
    asked = [b"GET /" + b"a" * 1_200 + b" HTTP/1.1\r\nHost: www.example.com\r\n\r\n"]
    yield from connection(number, 80, asked, cut(head.encode() + body))


def requests(chance: random.Random, contents: list[bytes], number: int) -> Iterator[bytes]:
    """Thousands of requests on one connection, most of which set bits and ask for them."""
    bodies, answers = [], []
    for _ in range(REQUESTS_PER_FLOW):
        path = re.sub(rb"[^!-~]", b"", chance.choice(contents))
        bodies.append(b"GET /" + path + b".exe HTTP/1.1\r\nHost: a.example.com\r\n\r\n")
        answers.append(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nMZ")
    yield from connection(number, 80, cut(b"".join(bodies)), cut(b"".join(answers)))


def datagrams(chance: random.Random, contents: list[bytes], number: int) -> Iterator[bytes]:
    """Contents in datagrams to ports that many rules name."""
    for count in range(2_000):
        payload = b"".join(chance.choice(contents) for _ in range(8))[:500]
        port = chance.choice([53, 123, 161, 1900, 5060, 137, 69, 4444])
        yield udp(f"192.0.2.{count % 250 + 1}", 1_024 + number, "198.51.100.7", port, payload)


if __name__ == "__main__":
    sys.exit(main())
