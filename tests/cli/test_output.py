"""The terminal."""

from __future__ import annotations

import io

import pytest
from wirewatch.cli.output import Screen, is_coloured


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("when", "environ", "terminal", "coloured"),
    [
        ("auto", {}, True, True),
        ("auto", {}, False, False),
        ("auto", {"NO_COLOR": "1"}, True, False),
        ("auto", {"TERM": "dumb"}, True, False),
        ("always", {"NO_COLOR": "1"}, False, True),
        ("never", {}, True, False),
    ],
)
def test_colours(when: str, environ: dict[str, str], *, terminal: bool, coloured: bool) -> None:
    stream = _Terminal() if terminal else io.StringIO()
    assert is_coloured(stream, when, environ) is coloured


def test_lines_are_written_as_they_come() -> None:
    out = io.BytesIO()
    Screen(out).write(b"one\n")
    assert out.getvalue() == b"one\n"


def test_the_bar_makes_room_for_lines() -> None:
    bar = io.StringIO()
    screen = Screen(io.BytesIO(), bar, "small.pcap")
    screen.advance(0.5, "10 packets")
    screen.write(b"one\n")
    drawn = bar.getvalue().split("\r\x1b[K")
    assert len(drawn) == 2
    assert drawn[0] == drawn[1]
    assert "50%  10 packets" in drawn[0]


def test_closing_leaves_nothing_of_the_bar() -> None:
    bar = io.StringIO()
    screen = Screen(io.BytesIO(), bar, "small.pcap")
    screen.advance(0.5, "")
    screen.close()
    assert bar.getvalue().endswith("\r\x1b[K")
