"""The program as its users meet it: a process with arguments, two streams and an exit status."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

Done = subprocess.CompletedProcess[str]

PATIENCE_S = 60
"""How long a process may take: far longer than it does, so that only a hang runs into it."""


def wirewatch(*words: object, stdin: bytes = b"") -> Done:
    """Runs the program to its end."""
    done = subprocess.run(
        [sys.executable, "-m", "wirewatch", *map(str, words)],
        input=stdin,
        capture_output=True,
        check=False,
        timeout=PATIENCE_S,
    )
    return Done(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())


@contextmanager
def reading_from_a_pipe(
    begin: bytes, packets: int, *words: object
) -> Iterator[subprocess.Popen[bytes]]:
    """A process in the middle of `read -`: it has told `packets` packets of `begin`, or as many
    other lines if something else is to be shown, and waits for more."""
    command = [sys.executable, "-m", "wirewatch", "read", "-"]
    if "--show" not in words:
        command += ["--show", "packets"]
    process = subprocess.Popen(
        [*command, *map(str, words)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    with process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(begin)
            process.stdin.flush()
            for _ in range(packets):
                assert process.stdout.readline()
            yield process
        finally:
            process.kill()


def the_one_line(done: Done) -> str:
    """The only thing that is told on the standard error, checked to be one clear line."""
    lines = done.stderr.splitlines()
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith("wirewatch: ")
    assert "Traceback" not in lines[0]
    assert "os error" not in lines[0]
    return lines[0]
