"""Installed rules: fetched per source, put together to a set, and switched to as a whole.

    FOLDER/sources/NAME/     each source's files as they came, the last good ones
    FOLDER/sources.json      what servers call these versions
    FOLDER/sets/NUMBER/      rules with all choices applied
    FOLDER/current           a link to the set in use

Whatever goes wrong, `current` names a complete set: a source that is broken keeps its last good
files, and the link is replaced in one step.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from wirewatch.rules import archive
from wirewatch.rules.choice import Choices
from wirewatch.rules.fetch import fetch, verify
from wirewatch.rules.folder import CURRENT
from wirewatch.rules.sources import Source
from wirewatch.rules.text import read_lines


class Version(msgspec.Struct, frozen=True):
    """What a server calls what we have from it."""

    address: str = ""
    etag: str = ""
    modified: str = ""


class Counts(msgspec.Struct, frozen=True):
    """What the engine makes of rules."""

    loaded: int
    unsupported: int
    broken: int


Judge = Callable[[tuple[str, ...]], Counts]
"""Loads folders of rules as a run would."""


class Report(msgspec.Struct):
    """What an update did."""

    changed: list[str] = msgspec.field(default_factory=list)
    """Sources that gave something new."""
    unchanged: list[str] = msgspec.field(default_factory=list)
    failed: dict[str, str] = msgspec.field(default_factory=dict)
    """Why a source gave nothing that could be used; its last good files stay."""
    enabled: int = 0
    disabled: int = 0
    modified: int = 0
    counts: Counts | None = None
    """What the engine made of the new set."""


class BrokenSetError(ValueError):
    """The new set is worse than none; the old one stays."""


class Store:
    """The folder of installed rules."""

    def __init__(self, folder: Path, judge: Judge) -> None:
        self._folder = folder
        self._sources = folder / "sources"
        self._sets = folder / "sets"
        self._versions = folder / "sources.json"
        self._judge = judge

    def update(
        self, sources: tuple[Source, ...], choices: Choices, *, offline: bool = False
    ) -> Report:
        """Asks all sources for news, and installs what they and the choices amount to.

        Raises `BrokenSetError` when the whole set is unusable, and `OSError`.
        """
        report = Report()
        with self._locked():
            self._forget({one.folder for one in sources})
            for source in sources:
                if offline:
                    report.unchanged.append(source.name)
                else:
                    self._take(source, report)
            self._install(choices, report)
        return report

    def reapply(self, choices: Choices) -> Report | None:
        """Installs the last good files anew with other choices; `None` when there are none."""
        if not self._sources.is_dir():
            return None
        report = Report()
        with self._locked():
            self._install(choices, report)
        return report

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Two updates at once would take each other's files away."""
        for folder in (self._folder, self._sources, self._sets):
            folder.mkdir(parents=True, exist_ok=True)
        with (self._folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _forget(self, wanted: set[str]) -> None:
        """Sources that are no longer wanted go."""
        for one in self._sources.iterdir():
            if one.name not in wanted:
                shutil.rmtree(one, ignore_errors=True)
        versions = self._read_versions()
        self._write_versions({name: one for name, one in versions.items() if name in wanted})

    def _take(self, source: Source, report: Report) -> None:
        """Takes a source's files if they are new and good."""
        fresh = self._sources / (source.folder + ".new")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir()
        try:
            version = self._fetch_into(source, fresh)
            if version is None:
                report.unchanged.append(source.name)
                return
            self._check(source, fresh)
        except (OSError, ValueError) as error:
            report.failed[source.name] = str(error)
            return
        else:
            self._replace(fresh, self._sources / source.folder)
            self._write_versions(self._read_versions() | {source.folder: version})
            report.changed.append(source.name)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)

    def _fetch_into(self, source: Source, folder: Path) -> Version | None:
        if source.path is not None:
            archive.copy(source.path, folder)
            return Version()
        known = self._read_versions().get(source.folder, Version())
        has_files = (self._sources / source.folder).is_dir()
        if known.address != source.address or not has_files:
            known = Version()
        fetched = fetch(source.address, etag=known.etag, modified=known.modified)
        if fetched is None:
            return None
        if source.checksum:
            verify(source.address, fetched.data, source.checksum)
        archive.unpack(source.address.rsplit("/", 1)[-1], fetched.data, folder)
        return Version(source.address, fetched.etag, fetched.modified)

    def _check(self, source: Source, folder: Path) -> None:
        """Raises `ValueError` when the files are no rules, or mostly broken ones."""
        files = [file for file in folder.rglob("*.rules") if file.is_file()]
        rules = sum(1 for file in files for one in read_lines(file) if one.rule is not None)
        if rules == 0:
            raise ValueError(f"{source.name}: there are no rules in it")
        counts = self._judge(folders(folder))
        if counts.broken > counts.loaded + counts.unsupported:
            raise ValueError(
                f"{source.name}: {counts.broken} of its rules are broken, {counts.loaded} are not"
            )

    def _install(self, choices: Choices, report: Report) -> None:
        numbers = [int(one.name) for one in self._sets.iterdir() if one.name.isdigit()]
        fresh = self._sets / str(max(numbers, default=0) + 1)
        try:
            for source in sorted(self._sources.iterdir()):
                if source.is_dir() and source.suffix != ".new":
                    _write_set(source, fresh / source.name, choices, report)
            fresh.mkdir(exist_ok=True)
            report.counts = self._judge(folders(fresh))
            _refuse_unusable(report.enabled, report.counts)
        except BaseException:
            shutil.rmtree(fresh, ignore_errors=True)
            raise
        before = self._folder / CURRENT
        kept = {fresh.name, before.resolve().name if before.exists() else ""}
        self._switch(fresh)
        for one in self._sets.iterdir():
            if one.name not in kept:
                shutil.rmtree(one, ignore_errors=True)

    def _switch(self, fresh: Path) -> None:
        link = self._folder / (CURRENT + ".new")
        link.unlink(missing_ok=True)
        link.symlink_to(fresh.relative_to(self._folder))
        os.replace(link, self._folder / CURRENT)  # noqa: PTH105 - replaces the link, not its target

    @staticmethod
    def _replace(fresh: Path, place: Path) -> None:
        old = place.with_name(place.name + ".old.new")
        shutil.rmtree(old, ignore_errors=True)
        if place.exists():
            place.rename(old)
        fresh.rename(place)
        shutil.rmtree(old, ignore_errors=True)

    def _read_versions(self) -> dict[str, Version]:
        try:
            return msgspec.json.decode(self._versions.read_bytes(), type=dict[str, Version])
        except (OSError, msgspec.DecodeError):
            return {}

    def _write_versions(self, versions: dict[str, Version]) -> None:
        fresh = self._versions.with_suffix(".new")
        fresh.write_bytes(msgspec.json.encode(versions))
        fresh.replace(self._versions)


