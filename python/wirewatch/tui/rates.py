"""The plot of rates: bits per second over the last minutes, with losses marked."""

from __future__ import annotations

from collections.abc import Sequence

from textual.events import Mount
from textual_plot import HiResMode, NumericAxisFormatter, PlotWidget

from wirewatch.live.picture import Rate
from wirewatch.terminal import format_rate

SPAN = 300
"""Ticks that may be drawn, one per column: more than terminals are wide."""

BAR = 0.9
"""Width of a bar in columns: a little less than one, so that rounding cannot reach the next."""


class _BitsFormatter(NumericAxisFormatter):
    """`1.5 Mbit/s` instead of `1500000`."""

    def get_labels_for_ticks(self, ticks: Sequence[float]) -> list[str]:
        return [format_rate(tick).replace("bit/s", "b/s") if tick else "0" for tick in ticks]


class _AgoFormatter(NumericAxisFormatter):
    """`-60s` and `now`."""

    def get_labels_for_ticks(self, ticks: Sequence[float]) -> list[str]:
        return [f"{tick:.0f}s" if tick else "now" for tick in ticks]


class RatePlot(PlotWidget):
    """Bits per second over time."""

    can_focus = False

    def __init__(self) -> None:
        super().__init__(id="rates", allow_pan_and_zoom=False)
        self.border_title = "Rate"
        self._rates: Sequence[Rate] = ()

    def on_mount(self, event: Mount | None = None) -> None:
        """Sets the axes up."""
        if event is not None:
            event.prevent_default()  # or the base class would set its own axes after these
        super().on_mount()
        self.set_x_formatter(_AgoFormatter())
        self.set_y_formatter(_BitsFormatter())
        self.margin_left = 10
        self.margin_bottom = 1
        self.margin_top = 0

    def on_resize(self) -> None:
        """Draws as many columns as there are now."""
        self.draw_rates(self._rates)

    def draw_rates(self, rates: Sequence[Rate]) -> None:
        """Draws the newest rates, oldest first, as many as there are columns."""
        self._rates = rates
        columns = max(10, self.size.width - self.margin_left - 2)
        shown = list(rates)[-columns:]
        top = nice_top(max((rate.bits_s for rate in shown), default=0.0))
        self.clear()
        self.set_xlimits(-columns, 0)
        self.set_xticks([float(-ago) for ago in range(0, columns, 20)])
        self.set_ylimits(0, top)
        self.set_yticks([0, top / 2, top])
        if not shown:
            return
        at = [index - len(shown) + 0.5 for index in range(len(shown))]
        self.bar(
            at,
            [rate.bits_s for rate in shown],
            width=BAR,
            bar_style=["red" if rate.dropped else "green" for rate in shown],
            hires_mode=HiResMode.HALFBLOCK,
        )


_NICE = (1, 1.5, 2, 3, 4, 5, 6, 8, 10)


def nice_top(value: float) -> float:
    """A round number just above `value`, at least one kilobit."""
    step = 1000.0
    while value > step * 10:
        step *= 10
    return step * next(factor for factor in _NICE if value <= step * factor)
