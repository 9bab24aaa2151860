//! Teredo (RFC 4380, section 5.1): IPv6 in UDP, after optional headers.

use crate::Tunnel;
use crate::bytes::{Span, be16};
use crate::decoder::Decoder;

const AUTHENTICATION: u16 = 1;
const ORIGIN: u16 = 0;
const ORIGIN_LENGTH: usize = 8;
/// Nonce and confirmation after the client identifier and authentication value.
const AUTHENTICATION_FIXED: usize = 4 + 9;

impl Decoder<'_> {
    /// A Teredo packet; false when it is none.
    pub(crate) fn teredo(&mut self, span: Span) -> bool {
        let mut inner = span;
        if be16(self.view(inner), 0) == Some(AUTHENTICATION) {
            let lengths = self.view(inner).get(2..4).unwrap_or_default();
            let variable: usize = lengths.iter().map(|length| usize::from(*length)).sum();
            inner = inner.skip(AUTHENTICATION_FIXED + variable);
        }
        if be16(self.view(inner), 0) == Some(ORIGIN) {
            inner = inner.skip(ORIGIN_LENGTH);
        }
        if !self.looks_like_ipv6(inner) || !self.ends_with_payload(inner) {
            return false;
        }
        self.enter(Tunnel::Teredo, 0);
        self.ipv6(inner);
        true
    }

    /// Nothing but the datagram may follow (trailers of RFC 6081 follow bubbles only).
    fn ends_with_payload(&self, inner: Span) -> bool {
        const NO_NEXT_HEADER: u8 = 59;
        let view = self.view(inner);
        let payload = be16(view, 4).map_or(0, usize::from);
        payload + 40 == inner.wire() || (payload == 0 && view.get(6) == Some(&NO_NEXT_HEADER))
    }
}
