//! Linux cooked captures, versions 1 and 2: what `any` devices give.

use crate::bytes::{Span, be16};
use crate::decoder::Decoder;
use crate::{Fault, Network};

const HEADER: usize = 16;
const HEADER2: usize = 20;

/// Hardware types (`ARPHRD_` numbers) whose protocol field means something else.
const NETLINK: u16 = 824;
/// Devices without a link layer: the packet starts with IP, whatever the protocol field says.
const NO_LINK: [u16; 4] = [512, 519, 768, 0xfffe];

impl Decoder<'_> {
    /// Version 1: packet type, hardware type, address length, address, protocol.
    pub(crate) fn cooked(&mut self, span: Span) {
        let view = self.view(span);
        let (Some(hardware), Some(kind)) = (be16(view, 2), be16(view, 14)) else {
            self.short(span, Fault::CookedTooShort);
            return;
        };
        self.cooked_payload(hardware, kind, span.skip(HEADER));
    }

    /// Version 2: protocol, interface, hardware type, packet type, address.
    pub(crate) fn cooked2(&mut self, span: Span) {
        let Some(header) = self.head::<HEADER2>(span) else {
            self.short(span, Fault::Cooked2TooShort);
            return;
        };
        let kind = u16::from_be_bytes([header[0], header[1]]);
        let hardware = u16::from_be_bytes([header[8], header[9]]);
        self.cooked_payload(hardware, kind, span.skip(HEADER2));
    }

    fn cooked_payload(&mut self, hardware: u16, kind: u16, span: Span) {
        match (hardware, kind) {
            (NETLINK, _) => self.carries(Network::Other, span),
            (_, 0) if NO_LINK.contains(&hardware) && self.looks_like_ip(span) => self.raw_ip(span),
            // Novell's raw frames, CAN buses and other internal numbers.
            (_, 0..=3 | 5..=0x05ff) => self.carries(Network::Other, span),
            _ => self.type_or_llc(kind, span),
        }
    }
}
