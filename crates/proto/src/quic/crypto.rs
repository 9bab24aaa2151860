//! The handshake's bytes out of CRYPTO frames (RFC 9000, section 19.6), which come in any order.

use crate::tls::read::Reader;

use super::header::varint;

/// Bytes of a hello that are put together. With post-quantum keys it has about 2,000.
const MAX_HELLO: usize = 16 << 10;
/// Pieces between which bytes are missing. Chrome cuts its hello into about 10 on purpose.
const MAX_PIECES: usize = 64;
/// Type and length of a handshake message.
const HEADER: usize = 4;

/// One side's first message.
#[derive(Debug, Default)]
pub(super) struct Crypto {
    bytes: Vec<u8>,
    /// What is there: begin and end, in order.
    there: Vec<(usize, usize)>,
    /// What is wrong with the frames that came.
    pub(super) fault: Option<Fault>,
}

/// What can be wrong with frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// They cannot be read, or do not belong into Initial packets.
    Broken,
    /// The message is longer than is put together, or has more pieces.
    TooLong,
}

impl Crypto {
    /// Takes the frames of a packet; gives the first message once it is whole.
    pub(super) fn frames<'a>(&'a mut self, frames: &'a [u8]) -> Option<&'a [u8]> {
        let mut reader = Reader(frames);
        let mut has_new = false;
        loop {
            let (offset, piece) = match next_crypto(&mut reader) {
                Some(Found::Piece(offset, piece)) => (offset, piece),
                Some(Found::End) => break,
                None => {
                    self.fault = Some(Fault::Broken);
                    break;
                }
            };
            if offset == 0 && self.there.is_empty() && is_whole(piece) {
                return Some(piece);
            }
            has_new |= self.put(offset, piece);
        }
        let (begin, end) = self.there.first().copied()?;
        let first = self.bytes.get(..end).filter(|_| begin == 0 && has_new)?;
        is_whole(first).then_some(first)
    }

    fn put(&mut self, offset: usize, piece: &[u8]) -> bool {
        let end = offset.saturating_add(piece.len());
        if end > MAX_HELLO || self.there.len() >= MAX_PIECES {
            self.fault = Some(Fault::TooLong);
            return false;
        }
        if piece.is_empty() {
            return false;
        }
        if self.bytes.len() < end {
            self.bytes.resize(end, 0);
        }
        if let Some(room) = self.bytes.get_mut(offset..end) {
            room.copy_from_slice(piece);
        }
        self.there.push((offset, end));
        self.there.sort_unstable();
        self.there.dedup_by(|next, before| {
            let touches = next.0 <= before.1;
            if touches {
                before.1 = before.1.max(next.1);
            }
            touches
        });
        true
    }

    /// Forgets everything: another attempt begins.
    pub(super) fn reset(&mut self) {
        self.bytes.clear();
        self.there.clear();
    }

    pub(super) fn held(&self) -> usize {
        self.bytes.capacity()
    }
}

fn is_whole(message: &[u8]) -> bool {
    match *message {
        [_, high, middle, low, ..] => {
            let length = u32::from_be_bytes([0, high, middle, low]) as usize;
            message.len() >= HEADER + length
        }
        _ => false,
    }
}

/// What comes next in a packet.
enum Found<'a> {
    /// A CRYPTO frame: its offset and bytes.
    Piece(usize, &'a [u8]),
    /// Nothing more.
    End,
}

/// The next CRYPTO frame, if there is one; passes over the others that Initial packets may hold. None when they are
/// no such frames.
fn next_crypto<'a>(reader: &mut Reader<'a>) -> Option<Found<'a>> {
    loop {
        if reader.is_empty() {
            return Some(Found::End);
        }
        match reader.u8()? {
            0 | 1 => {}
            kind @ (2 | 3) => acknowledgement(reader, kind == 3)?,
            // Google's last versions number it 8.
            6 | 8 => {
                let offset = varint(reader)?;
                let length = varint(reader)?;
                return Some(Found::Piece(offset, reader.take(length)?));
            }
            0x1c => {
                varint(reader)?;
                varint(reader)?;
                let length = varint(reader)?;
                reader.take(length)?;
            }
            _ => return None,
        }
    }
}

fn acknowledgement(reader: &mut Reader<'_>, has_counts: bool) -> Option<()> {
    varint(reader)?;
    varint(reader)?;
    let ranges = varint(reader)?;
    varint(reader)?;
    for _ in 0..ranges {
        varint(reader)?;
        varint(reader)?;
    }
    if has_counts {
        for _ in 0..3 {
            varint(reader)?;
        }
    }
    Some(())
}
