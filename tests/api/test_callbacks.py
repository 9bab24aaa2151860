"""Functions that are called for packets and alerts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import wirewatch as ww
from wirewatch.records import Alert


@pytest.fixture(autouse=True)
def _clean() -> Iterator[None]:
    ww.forget()
    yield
    ww.forget()


def test_a_function_is_called_for_the_packets_its_filter_lets_through(capture: Path) -> None:
    ports = []

    @ww.on_packet(filter="udp port 53")
    def show(packet: ww.Packet) -> None:
        ports.append((packet.sport, packet.dport))

    ww.run(capture)
    assert ports == [(40_001, 53), (53, 40_001)]


def test_the_decorator_works_without_parentheses(capture: Path) -> None:
    seen = []

    @ww.on_packet
    def show(packet: ww.Packet) -> None:
        seen.append(packet.number)

    ww.run(capture)
    assert seen == list(range(1, 11))


def test_a_packet_tells_what_it_is(capture: Path) -> None:
    packets: list[ww.Packet] = []
    ww.on_packet(packets.append)
    ww.run(capture)
    first = packets[0]
    assert (first.src, first.dst, first.proto) == ("192.0.2.1", "192.0.2.53", "UDP")
    assert b"\x03www\x07example\x03com" in first.payload
    assert first.raw.endswith(first.payload)
    assert first.ts == 1_767_225_600_000_000


def test_several_functions_each_get_their_own_packets(capture: Path) -> None:
    seen: dict[str, int] = {"dns": 0, "web": 0, "all": 0}

    def counts(name: str) -> None:
        seen[name] += 1

    ww.on_packet(filter="udp port 53")(lambda packet: counts("dns"))
    ww.on_packet(filter="tcp port 80")(lambda packet: counts("web"))
    ww.on_packet(lambda packet: counts("all"))
    ww.run(capture)
    assert seen == {"dns": 2, "web": 8, "all": 10}


def test_functions_with_filters_see_nothing_else(capture: Path) -> None:
    seen: list[int | None] = []
    ww.on_packet(filter="udp port 53")(lambda packet: seen.append(packet.dport))
    ww.on_packet(filter="tcp dst port 80")(lambda packet: seen.append(packet.dport))
    ww.run(capture)
    assert set(seen) == {53, 40_001, 80}


def test_a_function_is_called_for_alerts(capture: Path, tmp_path: Path) -> None:
    intel = tmp_path / "bad.txt"
    intel.write_text("198.51.100.7\n")
    alerts: list[Alert] = []
    ww.on_alert(alerts.append)
    ww.run(capture, intel=intel)
    assert {alert.dst_ip for alert in alerts} == {"198.51.100.7"}


def test_a_count_ends_the_run(capture: Path) -> None:
    seen: list[int] = []
    ww.on_packet(lambda packet: seen.append(packet.number))
    ww.run(capture, count=3)
    assert seen == [1, 2, 3]


def test_what_a_function_raises_comes_out(capture: Path) -> None:
    @ww.on_packet
    def fail(_packet: ww.Packet) -> None:
        raise RuntimeError("enough")

    with pytest.raises(RuntimeError, match="enough"):
        ww.run(capture)


def test_without_functions_there_is_nothing_to_run(capture: Path) -> None:
    with pytest.raises(ValueError, match="register a function"):
        ww.run(capture)


def test_the_summary_comes_back(capture: Path) -> None:
    ww.on_packet(lambda packet: None)
    assert ww.run(capture).packets == 10


def test_a_text_that_looks_like_a_file_is_one() -> None:
    ww.on_packet(lambda packet: None)
    with pytest.raises(FileNotFoundError):
        ww.run("absent.pcap")
