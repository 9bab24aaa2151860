"""What every screen needs: text that is safe to show, and figures that people can read."""

from wirewatch.terminal.safe import safe_text
from wirewatch.terminal.units import (
    format_bytes,
    format_count,
    format_duration,
    format_rate,
    format_time,
    plural,
)

__all__ = [
    "format_bytes",
    "format_count",
    "format_duration",
    "format_rate",
    "format_time",
    "plural",
    "safe_text",
]
