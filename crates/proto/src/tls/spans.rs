//! The spans of TLS: records with their headers and bodies, for whoever asks for them.
//!
//! Records go on behind the handshake, so that they are followed here and not by the parser, which has
//! come to its end by then.

use super::handshake::Handshake;
use super::records::{MAX_BODY, content};
use crate::protocol::Side;
use crate::sink::{Frame, Sink};

/// Their names.
pub(super) const NAMES: &[&str] = &[
    "pdu",
    "hdr",
    "data",
    "alert",
    "heartbeat",
    "ssl2.pdu",
    "ssl2.hdr",
];

const PDU: u8 = 0;
const HEADER: u8 = 1;
const DATA: u8 = 2;
const ALERT: u8 = 3;
const HEARTBEAT: u8 = 4;
const OLD_PDU: u8 = 5;
const OLD_HEADER: u8 = 6;

/// Bytes of a record's header (RFC 8446, section 5.1), and of SSL 2's.
const LONG: usize = 5;
const SHORT: usize = 2;

/// Where in its records one side is.
#[derive(Debug)]
pub(super) struct Spans {
    header: [u8; LONG],
    have: usize,
    /// Bytes of the body that are still to come.
    remaining: u64,
    is_first: bool,
    /// What comes is no record.
    is_lost: bool,
}

impl Default for Spans {
    fn default() -> Self {
        Self {
            header: [0; LONG],
            have: 0,
            remaining: 0,
            is_first: true,
            is_lost: false,
        }
    }
}

impl Spans {
    /// The next piece of the side.
    pub(super) fn read(
        &mut self,
        side: Side,
        mut bytes: &[u8],
        handshake: &Handshake,
        sink: &mut dyn Sink,
    ) {
        while !self.is_lost {
            let passed = self.remaining.min(bytes.len() as u64);
            self.remaining -= passed;
            bytes = bytes.get(passed as usize..).unwrap_or_default();
            let Some((byte, rest)) = bytes.split_first() else {
                return;
            };
            if let Some(place) = self.header.get_mut(self.have) {
                *place = *byte;
            }
            self.have += 1;
            bytes = rest;
            let tell = |kind, before: usize, length| {
                let span = Frame::new(kind, side, rest.len().saturating_add(before), length);
                sink.frame(Frame {
                    transaction: Some(handshake),
                    ..span
                });
            };
            self.begin(tell);
        }
    }

    /// So many bytes are missing: records are found again behind them when they were of a body.
    pub(super) fn skip(&mut self, length: u64) {
        self.is_lost |= length > self.remaining;
        self.remaining = self.remaining.saturating_sub(length);
    }

    /// Tells what begins when the header is complete: kind, bytes before the body, length.
    fn begin(&mut self, mut tell: impl FnMut(u8, usize, usize)) {
        let [kind, second, _, high, low] = self.header;
        let is_old = self.is_first && kind & 0x80 != 0;
        let size = if is_old { SHORT } else { LONG };
        if self.have < size {
            return;
        }
        let length = if is_old {
            u16::from_be_bytes([kind & 0x7f, second])
        } else {
            u16::from_be_bytes([high, low])
        };
        let is_known = (content::CHANGE_CIPHER..=content::HEARTBEAT).contains(&kind);
        self.is_lost = !is_old && (!is_known || length > MAX_BODY);
        (self.have, self.is_first, self.remaining) = (0, false, length.into());
        if self.is_lost {
            return;
        }
        let length = usize::from(length);
        let (pdu, header) = if is_old {
            (OLD_PDU, OLD_HEADER)
        } else {
            (PDU, HEADER)
        };
        tell(pdu, size, size.saturating_add(length));
        tell(header, size, size);
        if is_old || length == 0 {
            return;
        }
        tell(DATA, 0, length);
        match kind {
            content::ALERT => tell(ALERT, 0, length),
            content::HEARTBEAT => tell(HEARTBEAT, 0, length),
            _ => {}
        }
    }
}
