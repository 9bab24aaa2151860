"""A detector of one's own: flows to services that send passwords in clear text.

    python examples/clear_text_logins.py capture.pcap

A detector is a class with three names and one method. Installed packages offer theirs through
the entry point group `wirewatch.detectors`; here it is handed to `read`. Its alerts go where all
alerts go: to the iterator below, and to EVE, Zeek's notice.log or a pcapng file when these are
asked for.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import ClassVar

import wirewatch as ww
from wirewatch.config.definition import Section, setting


class Settings(Section):
    """Which ports count."""

    ports: tuple[str, ...] = setting(("21", "23", "110", "143"), "Ports of clear-text services.")


class ClearTextLogins:
    """One alert for each pair of addresses, however many flows they have.

    What it sees: answered flows to the ports of FTP, telnet, POP3 and IMAP.
    Why it matters: whoever is on the path reads the password.
    What else looks like it: another service on such a port; STARTTLS on 110 or 143.
    """

    name: ClassVar[str] = "clear_text_logins"
    reads: ClassVar[frozenset[str]] = frozenset({"flow"})
    settings: ClassVar[type[Section]] = Settings

    MOST_PAIRS = 10_000

    def __init__(self, settings: Settings, _surroundings: ww.Surroundings) -> None:
        self._ports = frozenset(map(int, settings.ports))
        self._told: dict[tuple[str, str], None] = {}

    def read(self, batch: ww.Batch) -> Iterator[ww.Alert]:
        """Looks at the columns first: rows are made only of what is left."""
        names = ("dst_port", "pkts_toclient", "src_ip", "dst_ip", "end", "flow_id")
        for port, answers, src, dst, end, flow_id in zip(*map(batch.column, names), strict=True):
            if port in self._ports and answers and (src, dst) not in self._told:
                self._remember((src, dst))
                yield ww.Alert(
                    ts=end,
                    signature_id=1_000_001,
                    signature="Login over a service without encryption",
                    severity=ww.Severity.LOW,
                    src_ip=src,
                    dst_ip=dst,
                    dst_port=port,
                    flow_id=flow_id,
                )

    def _remember(self, pair: tuple[str, str]) -> None:
        self._told[pair] = None
        if len(self._told) > self.MOST_PAIRS:
            del self._told[next(iter(self._told))]


if __name__ == "__main__":
    for alert in ww.read(sys.argv[1], detectors=[ClearTextLogins]).alerts():
        print(f"{alert.signature}: {alert.src_ip} > {alert.dst_ip} port {alert.dst_port}")
