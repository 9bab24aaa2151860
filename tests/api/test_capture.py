"""Reading captures from Python."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pytest
import wirewatch as ww
from wirewatch.records import Flow, Packet
from wirewatch.testing import tcp_connection, udp, write_pcap


def test_flows_are_rows_with_names(capture: Path) -> None:
    flows = list(ww.read(capture).flows())
    assert all(isinstance(flow, Flow) for flow in flows)
    assert {(flow.proto, flow.dst_ip, flow.dst_port) for flow in flows} == {
        ("UDP", "192.0.2.53", 53),
        ("TCP", "198.51.100.7", 80),
    }


def test_a_capture_may_be_read_again(capture: Path) -> None:
    read = ww.read(capture)
    assert list(read.flows()) == list(read.flows())


def test_records_of_packets_are_there_when_asked_for(capture: Path) -> None:
    assert len(list(ww.read(capture).records("packet"))) == 10


def test_iterating_gives_everything_but_packets(capture: Path) -> None:
    kinds = {type(record).__name__ for record in ww.read(capture)}
    assert "Flow" in kinds
    assert "Packet" not in kinds


def test_a_capture_filter_chooses_packets(capture: Path) -> None:
    [flow] = ww.read(capture, filter="udp port 53").flows()
    assert flow.proto == "UDP"


def test_a_condition_chooses_records(capture: Path) -> None:
    [flow] = ww.read(capture, where="dst_port == 80").flows()
    assert flow.dst_ip == "198.51.100.7"


def test_a_table_has_columns_and_rows(capture: Path) -> None:
    table = ww.read(capture).table("flow")
    assert len(table) == 2
    assert sorted(table.column("dst_port")) == [53, 80]
    assert {row["proto"] for row in table.to_dicts()} == {"TCP", "UDP"}


def test_a_table_without_records_keeps_its_columns(capture: Path) -> None:
    table = ww.read(capture).table("alert")
    assert len(table) == 0
    assert "signature" in table.names


def test_a_data_frame_library_takes_a_table(capture: Path) -> None:
    polars = pytest.importorskip("polars")
    frame = polars.DataFrame(ww.read(capture).table("flow"))
    assert frame.height == 2
    assert sorted(frame["dst_port"].to_list()) == [53, 80]


def test_a_data_frame_library_takes_an_empty_table(capture: Path) -> None:
    polars = pytest.importorskip("polars")
    assert polars.DataFrame(ww.read(capture).table("alert")).height == 0


def test_the_summary_counts(capture: Path) -> None:
    summary = ww.read(capture).summary()
    assert summary.packets == 10
    assert summary.flows.new == 2
    assert summary.dropped == 0


def test_indicators_raise_alerts(capture: Path, tmp_path: Path) -> None:
    intel = tmp_path / "bad.txt"
    intel.write_text("198.51.100.7\n")
    alerts = list(ww.read(capture, intel=intel).alerts())
    assert {alert.dst_ip for alert in alerts} == {"198.51.100.7"}


def test_rules_raise_alerts(capture: Path, tmp_path: Path) -> None:
    rules = tmp_path / "own.rules"
    rules.write_text('alert tcp any any -> any 80 (msg:"A page"; content:"/index"; sid:1;)\n')
    [alert] = ww.read(capture, rules=rules).alerts()
    assert (alert.signature, alert.signature_id) == ("A page", 1)


def test_several_files_are_one_capture(capture: Path, tmp_path: Path) -> None:
    other = write_pcap(
        tmp_path / "other.pcap", tcp_connection("192.0.2.9", 5, "198.51.100.9", 25, b"EHLO x\r\n")
    )
    assert len(list(ww.read([capture, other]).flows())) == 3


def test_leaving_off_early_is_fine(capture: Path) -> None:
    for _ in ww.read(capture).records("packet"):
        break


def test_a_missing_file_is_told() -> None:
    with pytest.raises(FileNotFoundError, match=r"absent\.pcap"):
        list(ww.read("absent.pcap").flows())


def test_a_damaged_file_is_told_after_what_was_read(capture: Path) -> None:
    capture.write_bytes(capture.read_bytes()[:-5])
    seen: list[Packet] = []
    with pytest.raises(ww.DamagedCapture, match=r"small\.pcap"):
        seen.extend(ww.read(capture).records("packet"))
    assert len(seen) == 9


def test_the_summary_of_a_damaged_file_is_told_when_the_damage_was(capture: Path) -> None:
    capture.write_bytes(capture.read_bytes()[:-5])
    damaged = ww.read(capture)
    with pytest.raises(ww.DamagedCapture, match=r"small\.pcap"):
        damaged.summary()
    assert damaged.summary().packets == 9


def test_a_flow_says_when_its_protocol_is_not_that_of_its_port(tmp_path: Path) -> None:
    page, answer = b"GET / HTTP/1.1\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\n"
    packets = [
        packet
        for port in (22, 80)
        for packet in tcp_connection("192.0.2.9", 40_000, "198.51.100.9", port, page, answer)
    ]
    flows = ww.read(write_pcap(tmp_path / "odd.pcap", packets)).flows()
    assert {flow.dst_port: flow.app_proto_mismatch for flow in flows} == {22: True, 80: False}


@pytest.mark.parametrize("last", ["answer", "acknowledgement", "refusal"])
@pytest.mark.parametrize("filler", [100, 3000])
def test_an_answer_with_a_wrong_checksum_is_read_unless_its_receiver_refuses_it(
    tmp_path: Path, filler: int, last: str
) -> None:
    """Larger than a packet is what a network card put together, which had checked the parts."""
    answer = b"HTTP/1.1 200 OK\r\nServer: x\r\nX: " + b"a" * filler + b"\r\n\r\n"
    page = b"GET / HTTP/1.1\r\n\r\n"
    frames = list(tcp_connection("192.0.2.9", 40_000, "198.51.100.9", 80, page, answer))
    frames[4] = frames[4][:50] + b"\0\0" + frames[4][52:]
    old_acknowledgement = frames[2]
    shown = {
        "answer": frames[:5],
        "acknowledgement": frames,
        "refusal": [*frames[:5], old_acknowledgement],
    }
    path = write_pcap(tmp_path / "wrong.pcap", shown[last])
    [page] = ww.read(path).records("http")
    assert page.status == (None if last == "refusal" and filler == 100 else 200)
    [page] = ww.read(path, capture_checksums="check").records("http")
    assert page.status is None


def test_of_a_protocol_that_is_not_to_be_read_only_the_name_is_told(capture: Path) -> None:
    run = ww.read(capture, app_layer_reading={"dns": "no"})
    kinds = {type(record).__name__ for record in run.records()}
    assert "Http" in kinds
    assert "Dns" not in kinds
    assert "dns" in {
        flow.app_proto for flow in ww.read(capture, app_layer_reading={"dns": "no"}).flows()
    }


def test_the_last_record_has_the_counters_of_the_run(capture: Path) -> None:
    *_, last = ww.read(capture).records()
    assert (last.packets, last.flows_total, last.alerts) == (10, 2, 0)
    assert json.loads(last.counters)["decoder"]["udp"] == 2


def test_a_wrong_filter_is_told(capture: Path) -> None:
    with pytest.raises(ValueError, match="prot"):
        list(ww.read(capture, filter="prot 80").flows())


def test_a_wrong_condition_is_told(capture: Path) -> None:
    with pytest.raises(ValueError, match="dst_prot"):
        list(ww.read(capture, where="dst_prot == 80").flows())


def test_a_kind_that_does_not_exist_is_told(capture: Path) -> None:
    with pytest.raises(ValueError, match="no records of kind 'flows'; there are alert"):
        list(ww.read(capture).records("flows"))


def test_a_setting_is_given_with_underscores(capture: Path) -> None:
    [flow] = ww.read(capture, capture_filter="udp").flows()
    assert flow.dst_port == 53


def test_an_unknown_setting_is_told(capture: Path) -> None:
    with pytest.raises(ww.SettingsError, match="engine_wokers"):
        ww.read(capture, engine_wokers=2)


def test_a_configuration_file_counts_only_when_named(capture: Path, tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text('[capture]\nfilter = "udp"\n')
    assert len(list(ww.read(capture, config=path).flows())) == 1
    assert len(list(ww.read(capture).flows())) == 2


def test_live_can_be_typed_and_called_without_opening_anything() -> None:
    assert "the default interface" in repr(ww.live())


def test_listening_to_an_interface_that_is_not_there_is_told() -> None:
    with pytest.raises((ww.EngineError, OSError), match="absent9"), ww.live("absent9"):
        pass


@dataclass(frozen=True)
class NoSettings:
    """Nothing to set."""


class EachFlow:
    """Raises an alert for every flow: more than the engine's queue holds."""

    name: ClassVar[str] = "each_flow"
    reads: ClassVar[frozenset[str]] = frozenset({"flow"})
    settings: ClassVar[type] = NoSettings

    def __init__(self, _settings: NoSettings, _surroundings: ww.Surroundings) -> None: ...

    def read(self, batch: ww.Batch) -> Iterator[ww.Alert]:
        for ts, flow_id in zip(batch.column("ts"), batch.column("flow_id"), strict=True):
            yield ww.Alert(ts, 1, "A flow", ww.Severity.INFO, flow_id=flow_id)


