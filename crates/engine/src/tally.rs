//! Who talks, how much, over what: bounded totals for the live picture and the summary.
//!
//! A run that is watched counts per packet, so that long flows show while they last; a run over
//! files counts per ended flow, which costs less. Both fill the same tables.

use std::cmp::Reverse;
use std::hash::{Hash, Hasher};

use foldhash::fast::RandomState;
use hashbrown::HashMap;
use serde::Serialize;

use crate::recogniser;

/// Hosts, ports and conversations followed at once. When a table is full its smaller half is
/// forgotten: the largest are what anyone looks at, and 4,096 of them stay in the processor's cache.
const MAX_ENTRIES: usize = 4_096;
/// Distinct findings kept for the summary; more than a person reads.
const MAX_FINDINGS: usize = 1_024;
/// Rows of each list that leave the engine.
const MAX_ROWS: usize = 50;

/// A table that forgets its smaller half when it is full.
#[derive(Debug)]
struct Top<K, V> {
    entries: HashMap<K, V, RandomState>,
    forgotten: u64,
    /// The weight up to which entries were forgotten.
    floor: u64,
}

impl<K, V> Default for Top<K, V> {
    fn default() -> Self {
        Self {
            entries: HashMap::with_hasher(RandomState::default()),
            forgotten: 0,
            floor: 0,
        }
    }
}

impl<K: Hash + Eq + Copy + Ord, V: Default + Copy + Weighed> Top<K, V> {
    fn entry(&mut self, key: K) -> &mut V {
        if self.entries.len() >= MAX_ENTRIES && !self.entries.contains_key(&key) {
            self.forget_smaller_half();
        }
        self.entries.entry(key).or_default()
    }

    /// Like [`Top::entry`] for what comes once and whole: nothing lighter than what was forgotten gets in.
    fn entry_of_whole(&mut self, key: K, weight: u64) -> Option<&mut V> {
        if weight <= self.floor {
            self.forgotten += 1;
            return None;
        }
        Some(self.entry(key))
    }

    /// By weight alone, so that two runs forget the same.
    fn forget_smaller_half(&mut self) {
        let mut weights: Vec<u64> = self.entries.values().map(Weighed::weight).collect();
        let middle = weights.len() / 2;
        let (_, median, _) = weights.select_nth_unstable(middle);
        let median = *median;
        let before = self.entries.len();
        self.entries.retain(|_, value| value.weight() > median);
        self.forgotten += (before - self.entries.len()) as u64;
        self.floor = median;
    }

    /// All entries, heaviest first; equal ones by key, so that two runs agree.
    fn sorted(&self) -> Vec<(K, V)> {
        let mut all: Vec<_> = self.entries.iter().map(|(k, v)| (*k, *v)).collect();
        all.sort_unstable_by_key(|(key, value)| (Reverse(value.weight()), *key));
        all
    }

    fn merge(&mut self, other: &Self, add: impl Fn(&mut V, &V)) {
        for (key, value) in &other.entries {
            add(self.entry(*key), value);
        }
        self.forgotten += other.forgotten;
    }

    fn clear(&mut self) {
        self.entries.clear();
        self.forgotten = 0;
        self.floor = 0;
    }
}

trait Weighed {
    fn weight(&self) -> u64;
}

/// What a flow or frame is counted under: an application protocol, else an IP protocol, else its kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Label(u16);

/// Labels of IP protocols begin here, those of frames without IP after them.
const IP_LABELS: u16 = 256;
const FRAME_LABELS: u16 = 512;
const LABELS: usize = 516;

impl Label {
    pub(crate) const ARP: Self = Self(FRAME_LABELS);
    pub(crate) const OTHER: Self = Self(FRAME_LABELS + 1);
    pub(crate) const UNKNOWN_LINK: Self = Self(FRAME_LABELS + 2);

    /// By the number of an application protocol (`Flow::app`), or of an IP protocol where that is 0.
    pub(crate) fn of(app: u16, ip_protocol: u8) -> Self {
        if app == 0 {
            Self(IP_LABELS + u16::from(ip_protocol))
        } else {
            Self(app.min(IP_LABELS - 1))
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::ARP => "ARP",
            Self::OTHER => "other",
            Self::UNKNOWN_LINK => "unknown link type",
            Self(number) if number >= IP_LABELS => {
                wirewatch_records::protocol::name((number - IP_LABELS) as u8)
            }
            Self(app) => recogniser::name(app).unwrap_or("other"),
        }
    }
}

