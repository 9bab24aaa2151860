"""Suricata's names for settings."""

from __future__ import annotations

import logging

import pytest
from wirewatch.config.resolution import Layer, Resolution, SettingsError, resolve


def put(text: str) -> Resolution:
    key, _, value = text.partition("=")
    return resolve([Layer("--set", ((key, value),))])


@pytest.mark.parametrize(
    ("theirs", "ours", "value"),
    [
        ("capture.checksum-validation=none", "capture.checksums", "ignore"),
        ("pcap-file.checksum-checks=no", "capture.checksums", "ignore"),
        ("stream.checksum-validation=no", "capture.checksums", "tell"),
        ("bpf-filter=port 22", "capture.filter", "port 22"),
        ("vlan.use-for-tracking=no", "flow.use-vlan", False),
        ("decoder.recursion-level.use-for-tracking=no", "flow.use-tunnel", False),
        ("flow-timeouts.tcp.established=30", "flow.timeouts.tcp-established", 30),
        ("flow-timeouts.default.new=9", "flow.timeouts.other-new", 9),
        ("defrag.timeout=30", "defragment.timeout", 30),
        ("vars.address-groups.HOME_NET=[192.0.2.0/24]", "detect.home-net", ("192.0.2.0/24",)),
        ("threshold-file=t.config", "detect.threshold-file", "t.config"),
        ("classification-file=c.config", "detect.classification-file", "c.config"),
        ("reference-config-file=r.config", "detect.reference-file", "r.config"),
        ("reputation-categories-file=c.txt", "detect.reputation-categories", "c.txt"),
        ("reputation-files=a.list,b.list", "detect.reputation-files", ("a.list", "b.list")),
        ("geoip-database=c.mmdb", "detect.geoip-database", "c.mmdb"),
        ("outputs.eve-log.metadata=no", "eve.metadata", False),
        ("outputs.eve-log.types.alert.metadata=no", "eve.alert-metadata", False),
        ("outputs.eve-log.types.alert.reference=no", "eve.references", False),
        ("stream.midstream-policy=bypass", "stream.midstream-policy", "bypass"),
        ("exception-policy=pass-flow", "stream.midstream-policy", "pass-flow"),
        ("exception-policy=drop-flow", "stream.midstream-policy", "ignore"),
        ("outputs.eve-log.types.flow.exception-policy=yes", "eve.exception-policy", True),
        ("outputs.eve-log.types.alert.tagged-packets=no", "eve.tagged-packets", False),
        ("packet-alert-max=2", "detect.alerts-per-packet", 2),
        ("packet-alert-max=0", "detect.alerts-per-packet", 15),
        ("outputs.eve-log.types=alert,flow", "eve.types", ("alert", "flow")),
        ("outputs.eve-log.types=alert,flow", "eve.tls-resumed", True),
        ("outputs.eve-log.types=alert,tls", "eve.tls-resumed", False),
        ("outputs.eve-log.types.tls.session-resumption=no", "eve.tls-resumed", False),
        ("outputs.eve-log.types.alert.packet=yes", "eve.packet", True),
        ("outputs.eve-log.types.anomaly.packethdr=yes", "eve.anomaly-packet", True),
        ("outputs.eve-log.types.anomaly.types.decode=no", "eve.anomaly-decode", False),
        ("outputs.eve-log.types.anomaly.types.stream=yes", "eve.anomaly-stream", True),
        ("outputs.eve-log.types.anomaly.types.applayer=no", "eve.anomaly-applayer", False),
        ("outputs.eve-log.ethernet=yes", "eve.ethernet", True),
        ("outputs.eve-log.types.dns.version=2", "eve.dns-version", 2),
        ("outputs.eve-log.types.dns.types=mx", "eve.dns-types", ("mx",)),
        ("outputs.eve-log.types.dns.responses=no", "eve.dns-responses", False),
        ("outputs.eve-log.types.smb.types=file,create", "eve.smb-types", ("file", "create")),
        ("outputs.eve-log.types.tls.custom=sni,client", "eve.tls-fields", ("sni", "client")),
        ("outputs.eve-log.suricata-version=yes", "eve.suricata-version", True),
        ("app-layer.protocols.snmp.enabled=detection-only", "app-layer.reading", {"snmp": "no"}),
        ("app-layer.protocols.smb.stream-depth=5mb", "app-layer.stream-depth", {"smb": 5 << 20}),
        ("app-layer.protocols.enip.enabled=yes", "app-layer.reading", {"enip": "yes"}),
        ("outputs.eve-log.types.stats.enabled=no", "eve.stats", False),
        ("stats.enabled=no", "eve.stats", False),
        ("stats.interval=30", "eve.stats-interval", 30),
        ("outputs.eve-log.community-id=yes", "eve.community-id", True),
        ("outputs.eve-log.community-id-seed=7", "eve.community-id-seed", 7),
    ],
)
def test_a_name_is_translated(theirs: str, ours: str, value: object) -> None:
    assert put(theirs).values[ours] == value


def test_groups_become_variables() -> None:
    assert put("vars.port-groups.HTTP_PORTS=80").settings.detect.variables == {"HTTP_PORTS": "80"}


def test_a_negated_home_net_stays_a_variable() -> None:
    settings = put("vars.address-groups.HOME_NET=[!192.0.2.0/24]").settings
    assert settings.detect.home_net == ()
    assert settings.detect.variables == {"HOME_NET": "[!192.0.2.0/24]"}


def test_the_origin_tells_the_name_that_was_used() -> None:
    origin = put("bpf-filter=port 22").origins["capture.filter"]
    assert origin == "--set (bpf-filter)"


@pytest.mark.parametrize(
    "theirs",
    [
        "outputs.eve-log.types.tls.extended=no",
        "app-layer.protocols.pgsql.stream-depth=0",
        "host-os-policy.old-linux=192.0.2.2",
        "action-order=x",
    ],
)
def test_a_name_without_effect_is_recorded_and_told_in_debug(
    theirs: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG, logger="wirewatch"):
        resolution = put(theirs)
    key = theirs.partition("=")[0]
    assert resolution.without_effect == ((key, "--set"),)
    assert [record.levelname for record in caplog.records] == ["DEBUG"]


def test_a_bad_value_is_an_error_that_names_both() -> None:
    with pytest.raises(SettingsError, match=r"vlan\.use-for-tracking.*flow\.use-vlan = 'perhaps'"):
        put("vlan.use-for-tracking=perhaps")


def test_other_names_are_unknown() -> None:
    with pytest.raises(SettingsError, match=r"unknown setting 'nfq\.mode'"):
        put("nfq.mode=accept")
