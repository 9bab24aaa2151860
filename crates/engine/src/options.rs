//! What a run is asked to do. Python resolves settings and flags; this is what it hands over.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;
use wirewatch_proto::{Limits, TlsParts};
use wirewatch_records::{Row, SmbRow};

/// Everything about one run.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Options {
    /// Capture files, folders, or `-` for standard input.
    pub inputs: Vec<PathBuf>,
    /// Interfaces to capture from (an empty list: the default one); `None` when files are read.
    pub interfaces: Option<Vec<String>>,
    /// How packets are captured.
    pub capture: Capture,
    /// Worker threads; at least one.
    pub workers: u32,
    /// Bound on the memory of all tables and queues, in bytes.
    pub memory_bytes: u64,
    /// Flow settings.
    pub flow: Flow,
    /// IP reassembly.
    pub defragment: Defragment,
    /// Rules, indicators and built-in detection.
    pub detect: Detect,
    /// Application-layer recognition.
    pub app_layer: AppLayer,
    /// TCP reassembly.
    pub stream: Stream,
    /// Files that travel in flows.
    pub files: Files,
    /// Files that are written.
    pub output: Output,
    /// Only records for which this expression holds are put out.
    pub r#where: Option<String>,
    /// Readable lines for a terminal.
    pub text: Option<Text>,
    /// EVE lines instead of readable ones.
    pub json: bool,
    /// Record kinds that Python wants as Arrow batches.
    pub batches: Vec<String>,
    /// Packets that Python wants for a callback.
    pub packets: Option<PacketWish>,
    /// Interval of live-picture updates in milliseconds; 0 for none.
    pub tick_ms: u64,
    /// Replay speed: 1.0 as captured, `None` as fast as possible.
    pub pace: Option<f64>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            inputs: Vec::new(),
            interfaces: None,
            capture: Capture::default(),
            workers: 1,
            memory_bytes: 1 << 30,
            flow: Flow::default(),
            defragment: Defragment::default(),
            detect: Detect::default(),
            app_layer: AppLayer::default(),
            stream: Stream::default(),
            files: Files::default(),
            output: Output::default(),
            r#where: None,
            text: None,
            json: false,
            batches: Vec::new(),
            packets: None,
            tick_ms: 0,
            pace: None,
        }
    }
}

/// How packets are captured.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Capture {
    /// Capture filter in pcap's language.
    pub filter: Option<String>,
    /// Whether the interface is put into promiscuous mode.
    pub promiscuous: bool,
    /// Longest part of a packet that is captured.
    pub snap_length: u32,
    /// Size of each worker's ring per interface.
    pub ring_bytes: usize,
    /// What a wrong checksum means: `check`, `tell`, `ignore`, or `auto`.
    pub checksums: String,
    /// Whether a mirror or a broker cut packets before they were captured.
    pub sliced: bool,
    /// Whether a process that was root gives up what it no longer needs.
    pub drop_privileges: bool,
    /// `auto`, `af-packet` or `libpcap`.
    pub backend: String,
}

impl Default for Capture {
    fn default() -> Self {
        Self {
            filter: None,
            promiscuous: true,
            snap_length: 262_144,
            ring_bytes: 16 << 20,
            checksums: "auto".to_owned(),
            sliced: false,
            drop_privileges: true,
            backend: "auto".to_owned(),
        }
    }
}

/// Flow settings.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Flow {
    /// Whether flows are followed at all.
    pub enabled: bool,
    /// Whether VLANs are part of the flow key.
    pub use_vlan: bool,
    /// Whether the tunnel that packets came in is part of the flow key.
    pub use_tunnel: bool,
    /// When an idle flow ends.
    pub timeouts: Timeouts,
    /// Long flows give a record every so many seconds; 0 for never.
    pub active_s: u32,
}

impl Default for Flow {
    fn default() -> Self {
        Self {
            enabled: true,
            use_vlan: true,
            use_tunnel: true,
            timeouts: Timeouts::default(),
            active_s: 0,
        }
    }
}

/// Idle timeouts in seconds of capture time, by protocol and state.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[allow(missing_docs, clippy::struct_field_names)]
pub struct Timeouts {
    pub tcp_new_s: u32,
    pub tcp_established_s: u32,
    pub tcp_closed_s: u32,
    pub udp_new_s: u32,
    pub udp_established_s: u32,
    pub icmp_new_s: u32,
    pub icmp_established_s: u32,
    pub other_new_s: u32,
    pub other_established_s: u32,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            tcp_new_s: 60,
            tcp_established_s: 600,
            tcp_closed_s: 60,
            udp_new_s: 30,
            udp_established_s: 300,
            icmp_new_s: 30,
            icmp_established_s: 300,
            other_new_s: 30,
            other_established_s: 300,
        }
    }
}

