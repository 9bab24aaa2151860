"""Text from the wire made safe for a terminal.

An attacker chooses host names, user agents and much else; control characters in them would move the
cursor, change colours or answer questions that the terminal never asked.
"""

from __future__ import annotations

import re

LONGEST = 500
"""Characters that are kept: no cell or line on a screen has use for more."""

_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f"
    "\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff"  # invisible, or turns the line around
    "\ud800-\udfff]"
)


def safe_text(value: object, limit: int = LONGEST) -> str:
    """`value` as text without control characters: each becomes `\\xNN` or `\\uNNNN`; cut at
    `limit`."""
    text = value if isinstance(value, str) else "" if value is None else str(value)
    if len(text) > limit:
        text = text[: max(limit - 1, 0)] + "…"
    return _UNSAFE.sub(_escaped, text)


def _escaped(found: re.Match[str]) -> str:
    code = ord(found[0])
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"
