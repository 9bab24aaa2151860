//! UDP (RFC 768) and UDP-Lite (RFC 3828).

use crate::Fault;
use crate::bytes::Span;
use crate::checksum::Pseudo;
use crate::decoder::Decoder;
use crate::network::OFFLOADED;
use crate::transport::protocol;

const HEADER: usize = 8;

/// The four fields of a UDP or UDP-Lite header.
struct Header {
    ports: (u16, u16),
    /// Length, or UDP-Lite's checksum coverage.
    length: usize,
    checksum: u16,
}

impl Header {
    #[inline]
    fn read(bytes: [u8; HEADER]) -> Self {
        let field = |high, low| u16::from_be_bytes([high, low]);
        Self {
            ports: (field(bytes[0], bytes[1]), field(bytes[2], bytes[3])),
            length: usize::from(field(bytes[4], bytes[5])),
            checksum: field(bytes[6], bytes[7]),
        }
    }
}

impl Decoder<'_> {
    /// A UDP datagram.
    #[inline]
    pub(crate) fn udp(&mut self, span: Span, index: usize) {
        let Some(header) = self.head(span).copied().map(Header::read) else {
            self.short(span, Fault::UdpTooShort);
            return;
        };
        let length = match header.length {
            0 if span.wire() > OFFLOADED => span.wire(),
            length => length,
        };
        if length < HEADER {
            self.fault(Fault::UdpLength);
            return;
        }
        if length > span.wire() {
            self.short(span, Fault::UdpTooShort);
        }
        let complete = length <= span.wire();
        let span = span.limit(length);
        self.set_payload(index, HEADER, span, header.ports);
        if header.checksum != 0 && complete && self.can_verify(span) {
            self.verify_udp(span, index);
        }
        let missing = header.checksum == 0 && self.options.checksums;
        let (source, destination) = header.ports;
        let is_tunnel = (self.options.may_be_tunnel(source, destination)
            || self.options.teredo_by_content)
            && self.udp_tunnel(header.ports, span.skip(HEADER));
        if missing && !is_tunnel {
            self.missing_checksum(index);
        }
    }

    #[inline]
    fn verify_udp(&mut self, span: Span, index: usize) {
        let bytes = self.bytes;
        let Some(datagram) = self.datagram(index) else {
            return;
        };
        if !Pseudo::of(datagram, protocol::UDP, span.wire()).is_right(span.of(bytes)) {
            self.bad_checksum(index, Fault::UdpChecksum);
        }
    }

    /// IPv6 has no header checksum, so UDP's is not optional there (RFC 8200, section 8.1).
    #[cold]
    fn missing_checksum(&mut self, index: usize) {
        if self
            .datagram(index)
            .is_some_and(|datagram| datagram.version == 6)
        {
            self.bad_checksum(index, Fault::UdpChecksumMissing);
        }
    }

    /// UDP-Lite: the length field is how much the checksum covers.
    pub(crate) fn udp_lite(&mut self, span: Span, index: usize) {
        let Some(header) = self.head(span).copied().map(Header::read) else {
            self.short(span, Fault::UdpTooShort);
            return;
        };
        self.set_payload(index, HEADER, span, header.ports);
        let coverage = if header.length == 0 {
            span.wire()
        } else {
            header.length
        };
        if coverage < HEADER || coverage > span.wire() {
            self.fault(Fault::UdpLiteCoverage);
            return;
        }
        let covered = span.limit(coverage);
        if !self.can_verify(covered) {
            return;
        }
        let bytes = self.bytes;
        let Some(datagram) = self.datagram(index) else {
            return;
        };
        let pseudo = Pseudo::of(datagram, protocol::UDP_LITE, span.wire());
        if !pseudo.is_right(covered.of(bytes)) {
            self.bad_checksum(index, Fault::UdpChecksum);
        }
    }
}
