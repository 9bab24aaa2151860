"""How a section of settings is written: a class whose attributes carry their meaning.

A component defines its section beside itself; `wirewatch.config.sections` lists them. Every form of
a setting (TOML key, `--set`, environment variable, keyword, reference page) comes from this one
place.
"""

from __future__ import annotations

from collections.abc import Iterator
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, dataclass_transform

import msgspec

from wirewatch.config import kinds
from wirewatch.config.kinds import Kind

if TYPE_CHECKING:
    from typing import Self

T = TypeVar("T")

_BY_TYPE = {
    bool: kinds.FLAG,
    int: kinds.INTEGER,
    float: kinds.NUMBER,
    str: kinds.TEXT,
    tuple: kinds.TEXTS,
    MappingProxyType: kinds.MAPPING,
}


class Setting(msgspec.Struct, frozen=True):
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


class _Described(msgspec.Struct, frozen=True):
    """What `setting` says of an attribute, until its section takes it."""

    default: Any
    doc: str
    kind: Kind
    choices: tuple[str, ...]
    minimum: float | None
    maximum: float | None


def setting(
    default: T,
    doc: str,
    *,
    kind: Kind | None = None,
    choices: tuple[str, ...] = (),
    minimum: float | None = None,
    maximum: float | None = None,
) -> T:
    """An attribute of a section: its default and one sentence that says what it does."""
    kind = kind or _BY_TYPE[type(default)]
    made: Any = _Described(default, doc, kind, choices, minimum, maximum)
    return made  # type: ignore[no-any-return]  # the section puts the default in its place


@dataclass_transform(frozen_default=True, kw_only_default=True)
class Section:
    """Settings that belong together. Attributes with a type are given by keyword or have their
    default, and do not change afterwards.

    Not a dataclass, which would compile a constructor and comparisons for each of some twenty
    sections whenever the program starts.
    """

    _defaults: ClassVar[dict[str, Any]] = {}
    _described: ClassVar[dict[str, _Described]] = {}

    def __init_subclass__(cls) -> None:
        own = {name: vars(cls)[name] for name in cls.__annotations__}
        described = {name: each for name, each in own.items() if isinstance(each, _Described)}
        for name, each in described.items():
            setattr(cls, name, each.default)
        cls._described = described
        cls._defaults = {name: vars(cls)[name] for name in own}

    def __init__(self, **values: Any) -> None:
        if unknown := values.keys() - self._defaults.keys():
            raise TypeError(f"{type(self).__name__} has no setting {min(unknown)!r}")
        vars(self).update(values)

    def replace(self, **values: Any) -> Self:
        """The same with other values for some settings."""
        return type(self)(**(vars(self) | values))

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__}.{name} cannot be changed")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, type(self)) and self._values() == other._values()

    def __hash__(self) -> int:
        return hash((type(self), tuple(self._values().values())))

    def __repr__(self) -> str:
        values = ", ".join(f"{name}={value!r}" for name, value in self._values().items())
        return f"{type(self).__name__}({values})"

    def _values(self) -> dict[str, Any]:
        return self._defaults | vars(self)


def settings_of(section: str, described: type[Section]) -> Iterator[Setting]:
    """The settings of one section, in the order they are written."""
    for name, each in described._described.items():
        yield Setting(
            key=f"{section}.{name.replace('_', '-')}",
            kind=each.kind,
            default=each.default,
            doc=each.doc,
            choices=each.choices,
            minimum=each.minimum,
            maximum=each.maximum,
            optional=each.default is None,
        )
