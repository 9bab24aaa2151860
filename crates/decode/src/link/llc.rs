//! LLC and SNAP (IEEE 802.2; RFC 1042), as in 802.3 frames, 802.11 and cooked captures.

use crate::bytes::{Span, be16};
use crate::decoder::Decoder;
use crate::link::ether_type;
use crate::{Fault, Network};

const SNAP: [u8; 3] = [0xaa, 0xaa, 0x03];
/// IP's own service access point, which some old bridges use.
const IP_POINT: [u8; 3] = [0x06, 0x06, 0x03];
const SNAP_HEADER: usize = 8;
/// Ethernet without its checksum, in the bridged encapsulation of RFC 2684.
const BRIDGED_ETHERNET: u16 = 7;

impl Decoder<'_> {
    /// A frame that starts with an LLC header.
    pub(crate) fn llc(&mut self, span: Span) {
        let Some(points) = self.head::<3>(span) else {
            self.short(span, Fault::LlcTooShort);
            return;
        };
        match *points {
            SNAP => self.snap(span),
            IP_POINT => self.network(ether_type::IPV4, span.skip(3)),
            _ => self.carries(Network::Other, span),
        }
    }

    fn snap(&mut self, span: Span) {
        let Some(&[_, _, _, organisation @ .., high, low]) = self.head::<SNAP_HEADER>(span) else {
            self.short(span, Fault::LlcTooShort);
            return;
        };
        self.organisation_protocol(
            organisation,
            u16::from_be_bytes([high, low]),
            span.skip(SNAP_HEADER),
        );
    }

    /// A protocol number within an organisation's space, and what follows it.
    pub(crate) fn organisation_protocol(&mut self, organisation: [u8; 3], kind: u16, span: Span) {
        match organisation {
            [0, 0, 0 | 0xf8] if kind >= ether_type::FIRST => self.network(kind, span),
            [0, 0x80, 0xc2] if kind == BRIDGED_ETHERNET => self.ethernet(span),
            _ => self.carries(Network::Other, span),
        }
    }

    /// An EtherType, or LLC where it is none, at the start of a range.
    pub(crate) fn type_or_llc(&mut self, kind: u16, span: Span) {
        if kind < ether_type::FIRST {
            self.llc(span);
        } else {
            self.network(kind, span);
        }
    }

    /// The EtherType at the start of a range and what it names.
    pub(crate) fn typed(&mut self, span: Span, too_short: Fault) {
        match be16(self.view(span), 0) {
            Some(kind) => self.network(kind, span.skip(2)),
            None => self.short(span, too_short),
        }
    }
}
