//! IPsec: the authentication header (RFC 4302) is looked through, ESP (RFC 4303) is opaque.

use crate::bytes::Span;
use crate::decoder::Decoder;
use crate::network::extension;
use crate::transport::protocol;
use crate::{Fault, Tunnel};

/// Security parameters index and sequence number.
const ESP_HEADER: usize = 8;

impl Decoder<'_> {
    /// An authentication header: the transport, or in tunnel mode a datagram, follows.
    pub(crate) fn authentication_header(&mut self, span: Span, index: usize) {
        if !self.descend() {
            return;
        }
        let header = extension(protocol::AUTHENTICATION, self.view(span));
        let Some(header) = header.filter(|header| header.length <= span.wire()) else {
            self.short(span, Fault::AuthenticationTooShort);
            return;
        };
        let rest = span.skip(header.length);
        if let Some(datagram) = self.datagram(index) {
            datagram.protocol = header.next;
            datagram.transport_offset = rest.start as u32;
            datagram.payload_offset = rest.start as u32;
            datagram.payload_length = rest.captured() as u32;
            datagram.payload_wire_length = rest.wire() as u32;
        }
        if matches!(header.next, protocol::IPV4 | protocol::IPV6) {
            self.enter(Tunnel::Ipsec, 0);
        }
        self.transport(header.next, rest, index);
    }

    /// An encapsulated security payload. The halves of its index stand where others have ports.
    pub(crate) fn esp(&mut self, span: Span, index: usize) {
        let Some(header) = self.head::<ESP_HEADER>(span) else {
            self.short(span, Fault::EspTooShort);
            return;
        };
        let [a, b, c, d] = [header[0], header[1], header[2], header[3]];
        if let Some(datagram) = self.datagram(index) {
            datagram.source_port = u16::from_be_bytes([a, b]);
            datagram.destination_port = u16::from_be_bytes([c, d]);
            datagram.has_transport = true;
        }
    }
}
