//! IGMP (RFC 2236, 3376): membership of groups; no ports, so flows know only its hosts.

use crate::bytes::Span;
use crate::decoder::Decoder;
use crate::{Fault, checksum};

const QUERY: u8 = 0x11;
/// A query of version 1 or 2, and the header of one of version 3.
const SHORT_QUERY: usize = 8;
const LONG_QUERY: usize = 12;

impl Decoder<'_> {
    /// An IGMP message.
    pub(crate) fn igmp(&mut self, span: Span, index: usize) {
        let Some(&[kind, ..]) = self.head::<SHORT_QUERY>(span) else {
            self.short(span, Fault::IgmpTooShort);
            return;
        };
        if kind == QUERY && (SHORT_QUERY + 1..LONG_QUERY).contains(&span.wire()) {
            self.fault(Fault::IgmpHeaderTooSmall);
        }
        if self.can_verify(span) && !checksum::is_right(self.view(span)) {
            self.bad_checksum(index, Fault::IgmpChecksum);
        }
    }
}
