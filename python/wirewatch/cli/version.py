"""`wirewatch version`."""

from __future__ import annotations

import platform
import sys

from wirewatch._engine import __version__
from wirewatch.cli.arguments import Arguments


def run(_arguments: Arguments) -> int:
    """Prints the versions that a report of a fault needs."""
    python = f"Python {platform.python_version()}"
    system = f"{platform.system()} {platform.release()} {platform.machine()}"
    sys.stdout.write(f"wirewatch {__version__} ({python}, {system})\n")
    return 0
