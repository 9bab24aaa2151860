//! What every stage received, kept and dropped.

use std::collections::BTreeMap;

use wirewatch_capture::{Counters as CaptureCounters, Packet};
use wirewatch_decode::{Datagram, Decoded, Network as FrameNetwork, flags};
use wirewatch_flow::Counters as FlowCounters;
use wirewatch_proto::{PROTOCOLS, Transport};
use wirewatch_stream::Counters as StreamCounters;

use crate::application::Counts;

/// Link type of Ethernet frames.
const ETHERNET: u16 = 1;

/// Counters of one worker, or of all of them added up.
#[derive(Debug, Clone, Default)]
pub struct Counters {
    /// What capture says.
    pub capture: CaptureCounters,
    /// What the flow table says.
    pub flow: FlowCounters,
    /// Frames decoded.
    pub packets: u64,
    /// Bytes of these on the wire.
    pub bytes: u64,
    /// Bytes of the longest of them.
    pub longest: u64,
    /// Frames in which something was wrong.
    pub invalid: u64,
    /// Frames by what they carry.
    pub network: Network,
    /// TCP segments by what they do.
    pub tcp: Tcp,
    /// Flows that began, by protocol.
    pub flows: Flows,
    /// Frames cut by the capture's snap length.
    pub cut: u64,
    /// IP fragments and what became of them, by name.
    pub fragments: BTreeMap<&'static str, u64>,
    /// Counters of the worker's own detection, by name; what workers share is counted once, elsewhere.
    pub detect: BTreeMap<&'static str, u64>,
    /// Flows now in the table.
    pub flows_active: u64,
    /// Bytes the flow table takes.
    pub flow_memory: u64,
    /// Records put out.
    pub records: u64,
    /// Alerts raised.
    pub alerts: u64,
    /// Anomalies met.
    pub anomalies: u64,
    /// Packets given up because a bug made the engine panic.
    pub panics: u64,
    /// Flows whose protocol was recognised, by protocol.
    pub protocols: Protocols,
    /// What the application layer did.
    pub(crate) applications: Counts,
    /// What reassembly of streams did.
    pub(crate) streams: StreamCounters,
    /// Packets that could not be written to the capture file.
    pub packets_not_written: u64,
}

/// Frames by what they carry.
#[derive(Debug, Clone, Copy, Default)]
#[allow(missing_docs)]
pub struct Network {
    pub ethernet: u64,
    pub ipv4: u64,
    pub ipv6: u64,
    pub arp: u64,
    pub other: u64,
    pub unknown_link: u64,
    pub tcp: u64,
    pub udp: u64,
    pub icmpv4: u64,
    pub icmpv6: u64,
    pub sctp: u64,
    pub tunnelled: u64,
    pub vlan: u64,
}

/// Segments of the outermost datagrams by their flags.
#[derive(Debug, Clone, Copy, Default)]
#[allow(missing_docs)]
pub struct Tcp {
    pub syn: u64,
    pub synack: u64,
    pub rst: u64,
}

/// Flows that began, by protocol.
#[derive(Debug, Clone, Copy, Default)]
#[allow(missing_docs)]
pub struct Flows {
    pub tcp: u64,
    pub udp: u64,
    pub icmpv4: u64,
    pub icmpv6: u64,
}

/// Flows by their recognised protocol, at its place in [`PROTOCOLS`].
#[derive(Debug, Clone, Copy)]
pub struct Protocols([u64; PROTOCOLS.len()]);

impl Counters {
    /// Counts a frame.
    #[inline]
    pub(crate) fn frame(&mut self, packet: &Packet<'_>, decoded: &Decoded) {
        let bytes = u64::from(packet.wire_length);
        self.packets += 1;
        self.bytes += bytes;
        self.longest = self.longest.max(bytes);
        self.cut += u64::from((packet.bytes.len() as u64) < bytes);
        let network = &mut self.network;
        network.ethernet += u64::from(packet.link == ETHERNET);
        network.vlan += u64::from(decoded.frame.vlan_count > 0);
        let Some(outer) = decoded.datagrams().first() else {
            match decoded.frame.network {
                FrameNetwork::Arp => network.arp += 1,
                FrameNetwork::UnknownLink => network.unknown_link += 1,
                FrameNetwork::None | FrameNetwork::Ip | FrameNetwork::Other => network.other += 1,
            }
            return;
        };
        network.tunnelled += u64::from(decoded.datagram_count > 1);
        if outer.version == 4 {
            network.ipv4 += 1;
        } else {
            network.ipv6 += 1;
        }
        match outer.protocol {
            6 => {
                network.tcp += 1;
                self.tcp.segment(outer.tcp.flags);
            }
            17 => network.udp += 1,
            1 => network.icmpv4 += 1,
            58 => network.icmpv6 += 1,
            132 => network.sctp += 1,
            _ => {}
        }
    }

