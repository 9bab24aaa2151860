"""The sections of settings that the engine and the command line have.

Detectors and sinks keep their sections beside themselves; `wirewatch.config.resolution` adds them.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from wirewatch.config import kinds
from wirewatch.config.definition import Section, setting

_NONE: Mapping[str, str] = MappingProxyType({})
_NO_SIZES: Mapping[str, int] = MappingProxyType({})
_NONE_YET: Mapping[str, object] = MappingProxyType({})
_TEXT_OR_NONE: str | None = None
_NUMBER_OR_NONE: int | None = None


class CaptureSettings(Section):
    """How packets are taken in."""

    interfaces: tuple[str, ...] = setting(
        (), "Interfaces to listen on; empty means the one that the default route uses."
    )
    filter: str | None = setting(
        _TEXT_OR_NONE,
        "Capture filter in tcpdump's language, such as `tcp port 443`.",
        kind=kinds.TEXT,
    )
    promiscuous: bool = setting(
        default=True, doc="Whether packets for other machines are taken, too."
    )
    snap_length: int = setting(
        262_144, "How many bytes of each packet are taken.", minimum=64, maximum=262_144
    )
    ring_size: int = setting(
        16 << 20,
        "Memory for packets that wait to be read, per worker and interface.",
        kind=kinds.SIZE,
        minimum=1 << 20,
        maximum=4 << 30,
    )
    checksums: str = setting(
        "auto",
        "What is done with a packet whose checksum is wrong: `check` keeps it away from "
        "streams and rules (what a UDP datagram says is read all the same), "
        "`tell` reports it and takes the packet all the same, "
        "`ignore` does not look at checksums, `auto` does as `check` except "
        "where all that a sender sends in a flow is wrong: then its network card fills checksums "
        "in after the capture; in segments longer than 1,500 bytes, which the receiver's card "
        "put together; and for bytes that came with no right checksum and that their receiver "
        "acknowledges or, at the end of a capture, is not seen to refuse.",
        choices=("auto", "check", "tell", "ignore"),
    )
    sliced: bool = setting(
        default=False,
        doc="Whether a mirror port or packet broker cut packets before they were captured. What is "
        "missing then counts as not captured; else a packet that ends before its headers say is "
        "told, and treated as one with a wrong checksum, since receivers do not take it.",
    )
    drop_privileges: bool = setting(
        default=True, doc="Whether root's rights are given up once the interface is open."
    )
    backend: str = setting(
        "auto", "What takes packets from the system.", choices=("auto", "af-packet", "libpcap")
    )


class EngineSettings(Section):
    """How much of the machine is used."""

    workers: int = setting(
        0,
        "Worker threads; 0 means one for capture files, so that every run gives the same output, "
        "and for interfaces one per processor, at most eight, unless packets are shown or handed "
        "to a function, which should come in order. Files are read by one if rules tag hosts, and "
        "what rules count or remember of a host follows the order in which several come to its "
        "packets.",
        minimum=0,
        maximum=256,
    )
    memory: int = setting(
        1 << 30,
        "Memory for flows, streams and rules; under pressure the least useful goes first.",
        kind=kinds.SIZE,
        minimum=32 << 20,
    )


class FlowSettings(Section):
    """How packets are put together to flows."""

    enabled: bool = setting(default=True, doc="Whether flows are followed at all.")
    use_vlan: bool = setting(
        default=True, doc="Whether the same addresses on two VLANs are two flows."
    )
    use_tunnel: bool = setting(
        default=True,
        doc="Whether the same addresses in two tunnels are two flows. When they are one, "
        "a single worker reads everything.",
    )
    active_timeout: int = setting(
        0, "Seconds after which a long flow is reported in between; 0 means at its end only.",
        kind=kinds.SECONDS, minimum=0,
    )  # fmt: skip


def _seconds(default: int, doc: str) -> int:
    return setting(default, doc, kind=kinds.SECONDS, minimum=1, maximum=7 * 86_400)


class FlowTimeouts(Section):
    """Seconds of silence after which a flow has ended; the defaults are Suricata's."""

    tcp_new: int = _seconds(60, "TCP without a complete handshake.")
    tcp_established: int = _seconds(600, "TCP after the handshake.")
    tcp_closed: int = _seconds(60, "TCP after FIN or RST.")
    udp_new: int = _seconds(30, "UDP without an answer.")
    udp_established: int = _seconds(300, "UDP with answers.")
    icmp_new: int = _seconds(30, "ICMP without an answer.")
    icmp_established: int = _seconds(300, "ICMP with answers.")
    other_new: int = _seconds(30, "Any other protocol without an answer.")
    other_established: int = _seconds(300, "Any other protocol with answers.")


