//! `packet` and `arp` records, and what a single packet adds to the totals.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};

use wirewatch_capture::Packet;
use wirewatch_decode::{Datagram, Decoded, Network, Tunnel};
use wirewatch_flow::{DefragmentCounters, Flow, Packet as FlowPacket, Side};
use wirewatch_records::{ArpRow, Common, PacketRow, Rows, protocol};

use crate::emit::Emitter;
use crate::flow_record;
use crate::link_addresses::Mac;
use crate::pipeline::payload;
use crate::tally::Share;

/// What a record about a datagram shares with others, as the packet travelled.
pub(crate) fn addresses(datagram: &Datagram) -> Common<'static> {
    let ports = datagram.has_transport && flow_record::has_ports(datagram.protocol);
    let icmp = datagram.has_transport && matches!(datagram.protocol, 1 | 58);
    Common {
        src_ip: Some(datagram.source_ip()),
        src_port: ports.then_some(datagram.source_port),
        dst_ip: Some(datagram.destination_ip()),
        dst_port: ports.then_some(datagram.destination_port),
        proto: Some(protocol::name(datagram.protocol)),
        icmp_type: icmp.then_some(datagram.source_port as u8),
        icmp_code: icmp.then_some(datagram.destination_port as u8),
        ip_v: Some(datagram.version),
        ..Common::default()
    }
}

/// What one packet adds to its flow's totals.
pub(crate) fn share(flow: &Flow, side: Side, weight: &FlowPacket, is_new: bool) -> Share {
    let (packets, bytes) = (u64::from(weight.packets), weight.wire_bytes);
    let out = side == Side::ToServer;
    Share {
        ends: flow_record::ends(flow),
        packets_out: if out { packets } else { 0 },
        packets_in: if out { 0 } else { packets },
        bytes_out: if out { bytes } else { 0 },
        bytes_in: if out { 0 } else { bytes },
        flows: u64::from(is_new),
        is_whole: false,
        label: flow_record::label(flow),
    }
}

/// Puts out the record of a packet, told by its innermost datagram.
pub(crate) fn emit(
    emitter: &mut Emitter,
    packet: &Packet<'_>,
    decoded: &Decoded,
    flow_id: u64,
    interface: &str,
    live: bool,
) {
    let datagram = decoded.datagrams().last();
    let macs = macs(packet, decoded);
    let vlans = decoded
        .frame
        .vlans
        .get(..decoded.frame.vlan_count as usize)
        .unwrap_or_default();
    let common = Common {
        ts: packet.ts / 1_000,
        flow_id: (flow_id != 0).then_some(flow_id),
        in_iface: live.then_some(interface),
        pcap_cnt: (!live).then_some(packet.number),
        vlan: vlans,
        src_mac: macs.map(|(source, _)| source),
        dst_mac: macs.map(|(_, destination)| destination),
        ether_type: (decoded.frame.ether_type != 0).then_some(decoded.frame.ether_type),
        ..datagram.map_or_else(|| link_common(packet, decoded), addresses)
    };
    let tcp = datagram.filter(|d| d.has_transport && d.protocol == 6);
    let row = PacketRow {
        tcp_flags: tcp.map(|d| d.tcp.flags),
        seq: tcp.map(|d| d.tcp.sequence),
        ack_seq: tcp.map(|d| d.tcp.acknowledgement),
        window: tcp.map(|d| d.tcp.window),
        length: packet.wire_length,
        captured_length: packet.bytes.len() as u32,
        payload_length: datagram.map(|d| d.payload_wire_length),
        ttl: datagram.map(|d| d.ttl),
        summary: summary(decoded).or_else(|| arp_summary(packet, decoded)),
        payload: datagram
            .map(|d| payload(packet.bytes, d))
            .filter(|bytes| !bytes.is_empty()),
        packet: None,
        linktype: Some(packet.link),
    };
    emitter.push(&common, &row.into());
}

