//! ERSPAN types I, II and III: mirrored Ethernet frames in GRE.

use crate::bytes::{Span, be16};
use crate::decoder::Decoder;
use crate::{Fault, Tunnel};

const HEADER_2: usize = 8;
const HEADER_3: usize = 12;
/// Follows the header of type III when its last bit says so.
const SUBHEADER_3: usize = 8;
/// Set in the second word when the frame was cut to make it fit.
const CUT: u16 = 0x0400;
/// How many of the low bits of the second word name the session.
const SESSION: u16 = 0x03ff;
/// Likewise of the first word: the VLAN that the frame was mirrored from, 0 for none.
const VLAN: u16 = 0x0fff;

impl Decoder<'_> {
    /// Type I has no header at all.
    pub(crate) fn erspan1(&mut self, span: Span) {
        self.mirrored(0, span);
    }

    /// Type II: version, VLAN, session, index.
    pub(crate) fn erspan2(&mut self, span: Span) {
        let Some(&[first, vlan, high, low, ..]) = self.head::<HEADER_2>(span) else {
            self.short(span, Fault::ErspanTooShort);
            return;
        };
        if first >> 4 == 1 {
            self.carry_vlan(u16::from_be_bytes([first, vlan]) & VLAN);
            self.carried = Some(span);
            self.mirrored(u16::from_be_bytes([high, low]), span.skip(HEADER_2));
        } else {
            self.fault(Fault::ErspanVersion);
        }
    }

    /// Type III: type II with timestamps.
    pub(crate) fn erspan3(&mut self, span: Span) {
        let Some(header) = self.head::<HEADER_3>(span) else {
            self.short(span, Fault::ErspanTooShort);
            return;
        };
        if header[0] >> 4 != 2 {
            self.fault(Fault::ErspanVersion);
            return;
        }
        let length = HEADER_3 + if header[11] & 1 != 0 { SUBHEADER_3 } else { 0 };
        let session = be16(header, 2).unwrap_or(0);
        self.carry_vlan(be16(header, 0).unwrap_or(0) & VLAN);
        self.carried = Some(span);
        self.mirrored(session, span.skip(length));
    }

    fn mirrored(&mut self, session: u16, frame: Span) {
        if self.options.is_enabled(Tunnel::Erspan) {
            self.cut_by_mirror |= session & CUT != 0;
            self.enter(Tunnel::Erspan, u32::from(session & SESSION));
            self.ethernet(frame);
        }
    }
}