def _refuse_unusable(enabled: int, counts: Counts) -> None:
    if enabled and counts.loaded == 0:
        raise BrokenSetError("none of the rules can be used; the installed ones stay")


def folders(folder: Path) -> tuple[str, ...]:
    """The folders below this one that have rule files."""
    files = (file for file in folder.rglob("*.rules") if file.is_file())
    return tuple(sorted({str(file.parent) for file in files}))


def _write_set(source: Path, target: Path, choices: Choices, report: Report) -> None:
    """A source's files with the choices applied; each rule stays on its line."""
    for file in sorted(source.rglob("*")):
        if not file.is_file():
            continue
        to = target / file.relative_to(source)
        to.parent.mkdir(parents=True, exist_ok=True)
        if file.suffix != ".rules":
            shutil.copyfile(file, to)
            continue
        lines = []
        for one in read_lines(file):
            rule = one.rule
            if rule is None:
                lines.append(one.text)
                continue
            on, text = choices.is_on(rule), choices.changed(rule)
            report.enabled += on
            report.disabled += not on
            report.modified += text != rule.text
            if on == rule.enabled and text == rule.text:
                lines.append(one.text)
            else:
                lines.append(text if on else f"# {text}")
                lines += [""] * (rule.lines - 1)
        to.write_text("\n".join(lines), encoding="utf-8", errors="surrogateescape")
