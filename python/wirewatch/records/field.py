"""What the schema says about one field of a record."""

from __future__ import annotations

from typing import NamedTuple


class Field(NamedTuple):
    """One field of a kind of record."""

    type: str
    """Its type in the schema, such as `u16` or `text`."""
    doc: str
    """What it means, in one sentence."""
    eve: str
    """Dotted path in EVE; `*` for an object whose members are members of the line."""
    optional: bool = False
    """Whether a record may lack it."""
