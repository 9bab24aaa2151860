//! What every stage received, kept and dropped.

use std::collections::BTreeMap;

use wirewatch_capture::Counters as CaptureCounters;
use wirewatch_flow::Counters as FlowCounters;

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
    /// Frames in which something was wrong.
    pub invalid: u64,
    /// Frames by what they carry.
    pub network: Network,
    /// Frames cut by the capture's snap length.
    pub cut: u64,
    /// IP fragments and what became of them, by name.
    pub fragments: BTreeMap<&'static str, u64>,
    /// Counters of detection, by name.
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
    /// Flows whose protocol was recognised.
    pub recognised: u64,
    /// Flows not looked at for their protocol because too many were waiting.
    pub recognition_shed: u64,
    /// Packets that could not be written to the capture file.
    pub packets_not_written: u64,
}

/// Frames by what they carry.
#[derive(Debug, Clone, Copy, Default)]
#[allow(missing_docs)]
pub struct Network {
    pub ipv4: u64,
    pub ipv6: u64,
    pub arp: u64,
    pub other: u64,
    pub unknown_link: u64,
    pub tcp: u64,
    pub udp: u64,
    pub icmp: u64,
    pub sctp: u64,
    pub tunnelled: u64,
    pub vlan: u64,
}

impl Counters {
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
        put("decoder.invalid", self.invalid);
        put("decoder.cut", self.cut);
        put("decoder.ipv4", self.network.ipv4);
        put("decoder.ipv6", self.network.ipv6);
        put("decoder.arp", self.network.arp);
        put("decoder.other", self.network.other);
        put("decoder.unknown_link", self.network.unknown_link);
        put("decoder.tcp", self.network.tcp);
        put("decoder.udp", self.network.udp);
        put("decoder.icmp", self.network.icmp);
        put("decoder.sctp", self.network.sctp);
        put("decoder.tunnelled", self.network.tunnelled);
        put("decoder.vlan", self.network.vlan);
        put("flow.total", self.flow.created);
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
        put("app_layer.recognised", self.recognised);
        put("app_layer.shed", self.recognition_shed);
        put("detect.alert", self.alerts);
        put("decoder.anomalies", self.anomalies);
        put("wirewatch.records", self.records);
        put("wirewatch.panics", self.panics);
        put("wirewatch.packets_not_written", self.packets_not_written);
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
        self.network.add(&other.network);
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
            (&mut self.recognised, other.recognised),
            (&mut self.recognition_shed, other.recognition_shed),
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
            (&mut self.ipv4, other.ipv4),
            (&mut self.ipv6, other.ipv6),
            (&mut self.arp, other.arp),
            (&mut self.other, other.other),
            (&mut self.unknown_link, other.unknown_link),
            (&mut self.tcp, other.tcp),
            (&mut self.udp, other.udp),
            (&mut self.icmp, other.icmp),
            (&mut self.sctp, other.sctp),
            (&mut self.tunnelled, other.tunnelled),
            (&mut self.vlan, other.vlan),
        ];
        for (sum, value) in pairs {
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
