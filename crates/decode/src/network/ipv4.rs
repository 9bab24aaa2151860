//! IPv4 (RFC 791).

use crate::bytes::{Span, mapped};
use crate::decoder::Decoder;
use crate::network::OFFLOADED;
use crate::{Datagram, Fault, Fragment, Network, Tcp, checksum};

const HEADER: usize = 20;
/// Version 4 with a header of five words: no options.
const PLAIN: u8 = 0x45;
/// Written out, as a call to `default` would go through the stack, which is felt per packet.
const NO_TCP: Tcp = Tcp {
    sequence: 0,
    acknowledgement: 0,
    window: 0,
    urgent: 0,
    flags: 0,
    window_scale: 0,
    mss: 0,
    sack_permitted: false,
    timestamps: None,
};
const MORE_FRAGMENTS: u16 = 0x2000;
const OFFSET: u16 = 0x1fff;

impl Decoder<'_> {
    /// An IPv4 datagram.
    #[inline]
    pub(crate) fn ipv4(&mut self, span: Span) {
        if !self.descend() {
            return;
        }
        let Some(header) = self.head::<HEADER>(span) else {
            self.short(span, Fault::Ipv4TooShort);
            return;
        };
        let Some(header_length) = self.ipv4_header_length(header[0], span) else {
            return;
        };
        let Some(total) = self.ipv4_total_length(header, header_length, span) else {
            return;
        };
        let whole = span.claim(total);
        let payload = whole.skip(header_length);
        let protocol = header[9];
        let [a, b, c, d] = [header[12], header[13], header[14], header[15]];
        let source = u32::from_be_bytes([a, b, c, d]);
        let [a, b, c, d] = [header[16], header[17], header[18], header[19]];
        let destination = u32::from_be_bytes([a, b, c, d]);
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
            source: mapped(source),
            destination: mapped(destination),
            source_port: 0,
            destination_port: 0,
            protocol,
            version: 4,
            ttl: header[8],
            tos: header[1],
            has_transport: false,
            bad_checksum: false,
            ip_offset: span.start as u32,
            identification: u32::from(u16::from_be_bytes([header[4], header[5]])),
            ip_length: total as u32,
            transport_offset: at,
            payload_offset: at,
            payload_length: payload.captured() as u32,
            payload_wire_length: total.wrapping_sub(header_length) as u32,
            tunnel,
            tunnel_id,
            tcp: NO_TCP,
            fragment: None,
        };
        self.verify = self.options.checksums;
        let whole_header = span.limit(header_length);
        if self.options.checksums
            && !checksum::is_right(self.view(whole_header))
            && !whole_header.is_cut()
        {
            self.bad_checksum(index, Fault::Ipv4Checksum);
        }
        if header_length > HEADER && !whole_header.is_cut() {
            self.ipv4_options(whole_header.skip(HEADER));
        }
        let fragment = u16::from_be_bytes([header[6], header[7]]);
        if fragment & (MORE_FRAGMENTS | OFFSET) == 0 {
            self.transport(protocol, payload, index);
        } else {
            self.ipv4_fragment(fragment, protocol, payload, index);
        }
        if total > span.wire() {
            self.ends_early(index, span.wire_end, Fault::Ipv4Truncated);
        }
    }

    #[inline]
    fn ipv4_header_length(&mut self, first: u8, span: Span) -> Option<usize> {
        if first == PLAIN {
            return Some(HEADER);
        }
        let length = usize::from(first & 0x0f) * 4;
        if first >> 4 != 4 {
            self.fault(Fault::Ipv4WrongVersion);
        } else if length < HEADER {
            self.fault(Fault::Ipv4HeaderTooSmall);
        } else if length > span.wire() {
            self.short(span, Fault::Ipv4TooShort);
        } else {
            return Some(length);
        }
        None
    }

    #[inline]
    fn ipv4_total_length(
        &mut self,
        header: &[u8; HEADER],
        header_length: usize,
        span: Span,
    ) -> Option<usize> {
        let total = usize::from(u16::from_be_bytes([header[2], header[3]]));
        if total == 0 && span.wire() > OFFLOADED {
            return Some(span.wire());
        }
        if total < header_length {
            self.fault(Fault::Ipv4LengthTooSmall);
            return None;
        }
        Some(total)
    }

    #[cold]
    fn ipv4_fragment(&mut self, field: u16, protocol: u8, payload: Span, index: usize) {
        let fragment = Fragment {
            offset: (field & OFFSET) << 3,
            more: field & MORE_FRAGMENTS != 0,
            data_offset: payload.start as u32,
            data_length: payload.captured() as u32,
            next_protocol: protocol,
        };
        self.fragment(fragment, protocol, payload, index);
    }

    /// Notes a fragment and, for the first one, the ports.
    pub(crate) fn fragment(
        &mut self,
        fragment: Fragment,
        protocol: u8,
        payload: Span,
        index: usize,
    ) {
        let bytes = self.bytes;
        let Some(datagram) = self.datagram(index) else {
            return;
        };
        datagram.fragment = Some(fragment);
        datagram.payload_offset = payload.start as u32;
        if fragment.offset == 0 {
            datagram.read_ports(protocol, payload.of(bytes));
        }
    }
}
