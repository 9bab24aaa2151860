//! AYIYA (draft-massar-v6ops-ayiya-02, section 3): IP in UDP with an identity and a signature.

use crate::Tunnel;
use crate::bytes::Span;
use crate::decoder::Decoder;

/// Lengths, methods, next header and the time; identity and signature follow.
const HEADER: usize = 8;
/// The operation that carries a packet.
const FORWARD: u8 = 1;
const IPV4: u8 = 4;
const IPV6: u8 = 41;

impl Decoder<'_> {
    /// An AYIYA packet; false when it is none or carries nothing.
    pub(crate) fn ayiya(&mut self, span: Span) -> bool {
        let Some(&[identity, signature, operation, next, ..]) = self.head::<HEADER>(span) else {
            return false;
        };
        // The identity's length is a power of two, the signature's is in words.
        let length = HEADER + (1 << (identity >> 4)) + usize::from(signature >> 4) * 4;
        let inner = span.skip(length);
        if operation & 0x0f != FORWARD {
            return false;
        }
        match next {
            IPV4 if self.looks_like_ipv4(inner) => {
                self.enter(Tunnel::Ayiya, 0);
                self.ipv4(inner);
            }
            IPV6 if self.looks_like_ipv6(inner) => {
                self.enter(Tunnel::Ayiya, 0);
                self.ipv6(inner);
            }
            _ => return false,
        }
        true
    }
}
