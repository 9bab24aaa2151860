"""The dashboard, driven by keys, with a picture made by hand."""

from __future__ import annotations

import pytest
from textual.widgets import Input, Static
from wirewatch.live.picture import Notice, Picture
from wirewatch.live.tick import FlowCounts, Host, PortShare, ProtocolShare, Tick, Totals
from wirewatch.tui.app import Dashboard
from wirewatch.tui.help import HelpScreen
from wirewatch.tui.rates import nice_top
from wirewatch.tui.window import MOST_ROWS, Window

START = 1_767_225_600_000_000
SMALL = (80, 24)


def busy(ticks: int = 30) -> Picture:
    picture = Picture("eth0")
    for number in range(ticks):
        picture.take_tick(
            Tick(
                ts=START + number * 1_000_000,
                packets=100 + number,
                bytes=100_000 + 5000 * number,
                totals=Totals(packets=3000, bytes=3_000_000),
                flows=FlowCounts(active=12),
                memory_bytes=50_000_000,
                top_hosts=[Host("192.0.2.1", 5000, 9000), Host("2001:db8::7", 100, 200)],
                protocols=[ProtocolShare("tls", 90, 90_000), ProtocolShare("dns", 10, 1000)],
                ports=[PortShare(443, "TCP", "https", 90_000, 9)],
            )
        )
    return picture


def found(picture: Picture, signature: str, **fields: object) -> Picture:
    alert = {"ts": START, "severity": 1, "src_ip": "192.0.2.1", "dst_ip": "203.0.113.66"}
    picture.take_alert(alert | {"signature": signature} | fields)
    return picture


def cells(app: Dashboard, window: str) -> list[str]:
    """The rows of a window as text."""
    rows = app.query_one(f"#{window}", Window).rows
    return [" ".join(cell.plain for cell in row) for row in rows]


def line(app: Dashboard, name: str) -> str:
    return str(app.query_one(f"#{name}", Static).visual)


async def test_it_waits_in_words_before_there_is_anything() -> None:
    app = Dashboard(Picture("eth0"))
    async with app.run_test(size=SMALL):
        assert "waiting for packets" in line(app, "head")
        assert "waiting" in line(app, "health")


async def test_it_shows_rates_hosts_protocols_and_findings() -> None:
    app = Dashboard(found(busy(), "Talks to a bad address"))
    async with app.run_test(size=SMALL):
        assert "eth0" in line(app, "head")
        assert cells(app, "hosts")[0].startswith("192.0.2.1")
        assert cells(app, "protocols")[0].startswith("tls")
        assert "Talks to a bad address" in cells(app, "findings")[0]


async def test_a_new_tick_is_drawn() -> None:
    picture = busy()
    app = Dashboard(picture)
    async with app.run_test(size=SMALL):
        picture.take_tick(Tick(ts=START, top_hosts=[Host("192.0.2.99", 10**9, 1)]))
        app._look()
        assert cells(app, "hosts")[0].startswith("192.0.2.99")


async def test_a_paused_picture_stays() -> None:
    picture = busy()
    app = Dashboard(picture)
    async with app.run_test(size=SMALL) as pilot:
        await pilot.press("p")
        picture.take_tick(Tick(ts=START, top_hosts=[Host("192.0.2.99", 10**9, 1)]))
        app._look()
        assert cells(app, "hosts")[0].startswith("192.0.2.1 ")
        assert "PAUSED" in line(app, "head")


async def test_a_filter_keeps_what_holds_its_text() -> None:
    picture = found(found(busy(), "Port scan"), "Talks to a bad address")
    app = Dashboard(picture)
    async with app.run_test(size=SMALL) as pilot:
        await pilot.press("slash", *"scan", "enter")
        assert len(cells(app, "findings")) == 1
        await pilot.press("escape")
        assert len(cells(app, "findings")) == 2
        assert not app.query_one("#filter", Input).display


async def test_the_help_opens_and_closes() -> None:
    app = Dashboard(busy())
    async with app.run_test(size=SMALL) as pilot:
        await pilot.press("question_mark")
        assert isinstance(app.screen, HelpScreen)
        await pilot.press("escape")
        assert not isinstance(app.screen, HelpScreen)


@pytest.mark.parametrize(("key", "status"), [("q", 0), ("ctrl+c", 130)])
async def test_it_ends_with_a_status(key: str, status: int) -> None:
    app = Dashboard(busy())
    async with app.run_test(size=SMALL) as pilot:
        await pilot.press(key)
    assert app.return_code == status


@pytest.mark.parametrize(
    "text", ["[/nope]", "[red]x", "\x1b[31mred\x07", "\u202eevil", "[@click=x]"]
)
async def test_text_from_the_wire_is_neither_markup_nor_control(text: str) -> None:
    app = Dashboard(found(busy(), text, src_ip=text))
    async with app.run_test(size=SMALL) as pilot:
        await pilot.pause()
        [row] = cells(app, "findings")
        assert not {"\x1b", "\x07", "\u202e"} & set(row)
        assert "\x1b[31mred" not in app.export_screenshot()


async def test_the_health_line_tells_of_drops() -> None:
    picture = busy()
    picture.take_tick(Tick(ts=START, packets=1, drops={"kernel": 42}))
    app = Dashboard(picture)
    async with app.run_test(size=SMALL):
        assert "losing now: 42 packets in the kernel" in line(app, "health")


async def test_a_notice_is_shown_while_all_is_well() -> None:
    picture = busy()
    picture.take_notice(Notice("device.back", "info", "eth0 is back"))
    app = Dashboard(picture)
    async with app.run_test(size=SMALL):
        assert "eth0 is back" in line(app, "health")


async def test_only_a_window_of_rows_is_drawn() -> None:
    picture = busy()
    picture.take_tick(Tick(top_hosts=[Host(f"198.51.100.{n}", n, n) for n in range(MOST_ROWS + 9)]))
    app = Dashboard(picture)
    async with app.run_test(size=SMALL):
        assert len(cells(app, "hosts")) == MOST_ROWS


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60), (40, 12)])
async def test_it_fits_terminals_of_all_sizes(size: tuple[int, int]) -> None:
    app = Dashboard(found(busy(), "Port scan"))
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        assert app.query_one("#health").region.bottom <= size[1]


@pytest.mark.parametrize(("value", "top"), [(0, 1000), (1000, 1000), (3.5e7, 4e7), (9.9e9, 1e10)])
def test_the_axis_ends_at_a_round_number(value: float, top: float) -> None:
    assert nice_top(value) == top
