"""`wirewatch rules update`, `enable` and `disable`: which rules are installed, and which are on."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from wirewatch.cli.arguments import Arguments
from wirewatch.cli.console import WRONG
from wirewatch.cli.flags import OFFLINE
from wirewatch.config import Settings
from wirewatch.pipeline.options import Source as Capture
from wirewatch.pipeline.options import Wanted
from wirewatch.pipeline.run import open_run
from wirewatch.rules.choice import NAMES, choice, read_choices
from wirewatch.rules.folder import choices_folder, data_folder
from wirewatch.rules.install import Counts, Report, Store
from wirewatch.rules.sources import source
from wirewatch.terminal import plural, safe_text

ENABLE, DISABLE, _ = NAMES


def run(arguments: Arguments) -> int:
    """Does what the command's last word says."""
    settings = arguments.resolve().settings
    if arguments.command.name == "rules update":
        return _update(arguments, settings)
    enables = arguments.command.name == "rules enable"
    return _choose(arguments.values["rules"], settings, enables=enables)


def _update(arguments: Arguments, settings: Settings) -> int:
    names = tuple(arguments.values.get("sources") or settings.rules.sources)
    sources = tuple(source(name) for name in names)
    if not sources:
        raise ValueError("rules.sources is empty: name a source, such as et/open")
    choices = read_choices(choices_folder(settings.rules.choices))
    store = _store(settings)
    report = store.update(sources, choices, offline=bool(arguments.flag(OFFLINE)))
    for name in report.changed:
        sys.stdout.write(f"{safe_text(name)}: updated\n")
    for name in report.unchanged:
        sys.stdout.write(f"{safe_text(name)}: unchanged\n")
    for name, why in report.failed.items():
        sys.stderr.write(f"wirewatch: {safe_text(name)}: {safe_text(why, limit=1000)}\n")
    _say(report)
    return WRONG if report.failed else 0


def _choose(words: list[str], settings: Settings, *, enables: bool) -> int:
    """Adds lines to one file, takes them out of the other, and applies both."""
    for word in words:
        choice(word)
    folder = choices_folder(settings.rules.choices)
    folder.mkdir(parents=True, exist_ok=True)
    to, other = (ENABLE, DISABLE) if enables else (DISABLE, ENABLE)
    for name, wanted in ((to, words), (other, [])):
        path = folder / name
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        kept = [line for line in lines if line.strip() not in words or wanted]
        more = [word for word in wanted if word not in (line.strip() for line in lines)]
        if kept + more != lines:
            _write(path, kept + more)
    report = _store(settings).reapply(read_choices(folder))
    if report is None:
        sys.stdout.write(f"noted in {folder / to}; no rules are installed yet\n")
        return 0
    _say(report)
    return 0


def _write(path: Path, lines: list[str]) -> None:
    fresh = path.with_suffix(".new")
    fresh.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
    fresh.replace(path)


def _say(report: Report) -> None:
    counts = report.counts or Counts(0, 0, 0)
    sys.stdout.write(
        f"{plural(report.enabled, 'rule')} on, {report.disabled} off, {report.modified} modified; "
        f"{counts.loaded} loaded, {counts.unsupported} not supported yet, {counts.broken} broken\n"
    )


def _store(settings: Settings) -> Store:
    def judge(folders: tuple[str, ...]) -> Counts:
        if not folders:
            return Counts(0, 0, 0)
        detect = settings.detect.replace(rules=folders, intel=())
        alone = settings.replace(detect=detect)
        loaded = open_run(alone, Capture(files=(os.devnull,)), Wanted()).loaded
        return Counts(loaded.rules, loaded.rules_unsupported, loaded.rules_broken)

    return Store(data_folder(settings.rules.folder), judge)