/// IP reassembly.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Defragment {
    /// Which of two overlapping fragments wins; see `wirewatch_flow`.
    pub policy: String,
    /// How long an incomplete datagram is kept.
    pub timeout_s: u32,
}

impl Default for Defragment {
    fn default() -> Self {
        Self {
            policy: "bsd".to_owned(),
            timeout_s: 60,
        }
    }
}

/// Rules, indicators and built-in detection.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Detect {
    /// Whether anything is detected at all.
    pub enabled: bool,
    /// Rule files and folders.
    pub rules: Vec<PathBuf>,
    /// Indicator files.
    pub intel: Vec<PathBuf>,
    /// Address and port variables of rules.
    pub variables: BTreeMap<String, String>,
    /// Networks that are ours; `None` to use the interfaces' own, or the private ranges for files.
    pub home_net: Option<Vec<String>>,
    /// A threshold file: suppressions, limits and rate filters for rules.
    pub threshold_file: Option<PathBuf>,
    /// A file of rule classes.
    pub classification_file: Option<PathBuf>,
    /// A file of reference schemes.
    pub reference_file: Option<PathBuf>,
    /// A file that names the categories of reputations.
    pub reputation_categories: Option<PathBuf>,
    /// Lists of reputations.
    pub reputation_files: Vec<PathBuf>,
    /// A database of countries.
    pub geoip_database: Option<PathBuf>,
    /// Most alerts per packet.
    pub alerts_per_packet: usize,
    /// Whether alerts of rules without keywords of protocols guess their transactions.
    pub guess_transactions: bool,
    /// Built-in detectors that are off, by name.
    pub disabled: Vec<String>,
    /// Whether rules that are asked too often are told.
    pub advice: bool,
    /// Whether the cost of each rule is measured.
    pub profile: bool,
    /// Rules, by gid and sid, of which is told why they match or do not.
    pub explain: Vec<(u32, u32)>,
}

impl Default for Detect {
    fn default() -> Self {
        Self {
            enabled: true,
            rules: Vec::new(),
            intel: Vec::new(),
            variables: BTreeMap::new(),
            home_net: None,
            threshold_file: None,
            classification_file: None,
            reference_file: None,
            reputation_categories: None,
            reputation_files: Vec::new(),
            geoip_database: None,
            alerts_per_packet: 15,
            guess_transactions: false,
            disabled: Vec::new(),
            advice: false,
            profile: false,
            explain: Vec::new(),
        }
    }
}

/// Application-layer recognition, and how far parsers read.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AppLayer {
    /// Whether protocols are recognised.
    pub enabled: bool,
    /// Bytes of an HTTP request's body that rules look at.
    pub http_request_body: u32,
    /// Bytes of an HTTP answer's body that rules look at.
    pub http_response_body: u32,
    /// Bytes of a line of FTP that are read.
    pub ftp_line: u32,
    /// Commands of FTP that may wait for their replies before its connection is given up.
    pub ftp_transactions: u32,
    /// What addresses in mails begin with that are told.
    pub smtp_url_schemes: Vec<String>,
    /// Whether they are told with it.
    pub smtp_url_with_scheme: bool,
    /// Whether the MD5 of a mail's body is told.
    pub smtp_body_md5: bool,
    /// Bytes of a message of MQTT that are read.
    pub mqtt_message: u32,
    /// Bytes of a text of MQTT that records have.
    pub mqtt_text: u32,
    /// Protocols that are recognised, but not read.
    pub unread: Vec<String>,
    /// Bytes of each direction of a stream that are read, by protocol, where it is not what holds for others; 0 for all.
    pub stream_depth: BTreeMap<String, u64>,
}

impl Default for AppLayer {
    fn default() -> Self {
        let limits = Limits::default();
        Self {
            enabled: true,
            http_request_body: limits.request_body,
            http_response_body: limits.response_body,
            ftp_line: limits.ftp_line,
            ftp_transactions: limits.ftp_transactions,
            smtp_url_schemes: Limits::URL_SCHEMES.map(str::to_owned).to_vec(),
            smtp_url_with_scheme: limits.url_with_scheme,
            smtp_body_md5: limits.mail_digest,
            mqtt_message: limits.mqtt_message,
            mqtt_text: limits.mqtt_text,
            unread: Vec::new(),
            stream_depth: BTreeMap::new(),
        }
    }
}

impl AppLayer {
    /// The same as parsers get it.
    pub(crate) fn limits(&self, tls_parts: TlsParts, keep_bodies: bool) -> Limits {
        let wanted = |scheme: &&str| self.smtp_url_schemes.iter().any(|one| one == *scheme);
        let schemes = Limits::URL_SCHEMES.iter().enumerate();
        let schemes = schemes.filter(|(_, scheme)| wanted(scheme));
        Limits {
            request_body: self.http_request_body,
            response_body: self.http_response_body,
            keep_bodies,
            ftp_line: self.ftp_line,
            ftp_transactions: self.ftp_transactions,
            url_schemes: schemes.fold(0, |bits, (place, _)| bits | 1 << place),
            url_with_scheme: self.smtp_url_with_scheme,
            mail_digest: self.smtp_body_md5,
            mqtt_message: self.mqtt_message,
            mqtt_text: self.mqtt_text,
            tls_parts,
        }
    }
}