def test_every_alert_of_a_detector_comes_out_before_the_end(tmp_path: Path) -> None:
    frames = (udp("192.0.2.1", port, "198.51.100.7", 9) for port in range(1000, 6000))
    path = write_pcap(tmp_path / "many.pcap", frames)
    alerts = ww.read(path, detectors=[EachFlow]).alerts()
    assert len({alert.flow_id for alert in alerts if alert.signature == "A flow"}) == 5000


def test_alerts_of_a_detector_are_in_the_last_counters(tmp_path: Path) -> None:
    frames = (udp("192.0.2.1", port, "198.51.100.7", 9) for port in range(1000, 4000))
    path = write_pcap(tmp_path / "many.pcap", frames)
    [last] = ww.read(path, detectors=[EachFlow]).records("stats")
    assert last.alerts == 3000


def test_zeek_logs_are_closed_after_the_last_alert_of_a_detector(
    capture: Path, tmp_path: Path
) -> None:
    read = ww.read(capture, detectors=[EachFlow], zeek_folder=str(tmp_path / "logs"))
    assert len(list(read.alerts())) == 2
    lines = (tmp_path / "logs/notice.log").read_text().splitlines()
    assert [line.split("\t")[0] for line in lines if line.startswith(("#open", "#close"))] == [
        "#open", "#close",
    ]  # fmt: skip
    assert lines[-1].startswith("#close")
