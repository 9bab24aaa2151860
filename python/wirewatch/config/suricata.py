"""Suricata's names for settings, and what they are here.

A name is either translated to ours, or accepted without an effect yet; a name that is in neither
table is unknown. `*` stands for any rest of a name. The reference page is made from these tables.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import msgspec

from wirewatch.config import kinds

Pair = tuple[str, object]


class Translation(msgspec.Struct, frozen=True):
    """One name, or a family of names, that has a meaning here."""

    name: str
    ours: str
    """Our key, for the reference page."""
    pairs: Callable[[str, object], Iterable[Pair]]
    """Our keys and values for the rest that `*` stands for and the value."""
    note: str = ""


def _same(key: str) -> Callable[[str, object], Iterable[Pair]]:
    return lambda rest, value: [(key, value)]


def _rest(prefix: str) -> Callable[[str, object], Iterable[Pair]]:
    return lambda rest, value: [(f"{prefix}.{rest}", value)]


def _word(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value).strip().lower()


def _checksums(_rest: str, value: object) -> Iterator[Pair]:
    words = {"none": "ignore", "no": "ignore", "auto": "auto"}
    yield "capture.checksums", words.get(_word(value), "check")


def _stream_checksums(_rest: str, value: object) -> Iterator[Pair]:
    if _word(value) == "no":
        yield "capture.checksums", "tell"


def _address_group(rest: str, value: object) -> Iterator[Pair]:
    text = ",".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
    yield f"detect.variables.{rest}", text
    plain = not set("!$") & set(text) and text.strip().lower() != "any"
    if rest == "HOME_NET" and plain:
        yield "detect.home-net", text


def _file_store(_rest: str, value: object) -> Iterator[Pair]:
    if _word(value) == "yes":
        yield "files.extract", "filestore"
        yield "files.extract-only-asked-for", "yes"


def _not(key: str) -> Callable[[str, object], Iterable[Pair]]:
    return lambda rest, value: [(key, "no" if _word(value) == "yes" else "yes")]


def _inline(_rest: str, value: object) -> Iterator[Pair]:
    yield "stream.inline", "yes" if _word(value) == "yes" else "no"


def _urgent(_rest: str, value: object) -> Iterator[Pair]:
    if _word(value) in {"oob", "inline"}:
        yield "stream.urgent", _word(value)


def _midstream_policy(_rest: str, value: object) -> Iterator[Pair]:
    words = {"ignore": "ignore", "pass-flow": "pass-flow", "bypass": "bypass", "auto": "ignore"}
    if _word(value) in words:
        yield "stream.midstream-policy", words[_word(value)]


def _if_yes(key: str) -> Callable[[str, object], Iterable[Pair]]:
    return lambda rest, value: [(key, "yes")] if _word(value) == "yes" else []


def _limit(key: str, most: int) -> Callable[[str, object], Iterable[Pair]]:
    def pairs(_rest: str, value: object) -> Iterator[Pair]:
        try:
            wanted = kinds.SIZE.parse(value)
        except ValueError:
            wanted = value
        yield key, most if isinstance(wanted, int) and not 0 < wanted < most else value

    return pairs


def _reading(name: str) -> Callable[[str, object], Iterable[Pair]]:
    def pairs(_rest: str, value: object) -> Iterator[Pair]:
        unread = _word(value) in {"no", "detection-only"}
        yield f"app-layer.reading.{name}", "no" if unread else "yes"

    return pairs


PROTOCOLS = (
    "bittorrent-dht",
    "dcerpc",
    "dhcp",
    "dnp3",
    "enip",
    "ftp",
    "http",
    "http2",
    "ike",
    "imap",
    "krb5",
    "ldap",
    "mdns",
    "modbus",
    "mqtt",
    "nfs",
    "ntp",
    "pgsql",
    "pop3",
    "quic",
    "rdp",
    "rfb",
    "sip",
    "smb",
    "smtp",
    "snmp",
    "ssh",
    "telnet",
    "tftp",
    "tls",
    "websocket",
)
"""Protocols that Suricata switches on and off by one name."""


def _eve_types(_rest: str, value: object) -> Iterator[Pair]:
    yield "eve.types", value
    names = value if isinstance(value, list | tuple) else str(value).split(",")
    if "tls" in {str(name).strip() for name in names}:
        yield "eve.tls-resumed", "no"


def _alert_limit(_rest: str, value: object) -> Iterator[Pair]:
    if _word(value) != "0":
        yield "detect.alerts-per-packet", value


def _timeout(rest: str, value: object) -> Iterator[Pair]:
    protocol, _, state = rest.partition(".")
    ours = "other" if protocol == "default" else protocol
    states = {"new", "established"} | ({"closed"} if ours == "tcp" else set())
    if ours in {"tcp", "udp", "icmp", "other"} and state in states:
        yield f"flow.timeouts.{ours}-{state}", value


TRANSLATIONS: tuple[Translation, ...] = (
    Translation(
        "capture.checksum-validation", "capture.checksums", _checksums, "`none` is `ignore`"
    ),
    Translation("pcap-file.checksum-checks", "capture.checksums", _checksums, "`no` is `ignore`"),
    Translation(
        "stream.checksum-validation", "capture.checksums", _stream_checksums, "`no` is `tell`"
    ),
    Translation("bpf-filter", "capture.filter", _same("capture.filter")),
    Translation("vlan.use-for-tracking", "flow.use-vlan", _same("flow.use-vlan")),
    Translation(
        "decoder.recursion-level.use-for-tracking", "flow.use-tunnel", _same("flow.use-tunnel")
    ),
    Translation(
        "flow-timeouts.*",
        "flow.timeouts.*",
        _timeout,
        "`default` is `other`; `bypassed` and the emergency ones have no effect",
    ),
    Translation("defrag.timeout", "defragment.timeout", _same("defragment.timeout")),
    Translation(
        "vars.address-groups.*",
        "detect.variables.*",
        _address_group,
        "`HOME_NET` is `detect.home-net`, too",
    ),
    Translation("vars.port-groups.*", "detect.variables.*", _rest("detect.variables")),
    *(
        Translation(theirs, f"detect.{ours}", _same(f"detect.{ours}"))
        for theirs, ours in (
            ("threshold-file", "threshold-file"),
            ("classification-file", "classification-file"),
            ("reference-config-file", "reference-file"),
            ("reputation-categories-file", "reputation-categories"),
            ("reputation-files", "reputation-files"),
            ("geoip-database", "geoip-database"),
        )
    ),
    Translation(
        "detect.guess-applayer-tx",
        "detect.guess-transactions",
        _same("detect.guess-transactions"),
    ),
    Translation("packet-alert-max", "detect.alerts-per-packet", _alert_limit, "0 is the default"),
    *(
        Translation(name, f"eve.{name.rpartition('.')[2]}", _same(f"eve.{name.rpartition('.')[2]}"))
        for name in (
            "community-id",
            "community-id-seed",
            "outputs.eve-log.community-id",
            "outputs.eve-log.community-id-seed",
            "outputs.eve-log.ethernet",
        )
    ),
    Translation(
        "outputs.eve-log.types",
        "eve.types",
        _eve_types,
        "a list with `tls` leaves resumed sessions out, unless `session-resumption` is set, too",
    ),
    Translation("outputs.eve-log.types.alert.payload", "eve.payload", _if_yes("eve.payload")),
    Translation(
        "outputs.eve-log.types.alert.payload-printable", "eve.payload", _if_yes("eve.payload")
    ),
    Translation(
        "outputs.eve-log.types.alert.metadata", "eve.alert-metadata", _same("eve.alert-metadata")
    ),
    *(
        Translation(
            f"outputs.eve-log.types.alert.{name}", "eve.references", _same("eve.references")
        )
        for name in ("reference", "metadata.rule.reference")
    ),
    Translation("outputs.eve-log.metadata", "eve.metadata", _same("eve.metadata")),
    Translation("outputs.eve-log.types.alert.packet", "eve.packet", _if_yes("eve.packet")),
    Translation(
        "outputs.eve-log.types.anomaly.packethdr",
        "eve.anomaly-packet",
        _same("eve.anomaly-packet"),
    ),
    *(
        Translation(
            f"outputs.eve-log.types.anomaly.types.{where}",
            f"eve.anomaly-{where}",
            _same(f"eve.anomaly-{where}"),
        )
        for where in ("decode", "stream", "applayer")
    ),
    *(
        Translation(
            f"outputs.eve-log.types.dns.{name}", f"eve.dns-{name}", _same(f"eve.dns-{name}")
        )
        for name in ("version", "types", "requests", "responses")
    ),
    Translation("outputs.eve-log.types.smb.types", "eve.smb-types", _same("eve.smb-types")),
    Translation(
        "outputs.eve-log.suricata-version", "eve.suricata-version", _same("eve.suricata-version")
    ),
    Translation(
        "outputs.eve-log.types.tls.session-resumption", "eve.tls-resumed", _same("eve.tls-resumed")
    ),
    Translation("outputs.eve-log.types.tls.custom", "eve.tls-fields", _same("eve.tls-fields")),
    Translation("outputs.eve-log.types.stats.enabled", "eve.stats", _same("eve.stats")),
    Translation("stats.enabled", "eve.stats", _same("eve.stats")),
    *(
        Translation(f"stream.{name}", f"stream.{name}", _same(f"stream.{name}"))
        for name in ("midstream", "async-oneside")
    ),
    *(
        Translation(
            name,
            "stream.midstream-policy",
            _midstream_policy,
            "`auto` is `ignore`; policies that drop have no effect",
        )
        for name in ("stream.midstream-policy", "exception-policy")
    ),
    Translation(
        "outputs.eve-log.types.flow.exception-policy",
        "eve.exception-policy",
        _same("eve.exception-policy"),
    ),
    Translation(
        "outputs.eve-log.types.alert.tagged-packets",
        "eve.tagged-packets",
        _same("eve.tagged-packets"),
    ),
    Translation("stream.inline", "stream.inline", _inline, "`auto` is `no`"),
    Translation("stream.reassembly.depth", "stream.depth", _same("stream.depth")),
    *(
        Translation(
            f"stream.reassembly.to{end}-chunk-size",
            f"stream.chunk-to-{end}",
            _same(f"stream.chunk-to-{end}"),
        )
        for end in ("server", "client")
    ),
    Translation(
        "stream.reassembly.urgent.policy",
        "stream.urgent",
        _urgent,
        "other policies than `oob` and `inline` have no effect",
    ),
    Translation(
        "outputs.file-store.enabled", "files.extract", _file_store, "`dir` names the folder"
    ),
    Translation("outputs.file-store.dir", "files.extract", _same("files.extract")),
    Translation(
        "outputs.file-store.force-filestore",
        "files.extract-only-asked-for",
        _not("files.extract-only-asked-for"),
    ),
    Translation(
        "outputs.file-store.stream-depth",
        "stream.depth",
        _same("stream.depth"),
        "holds for all streams",
    ),
    *(
        Translation(f"outputs.eve-log.{place}xff.{name}", f"eve.{ours}", _same(f"eve.{ours}"))
        for place in ("types.alert.", "")
        for name, ours in (
            ("enabled", "xff"),
            ("mode", "xff-mode"),
            ("deployment", "xff-deployment"),
            ("header", "xff-header"),
        )
    ),
    *(
        Translation(
            f"app-layer.protocols.http.libhtp.default-config.{side}-body-limit",
            f"app-layer.http-{side}-body",
            _limit(f"app-layer.http-{side}-body", 1 << 20),
            "0 and what is larger are 1 MiB",
        )
        for side in ("request", "response")
    ),
    Translation(
        "app-layer.protocols.ftp.max-line-length",
        "app-layer.ftp-line",
        _same("app-layer.ftp-line"),
    ),
    Translation(
        "app-layer.protocols.ftp.max-tx",
        "app-layer.ftp-transactions",
        _same("app-layer.ftp-transactions"),
    ),
    Translation(
        "app-layer.protocols.smtp.mime.extract-urls-schemes",
        "app-layer.smtp-url-schemes",
        _same("app-layer.smtp-url-schemes"),
    ),
    Translation(
        "app-layer.protocols.smtp.mime.log-url-scheme",
        "app-layer.smtp-url-with-scheme",
        _same("app-layer.smtp-url-with-scheme"),
    ),
    Translation(
        "app-layer.protocols.smtp.mime.body-md5",
        "app-layer.smtp-body-md5",
        _same("app-layer.smtp-body-md5"),
    ),
    *(
        Translation(
            name, f"app-layer.{ours}", _limit(f"app-layer.{ours}", 64 << 10), "at most 64 KiB"
        )
        for name, ours in (
            ("app-layer.protocols.mqtt.max-msg-length", "mqtt-message"),
            ("outputs.eve-log.types.mqtt.string-log-limit", "mqtt-text"),
        )
    ),
    Translation("stats.interval", "eve.stats-interval", _same("eve.stats-interval")),
    *(
        Translation(
            f"app-layer.protocols.{name}.enabled",
            f"app-layer.reading.{name}",
            _reading(name),
            "`no` and `detection-only` are `no`",
        )
        for name in PROTOCOLS
    ),
    *(
        Translation(
            f"app-layer.protocols.{name}.stream-depth",
            f"app-layer.stream-depth.{name}",
            _same(f"app-layer.stream-depth.{name}"),
        )
        for name in ("modbus", "nfs", "smb")
    ),
)

WITHOUT_EFFECT: tuple[str, ...] = (
    "action-order",
    "app-layer.error-policy",
    "app-layer.protocols.*",
    "datasets.*",
    "decoder.*",
    "default-reputation-path",
    "defrag.*",
    "host-os-policy.*",
    "outputs.eve-log.*",
    "outputs.file-store.*",
    "outputs.stats.*",
    "pcap-file.*",
    "stream.*",
)


def translate(key: str, value: object) -> list[Pair] | None:
    """Our keys and values for one of Suricata's; empty without an effect, `None` when unknown.

    Raises no error for a bad value: our own setting says what it expects.
    """
    for one in TRANSLATIONS:
        rest = _rest_of(key, one.name)
        if rest is not None:
            return list(one.pairs(rest, value))
    if any(_rest_of(key, name) is not None for name in WITHOUT_EFFECT):
        return []
    return None


def _rest_of(key: str, pattern: str) -> str | None:
    if not pattern.endswith(".*"):
        return "" if key == pattern else None
    prefix = pattern[:-1]
    return key[len(prefix) :] if key.startswith(prefix) and key != prefix else None
