"""How values are read and shown."""

from __future__ import annotations

import pytest
from wirewatch.config import kinds


@pytest.mark.parametrize(
    ("text", "value"),
    [("300M", 300 << 20), ("1G", 1 << 30), ("10kb", 10 << 10), ("512", 512), ("1.5k", 1536)],
)
def test_sizes(text: str, value: int) -> None:
    assert kinds.SIZE.parse(text) == value


@pytest.mark.parametrize(
    ("text", "value"), [("60", 60), ("5m", 300), ("1h", 3600), ("2 d", 172800)]
)
def test_durations(text: str, value: int) -> None:
    assert kinds.SECONDS.parse(text) == value


@pytest.mark.parametrize("text", ["", "x", "-1M", "1 parsec"])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected a size"):
        kinds.SIZE.parse(text)


@pytest.mark.parametrize("text", ["yes", "true", "ON", "1", True])
def test_yes(text: object) -> None:
    assert kinds.FLAG.parse(text) is True


def test_a_list_may_have_brackets() -> None:
    assert kinds.TEXTS.parse("[192.0.2.0/24, 2001:db8::/32]") == ("192.0.2.0/24", "2001:db8::/32")


def test_sizes_are_shown_in_the_largest_whole_unit() -> None:
    assert kinds.SIZE.show(64 << 20) == "64M"
