"""The build backend: maturin, after checking that what it needs is there.

A PEP 517 backend inside the tree, so that building the package can take further
steps (a web page, for instance) without asking anything of the user.
"""

from __future__ import annotations

import shutil
from typing import Any

import maturin

_NEEDS_RUST = (
    "wirewatch has a native core: building it needs Rust 1.89 or newer (`cargo` was not found). "
    "Install it from https://rustup.rs or your distribution, then try again."
)


def _check() -> None:
    if shutil.which("cargo") is None:
        raise SystemExit(_NEEDS_RUST)


def get_requires_for_build_wheel(config_settings: dict[str, Any] | None = None) -> list[str]:
    return list(maturin.get_requires_for_build_wheel(config_settings))


def get_requires_for_build_editable(config_settings: dict[str, Any] | None = None) -> list[str]:
    return list(maturin.get_requires_for_build_editable(config_settings))


def get_requires_for_build_sdist(config_settings: dict[str, Any] | None = None) -> list[str]:
    return list(maturin.get_requires_for_build_sdist(config_settings))


def prepare_metadata_for_build_wheel(
    metadata_directory: str, config_settings: dict[str, Any] | None = None
) -> str:
    _check()
    return str(maturin.prepare_metadata_for_build_wheel(metadata_directory, config_settings))


prepare_metadata_for_build_editable = prepare_metadata_for_build_wheel


def build_wheel(
    wheel_directory: str,
    config_settings: dict[str, Any] | None = None,
    metadata_directory: str | None = None,
) -> str:
    _check()
    return str(maturin.build_wheel(wheel_directory, config_settings, metadata_directory))


def build_editable(
    wheel_directory: str,
    config_settings: dict[str, Any] | None = None,
    metadata_directory: str | None = None,
) -> str:
    _check()
    return str(maturin.build_editable(wheel_directory, config_settings, metadata_directory))


def build_sdist(sdist_directory: str, config_settings: dict[str, Any] | None = None) -> str:
    return str(maturin.build_sdist(sdist_directory, config_settings))
