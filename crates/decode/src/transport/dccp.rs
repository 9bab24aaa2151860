//! DCCP (RFC 4340, section 5.1).

use crate::Fault;
use crate::bytes::Span;
use crate::checksum::Pseudo;
use crate::decoder::Decoder;
use crate::transport::protocol;

/// The generic header with short sequence numbers.
const HEADER: usize = 12;

impl Decoder<'_> {
    /// A DCCP packet.
    pub(crate) fn dccp(&mut self, span: Span, index: usize) {
        let Some(header) = self.head::<HEADER>(span) else {
            self.short(span, Fault::DccpTooShort);
            return;
        };
        let length = usize::from(header[4]) * 4;
        if length < HEADER || length > span.wire() {
            self.short(span, Fault::DccpTooShort);
            return;
        }
        let ports = (
            u16::from_be_bytes([header[0], header[1]]),
            u16::from_be_bytes([header[2], header[3]]),
        );
        self.set_payload(index, length, span, ports);
        self.verify_dccp(usize::from(header[5] & 0x0f), length, span, index);
    }

    /// Coverage 0 is everything, else the header and some words of data (section 9.2).
    fn verify_dccp(&mut self, coverage: usize, header_length: usize, span: Span, index: usize) {
        let covered = match coverage {
            0 => span,
            words => span.limit(header_length + (words - 1) * 4),
        };
        if !self.can_verify(covered) {
            return;
        }
        let bytes = self.bytes;
        let Some(datagram) = self.datagram(index) else {
            return;
        };
        let pseudo = Pseudo::of(datagram, protocol::DCCP, span.wire());
        if !pseudo.is_right(covered.of(bytes)) {
            self.bad_checksum(index, Fault::DccpChecksum);
        }
    }
}
