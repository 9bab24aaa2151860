"""Settings: what can be set, where a value came from, and the names other tools use for it."""

from wirewatch.config.resolution import (
    Layer,
    Resolution,
    SettingsError,
    environment_layer,
    file_layers,
    resolve,
)
from wirewatch.config.sections import Settings

__all__ = [
    "Layer",
    "Resolution",
    "Settings",
    "SettingsError",
    "environment_layer",
    "file_layers",
    "resolve",
]
