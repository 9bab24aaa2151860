"""What to do when the system does not allow capturing: the exact commands for this machine."""

from __future__ import annotations

import shlex
import shutil
import sys
from pathlib import Path

from wirewatch.cli.arguments import Arguments

CAPTURE = "not permitted"
"""What the engine says of an interface, or of a capture file, with what to do."""


def advice(message: str, arguments: Arguments) -> str:
    """What is not allowed, and what to do: commands that can be pasted."""
    if CAPTURE not in message:
        return f"{message}; choose another place, or change its permissions"
    if arguments.command.name not in ("", "live"):
        return message
    thing, _, engine = message.partition(f": {CAPTURE}; ")
    thing = thing.removeprefix("capture on ")
    if "--cap-add" in engine:
        return f"listening on {thing} is not permitted: {engine}"
    return "\n".join(
        [
            f"listening on {thing} needs a permission that this process does not have. Either",
            f"  {sudo()}",
            "or, once and for all,",
            f"  {setcap()}",
            "(everything that this interpreter runs may then capture; where others share it, use",
            "one of your own, made with `python3 -m venv --copies`). `wirewatch doctor` checks the",
            "rest; `wirewatch demo` and `wirewatch read FILE` need no permission.",
        ]
    )


def sudo() -> str:
    """This very call as root; with full paths, because sudo has a path of its own."""
    program = shutil.which(sys.argv[0])
    if program is None or Path(program).suffix == ".py":
        return shlex.join(["sudo", sys.executable, "-m", "wirewatch", *sys.argv[1:]])
    return shlex.join(["sudo", str(Path(program).absolute()), *sys.argv[1:]])


def setcap() -> str:
    """The command that allows this interpreter to capture."""
    interpreter = str(Path(sys.executable).resolve())
    return shlex.join(["sudo", "setcap", "cap_net_raw,cap_net_admin=eip", interpreter])