    /// All counters by their dotted names, sorted by name.
    pub fn named(&self) -> BTreeMap<String, u64> {
        let mut all = BTreeMap::new();
        let mut put = |name: &str, value: u64| {
            all.insert(name.to_owned(), value);
        };
        put(
            "capture.kernel_packets",
            self.capture.packets + self.capture.kernel_drops,
        );
        put("capture.kernel_drops", self.capture.kernel_drops);
        put("capture.interface_drops", self.capture.interface_drops);
        put("capture.filtered", self.capture.filtered);
        put("capture.skipped_blocks", self.capture.skipped_blocks);
        put("decoder.pkts", self.packets);
        put("decoder.bytes", self.bytes);
        put("decoder.avg_pkt_size", self.bytes / self.packets.max(1));
        put("decoder.max_pkt_size", self.longest);
        put("decoder.invalid", self.invalid);
        put("decoder.cut", self.cut);
        put("decoder.ethernet", self.network.ethernet);
        put("decoder.ipv4", self.network.ipv4);
        put("decoder.ipv6", self.network.ipv6);
        put("decoder.arp", self.network.arp);
        put("decoder.other", self.network.other);
        put("decoder.unknown_link", self.network.unknown_link);
        put("decoder.tcp", self.network.tcp);
        put("decoder.udp", self.network.udp);
        put("decoder.icmpv4", self.network.icmpv4);
        put("decoder.icmpv6", self.network.icmpv6);
        put("decoder.sctp", self.network.sctp);
        put("decoder.tunnelled", self.network.tunnelled);
        put("decoder.vlan", self.network.vlan);
        put("tcp.syn", self.tcp.syn);
        put("tcp.synack", self.tcp.synack);
        put("tcp.rst", self.tcp.rst);
        put("flow.total", self.flow.created);
        put("flow.tcp", self.flows.tcp);
        put("flow.udp", self.flows.udp);
        put("flow.icmpv4", self.flows.icmpv4);
        put("flow.icmpv6", self.flows.icmpv6);
        put("flow.active", self.flows_active);
        put("flow.peak", self.flow.peak);
        put("flow.memuse", self.flow_memory);
        put("flow.end.timeout", self.flow.timeout);
        put("flow.end.shutdown", self.flow.shutdown);
        put("flow.end.tcp_reuse", self.flow.tcp_reuse);
        put("flow.end.evicted_new", self.flow.evicted_new);
        put("flow.end.evicted_closed", self.flow.evicted_closed);
        put("flow.end.evicted_idle", self.flow.evicted_idle);
        put("flow.emergencies", self.flow.emergencies);
        put("app_layer.recognised", self.applications.recognised);
        put("app_layer.shed", self.applications.shed);
        put("app_layer.parsers", self.applications.parsers);
        put("app_layer.parsers_shed", self.applications.parsers_shed);
        put("file_store.open_files_shed", self.applications.files_shed);
        for (name, value) in self.streams.named() {
            put(&format!("tcp.{name}"), value);
        }
        put("detect.alert", self.alerts);
        put("decoder.anomalies", self.anomalies);
        put("wirewatch.records", self.records);
        put("wirewatch.panics", self.panics);
        put("wirewatch.packets_not_written", self.packets_not_written);
        for (name, value) in self.protocols.named() {
            put(&format!("app_layer.flow.{name}"), value);
        }
        for (name, value) in &self.fragments {
            put(&format!("defrag.{name}"), *value);
        }
        for (name, value) in &self.detect {
            put(&format!("detect.{name}"), *value);
        }
        all
    }

    /// Adds another worker's counters.
    pub fn add(&mut self, other: &Self) {
        add_capture(&mut self.capture, &other.capture);
        add_flow(&mut self.flow, &other.flow);
        self.applications.add(&other.applications);
        self.streams.add(&other.streams);
        self.network.add(&other.network);
        self.tcp.add(&other.tcp);
        self.flows.add(&other.flows);
        self.protocols.add(&other.protocols);
        self.longest = self.longest.max(other.longest);
        for (name, value) in &other.fragments {
            *self.fragments.entry(name).or_default() += value;
        }
        for (name, value) in &other.detect {
            *self.detect.entry(name).or_default() += value;
        }
        let pairs = [
            (&mut self.packets, other.packets),
            (&mut self.bytes, other.bytes),
            (&mut self.invalid, other.invalid),
            (&mut self.cut, other.cut),
            (&mut self.flows_active, other.flows_active),
            (&mut self.flow_memory, other.flow_memory),
            (&mut self.records, other.records),
            (&mut self.alerts, other.alerts),
            (&mut self.anomalies, other.anomalies),
            (&mut self.panics, other.panics),
            (&mut self.packets_not_written, other.packets_not_written),
        ];
        for (sum, value) in pairs {
            *sum += value;
        }
    }
}

