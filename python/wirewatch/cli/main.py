"""The program `wirewatch`: finds the command, runs it, and turns every mistake into one clear
line."""

from __future__ import annotations

import logging
import os
import re
import sys
from importlib import import_module
from pathlib import Path

from wirewatch.cli.arguments import Arguments, UsageError, overview, overview_of, parse
from wirewatch.cli.commands import COMMANDS, find, group_of

WRONG = 2
"""Exit status of wrong use, permission, a missing file or a damaged capture."""

INTERRUPTED = 130


def main(words: list[str] | None = None) -> int:
    """Runs one command and gives the exit status."""
    words = sys.argv[1:] if words is None else words
    try:
        return _main(words)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has gone; Python would complain once more when it exits.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _main(words: list[str]) -> int:
    if words in (["-h"], ["--help"], ["help"]):
        sys.stdout.write(overview())
        return 0
    if words in (["-V"], ["--version"]):
        words = ["version"]
    if words[:1] == ["help"]:
        words = [*words[1:], "--help"]
    found = find(words)
    if found is None and words[1:] in ([], ["-h"], ["--help"]) and group_of(words[0]):
        sys.stdout.write(overview_of(words[0]))
        return 0
    if found is None:
        return _unknown(words)
    try:
        arguments = parse(*found)
    except UsageError as error:
        return complain(str(error))
    return run(arguments)


def run(arguments: Arguments) -> int:
    """Runs a parsed call; mistakes that a user can mend end with one line and `WRONG`."""
    logging.basicConfig(
        level=logging.DEBUG if arguments.values.get("verbose") else logging.WARNING,
        format="wirewatch: %(levelname)s: %(message)s",
        stream=sys.stderr,
    )
    module = import_module(f"wirewatch.cli.{arguments.command.module}")
    from wirewatch._engine import EngineError

    try:
        return int(module.run(arguments))
    except PermissionError as error:
        from wirewatch.cli.permission import advice

        return complain(advice(plain(error), arguments))
    except BrokenPipeError:
        raise
    except (OSError, ValueError, EngineError, UsageError) as error:
        return complain(plain(error))


def complain(message: str) -> int:
    """Says what is wrong on the standard error."""
    sys.stderr.write(f"wirewatch: {message}\n")
    return WRONG


def plain(error: Exception) -> str:
    """What an error says, without what only programmers understand."""
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {(error.strerror or 'cannot be used').lower()}"
    return re.sub(r" \(os error \d+\)", "", str(error))


def _unknown(words: list[str]) -> int:
    word = words[0]
    if Path(word).exists():
        return complain(f"{word!r} is a file: did you mean `wirewatch read {word}`?")
    names = [command.name for command in COMMANDS if command.name]
    import difflib  # only who mistypes a name waits for it

    begun = {command.name.split()[-1]: command.name for command in group_of(word)}
    said = " ".join(words[:2]) if begun else word
    if begun:
        near = [begun[last] for last in difflib.get_close_matches(words[1], begun, n=1)]
    else:
        near = difflib.get_close_matches(" ".join(words[:2]), names, n=1)
        near = near or difflib.get_close_matches(word, names, n=1)
    hint = f"; see `wirewatch {word} --help`" if begun else "; see `wirewatch --help`"
    if near:
        hint = f": did you mean `wirewatch {near[0]}`?"
    return complain(f"there is no command {said!r}{hint}")


if __name__ == "__main__":
    sys.exit(main())
