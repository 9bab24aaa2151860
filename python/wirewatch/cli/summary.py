"""The summary at the end of a run: how much, who, what, and what was found."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from io import StringIO
from typing import TextIO

from rich.columns import Columns
from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from wirewatch.live.tick import Finding, Host, Summary
from wirewatch.terminal import (
    format_bytes,
    format_count,
    format_duration,
    format_rate,
    format_time,
    plural,
    safe_text,
)
from wirewatch.terminal.losses import losses
from wirewatch.terminal.severity import severity_name, severity_style

MOST_ROWS = 5
"""Rows of hosts, protocols and ports: what fits beside each other and is read at a glance."""

MOST_FINDINGS = 20
"""Signatures listed; the outputs have them all."""

MOST_NAME = 32
"""Characters of a host's name; more would push the other tables below."""

PLAIN_WIDTH = 110
"""Width where there is no terminal to ask."""


def print_summary(summary: Summary, stream: TextIO, *, coloured: bool, utc: bool = False) -> None:
    """Prints the summary to `stream`."""
    page = StringIO()
    console = Console(
        file=page,
        highlight=False,
        no_color=not coloured,
        force_terminal=coloured or None,
        width=_width(stream),
        legacy_windows=False,
    )
    console.print()
    console.print(_head(summary, utc=utc))
    if summary.findings:
        console.print()
        console.print(_findings(summary.findings))
    shares = [one for one in (_hosts(summary), _protocols(summary), _ports(summary)) if one]
    if shares:
        console.print()
        console.print(Columns(shares, padding=(0, 4)))
    for told in (_passwords(summary), _certificates(summary)):
        if told:
            console.print(told)
    if summary.anomalies:
        console.print()
        console.print(_anomalies(summary))
    # Tables fill their lines with blanks, which are a nuisance to whoever copies them.
    stream.writelines(f"{line.rstrip()}\n" for line in page.getvalue().splitlines())


def _width(stream: TextIO) -> int:
    if not stream.isatty():
        return PLAIN_WIDTH
    return os.get_terminal_size(stream.fileno()).columns or PLAIN_WIDTH


def _head(summary: Summary, *, utc: bool) -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="bold", no_wrap=True)
    grid.add_column()
    grid.add_row("Traffic", _traffic(summary))
    if summary.first_ts:
        begin = format_time(summary.first_ts, utc=utc, date=True)
        grid.add_row("Time", f"{begin}, {format_duration(summary.duration_s)} long")
    flows = summary.flows.new
    if flows:
        evicted = summary.flows.evicted
        cut = f", {format_count(evicted)} cut short by the memory limit" if evicted else ""
        grid.add_row("Flows", Text(f"{format_count(flows)}{cut}", "yellow" if evicted else ""))
    grid.add_row("Lost", _lost(summary))
    grid.add_row("Alerts", _alerts(summary))
    return grid


def _traffic(summary: Summary) -> str:
    packets, size, seconds = summary.packets, summary.bytes, summary.duration_s
    parts = [plural(packets, "packet"), format_bytes(size)]
    if seconds > 0:
        parts += [f"{format_count(packets / seconds)} packets/s", format_rate(size * 8 / seconds)]
    return ", ".join(parts)


def _lost(summary: Summary) -> Text:
    lost = losses(summary.drops)
    return Text(lost, style="bold red") if lost else Text("nothing")


def _alerts(summary: Summary) -> Text:
    count = summary.alerts
    if not count:
        return Text("none")
    worst = min((one.severity for one in summary.findings), default=3)
    kinds = len(summary.findings)
    text = f"{format_count(count)} of {plural(kinds, 'kind')}" if kinds else format_count(count)
    return Text(text, style=severity_style(worst))


