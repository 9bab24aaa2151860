"""`wirewatch rules list`: the rules there are, and where they stand."""

from __future__ import annotations

import sys
from typing import Any

import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

from wirewatch.cli.arguments import Arguments
from wirewatch.cli.flags import JSON_LINES, RULES_WHERE
from wirewatch.cli.interfaces import PLAIN_WIDTH
from wirewatch.cli.output import is_coloured
from wirewatch.cli.rules import rule_paths
from wirewatch.rules.condition import condition
from wirewatch.rules.text import RuleText, read_rules
from wirewatch.terminal import plural, safe_text

TITLES = ("sid", "rev", "on", "action", "protocol", "classtype", "message", "place")


def run(arguments: Arguments) -> int:
    """Prints a table, or one JSON object per rule."""
    settings = arguments.resolve().settings
    where = arguments.flag(RULES_WHERE)
    holds = condition(where) if where else None
    rules = read_rules(rule_paths(arguments.values.get("files"), settings))
    chosen = [rule for rule in rules if holds is None or holds(rule)]
    if arguments.flag(JSON_LINES):
        for rule in chosen:
            sys.stdout.write(msgspec.json.encode(members(rule)).decode() + "\n")
        return 0
    _print(chosen)
    return 0


def members(rule: RuleText) -> dict[str, Any]:
    """What a rule says of itself, for JSON."""
    return {
        "gid": rule.gid,
        "sid": rule.sid,
        "rev": rule.rev,
        "msg": _valid(rule.msg),
        "classtype": _valid(rule.classtype),
        "priority": rule.priority,
        "protocol": _valid(rule.protocol),
        "action": rule.action,
        "enabled": rule.enabled,
        "file": rule.file,
        "line": rule.line,
        "metadata": [_valid(one) for one in rule.metadata],
        "references": [_valid(one) for one in rule.references],
    }


def _valid(text: str) -> str:
    """Text without the stand-ins for bytes that are no UTF-8."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _print(rules: list[RuleText]) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in TITLES:
        table.add_column(title, no_wrap=title != "message", overflow="fold")
    for rule in rules:
        table.add_row(
            str(rule.sid) if rule.gid == 1 else rule.name,
            str(rule.rev),
            "yes" if rule.enabled else "no",
            rule.action,
            Text(safe_text(_valid(rule.protocol))),
            Text(safe_text(_valid(rule.classtype))),
            Text(safe_text(_valid(rule.msg))),
            Text(f"{safe_text(rule.file)}:{rule.line}"),
            style="" if rule.enabled else "dim",
        )
    width = None if sys.stdout.isatty() else PLAIN_WIDTH * 2
    coloured = is_coloured(sys.stdout, "auto")
    console = Console(file=sys.stdout, no_color=not coloured, highlight=False, width=width)
    console.print(table)
    on = sum(rule.enabled for rule in rules)
    sys.stdout.write(f"{plural(len(rules), 'rule')}, {on} on\n")
