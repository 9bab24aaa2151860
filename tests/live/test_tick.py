"""Reading the engine's JSON."""

from __future__ import annotations

from wirewatch.live.tick import read_summary, read_tick


def test_what_is_missing_has_its_default() -> None:
    assert read_tick(b'{"packets": 3}').bytes == 0


def test_what_is_unknown_is_ignored() -> None:
    assert read_tick(b'{"packets": 3, "moon": "full"}').packets == 3


def test_a_host_has_both_directions_together() -> None:
    tick = read_tick(b'{"top_hosts": [{"ip": "192.0.2.1", "bytes_sent": 3, "bytes_received": 4}]}')
    assert tick.top_hosts[0].bytes == 7


def test_a_summary_knows_how_long_it_was() -> None:
    assert read_summary(b'{"first_ts": 1000000, "last_ts": 3500000}').duration_s == 2.5


def test_a_summary_of_nothing_took_no_time() -> None:
    assert read_summary(b'{"first_ts": null, "last_ts": null}').duration_s == 0
