"""Text from the wire on a terminal."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wirewatch.terminal.safe import LONGEST, safe_text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain text, ünïcode", "plain text, ünïcode"),
        ("\x1b[31m", "\\x1b[31m"),
        ("a\nb\rc\td", "a\\x0ab\\x0dc\\x09d"),
        ("\x9b31m", "\\x9b31m"),
        ("\u202egpj.exe", "\\u202egpj.exe"),
        (None, ""),
        (7, "7"),
    ],
)
def test_control_characters_are_spelled_out(text: object, shown: str) -> None:
    assert safe_text(text) == shown


def test_long_text_is_cut() -> None:
    assert len(safe_text("x" * 10_000)) == LONGEST


@given(st.text(max_size=100))
def test_nothing_that_moves_the_cursor_is_left(text: str) -> None:
    assert all(ord(char) >= 32 and not 0x7F <= ord(char) <= 0x9F for char in safe_text(text))
