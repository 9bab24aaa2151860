"""The text of a rule file: each rule with its place and what it says of itself, those that are
commented out included."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec

MOST_FILE_BYTES = 512 << 20
"""The largest rule file that is read, as in the engine; the largest public set is about 40 MB."""

_RULE = re.compile(
    r"(?P<action>alert|pass|drop|reject|rejectsrc|rejectdst|rejectboth|config)\s+"
    r"(?P<protocol>[^\s(]+)\s[^(]*\((?P<options>.*)\)\s*",
    re.DOTALL,
)
_OPTION = re.compile(r'\s*([\w.\-]+)\s*(?::((?:[^;"\\]|\\.|"(?:[^"\\]|\\.)*")*))?;', re.DOTALL)
_COMMENT = re.compile(r"\s*#[#\s]*")
_SAID = frozenset({"sid", "gid", "rev", "msg", "classtype", "priority", "metadata", "reference"})


class RuleText(msgspec.Struct, frozen=True):
    """One rule as it stands in a file."""

    text: str
    """The rule on one line, without a comment's sign."""
    enabled: bool
    """Whether it is not commented out."""
    file: str
    line: int
    """Its first line, counted from 1."""
    lines: int
    """How many lines of the file it takes."""
    action: str
    protocol: str
    gid: int
    sid: int
    rev: int
    msg: str
    classtype: str
    priority: int | None
    metadata: tuple[str, ...]
    references: tuple[str, ...]

    @property
    def name(self) -> str:
        """`gid:sid`."""
        return f"{self.gid}:{self.sid}"


class Lines(NamedTuple):
    """Some lines of a file: a rule, or what is none."""

    text: str
    """As they stand there, without the last line's end."""
    rule: RuleText | None


def parse_rule(
    text: str, *, enabled: bool = True, file: str = "", line: int = 1, lines: int = 1
) -> RuleText | None:
    """The rule of a text without a comment's sign; `None` when it is none, or has no number."""
    found = _RULE.fullmatch(text)
    if found is None:
        return None
    said: dict[str, list[str]] = {}
    for name, value in _OPTION.findall(found["options"]):
        if name in _SAID:
            said.setdefault(name, []).append(value.strip())
    sid = _number(said, "sid")
    if sid is None:
        return None
    return RuleText(
        text=text,
        enabled=enabled,
        file=file,
        line=line,
        lines=lines,
        action=found["action"],
        protocol=found["protocol"],
        gid=_number(said, "gid") or 1,
        sid=sid,
        rev=_number(said, "rev") or 0,
        msg=_unquoted(said.get("msg", [""])[0]),
        classtype=said.get("classtype", [""])[0],
        priority=_number(said, "priority"),
        metadata=tuple(
            part.strip() for value in said.get("metadata", ()) for part in value.split(",")
        ),
        references=tuple(said.get("reference", ())),
    )


def _number(said: dict[str, list[str]], name: str) -> int | None:
    text = said.get(name, [""])[0]
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 10 else None


def _unquoted(text: str) -> str:
    if len(text) > 1 and text[0] == text[-1] == '"':
        text = text[1:-1]
    return re.sub(r"\\(.)", r"\1", text)


def read_lines(path: Path) -> Iterator[Lines]:
    """All of a rule file, rule by rule. Raises `OSError`."""
    if path.stat().st_size > MOST_FILE_BYTES:
        raise OSError(f"{path}: the file is too large for rules")
    held: list[str] = []
    number, first = 0, 1
    for line in path.read_text(encoding="utf-8", errors="surrogateescape").split("\n"):
        number += 1
        if not held:
            first = number
        held.append(line)
        if line.rstrip("\r").endswith("\\"):
            continue
        yield _logical(held, str(path), first)
        held = []
    if held:
        yield _logical(held, str(path), first)


def _logical(lines: list[str], file: str, first: int) -> Lines:
    comment = _COMMENT.match(lines[0])
    bare = [lines[0][comment.end() :] if comment else lines[0]]
    bare += [_COMMENT.sub("", line, count=1) if comment else line for line in lines[1:]]
    pieces = [line.rstrip("\r").removesuffix("\\") for line in bare]
    joined = " ".join(piece.strip() for piece in pieces)
    rule = parse_rule(joined, enabled=comment is None, file=file, line=first, lines=len(lines))
    return Lines("\n".join(lines), rule)


def rule_files(paths: Iterable[str | Path]) -> list[Path]:
    """The files that these paths stand for: themselves, or the `*.rules` of a folder, as the
    engine takes them.

    Raises `FileNotFoundError`.
    """
    files: list[Path] = []
    for path in map(Path, paths):
        if path.is_dir():
            files += sorted(one for one in path.glob("*.rules") if one.is_file())
        else:
            path.stat()
            files.append(path)
    return files


def read_rules(paths: Iterable[str | Path]) -> Iterator[RuleText]:
    """Every rule of these files and folders, in order. Raises `OSError`."""
    for path in rule_files(paths):
        yield from (one.rule for one in read_lines(path) if one.rule is not None)
