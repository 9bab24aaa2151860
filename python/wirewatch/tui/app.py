"""The dashboard: rates, top talkers, protocols, newest findings, and what the sensor does not
see."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.css.query import NoMatches
from textual.widgets import Footer, Input, Static

from wirewatch.live.health import health
from wirewatch.live.picture import WINDOW, FindingLine, Picture
from wirewatch.live.tick import Host
from wirewatch.terminal import (
    format_bytes,
    format_count,
    format_duration,
    format_rate,
    safe_text,
)
from wirewatch.tui.cells import finding_row, host_row, port_row, protocol_row
from wirewatch.tui.help import HelpScreen
from wirewatch.tui.rates import SPAN, RatePlot
from wirewatch.tui.window import Column, Window

LOOK_S = 0.25
"""How often the screen looks whether the picture has changed; it draws only when it has."""

INTERRUPTED = 130
"""Exit status after Ctrl-C."""

_LEVELS = {"ok": "green", "warn": "yellow", "bad": "bold white on red"}


class Dashboard(App[None]):
    """Draws a live picture until the user leaves."""

    TITLE = "wirewatch"
    CSS_PATH = "dashboard.tcss"
    ENABLE_COMMAND_PALETTE = False
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]  # noqa: RUF012 - Textual's type
    VERTICAL_BREAKPOINTS = [(0, "-tiny"), (18, "-low"), (30, "-high")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q", "quit", "quit"),
        Binding("ctrl+c", "interrupt", "quit", show=False, priority=True),
        Binding("p", "pause", "pause"),
        Binding("slash", "filter", "filter", key_display="/"),
        Binding("escape", "unfilter", "clear filter", show=False),
        Binding("tab", "app.focus_next", "focus"),
        Binding("question_mark", "help", "help", key_display="?"),
    ]

    def __init__(self, picture: Picture) -> None:
        super().__init__()
        self.picture = picture
        self.paused = False
        self._drawn = -1
        self._wanted = ""

    def compose(self) -> ComposeResult:
        """The parts of the screen, from top to bottom."""
        yield Static(id="head")
        yield RatePlot()
        with Horizontal(id="shares"):
            yield Window(
                f"Top talkers ({WINDOW} s)",
                (
                    Column("address", stretches=True),
                    Column("sent", right=True),
                    Column("received", right=True),
                    Column("flows", right=True),
                ),
                empty="nobody yet",
                name="hosts",
            )
            yield Window(
                "Protocols",
                (Column("name", stretches=True), Column("bytes", right=True), Column("")),
                empty="nothing yet",
                name="protocols",
            )
            yield Window(
                "Server ports",
                (
                    Column("port", stretches=True),
                    Column("flows", right=True),
                    Column("bytes", right=True),
                ),
                empty="nothing yet",
                name="ports",
            )
        yield Window(
            "Findings",
            (
                Column("time"),
                Column("severity"),
                Column("what", stretches=True, wraps=True),
                Column("who"),
            ),
            empty="nothing found so far",
            name="findings",
        )
        yield Input(placeholder="only addresses and findings with this text", id="filter")
        yield Static(id="health")
        yield Footer()

    def on_mount(self) -> None:
        """Hides what is not wanted yet and begins to look at the picture."""
        self.theme = "textual-dark"
        self.query_one("#filter", Input).display = False
        self.query_one("#findings", Window).focus()
        self.draw_picture()
        self.set_interval(LOOK_S, self._look)

    def draw_picture(self) -> None:
        """Draws all parts from the picture."""
        picture = self.picture
        self._drawn = picture.serial
        self.query_one("#head", Static).update(self._head())
        self.query_one(RatePlot).draw_rates(picture.latest(SPAN))
        self._draw_shares()
        findings = [one for one in list(picture.findings) if self._is_wanted_finding(one)]
        self.query_one("#findings", Window).show(findings, finding_row, filtered=bool(self._wanted))
        self._draw_health()

    def action_interrupt(self) -> None:
        """Leaves as Ctrl-C leaves every command: with its own exit status."""
        self.exit(return_code=INTERRUPTED)

    def action_pause(self) -> None:
        """Holds the picture still, or goes on; capturing is not touched."""
        self.paused = not self.paused
        self.draw_picture()

    def action_filter(self) -> None:
        """Asks for a text that addresses and findings must contain."""
        box = self.query_one("#filter", Input)
        box.display = True
        box.focus()

    def action_unfilter(self) -> None:
        """Shows everything again."""
        box = self.query_one("#filter", Input)
        box.value = ""
        box.display = False
        self.query_one("#findings", Window).focus()

    def action_help(self) -> None:
        """Explains the screen and its keys."""
        self.push_screen(HelpScreen())

    def on_input_changed(self, event: Input.Changed) -> None:
        """Filters while the user types."""
        self._wanted = event.value.strip().lower()
        self.draw_picture()

    def on_input_submitted(self) -> None:
        """Keeps the filter and gives the keys back."""
        self.query_one("#filter", Input).display = bool(self._wanted)
        self.query_one("#findings", Window).focus()

    def _look(self) -> None:
        if self.paused or self._drawn == self.picture.serial:
            return
        try:
            self.draw_picture()
        except NoMatches:
            # A tick may come while the screen is being taken down.
            if self.is_running and self.screen_stack and len(self.screen_stack) == 1:
                raise

    def _head(self) -> Text:
        picture = self.picture
        head = Text(no_wrap=True, overflow="ellipsis")
        head.append(" wirewatch ", "bold reverse")
        head.append(f" {safe_text(picture.source or '…')}  ")
        rate, totals = picture.rate, picture.totals
        if rate is None:
            head.append("waiting for packets", "yellow")
            return head
        head.append(format_rate(rate.bits_s), "bold green")
        head.append(f"  {format_count(rate.packets_s)} packets/s", "green")
        active = picture.tick.flows.active if picture.tick else 0
        head.append(f"  {format_count(active)} flows")
        head.append(f"  │ {format_count(totals.packets)} packets, {format_bytes(totals.bytes)}")
        if picture.seconds >= 1:
            head.append(f" in {format_duration(picture.seconds)}")
        if self.paused:
            head.append("  PAUSED", "bold yellow")
        return head

    def _draw_shares(self) -> None:
        picture = self.picture
        hosts = [one for one in picture.hosts if self._is_wanted_host(one)]
        self.query_one("#hosts", Window).show(hosts, host_row, filtered=bool(self._wanted))
        whole = sum(one.bytes for one in picture.protocols)
        self.query_one("#protocols", Window).show(
            picture.protocols, lambda share: protocol_row(share, whole)
        )
        self.query_one("#ports", Window).show(picture.ports, port_row)

    def _draw_health(self) -> None:
        said = health(self.picture)
        line = Text(no_wrap=True, overflow="ellipsis")
        mark = {"ok": "●", "warn": "▲", "bad": "✖"}[said.level]
        line.append(f" {mark} {safe_text(said.text)} ", _LEVELS[said.level])
        if said.level == "ok" and self.picture.notices:
            line.append(f" {safe_text(self.picture.notices[0].message)}", "dim")
        self.query_one("#health", Static).update(line)

    def _is_wanted_host(self, host: Host) -> bool:
        return self._wanted in host.ip.lower()

    def _is_wanted_finding(self, finding: FindingLine) -> bool:
        text = f"{finding.signature} {finding.source} {finding.destination}".lower()
        return self._wanted in text
