"""Figures as people read them."""

from __future__ import annotations

import pytest
from wirewatch.terminal import (
    format_bytes,
    format_count,
    format_duration,
    format_rate,
    format_time,
)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1 kB"),
        (1_234_567, "1.23 MB"),
        (123_456, "123 kB"),
        (5e15, "5 PB"),
    ],
)
def test_bytes(value: float, text: str) -> None:
    assert format_bytes(value) == text


@pytest.mark.parametrize(("value", "text"), [(7, "7"), (20_000, "20 k"), (999_999, "1 M")])
def test_counts(value: float, text: str) -> None:
    assert format_count(value) == text


def test_rates() -> None:
    assert format_rate(2_500_000) == "2.5 Mbit/s"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0123, "12.3 ms"),
        (12.34, "12.3 s"),
        (75, "1m 15s"),
        (3725, "1h 02m 05s"),
        (180_000, "2d 02h 00m"),
    ],
)
def test_durations(seconds: float, text: str) -> None:
    assert format_duration(seconds) == text


def test_times() -> None:
    assert format_time(1_767_225_600_000_000, utc=True, date=True) == "2026-01-01 00:00:00"
