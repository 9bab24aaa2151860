//! Ethernet frames and the protocols that an EtherType names (IEEE 802.3, section 3.2.6).

use crate::bytes::{Span, be16};
use crate::decoder::Decoder;
use crate::{Fault, Network};

/// EtherType numbers (IEEE 802 numbers registry).
pub(crate) mod ether_type {
    pub(crate) const IPV4: u16 = 0x0800;
    pub(crate) const ARP: u16 = 0x0806;
    pub(crate) const TRANSPARENT_ETHERNET: u16 = 0x6558;
    pub(crate) const RARP: u16 = 0x8035;
    pub(crate) const VLAN: u16 = 0x8100;
    pub(crate) const IPV6: u16 = 0x86dd;
    pub(crate) const MPLS: u16 = 0x8847;
    pub(crate) const MPLS_MULTICAST: u16 = 0x8848;
    pub(crate) const PPPOE_DISCOVERY: u16 = 0x8863;
    pub(crate) const PPPOE_SESSION: u16 = 0x8864;
    pub(crate) const PROVIDER_BRIDGE: u16 = 0x88a8;
    pub(crate) const PPP: u16 = 0x880b;
    pub(crate) const BACKBONE_BRIDGE: u16 = 0x88e7;
    pub(crate) const FABRIC_PATH: u16 = 0x8903;
    pub(crate) const CISCO_METADATA: u16 = 0x8909;
    pub(crate) const VNTAG: u16 = 0x8926;
    pub(crate) const ETAG: u16 = 0x893f;
    pub(crate) const NSH: u16 = 0x894f;
    pub(crate) const VLAN_OLD: u16 = 0x9100;
    pub(crate) const VLAN_OLDER: u16 = 0x9200;
    /// Values below are lengths, and LLC follows.
    pub(crate) const FIRST: u16 = 0x0600;
}

/// Known protocols that carry no IP, so that they are not told as unknown. Sorted.
const WITHOUT_IP: &[u16] = &[
    0x0842, // wake on LAN
    0x22ea, // stream reservation
    0x22f0, // audio video transport
    0x22f3, // TRILL
    0x6001, 0x6002, 0x6003, 0x6004, 0x6005, 0x6006, 0x6007, // DEC
    0x809b, 0x80f3, // AppleTalk
    0x8102, // simple loop prevention
    0x8137, 0x8138, // IPX
    0x8808, 0x8809, // flow control, slow protocols
    0x8863, // PPPoE discovery, if it gets here
    0x8874, // Broadcom
    0x887b, 0x88e1, // HomePlug
    0x8892, // PROFINET
    0x8899, // Realtek
    0x888e, // 802.1X
    0x889a, // hyper SCSI
    0x88a2, // ATA over Ethernet
    0x88a4, // EtherCAT
    0x88ab, // POWERLINK
    0x88b5, 0x88b6, 0x88b7, // local experiments
    0x88b8, 0x88b9, 0x88ba, // IEC 61850
    0x88bf, // MikroTik
    0x88c7, // 802.11i preauthentication
    0x88ca, // TIPC
    0x88cc, // LLDP
    0x88cd, // SERCOS
    0x88d9, // LLTD
    0x88dc, // WSMP
    0x88e3, // media redundancy
    0x88e5, // MACsec
    0x88f5, 0x88f6, // multiple registration
    0x88f7, // precision time
    0x88f8, // NC-SI
    0x88fb, // parallel redundancy
    0x8902, // connectivity fault management
    0x8906, 0x8914, // Fibre Channel
    0x890d, // 802.11 management
    0x8915, // RoCE
    0x891d, // TTEthernet
    0x892f, // high availability seamless redundancy
    0x8947, // GeoNetworking
    0x9000, // loopback test
    0x9003, // Netgear
    0x4305, // B.A.T.M.A.N.
    0xb7ea, // GRE control channel
];

const ADDRESSES: usize = 12;
const HEADER: usize = 14;

