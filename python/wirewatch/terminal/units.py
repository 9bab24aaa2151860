"""Figures as people read them."""

from __future__ import annotations

from datetime import UTC, datetime

_STEP = 1000.0
_PREFIXES = ("", "k", "M", "G", "T", "P")


def _scaled(value: float) -> tuple[str, str]:
    size = float(value)
    for prefix in _PREFIXES:
        digits = 0 if not prefix or size >= 100 else 1 if size >= 10 else 2
        if abs(size) < _STEP - 0.5 or prefix == _PREFIXES[-1]:
            text = f"{size:.{digits}f}"
            return (text.rstrip("0").rstrip(".") if "." in text else text), prefix
        size /= _STEP
    raise AssertionError


def format_bytes(value: float) -> str:
    """`1234567` as `1.23 MB` (decimal, as link speeds are)."""
    number, prefix = _scaled(value)
    return f"{number} {prefix}B"


def format_rate(bits_per_second: float) -> str:
    """`1234567` as `1.23 Mbit/s`."""
    number, prefix = _scaled(bits_per_second)
    return f"{number} {prefix}bit/s"


def format_count(value: float) -> str:
    """`1234567` as `1.23 M`; small ones as they are."""
    number, prefix = _scaled(value)
    return f"{number} {prefix}" if prefix else number


def format_duration(seconds: float) -> str:
    """`3725.4` as `1h 02m 05s`, `12.345` as `12.3 s`, `0.0123` as `12.3 ms`."""
    if seconds < 1:
        return f"{seconds * 1000:.1f} ms"
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return f"{days}d {hours:02}h {minutes:02}m"
    return f"{hours}h {minutes:02}m {rest:02}s" if hours else f"{minutes}m {rest:02}s"


def format_time(microseconds: int, *, utc: bool = False, date: bool = False) -> str:
    """A time in microseconds since 1970 as `14:03:59`, with `date` as `2026-01-01 14:03:59`."""
    moment = datetime.fromtimestamp(microseconds / 1_000_000, UTC)
    shown = moment if utc else moment.astimezone()
    return shown.strftime("%Y-%m-%d %H:%M:%S" if date else "%H:%M:%S")


def plural(count: int, noun: str) -> str:
    """`1 packet`, `2 packets`."""
    return f"{format_count(count)} {noun}{'' if count == 1 else 's'}"