def _findings(findings: Sequence[Finding]) -> Table:
    table = _table("Findings")
    table.add_column("severity", no_wrap=True)
    table.add_column("count", justify="right", no_wrap=True)
    table.add_column("what", ratio=2)
    table.add_column("for example", ratio=1, overflow="fold")
    ordered = sorted(findings, key=lambda one: (one.severity, -one.count))
    for one in ordered[:MOST_FINDINGS]:
        style = severity_style(one.severity)
        table.add_row(
            Text(severity_name(one.severity), style=style),
            Text(format_count(one.count)),
            Text(safe_text(one.signature), style=style),
            Text(safe_text(one.example)),
        )
    rest = len(findings) - MOST_FINDINGS
    if rest > 0:
        table.add_row("", "", Text(f"and {rest} more", style="dim"), "")
    return table


def _hosts(summary: Summary) -> RenderableType | None:
    return _shares(
        "Top talkers",
        ("address", "sent", "received"),
        (
            (_called(one), format_bytes(one.bytes_sent), format_bytes(one.bytes_received))
            for one in summary.top_hosts[:MOST_ROWS]
        ),
    )


def _called(host: Host) -> str:
    if not host.name:
        return host.ip
    name = host.name if len(host.name) <= MOST_NAME else host.name[: MOST_NAME - 1] + "…"
    return f"{host.ip} {name}"


def _protocols(summary: Summary) -> RenderableType | None:
    whole = sum(one.bytes for one in summary.protocols) or 1
    return _shares(
        "Protocols",
        ("name", "packets", "bytes", "part"),
        (
            (
                one.name,
                format_count(one.packets),
                format_bytes(one.bytes),
                f"{one.bytes / whole:.0%}",
            )
            for one in summary.protocols[:MOST_ROWS]
        ),
    )


def _ports(summary: Summary) -> RenderableType | None:
    return _shares(
        "Server ports",
        ("port", "flows", "bytes"),
        (
            (
                f"{one.port}/{one.proto.lower()}" + (f" {one.name}" if one.name else ""),
                format_count(one.flows),
                format_bytes(one.bytes),
            )
            for one in summary.ports[:MOST_ROWS]
        ),
    )


def _shares(
    title: str, columns: tuple[str, ...], rows: Iterable[tuple[str, ...]]
) -> RenderableType | None:
    table = _table(title)
    for index, name in enumerate(columns):
        table.add_column(name, justify="right" if index else "left", no_wrap=True)
    for row in rows:
        table.add_row(*(Text(safe_text(cell)) for cell in row))
    return Padding(table, (0, 0, 1, 0)) if table.row_count else None


def _passwords(summary: Summary) -> Text | None:
    return _listed(
        "Readable passwords  ",
        [
            f"{one.count} to {one.server} port {one.port} ({one.protocol}"
            + (f", user {one.user}" if one.user else "")
            + ")"
            for one in sorted(summary.plain_passwords, key=lambda one: -one.count)
        ],
    )


def _certificates(summary: Summary) -> Text | None:
    return _listed(
        "Certificates that end  ",
        [
            f"{one.subject} of {one.server} "
            + (f"in {plural(one.days, 'day')}" if one.days >= 0 else f"{-one.days} days ago")
            for one in summary.certificates
        ],
    )


def _listed(title: str, items: Sequence[str]) -> Text | None:
    if not items:
        return None
    rest = len(items) - MOST_ROWS
    more = f", and {plural(rest, 'other')}" if rest > 0 else ""
    shown = ", ".join(safe_text(item) for item in items[:MOST_ROWS])
    return Text(title, style="bold") + Text(shown + more, style="not bold")


def _anomalies(summary: Summary) -> Text:
    ordered = sorted(summary.anomalies, key=lambda one: -one.count)
    shown = [f"{safe_text(one.event)} {format_count(one.count)}" for one in ordered[:MOST_ROWS]]
    rest = len(ordered) - MOST_ROWS
    more = f", and {plural(rest, 'other')}" if rest > 0 else ""
    return Text("Anomalies  ", style="bold") + Text(", ".join(shown) + more, style="not bold")


def _table(title: str) -> Table:
    return Table(
        title=title,
        title_justify="left",
        title_style="bold",
        header_style="dim",
        box=None,
        pad_edge=False,
        padding=(0, 2, 0, 0),
    )
