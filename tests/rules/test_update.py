"""`wirewatch rules update`, `enable` and `disable`, against a server on this machine."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.rules.inside import wirewatch
from tests.rules.server import Site, serving

PAGE = 'alert tcp any any -> any 80 (msg:"a page"; content:"GET /index"; sid:1; rev:1;)'
OFF = '# alert tcp any 80 -> any any (msg:"an answer"; content:"hello"; sid:2; rev:1;)'


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as site:
        yield site


def rules(*lines: str) -> bytes:
    return ("# a set\n" + "\n".join(lines) + "\n").encode()


def tar(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return out.getvalue()


def data(tmp_path: Path) -> Path:
    """Where rules are installed in tests."""
    return tmp_path / "no-data/wirewatch/rules"


def choices(tmp_path: Path) -> Path:
    folder = tmp_path / "no-config/wirewatch"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def installed(tmp_path: Path) -> str:
    """All installed rules as text."""
    files = sorted((data(tmp_path) / "current").resolve().rglob("*.rules"))
    return "".join(file.read_text() for file in files)


def alerts(capture: Path, *words: object) -> list[int]:
    done = wirewatch("read", capture, "--json", "--show", "alerts", *words)
    assert done.returncode == 0, done.stderr
    return [json.loads(line)["alert"]["signature_id"] for line in done.stdout.splitlines()]


def test_installed_rules_are_used_without_being_named(site: Site, capture: Path) -> None:
    site.files["/a.rules"] = rules(PAGE)
    done = wirewatch("rules", "update", f"{site.address}/a.rules")
    assert done.returncode == 0, done.stderr
    assert "1 rule on" in done.stdout
    assert alerts(capture) == [1]


def test_rules_that_are_named_take_their_place(site: Site, capture: Path, tmp_path: Path) -> None:
    site.files["/a.rules"] = rules(PAGE)
    wirewatch("rules", "update", f"{site.address}/a.rules")
    own = tmp_path / "own.rules"
    own.write_text('alert tcp any 80 -> any any (msg:"own"; content:"hello"; sid:7;)\n')
    assert alerts(capture, "--rules", own) == [7]
    assert alerts(capture, "--set", "rules.use-installed=no") == []


def test_what_has_not_changed_is_not_sent_again(site: Site) -> None:
    site.files["/a.rules"] = rules(PAGE)
    wirewatch("rules", "update", f"{site.address}/a.rules")
    done = wirewatch("rules", "update", f"{site.address}/a.rules")
    assert done.returncode == 0, done.stderr
    assert "unchanged" in done.stdout
    assert site.asked == [("/a.rules", 200), ("/a.rules", 304)]


def test_archives_are_unpacked_with_the_files_that_rules_name(
    site: Site, capture: Path, tmp_path: Path
) -> None:
    listed = (
        'alert dns any any -> any any (msg:"listed"; dns.query; '
        "dataset:isset,bad,type string,load bad.lst; sid:5;)"
    )
    site.files["/all.tar.gz"] = tar(
        {
            "rules/a.rules": rules(PAGE),
            "rules/b.rules": rules(listed),
            "rules/bad.lst": b"d3d3LmV4YW1wbGUuY29t\n",
            "../evil.rules": rules('alert ip any any -> any any (msg:"evil"; sid:66;)'),
        }
    )
    done = wirewatch("rules", "update", f"{site.address}/all.tar.gz")
    assert done.returncode == 0, done.stderr
    assert sorted(set(alerts(capture))) == [1, 5]
    assert "evil" not in installed(tmp_path)
    assert not list(tmp_path.rglob("evil.rules"))


def test_zip_archives_folders_and_files_of_this_machine_are_sources(tmp_path: Path) -> None:
    packed = tmp_path / "packed.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("zipped.rules", rules(PAGE))
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "own.rules").write_bytes(rules(PAGE.replace("sid:1;", "sid:11;")))
    single = tmp_path / "single.rules"
    single.write_bytes(rules(PAGE.replace("sid:1;", "sid:12;")))
    done = wirewatch("rules", "update", packed, folder, single)
    assert done.returncode == 0, done.stderr
    assert "3 rules on" in done.stdout


@pytest.mark.parametrize(
    "broken",
    [
        b"<html>service unavailable</html>\n",
        b"",
        tar({"a.rules": rules(PAGE) * 400})[:150],
        b"alert tcp any any -> any any (nonsense:1; sid:1;)\n" * 3,
    ],
)
def test_a_broken_set_leaves_the_last_good_one(
    site: Site, capture: Path, tmp_path: Path, broken: bytes
) -> None:
    site.files["/a.rules"] = rules(PAGE)
    wirewatch("rules", "update", f"{site.address}/a.rules")
    before = installed(tmp_path)
    site.files["/a.rules"] = broken
    done = wirewatch("rules", "update", f"{site.address}/a.rules")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert installed(tmp_path) == before
    assert alerts(capture) == [1]
    site.files["/a.rules"] = rules(PAGE.replace("sid:1;", "sid:3;"))
    assert wirewatch("rules", "update", f"{site.address}/a.rules").returncode == 0
    assert alerts(capture) == [3]


def test_a_source_that_is_gone_does_not_keep_others_from_news(site: Site, capture: Path) -> None:
    site.files["/a.rules"] = rules(PAGE)
    done = wirewatch("rules", "update", f"{site.address}/gone.rules", f"{site.address}/a.rules")
    assert done.returncode == 2
    assert "404" in done.stderr
    assert alerts(capture) == [1]


def test_a_checksum_that_does_not_fit_refuses_the_set(site: Site, tmp_path: Path) -> None:
    site.files["/a.rules"] = rules(PAGE)
    right = hashlib.sha256(site.files["/a.rules"]).hexdigest()
    address = f"{site.address}/a.rules"
    refused = wirewatch("rules", "update", f"{address}#sha256={'0' * 64}")
    assert refused.returncode == 2
    assert "SHA256" in refused.stderr
    assert installed(tmp_path) == ""
    assert wirewatch("rules", "update", f"{address}#sha256={right}").returncode == 0


def test_choices_of_the_three_files_are_applied(site: Site, tmp_path: Path) -> None:
    other = PAGE.replace("sid:1;", "sid:3;").replace("a page", "a heartbleed")
    site.files["/a.rules"] = rules(PAGE, OFF, other)
    folder = choices(tmp_path)
    (folder / "enable.conf").write_text("# wanted\n1:2\n")
    (folder / "disable.conf").write_text("re:HEARTBLEED\n")
    (folder / "modify.conf").write_text('modifysid 1 "^alert" | "drop"\n1 "rev:\\d+" "rev:9"\n')
    done = wirewatch("rules", "update", f"{site.address}/a.rules")
    assert "2 rules on, 1 off, 1 modified" in done.stdout, done.stderr
    lines = installed(tmp_path).splitlines()
    assert lines[1] == PAGE.replace("alert", "drop").replace("rev:1", "rev:9")
    assert lines[2] == OFF.removeprefix("# ")
    assert lines[3] == f"# {other}"


def test_a_choice_that_makes_no_sense_is_told_with_its_place(site: Site, tmp_path: Path) -> None:
    site.files["/a.rules"] = rules(PAGE)
    (choices(tmp_path) / "disable.conf").write_text("\nre:(\n")
    done = wirewatch("rules", "update", f"{site.address}/a.rules")
    assert done.returncode == 2
    assert "disable.conf:2: not a regular expression" in done.stderr


def test_rules_are_switched_off_and_on_without_asking_the_source(
    site: Site, capture: Path, tmp_path: Path
) -> None:
    site.files["/a.rules"] = rules(PAGE, OFF)
    wirewatch("rules", "update", f"{site.address}/a.rules")
    asked = len(site.asked)
    assert wirewatch("rules", "disable", "1").returncode == 0
    assert wirewatch("rules", "enable", "2").returncode == 0
    assert alerts(capture) == [2]
    assert wirewatch("rules", "enable", "1").returncode == 0
    assert sorted(alerts(capture)) == [1, 2]
    assert (choices(tmp_path) / "enable.conf").read_text() == "2\n1\n"
    assert (choices(tmp_path) / "disable.conf").read_text() == ""
    assert len(site.asked) == asked


def test_no_installed_rules_is_no_fault(capture: Path) -> None:
    assert alerts(capture) == []


def test_a_word_that_is_no_source_is_told_with_those_that_are() -> None:
    done = wirewatch("rules", "update", "et/opne")
    assert done.returncode == 2
    assert "et/open" in done.stderr
