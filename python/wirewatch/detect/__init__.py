"""Detectors written in Python: records in, alerts out.

What must run at line rate (rules, indicators, scans) is in the engine; here is what looks at
records. A package adds its own through the entry point group `wirewatch.detectors`, each naming
a class that fits `Detector`.
"""

from __future__ import annotations

from wirewatch.detect.detector import Alert, Detector, Severity, Surroundings
from wirewatch.detect.large_upload import LargeUpload
from wirewatch.plugins import load

__all__ = ["BUILT_IN", "GROUP", "Alert", "Detector", "Severity", "Surroundings", "detectors"]

GROUP = "wirewatch.detectors"

BUILT_IN: tuple[type[Detector], ...] = (LargeUpload,)


def detectors() -> tuple[type[Detector], ...]:
    """The built-in detectors and those of installed packages."""
    return BUILT_IN + load(GROUP)
