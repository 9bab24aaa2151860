//! ICMP (RFC 792).

use crate::bytes::Span;
use crate::decoder::Decoder;
use crate::{Fault, checksum};

const HEADER: usize = 8;

impl Decoder<'_> {
    /// An ICMP message.
    pub(crate) fn icmp(&mut self, span: Span, index: usize) {
        let Some(&[kind, code, ..]) = self.head::<HEADER>(span) else {
            self.short(span, Fault::IcmpTooShort);
            return;
        };
        self.set_payload(index, HEADER, span, (u16::from(kind), u16::from(code)));
        if self.can_verify(span) && !checksum::is_right(self.view(span)) {
            self.bad_checksum(index, Fault::IcmpChecksum);
        }
        match highest_code(kind) {
            _ if span.is_cut() => {}
            None => self.fault(Fault::IcmpUnknownType),
            Some(highest) if code > highest => {
                self.fault(Fault::IcmpUnknownCode);
                return;
            }
            Some(_) => {}
        }
        if is_error(kind) {
            self.quote_ipv4(span.skip(HEADER));
        }
    }
}

/// Unreachable, source quench, redirect, time exceeded, parameter problem.
fn is_error(kind: u8) -> bool {
    matches!(kind, 3 | 4 | 5 | 11 | 12)
}

/// The highest code of a type (IANA, ICMP parameters); nothing for a type that is not used.
fn highest_code(kind: u8) -> Option<u8> {
    match kind {
        0 | 4 | 8 | 10 | 13..=18 | 30 | 42 => Some(0),
        3 => Some(15),
        5 => Some(3),
        // Codes 0 and 16.
        9 => Some(16),
        11 => Some(1),
        12 => Some(2),
        40 => Some(5),
        43 => Some(4),
        _ => None,
    }
}
