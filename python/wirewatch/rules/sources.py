"""Where rules come from: known names, addresses, and local files, folders and archives."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit

import msgspec


class Source(msgspec.Struct, frozen=True):
    """One place that rules come from."""

    name: str
    """What it is called in messages, and in `--source` lists."""
    address: str = ""
    """Its http or https address; empty for a local one."""
    path: Path | None = None
    """Its file, folder or archive; `None` for a remote one."""
    checksum: str = ""
    """Address of a file with the MD5 of what is at `address`, or `sha256=...` or `md5=...`."""
    doc: str = ""

    @property
    def folder(self) -> str:
        """Its name as that of a folder."""
        plain = re.sub(r"[^A-Za-z0-9]+", "-", self.name).strip("-")[-80:]
        return plain or "rules"


ET_OPEN = "https://rules.emergingthreats.net/open/suricata-7.0.3/emerging.rules.tar.gz"

KNOWN: tuple[Source, ...] = (
    Source(
        "et/open", ET_OPEN, checksum=ET_OPEN + ".md5",
        doc="Emerging Threats Open: the general set, new every day",
    ),
    Source(
        "oisf/trafficid", "https://openinfosecfoundation.org/rules/trafficid/trafficid.rules",
        doc="names of services, for labelling traffic",
    ),
    Source(
        "sslbl/ssl-fp-blacklist", "https://sslbl.abuse.ch/blacklist/sslblacklist.rules",
        doc="certificates of command-and-control servers",
    ),
    Source(
        "sslbl/ja3-fingerprints", "https://sslbl.abuse.ch/blacklist/ja3_fingerprints.rules",
        doc="JA3 fingerprints of malware",
    ),
    Source(
        "tgreen/hunting",
        "https://raw.githubusercontent.com/travisbgreen/hunting-rules/master/hunting.rules",
        doc="what a hunter may look at; noisy",
    ),
)  # fmt: skip
"""The sources that have a name here."""


def source(text: str) -> Source:
    """The source that a word stands for: a known name, an http address, or a local path.

    An address may end in `#sha256=HEX` or `#md5=HEX`, which what comes from there must have.
    Raises `ValueError` when it is none of them.
    """
    for one in KNOWN:
        if one.name == text:
            return one
    parts = urlsplit(text)
    if parts.scheme in ("http", "https") and parts.netloc:
        address, _, checksum = text.partition("#")
        if checksum and not re.fullmatch(r"(sha256=[0-9a-fA-F]{64}|md5=[0-9a-fA-F]{32})", checksum):
            raise ValueError(f"{text}: expected #sha256=HEX or #md5=HEX")
        return Source(f"{parts.netloc}{parts.path}", address, checksum=checksum)
    path = Path(text).expanduser()
    if path.exists():
        return Source(str(path.resolve()), path=path.resolve())
    names = ", ".join(one.name for one in KNOWN)
    raise ValueError(
        f"{text!r} is no rule source: expected one of {names}, an http address, or a file or folder"
    )
