"""Cells of tables: text that cannot be taken for markup or for orders to the terminal."""

from __future__ import annotations

from rich.text import Text

from wirewatch.live.picture import FindingLine
from wirewatch.live.tick import Host, PortShare, ProtocolShare
from wirewatch.terminal import format_bytes, format_count, format_time, safe_text
from wirewatch.terminal.severity import severity_name, severity_style

Row = tuple[Text, ...]

BAR = 8
"""Characters of a bar that shows a share."""


def cell(value: object, style: str = "", *, right: bool = False, wraps: bool = False) -> Text:
    """One cell; `value` may be anything that came from the wire."""
    return Text(
        safe_text(value), style=style, justify="right" if right else "left", no_wrap=not wraps,
        overflow="fold" if wraps else "ellipsis",
    )  # fmt: skip


def bar(part: float) -> Text:
    """A bar of blocks for a share of 0 to 1."""
    eighths = round(min(max(part, 0.0), 1.0) * BAR * 8)
    full, rest = divmod(eighths, 8)
    return Text("█" * full + " ▏▎▍▌▋▊▉"[rest] * bool(rest), style="cyan", no_wrap=True)


def host_row(host: Host) -> Row:
    """Address, sent, received, flows."""
    return (
        cell(host.ip),
        cell(format_bytes(host.bytes_sent), right=True),
        cell(format_bytes(host.bytes_received), right=True),
        cell(format_count(host.flows), right=True),
    )


def protocol_row(share: ProtocolShare, whole: int) -> Row:
    """Name, bytes, and its part as a bar."""
    return (
        cell(share.name),
        cell(format_bytes(share.bytes), right=True),
        bar(share.bytes / whole if whole else 0.0),
    )


def port_row(share: PortShare) -> Row:
    """Port with its name, flows, bytes."""
    return (
        cell(f"{share.port}/{share.proto.lower()}" + (f" {share.name}" if share.name else "")),
        cell(format_count(share.flows), right=True),
        cell(format_bytes(share.bytes), right=True),
    )


def finding_row(finding: FindingLine) -> Row:
    """Time, severity, what, and who did it to whom; the source's port would tell little."""
    style = severity_style(finding.severity)
    return (
        cell(format_time(finding.ts), "dim"),
        cell(severity_name(finding.severity), style),
        cell(finding.signature, style, wraps=True),
        cell(
            f"{finding.source} → {finding.destination}" if finding.destination else finding.source
        ),
    )
