//! ICMPv6 (RFC 4443), and multicast listener discovery's rule on hop limits (RFC 3810).

use crate::Fault;
use crate::bytes::Span;
use crate::checksum::Pseudo;
use crate::decoder::Decoder;
use crate::transport::protocol;

const HEADER: usize = 8;

impl Decoder<'_> {
    /// An ICMPv6 message.
    pub(crate) fn icmpv6(&mut self, span: Span, index: usize) {
        let Some(&[kind, code, ..]) = self.head::<HEADER>(span) else {
            self.short(span, Fault::Icmpv6TooShort);
            return;
        };
        self.set_payload(index, HEADER, span, (u16::from(kind), u16::from(code)));
        let verify = self.can_verify(span);
        let bytes = self.bytes;
        let Some(datagram) = self.datagram(index) else {
            return;
        };
        let hop_limit = datagram.ttl;
        let pseudo = Pseudo::of(datagram, protocol::ICMPV6, span.wire());
        if verify && !pseudo.is_right(span.of(bytes)) {
            self.bad_checksum(index, Fault::Icmpv6Checksum);
        }
        if let Some(fault) = check(kind, code, hop_limit) {
            self.fault(fault);
        }
        if (1..=4).contains(&kind) {
            self.quote_ipv6(span.skip(HEADER));
        }
    }
}

/// What is wrong with a type and code (IANA, ICMPv6 parameters).
fn check(kind: u8, code: u8, hop_limit: u8) -> Option<Fault> {
    match kind {
        100 | 101 | 200 | 201 => return Some(Fault::Icmpv6ExperimentalType),
        0 | 127 | 255 => return Some(Fault::Icmpv6UnknownType),
        5..=99 | 102..=126 | 162..=199 | 202..=254 => return Some(Fault::Icmpv6UnassignedType),
        130 | 131 | 132 | 143 if hop_limit != 1 => return Some(Fault::Icmpv6MldHopLimit),
        _ => {}
    }
    let highest = match kind {
        1 => 8,
        3 => 1,
        4 => 10,
        2 | 128..=137 => 0,
        _ => u8::MAX,
    };
    (code > highest).then_some(Fault::Icmpv6UnknownCode)
}
