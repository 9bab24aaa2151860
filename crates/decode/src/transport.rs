//! Transport headers, and the dispatch from IP protocol numbers.

mod dccp;
mod icmp;
mod icmpv6;
mod igmp;
mod ipsec;
mod quoted;
mod sctp;
mod tcp;
mod udp;

use crate::bytes::{Span, be16};
use crate::decoder::Decoder;
use crate::{Datagram, Fault, Tunnel};

/// IP protocol numbers (IANA).
pub(crate) mod protocol {
    pub(crate) const ICMP: u8 = 1;
    pub(crate) const IGMP: u8 = 2;
    pub(crate) const IPV4: u8 = 4;
    pub(crate) const TCP: u8 = 6;
    pub(crate) const UDP: u8 = 17;
    pub(crate) const DCCP: u8 = 33;
    pub(crate) const IPV6: u8 = 41;
    pub(crate) const GRE: u8 = 47;
    pub(crate) const ESP: u8 = 50;
    pub(crate) const AUTHENTICATION: u8 = 51;
    pub(crate) const ICMPV6: u8 = 58;
    pub(crate) const L2TP: u8 = 115;
    pub(crate) const SCTP: u8 = 132;
    pub(crate) const UDP_LITE: u8 = 136;
    /// Numbers from here to 252 are not assigned.
    pub(crate) const UNASSIGNED: u8 = 149;
}

impl Decoder<'_> {
    /// What an IP protocol number says comes next.
    #[inline]
    pub(crate) fn transport(&mut self, protocol: u8, span: Span, index: usize) {
        match protocol {
            protocol::TCP => self.tcp(span, index),
            protocol::UDP => self.udp(span, index),
            _ => self.other_transport(protocol, span, index),
        }
    }

    #[inline(never)]
    fn other_transport(&mut self, protocol: u8, span: Span, index: usize) {
        let version = self.datagram(index).map_or(4, |datagram| datagram.version);
        match protocol {
            protocol::ICMP if version == 4 => self.icmp(span, index),
            protocol::ICMP => self.fault(Fault::Ipv6WithIcmpv4),
            protocol::ICMPV6 if version == 6 => self.icmpv6(span, index),
            protocol::ICMPV6 => self.fault(Fault::Ipv4WithIcmpv6),
            protocol::IGMP => self.igmp(span, index),
            protocol::IPV4 | protocol::IPV6 => self.ip_in_ip(protocol, version, span),
            protocol::DCCP => self.dccp(span, index),
            protocol::GRE => self.gre(span, index),
            protocol::ESP => self.esp(span, index),
            protocol::AUTHENTICATION => self.authentication_header(span, index),
            protocol::L2TP => self.l2tp_over_ip(span),
            protocol::SCTP => self.sctp(span, index),
            protocol::UDP_LITE => self.udp_lite(span, index),
            protocol::UNASSIGNED..=252 if version == 6 => self.fault(Fault::Ipv6UnknownNextHeader),
            _ => {}
        }
    }

    /// IP in IP (RFC 2003, 2473, 4213).
    fn ip_in_ip(&mut self, protocol: u8, outer: u8, span: Span) {
        if !self.options.is_enabled(Tunnel::IpInIp) {
            return;
        }
        let version = self.version_nibble(span).unwrap_or(0);
        let fault = match (outer, protocol) {
            (6, protocol::IPV4) if span.wire() < 20 => Some(Fault::Ipv4InIpv6TooShort),
            (6, protocol::IPV4) if version != 4 => Some(Fault::Ipv4InIpv6WrongVersion),
            (6, protocol::IPV6) if span.wire() < 40 => Some(Fault::Ipv6InIpv6TooShort),
            (6, protocol::IPV6) if version != 6 => Some(Fault::Ipv6InIpv6WrongVersion),
            _ => None,
        };
        if let Some(fault) = fault {
            self.fault(fault);
            return;
        }
        self.enter_unless_inside(Tunnel::IpInIp);
        if protocol == protocol::IPV4 {
            self.ipv4(span);
        } else {
            self.ipv6(span);
        }
    }

    /// Whether the transport's bytes are all there, so that a checksum can be made.
    #[inline]
    fn can_verify(&self, span: Span) -> bool {
        self.verify && !span.is_cut()
    }

    /// Notes where the transport's payload is.
    #[inline]
    fn set_payload(&mut self, index: usize, header_length: usize, span: Span, ports: (u16, u16)) {
        if let Some(datagram) = self.datagram(index) {
            datagram.set_payload(header_length, span, ports);
        }
    }
}

impl Datagram {
    /// Notes the ports, and the payload behind a header that `span` starts with.
    #[inline]
    pub(crate) fn set_payload(&mut self, header_length: usize, span: Span, ports: (u16, u16)) {
        let payload = span.skip(header_length);
        (self.source_port, self.destination_port) = ports;
        self.has_transport = true;
        self.payload_offset = payload.start as u32;
        self.payload_length = payload.captured() as u32;
        self.payload_wire_length = span.wire().saturating_sub(header_length) as u32;
    }

    /// Reads only the ports, as for the first fragment of a datagram.
    pub(crate) fn read_ports(&mut self, protocol: u8, bytes: &[u8]) {
        if let Some((source, destination)) = ports(protocol, bytes) {
            self.has_transport = true;
            self.source_port = source;
            self.destination_port = destination;
        }
    }
}

/// The ports (for ICMP type and code) at the start of a transport header.
fn ports(protocol: u8, bytes: &[u8]) -> Option<(u16, u16)> {
    match protocol {
        protocol::TCP | protocol::UDP | protocol::DCCP | protocol::SCTP | protocol::UDP_LITE => {
            Some((be16(bytes, 0)?, be16(bytes, 2)?))
        }
        protocol::ICMP | protocol::ICMPV6 => {
            Some((u16::from(*bytes.first()?), u16::from(*bytes.get(1)?)))
        }
        _ => None,
    }
}
