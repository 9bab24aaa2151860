"""What a session of the engine is told: one frozen tree that becomes its JSON.

The engine reads exactly these names (`crates/engine/src/options.rs`); a name that it does not
know is an error there, so the two cannot drift apart.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping

import msgspec

from wirewatch.config.sections import EveSettings, Settings

MOST_WORKERS = 8
"""Workers that are started without being asked for: more seldom help and each has its own
memory."""

TICK_MS = 1000
"""Interval of the live picture: as often as a person can read it."""

PROGRESS_TICK_MS = 200
"""Interval of ticks for a progress bar."""


class CaptureOptions(msgspec.Struct, frozen=True):
    """How packets are taken in."""

    filter: str | None
    promiscuous: bool
    snap_length: int
    ring_bytes: int
    checksums: str
    """Whether a packet with a wrong checksum is kept away from streams and rules."""
    sliced: bool
    drop_privileges: bool
    backend: str


class TimeoutOptions(msgspec.Struct, frozen=True):
    """Seconds of silence after which a flow has ended."""

    tcp_new_s: int
    tcp_established_s: int
    tcp_closed_s: int
    udp_new_s: int
    udp_established_s: int
    icmp_new_s: int
    icmp_established_s: int
    other_new_s: int
    other_established_s: int


class FlowOptions(msgspec.Struct, frozen=True):
    """How packets are put together to flows."""

    use_vlan: bool
    use_tunnel: bool
    timeouts: TimeoutOptions
    active_s: int
    """Seconds after which a long flow is reported in between; 0 means never."""
    enabled: bool


class DefragmentOptions(msgspec.Struct, frozen=True):
    """How IP fragments are put together."""

    policy: str
    timeout_s: int


class DetectOptions(msgspec.Struct, frozen=True):
    """What is looked for."""

    enabled: bool
    rules: tuple[str, ...]
    intel: tuple[str, ...]
    variables: Mapping[str, str]
    home_net: tuple[str, ...] | None
    threshold_file: str | None
    classification_file: str | None
    reference_file: str | None
    reputation_categories: str | None
    reputation_files: tuple[str, ...]
    geoip_database: str | None
    alerts_per_packet: int
    guess_transactions: bool
    disabled: tuple[str, ...]
    advice: bool
    """Whether rules that are asked too often are told."""
    profile: bool
    """Whether the cost of each rule is measured."""
    explain: tuple[tuple[int, int], ...]
    """Rules, by gid and sid, of which is told why they match or do not."""


class AppLayerOptions(msgspec.Struct, frozen=True):
    """Application protocols."""

    enabled: bool
    http_request_body: int
    http_response_body: int
    ftp_line: int
    ftp_transactions: int
    smtp_url_schemes: tuple[str, ...]
    smtp_url_with_scheme: bool
    smtp_body_md5: bool
    mqtt_message: int
    mqtt_text: int
    unread: tuple[str, ...]
    """Protocols that are recognised only."""
    stream_depth: dict[str, int]
    """Bytes of each direction that are read, by protocol, where that differs; 0 means all."""


class StreamOptions(msgspec.Struct, frozen=True):
    """How TCP segments are put together."""

    policy: str
    urgent: str
    inline: bool
    midstream: bool
    midstream_policy: str
    async_oneside: bool
    depth: int
    """Bytes of each direction; 0 means all."""
    chunk_to_server: int
    """Bytes that rules see at a time."""
    chunk_to_client: int


class FileOptions(msgspec.Struct, frozen=True):
    """Files that travel in connections."""

    hashes: bool
    extract: str | None
    extract_asked_for: bool
    extract_file_bytes: int
    extract_bytes: int


class DnsOptions(msgspec.Struct, frozen=True):
    """Which DNS messages EVE has, and how."""

    version: int
    types: tuple[str, ...]
    requests: bool
    responses: bool


class XffOptions(msgspec.Struct, frozen=True):
    """The client that a proxy names in a header."""

    header: str
    overwrite: bool
    last: bool


class AnomalyOptions(msgspec.Struct, frozen=True):
    """Which anomalies are written, by where they were found."""

    decode: bool
    stream: bool
    applayer: bool


class OutputOptions(msgspec.Struct, frozen=True):
    """Files that the engine writes."""

    eve: tuple[str, ...]
    eve_kinds: tuple[str, ...] | None
    dns: DnsOptions
    smb_types: tuple[str, ...]
    anomalies: AnomalyOptions
    tls_fields: tuple[str, ...]
    tls_resumed: bool
    version: bool
    zeek: str | None
    zeek_json: bool
    write: str | None
    community_id: bool
    community_seed: int
    payload_in_alerts: bool
    packet_in_alerts: bool
    packet_in_anomalies: bool
    link_addresses: bool
    xff: XffOptions | None
    details_in_alerts: bool
    references_in_alerts: bool
    flow_variables: bool
    exception_policy: bool
    tagged_packets: bool
    stats_s: int | None
    """Interval of `stats` records of interfaces; 0 means one at the end only, `None` that EVE has
    none."""


class TextOptions(msgspec.Struct, frozen=True):
    """Lines for a terminal."""

    show: tuple[str, ...]
    colour: bool
    payload: int | None
    hex: bool
    date: bool
    """Whether the day stands before the time."""
    utc_offset_s: int
    """Seconds to add to UTC for the times that are shown."""


class PacketOptions(msgspec.Struct, frozen=True):
    """Packets for a callback."""

    filter: str | None
    copy: bool
    """Whether each packet owns its bytes, so that a callback may keep it."""


class SessionOptions(msgspec.Struct, frozen=True):
    """All a session is told."""

    inputs: tuple[str, ...]
    interfaces: tuple[str, ...] | None
    """`None` reads `inputs`; empty listens on the default interface."""
    capture: CaptureOptions
    workers: int
    memory_bytes: int
    flow: FlowOptions
    defragment: DefragmentOptions
    detect: DetectOptions
    app_layer: AppLayerOptions
    stream: StreamOptions
    files: FileOptions
    output: OutputOptions
    where: str | None
    text: TextOptions | None
    json: bool
    """Whether `text` updates are EVE lines."""
    batches: tuple[str, ...]
    """Kinds of records that come out as batches."""
    packets: PacketOptions | None
    tick_ms: int
    """Interval of ticks; 0 means none."""
    pace: float | None
    """How many times faster than captured a file is played; `None` means as fast as possible."""

    def to_json(self) -> str:
        """The text that the engine takes."""
        return msgspec.json.encode(self).decode()


class Source(msgspec.Struct, frozen=True):
    """Where packets come from: files, or interfaces."""

    files: tuple[str, ...] = ()
    interfaces: tuple[str, ...] | None = None

    @property
    def is_live(self) -> bool:
        """Whether packets come from interfaces."""
        return self.interfaces is not None


class Wanted(msgspec.Struct, frozen=True):
    """What should come out of a session, besides the files it writes."""

    show: tuple[str, ...] = ()
    colour: bool = False
    json: bool = False
    batches: frozenset[str] = frozenset()
    packets: PacketOptions | None = None
    tick_ms: int = 0
    pace: float | None = None
    advice: bool = False
    """Whether rules that are asked too often are told."""
    profile: bool = False
    """Whether the cost of each rule is measured."""
    explain: tuple[tuple[int, int], ...] = ()
    """Rules, by gid and sid, of which is told why they match or do not."""


def session_options(settings: Settings, source: Source, wanted: Wanted) -> SessionOptions:
    """The options of a session with these settings."""
    return SessionOptions(
        inputs=source.files,
        interfaces=source.interfaces,
        capture=_capture(settings),
        workers=settings.engine.workers or _default_workers(source, wanted),
        memory_bytes=settings.engine.memory,
        flow=_flow(settings),
        defragment=DefragmentOptions(settings.defragment.policy, settings.defragment.timeout),
        detect=_detect(settings, wanted),
        app_layer=_app_layer(settings),
        stream=_stream(settings),
        files=_files(settings),
        output=_output(settings),
        where=settings.records.where,
        text=_text(settings, wanted),
        json=wanted.json,
        batches=tuple(sorted(wanted.batches)),
        packets=wanted.packets,
        tick_ms=wanted.tick_ms,
        pace=wanted.pace,
    )


def _default_workers(source: Source, wanted: Wanted) -> int:
    # A capture file gives the same output on every run, and whoever looks at single packets gets
    # them in order: several workers keep neither.
    in_order = wanted.packets or "packets" in wanted.show or "packet" in wanted.batches
    if source.interfaces is None or in_order:
        return 1
    return max(1, min(MOST_WORKERS, len(os.sched_getaffinity(0))))


def _capture(settings: Settings) -> CaptureOptions:
    capture = settings.capture
    return CaptureOptions(
        filter=capture.filter,
        promiscuous=capture.promiscuous,
        snap_length=capture.snap_length,
        ring_bytes=capture.ring_size,
        checksums=capture.checksums,
        sliced=capture.sliced,
        drop_privileges=capture.drop_privileges,
        backend=capture.backend,
    )


def _flow(settings: Settings) -> FlowOptions:
    own = settings.timeouts
    timeouts = TimeoutOptions(
        own.tcp_new, own.tcp_established, own.tcp_closed, own.udp_new, own.udp_established,
        own.icmp_new, own.icmp_established, own.other_new, own.other_established,
    )  # fmt: skip
    flow = settings.flow
    return FlowOptions(flow.use_vlan, flow.use_tunnel, timeouts, flow.active_timeout, flow.enabled)


def _detect(settings: Settings, wanted: Wanted) -> DetectOptions:
    detect = settings.detect
    return DetectOptions(
        enabled=detect.enabled,
        rules=detect.rules,
        intel=detect.intel,
        variables=dict(detect.variables),
        home_net=detect.home_net or None,
        threshold_file=detect.threshold_file,
        classification_file=detect.classification_file,
        reference_file=detect.reference_file,
        reputation_categories=detect.reputation_categories,
        reputation_files=detect.reputation_files,
        geoip_database=detect.geoip_database,
        alerts_per_packet=detect.alerts_per_packet,
        guess_transactions=detect.guess_transactions,
        disabled=detect.disabled,
        advice=wanted.advice,
        profile=wanted.profile,
        explain=wanted.explain,
    )


def _xff(eve: EveSettings) -> XffOptions:
    return XffOptions(
        header=eve.xff_header,
        overwrite=eve.xff_mode == "overwrite",
        last=eve.xff_deployment == "reverse",
    )


_LONG = ("smb", "nfs", "modbus")
"""Protocols whose connections last: all that they say is read."""

_CARRIERS = ("http", "http2", "smtp", "ftp-data")
"""Protocols that carry files, of which copies are to be whole."""


def _app_layer(all_settings: Settings) -> AppLayerOptions:
    settings = all_settings.app_layer
    deep = (*_LONG, *(_CARRIERS if all_settings.files.extract else ()))
    return AppLayerOptions(
        enabled=settings.enabled,
        http_request_body=settings.http_request_body,
        http_response_body=settings.http_response_body,
        ftp_line=settings.ftp_line,
        ftp_transactions=settings.ftp_transactions,
        smtp_url_schemes=settings.smtp_url_schemes,
        smtp_url_with_scheme=settings.smtp_url_with_scheme,
        smtp_body_md5=settings.smtp_body_md5,
        mqtt_message=settings.mqtt_message,
        mqtt_text=settings.mqtt_text,
        unread=tuple(sorted(name for name, word in settings.reading.items() if _is_no(word))),
        stream_depth=dict.fromkeys(deep, 0) | dict(settings.stream_depth),
    )


def _is_no(word: str) -> bool:
    return word.strip().lower() == "no"


def _stream(settings: Settings) -> StreamOptions:
    stream = settings.stream
    return StreamOptions(
        policy=stream.policy,
        urgent=stream.urgent,
        inline=stream.inline,
        midstream=stream.midstream,
        midstream_policy=stream.midstream_policy,
        async_oneside=stream.async_oneside,
        depth=stream.depth,
        chunk_to_server=stream.chunk_to_server,
        chunk_to_client=stream.chunk_to_client,
    )


def _files(settings: Settings) -> FileOptions:
    files = settings.files
    return FileOptions(
        hashes=files.hashes,
        extract=files.extract,
        extract_asked_for=files.extract_only_asked_for,
        extract_file_bytes=files.extract_file_size,
        extract_bytes=files.extract_total_size,
    )


def _output(settings: Settings) -> OutputOptions:
    eve = settings.eve
    return OutputOptions(
        eve=eve.files,
        eve_kinds=eve.types or None,
        dns=DnsOptions(eve.dns_version, eve.dns_types, eve.dns_requests, eve.dns_responses),
        smb_types=eve.smb_types,
        anomalies=AnomalyOptions(eve.anomaly_decode, eve.anomaly_stream, eve.anomaly_applayer),
        tls_fields=eve.tls_fields,
        tls_resumed=eve.tls_resumed,
        version=eve.suricata_version,
        zeek=settings.zeek.folder,
        zeek_json=settings.zeek.json,
        write=settings.write.file,
        community_id=eve.community_id,
        community_seed=eve.community_id_seed,
        payload_in_alerts=eve.payload,
        packet_in_alerts=eve.packet,
        packet_in_anomalies=eve.anomaly_packet,
        link_addresses=eve.ethernet,
        xff=_xff(eve) if eve.xff else None,
        details_in_alerts=eve.alert_metadata,
        references_in_alerts=eve.references,
        flow_variables=eve.metadata,
        exception_policy=eve.exception_policy,
        tagged_packets=eve.tagged_packets,
        stats_s=eve.stats_interval if eve.stats else None,
    )


def _text(settings: Settings, wanted: Wanted) -> TextOptions | None:
    if not wanted.show:
        return None
    terminal = settings.terminal
    return TextOptions(
        show=wanted.show,
        colour=wanted.colour,
        payload=terminal.payload,
        hex=terminal.hex,
        date=terminal.date,
        utc_offset_s=0 if terminal.utc else time.localtime().tm_gmtoff,
    )
