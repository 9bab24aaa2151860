//! L2TP data: version 2 over UDP (RFC 2661) and version 3 over UDP and IP (RFC 3931).

use crate::Tunnel;
use crate::bytes::{Span, be16, be32};
use crate::decoder::Decoder;
use crate::link::{ether_type, is_ppp_protocol};

const CONTROL: u16 = 0x8000;
const LENGTH: u16 = 0x4000;
const SEQUENCE: u16 = 0x0800;
const OFFSET: u16 = 0x0200;
const PRIORITY: u16 = 0x0100;
const VERSION: u16 = 0x000f;
const RESERVED: u16 = !(CONTROL | LENGTH | SEQUENCE | OFFSET | PRIORITY | VERSION);

/// Version 3's cookie and default sublayer take 0, 4 or 8 bytes and 0 or 4 bytes, as the two
/// ends agreed on the control channel; the length that makes sense of what follows is taken.
const VERSION_3_GAPS: [usize; 4] = [0, 4, 8, 12];

impl Decoder<'_> {
    /// An L2TP data packet over UDP; false when it is none.
    pub(crate) fn l2tp_over_udp(&mut self, span: Span) -> bool {
        let Some(flags) = be16(self.view(span), 0) else {
            return false;
        };
        match (flags & CONTROL, flags & VERSION) {
            (0, 2) if flags & RESERVED == 0 => self.l2tp2(flags, span),
            (0, 3) if flags == 3 && be16(self.view(span), 2) == Some(0) => self.l2tp3(span.skip(4)),
            _ => false,
        }
    }

    /// An L2TP packet over IP; session 0 is the control channel.
    pub(crate) fn l2tp_over_ip(&mut self, span: Span) {
        if self.options.is_enabled(Tunnel::L2tp) {
            self.l2tp3(span);
        }
    }

    fn l2tp2(&mut self, flags: u16, span: Span) -> bool {
        let Some((id, payload)) = self.l2tp2_payload(flags, span) else {
            return false;
        };
        if !self.looks_like_ppp(payload) {
            return false;
        }
        self.enter(Tunnel::L2tp, id);
        self.ppp(payload);
        true
    }

    /// Tunnel and session in one number, and the PPP frame.
    fn l2tp2_payload(&self, flags: u16, span: Span) -> Option<(u32, Span)> {
        let view = self.view(span);
        let mut offset = 2;
        let mut packet = span;
        if flags & LENGTH != 0 {
            let length = usize::from(be16(view, offset)?);
            if length > span.wire() {
                return None;
            }
            packet = span.limit(length);
            offset += 2;
        }
        let id = be32(view, offset)?;
        offset += 4;
        if flags & SEQUENCE != 0 {
            offset += 4;
        }
        if flags & OFFSET != 0 {
            offset += 2 + usize::from(be16(view, offset)?);
        }
        Some((id, packet.skip(offset)))
    }

    fn l2tp3(&mut self, span: Span) -> bool {
        let Some(session) = be32(self.view(span), 0).filter(|session| *session != 0) else {
            return false;
        };
        let after = span.skip(4);
        for gap in VERSION_3_GAPS {
            let inner = after.skip(gap);
            if self.looks_like_carrier(inner) {
                self.enter(Tunnel::L2tp, session);
                self.ethernet(inner);
                return true;
            }
            if gap == 0 && self.looks_like_ip(inner) {
                self.enter(Tunnel::L2tp, session);
                self.raw_ip(inner);
                return true;
            }
        }
        false
    }

    /// Whether a range is an Ethernet frame with IP, ARP or a VLAN tag: lengths and rare
    /// protocols would be believed too easily in a guess.
    fn looks_like_carrier(&self, span: Span) -> bool {
        match be16(self.view(span), 12) {
            Some(ether_type::IPV4 | ether_type::IPV6) => self.looks_like_ethernet(span),
            Some(ether_type::ARP) => be32(self.view(span), 14) == Some(0x0001_0800),
            Some(ether_type::VLAN) => true,
            _ => false,
        }
    }

    fn looks_like_ppp(&self, span: Span) -> bool {
        let framed = self.view(span).starts_with(&[0xff, 0x03]);
        let span = if framed { span.skip(2) } else { span };
        match *self.view(span) {
            [0x21, ..] => self.looks_like_ipv4(span.skip(1)),
            [0x57, ..] => self.looks_like_ipv6(span.skip(1)),
            [0, 0x21, ..] => self.looks_like_ipv4(span.skip(2)),
            [0, 0x57, ..] => self.looks_like_ipv6(span.skip(2)),
            [high, low, ..] => is_ppp_protocol(u16::from_be_bytes([high, low])),
            _ => false,
        }
    }
}
