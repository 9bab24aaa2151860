//! Frames that belong to no flow, and what is wrong with frames.

use wirewatch_decode::{Datagram, Decoded, Fault, Network};
use wirewatch_records::{AnomalyRow, Common, Kind, Rows};

use super::{Frame, Pipeline, datagram_common, interface};
use crate::flow_record;
use crate::judge::{Judge, Out, Sight};
use crate::origin;
use crate::packet_record;
use crate::tally::Label;

/// What says that the frame's `EtherType` is unknown, and so shows it.
const UNKNOWN_TYPE: [Fault; 4] = [
    Fault::EthernetUnknownType,
    Fault::VlanUnknownType,
    Fault::VntagUnknownType,
    Fault::EtagUnknownType,
];

impl Pipeline {
    /// A frame without IP: it is counted, and ARP is told.
    #[cold]
    pub(super) fn without_datagram(&mut self, frame: &Frame<'_>) {
        let label = match frame.decoded.frame.network {
            Network::Arp => Label::ARP,
            Network::UnknownLink => Label::UNKNOWN_LINK,
            Network::None | Network::Ip | Network::Other => Label::OTHER,
        };
        self.tally.other(label, u64::from(frame.packet.wire_length));
        let mut judge = self.judge.iter();
        if frame.decoded.fault_count > 0 || judge.any(Judge::wants_frames_without_ip) {
            self.judge_bare(frame, frame.decoded, &Datagram::default());
        }
        if frame.decoded.frame.network == Network::Arp {
            self.arp(frame, frame.decoded.frame.network_offset);
        }
    }

    /// An ARP packet at this offset, on the link or in a tunnel.
    #[cold]
    pub(super) fn arp(&mut self, frame: &Frame<'_>, offset: u32) {
        if self.emitter.wants(Kind::Arp) {
            let iface = interface(&self.interfaces, frame.packet.interface);
            let live = self.ways.live;
            packet_record::emit_arp(&mut self.emitter, frame.packet, offset, iface, live);
        }
    }

    /// Shows rules what belongs to no flow: a fragment, or a frame without a datagram, since some rules ask
    /// about decode events.
    pub(super) fn judge_bare(&mut self, frame: &Frame<'_>, decoded: &Decoded, datagram: &Datagram) {
        let Some(judge) = &mut self.judge else {
            return;
        };
        let sight = Sight {
            packet: frame.packet,
            decoded,
            datagram,
            bytes: frame.bytes,
            payload: &[],
            update: None,
            in_stream: false,
            interface: interface(&self.interfaces, frame.packet.interface),
            ways: &self.ways,
        };
        let mut out = Out {
            emitter: &mut self.emitter,
            tally: &mut self.tally,
            comments: &mut self.comments,
        };
        judge.datagram(&sight, None, &mut out);
    }

    /// An `anomaly` record for each fault of a frame.
    #[cold]
    pub(super) fn faults(&mut self, frame: &Frame<'_>) {
        if frame.decoded.faults().all(Fault::is_lawful) {
            return;
        }
        self.counters.invalid += 1;
        let common = frame
            .decoded
            .datagrams()
            .last()
            .map(datagram_common)
            .unwrap_or_default();
        for fault in frame.decoded.faults().filter(|it| !it.is_lawful()) {
            self.anomaly(frame, &common, "decode", fault.code());
        }
    }

    pub(super) fn anomaly(
        &mut self,
        frame: &Frame<'_>,
        common: &Common<'_>,
        anomaly_type: &str,
        event: &'static str,
    ) {
        self.counters.anomalies += 1;
        self.tally.anomaly(event);
        if !self.emitter.wants(Kind::Anomaly) {
            return;
        }
        let live = self.ways.live;
        let common = Common {
            ts: frame.packet.ts / 1_000,
            in_iface: live.then(|| interface(&self.interfaces, frame.packet.interface)),
            pcap_cnt: (!live).then_some(frame.packet.number),
            vlan: flow_record::vlans(&frame.vlans),
            pkt_src: Some(origin::of_bytes(frame.packet, frame.bytes)),
            ether_type: UNKNOWN_TYPE
                .iter()
                .any(|fault| fault.code() == event)
                .then_some(frame.decoded.frame.ether_type),
            ..*common
        };
        let shown = self.ways.packet_in_anomalies;
        let row = AnomalyRow {
            anomaly_type,
            event,
            packet: shown.then(|| origin::head(frame.packet)),
            linktype: shown.then_some(frame.packet.link),
            ..AnomalyRow::default()
        };
        self.emitter.push(&common, &row.into());
    }
}
