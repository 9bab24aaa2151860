"""Downloads over HTTP, asked for only when they have changed (RFC 9110, section 13)."""

from __future__ import annotations

import hashlib
import re
import urllib.error
import urllib.request
from collections.abc import Mapping
from http.client import HTTPException
from typing import NamedTuple

import wirewatch

TIMEOUT_S = 30
"""Silence after which a server is given up."""
MOST_BYTES = 256 << 20
"""The largest download; the largest public set is about 5 MB packed."""
_CHUNK = 1 << 20


class FetchError(OSError):
    """What a server gave is not what was asked for; the message says which and why."""


class Fetched(NamedTuple):
    """What came from an address."""

    data: bytes
    etag: str
    """What the server calls this version; empty when it does not."""
    modified: str
    """Its `Last-Modified`, empty without."""


def fetch(address: str, *, etag: str = "", modified: str = "") -> Fetched | None:
    """What is at an address; `None` when it is what it was when it had this `etag` and `modified`.

    Raises `FetchError`.
    """
    headers = {"User-Agent": f"wirewatch/{wirewatch.__version__}"}
    if etag:
        headers["If-None-Match"] = etag
    if modified:
        headers["If-Modified-Since"] = modified
    if not address.startswith(("http://", "https://")):
        raise FetchError(f"{address}: only http and https addresses are fetched")
    request = urllib.request.Request(address, headers=headers)  # noqa: S310 - checked above
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310
            data = _read(address, answer)
            said: Mapping[str, str] = answer.headers
            return Fetched(data, said.get("ETag") or "", said.get("Last-Modified") or "")
    except urllib.error.HTTPError as error:
        if error.code == 304:
            return None
        raise FetchError(f"{address}: the server answers {error.code} {error.reason}") from None
    except urllib.error.URLError as error:
        raise FetchError(f"{address}: {error.reason}") from None
    except (HTTPException, OSError) as error:
        if isinstance(error, FetchError):
            raise
        raise FetchError(f"{address}: {error or type(error).__name__}") from None


def _read(address: str, answer: object) -> bytes:
    pieces, size = [], 0
    read = answer.read  # type: ignore[attr-defined]
    while piece := read(_CHUNK):
        size += len(piece)
        if size > MOST_BYTES:
            raise FetchError(f"{address}: more than {MOST_BYTES >> 20} MiB")
        pieces.append(piece)
    length = answer.headers.get("Content-Length")  # type: ignore[attr-defined]
    if length is not None and length.isdigit() and int(length) != size:
        raise FetchError(f"{address}: the connection ended after {size} of {length} bytes")
    return b"".join(pieces)


def verify(address: str, data: bytes, checksum: str) -> None:
    """Compares data with `sha256=HEX`, `md5=HEX`, or the MD5 that is at an address.

    Raises `FetchError`, also when that address has none.
    """
    kind, sign, wanted = checksum.partition("=")
    if not sign or kind not in ("sha256", "md5"):
        said = fetch(checksum)
        found = re.search(rb"\b[0-9a-fA-F]{32}\b", said.data[:1024]) if said else None
        if found is None:
            raise FetchError(f"{checksum}: there is no MD5 there")
        kind, wanted = "md5", found[0].decode()
    is_there = hashlib.new(kind, data, usedforsecurity=False).hexdigest()
    if is_there != wanted.lower():
        raise FetchError(f"{address}: its {kind.upper()} is {is_there}, not {wanted.lower()}")
