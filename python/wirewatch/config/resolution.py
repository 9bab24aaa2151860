"""Settings from all places put together: defaults < system file < user file < environment < flags.

The result is frozen and typed, and knows for each value where it came from.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import msgspec

from wirewatch.config import kinds
from wirewatch.config.definition import Section, Setting, settings_of
from wirewatch.config.sections import SECTIONS, Settings
from wirewatch.config.suricata import translate

log = logging.getLogger(__name__)

SYSTEM_FILE = Path("/etc/wirewatch/wirewatch.toml")
FILE_VARIABLE = "WIREWATCH_CONFIG"
_PREFIX = "WIREWATCH_"


class SettingsError(ValueError):
    """A setting that does not exist or has a value it cannot have; the message says which and
    where."""


class Layer(msgspec.Struct, frozen=True):
    """Values from one place."""

    origin: str
    """Where they are from, as a user would say it: a file, a variable, a flag."""
    values: tuple[tuple[str, object], ...]
    """Dotted keys and raw values, in order."""


class Resolution(msgspec.Struct, frozen=True):
    """The settings, and where each came from."""

    settings: Settings
    values: Mapping[str, object]
    origins: Mapping[str, str]
    without_effect: tuple[tuple[str, str], ...] = ()
    """Names of Suricata that are accepted and do nothing yet, with where they came from."""


def user_file(environ: Mapping[str, str] = os.environ) -> Path:
    """The user's own file, which need not exist."""
    base = environ.get("XDG_CONFIG_HOME") or str(Path("~/.config").expanduser())
    return Path(base) / "wirewatch" / "wirewatch.toml"


def file_layers(
    config: str | None = None, environ: Mapping[str, str] = os.environ
) -> Iterator[Layer]:
    """The layers of the system's and the user's file, or of `config` instead of both.

    Raises `FileNotFoundError` when `config` does not exist and `SettingsError` when a file is
    not TOML.
    """
    named = config or environ.get(FILE_VARIABLE)
    paths = [Path(named)] if named else [SYSTEM_FILE, user_file(environ)]
    for path in paths:
        if named or path.is_file():
            yield file_layer(path)


def file_layer(path: Path) -> Layer:
    """The layer of one TOML file."""
    import tomllib  # only who has a file waits for it

    try:
        read = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path}: not valid TOML: {error}") from None
    return Layer(str(path), tuple(_flat("", read)))