/// Both directions of something.
#[derive(Debug, Clone, Copy, Default)]
struct Volume {
    sent: u64,
    received: u64,
    packets: u64,
    flows: u64,
}

impl Weighed for Volume {
    fn weight(&self) -> u64 {
        self.sent.saturating_add(self.received)
    }
}

impl Volume {
    fn add(&mut self, other: &Self) {
        self.sent += other.sent;
        self.received += other.received;
        self.packets += other.packets;
        self.flows += other.flows;
    }
}

/// The two ends of a conversation: addresses, ports, protocol number; the opener first. Numbers,
/// because three tables are looked up with them for each flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Ends {
    /// Opener, in the form of [`wirewatch_decode::from_ip`].
    pub(crate) source: u128,
    /// The other end.
    pub(crate) destination: u128,
    /// From the top: protocol number, opener's port, the other end's port.
    service: u64,
}

impl Ends {
    pub(crate) fn new(addresses: [u128; 2], ports: [u16; 2], protocol: u8) -> Self {
        let [source, destination] = addresses;
        let [from, to] = ports.map(u64::from);
        Self {
            source,
            destination,
            service: u64::from(protocol) << 32 | from << 16 | to,
        }
    }

    fn source_port(&self) -> u16 {
        (self.service >> 16) as u16
    }

    fn destination_port(&self) -> u16 {
        self.service as u16
    }

    fn protocol(&self) -> u8 {
        (self.service >> 32) as u8
    }

    /// Protocol number and the other end's port.
    fn port(&self) -> u32 {
        u32::from(self.protocol()) << 16 | u32::from(self.destination_port())
    }
}

impl Hash for Ends {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u128(self.source ^ u128::from(self.service) << 64);
        state.write_u128(self.destination);
    }
}

/// An address as text.
fn address(number: u128) -> String {
    let version = if number >> 32 == 0xffff { 4 } else { 6 };
    wirewatch_decode::to_ip(number, version).to_string()
}

/// Traffic of one flow that is to be counted: all of it, or what one packet adds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Share {
    /// Between whom.
    pub(crate) ends: Ends,
    /// Packets from the opener.
    pub(crate) packets_out: u64,
    /// Packets to the opener.
    pub(crate) packets_in: u64,
    /// Bytes from the opener.
    pub(crate) bytes_out: u64,
    /// Bytes to the opener.
    pub(crate) bytes_in: u64,
    /// 1 where the flow is counted for the first time.
    pub(crate) flows: u64,
    /// Whether this is the whole flow, not what one packet adds.
    pub(crate) is_whole: bool,
    /// Recognised application protocol, or the transport's name.
    pub(crate) label: Label,
}

#[derive(Debug, Clone)]
struct Finding {
    gid: u32,
    signature: String,
    severity: u8,
    count: u64,
    example: String,
}

/// Totals of one worker, or of all of them merged.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// Packets seen.
    pub(crate) packets: u64,
    /// Bytes of these on the wire.
    pub(crate) bytes: u64,
    /// Time of the first packet, nanoseconds; 0 before it.
    pub(crate) first_ts: i64,
    /// Time of the latest packet.
    pub(crate) last_ts: i64,
    /// Alerts raised.
    pub(crate) alerts: u64,
    /// By the form of [`wirewatch_decode::from_ip`].
    hosts: Top<u128, Volume>,
    conversations: Top<Ends, Volume>,
    ports: Top<u32, Volume>,
    protocols: Vec<Volume>,
    anomalies: HashMap<&'static str, u64, RandomState>,
    findings: HashMap<(u32, u32), Finding, RandomState>,
}

impl Tally {
    /// Counts traffic of a flow.
    pub(crate) fn share(&mut self, share: &Share) {
        let out = Volume {
            sent: share.bytes_out,
            received: share.bytes_in,
            packets: share.packets_out + share.packets_in,
            flows: share.flows,
        };
        let back = Volume {
            sent: out.received,
            received: out.sent,
            ..out
        };
        self.hosts.entry(share.ends.source).add(&out);
        self.hosts.entry(share.ends.destination).add(&back);
        if share.is_whole {
            if let Some(volume) = self.conversations.entry_of_whole(share.ends, out.weight()) {
                volume.add(&out);
            }
        } else {
            self.conversations.entry(share.ends).add(&out);
        }
        if share.ends.destination_port() != 0 {
            self.ports.entry(share.ends.port()).add(&out);
        }
        self.labelled(share.label).add(&out);
    }

    /// Counts a frame that belongs to no flow (ARP, spanning tree...).
    pub(crate) fn other(&mut self, label: Label, bytes: u64) {
        let volume = Volume {
            sent: bytes,
            packets: 1,
            ..Volume::default()
        };
        self.labelled(label).add(&volume);
    }

