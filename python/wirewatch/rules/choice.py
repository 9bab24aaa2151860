"""Which rules are on and how they are changed: enable.conf, disable.conf and modify.conf.

The files are those of suricata-update
(https://suricata-update.readthedocs.io/en/latest/update.html#example-configuration-files):

    2019401                      a sid; several with commas
    1:2019401                    gid and sid
    re:heartbleed                a regular expression on the whole rule, in any case
    group:emerging-icmp.rules    all rules of a file; wildcards, and the name without .rules, too
    emerging-icmp.rules          the same
    metadata:deployment perimeter
    *                            all rules

modify.conf has such a choice, then what is looked for and what it becomes:

    2019401 "seconds \\d+" "seconds 3600"
    modifysid 2019401,2019402 "^alert" | "drop"
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable, Iterator
from pathlib import Path, PurePath
from typing import TypeVar

import msgspec

from wirewatch.rules.text import RuleText, parse_rule

T = TypeVar("T")

NAMES = ("enable.conf", "disable.conf", "modify.conf")

_NUMBERS = re.compile(r"(?:\d+:)?\d+(?:\s*,\s*(?:\d+:)?\d+)*")
_CHANGE = re.compile(
    r'(?P<which>.+?)\s+"(?P<old>(?:[^"\\]|\\.)*)"\s*\|?\s*"(?P<new>(?:[^"\\]|\\.)*)"'
)
_GROUP = re.compile(r"\$\{(\d+)\}|\$(\d+)")


class ChoiceError(ValueError):
    """A line that chooses nothing; the message says file and line."""


class Choice(msgspec.Struct, frozen=True):
    """One line: which rules it means."""

    text: str
    means: Callable[[RuleText], bool]


class Change(msgspec.Struct, frozen=True):
    """One line of modify.conf."""

    choice: Choice
    old: re.Pattern[str]
    new: str

    def apply(self, rule: RuleText) -> str:
        """The rule's text, changed if it is one of those meant."""
        return self.old.sub(self.new, rule.text)


class Choices(msgspec.Struct, frozen=True):
    """All three files. What enables counts more than what disables."""

    enabled: tuple[Choice, ...] = ()
    disabled: tuple[Choice, ...] = ()
    changes: tuple[Change, ...] = ()

    def is_on(self, rule: RuleText) -> bool:
        """Whether a rule is to be on."""
        if any(choice.means(rule) for choice in self.enabled):
            return True
        return rule.enabled and not any(choice.means(rule) for choice in self.disabled)

    def changed(self, rule: RuleText) -> str:
        """The rule's text after all changes; a change that leaves no rule is not made."""
        for change in self.changes:
            if not change.choice.means(rule):
                continue
            text = change.apply(rule)
            if text == rule.text:
                continue
            after = parse_rule(
                text, enabled=rule.enabled, file=rule.file, line=rule.line, lines=rule.lines
            )
            rule = after or rule
        return rule.text


def choice(text: str) -> Choice:
    """What one line chooses. Raises `ValueError` with what was expected."""
    text = text.strip()
    word, colon, rest = text.partition(":")
    if text == "*":
        return Choice(text, lambda _rule: True)
    if _NUMBERS.fullmatch(text):
        return Choice(text, _numbered(text))
    if colon and word == "re":
        try:
            pattern = re.compile(rest.strip(), re.IGNORECASE)
        except re.error as error:
            raise ValueError(f"not a regular expression: {error}") from None
        return Choice(text, lambda rule: pattern.search(rule.text) is not None)
    if colon and word == "group" and rest.strip():
        return Choice(text, _of_file(rest.strip()))
    if colon and word == "metadata" and rest.strip():
        wanted = " ".join(rest.lower().replace(",", " ").split())
        return Choice(
            text, lambda rule: any(" ".join(one.lower().split()) == wanted for one in rule.metadata)
        )
    if not colon and text.endswith(".rules"):
        return Choice(text, _of_file(text))
    raise ValueError(
        f"{text!r} is no sid, gid:sid, re:EXPRESSION, group:FILE or metadata:KEY VALUE"
    )


def _numbered(text: str) -> Callable[[RuleText], bool]:
    wanted = set()
    for part in text.split(","):
        gid, _, sid = part.strip().rpartition(":")
        wanted.add((int(gid) if gid else 1, int(sid)))
    return lambda rule: (rule.gid, rule.sid) in wanted


def _of_file(pattern: str) -> Callable[[RuleText], bool]:
    def means(rule: RuleText) -> bool:
        path = PurePath(rule.file)
        return fnmatch.fnmatch(path.name, pattern) or fnmatch.fnmatch(path.stem, pattern)

    return means


def change(text: str) -> Change:
    """What a line of modify.conf does. Raises `ValueError`."""
    body = text.strip()
    found = _CHANGE.fullmatch(body.removeprefix("modifysid").strip())
    if found is None:
        raise ValueError('expected a choice of rules, then "what is looked for" "what it becomes"')
    # In quotes a backslash stands for itself unless a quote or another one follows.
    old, new = (re.sub(r'\\(["\\])', r"\1", part) for part in (found["old"], found["new"]))
    try:
        pattern = re.compile(old)
        replacement = _GROUP.sub(lambda group: rf"\g<{group[1] or group[2]}>", new)
        pattern.sub(replacement, "")
    except (re.error, IndexError) as error:
        raise ValueError(f"not a regular expression, or not one for it: {error}") from None
    return Change(choice(found["which"]), pattern, replacement)


def read_choices(folder: Path) -> Choices:
    """The three files of a folder, as far as they are there.

    Raises `ChoiceError`, with the place, and `OSError`.
    """
    enable, disable, modify = (folder / name for name in NAMES)
    return Choices(
        tuple(_each(enable, choice)), tuple(_each(disable, choice)), tuple(_each(modify, change))
    )


def _each(path: Path, read: Callable[[str], T]) -> Iterator[T]:
    if not path.exists():
        return
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        try:
            yield read(text)
        except ValueError as error:
            raise ChoiceError(f"{path}:{number}: {error}") from None