class DefragmentSettings(Section):
    """How IP fragments are put together."""

    policy: str = setting(
        "bsd",
        "Which of two overlapping fragments counts, after the systems that do it so.",
        choices=("bsd", "bsd-right", "linux", "first", "last", "solaris", "windows"),
    )
    timeout: int = setting(
        60, "Seconds to wait for the missing pieces.", kind=kinds.SECONDS, minimum=1, maximum=600
    )


class DetectSettings(Section):
    """What is looked for."""

    enabled: bool = setting(default=True, doc="Whether anything is looked for.")
    rules: tuple[str, ...] = setting((), "Files or folders of rules in Suricata's language.")
    intel: tuple[str, ...] = setting((), "Files of bad addresses, names, URLs and hashes.")
    home_net: tuple[str, ...] = setting(
        (),
        "Networks that are one's own; empty means the private ranges and the interface's networks.",
    )
    variables: Mapping[str, str] = setting(
        _NONE, "Variables of rules, such as `DNS_SERVERS`.", kind=kinds.MAPPING
    )
    threshold_file: str | None = setting(
        _TEXT_OR_NONE,
        "File that silences rules or tells them less often: lines of `suppress`, `threshold`, "
        "`event_filter` and `rate_filter`, as Suricata's threshold.config has them.",
        kind=kinds.TEXT,
    )
    classification_file: str | None = setting(
        _TEXT_OR_NONE,
        "File of rule classes beside the well-known ones: lines of "
        "`config classification: name,text,priority`.",
        kind=kinds.TEXT,
    )
    reference_file: str | None = setting(
        _TEXT_OR_NONE,
        "File of the schemes of references beside the well-known ones: lines of "
        "`config reference: scheme prefix`.",
        kind=kinds.TEXT,
    )
    reputation_categories: str | None = setting(
        _TEXT_OR_NONE,
        "File that names the categories of `iprep`: lines of `number,short name,description`.",
        kind=kinds.TEXT,
    )
    reputation_files: tuple[str, ...] = setting(
        (), "Lists that `iprep` asks: lines of `address or network,category number,score`."
    )
    geoip_database: str | None = setting(
        _TEXT_OR_NONE,
        "Database of countries in MaxMind's format that `geoip` asks.",
        kind=kinds.TEXT,
    )
    alerts_per_packet: int = setting(
        15, "How many rules may alert on one packet.", minimum=1, maximum=255
    )
    guess_transactions: bool = setting(
        default=False,
        doc="Whether alerts of rules without keywords of a protocol carry the transaction that is "
        "under way in their flow while it is the only one; it may not be what the rule found.",
    )
    disabled: tuple[str, ...] = setting((), "Names of detectors that stay silent.")


class RulesSettings(Section):
    """Rules that `wirewatch rules update` installs."""

    folder: str | None = setting(
        _TEXT_OR_NONE,
        "Folder they are in; empty means `/var/lib/wirewatch/rules` for root and "
        "`~/.local/share/wirewatch/rules` for others (`XDG_DATA_HOME` moves both).",
        kind=kinds.TEXT,
    )
    use_installed: bool = setting(
        default=True, doc="Whether they are used by runs that name no rules of their own."
    )
    sources: tuple[str, ...] = setting(
        ("et/open",), "Where they come from: known names, http addresses, files and folders."
    )
    choices: str | None = setting(
        _TEXT_OR_NONE,
        "Folder of `enable.conf`, `disable.conf` and `modify.conf`; empty means `/etc/wirewatch` "
        "for root and `~/.config/wirewatch` for others (`XDG_CONFIG_HOME` moves both).",
        kind=kinds.TEXT,
    )