impl Decoder<'_> {
    /// A frame that starts with destination and source address.
    #[inline]
    pub(crate) fn ethernet(&mut self, span: Span) {
        let Some(header) = self.head::<HEADER>(span) else {
            self.short(span, Fault::EthernetTooShort);
            return;
        };
        let kind = u16::from_be_bytes([header[12], header[13]]);
        if self.at_link() {
            if self.out.frame.ethernet_offset.is_none() {
                self.out.frame.ethernet_offset = Some(span.start as u32);
            }
        } else if self.carried.is_none() {
            self.carried = Some(span);
        }
        self.network(kind, span.skip(HEADER));
    }

    /// What an EtherType says comes next.
    #[inline]
    pub(crate) fn network(&mut self, kind: u16, span: Span) {
        self.out_of_link(kind, span);
        match kind {
            ether_type::IPV4 => self.ipv4(span),
            ether_type::IPV6 => self.ipv6(span),
            _ => {
                self.other_network(kind, span);
            }
        }
    }

    /// What an EtherType in a tag says comes next; a type that nothing uses is the tag's fault, too.
    #[inline]
    pub(crate) fn tagged(&mut self, kind: u16, span: Span, unknown: Fault) {
        self.out_of_link(kind, span);
        match kind {
            ether_type::IPV4 => self.ipv4(span),
            ether_type::IPV6 => self.ipv6(span),
            _ if self.other_network(kind, span) => {}
            _ if self.at_link() => self.fault_once(unknown),
            _ => {}
        }
    }

    /// Notes where the network layer starts, while the frame's own link layer is read.
    #[inline]
    fn out_of_link(&mut self, kind: u16, span: Span) {
        if self.at_link() {
            self.out.frame.network_offset = span.start as u32;
            self.out.frame.ether_type = if kind < ether_type::FIRST { 0 } else { kind };
        }
    }

    /// Whether the EtherType is known.
    #[inline(never)]
    fn other_network(&mut self, kind: u16, span: Span) -> bool {
        if !self.descend() {
            return true;
        }
        match kind {
            ether_type::ARP | ether_type::RARP => self.arp(span),
            ether_type::VLAN
            | ether_type::PROVIDER_BRIDGE
            | ether_type::VLAN_OLD
            | ether_type::VLAN_OLDER => self.vlan(span),
            ether_type::MPLS | ether_type::MPLS_MULTICAST => self.mpls(span),
            ether_type::PPPOE_SESSION => self.pppoe_session(span),
            ether_type::PPPOE_DISCOVERY => self.pppoe_discovery(span),
            ether_type::TRANSPARENT_ETHERNET => self.ethernet(span),
            ether_type::PPP => self.ppp(span),
            ether_type::BACKBONE_BRIDGE => self.backbone_bridge(span),
            ether_type::FABRIC_PATH => self.fabric_path(span),
            ether_type::CISCO_METADATA => self.tag(
                span,
                6,
                [Fault::EthernetTooShort, Fault::EthernetUnknownType],
            ),
            ether_type::VNTAG => self.tag(span, 4, [Fault::VntagTooShort, Fault::VntagUnknownType]),
            ether_type::ETAG => self.tag(span, 6, [Fault::EtagTooShort, Fault::EtagUnknownType]),
            ether_type::NSH => self.service_header(span),
            length if length < ether_type::FIRST => self.llc(span.limit(usize::from(length))),
            other if WITHOUT_IP.contains(&other) => self.carries(Network::Other, span),
            _ => {
                self.unknown_network();
                return false;
            }
        }
        true
    }

    fn unknown_network(&mut self) {
        if self.at_link() {
            self.fault_once(Fault::EthernetUnknownType);
        }
    }

    /// Whether a range can be an Ethernet frame: its EtherType is one that is decoded, and
    /// an IP header behind it fits. Used where nothing else says that it is one.
    pub(crate) fn looks_like_ethernet(&self, span: Span) -> bool {
        let inside = span.skip(HEADER);
        match be16(self.view(span), ADDRESSES) {
            Some(ether_type::IPV4) => self.looks_like_ipv4(inside),
            Some(ether_type::IPV6) => self.looks_like_ipv6(inside),
            Some(kind) if kind < ether_type::FIRST => {
                kind > 2 && usize::from(kind) <= inside.wire()
            }
            Some(kind) => is_decoded(kind) || WITHOUT_IP.contains(&kind),
            None => false,
        }
    }
}

/// Whether a protocol other than IP is understood.
pub(crate) fn is_decoded(kind: u16) -> bool {
    use ether_type as ether;
    matches!(
        kind,
        ether::ARP
            | ether::RARP
            | ether::VLAN
            | ether::PROVIDER_BRIDGE
            | ether::VLAN_OLD
            | ether::MPLS
            | ether::MPLS_MULTICAST
            | ether::PPPOE_SESSION
            | ether::PPPOE_DISCOVERY
            | ether::BACKBONE_BRIDGE
            | ether::VNTAG
            | ether::ETAG
            | ether::NSH
    )
}