    #[allow(clippy::indexing_slicing)] // the table was made long enough in the line before
    fn labelled(&mut self, label: Label) -> &mut Volume {
        let index = usize::from(label.0);
        if self.protocols.len() <= index {
            self.protocols
                .resize(LABELS.max(index + 1), Volume::default());
        }
        &mut self.protocols[index]
    }

    /// Counts an anomaly.
    pub(crate) fn anomaly(&mut self, event: &'static str) {
        *self.anomalies.entry(event).or_default() += 1;
    }

    /// Counts an alert; `example` is asked for the first of its kind only.
    pub(crate) fn alert(
        &mut self,
        gid: u32,
        sid: u32,
        signature: &str,
        severity: u8,
        example: impl FnOnce() -> String,
    ) {
        self.alerts += 1;
        if let Some(known) = self.findings.get_mut(&(gid, sid)) {
            known.count += 1;
            if severity < known.severity {
                known.severity = severity;
                signature.clone_into(&mut known.signature);
            }
        } else if self.findings.len() < MAX_FINDINGS {
            let signature = signature.to_owned();
            let finding = Finding {
                gid,
                signature,
                severity,
                count: 1,
                example: example(),
            };
            self.findings.insert((gid, sid), finding);
        }
    }

    /// Adds what another worker counted.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.packets += other.packets;
        self.bytes += other.bytes;
        self.alerts += other.alerts;
        if other.first_ts != 0 && (self.first_ts == 0 || other.first_ts < self.first_ts) {
            self.first_ts = other.first_ts;
        }
        self.last_ts = self.last_ts.max(other.last_ts);
        self.hosts.merge(&other.hosts, Volume::add);
        self.conversations.merge(&other.conversations, Volume::add);
        self.ports.merge(&other.ports, Volume::add);
        if self.protocols.is_empty() {
            self.protocols.clone_from(&other.protocols);
        } else {
            for (sum, volume) in self.protocols.iter_mut().zip(&other.protocols) {
                sum.add(volume);
            }
        }
        for (event, count) in &other.anomalies {
            *self.anomalies.entry(event).or_default() += count;
        }
        for ((gid, sid), finding) in &other.findings {
            self.merge_finding((*gid, *sid), finding);
        }
    }

    fn merge_finding(&mut self, key: (u32, u32), finding: &Finding) {
        if let Some(known) = self.findings.get_mut(&key) {
            known.count += finding.count;
            if finding.severity < known.severity {
                known.severity = finding.severity;
                known.signature.clone_from(&finding.signature);
                known.example.clone_from(&finding.example);
            }
        } else if self.findings.len() < MAX_FINDINGS {
            self.findings.insert(key, finding.clone());
        }
    }

    /// Empties the tables, keeping their memory.
    pub(crate) fn clear(&mut self) {
        self.packets = 0;
        self.bytes = 0;
        self.alerts = 0;
        self.first_ts = 0;
        self.last_ts = 0;
        self.hosts.clear();
        self.conversations.clear();
        self.ports.clear();
        self.protocols.clear();
        self.anomalies.clear();
        self.findings.clear();
    }

    /// The lists as they leave the engine.
    pub(crate) fn lists(&self) -> Lists {
        Lists {
            top_hosts: rows(&self.hosts, |ip, v| HostRow {
                ip: address(*ip),
                bytes_sent: v.sent,
                bytes_received: v.received,
                packets: v.packets,
                flows: v.flows,
            }),
            hosts_forgotten: self.hosts.forgotten,
            protocols: self.protocol_rows(),
            ports: rows(&self.ports, port_row),
            top_flows: rows(&self.conversations, flow_row),
            findings: self.finding_rows(),
            anomalies: self.anomaly_rows(),
        }
    }

    fn protocol_rows(&self) -> Vec<ProtocolRow> {
        let mut all: Vec<_> = (0..)
            .map(Label)
            .zip(&self.protocols)
            .filter(|(_, volume)| volume.packets > 0)
            .map(|(label, volume)| ProtocolRow {
                name: label.name().to_owned(),
                packets: volume.packets,
                bytes: volume.weight(),
                flows: volume.flows,
            })
            .collect();
        all.sort_by(|a, b| (Reverse(a.bytes), &a.name).cmp(&(Reverse(b.bytes), &b.name)));
        all.truncate(MAX_ROWS);
        all
    }

    fn finding_rows(&self) -> Vec<FindingRow> {
        let mut all: Vec<_> = self
            .findings
            .iter()
            .map(|((_, sid), f)| FindingRow {
                gid: f.gid,
                sid: *sid,
                signature: f.signature.clone(),
                severity: f.severity,
                count: f.count,
                example: f.example.clone(),
            })
            .collect();
        all.sort_by_key(|f| (f.severity, Reverse(f.count), f.gid, f.sid));
        all
    }

    fn anomaly_rows(&self) -> Vec<AnomalyRow> {
        let mut all: Vec<_> = self
            .anomalies
            .iter()
            .map(|(event, count)| AnomalyRow {
                event: (*event).to_owned(),
                count: *count,
            })
            .collect();
        all.sort_by(|a, b| (Reverse(a.count), &a.event).cmp(&(Reverse(b.count), &b.event)));
        all
    }
}

