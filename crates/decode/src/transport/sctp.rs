//! SCTP (RFC 9260, section 3.1). The payload is the chunks.

use crate::bytes::Span;
use crate::decoder::Decoder;
use crate::{Fault, checksum};

const HEADER: usize = 12;

impl Decoder<'_> {
    /// An SCTP packet.
    pub(crate) fn sctp(&mut self, span: Span, index: usize) {
        let Some(header) = self.head::<HEADER>(span) else {
            self.short(span, Fault::SctpTooShort);
            return;
        };
        let ports = (
            u16::from_be_bytes([header[0], header[1]]),
            u16::from_be_bytes([header[2], header[3]]),
        );
        self.set_payload(index, HEADER, span, ports);
        if self.can_verify(span) && !checksum::sctp_is_right(self.view(span)) {
            self.bad_checksum(index, Fault::SctpChecksum);
        }
    }
}
