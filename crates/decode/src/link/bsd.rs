//! BSD loopback: an address family before the packet.

use crate::bytes::{Span, le32};
use crate::decoder::Decoder;
use crate::link::ether_type;
use crate::{Fault, Network};

const HEADER: usize = 4;

impl Decoder<'_> {
    /// Null and loop captures. The family is in the byte order of the capturing host or in
    /// network order, and IPv6's number differs from system to system.
    pub(crate) fn bsd_loopback(&mut self, span: Span) {
        let Some(family) = le32(self.view(span), 0) else {
            self.short(span, Fault::LoopbackTooShort);
            return;
        };
        let payload = span.skip(HEADER);
        match family.min(family.swap_bytes()) {
            2 => self.network(ether_type::IPV4, payload),
            10 | 24 | 28 | 30 => self.network(ether_type::IPV6, payload),
            _ => {
                self.fault(Fault::LoopbackUnknownFamily);
                self.carries(Network::Other, payload);
            }
        }
    }
}