class AppLayerSettings(Section):
    """Application protocols."""

    enabled: bool = setting(
        default=True, doc="Whether application protocols are recognised and read."
    )
    http_request_body: int = setting(
        100 << 10,
        "How much of a request's body rules look at; at most 1 MiB.",
        kind=kinds.SIZE,
        maximum=1 << 20,
    )
    http_response_body: int = setting(
        100 << 10,
        "How much of an answer's body rules look at; at most 1 MiB.",
        kind=kinds.SIZE,
        maximum=1 << 20,
    )
    ftp_line: int = setting(
        4 << 10,
        "How much of a line of FTP is read; at most 64 KiB.",
        kind=kinds.SIZE,
        minimum=1,
        maximum=64 << 10,
    )
    ftp_transactions: int = setting(
        1 << 10,
        "Commands of FTP that may wait for their replies before its connection is given up; "
        "at most 1,024.",
        minimum=1,
        maximum=1 << 10,
    )
    smtp_url_schemes: tuple[str, ...] = setting(
        ("http", "https", "ftp", "mailto"),
        "What addresses in mails begin with that are told.",
        choices=("http", "https", "ftp", "mailto"),
    )
    smtp_url_with_scheme: bool = setting(
        default=False, doc="Whether addresses in mails are told with `http://` and its like."
    )
    smtp_body_md5: bool = setting(
        default=False,
        doc="Whether the MD5 of a mail's body is told, for rules as well (`email.body_md5`).",
    )
    mqtt_message: int = setting(
        64 << 10,
        "How long a message of MQTT may be that is read; of longer ones only the length is told.",
        kind=kinds.SIZE,
        minimum=1,
        maximum=64 << 10,
    )
    mqtt_text: int = setting(
        1 << 10,
        "How much of a text of MQTT records have; at most 64 KiB.",
        kind=kinds.SIZE,
        minimum=1,
        maximum=64 << 10,
    )
    reading: Mapping[str, str] = setting(
        _NONE,
        "Protocols by name; of those with `no` only the name is told, what they say is not read.",
        kind=kinds.MAPPING,
    )
    stream_depth: Mapping[str, int] = setting(
        _NO_SIZES,
        "Bytes of each direction that are read, by protocol, where it is not `stream.depth`; "
        "0 means all. Unless set here it is 0 for `smb`, `nfs` and `modbus`, whose connections "
        "last, and with `files.extract` for all protocols that carry files.",
        kind=kinds.SIZES,
    )


class StreamSettings(Section):
    """How TCP segments are put together to streams."""

    policy: str = setting(
        "bsd",
        "Which of two overlapping segments counts, after the systems that do it so.",
        choices=("bsd", "windows", "linux", "old-linux", "solaris", "first", "last", "vista"),
    )
    urgent: str = setting(
        "oob",
        "What becomes of urgent bytes: `oob` leaves them out of the stream, as sockets do, "
        "`inline` keeps them.",
        choices=("oob", "inline"),
    )
    inline: bool = setting(
        default=False,
        doc="Whether data are read when they arrive instead of when they are acknowledged. "
        "Rules about streams then see each segment with what stands around it, and may match "
        "again.",
    )
    midstream: bool = setting(
        default=True, doc="Whether connections are read whose beginning was not seen."
    )
    midstream_policy: str = setting(
        "ignore",
        "What becomes of connections whose beginning was not seen: `ignore` treats them as all "
        "others, `pass-flow` keeps rules silent about them, `bypass` only counts them.",
        choices=("ignore", "pass-flow", "bypass"),
    )
    async_oneside: bool = setting(
        default=True, doc="Whether connections are read of which only one side is seen."
    )
    depth: int = setting(
        1 << 20, "Bytes of each direction that are read; 0 means all.", kind=kinds.SIZE, minimum=0
    )
    chunk_to_server: int = setting(
        2560,
        "Bytes of what a client sends that are put together before rules see them; what a parser "
        "finds whole, what waited for a second and what is left at the end come sooner. From "
        "interfaces and pipes everything is shown at once. With `stream.inline`: how much is seen "
        "with each segment.",
        kind=kinds.SIZE,
        minimum=0,
        maximum=1 << 20,
    )
    chunk_to_client: int = setting(
        2560,
        "The same of what a server sends.",
        kind=kinds.SIZE,
        minimum=0,
        maximum=1 << 20,
    )


