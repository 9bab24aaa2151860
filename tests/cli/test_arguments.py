"""From words to settings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from wirewatch.cli.arguments import UsageError, overview, parse, parser
from wirewatch.cli.commands import COMMANDS, Command, find, group_of
from wirewatch.cli.flags import FAIL_ON_ALERT
from wirewatch.cli.main import main
from wirewatch.config.resolution import definitions


def call(*words: str) -> Any:
    found = find(list(words))
    assert found is not None
    return parse(*found)


def value(key: str, *words: str) -> object:
    return call(*words).resolve().values[key]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda one: one.name or "bare")
def test_every_command_explains_itself(command: Command) -> None:
    assert command.text.split(".")[0] in " ".join(parser(command).format_help().split())
    assert command.doc in overview()


@pytest.mark.parametrize("command", COMMANDS, ids=lambda one: one.name or "bare")
def test_every_flag_sets_something_that_exists(command: Command) -> None:
    keys = {flag.key for group in command.groups for flag in group.flags if flag.key}
    assert keys <= definitions().keys()


@pytest.mark.parametrize("command", COMMANDS, ids=lambda one: one.name or "bare")
def test_every_command_has_a_module_that_runs_it(command: Command) -> None:
    pytest.importorskip("wirewatch._engine")
    from importlib import import_module

    assert callable(import_module(f"wirewatch.cli.{command.module}").run)


def test_without_a_command_the_dashboard_opens() -> None:
    assert call("-i", "eth0").command.module == "dashboard"


def test_words_of_two_make_one_command() -> None:
    assert call("config", "show", "flow").values["keys"] == ["flow"]


@pytest.mark.parametrize(
    "words", [["rules"], ["rules", "--help"], ["rules", "-h"], ["help", "rules"]]
)
def test_a_group_of_commands_lists_them(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 0
    said = capsys.readouterr().out
    for command in group_of("rules"):
        assert f"{command.name} " in said
        assert command.doc in said


def test_help_explains_a_command_of_a_group(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["help", "config", "show"])
    assert "wirewatch config show" in capsys.readouterr().out


def test_a_word_that_is_no_command_is_not_found() -> None:
    assert find(["listen"]) is None


def test_flags_may_be_repeated() -> None:
    rules = value("detect.rules", "read", "--rules", "a", "--rules", "b", "x.pcap")
    assert rules == ("a", "b")


def test_show_takes_several_with_commas_and_repeated() -> None:
    shown = value("terminal.show", "live", "--show", "flows,alerts", "--show", "events")
    assert shown == ("flows", "alerts", "events")


@pytest.mark.parametrize(
    ("words", "payload"),
    [
        (("--payload", "x.pcap"), 256),
        (("--payload", "64", "x.pcap"), 64),
        (("--payload=32", "x.pcap"), 32),
        (("x.pcap", "--payload"), 256),
        (("x.pcap",), None),
    ],
)
def test_payload_takes_a_number_or_nothing_but_never_a_file(
    words: tuple[str, ...], payload: int | None
) -> None:
    arguments = call("read", *words)
    assert arguments.values["files"] == ["x.pcap"]
    assert arguments.resolve().settings.terminal.payload == payload


def test_no_detect_switches_detection_off() -> None:
    assert value("detect.enabled", "read", "--no-detect", "x.pcap") is False


def test_a_flag_beats_set_which_beats_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WIREWATCH_ENGINE_WORKERS", "5")
    key = "engine.workers"
    assert value(key, "read", "x") == 5
    assert value(key, "read", "--set", "engine.workers=6", "x") == 6
    assert value(key, "read", "--workers", "7", "--set", "engine.workers=6", "x") == 7


def test_a_file_named_on_the_command_line_is_read(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text("[engine]\nworkers = 4\n")
    assert value("engine.workers", "read", "--config", str(path), "x") == 4


def test_set_without_a_value_is_told() -> None:
    with pytest.raises(UsageError, match="--set workers: expected KEY=VALUE"):
        call("read", "--set", "workers", "x").resolve()


def test_an_unknown_flag_is_told_without_a_page_of_usage() -> None:
    with pytest.raises(UsageError, match=r"--wokers.*see `wirewatch read --help`"):
        call("read", "--wokers", "2", "x")


def test_read_needs_a_file() -> None:
    with pytest.raises(UsageError, match="FILE"):
        call("read")


def test_a_flag_about_the_command_itself_is_no_setting() -> None:
    assert call("read", "--fail-on-alert", "x").flag(FAIL_ON_ALERT)
