"""What to do when the system does not allow capturing: the exact commands for this machine."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from pathlib import Path

from wirewatch.cli.arguments import Arguments


def advice(error: PermissionError, arguments: Arguments) -> str:
    """One message: what is not allowed, and commands that mend it and can be pasted."""
    if error.filename is not None:
        return f"{error.filename}: permission denied: choose a place that you may write to or read"
    if arguments.command.name not in ("", "live"):
        return str(error) or "permission denied"
    return "\n".join(
        [
            "listening to an interface needs a permission that this process does not have.",
            f"  once:    {sudo()}",
            f"  always:  {setcap()}",
            "           (lets every Python program of this interpreter capture packets)",
            "  without: wirewatch read FILE, wirewatch demo",
        ]
    )


def sudo() -> str:
    """This very call, as root; with the full path, because sudo has a path of its own."""
    program = shutil.which(sys.argv[0]) or sys.argv[0]
    called = [str(Path(program).resolve() if os.sep in program else program), *sys.argv[1:]]
    if Path(called[0]).suffix == ".py":
        called = [sys.executable, "-m", "wirewatch", *sys.argv[1:]]
    return shlex.join(["sudo", *called])


def setcap() -> str:
    """The command that allows this interpreter to capture."""
    interpreter = str(Path(sys.executable).resolve())
    return shlex.join(["sudo", "setcap", "cap_net_raw,cap_net_admin=eip", interpreter])
