//! Zeek's connection history: what happened in a flow, in order, one letter each.
//!
//! A capital letter is the client's, a small one the server's. Each letter is
//! recorded once per direction. <https://docs.zeek.org/en/master/scripts/base/protocols/conn/main.zeek.html>

use crate::side::Side;

/// Events, in the order of [`LETTERS`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Mark {
    /// The direction was turned round: the first packet came from the server.
    Flipped,
    /// SYN without ACK.
    Syn,
    /// SYN with ACK.
    SynAck,
    /// ACK without payload.
    Ack,
    /// Payload.
    Data,
    Fin,
    Reset,
    BadChecksum,
    /// Bytes that were missing when later ones came.
    Gap,
    /// Payload that was sent before.
    Retransmission,
    ZeroWindow,
    /// FIN together with RST.
    Inconsistent,
    /// SYN together with FIN or RST.
    MultiFlag,
}

/// A capital and a small letter for each mark: the client's and the server's.
const LETTERS: &[u8; 32] = b"^^SsHhAaDdFfRrCcGgTtWwIiQq??????";
/// Letters per word, five bits each.
const PER_WORD: u32 = 6;
/// Longer histories do not occur except in traffic made for it; what follows is left out.
pub(crate) const MAX_LETTERS: usize = 18;

/// Marks in the order they first happened, and which happened at all.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Marks {
    letters: [u32; MAX_LETTERS / PER_WORD as usize],
}

/// The set of marks seen, kept with the fields that every packet changes.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Seen(u32);

impl Seen {
    #[inline]
    pub(crate) fn has(self, mark: Mark, side: Side) -> bool {
        self.0 & bit(mark, side) != 0
    }
}

#[inline]
fn bit(mark: Mark, side: Side) -> u32 {
    1 << code(mark, side)
}

#[inline]
fn code(mark: Mark, side: Side) -> u32 {
    (mark as u32) << 1 | side as u32
}

impl Marks {
    /// Records a mark unless this side had it before.
    #[inline]
    pub(crate) fn record(&mut self, seen: &mut Seen, mark: Mark, side: Side) {
        if !seen.has(mark, side) {
            self.append(seen, mark, side);
        }
    }

    #[cold]
    fn append(&mut self, seen: &mut Seen, mark: Mark, side: Side) {
        let count = seen.0.count_ones();
        seen.0 |= bit(mark, side);
        if let Some(word) = self.letters.get_mut((count / PER_WORD) as usize) {
            *word |= code(mark, side) << (count % PER_WORD * 5);
        }
    }

    /// The letters in order.
    pub(crate) fn text(&self, seen: Seen) -> History {
        let mut history = History::default();
        let count = (seen.0.count_ones() as usize).min(MAX_LETTERS);
        let words = history.letters.chunks_exact_mut(PER_WORD as usize);
        for (letters, word) in words
            .zip(self.letters)
            .take(count.div_ceil(PER_WORD as usize))
        {
            let mut codes = word;
            for letter in letters {
                *letter = LETTERS.get((codes & 31) as usize).copied().unwrap_or(b'?');
                codes >>= 5;
            }
        }
        history.length = count as u8;
        history
    }
}

/// A history as text, such as `ShADadFf`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct History {
    letters: [u8; MAX_LETTERS],
    length: u8,
}

impl History {
    /// The letters; empty for protocols other than TCP and UDP.
    pub fn as_str(&self) -> &str {
        self.letters
            .get(..self.length as usize)
            .and_then(|letters| std::str::from_utf8(letters).ok())
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests;
