//! Serial links: Cisco HDLC and frame relay (RFC 2427).

use crate::bytes::{Span, be16};
use crate::decoder::Decoder;
use crate::link::ether_type;
use crate::{Fault, Network};

const HDLC_HEADER: usize = 4;
/// Cisco's keepalives use RARP's number.
const KEEPALIVE: u16 = 0x8035;
const UNNUMBERED_INFORMATION: u8 = 0x03;
/// Bytes of a frame relay address at most (Q.922, section 3.3).
const MAX_ADDRESS: usize = 4;

impl Decoder<'_> {
    /// Cisco HDLC: address, control, EtherType.
    pub(crate) fn cisco_hdlc(&mut self, span: Span) {
        let Some(kind) = be16(self.view(span), 2) else {
            self.short(span, Fault::ChdlcTooShort);
            return;
        };
        let payload = span.skip(HDLC_HEADER);
        match kind {
            KEEPALIVE => self.carries(Network::Other, payload),
            _ => self.type_or_llc(kind, payload),
        }
    }

    /// Frame relay, with the standard encapsulation or Cisco's.
    pub(crate) fn frame_relay(&mut self, span: Span) {
        let address = self.view(span).iter().take(MAX_ADDRESS);
        let Some(last) = address.clone().position(|byte| byte & 1 != 0) else {
            self.short(span, Fault::FrameRelayTooShort);
            return;
        };
        let payload = span.skip(last + 1);
        match *self.view(payload) {
            [UNNUMBERED_INFORMATION, 0, protocol, ..] => {
                self.network_layer_id(protocol, payload.skip(3));
            }
            [UNNUMBERED_INFORMATION, protocol, ..] => {
                self.network_layer_id(protocol, payload.skip(2));
            }
            _ => self.typed(payload, Fault::FrameRelayTooShort),
        }
    }

    /// A network layer protocol identifier (ISO/IEC TR 9577) and what follows it.
    fn network_layer_id(&mut self, protocol: u8, span: Span) {
        match protocol {
            // Padding, and then nothing.
            0 => self.short(span, Fault::FrameRelayTooShort),
            0xcc => self.network(ether_type::IPV4, span),
            0x8e => self.network(ether_type::IPV6, span),
            0x80 => match *self.view(span) {
                [first, second, third, high, low, ..] => self.organisation_protocol(
                    [first, second, third],
                    u16::from_be_bytes([high, low]),
                    span.skip(5),
                ),
                _ => self.short(span, Fault::FrameRelayTooShort),
            },
            _ => self.carries(Network::Other, span),
        }
    }
}
