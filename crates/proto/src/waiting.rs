//! Bytes of one side that wait for the rest of their message.
//!
//! A message that arrives whole is read where it lies; only the beginning of an unfinished one is
//! copied. Messages that nobody reads are passed over by their length without being kept.

use crate::application::Next;
use crate::protocol::Side;

/// One value for each side of a flow.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Sides<T> {
    pub(crate) client: T,
    pub(crate) server: T,
}

impl<T> Sides<T> {
    pub(crate) fn of(&self, side: Side) -> &T {
        match side {
            Side::Client => &self.client,
            Side::Server => &self.server,
        }
    }

    pub(crate) fn mut_of(&mut self, side: Side) -> &mut T {
        match side {
            Side::Client => &mut self.client,
            Side::Server => &mut self.server,
        }
    }
}

/// The side that hears what this one says.
pub(crate) fn other(side: Side) -> Side {
    match side {
        Side::Client => Side::Server,
        Side::Server => Side::Client,
    }
}

/// What became of the bytes at hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// So many were a message, or a part of one that need not be seen again.
    Used(usize),
    /// They are the beginning of something longer.
    More,
    /// So many, some perhaps still to come, interest nobody.
    Skip(u64),
    /// The parser has come to an end.
    Stop(Next),
    /// After so many something else is spoken.
    Switch(usize, Option<&'static str>),
}

/// An emptied buffer keeps this much of its memory for the next message.
const KEPT: usize = 2048;

/// Bytes of one side that wait for more.
#[derive(Debug, Default)]
pub(crate) struct Waiting {
    bytes: Vec<u8>,
    skip: u64,
}

impl Sides<Waiting> {
    /// Memory of both sides, in bytes.
    pub(crate) fn held(&self) -> usize {
        self.client.held() + self.server.held()
    }

    /// Goes over a gap in what a side says; one that hit bytes that were to be read ends the side.
    pub(crate) fn lose(&mut self, side: Side, length: u64) -> Next {
        if self.mut_of(side).lose(length) {
            Next::More
        } else {
            Next::DoneWithSide
        }
    }
}

/// [`Waiting::drive`] of a side of the parser's [`Sides`], by a step that needs the whole parser: what waits is
/// taken out of it meanwhile. A macro, as no function can borrow the parser twice.
macro_rules! drive {
    ($waiting:expr, $side:expr, $bytes:expr, $most:expr, $step:expr) => {{
        let mut waiting = std::mem::take($waiting.mut_of($side));
        let next = waiting.drive($bytes, $most, $step);
        *$waiting.mut_of($side) = waiting;
        next
    }};
}
pub(crate) use drive;

impl Next {
    /// The same where one side alone cannot be read: the end of a side is that of both.
    pub(crate) fn of_both(self) -> Self {
        match self {
            Self::DoneWithSide => Self::Done,
            next => next,
        }
    }
}

impl Waiting {
    /// Offers the bytes at hand to `step` until it wants more. A side that makes more than `most`
    /// bytes wait does not speak the protocol: nothing more is read of it.
    pub(crate) fn drive(
        &mut self,
        bytes: &[u8],
        most: usize,
        mut step: impl FnMut(&[u8]) -> Step,
    ) -> Next {
        let bytes = self.pass(bytes);
        let mut held = std::mem::take(&mut self.bytes);
        let waited = !held.is_empty();
        if waited {
            held.extend_from_slice(bytes);
        }
        let mut rest = if waited { held.as_slice() } else { bytes };
        while !rest.is_empty() {
            let used = match step(rest) {
                Step::Used(0) | Step::More => break,
                Step::Used(length) => length,
                Step::Skip(length) => self.skip(length, rest.len()),
                Step::Stop(next) => return next,
                Step::Switch(length, to) => {
                    let rest = rest.len().saturating_sub(length).min(bytes.len());
                    return Next::Switch { rest, to };
                }
            };
            rest = rest.get(used..).unwrap_or_default();
        }
        if rest.len() > most {
            return Next::DoneWithSide;
        }
        let left = rest.len();
        if waited {
            held.drain(..held.len().saturating_sub(left));
            held.shrink_to(KEPT);
        } else {
            let place = bytes.len().saturating_sub(left);
            held.extend_from_slice(bytes.get(place..).unwrap_or_default());
        }
        self.bytes = held;
        Next::More
    }

    /// Goes over a gap; false when it hit bytes that were to be read.
    pub(crate) fn lose(&mut self, length: u64) -> bool {
        if length <= self.skip {
            self.skip -= length;
            return true;
        }
        self.skip = 0;
        self.bytes = Vec::new();
        false
    }

    /// What waits.
    #[cfg(test)]
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(crate) fn held(&self) -> usize {
        self.bytes.capacity()
    }

    /// The bytes after those that are to be skipped.
    fn pass<'b>(&mut self, bytes: &'b [u8]) -> &'b [u8] {
        let here = self.skip.min(bytes.len() as u64);
        self.skip -= here;
        bytes.get(here as usize..).unwrap_or_default()
    }

    fn skip(&mut self, length: u64, at_hand: usize) -> usize {
        let here = length.min(at_hand as u64);
        self.skip = length.saturating_sub(here);
        here as usize
    }
}

/// The first line without its line break, and its length with it.
pub(crate) fn line(bytes: &[u8]) -> Option<(&[u8], usize)> {
    let end = memchr::memchr(b'\n', bytes)?;
    let line = bytes.get(..end)?;
    Some((
        line.strip_suffix(b"\r").unwrap_or(line),
        end.saturating_add(1),
    ))
}

/// Splits at the first byte that is `at`, which is left out; the second part may be empty.
pub(crate) fn split(bytes: &[u8], at: u8) -> (&[u8], &[u8]) {
    match memchr::memchr(at, bytes) {
        Some(place) => (
            bytes.get(..place).unwrap_or_default(),
            bytes.get(place.saturating_add(1)..).unwrap_or_default(),
        ),
        None => (bytes, &[]),
    }
}

/// At most so many bytes of a value that is kept.
pub(crate) fn bounded(bytes: &[u8], most: usize) -> &[u8] {
    bytes.get(..most).unwrap_or(bytes)
}

/// Fields of a message, read one after the other.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cut<'a>(pub(crate) &'a [u8]);

impl<'a> Cut<'a> {
    pub(crate) fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*taken)
    }

    pub(crate) fn byte(&mut self) -> Option<u8> {
        self.array().map(|[byte]| byte)
    }

    pub(crate) fn be16(&mut self) -> Option<u16> {
        self.array().map(u16::from_be_bytes)
    }

    pub(crate) fn be32(&mut self) -> Option<u32> {
        self.array().map(u32::from_be_bytes)
    }

    pub(crate) fn le16(&mut self) -> Option<u16> {
        self.array().map(u16::from_le_bytes)
    }

    pub(crate) fn le32(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }

    /// Bytes up to a zero, which is passed over.
    pub(crate) fn text(&mut self) -> Option<&'a [u8]> {
        let end = self.0.iter().position(|byte| *byte == 0)?;
        let text = self.take(end)?;
        self.byte()?;
        Some(text)
    }
}

#[cfg(test)]
mod tests;
