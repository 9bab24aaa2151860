"""`wirewatch rules list`: what rules say of themselves, and conditions on it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.rules.inside import wirewatch

TEXT = """\
# Some rules, and a sentence that is none.
alert http any any -> any any (msg:"an \\"odd\\" path; here"; content:"/a\\;b"; \
classtype:web-application-attack; sid:1; rev:3; metadata:tag one, tag two;)
#alert dns any any -> any any (msg:"quiet"; dns.query; content:"sid:9;"; sid:2;)
drop tcp any any -> any \\
  any (msg:"on two lines"; \\
  sid:3; gid:4; rev:5;)
"""


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    path = tmp_path / "some.rules"
    path.write_text(TEXT)
    return path


def listed(rules: Path, where: str | None = None) -> list[dict[str, object]]:
    words = ("--where", where) if where else ()
    done = wirewatch("rules", "list", rules, "--json", *words)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_each_rule_is_listed_with_what_it_says(rules: Path) -> None:
    first, second, third = listed(rules)
    assert first == {
        "gid": 1,
        "sid": 1,
        "rev": 3,
        "msg": 'an "odd" path; here',
        "classtype": "web-application-attack",
        "priority": None,
        "protocol": "http",
        "action": "alert",
        "enabled": True,
        "file": str(rules),
        "line": 2,
        "metadata": ["tag one", "tag two"],
        "references": [],
    }
    assert (second["sid"], second["enabled"], second["line"]) == (2, False, 3)
    assert (third["gid"], third["sid"], third["line"]) == (4, 3, 4)


@pytest.mark.parametrize(
    ("where", "sids"),
    [
        ("enabled", [1, 3]),
        ("not enabled", [2]),
        ("enabled == false", [2]),
        ("sid in (2, 3)", [2, 3]),
        ("rev >= 3 and not action == drop", [1]),
        ("msg contains ODD or protocol startswith dn", [1, 2]),
        ("metadata == 'tag two'", [1]),
        ("text matches /on.two/", [3]),
        ("(sid == 1 or sid == 2) and classtype != ''", [1]),
        ("priority > 0", []),
    ],
)
def test_a_condition_chooses(rules: Path, where: str, sids: list[int]) -> None:
    assert [rule["sid"] for rule in listed(rules, where)] == sids


@pytest.mark.parametrize(
    ("where", "told"),
    [
        ("colour == red", "column 1"),
        ("sid ==", "column 7"),
        ("sid in (1, 2", "column 13"),
        ("msg matches /(/", "column 13"),
        ("sid == 1 sid == 2", "column 10"),
    ],
)
def test_a_wrong_condition_is_told_with_its_column(rules: Path, where: str, told: str) -> None:
    done = wirewatch("rules", "list", rules, "--where", where)
    assert done.returncode == 2
    assert told in done.stderr


def test_the_table_has_number_and_place(rules: Path) -> None:
    done = wirewatch("rules", "list", rules)
    assert done.returncode == 0, done.stderr
    assert f"{rules}:2" in done.stdout.replace("\n", "").replace(" ", "") or "some.rules:2" in (
        done.stdout
    )
    assert "3 rules, 2 on" in done.stdout


def test_without_any_rules_it_says_how_to_get_some() -> None:
    done = wirewatch("rules", "list")
    assert done.returncode == 2
    assert "rules update" in done.stderr
