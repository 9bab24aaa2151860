"""Large uploads."""

from __future__ import annotations

from typing import Any

from wirewatch.detect.detector import Alert, Surroundings
from wirewatch.detect.large_upload import MEGABYTE, SECOND, LargeUpload, LargeUploadSettings
from wirewatch.testing import START, Rows, batch

HOME = Surroundings(home_net=("192.0.2.0/24",))
SETTINGS = LargeUploadSettings(megabytes=10, ratio=10, window_s=60, max_tracked=2)


def upload(*, sent: float = 4, at_s: int = 0, received: float = 0, **fields: Any) -> dict[str, Any]:
    return {
        "payload_bytes_toserver": int(sent * MEGABYTE),
        "payload_bytes_toclient": int(received * MEGABYTE),
        "end": START + at_s * SECOND,
        **fields,
    }


def alerts(*batches: Rows, settings: LargeUploadSettings = SETTINGS) -> list[Alert]:
    detector = LargeUpload(settings, HOME)
    return [alert for one in batches for alert in detector.read(one)]


def test_one_large_flow_raises_one_alert() -> None:
    [alert] = alerts(batch("flow", upload(sent=12, flow_id=7)))
    assert (alert.src_ip, alert.dst_ip, alert.flow_id) == ("192.0.2.1", "198.51.100.1", 7)
    assert alert.evidence["bytes_sent"] == 12 * MEGABYTE


def test_flows_to_one_address_are_added_up() -> None:
    assert len(alerts(batch("flow", upload(), upload(), upload()))) == 1


def test_flows_to_several_addresses_are_not() -> None:
    rows = [upload(dst_ip=f"198.51.100.{n}") for n in range(3)]
    assert not alerts(batch("flow", *rows))


def test_a_long_upload_is_told_once_a_window() -> None:
    rows = [upload(sent=11, at_s=at) for at in (0, 10, 20, 90)]
    assert [alert.ts for alert in alerts(batch("flow", *rows))] == [
        START,
        START + 90 * SECOND,
    ]


def test_what_comes_back_in_plenty_is_no_upload() -> None:
    assert not alerts(batch("flow", upload(sent=12, received=2)))


def test_flows_spread_over_more_than_the_window_do_not_count_together() -> None:
    rows = [upload(at_s=at) for at in (0, 50, 100)]
    assert not alerts(batch("flow", *rows))


def test_small_flows_are_not_looked_at() -> None:
    rows = [upload(sent=0.9) for _ in range(20)]
    assert not alerts(batch("flow", *rows))


def test_hosts_outside_may_send_what_they_like() -> None:
    assert not alerts(batch("flow", upload(sent=12, src_ip="203.0.113.5")))


def test_one_s_own_networks_may_get_much() -> None:
    assert not alerts(batch("flow", upload(sent=12, dst_ip="192.0.2.9")))


def test_an_ignored_network_may_get_much() -> None:
    settings = LargeUploadSettings(megabytes=10, ignore=("198.51.100.0/24",))
    assert not alerts(batch("flow", upload(sent=12)), settings=settings)


def test_the_least_recent_pair_is_forgotten() -> None:
    first = upload(sent=6)
    others = [upload(dst_ip=f"203.0.113.{n}") for n in range(2)]
    assert alerts(batch("flow", first, first))
    assert not alerts(batch("flow", first, *others, first))


def test_batches_may_be_cut_anywhere() -> None:
    whole = batch("flow", *(upload(at_s=at) for at in range(5)))
    assert alerts(*whole.pieces()) == alerts(whole)
