"""`wirewatch rules profile`: what rules cost."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.rules.inside import wirewatch


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    path = tmp_path / "own.rules"
    path.write_text(
        'alert tcp any any -> any 80 (msg:"found"; content:"GET /index"; sid:1;)\n'
        'alert tcp any any -> any 80 (msg:"asked"; content:"GET /index"; content:"x"; sid:2;)\n'
        'alert tcp any any -> any 80 (msg:"never named"; content:"nothing like it"; sid:3;)\n'
    )
    return path


def test_checks_matches_and_time_of_each_rule_are_told(capture: Path, rules: Path) -> None:
    done = wirewatch("rules", "profile", capture, "--rules", rules, "--json")
    assert done.returncode == 0, done.stderr
    costs = {cost["sid"]: cost for cost in map(json.loads, done.stdout.splitlines())}
    assert {sid: (cost["checks"], cost["matches"]) for sid, cost in costs.items()} == {
        1: (1, 1),
        2: (1, 1),
    }
    assert all(cost["nanoseconds"] > 0 for cost in costs.values())


def test_the_table_has_as_many_rules_as_are_asked_for(capture: Path, rules: Path) -> None:
    done = wirewatch("rules", "profile", capture, "--rules", rules, "--top", "1")
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == 3
    assert "2 rules asked" in done.stdout
