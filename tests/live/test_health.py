"""Am I blind?"""

from __future__ import annotations

from wirewatch.live.health import ONE_SIDED_HOSTS, QUIET_TICKS, health
from wirewatch.live.picture import Picture
from wirewatch.live.tick import Host, Tick, Totals

SEEN = Totals(packets=100)


def picture(*ticks: Tick) -> Picture:
    made = Picture("eth0")
    for tick in ticks:
        made.take_tick(tick)
    return made


def hosts(*, sent: int, received: int, count: int = ONE_SIDED_HOSTS) -> list[Host]:
    return [Host(f"192.0.2.{n}", sent, received) for n in range(1, count + 1)]


def test_before_the_first_tick_it_waits() -> None:
    assert health(Picture("eth0")).text == "waiting for the first packets"


def test_traffic_without_drops_is_well() -> None:
    assert health(picture(Tick(packets=3, totals=SEEN))).level == "ok"


def test_losing_packets_is_bad_and_says_where() -> None:
    said = health(picture(Tick(packets=3, drops={"kernel": 7})))
    assert (said.level, said.text) == (
        "bad",
        "losing now: 7 packets in the kernel (this machine was too slow)",
    )


def test_old_losses_are_told_as_such() -> None:
    ticks = [Tick(packets=3, drops={"kernel": 7}) for _ in range(20)]
    assert health(picture(*ticks)).text.startswith("lost earlier: 7 packets")


def test_silence_from_the_start_asks_for_the_interface() -> None:
    said = health(picture(*[Tick()] * QUIET_TICKS))
    assert said.text == "no packets on eth0 yet: is it the right interface?"


def test_silence_after_traffic_is_told() -> None:
    said = health(picture(*[Tick(totals=SEEN)] * QUIET_TICKS))
    assert said.level == "warn"


def test_a_quiet_file_is_not_silence() -> None:
    assert health(picture(*[Tick(progress=0.5)] * QUIET_TICKS)).level == "ok"


def test_hosts_that_only_send_mean_that_one_direction_is_missing() -> None:
    said = health(picture(Tick(packets=1, top_hosts=hosts(sent=5, received=0))))
    assert "only one direction" in said.text


def test_few_hosts_that_only_send_mean_nothing() -> None:
    few = hosts(sent=5, received=0, count=ONE_SIDED_HOSTS - 1)
    assert health(picture(Tick(packets=1, top_hosts=few))).level == "ok"


def test_the_end_is_told_with_its_reason() -> None:
    made = picture(Tick())
    made.take_end("eth0 went away")
    assert health(made).text == "eth0 went away"
