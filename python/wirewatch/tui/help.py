"""What the dashboard shows and which keys it knows."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

TEXT = """\
[b]Keys[/b]
  q  quit, with a summary      p  hold the picture still
  /  filter                    esc  clear the filter
  tab  next part               ↑ ↓  scroll it
  ?  this help

[b]What is where[/b]
  Rate          bits per second, a column per second;
                red where packets were lost
  Top talkers   who had most traffic in 30 s
  Protocols     what the traffic was, in 30 s
  Findings      newest first; red is high, yellow medium
  Last line     green: all is seen; yellow or red: what is
                not, and why

Everything is also in the outputs: --eve, --zeek, --write.\
"""


class HelpScreen(ModalScreen[None]):
    """The help, over the dashboard; any of its keys closes it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark,enter", "dismiss", "close"),
    ]

    def compose(self) -> ComposeResult:
        """One box of text."""
        with VerticalScroll(id="help"):
            yield Static(TEXT)

    def on_mount(self) -> None:
        """Names the box."""
        self.query_one("#help").border_title = "Help"