/// TCP reassembly.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Stream {
    /// Whose bytes are kept where segments overlap; see `wirewatch_stream::Policy`.
    pub policy: String,
    /// What becomes of urgent bytes: `oob` or `inline`.
    pub urgent: String,
    /// Whether data are read when they arrive, not when they are acknowledged.
    pub inline: bool,
    /// Whether connections are followed whose beginning was not seen.
    pub midstream: bool,
    /// What becomes of connections whose beginning was not seen: `ignore` does nothing special,
    /// `pass-flow` keeps rules silent, `bypass` only counts.
    pub midstream_policy: String,
    /// Whether connections are followed of which only one side is seen.
    pub async_oneside: bool,
    /// Bytes of each direction that are read; 0 for all.
    pub depth: u64,
    /// Bytes of what clients send that are put together before rules see them.
    pub chunk_to_server: u32,
    /// Bytes of what servers send that are put together before rules see them.
    pub chunk_to_client: u32,
}

impl Default for Stream {
    fn default() -> Self {
        Self {
            policy: "bsd".to_owned(),
            urgent: "oob".to_owned(),
            inline: false,
            midstream: true,
            midstream_policy: "ignore".to_owned(),
            async_oneside: true,
            depth: 1 << 20,
            chunk_to_server: 2_560,
            chunk_to_client: 2_560,
        }
    }
}

/// Files that travel in flows.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Files {
    /// Whether MD5, SHA-1 and SHA-256 are computed.
    pub hashes: bool,
    /// Folder for copies.
    pub extract: Option<PathBuf>,
    /// Whether only those files are copied that a rule asks for with `filestore`.
    pub extract_asked_for: bool,
    /// Bytes of one copy at most.
    pub extract_file_bytes: u64,
    /// Bytes of all copies at most.
    pub extract_bytes: u64,
}

impl Default for Files {
    fn default() -> Self {
        Self {
            hashes: true,
            extract: None,
            extract_asked_for: false,
            extract_file_bytes: 64 << 20,
            extract_bytes: 1 << 30,
        }
    }
}

/// Files that are written.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Output {
    /// EVE JSON files.
    pub eve: Vec<PathBuf>,
    /// Record kinds that go there; `None` for the usual ones.
    pub eve_kinds: Option<Vec<String>>,
    /// Which DNS messages go there, and how.
    pub dns: Dns,
    /// Kinds of SMB exchanges that go there; empty for all.
    pub smb_types: Vec<String>,
    /// Which anomalies go there.
    pub anomalies: Anomalies,
    /// Fields of TLS sessions that go there; empty for the usual ones.
    pub tls_fields: Vec<String>,
    /// Whether TLS sessions go there that take up an earlier one.
    pub tls_resumed: bool,
    /// Whether records tell this program's version.
    pub version: bool,
    /// Folder for Zeek logs.
    pub zeek: Option<PathBuf>,
    /// Zeek logs as JSON.
    pub zeek_json: bool,
    /// A pcapng file of all packets, with alerts as comments.
    pub write: Option<PathBuf>,
    /// Whether records carry the community id.
    pub community_id: bool,
    /// Its seed.
    pub community_seed: u16,
    /// Whether alerts carry the payload.
    pub payload_in_alerts: bool,
    /// Whether alerts carry the whole packet.
    pub packet_in_alerts: bool,
    /// Whether anomalies of packets carry the packet's first bytes.
    pub packet_in_anomalies: bool,
    /// Whether records carry link addresses.
    pub link_addresses: bool,
    /// Whether alerts on HTTP carry the client that a proxy names, and where.
    pub xff: Option<Xff>,
    /// Whether alerts carry what is known of their flow, their transaction and their rule.
    pub details_in_alerts: bool,
    /// Whether alerts carry the references of their rule in EVE.
    pub references_in_alerts: bool,
    /// Whether records carry what rules remember of their flow.
    pub flow_variables: bool,
    /// Whether flow records tell which policy for exceptions was followed.
    pub exception_policy: bool,
    /// Whether packets after an alert are written that its rule tagged.
    pub tagged_packets: bool,
    /// Interval of `stats` records of a live run in seconds of wall time; 0 for only one at the end,
    /// as with files; `None` keeps them out of EVE.
    pub stats_s: Option<u64>,
}