class FileSettings(Section):
    """Files that travel in connections."""

    hashes: bool = setting(
        default=True, doc="Whether MD5, SHA-1 and SHA-256 of files are computed."
    )
    extract: str | None = setting(
        _TEXT_OR_NONE,
        "Folder that files are copied to, each under the SHA-256 of its content.",
        kind=kinds.TEXT,
    )
    extract_only_asked_for: bool = setting(
        default=False, doc="Whether only files are copied that a rule asks for with `filestore`."
    )
    extract_file_size: int = setting(
        64 << 20, "Bytes of one copy at most; the rest of the file is left out.",
        kind=kinds.SIZE, minimum=1,
    )  # fmt: skip
    extract_total_size: int = setting(
        1 << 30, "Bytes of all copies of one run at most.", kind=kinds.SIZE, minimum=1
    )


class RecordSettings(Section):
    """Which records come out."""

    where: str | None = setting(
        _TEXT_OR_NONE,
        "Condition on the fields of records, such as `dst_port == 443 and bytes_toclient > 1000`.",
        kind=kinds.TEXT,
    )


class EveSettings(Section):
    """EVE JSON, the line format of Suricata."""

    files: tuple[str, ...] = setting(
        (), "Files to write; `-` is the standard output of `read` and `live`."
    )
    types: tuple[str, ...] = setting((), "Kinds of records to write; empty means all.")
    community_id: bool = setting(
        default=False, doc="Whether records carry the Community ID of their flow."
    )
    community_id_seed: int = setting(0, "Seed of the Community ID.", minimum=0, maximum=65_535)
    payload: bool = setting(
        default=False, doc="Whether alerts carry the payload that was inspected."
    )
    packet: bool = setting(default=False, doc="Whether alerts carry the packet.")
    anomaly_packet: bool = setting(
        default=False, doc="Whether anomalies of packets carry the packet's first 128 bytes."
    )
    anomaly_decode: bool = setting(
        default=True, doc="Whether `anomaly` records are written of headers."
    )
    anomaly_stream: bool = setting(
        default=True, doc="Whether `anomaly` records are written of the order of TCP segments."
    )
    anomaly_applayer: bool = setting(
        default=True, doc="Whether `anomaly` records are written of what applications say."
    )
    ethernet: bool = setting(
        default=False,
        doc="Whether records carry link addresses: of their packet, or of the flow's ends.",
    )
    suricata_version: bool = setting(
        default=False,
        doc="Whether records carry `suricata_version`, with this program's name and version.",
    )
    xff: bool = setting(
        default=False, doc="Whether alerts on HTTP carry the client that a proxy names in a header."
    )
    xff_mode: str = setting(
        "extra-data",
        "Whether that client stands beside the proxy (`extra-data`) or in its place (`overwrite`).",
        choices=("extra-data", "overwrite"),
    )
    xff_deployment: str = setting(
        "reverse",
        "Whose proxy it is: behind a `reverse` proxy the last address of the header counts, "
        "behind a `forward` proxy the first.",
        choices=("reverse", "forward"),
    )
    xff_header: str = setting("X-Forwarded-For", "The header that names the client.")
    alert_metadata: bool = setting(
        default=True,
        doc="Whether alerts carry what is known of their flow, their transaction and their rule.",
    )
    references: bool = setting(
        default=False,
        doc="Whether alerts carry the references of their rule in EVE. Filters and plugins have "
        "them in any case.",
    )
    metadata: bool = setting(
        default=True,
        doc="Whether records carry what rules remember of their flow: bits, numbers and captures.",
    )
    exception_policy: bool = setting(
        default=False,
        doc="Whether `flow` records tell what was done about a connection whose beginning was not "
        "seen.",
    )
    tagged_packets: bool = setting(
        default=True, doc="Whether packets are written that rules keep with `tag`."
    )
    dns_version: int = setting(
        3, "Form of `dns` records: 3, or 2 as Suricata 7 and earlier had it.", minimum=2, maximum=3
    )
    dns_types: tuple[str, ...] = setting(
        (), "Types of DNS questions that `dns` records are written of; empty means all."
    )
    dns_requests: bool = setting(default=True, doc="Whether `dns` records are written of requests.")
    dns_responses: bool = setting(
        default=True, doc="Whether `dns` records are written of responses."
    )
    smb_types: tuple[str, ...] = setting(
        (),
        "Kinds of exchanges that `smb` records are written of, empty for all: `file`, `create`, "
        "`tree_connect`, `negotiate`, `dcerpc`, `session_setup`, `ioctl`, `rename`, "
        "`set_file_path_info`, `generic`.",
    )
    tls_resumed: bool = setting(
        default=True,
        doc="Whether `tls` records are written of sessions that take up an earlier one, without a "
        "certificate.",
    )
    tls_fields: tuple[str, ...] = setting(
        (),
        "Fields that `tls` records have, by Suricata's names; empty means the usual ones.",
        choices=(
            "subject", "issuer", "session_resumed", "serial", "fingerprint", "sni", "version",
            "not_before", "not_after", "certificate", "chain", "ja3", "ja3s", "ja4",
            "subjectaltname", "client_alpns", "server_alpns", "client", "client_certificate",
            "client_chain", "client_handshake", "server_handshake",
        ),
    )  # fmt: skip
    stats: bool = setting(
        default=True, doc="Whether `stats` records, the sensor's own counters, are written."
    )
    stats_interval: int = setting(
        8,
        "Seconds between two `stats` records of an interface; 0 means one at the end only, "
        "as for capture files.",
        kind=kinds.SECONDS,
        minimum=0,
    )


