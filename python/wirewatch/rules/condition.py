"""Conditions on what rules say of themselves, for `wirewatch rules list --where`.

    enabled and classtype == trojan-activity
    sid in (2019401, 2019402) or msg contains "log4j"
    not (protocol startswith http) and rev >= 3

The language is that of conditions on records: `==` `!=` `<` `<=` `>` `>=`, `in (a, b)`,
`contains`, `startswith`, `endswith`, `matches /regex/`, with `and`, `or`, `not` and parentheses.
Texts compare without regard to case. Of a field with several values, as `metadata`, one must fit.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from wirewatch.rules.text import RuleText

FIELDS: dict[str, Callable[[RuleText], object]] = {
    "sid": lambda rule: rule.sid,
    "gid": lambda rule: rule.gid,
    "rev": lambda rule: rule.rev,
    "msg": lambda rule: rule.msg,
    "classtype": lambda rule: rule.classtype,
    "priority": lambda rule: rule.priority,
    "protocol": lambda rule: rule.protocol,
    "action": lambda rule: rule.action,
    "enabled": lambda rule: rule.enabled,
    "file": lambda rule: rule.file,
    "line": lambda rule: rule.line,
    "metadata": lambda rule: rule.metadata,
    "reference": lambda rule: rule.references,
    "text": lambda rule: rule.text,
}
"""What can be asked for."""

MOST_DEPTH = 64
"""Parentheses and `not`s inside each other, because reading recurses."""

Condition = Callable[[RuleText], bool]

_TOKEN = re.compile(
    r"""\s*(?:(?P<regex>/(?:[^/\\]|\\.)*/)
        |(?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
        |(?P<sign>==|!=|<=|>=|<|>|\(|\)|,)
        |(?P<word>[^\s()<>=!,"'/][^\s()<>=!,"']*))""",
    re.VERBOSE,
)
_ORDER: dict[str, Callable[[int, int], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_TEXT: dict[str, Callable[[str, str], bool]] = {
    "contains": lambda value, part: part in value,
    "startswith": lambda value, part: value.startswith(part),
    "endswith": lambda value, part: value.endswith(part),
}


class ConditionError(ValueError):
    """What is wrong with a condition, with the column."""


class _Token(NamedTuple):
    kind: str
    text: str
    column: int


def condition(text: str) -> Condition:
    """The condition that a text says. Raises `ConditionError`."""
    return _Parser(_tokens(text)).whole()


def _tokens(text: str) -> list[_Token]:
    tokens, at = [], 0
    end = len(text.rstrip())
    while at < end:
        found = _TOKEN.match(text, at)
        if found is None:
            raise ConditionError(f"column {at + 1}: {text[at]!r} is not expected here")
        kind = found.lastgroup or ""
        tokens.append(_Token(kind, found[kind], found.start(kind) + 1))
        at = found.end()
    return [*tokens, _Token("end", "the end", end + 1)]


class _Parser:
    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._at = 0
        self._depth = 0

    def whole(self) -> Condition:
        found = self._any()
        if self._next.kind != "end":
            raise self._wrong("and, or, or the end")
        return found

    @property
    def _next(self) -> _Token:
        return self._tokens[self._at]

    def _take(self, *texts: str) -> bool:
        token = self._next
        taken = token.kind in ("word", "sign") and token.text.lower() in texts
        self._at += taken
        return taken

    def _wrong(self, wanted: str) -> ConditionError:
        token = self._next
        return ConditionError(f"column {token.column}: expected {wanted}, not {token.text}")

    def _any(self) -> Condition:
        parts = [self._all()]
        while self._take("or"):
            parts.append(self._all())
        return parts[0] if len(parts) == 1 else lambda rule: any(part(rule) for part in parts)

    def _all(self) -> Condition:
        parts = [self._one()]
        while self._take("and"):
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else lambda rule: all(part(rule) for part in parts)

    def _one(self) -> Condition:
        self._depth += 1
        if self._depth > MOST_DEPTH:
            raise ConditionError(f"more than {MOST_DEPTH} parentheses inside each other")
        try:
            if self._take("not"):
                inner = self._one()
                return lambda rule: not inner(rule)
            if self._take("("):
                found = self._any()
                if not self._take(")"):
                    raise self._wrong("a closing parenthesis")
                return found
            return self._test()
        finally:
            self._depth -= 1

    def _test(self) -> Condition:
        name = self._next.text.lower()
        if self._next.kind != "word" or name not in FIELDS:
            raise self._wrong(f"one of {', '.join(FIELDS)}")
        self._at += 1
        field = FIELDS[name]
        if self._next.kind == "end" or self._next.text.lower() in ("and", "or", ")"):
            return lambda rule: bool(field(rule))
        return self._comparison(field)

    def _comparison(self, field: Callable[[RuleText], object]) -> Condition:
        word = self._next.text.lower()
        if self._take("==", "!="):
            wanted = self._value()
            return lambda rule: _is(field(rule), (wanted,)) is (word == "==")
        if self._take(*_ORDER):
            order, number = _ORDER[word], self._number()
            return lambda rule: any(
                isinstance(value, int) and order(value, number) for value in _values(field(rule))
            )
        if self._take("in"):
            wanted_ones = self._list()
            return lambda rule: _is(field(rule), wanted_ones)
        if self._take(*_TEXT):
            test, part = _TEXT[word], self._value()
            return lambda rule: any(test(_plain(value), part) for value in _values(field(rule)))
        if self._take("matches"):
            pattern = self._pattern()
            return lambda rule: any(
                pattern.search(str(value)) is not None for value in _values(field(rule))
            )
        raise self._wrong("a comparison such as == or contains")

    def _value(self) -> str:
        token = self._next
        if token.kind not in ("word", "text"):
            raise self._wrong("a value")
        self._at += 1
        text = re.sub(r"\\(.)", r"\1", token.text[1:-1]) if token.kind == "text" else token.text
        return text.lower()

    def _number(self) -> int:
        text = self._next.text
        if not (text.isascii() and text.isdigit()):
            raise self._wrong("a number")
        self._at += 1
        return int(text)

    def _list(self) -> tuple[str, ...]:
        if not self._take("("):
            raise self._wrong("a list in parentheses")
        values = [self._value()]
        while self._take(","):
            values.append(self._value())
        if not self._take(")"):
            raise self._wrong("a comma or a closing parenthesis")
        return tuple(values)

    def _pattern(self) -> re.Pattern[str]:
        token = self._next
        if token.kind != "regex":
            raise self._wrong("a regular expression between slashes")
        self._at += 1
        try:
            return re.compile(token.text[1:-1])
        except re.error as error:
            raise ConditionError(f"column {token.column}: {error}") from None


def _values(value: object) -> Sequence[object]:
    return value if isinstance(value, tuple) else (value,)


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value).lower()


def _is(value: object, wanted: tuple[str, ...]) -> bool:
    return any(_plain(one) in wanted for one in _values(value))
