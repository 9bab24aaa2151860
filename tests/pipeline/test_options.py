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


def test_protocols_that_are_not_to_be_read_are_told() -> None:
    assert told()["app_layer"]["unread"] == []
    some = told(("app-layer.reading.snmp", "no"), ("app-layer.reading.dns", "yes"))
    assert some["app_layer"]["unread"] == ["snmp"]


def test_kinds_of_smb_are_told() -> None:
    assert told(("eve.smb-types", "file,create"))["output"]["smb_types"] == ["file", "create"]


def test_fields_of_tls_sessions_are_told() -> None:
    assert told(("eve.tls-fields", "sni,ja4"))["output"]["tls_fields"] == ["sni", "ja4"]


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


def test_suricatas_names_set_how_far_parsers_read() -> None:
    read = told(
        ("app-layer.protocols.http.libhtp.default-config.request-body-limit", "4kb"),
        ("app-layer.protocols.http.libhtp.default-config.response-body-limit", 0),
        ("app-layer.protocols.ftp.max-line-length", "5kb"),
        ("app-layer.protocols.ftp.max-tx", 3),
        ("app-layer.protocols.smtp.mime.extract-urls-schemes", "http,ftp"),
        ("app-layer.protocols.smtp.mime.log-url-scheme", "yes"),
        ("app-layer.protocols.smtp.mime.body-md5", "yes"),
    )["app_layer"]
    assert read == told()["app_layer"] | {
        "http_request_body": 4 << 10,
        "http_response_body": 1 << 20,
        "ftp_line": 5 << 10,
        "ftp_transactions": 3,
        "smtp_url_schemes": ["http", "ftp"],
        "smtp_url_with_scheme": True,
        "smtp_body_md5": True,
    }


def test_a_proxys_client_is_told_when_that_is_wanted() -> None:
    assert told()["output"]["xff"] is None
    pairs = {"enabled": "yes", "mode": "overwrite", "deployment": "forward", "header": "Client"}
    named = [(f"outputs.eve-log.types.alert.xff.{name}", value) for name, value in pairs.items()]
    expected = {"header": "Client", "overwrite": True, "last": False}
    assert told(*named)["output"]["xff"] == expected