def _flat(prefix: str, table: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    for name, value in table.items():
        if isinstance(value, dict):
            yield from _flat(f"{prefix}{name}.", value)
        else:
            yield f"{prefix}{name}", value


def environment_layer(environ: Mapping[str, str] = os.environ) -> Iterator[Layer]:
    """One layer per `WIREWATCH_*` variable; an unknown one is an error, as an unknown key is."""
    names = {one.variable: one.key for one in definitions().values()}
    for variable in sorted(environ):
        if variable.startswith(_PREFIX) and variable != FILE_VARIABLE:
            # A double underscore may stand for the dot: WIREWATCH_FLOW__USE_VLAN.
            name = variable.replace("__", "_")
            if name not in names:
                near = _nearest(variable, names)
                raise SettingsError(f"environment variable {variable} is not a setting{near}")
            yield Layer(variable, ((names[name], environ[variable]),))


def definitions() -> dict[str, Setting]:
    """Every setting by its key: the engine's, the detectors' and the sinks'."""
    found = {one.key: one for key, _, each in SECTIONS for one in settings_of(key, each)}
    for section, described in _plugin_sections().items():
        found.update({one.key: one for one in settings_of(section, described)})
    return found


def _plugin_sections() -> dict[str, type[Section]]:
    """Section key and class of each detector and sink that has settings."""
    # Plugins may be many and slow to import, and they import this package.
    from wirewatch.detect import detectors
    from wirewatch.sinks import sinks

    sections = {f"detect.{_key(one.name)}": one.settings for one in detectors()}
    return sections | {f"sinks.{_key(one.name)}": one.settings for one in sinks()}


def _key(name: str) -> str:
    return name.replace("_", "-")


def resolve(layers: Iterable[Layer] = ()) -> Resolution:
    """The settings after all layers, the last one counting most.

    Raises `SettingsError` for an unknown key, naming the nearest known one, and for a bad value.
    """
    state = _State(definitions())
    for layer in layers:
        for key, raw in layer.values:
            state.set(key, raw, layer.origin)
    return state.result()


class _State(msgspec.Struct):
    """Values while layers are put on top of each other."""

    known: dict[str, Setting]
    values: dict[str, Any] = msgspec.field(default_factory=dict)
    origins: dict[str, str] = msgspec.field(default_factory=dict)
    without_effect: list[tuple[str, str]] = msgspec.field(default_factory=list)

    def set(self, key: str, raw: object, origin: str) -> None:
        ours = _normal(key)
        table, _, name = self._mapping(key)
        if ours in self.known:
            self._put(self.known[ours], raw, origin)
        elif table is not None:
            merged = {**self.values.get(table.key, {}), name: raw}
            self._put(table, merged, origin)
        else:
            self._translate(key, raw, origin)

    def _mapping(self, key: str) -> tuple[Setting | None, str, str]:
        """The table that a key such as `detect.variables.DNS_SERVERS` is an entry of."""
        for one in self.known.values():
            if one.kind in (kinds.MAPPING, kinds.SIZES) and _normal(key).startswith(one.key + "."):
                return one, ".", key[len(one.key) + 1 :]
        return None, "", ""

    def _put(self, one: Setting, raw: object, origin: str) -> None:
        try:
            self.values[one.key] = one.parse(raw)
        except ValueError as error:
            raise SettingsError(f"{origin}: {one.key} = {raw!r}: {error}") from None
        self.origins[one.key] = origin

    def _translate(self, key: str, raw: object, origin: str) -> None:
        pairs = translate(key, raw)
        if pairs is None:
            raise SettingsError(f"{origin}: unknown setting {key!r}{_nearest(key, self.known)}")
        if not pairs:
            log.debug("%s: %s is accepted and has no effect yet", origin, key)
            self.without_effect.append((key, origin))
        for ours, value in pairs:
            self.set(ours, value, f"{origin} ({key})")

    def result(self) -> Resolution:
        values = {key: self.values.get(key, one.default) for key, one in sorted(self.known.items())}
        origins = {key: self.origins.get(key, "default") for key in values}
        return Resolution(
            _typed(values),
            MappingProxyType(values),
            MappingProxyType(origins),
            tuple(self.without_effect),
        )


def _typed(values: Mapping[str, Any]) -> Settings:
    def build(section: str, described: type[Section]) -> Any:
        names = {one.key.rpartition(".")[2]: one.key for one in settings_of(section, described)}
        return described(**{name.replace("-", "_"): values[key] for name, key in names.items()})

    detectors: dict[str, object] = {}
    sinks: dict[str, object] = {}
    for key, described in _plugin_sections().items():
        group, _, name = key.partition(".")
        (detectors if group == "detect" else sinks)[name.replace("-", "_")] = build(key, described)
    own = {attribute: build(key, described) for key, attribute, described in SECTIONS}
    return Settings(**own, detectors=MappingProxyType(detectors), sinks=MappingProxyType(sinks))


def _normal(key: str) -> str:
    return key.strip().lower().replace("_", "-")


def _nearest(key: str, known: Iterable[str]) -> str:
    """` (did you mean ...?)` for the known name that is most like `key`."""
    import difflib  # only who mistypes a name waits for it

    names = list(known)
    wanted = key if key.isupper() else _normal(key)
    by_end = [name for name in names if name.rpartition(".")[2] == wanted.rpartition(".")[2]]
    near = by_end[:1] or difflib.get_close_matches(wanted, names, n=1, cutoff=0.5)
    return f" (did you mean {near[0]!r}?)" if near else "; `wirewatch config show` lists all"
