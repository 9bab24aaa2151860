//! PPP (RFC 1661, 1662) and PPP over Ethernet (RFC 2516).

use crate::bytes::{Span, be16};
use crate::decoder::Decoder;
use crate::link::ether_type;
use crate::{Fault, Network};

/// All stations, unnumbered information: the header that many links leave out.
const ADDRESS_CONTROL: [u8; 2] = [0xff, 0x03];
/// The address byte alone is never taken for a compressed protocol number.
const ALL_STATIONS: u16 = 0x00ff;
/// The first byte of Cisco HDLC, unicast and broadcast.
const CISCO: [u8; 2] = [0x0f, 0x8f];

const PPPOE_HEADER: usize = 6;
const VERSION_AND_TYPE: u8 = 0x11;
const SESSION_DATA: u8 = 0;
/// Tags checked per discovery packet; real ones have about five.
const MAX_TAGS: usize = 32;
/// Offer, initiation, request, session confirmation and termination (RFC 2516, section 5).
const DISCOVERY_CODES: [u8; 5] = [0x07, 0x09, 0x19, 0x65, 0xa7];

impl Decoder<'_> {
    /// PPP in HDLC-like framing, or Cisco's framing that the same link types carry.
    pub(crate) fn ppp_or_hdlc(&mut self, span: Span) {
        match self.view(span).first() {
            Some(first) if CISCO.contains(first) => self.cisco_hdlc(span),
            _ => self.ppp(span),
        }
    }

    /// A PPP frame, with or without address and control bytes.
    pub(crate) fn ppp(&mut self, span: Span) {
        let framed = self.view(span).starts_with(&ADDRESS_CONTROL);
        let span = if framed { span.skip(2) } else { span };
        // A protocol number's first byte is even, so an odd one is a compressed number.
        match *self.view(span) {
            [protocol, ..] if protocol & 1 != 0 => {
                self.ppp_payload(u16::from(protocol), span.skip(1));
            }
            [high, low, ..] => self.ppp_payload(u16::from_be_bytes([high, low]), span.skip(2)),
            _ => self.short(span, Fault::PppTooShort),
        }
    }

    fn ppp_payload(&mut self, protocol: u16, span: Span) {
        match protocol {
            0x0021 if span.wire() < 20 => self.fault(Fault::PppIpv4TooShort),
            0x0021 => self.network(ether_type::IPV4, span),
            0x0057 if span.wire() < 40 => self.fault(Fault::PppIpv6TooShort),
            0x0057 => self.network(ether_type::IPV6, span),
            0x0281 => self.network(ether_type::MPLS, span),
            0x0283 => self.network(ether_type::MPLS_MULTICAST, span),
            0x002f if span.wire() < 20 => self.fault(Fault::PppVanJacobsonTooShort),
            // Compressed headers, multilink, compressed or encrypted data.
            0x002d | 0x002f | 0x003d | 0x004f..=0x0056 | 0x00fb | 0x00fd => {
                self.fault(Fault::PppUnsupported);
                self.carries(Network::Other, span);
            }
            _ if is_ppp_protocol(protocol) => self.carries(Network::Other, span),
            _ => self.fault(Fault::PppWrongType),
        }
    }

    /// PPPoE in its session stage.
    pub(crate) fn pppoe_session(&mut self, span: Span) {
        let Some((code, payload)) = self.pppoe(span) else {
            return;
        };
        if code == SESSION_DATA {
            self.ppp(payload);
        } else {
            self.fault(Fault::PppoeWrongCode);
        }
    }

    /// PPPoE while a session is set up or closed.
    pub(crate) fn pppoe_discovery(&mut self, span: Span) {
        self.carries(Network::Other, span);
        let Some((code, payload)) = self.pppoe(span) else {
            return;
        };
        if !DISCOVERY_CODES.contains(&code) {
            self.fault(Fault::PppoeWrongCode);
        } else if !payload.is_cut() && !tags_fit(self.view(payload)) {
            self.fault(Fault::PppoeMalformedTags);
        }
    }

    /// The code of a PPPoE packet and what its length covers.
    fn pppoe(&mut self, span: Span) -> Option<(u8, Span)> {
        let Some(&[kind, code, _, _, high, low]) = self.head::<PPPOE_HEADER>(span) else {
            self.short(span, Fault::PppoeTooShort);
            return None;
        };
        let length = usize::from(u16::from_be_bytes([high, low]));
        if length > span.skip(PPPOE_HEADER).wire() {
            self.short(span, Fault::PppoeTooShort);
        }
        if kind != VERSION_AND_TYPE {
            self.fault(Fault::PppoeWrongCode);
            return None;
        }
        Some((code, span.skip(PPPOE_HEADER).limit(length)))
    }
}

/// Whether a list of PPPoE tags ends where the packet does (RFC 2516, section 5, appendix A).
fn tags_fit(mut tags: &[u8]) -> bool {
    for _ in 0..MAX_TAGS {
        let (Some(kind), Some(length)) = (be16(tags, 0), be16(tags, 2)) else {
            return tags.is_empty();
        };
        let Some(rest) = tags.get(4 + usize::from(length)..) else {
            return false;
        };
        if kind == 0 {
            return true;
        }
        tags = rest;
    }
    true
}

/// Whether PPP's number space (RFC 3818) can have it: network, control and authentication
/// protocols have an odd low byte and an even high byte.
pub(crate) fn is_ppp_protocol(protocol: u16) -> bool {
    let [high, low] = protocol.to_be_bytes();
    let family = matches!(high, 0x00 | 0x02 | 0x04 | 0x80 | 0x82 | 0x84) || high >= 0xc0;
    family && low & 1 != 0 && high & 1 == 0 && protocol != ALL_STATIONS
}
