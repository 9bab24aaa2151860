"""The program in this process: its commands take milliseconds, a process of their own hundreds."""

from __future__ import annotations

import io
import sys
from unittest.mock import patch

from wirewatch.cli.main import main

from tests.cli.program import Done


def wirewatch(*words: object) -> Done:
    """Runs the program to its end."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2))
    with patch.object(sys, "stdout", out), patch.object(sys, "stderr", err):
        status = main([str(word) for word in words])
        out.flush()
        err.flush()
    said = [stream.buffer.getvalue().decode() for stream in (out, err)]
    return Done([str(word) for word in words], status, *said)