fn rows<K, V, R>(top: &Top<K, V>, row: impl Fn(&K, &V) -> R) -> Vec<R>
where
    K: Hash + Eq + Copy + Ord,
    V: Default + Copy + Weighed,
{
    top.sorted()
        .iter()
        .take(MAX_ROWS)
        .map(|(k, v)| row(k, v))
        .collect()
}

#[allow(clippy::trivially_copy_pass_by_ref)] // as `rows` hands it over
fn port_row(place: &u32, volume: &Volume) -> PortRow {
    let (port, protocol) = (*place as u16, (*place >> 16) as u8);
    PortRow {
        port,
        proto: wirewatch_records::protocol::name(protocol).to_owned(),
        name: wirewatch_detect::ports::service_name(protocol, port).map(str::to_owned),
        bytes: volume.weight(),
        flows: volume.flows,
    }
}

fn flow_row(ends: &Ends, volume: &Volume) -> FlowRow {
    FlowRow {
        src: address(ends.source),
        sport: ends.source_port(),
        dst: address(ends.destination),
        dport: ends.destination_port(),
        proto: wirewatch_records::protocol::name(ends.protocol()).to_owned(),
        bytes: volume.weight(),
        packets: volume.packets,
    }
}

/// The longest rows of each table, as JSON for Python.
#[derive(Debug, Serialize)]
#[allow(missing_docs)]
pub(crate) struct Lists {
    pub(crate) top_hosts: Vec<HostRow>,
    pub(crate) hosts_forgotten: u64,
    pub(crate) protocols: Vec<ProtocolRow>,
    pub(crate) ports: Vec<PortRow>,
    pub(crate) top_flows: Vec<FlowRow>,
    pub(crate) findings: Vec<FindingRow>,
    pub(crate) anomalies: Vec<AnomalyRow>,
}

/// Traffic of one host.
#[derive(Debug, Serialize)]
#[allow(missing_docs)]
pub(crate) struct HostRow {
    pub(crate) ip: String,
    pub(crate) bytes_sent: u64,
    pub(crate) bytes_received: u64,
    pub(crate) packets: u64,
    pub(crate) flows: u64,
}

/// Traffic of one protocol.
#[derive(Debug, Serialize)]
#[allow(missing_docs)]
pub(crate) struct ProtocolRow {
    pub(crate) name: String,
    pub(crate) packets: u64,
    pub(crate) bytes: u64,
    pub(crate) flows: u64,
}

/// Traffic to one server port.
#[derive(Debug, Serialize)]
#[allow(missing_docs)]
pub(crate) struct PortRow {
    pub(crate) port: u16,
    pub(crate) proto: String,
    pub(crate) name: Option<String>,
    pub(crate) bytes: u64,
    pub(crate) flows: u64,
}

/// Traffic of one conversation.
#[derive(Debug, Serialize)]
#[allow(missing_docs)]
pub(crate) struct FlowRow {
    pub(crate) src: String,
    pub(crate) sport: u16,
    pub(crate) dst: String,
    pub(crate) dport: u16,
    pub(crate) proto: String,
    pub(crate) bytes: u64,
    pub(crate) packets: u64,
}

/// How often one finding was raised.
#[derive(Debug, Serialize)]
#[allow(missing_docs)]
pub(crate) struct FindingRow {
    pub(crate) gid: u32,
    pub(crate) sid: u32,
    pub(crate) signature: String,
    pub(crate) severity: u8,
    pub(crate) count: u64,
    pub(crate) example: String,
}

/// How often one anomaly was met.
#[derive(Debug, Serialize)]
#[allow(missing_docs)]
pub(crate) struct AnomalyRow {
    pub(crate) event: String,
    pub(crate) count: u64,
}
