"""What the engine is told."""

from __future__ import annotations

import json
from typing import Any

import pytest
from wirewatch.config.resolution import Layer, resolve
from wirewatch.pipeline.options import Source, Wanted, session_options


def told(
    *pairs: tuple[str, object], source: Source | None = None, wanted: Wanted | None = None
) -> dict[str, Any]:
    settings = resolve([Layer("test", pairs)]).settings
    options = session_options(settings, source or Source(files=("a.pcap",)), wanted or Wanted())
    read: dict[str, Any] = json.loads(options.to_json())
    return read


def test_files_are_inputs_without_interfaces() -> None:
    assert (told()["inputs"], told()["interfaces"]) == (["a.pcap"], None)


def test_an_empty_list_of_interfaces_is_the_default_one() -> None:
    assert told(source=Source(interfaces=()))["interfaces"] == []


def test_checksums_are_checked_unless_ignored() -> None:
    assert told()["capture"]["checksums"] == "auto"
    assert told(("capture.checksums", "ignore"))["capture"]["checksums"] == "ignore"


def test_no_home_net_is_left_to_the_engine() -> None:
    assert told()["detect"]["home_net"] is None


def test_there_is_always_a_worker() -> None:
    assert told()["workers"] >= 1


def test_all_eve_kinds_are_written_unless_some_are_named() -> None:
    assert told()["output"]["eve_kinds"] is None
    assert told(("eve.types", "alert"))["output"]["eve_kinds"] == ["alert"]


def test_counters_have_no_interval_when_they_are_off() -> None:
    assert told()["output"]["stats_s"] == 8
    assert told(("eve.stats", "no"))["output"]["stats_s"] is None


def test_lines_are_made_only_when_something_is_shown() -> None:
    assert told()["text"] is None
    assert told(wanted=Wanted(show=("flows",)))["text"]["show"] == ["flows"]


@pytest.mark.parametrize(
    ("key", "path"),
    [
        ("flow.timeouts.tcp-new", "tcp_new_s"),
        ("flow.timeouts.udp-established", "udp_established_s"),
        ("flow.timeouts.other-established", "other_established_s"),
    ],
)
def test_timeouts_reach_their_place(key: str, path: str) -> None:
    assert told((key, "77"))["flow"]["timeouts"][path] == 77
