"""From words on the command line to settings: built on argparse, because it starts fastest."""

from __future__ import annotations

import argparse
import os
import shutil
from collections.abc import Iterator
from typing import Any, NoReturn

import msgspec

from wirewatch.cli.commands import COMMANDS, Command, group_of
from wirewatch.cli.flags import PAYLOAD, Flag, Takes
from wirewatch.config import Layer, Resolution, environment_layer, file_layers, resolve


class UsageError(Exception):
    """The words make no sense; the message says which and what to do."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}; see `{self.prog} --help`")


class Arguments(msgspec.Struct, frozen=True):
    """One call of a command."""

    command: Command
    values: dict[str, Any]

    def resolve(self) -> Resolution:
        """The settings: defaults, files, environment, and these flags on top.

        Raises `SettingsError` or `FileNotFoundError`.
        """
        layers = [
            *file_layers(self.values.get("config")),
            *environment_layer(os.environ),
            *self._layers(),
        ]
        return resolve(layers)

    def flag(self, flag: Flag) -> Any:
        """The value of a flag, `None` when it was not given."""
        return self.values.get(flag.attribute)

    def _layers(self) -> Iterator[Layer]:
        # `--set` comes before the flags: what has a flag of its own was meant more directly.
        for text in self.values.get("set") or ():
            key, sign, value = text.partition("=")
            if not sign:
                raise UsageError(f"--set {text}: expected KEY=VALUE")
            yield Layer(f"--set {key}", ((key, value),))
        for group in self.command.groups:
            for flag in group.flags:
                value = self.flag(flag)
                if flag.key is not None and value is not None:
                    yield Layer(flag.names[-1], ((flag.key, value),))


def parse(command: Command, words: list[str]) -> Arguments:
    """The call that these words make; prints help and raises `SystemExit` when asked for it.

    Raises `UsageError`.
    """
    found = parser(command).parse_args(_with_payload(words))
    values = {name: value for name, value in vars(found).items() if value is not None}
    if "show" in values:
        values["show"] = [part for text in values["show"] for part in text.split(",") if part]
    return Arguments(command, values)


def parser(command: Command) -> argparse.ArgumentParser:
    """The parser of one command."""
    made = _Parser(
        prog=f"wirewatch {command.name}".strip(),
        description=command.text,
        epilog=_epilog(command),
        formatter_class=_formatter,
        add_help=False,
        allow_abbrev=False,
    )
    for one in command.positionals:
        count = ("+" if one.required else "*") if one.several else None
        made.add_argument(one.name, metavar=one.metavar, help=one.doc, nargs=count)
    for group in command.groups:
        section = made.add_argument_group(group.title)
        for flag in group.flags:
            _add(section, flag)
    made.add_argument("-h", "--help", action="help", help="show this and exit")
    return made


def overview() -> str:
    """The help of `wirewatch` itself: the commands."""
    lines = [
        "usage: wirewatch [COMMAND] [OPTION ...]",
        "",
        "See everything on your network as it happens, and be told when something is wrong.",
        "",
        "commands:",
    ]
    lines += [f"  {one.name or '(none)':<15}{one.doc}" for one in COMMANDS]
    lines += [
        "",
        "`wirewatch COMMAND --help` explains a command; `wirewatch doctor` says what capture "
        "needs.",
        "",
        "try:",
        "  wirewatch demo                        a tour, without any permission",
        "  wirewatch read capture.pcapng         what is in a capture",
        "  sudo wirewatch live -i eth0           what passes on an interface",
        "",
        "options without a command (the dashboard):",
        "",
    ]
    groups = parser(COMMANDS[0]).format_help().split("\n\n", 2)[2]
    return "\n".join(lines) + groups


def overview_of(word: str) -> str:
    """The help of a group of commands, such as `wirewatch rules`."""
    commands = group_of(word)
    width = max(len(one.name) for one in commands) + 2
    lines = [f"usage: wirewatch {word} COMMAND [OPTION ...]", "", "commands:"]
    lines += [f"  {one.name:<{width}}{one.doc}" for one in commands]
    lines += ["", f"`wirewatch {word} COMMAND --help` explains a command.", ""]
    return "\n".join(lines)


def _formatter(prog: str) -> argparse.HelpFormatter:
    width = min(shutil.get_terminal_size().columns, 100)
    return argparse.RawDescriptionHelpFormatter(prog, max_help_position=28, width=width)


def _epilog(command: Command) -> str | None:
    if not command.examples:
        return None
    return "\n".join(["examples:", *(f"  {line}" for line in command.examples)])


def _add(section: Any, flag: Flag) -> None:
    options: dict[str, Any] = {"dest": flag.attribute, "help": flag.doc}
    match flag.takes:
        case Takes.NOTHING:
            options |= {"action": "store_const", "const": flag.value}
        case Takes.VALUE:
            options |= {"metavar": flag.metavar}
        case Takes.VALUES:
            options |= {"metavar": flag.metavar, "action": "append"}
        case Takes.MAYBE:
            options |= {"metavar": flag.metavar, "nargs": "?", "const": flag.value}
    section.add_argument(*flag.names, **options)


def _with_payload(words: list[str]) -> list[str]:
    """`--payload FILE` means the file: a value is taken only when it is a number."""
    name = PAYLOAD.names[0]
    following = [*words, ""][1:]
    return [
        f"{word}={PAYLOAD.value}" if word == name and not after.isdigit() else word
        for word, after in zip(words, following, strict=True)
    ]
