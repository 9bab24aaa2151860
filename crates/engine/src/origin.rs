//! Where a packet came from, as records tell it: the wire, a tunnel, fragments put together.

use wirewatch_capture::Packet;
use wirewatch_decode::{Datagram, Tunnel};
use wirewatch_records::{Common, protocol};

use crate::flow_record;
use crate::judge::Sight;
use crate::packet_record;

/// What a record says that is caused by the end of a flow, when no packet is at hand.
pub(crate) const FLOW_END: &str = "stream (flow timeout)";
const WIRE: &str = "wire/pcap";
const FRAGMENTS: &str = "defrag";

/// Link type of bytes that begin with an IP header, whatever its version.
pub(crate) const RAW: u16 = 12;

/// Link, network and transport headers are seldom longer.
const MAX_HEAD: usize = 128;

/// Names of link types as libpcap gives them.
const LINK_NAMES: [(u16, &str); 18] = [
    (0, "NULL"),
    (1, "EN10MB"),
    (9, "PPP"),
    (RAW, "RAW"),
    (50, "PPP_SERIAL"),
    (51, "PPP_ETHER"),
    (101, "RAW"),
    (104, "C_HDLC"),
    (105, "IEEE802_11"),
    (107, "FRELAY"),
    (108, "LOOP"),
    (113, "LINUX_SLL"),
    (127, "IEEE802_11_RADIO"),
    (192, "PPI"),
    (228, "IPv4"),
    (229, "IPv6"),
    (239, "NFLOG"),
    (276, "LINUX_SLL2"),
];

/// The name of a link type, where libpcap has one.
pub(crate) fn link_name(link: u16) -> Option<&'static str> {
    let found = LINK_NAMES.iter().find(|(number, _)| *number == link);
    found.map(|(_, name)| *name)
}

/// EVE's `pkt_src`.
pub(crate) fn source(sight: Option<&Sight<'_>>) -> &'static str {
    let Some(sight) = sight else {
        return FLOW_END;
    };
    let outside = level(sight).checked_sub(1);
    let outer = outside.and_then(|outside| sight.decoded.datagrams().get(outside));
    match (sight.datagram.tunnel, outer) {
        (_, None) if is_rebuilt(sight) => FRAGMENTS,
        (Tunnel::None, _) | (_, None) => WIRE,
        (Tunnel::Gre | Tunnel::Erspan | Tunnel::Pptp, _) => "gre tunnel",
        (Tunnel::Vxlan, _) => "vxlan encapsulation",
        (Tunnel::Geneve, _) => "geneve encapsulation",
        (Tunnel::Teredo, _) => "teredo tunnel",
        (Tunnel::Gtp, _) => "gtp tunnel",
        (Tunnel::L2tp, _) => "l2tp tunnel",
        (Tunnel::Ayiya, _) => "ayiya tunnel",
        (Tunnel::IpInIp | Tunnel::Ipsec, Some(outer)) if outer.version == 6 => "ipv6 tunnel",
        (Tunnel::IpInIp | Tunnel::Ipsec, _) => "ipv4 tunnel",
    }
}

/// Which of the frame's datagrams is at hand, counted from the outside.
pub(crate) fn level(sight: &Sight<'_>) -> usize {
    let is_it = |datagram: &Datagram| datagram.ip_offset == sight.datagram.ip_offset;
    sight
        .decoded
        .datagrams()
        .iter()
        .position(is_it)
        .unwrap_or(0)
}

/// EVE's `pkt_src` of a packet without a tunnel, by the bytes that are read.
pub(crate) fn of_bytes(packet: &Packet<'_>, bytes: &[u8]) -> &'static str {
    if std::ptr::eq(bytes.as_ptr(), packet.bytes.as_ptr()) {
        WIRE
    } else {
        FRAGMENTS
    }
}

/// The first bytes of a packet, for a record about its headers.
pub(crate) fn head<'a>(packet: &Packet<'a>) -> &'a [u8] {
    packet.bytes.get(..MAX_HEAD).unwrap_or(packet.bytes)
}

/// Whether the datagram was put together from fragments.
fn is_rebuilt(sight: &Sight<'_>) -> bool {
    !std::ptr::eq(sight.bytes.as_ptr(), sight.packet.bytes.as_ptr())
}

/// The VLANs that the datagram at hand came in.
pub(crate) fn vlans(sight: &Sight<'_>) -> [u16; 3] {
    let inside = Some(level(sight)).filter(|level| *level > 0);
    inside
        .and_then(|level| sight.decoded.enclosed.get(level))
        .map(|enclosed| enclosed.vlans)
        .filter(|vlans| vlans[0] != 0)
        .unwrap_or(sight.decoded.frame.vlans)
}

/// The packet for a record, with its link type: the frame as captured, or what was in a tunnel or in
/// fragments, from its IP header on.
pub(crate) fn packet<'a>(sight: &Sight<'a>) -> (&'a [u8], u16) {
    let link = sight.packet.link;
    if level(sight) > 0 {
        let start = sight.datagram.ip_offset as usize;
        let end = start.saturating_add(sight.datagram.ip_length as usize);
        let inside = sight.bytes.get(start..).unwrap_or_default();
        let inside = inside.get(..end - start).unwrap_or(inside);
        return (inside, RAW);
    }
    if !is_rebuilt(sight) {
        return (sight.packet.bytes, link);
    }
    let is_raw = matches!(link, RAW | 101 | 228 | 229);
    (sight.bytes, if is_raw { link } else { RAW })
}

/// Adds what the record tells of the packet's origin; in place, as what records share is long.
pub(crate) fn add(common: &mut Common<'_>, sight: Option<&Sight<'_>>) {
    common.pkt_src = Some(source(sight));
    let Some(sight) = sight else {
        return;
    };
    if sight.ways.link_addresses {
        let macs = packet_record::macs(sight.packet, sight.decoded);
        common.src_mac = macs.map(|(source, _)| source);
        common.dst_mac = macs.map(|(_, destination)| destination);
    }
    let depth = level(sight);
    let Some(outer) = sight.decoded.datagrams().first().filter(|_| depth > 0) else {
        return;
    };
    let ports = outer.has_transport && flow_record::has_ports(outer.protocol);
    common.tunnel_src_ip = Some(outer.source_ip());
    common.tunnel_src_port = ports.then_some(outer.source_port);
    common.tunnel_dst_ip = Some(outer.destination_ip());
    common.tunnel_dst_port = ports.then_some(outer.destination_port);
    common.tunnel_proto = Some(protocol::name(outer.protocol));
    common.tunnel_depth = Some(depth as u8);
}