impl Network {
    fn add(&mut self, other: &Self) {
        let pairs = [
            (&mut self.ethernet, other.ethernet),
            (&mut self.ipv4, other.ipv4),
            (&mut self.ipv6, other.ipv6),
            (&mut self.arp, other.arp),
            (&mut self.other, other.other),
            (&mut self.unknown_link, other.unknown_link),
            (&mut self.tcp, other.tcp),
            (&mut self.udp, other.udp),
            (&mut self.icmpv4, other.icmpv4),
            (&mut self.icmpv6, other.icmpv6),
            (&mut self.sctp, other.sctp),
            (&mut self.tunnelled, other.tunnelled),
            (&mut self.vlan, other.vlan),
        ];
        for (sum, value) in pairs {
            *sum += value;
        }
    }
}

impl Tcp {
    #[inline]
    fn segment(&mut self, bits: u8) {
        let syn = bits & flags::SYN != 0;
        let ack = bits & flags::ACK != 0;
        self.syn += u64::from(syn && !ack);
        self.synack += u64::from(syn && ack);
        self.rst += u64::from(bits & flags::RST != 0);
    }

    fn add(&mut self, other: &Self) {
        self.syn += other.syn;
        self.synack += other.synack;
        self.rst += other.rst;
    }
}

impl Flows {
    /// Counts a flow by its first datagram.
    pub(crate) fn begun(&mut self, datagram: &Datagram) {
        match datagram.protocol {
            6 => self.tcp += 1,
            17 => self.udp += 1,
            1 => self.icmpv4 += 1,
            58 => self.icmpv6 += 1,
            _ => {}
        }
    }

    fn add(&mut self, other: &Self) {
        self.tcp += other.tcp;
        self.udp += other.udp;
        self.icmpv4 += other.icmpv4;
        self.icmpv6 += other.icmpv6;
    }
}

impl Default for Protocols {
    fn default() -> Self {
        Self([0; PROTOCOLS.len()])
    }
}

impl Protocols {
    /// Counts a flow with this number in `Flow::app`.
    pub(crate) fn recognised(&mut self, app: u16) {
        if let Some(count) = self.0.get_mut((app as usize).wrapping_sub(1)) {
            *count += 1;
        }
    }

    /// Protocols that were seen; one that TCP and UDP both carry has `_tcp` or `_udp` behind its name,
    /// as in Suricata.
    fn named(&self) -> impl Iterator<Item = (String, u64)> {
        let seen = PROTOCOLS.iter().zip(self.0).filter(|(_, count)| *count > 0);
        seen.map(|(protocol, count)| {
            let name = protocol.name;
            let carriers = PROTOCOLS.iter().filter(|one| one.name == name).count();
            let name = match protocol.transport {
                _ if carriers == 1 => name.to_owned(),
                Transport::Tcp => format!("{name}_tcp"),
                Transport::Udp => format!("{name}_udp"),
            };
            (name, count)
        })
    }

    fn add(&mut self, other: &Self) {
        for (sum, value) in self.0.iter_mut().zip(other.0) {
            *sum += value;
        }
    }
}

fn add_capture(sum: &mut CaptureCounters, other: &CaptureCounters) {
    sum.packets += other.packets;
    sum.bytes += other.bytes;
    sum.kernel_drops += other.kernel_drops;
    sum.interface_drops += other.interface_drops;
    sum.filtered += other.filtered;
    sum.skipped_blocks += other.skipped_blocks;
}

fn add_flow(sum: &mut FlowCounters, other: &FlowCounters) {
    sum.created += other.created;
    sum.peak += other.peak;
    sum.timeout += other.timeout;
    sum.shutdown += other.shutdown;
    sum.forced += other.forced;
    sum.tcp_reuse += other.tcp_reuse;
    sum.evicted_new += other.evicted_new;
    sum.evicted_closed += other.evicted_closed;
    sum.evicted_idle += other.evicted_idle;
    sum.active += other.active;
    sum.emergencies += other.emergencies;
}