/// What stands behind the columns: a fault, a fragment, a tunnel.
fn summary(decoded: &Decoded) -> Option<&'static [u8]> {
    if let Some(fault) = decoded.faults().find(|it| !it.is_lawful()) {
        return Some(fault.code().as_bytes());
    }
    let last = decoded.datagrams().last()?;
    if last.fragment.is_some() {
        return Some(b"fragment");
    }
    Some(match last.tunnel {
        Tunnel::None => return None,
        Tunnel::IpInIp => b"in IP",
        Tunnel::Gre => b"in GRE",
        Tunnel::Erspan => b"in ERSPAN",
        Tunnel::Vxlan => b"in VXLAN",
        Tunnel::Geneve => b"in Geneve",
        Tunnel::Gtp => b"in GTP",
        Tunnel::Teredo => b"in Teredo",
        Tunnel::L2tp => b"in L2TP",
        Tunnel::Ipsec => b"in IPsec",
        Tunnel::Pptp => b"in PPTP",
        Tunnel::Ayiya => b"in AYIYA",
    })
}

/// What an ARP packet says.
fn arp_summary(packet: &Packet<'_>, decoded: &Decoded) -> Option<&'static [u8]> {
    let is_arp = decoded.frame.network == Network::Arp;
    is_arp
        .then(|| arp(packet, decoded.frame.network_offset).map(|row| row.opcode.as_bytes()))
        .flatten()
}

/// The source's and the destination's link address.
pub(crate) fn macs(packet: &Packet<'_>, decoded: &Decoded) -> Option<(Mac, Mac)> {
    let at = decoded.frame.ethernet_offset? as usize;
    let destination: Mac = packet.bytes.get(at..at + 6)?.try_into().ok()?;
    let source: Mac = packet.bytes.get(at + 6..at + 12)?.try_into().ok()?;
    Some((source, destination))
}

/// What is known of a frame without a datagram.
fn link_common(packet: &Packet<'_>, decoded: &Decoded) -> Common<'static> {
    if decoded.frame.network != Network::Arp {
        return Common::default();
    }
    let arp = arp(packet, decoded.frame.network_offset).unwrap_or_default();
    Common {
        src_ip: arp.sender_ip,
        dst_ip: arp.target_ip,
        proto: Some("ARP"),
        ..Common::default()
    }
}

/// The fields of an ARP packet for Ethernet and IPv4.
fn arp(packet: &Packet<'_>, offset: u32) -> Option<ArpRow<'static>> {
    let at = offset as usize;
    let ([0, 1, 8, 0, 6, 4, high, low], rest) =
        packet.bytes.get(at..at + 28)?.split_first_chunk::<8>()?
    else {
        return None;
    };
    let mac = |at: usize| {
        rest.get(at..at + 6)
            .and_then(|bytes| Mac::try_from(bytes).ok())
    };
    let ip = |at: usize| {
        let octets = <[u8; 4]>::try_from(rest.get(at..at + 4)?).ok()?;
        Some(IpAddr::V4(Ipv4Addr::from(octets)))
    };
    Some(ArpRow {
        hw_type: "ethernet",
        proto_type: "ipv4",
        opcode: opcode(u16::from_be_bytes([*high, *low])),
        sender_mac: mac(0),
        sender_ip: ip(6),
        target_mac: mac(10),
        target_ip: ip(16),
    })
}

/// Puts out the record of an ARP packet (RFC 826; Ethernet and IPv4, others are not told).
pub(crate) fn emit_arp(
    emitter: &mut Emitter,
    packet: &Packet<'_>,
    offset: u32,
    interface: &str,
    live: bool,
) {
    let Some(row) = arp(packet, offset) else {
        return;
    };
    let common = Common {
        ts: packet.ts / 1_000,
        in_iface: live.then_some(interface),
        pcap_cnt: (!live).then_some(packet.number),
        ..Common::default()
    };
    emitter.push(&common, &row.into());
}

fn opcode(code: u16) -> &'static str {
    match code {
        1 => "request",
        2 => "reply",
        3 => "request_reverse",
        4 => "reply_reverse",
        8 => "in_arp_request",
        9 => "in_arp_reply",
        _ => "unknown",
    }
}

/// Counters of reassembly by name.
pub(crate) fn fragment_counters(counters: &DefragmentCounters) -> BTreeMap<&'static str, u64> {
    BTreeMap::from([
        ("fragments", counters.fragments),
        ("reassembled", counters.reassembled),
        ("overlaps", counters.overlaps),
        ("duplicates", counters.duplicates),
        ("timeout", counters.timeout),
        ("too_large", counters.too_large),
        ("too_many_pieces", counters.too_many_pieces),
        ("evicted_count", counters.evicted_count),
        ("evicted_memory", counters.evicted_memory),
    ])
}