class ZeekSettings(Section):
    """Zeek's logs."""

    folder: str | None = setting(
        _TEXT_OR_NONE, "Folder to write conn.log, weird.log and the others to.", kind=kinds.TEXT
    )
    json: bool = setting(
        default=False,
        doc="Whether logs are JSON lines, as Zeek writes them with `LogAscii::use_json`.",
    )


class WriteSettings(Section):
    """Capture files that are written."""

    file: str | None = setting(
        _TEXT_OR_NONE,
        "pcapng file to write packets to; a comment names the alert that a packet raised.",
        kind=kinds.TEXT,
    )


class TerminalSettings(Section):
    """What the terminal shows."""

    show: tuple[str, ...] = setting(
        (),
        "What is shown as lines; empty means packets and alerts for `live`, alerts for `read`.",
    )
    colour: str = setting(
        "auto", "Whether lines are coloured.", choices=("auto", "always", "never")
    )
    payload: int | None = setting(
        _NUMBER_OR_NONE, "How many bytes of payload are shown; empty means none.",
        kind=kinds.INTEGER, minimum=0, maximum=262_144,
    )  # fmt: skip
    hex: bool = setting(default=False, doc="Whether payload is shown as a hexadecimal dump.")
    date: bool = setting(default=False, doc="Whether the day is shown before the time.")
    utc: bool = setting(default=False, doc="Whether times are UTC instead of local.")
    json: bool = setting(default=False, doc="Whether records are shown as EVE JSON lines.")
    quiet: bool = setting(
        default=False,
        doc="Whether the summary, the progress bar and notices are left out; faults are told.",
    )


class Settings(Section):
    """Everything that can be set, resolved."""

    capture: CaptureSettings = CaptureSettings()
    engine: EngineSettings = EngineSettings()
    flow: FlowSettings = FlowSettings()
    timeouts: FlowTimeouts = FlowTimeouts()
    defragment: DefragmentSettings = DefragmentSettings()
    detect: DetectSettings = DetectSettings()
    rules: RulesSettings = RulesSettings()
    app_layer: AppLayerSettings = AppLayerSettings()
    stream: StreamSettings = StreamSettings()
    files: FileSettings = FileSettings()
    records: RecordSettings = RecordSettings()
    eve: EveSettings = EveSettings()
    zeek: ZeekSettings = ZeekSettings()
    write: WriteSettings = WriteSettings()
    terminal: TerminalSettings = TerminalSettings()
    detectors: Mapping[str, object] = _NONE_YET
    """Section of each Python detector by its name."""
    sinks: Mapping[str, object] = _NONE_YET
    """Section of each sink by its name; a sink without its required setting stays off."""


SECTIONS: tuple[tuple[str, str, type[Section]], ...] = (
    ("capture", "capture", CaptureSettings),
    ("engine", "engine", EngineSettings),
    ("flow", "flow", FlowSettings),
    ("flow.timeouts", "timeouts", FlowTimeouts),
    ("defragment", "defragment", DefragmentSettings),
    ("detect", "detect", DetectSettings),
    ("rules", "rules", RulesSettings),
    ("app-layer", "app_layer", AppLayerSettings),
    ("stream", "stream", StreamSettings),
    ("files", "files", FileSettings),
    ("records", "records", RecordSettings),
    ("eve", "eve", EveSettings),
    ("zeek", "zeek", ZeekSettings),
    ("write", "write", WriteSettings),
    ("terminal", "terminal", TerminalSettings),
)
"""Key, attribute of `Settings` and class of each section."""
