"""Rule files out of what a source gives: archives, folders and single files.

Nothing in an archive is believed: only plain files with harmless names are taken, up to a size.
"""

from __future__ import annotations

import io
import re
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

MOST_FILES = 10_000
MOST_BYTES = 1 << 30
"""Bytes of all files of one source, unpacked; the largest public set has about 50 MB."""

_HARMLESS = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.\-+ ]*")


class ArchiveError(ValueError):
    """What was given is no rules; the message says why."""


def unpack(name: str, data: bytes, folder: Path) -> None:
    """Writes the files of an archive, or the one file that `data` is, below `folder`.

    Raises `ArchiveError`.
    """
    try:
        members = list(_bounded(_members(name, data)))
    except (tarfile.TarError, zipfile.BadZipFile, EOFError, OSError, ValueError) as error:
        if isinstance(error, ArchiveError):
            raise
        raise ArchiveError(f"{name}: the archive is damaged: {error}") from None
    for path, content in members:
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)


def copy(path: Path, folder: Path) -> None:
    """Writes the rules of a local file, folder or archive below `folder`.

    Raises `ArchiveError` and `OSError`.
    """
    if not path.is_dir():
        unpack(path.name, path.read_bytes(), folder)
        return
    inner = (one for one in sorted(path.rglob("*")) if one.is_file())
    files = ((str(one.relative_to(path)), one.stat().st_size, one.read_bytes) for one in inner)
    for name, content in _bounded(files):
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)


def _members(name: str, data: bytes) -> Iterator[tuple[str, int, object]]:
    if data[:2] == b"\x1f\x8b" or data[257:262] == b"ustar":
        with tarfile.open(fileobj=io.BytesIO(data)) as tar:
            for one in tar:
                if one.isfile():
                    yield one.name, one.size, lambda one=one: _of_tar(tar, one)
    elif data[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for each in archive.infolist():
                if not each.is_dir():
                    yield each.filename, each.file_size, lambda each=each: archive.read(each)
    elif b"\x00" in data[:4096]:
        raise ArchiveError(f"{name}: neither rules nor a .tar.gz or .zip archive")
    else:
        own = PurePosixPath(name).name
        yield own if own.endswith(".rules") else own + ".rules", len(data), lambda: data


def _of_tar(tar: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    opened = tar.extractfile(member)
    return opened.read() if opened is not None else b""


def _bounded(members: Iterator[tuple[str, int, object]]) -> Iterator[tuple[str, bytes]]:
    """Harmless files alone, without the folder that an archive's files are all in."""
    count = size = 0
    for name, length, read in members:
        parts = PurePosixPath(name.replace("\\", "/")).parts
        inner = parts[1:] if len(parts) > 1 and parts[0] in ("rules", ".") else parts
        if not inner or any(_HARMLESS.fullmatch(part) is None for part in inner):
            continue
        count, size = count + 1, size + length
        if count > MOST_FILES or size > MOST_BYTES:
            raise ArchiveError(f"more than {MOST_FILES} files or {MOST_BYTES >> 30} GiB")
        yield "/".join(inner), read()  # type: ignore[operator]
