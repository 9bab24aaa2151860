"""`wirewatch rules check`: every fault with its place, and what makes rules slow."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.rules.inside import wirewatch


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "some.rules"


def test_every_fault_of_a_rule_has_its_place_and_what_was_meant(path: Path) -> None:
    path.write_text(
        "\n"
        'alert tcp any any -> any any (msg:"a"; contnt:"x"; content:"y"; noocase; sid:1;)\n'
        'alert tpc any any -> any any (content:"y"; sid:2;)\n'
    )
    done = wirewatch("rules", "check", path)
    assert done.returncode == 2
    lines = done.stdout.splitlines()
    assert lines[0] == f'{path}:2:40: error: "contnt" is no keyword (did you mean content?)'
    assert lines[1] == f'{path}:2:65: error: "noocase" is no keyword (did you mean nocase?)'
    assert lines[2].startswith(f"{path}:3:7: error: ")
    assert lines[2].endswith("(did you mean tcp?)")
    assert lines[3] == "0 rules loaded, 0 not supported yet, 2 broken"


@pytest.mark.parametrize(
    "options",
    [
        'pcre:"/a+b/";',
        'content:!"abc";',
        'content:"a";',
        'http.uri; pcre:"/x/";',
    ],
)
def test_a_rule_that_cannot_be_looked_up_is_a_warning(path: Path, options: str) -> None:
    path.write_text(f"alert tcp any any -> any any ({options} sid:1;)\n")
    done = wirewatch("rules", "check", path)
    assert done.returncode == 0, done.stdout
    assert f"{path}:1:1: warning: there is no content" in done.stdout


@pytest.mark.parametrize(
    "options",
    [
        'content:"abc"; pcre:"/a+b/";',
        'http.uri; content:"/abc";',
        "flags:S;",
        'dns.query; content:"a"; startswith;',
    ],
)
def test_other_rules_are_not(path: Path, options: str) -> None:
    protocol = "dns" if "dns" in options else "tcp"
    path.write_text(f"alert {protocol} any any -> any any ({options} sid:1;)\n")
    done = wirewatch("rules", "check", path)
    assert "warning" not in done.stdout


def test_a_run_does_not_warn_of_slow_rules(path: Path, capture: Path) -> None:
    path.write_text('alert tcp any any -> any any (pcre:"/a+b/"; sid:1;)\n')
    assert "warning" not in wirewatch("read", capture, "--rules", path).stderr
