//! The start of a datagram that an ICMP error quotes.

use crate::bytes::{Span, be16, ipv4_at, ipv6_at};
use crate::decoder::Decoder;
use crate::network::{Extension, extension};
use crate::transport::ports;
use crate::{Fault, Quoted};

/// Extension headers followed in a quote.
const MAX_HEADERS: usize = 6;

impl Decoder<'_> {
    /// The IPv4 datagram that an ICMP error is about.
    pub(crate) fn quote_ipv4(&mut self, span: Span) {
        let view = self.view(span);
        match quoted_ipv4(view) {
            Some(quoted) => self.out.quoted = Some(quoted),
            None if span.wire() < 20 => self.fault(Fault::IcmpQuoteTruncated),
            None if self.version_nibble(span) != Some(4) => self.fault(Fault::IcmpQuoteVersion),
            None => {}
        }
    }

    /// The IPv6 datagram that an ICMPv6 error is about.
    pub(crate) fn quote_ipv6(&mut self, span: Span) {
        let view = self.view(span);
        match quoted_ipv6(view) {
            Some(quoted) => self.out.quoted = Some(quoted),
            None if span.wire() < 40 => self.fault(Fault::Icmpv6QuoteTruncated),
            None if self.version_nibble(span) != Some(6) => self.fault(Fault::Icmpv6QuoteVersion),
            None => {}
        }
    }
}

fn quoted_ipv4(bytes: &[u8]) -> Option<Quoted> {
    let first = bytes.first()?;
    let header_length = usize::from(first & 0x0f) * 4;
    if first >> 4 != 4 || header_length < 20 {
        return None;
    }
    let offset = be16(bytes, 6)? & 0x1fff;
    let quoted = Quoted {
        source: ipv4_at(bytes, 12)?,
        destination: ipv4_at(bytes, 16)?,
        source_port: 0,
        destination_port: 0,
        protocol: *bytes.get(9)?,
        version: 4,
        has_transport: false,
    };
    let transport = bytes.get(header_length..).filter(|_| offset == 0);
    Some(quoted.with_ports(transport.unwrap_or_default()))
}

fn quoted_ipv6(bytes: &[u8]) -> Option<Quoted> {
    if bytes.first()? >> 4 != 6 {
        return None;
    }
    let mut quoted = Quoted {
        source: ipv6_at(bytes, 8)?,
        destination: ipv6_at(bytes, 24)?,
        source_port: 0,
        destination_port: 0,
        protocol: *bytes.get(6)?,
        version: 6,
        has_transport: false,
    };
    let mut rest = bytes.get(40..)?;
    for _ in 0..MAX_HEADERS {
        let Some(Extension { next, length }) = extension(quoted.protocol, rest) else {
            return Some(quoted.with_ports(rest));
        };
        let later_fragment = quoted.protocol == 44 && be16(rest, 2)? & 0xfff8 != 0;
        quoted.protocol = next;
        rest = rest
            .get(length..)
            .filter(|_| !later_fragment)
            .unwrap_or_default();
    }
    Some(quoted)
}

impl Quoted {
    fn with_ports(self, transport: &[u8]) -> Self {
        match ports(self.protocol, transport) {
            Some((source_port, destination_port)) => Self {
                source_port,
                destination_port,
                has_transport: true,
                ..self
            },
            None => self,
        }
    }
}
