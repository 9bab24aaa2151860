"""`wirewatch rules test`: why a rule matches a capture, or does not."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import msgspec

from wirewatch.cli.arguments import Arguments
from wirewatch.cli.console import WRONG, problem_line, report
from wirewatch.cli.flags import PLAIN_JSON
from wirewatch.cli.rules import rule_paths
from wirewatch.config import Settings
from wirewatch.pipeline.options import Source, Wanted
from wirewatch.pipeline.run import Problem, open_run
from wirewatch.rules.text import RuleText, parse_rule, read_rules
from wirewatch.terminal import plural, safe_text

NO_MATCH = 1

ARGUMENT = "argument.rules"
"""The file that a rule in the command line is put into."""

MOST_EXPLAINED = 100
"""Rules of one file that are explained at once: each is asked of everything in the capture."""


class Occasion(msgspec.Struct, frozen=True):
    """What a rule was asked of."""

    what: str
    packet: int | None = None
    transaction: int | None = None

    def __str__(self) -> str:
        parts = [f"packet {self.packet}" if self.packet is not None else "the end of its flow"]
        if self.what != "packet":
            parts.insert(0, f"the {self.what} at")
        if self.transaction is not None:
            parts.append(f"(transaction {self.transaction})")
        return " ".join(parts)


class Nearest(msgspec.Struct, frozen=True):
    """Where a rule came nearest to a match."""

    occasion: Occasion
    met: int
    condition: str


class Tested(msgspec.Struct, frozen=True):
    """The rule that was asked."""

    gid: int
    sid: int
    rev: int
    msg: str
    file: str
    line: int


class Explanation(msgspec.Struct, frozen=True):
    """Why a rule matched or did not."""

    rule: Tested
    asked: int
    matches: int
    first: Occasion | None = None
    nearest: Nearest | None = None


class _Watched(msgspec.Struct):
    explanations: list[Explanation] = []


def run(arguments: Arguments) -> int:
    """Prints for each rule what it matched, or what it lacked; 1 when one did not match."""
    settings = arguments.resolve().settings
    word, capture = arguments.values["rule"], arguments.values["capture"]
    with tempfile.TemporaryDirectory() as folder:
        paths, wanted = _rules(word, settings, Path(folder))
        return _explain(arguments, settings, paths, wanted, capture)


def _rules(
    word: str, settings: Settings, folder: Path
) -> tuple[tuple[str, ...], list[tuple[int, int]]]:
    """The files to load, and the rules that are meant."""
    text = parse_rule(word.strip())
    if text is not None:
        path = folder / ARGUMENT
        path.write_text(word.strip() + "\n", encoding="utf-8")
        return (str(path),), [(text.gid, text.sid)]
    gid, _, sid = word.rpartition(":")
    if sid.isascii() and sid.isdigit() and (gid or "1").isdigit():
        wanted = (int(gid or "1"), int(sid))
        paths = rule_paths(None, settings)
        found = [rule for rule in read_rules(paths) if (rule.gid, rule.sid) == wanted]
        if not found:
            raise ValueError(f"no rule has the number {word}; `wirewatch rules list` lists all")
        return _with_disabled(found, paths, folder), [wanted]
    if Path(word).exists():
        rules = [rule for rule in read_rules([word]) if rule.enabled]
        return (word,), [(rule.gid, rule.sid) for rule in rules[:MOST_EXPLAINED]]
    if "(" in word:
        raise ValueError(
            "the rule is not complete: action, protocol, addresses, and options with a sid in "
            "parentheses"
        )
    raise ValueError(f"{word!r} is neither a rule, nor a rule file, nor the number of a rule")


def _placed(problem: Problem) -> Problem:
    """The problem, of a rule in the command line without the file that it was put into."""
    is_argument = Path(problem.file).name == ARGUMENT
    return msgspec.structs.replace(problem, file="RULE") if is_argument else problem


def _with_disabled(found: list[RuleText], paths: tuple[str, ...], folder: Path) -> tuple[str, ...]:
    """All rules, because the one may ask for what others note, and the one itself if it is off."""
    if any(rule.enabled for rule in found):
        return paths
    path = folder / "disabled.rules"
    path.write_text(found[0].text + "\n", encoding="utf-8", errors="surrogateescape")
    return (*paths, str(path))


def _explain(
    arguments: Arguments,
    settings: Settings,
    paths: tuple[str, ...],
    wanted: list[tuple[int, int]],
    capture: str,
) -> int:
    detect = settings.detect.replace(rules=paths, intel=())
    settings = settings.replace(detect=detect)
    opened = open_run(settings, Source(files=(capture,)), Wanted(explain=tuple(wanted)))
    if opened.loaded.rules == 0:
        for problem in opened.problems:
            sys.stderr.write(problem_line(_placed(problem)) + "\n")
        return WRONG
    # What is left out cannot be explained.
    report([_placed(one) for one in opened.problems if one.level != "warning"])
    end = opened.router.run()
    watched = opened.session.watched()
    explanations = msgspec.json.decode(watched, type=_Watched).explanations
    if arguments.flag(PLAIN_JSON):
        sys.stdout.write(msgspec.json.encode(explanations).decode() + "\n")
    else:
        for one in explanations:
            _print(one)
    if end.error or not explanations:
        told = end.error or "the rule cannot be used; `wirewatch rules check` says why"
        sys.stderr.write(f"wirewatch: {safe_text(told, limit=1000)}\n")
        return WRONG
    return 0 if all(one.matches for one in explanations) else NO_MATCH


def _print(one: Explanation) -> None:
    rule = one.rule
    name = str(rule.sid) if rule.gid == 1 else f"{rule.gid}:{rule.sid}"
    message = f" {safe_text(rule.msg)}" if rule.msg else ""
    lines = [f"{name}{message}"]
    if one.matches:
        lines.append(f"  matches {plural(one.matches, 'time')}, first {one.first}")
    elif one.nearest is None:
        lines.append("  does not match: nothing in the capture is what it is about")
    else:
        near = one.nearest
        met = plural(near.met, "condition")
        lines.append(f"  does not match; came nearest in {near.occasion}, {met} met")
        lines.append(f"  not met: {safe_text(near.condition, limit=1000)}")
    sys.stdout.write("\n".join(lines) + "\n")
