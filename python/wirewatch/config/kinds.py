"""The kinds of values a setting may have, and how each is read from text or TOML."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import msgspec

_YES = frozenset({"yes", "true", "on", "1"})
_NO = frozenset({"no", "false", "off", "0"})
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([kmgt]?)(?:i?b)?", re.IGNORECASE)
_DURATION = re.compile(r"(\d+)\s*(s|sec|m|min|h|d)?", re.IGNORECASE)
_FACTORS = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40}
_SECONDS = {"": 1, "s": 1, "sec": 1, "m": 60, "min": 60, "h": 3600, "d": 86400}


class Kind(msgspec.Struct, frozen=True):
    """One kind of value: its name in messages, how it is read and how it is shown."""

    name: str
    parse: Callable[[object], object]
    """Gives the value, or raises `ValueError` with what was expected."""
    show: Callable[[object], str] = str


def _flag(raw: object) -> bool:
    if isinstance(raw, bool):
        return raw
    text = str(raw).strip().lower()
    if text in _YES or text in _NO:
        return text in _YES
    raise ValueError("expected yes or no")


def _integer(raw: object) -> int:
    try:
        return int("" if isinstance(raw, bool | float) else str(raw))
    except ValueError:
        raise ValueError("expected a whole number") from None


def _number(raw: object) -> float:
    try:
        return float("" if isinstance(raw, bool) else str(raw))
    except ValueError:
        raise ValueError("expected a number") from None


def _size(raw: object) -> int:
    if isinstance(raw, int) and not isinstance(raw, bool):
        return raw
    found = _SIZE.fullmatch(str(raw).strip())
    if found is None:
        raise ValueError("expected a size such as 300M or 1G")
    return int(float(found[1]) * _FACTORS[found[2].lower()])


def _seconds(raw: object) -> int:
    if isinstance(raw, int) and not isinstance(raw, bool):
        return raw
    found = _DURATION.fullmatch(str(raw).strip())
    if found is None:
        raise ValueError("expected seconds, or a duration such as 5m or 1h")
    return int(found[1]) * _SECONDS[(found[2] or "").lower()]


def _text(raw: object) -> str:
    if isinstance(raw, bool | int | float | str):
        return str(raw)
    raise ValueError("expected text")


def _texts(raw: object) -> tuple[str, ...]:
    if isinstance(raw, str):
        inner = raw.strip().removeprefix("[").removesuffix("]")
        return tuple(part.strip() for part in inner.split(",") if part.strip())
    if isinstance(raw, list | tuple | set | frozenset):
        return tuple(_text(part) for part in raw)
    raise ValueError("expected a list")


def _mapping(raw: object) -> dict[str, str]:
    if not isinstance(raw, Mapping):
        message = "expected a table of names and values; set one with KEY.NAME=VALUE"
        raise ValueError(message)  # noqa: TRY004 - wrong values are ValueErrors, whatever the kind
    return {
        str(name): ",".join(_texts(value)) if isinstance(value, list | tuple) else _text(value)
        for name, value in raw.items()
    }


def _sizes(raw: object) -> dict[str, int]:
    if not isinstance(raw, Mapping):
        message = "expected a table of names and sizes; set one with KEY.NAME=SIZE"
        raise ValueError(message)  # noqa: TRY004 - wrong values are ValueErrors, whatever the kind
    return {str(name): _size(value) for name, value in raw.items()}


def _show_flag(value: object) -> str:
    return "yes" if value else "no"


def _show_size(value: object) -> str:
    assert isinstance(value, int)  # noqa: S101 - `show` is given what `parse` gave
    for unit in "tgmk":
        if value and value % _FACTORS[unit] == 0:
            return f"{value // _FACTORS[unit]}{unit.upper()}"
    return str(value)


def _show_texts(value: object) -> str:
    assert isinstance(value, tuple)  # noqa: S101
    return "[" + ", ".join(value) + "]"


def _show_mapping(value: object) -> str:
    assert isinstance(value, Mapping)  # noqa: S101
    return "{" + ", ".join(f"{name}: {text}" for name, text in value.items()) + "}"


def _show_sizes(value: object) -> str:
    assert isinstance(value, Mapping)  # noqa: S101
    return "{" + ", ".join(f"{name}: {_show_size(size)}" for name, size in value.items()) + "}"


FLAG = Kind("yes or no", _flag, _show_flag)
INTEGER = Kind("whole number", _integer)
NUMBER = Kind("number", _number)
SIZE = Kind("size", _size, _show_size)
SECONDS = Kind("seconds", _seconds)
TEXT = Kind("text", _text)
TEXTS = Kind("list", _texts, _show_texts)
MAPPING = Kind("table", _mapping, _show_mapping)
SIZES = Kind("table of sizes", _sizes, _show_sizes)
