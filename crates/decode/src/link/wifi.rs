//! IEEE 802.11 data frames and the headers that capture drivers put before them.

use crate::bytes::{Span, be32, le16, le32};
use crate::decoder::Decoder;
use crate::link;
use crate::{Fault, Network};

const FRAME_CHECK: usize = 4;
/// Radiotap's presence words; two are usual, more are for several antennas.
const MAX_PRESENCE_WORDS: usize = 16;
/// Fields of a PPI header that are looked at.
const MAX_PPI_FIELDS: usize = 16;
const AVS_MAGIC: u32 = 0x8021_1000;
/// Destination, source and length before each part of an aggregate.
const SUBFRAME_HEADER: usize = 14;

/// What a capture header says about the frame after it.
#[derive(Debug, Clone, Copy, Default)]
struct Framing {
    /// Whether the frame check sequence is at the end.
    check_at_end: bool,
    /// Whether the header is padded to four bytes.
    padded: bool,
}

impl Decoder<'_> {
    /// A bare 802.11 frame.
    pub(crate) fn wifi(&mut self, span: Span) {
        self.wifi_frame(span, Framing::default());
    }

    /// Radiotap: version, padding, length, presence bits, fields.
    pub(crate) fn radiotap(&mut self, span: Span) {
        let Some(length) = le16(self.view(span), 2) else {
            self.short(span, Fault::WifiTooShort);
            return;
        };
        let flags = radiotap_flags(self.view(span)).unwrap_or(0);
        let framing = Framing {
            check_at_end: flags & 0x10 != 0,
            padded: flags & 0x20 != 0,
        };
        self.wifi_frame(span.skip(usize::from(length)), framing);
    }

    /// Prism headers, which may in truth be AVS headers.
    pub(crate) fn prism_or_avs(&mut self, span: Span) {
        let view = self.view(span);
        let length = match be32(view, 0) {
            Some(magic) if magic & 0xffff_f000 == AVS_MAGIC => be32(view, 4),
            _ => le32(view, 4),
        };
        match length {
            Some(length) => self.wifi(span.skip(length as usize)),
            None => self.short(span, Fault::WifiTooShort),
        }
    }

    /// Per-packet information: version, flags, length, link type, fields.
    pub(crate) fn per_packet_information(&mut self, span: Span) {
        let view = self.view(span);
        let (Some(length), Some(kind)) = (le16(view, 2), le32(view, 4)) else {
            self.short(span, Fault::WifiTooShort);
            return;
        };
        let payload = span.skip(usize::from(length));
        match u16::try_from(kind) {
            Ok(link::WIFI) => {
                let framing = Framing {
                    check_at_end: ppi_check_at_end(view),
                    padded: false,
                };
                self.wifi_frame(payload, framing);
            }
            Ok(other) => self.other_link(other, payload),
            Err(_) => self.carries(Network::UnknownLink, payload),
        }
    }

    fn wifi_frame(&mut self, span: Span, framing: Framing) {
        let Some(&[control, flags]) = self.head::<2>(span) else {
            self.short(span, Fault::WifiTooShort);
            return;
        };
        self.carries(Network::Other, span);
        let is_data = control & 0x0f == 0x08;
        let has_body = control & 0x40 == 0;
        let protected = flags & 0x40 != 0;
        if is_data && has_body && !protected {
            let length =
                span.wire()
                    .saturating_sub(if framing.check_at_end { FRAME_CHECK } else { 0 });
            self.wifi_data(control, flags, span.limit(length), framing.padded);
        }
    }

    /// A data frame (IEEE 802.11, section 9.3.2).
    fn wifi_data(&mut self, control: u8, flags: u8, span: Span, padded: bool) {
        // To and from the distribution system: both between stations, neither between peers.
        let direction = flags & 0x03;
        let between_stations = direction == 0x03;
        let with_quality = control & 0x80 != 0;
        let quality = if between_stations { 30 } else { 24 };
        let with_throughput = with_quality && flags & 0x80 != 0;
        let mut length =
            quality + if with_quality { 2 } else { 0 } + if with_throughput { 4 } else { 0 };
        let view = self.view(span);
        let (Some(sequence), true) = (le16(view, 22), view.len() >= length) else {
            self.short(span, Fault::WifiTooShort);
            return;
        };
        if padded {
            length = length.next_multiple_of(4);
        }
        // Later fragments of a frame have no header of their own.
        if sequence & 0x0f != 0 {
            return;
        }
        let aggregate = with_quality && view.get(quality).is_some_and(|byte| byte & 0x80 != 0);
        let body = span.skip(length);
        if aggregate {
            self.addresses_at(body.start);
            self.llc(body.skip(SUBFRAME_HEADER));
        } else {
            if direction == 0 {
                self.addresses_at(span.start.saturating_add(4));
            }
            self.llc(body);
        }
    }

    /// Notes where destination and source follow each other as in Ethernet.
    fn addresses_at(&mut self, offset: usize) {
        if self.at_link() {
            self.out.frame.ethernet_offset = Some(offset as u32);
        }
    }
}

/// Radiotap's flags field, which follows the timestamp if that is there.
fn radiotap_flags(header: &[u8]) -> Option<u8> {
    let presence = le32(header, 4)?;
    let mut offset: usize = 8;
    let mut word = presence;
    for _ in 0..MAX_PRESENCE_WORDS {
        if word & 0x8000_0000 == 0 {
            break;
        }
        word = le32(header, offset)?;
        offset += 4;
    }
    if presence & 1 != 0 {
        offset = offset.next_multiple_of(8) + 8;
    }
    if presence & 2 == 0 {
        return None;
    }
    header.get(offset).copied()
}

/// Whether PPI's common 802.11 field says that the check sequence is there.
fn ppi_check_at_end(header: &[u8]) -> bool {
    const COMMON: u16 = 2;
    let mut offset: usize = 8;
    for _ in 0..MAX_PPI_FIELDS {
        let (Some(kind), Some(length)) = (le16(header, offset), le16(header, offset + 2)) else {
            return false;
        };
        if kind == COMMON {
            return le16(header, offset + 12).is_some_and(|flags| flags & 1 != 0);
        }
        offset += 4 + usize::from(length);
    }
    false
}
