//! The network layer: IPv4 and IPv6.

mod ipv4;
mod ipv4_options;
mod ipv6;
mod ipv6_extensions;

use crate::bytes::{Span, be16};
use crate::decoder::Decoder;

pub(crate) use ipv6_extensions::{Extension, extension};

/// Datagrams with more bytes than Ethernet carries may have a length of zero: they were captured
/// before the network card cut them into packets, and it would have filled the length in.
pub(crate) const OFFLOADED: usize = 1500;

impl Decoder<'_> {
    /// Whether a range can be an IP datagram: header and lengths agree with each other and
    /// with the range. Used where only a port number or a guess says that it is one.
    pub(crate) fn looks_like_ip(&self, span: Span) -> bool {
        self.looks_like_ipv4(span) || self.looks_like_ipv6(span)
    }

    pub(crate) fn looks_like_ipv4(&self, span: Span) -> bool {
        let (Some(header), Some(total)) = (self.head::<20>(span), be16(self.view(span), 2)) else {
            return false;
        };
        let header_length = usize::from(header[0] & 0x0f) * 4;
        let total = usize::from(total);
        header[0] >> 4 == 4 && header_length >= 20 && total >= header_length && total <= span.wire()
    }

    pub(crate) fn looks_like_ipv6(&self, span: Span) -> bool {
        let (Some(header), Some(payload)) = (self.head::<40>(span), be16(self.view(span), 4))
        else {
            return false;
        };
        header[0] >> 4 == 6 && usize::from(payload) + 40 <= span.wire()
    }
}
