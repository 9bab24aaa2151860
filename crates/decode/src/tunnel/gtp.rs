//! GTP's user plane: version 1 (3GPP TS 29.281, section 5) and version 0 (GSM 09.60).

use crate::Tunnel;
use crate::bytes::{Span, be16, be32};
use crate::decoder::Decoder;

/// User data, the only message with a packet inside.
const G_PDU: u8 = 255;
const HEADER: usize = 8;
/// Sequence number, N-PDU number and next extension, all there when any flag asks for one.
const OPTIONAL: usize = 4;
/// Extension headers followed; 5G has one.
const MAX_EXTENSIONS: usize = 4;

const HEADER_0: usize = 20;
const FLAGS_0: u8 = 0x1e;

impl Decoder<'_> {
    /// A GTP packet; false when it is none, or one without a datagram inside.
    pub(crate) fn gtp(&mut self, span: Span) -> bool {
        let Some((id, inner)) = self.gtp1(span).or_else(|| self.gtp0(span)) else {
            return false;
        };
        if !self.looks_like_ip(inner) {
            return false;
        }
        self.enter(Tunnel::Gtp, id);
        self.raw_ip(inner);
        true
    }

    fn gtp1(&self, span: Span) -> Option<(u32, Span)> {
        let view = self.view(span);
        let flags = *view.first()?;
        let length = usize::from(be16(view, 2)?);
        let fits = length <= span.skip(HEADER).wire();
        // Version 1, GTP (not GTP'), one reserved bit.
        if flags & 0xf8 != 0x30 || *view.get(1)? != G_PDU || !fits {
            return None;
        }
        let span = span.limit(HEADER + length);
        let header_length = match flags & 0x07 {
            0 => HEADER,
            flags if flags & 0x04 == 0 => HEADER + OPTIONAL,
            _ => extensions_end(self.view(span))?,
        };
        Some((be32(view, 4)?, span.skip(header_length)))
    }

    fn gtp0(&self, span: Span) -> Option<(u32, Span)> {
        let header = self.head::<HEADER_0>(span)?;
        let length = usize::from(be16(header, 2)?);
        let fits = length <= span.skip(HEADER_0).wire();
        // The spare bit of the flags says whether an N-PDU number is there.
        if header[0] & 0xfe != FLAGS_0 || header[1] != G_PDU || !fits {
            return None;
        }
        Some((
            u32::from(be16(header, 6)?),
            span.skip(HEADER_0).limit(length),
        ))
    }
}

/// Where the chain of extension headers ends. Each has its length in words first and the type
/// of the next one last.
fn extensions_end(packet: &[u8]) -> Option<usize> {
    let mut offset = HEADER + OPTIONAL;
    let mut next = *packet.get(offset - 1)?;
    for _ in 0..MAX_EXTENSIONS {
        if next == 0 {
            return Some(offset);
        }
        let length = usize::from(*packet.get(offset)?) * 4;
        if length == 0 {
            return None;
        }
        offset += length;
        next = *packet.get(offset - 1)?;
    }
    (next == 0).then_some(offset)
}
