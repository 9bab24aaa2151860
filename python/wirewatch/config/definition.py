"""How a section of settings is written: a frozen dataclass whose fields carry their meaning.

A component defines its section beside itself; `wirewatch.config.sections` lists them. Every form of
a setting (TOML key, `--set`, environment variable, keyword, reference page) comes from this one
place.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, TypeVar

from wirewatch.config import kinds
from wirewatch.config.kinds import Kind

T = TypeVar("T")

_BY_TYPE = {
    bool: kinds.FLAG,
    int: kinds.INTEGER,
    float: kinds.NUMBER,
    str: kinds.TEXT,
    tuple: kinds.TEXTS,
    MappingProxyType: kinds.MAPPING,
}


@dataclass(frozen=True, slots=True)
class Setting:
    """One thing that can be set."""

    key: str
    """Dotted name with hyphens, such as `capture.snap-length`."""
    kind: Kind
    default: Any
    doc: str
    choices: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    optional: bool = False
    """Whether it may be absent, which is written as an empty text."""

    @property
    def keyword(self) -> str:
        """The name as a Python keyword, such as `capture_snap_length`."""
        return self.key.replace(".", "_").replace("-", "_")

    @property
    def variable(self) -> str:
        """The name as an environment variable, such as `WIREWATCH_CAPTURE_SNAP_LENGTH`."""
        return "WIREWATCH_" + self.keyword.upper()

    def parse(self, raw: object) -> Any:
        """The value that `raw` stands for; raises `ValueError` with what was expected."""
        if self.optional and raw in (None, "", ()):
            return None
        value = self.kind.parse(raw)
        if self.choices:
            self._choose(value)
        if isinstance(value, int | float) and not isinstance(value, bool):
            self._bound(value)
        return value

    def show(self, value: object) -> str:
        """The value as text; an absent one is empty."""
        return "" if value is None else self.kind.show(value)

    def _choose(self, value: object) -> None:
        for part in value if isinstance(value, tuple) else (value,):
            if part not in self.choices:
                raise ValueError(f"{part!r} is not one of {', '.join(self.choices)}")

    def _bound(self, value: float) -> None:
        if self.minimum is not None and value < self.minimum:
            raise ValueError(f"must be at least {self.kind.show(self.minimum)}")
        if self.maximum is not None and value > self.maximum:
            raise ValueError(f"must be at most {self.kind.show(self.maximum)}")


def setting(
    default: T,
    doc: str,
    *,
    kind: Kind | None = None,
    choices: tuple[str, ...] = (),
    minimum: float | None = None,
    maximum: float | None = None,
) -> T:
    """A field of a section: its default and one sentence that says what it does."""
    metadata = {
        "doc": doc,
        "kind": kind or _BY_TYPE[type(default)],
        "choices": choices,
        "minimum": minimum,
        "maximum": maximum,
    }
    made: T
    if isinstance(default, MappingProxyType):
        made = dataclasses.field(default_factory=lambda: default, metadata=metadata)
    else:
        made = dataclasses.field(default=default, metadata=metadata)
    return made


def settings_of(section: str, described: type) -> Iterator[Setting]:
    """The settings of one section, in the order they are written."""
    for each in dataclasses.fields(described):
        if "doc" not in each.metadata:
            continue
        default = (
            each.default_factory()
            if each.default_factory is not dataclasses.MISSING
            else each.default
        )
        yield Setting(
            key=f"{section}.{each.name.replace('_', '-')}",
            default=default,
            optional=default is None,
            **each.metadata,
        )
