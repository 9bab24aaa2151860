"""The bounded picture of now."""

from __future__ import annotations

from wirewatch.live.picture import FINDINGS, HISTORY, WINDOW, Picture, endpoint
from wirewatch.live.tick import Host, PortShare, ProtocolShare, Tick, Totals


def test_rates_are_per_second() -> None:
    picture = Picture()
    picture.take_tick(Tick(interval_s=2.0, packets=10, bytes=1000))
    assert picture.rate is not None
    assert (picture.rate.packets_s, picture.rate.bits_s) == (5.0, 4000.0)


def test_drops_of_a_tick_are_the_difference_of_totals() -> None:
    picture = Picture()
    for lost in (5, 5, 12):
        picture.take_tick(Tick(drops={"kernel": lost}))
    assert [rate.dropped for rate in picture.rates] == [5, 0, 7]


def test_history_and_findings_are_bounded() -> None:
    picture = Picture()
    for number in range(HISTORY + 5):
        picture.take_tick(Tick(ts=number))
        picture.take_alert({"signature": str(number)})
    assert len(picture.rates) == HISTORY
    assert len(picture.findings) == FINDINGS


def test_the_newest_finding_is_first() -> None:
    picture = Picture()
    picture.take_alert({"signature": "old"})
    picture.take_alert({"signature": "new"})
    assert picture.findings[0].signature == "new"


def test_every_change_grows_the_serial() -> None:
    picture = Picture()
    picture.take_tick(Tick())
    picture.take_alert({})
    picture.take_end()
    assert picture.serial == 3


def test_losses_of_sinks_are_drops_too() -> None:
    picture = Picture()
    picture.take_tick(Tick(drops={"kernel": 0, "shed": 2}, totals=Totals(packets=9)))
    picture.plugin_drops = {"sink webhook": 3}
    assert picture.drops == {"shed": 2, "sink webhook": 3}


def test_an_ipv6_address_with_a_port_has_brackets() -> None:
    assert endpoint("2001:db8::1", 443) == "[2001:db8::1]:443"


def test_hosts_of_several_ticks_are_added_up() -> None:
    picture = Picture()
    picture.take_tick(Tick(top_hosts=[Host("192.0.2.1", 10, 1), Host("192.0.2.2", 5, 5)]))
    picture.take_tick(Tick(top_hosts=[Host("192.0.2.2", 6, 0)]))
    assert [(one.ip, one.bytes) for one in picture.hosts] == [("192.0.2.2", 16), ("192.0.2.1", 11)]


def test_lists_cover_a_window_and_no_more() -> None:
    picture = Picture()
    picture.take_tick(Tick(protocols=[ProtocolShare("dns", 1, 1)]))
    for _ in range(WINDOW):
        picture.take_tick(Tick(ports=[PortShare(443, "TCP", None, 1, 1)]))
    assert not picture.protocols
    assert picture.ports[0].bytes == WINDOW


def test_time_counts_from_the_first_packet() -> None:
    picture = Picture()
    for ts in (0, 5_000_000, 7_500_000):
        picture.take_tick(Tick(ts=ts))
    assert picture.seconds == 2.5
