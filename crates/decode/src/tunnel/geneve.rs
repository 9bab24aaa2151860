//! Geneve (RFC 8926, section 3.4).

use crate::bytes::{Span, be16, be32};
use crate::decoder::Decoder;
use crate::link::{ether_type, is_decoded};
use crate::{Fault, Tunnel};

const HEADER: usize = 8;
const OPTION_HEADER: usize = 4;

impl Decoder<'_> {
    /// A Geneve packet; false when it is none.
    pub(crate) fn geneve(&mut self, span: Span) -> bool {
        let Some(header) = self.head::<HEADER>(span) else {
            return false;
        };
        let options_length = usize::from(header[0] & 0x3f) * 4;
        let reserved = header[0] >> 6 | header[1] & 0x3f | header[7];
        let inner = span.skip(HEADER).skip(options_length);
        let fits = HEADER + options_length < span.wire();
        let options = self.view(span.skip(HEADER).limit(options_length));
        if reserved != 0 || !fits || !options_fit(options) {
            return false;
        }
        let network = be32(header, 4).unwrap_or(0) >> 8;
        self.geneve_payload(be16(header, 2).unwrap_or(0), network, inner)
    }

    fn geneve_payload(&mut self, kind: u16, network: u32, inner: Span) -> bool {
        let believed = match kind {
            ether_type::TRANSPARENT_ETHERNET => self.looks_like_ethernet(inner),
            ether_type::IPV4 => self.looks_like_ipv4(inner),
            ether_type::IPV6 => self.looks_like_ipv6(inner),
            _ => is_decoded(kind),
        };
        if !believed {
            self.fault(Fault::GeneveUnknownPayload);
            return false;
        }
        self.enter(Tunnel::Geneve, network);
        self.network(kind, inner);
        true
    }
}

/// Whether the options end exactly where their length says. A cut capture may fail the test,
/// and then had no inner header either. Each step takes four bytes or more of at most 252.
fn options_fit(mut options: &[u8]) -> bool {
    while let [_, _, _, length, ..] = options {
        match options.get(OPTION_HEADER + usize::from(length & 0x1f) * 4..) {
            Some(rest) => options = rest,
            None => return false,
        }
    }
    options.is_empty()
}
