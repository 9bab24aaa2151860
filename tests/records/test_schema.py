"""The schema and what is made of it agree."""

from __future__ import annotations

import json
import keyword
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from wirewatch.records import EVENT_TYPES, FIELDS, KINDS

ROOT = Path(__file__).parents[2]
GENERATOR = ROOT / "tools/gen_schema.py"
COMMON: list[dict[str, Any]] = tomllib.loads((ROOT / "schema/_common.toml").read_text())["field"]


def definition(kind: str) -> dict[str, Any]:
    return tomllib.loads((ROOT / f"schema/{kind}.toml").read_text())


def all_fields(kind: str) -> list[dict[str, Any]]:
    own: list[dict[str, Any]] = definition(kind)["field"]
    return COMMON + own


def test_generated_files_are_up_to_date() -> None:
    done = subprocess.run(
        [sys.executable, GENERATOR, "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def test_every_definition_is_a_kind() -> None:
    assert sorted(KINDS) == sorted(path.stem for path in (ROOT / "schema").glob("[!_]*.toml"))


@pytest.mark.parametrize("kind", KINDS)
def test_names_are_unique(kind: str) -> None:
    names = [field["name"] for field in all_fields(kind)]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("kind", KINDS)
def test_eve_paths_are_unique(kind: str) -> None:
    paths = [field["eve"] for field in all_fields(kind)]
    assert len(set(paths)) == len(paths)


@pytest.mark.parametrize("kind", KINDS)
def test_docs_are_sentences(kind: str) -> None:
    texts = [field["doc"] for field in all_fields(kind)]
    texts += [definition(kind)["doc"], definition(kind)["emitted"]]
    assert [text for text in texts if not re.fullmatch(r"[A-Z0-9].*\.", text)] == []


@pytest.mark.parametrize("kind", KINDS)
def test_row_classes_have_the_columns(kind: str) -> None:
    names = [field["name"] for field in all_fields(kind) if field["type"] != "bit"]
    # Python's own words get an underscore.
    columns = [f"{name}_" if keyword.iskeyword(name) else name for name in names]
    assert list(KINDS[kind]._fields) == columns
    assert list(FIELDS[kind]) in (names, columns)


@pytest.mark.parametrize("kind", KINDS)
def test_reference_has_every_field(kind: str) -> None:
    page = (ROOT / "docs/reference/records.md").read_text()
    section = page.split(f"\n## {kind}\n")[1].split("\n## ")[0]
    own = [field["name"] for field in definition(kind)["field"]]
    assert [name for name in own if f"| `{name}` |" not in section] == []


@pytest.mark.parametrize("kind", KINDS)
def test_json_schema_names_the_event_type(kind: str) -> None:
    schema = json.loads((ROOT / "docs/reference/eve.schema.json").read_text())
    event_type = schema["$defs"][kind]["properties"]["event_type"]
    assert event_type == {"const": EVENT_TYPES[kind]}


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The generator with a schema of its own."""
    (tmp_path / "schema").mkdir()
    shutil.copytree(GENERATOR.parent / "schema_forms", tmp_path / "tools/schema_forms")
    shutil.copy(GENERATOR, tmp_path / "tools")
    for path in (ROOT / "schema").glob("*.toml"):
        (tmp_path / "schema" / path.name).write_text(path.read_text())
    return tmp_path


def generate(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(root / "tools/gen_schema.py"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def add_field(root: Path, lines: str) -> None:
    path = root / "schema/arp.toml"
    path.write_text(f"{path.read_text()}\n[[field]]\n{lines}\n")


def test_check_names_stale_files(copy: Path) -> None:
    generate(copy)
    add_field(copy, 'name = "extra"\ntype = "u8"\ndoc = "More."\neve = "arp.extra"')
    done = generate(copy, "--check")
    assert (done.returncode, "out of date: docs/reference/records.md" in done.stdout) == (1, True)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ('name = "opcode"\ntype = "u8"\ndoc = "More."\neve = "arp.more"', "defined twice"),
        ('name = "more"\ntype = "u9"\ndoc = "More."\neve = "arp.more"', "unknown type 'u9'"),
        ('name = "more"\ntype = "u8"\ndoc = "no sentence"\neve = "arp.more"', "not a sentence"),
        ('name = "more"\ntype = "u8"\ndoc = "More."\neve = "arp.opcode"', "of another field"),
        ('name = "more"\ntype = "u8"\ndoc = "More."\neve = "tunnel.more"', "common field"),
    ],
)
def test_contradictions_are_refused(copy: Path, lines: str, message: str) -> None:
    add_field(copy, lines)
    assert message in generate(copy).stderr
