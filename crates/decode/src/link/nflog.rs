//! Packets from Linux's netfilter log.

use crate::bytes::{Span, be16, le16};
use crate::decoder::Decoder;
use crate::link::ether_type;
use crate::{Fault, Network};

const HEADER: usize = 4;
const ATTRIBUTE: usize = 4;
const PAYLOAD: u16 = 9;
/// Linux's address family numbers; BSD has others for IPv6.
const IPV4: u8 = 2;
const IPV6: [u8; 4] = [10, 24, 28, 30];
/// Attributes looked at; the kernel has about twenty kinds.
const MAX_ATTRIBUTES: usize = 64;

impl Decoder<'_> {
    /// A family, a version, a resource, then attributes of which one is the packet. Lengths are
    /// in the order of the capturing host, so the order that makes the first one fit is taken.
    pub(crate) fn nflog(&mut self, span: Span) {
        let Some(&[family, ..]) = self.head::<{ HEADER + ATTRIBUTE }>(span) else {
            self.fault(Fault::NflogMalformed);
            return;
        };
        let first = span.skip(HEADER);
        let fits = |length: Option<u16>| {
            length.is_some_and(|length| (ATTRIBUTE..=first.wire()).contains(&usize::from(length)))
        };
        let read = if fits(le16(self.view(first), 0)) {
            le16
        } else {
            be16
        };
        match self.nflog_packet(first, read) {
            Some(packet) if family == IPV4 => self.network(ether_type::IPV4, packet),
            Some(packet) if IPV6.contains(&family) => self.network(ether_type::IPV6, packet),
            Some(packet) => self.carries(Network::Other, packet),
            None => self.fault(Fault::NflogMalformed),
        }
    }

    fn nflog_packet(&self, mut rest: Span, read: fn(&[u8], usize) -> Option<u16>) -> Option<Span> {
        for _ in 0..MAX_ATTRIBUTES {
            let length = usize::from(read(self.view(rest), 0)?);
            if length < ATTRIBUTE {
                return None;
            }
            if read(self.view(rest), 2)? == PAYLOAD {
                return Some(rest.limit(length).skip(ATTRIBUTE));
            }
            rest = rest.skip(length.next_multiple_of(4));
        }
        None
    }
}
