//! IPv6 (RFC 8200).

use crate::bytes::{Span, ipv6_at};
use crate::decoder::Decoder;
use crate::network::OFFLOADED;
use crate::network::ipv6_extensions::{NO_NEXT, is_extension};
use crate::{Datagram, Fault, Network};

const HEADER: usize = 40;
const HOP_BY_HOP: u8 = 0;

impl Decoder<'_> {
    /// An IPv6 datagram.
    #[inline(never)]
    pub(crate) fn ipv6(&mut self, span: Span) {
        if !self.descend() {
            return;
        }
        let Some(header) = self.head::<HEADER>(span) else {
            self.short(span, Fault::Ipv6TooShort);
            return;
        };
        if header[0] >> 4 != 6 {
            self.fault(Fault::Ipv6WrongVersion);
            return;
        }
        let next = header[6];
        let length = self.ipv6_payload_length(header, span);
        let payload = span.skip(HEADER).claim(length);
        let at = payload.start as u32;
        self.carries(Network::Ip, span);
        let (tunnel, tunnel_id) = self.take_tunnel();
        let Some(index) = self.claim(span) else {
            return;
        };
        let Some(datagram) = self.datagram(index) else {
            return;
        };
        *datagram = Datagram {
            source: ipv6_at(header, 8).unwrap_or(0),
            destination: ipv6_at(header, 24).unwrap_or(0),
            protocol: next,
            version: 6,
            ttl: header[7],
            tos: header[0] << 4 | header[1] >> 4,
            ip_offset: span.start as u32,
            ip_length: length.saturating_add(HEADER) as u32,
            transport_offset: at,
            payload_offset: at,
            payload_length: payload.captured() as u32,
            payload_wire_length: length as u32,
            tunnel,
            tunnel_id,
            ..Datagram::default()
        };
        self.verify = self.options.checksums;
        if is_extension(next) || next == NO_NEXT {
            self.ipv6_extensions(next, payload, index);
        } else {
            self.transport(next, payload, index);
        }
        if length > span.skip(HEADER).wire() {
            self.ends_early(index, span.wire_end, Fault::Ipv6Truncated);
        }
    }

    /// The payload's length, which a jumbo option replaces (RFC 2675).
    #[inline]
    fn ipv6_payload_length(&mut self, header: &[u8; HEADER], span: Span) -> usize {
        let rest = span.skip(HEADER);
        let length = usize::from(u16::from_be_bytes([header[4], header[5]]));
        if length != 0 {
            return length;
        }
        let jumbo = (header[6] == HOP_BY_HOP)
            .then(|| self.jumbo_length(rest))
            .flatten();
        match jumbo {
            Some(jumbo) => jumbo,
            None if rest.wire() > OFFLOADED => rest.wire(),
            None => 0,
        }
    }
}