/// The client that a proxy names in a header.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Xff {
    /// The header's name.
    pub header: String,
    /// Whether it takes the place of the proxy's address instead of standing beside it.
    pub overwrite: bool,
    /// Whether the last address counts, as behind a reverse proxy, instead of the first.
    pub last: bool,
}

/// Which DNS messages EVE has, and how.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Dns {
    /// Version of their form: 2 or 3.
    pub version: u8,
    /// Types of questions; empty for all.
    pub types: Vec<String>,
    /// Whether there are requests.
    pub requests: bool,
    /// Whether there are responses.
    pub responses: bool,
}

impl Default for Dns {
    fn default() -> Self {
        Self {
            version: 3,
            types: Vec::new(),
            requests: true,
            responses: true,
        }
    }
}

impl Dns {
    /// Whether EVE has this record.
    pub(crate) fn shows(&self, row: &Row<'_>) -> bool {
        let (is_response, rrtype) = match row {
            Row::Dns(dns) => (dns.qr, dns.rrtype),
            Row::DnsV2(dns) => (dns.qr, dns.rrtype),
            _ => return true,
        };
        let wanted = if is_response {
            self.responses
        } else {
            self.requests
        };
        let named = |known: &String| rrtype.is_some_and(|kind| kind.eq_ignore_ascii_case(known));
        wanted && (self.types.is_empty() || self.types.iter().any(named))
    }
}

/// Which anomalies EVE has, by where they were found.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Anomalies {
    /// In headers.
    pub decode: bool,
    /// In the order of TCP segments.
    pub stream: bool,
    /// In what applications say.
    pub applayer: bool,
}

impl Default for Anomalies {
    fn default() -> Self {
        Self {
            decode: true,
            stream: true,
            applayer: true,
        }
    }
}

impl Anomalies {
    /// Whether EVE has this record.
    pub(crate) fn shows(self, row: &Row<'_>) -> bool {
        match row {
            Row::Anomaly(anomaly) => match anomaly.anomaly_type {
                "decode" => self.decode,
                "stream" => self.stream,
                _ => self.applayer,
            },
            _ => true,
        }
    }
}

/// Whether EVE has this record when it has SMB exchanges of these kinds only, all if there are none.
pub(crate) fn shows_smb(types: &[String], row: &Row<'_>) -> bool {
    match row {
        Row::Smb(smb) if !types.is_empty() => types.iter().any(|known| known == smb_type(smb)),
        _ => true,
    }
}

/// What kind of exchange it is, by Suricata's names.
fn smb_type(row: &SmbRow<'_>) -> &'static str {
    let is = |part: &str| row.command.contains(part);
    match () {
        () if row.dcerpc.is_some() => "dcerpc",
        () if is("NEGOTIATE") => "negotiate",
        () if is("SESSION_SETUP") => "session_setup",
        () if is("TREE_CONNECT") => "tree_connect",
        () if is("IOCTL") => "ioctl",
        () if row.rename.is_some() || is("RENAME") => "rename",
        () if row.set_info.is_some() => "set_file_path_info",
        () if is("CREATE") || is("OPEN") => "create",
        () if is("READ") || is("WRITE") => "file",
        () => "generic",
    }
}

impl Default for Output {
    fn default() -> Self {
        Self {
            eve: Vec::new(),
            eve_kinds: None,
            dns: Dns::default(),
            smb_types: Vec::new(),
            anomalies: Anomalies::default(),
            tls_fields: Vec::new(),
            tls_resumed: true,
            version: false,
            zeek: None,
            zeek_json: false,
            write: None,
            community_id: false,
            community_seed: 0,
            payload_in_alerts: false,
            packet_in_alerts: false,
            packet_in_anomalies: false,
            link_addresses: false,
            xff: None,
            details_in_alerts: true,
            references_in_alerts: false,
            flow_variables: true,
            exception_policy: false,
            tagged_packets: true,
            stats_s: Some(8),
        }
    }
}

/// Readable lines for a terminal.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[derive(Default)]
pub struct Text {
    /// Record kinds or groups: `packets`, `flows`, `events`, `alerts`.
    pub show: Vec<String>,
    /// ANSI colours.
    pub colour: bool,
    /// Most payload bytes shown per packet.
    pub payload: Option<usize>,
    /// Payload as a hex dump instead of safe text.
    pub hex: bool,
    /// Whether the date stands before the time of day.
    pub date: bool,
    /// Seconds that the times shown are ahead of UTC.
    pub utc_offset_s: i32,
}

/// Packets that Python wants for a callback.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PacketWish {
    /// Only packets that pass this capture filter.
    pub filter: Option<String>,
    /// Whether the packets' bytes come along.
    pub copy: bool,
}

impl Default for PacketWish {
    fn default() -> Self {
        Self {
            filter: None,
            copy: true,
        }
    }
}

#[cfg(test)]
mod tests;
