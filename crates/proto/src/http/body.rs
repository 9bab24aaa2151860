//! Where a message's body ends (RFC 9112, section 6), and the chunks it may come in (section 7.1).

use memchr::{memchr, memmem};

use super::event;
use super::head::{Head, is_space, trim};
use crate::application::Event;
use crate::protocol::Side;

/// Bytes of a line with a chunk's length; its extension is thrown away, so that this is generous.
const MAX_CHUNK_LINE: usize = 1 << 10;

/// How the end of a body is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Framing {
    /// There is none.
    Empty,
    /// It has so many bytes.
    Length(u64),
    /// It comes in chunks; when they turn out not to be, it has the announced length, if any.
    Chunked { otherwise: Option<u64> },
    /// It goes on until the flow ends.
    UntilEnd,
}

/// What the headers say of a body's end. Answers with several lengths have the largest one, since browsers
/// that take another see less of the body, not more.
pub(crate) fn framing(head: &Head, side: Side, wrong: &mut dyn FnMut(&'static Event)) -> Framing {
    let length = content_length(head, side, wrong);
    let mut chunked = false;
    for (name, value) in head.fields() {
        if !name.eq_ignore_ascii_case(b"transfer-encoding") {
            continue;
        }
        if contains_ignoring_case(value, b"chunked") {
            chunked = true;
            if side == Side::Server && !value.eq_ignore_ascii_case(b"chunked") {
                wrong(&event::RESPONSE_ABNORMAL_TRANSFER_ENCODING);
            }
        } else {
            wrong(match side {
                Side::Client => &event::INVALID_TRANSFER_ENCODING_IN_REQUEST,
                Side::Server => &event::INVALID_TRANSFER_ENCODING_IN_RESPONSE,
            });
        }
    }
    match (chunked, length) {
        (true, otherwise) => {
            if otherwise.is_some() {
                wrong(invalid_length(side));
            }
            Framing::Chunked { otherwise }
        }
        (false, Some(0)) => Framing::Empty,
        (false, Some(length)) => Framing::Length(length),
        (false, None) if side == Side::Client => Framing::Empty,
        (false, None) => Framing::UntilEnd,
    }
}

/// Whether the connection closes behind this answer.
pub(crate) fn is_last(head: &Head) -> bool {
    let mut values = head.values(b"connection");
    values.any(|value| contains_ignoring_case(value, b"close"))
}

fn invalid_length(side: Side) -> &'static Event {
    match side {
        Side::Client => &event::INVALID_CONTENT_LENGTH_IN_REQUEST,
        Side::Server => &event::INVALID_CONTENT_LENGTH_IN_RESPONSE,
    }
}

fn content_length(head: &Head, side: Side, wrong: &mut dyn FnMut(&'static Event)) -> Option<u64> {
    let mut chosen: Option<u64> = None;
    for (count, value) in head.values(b"content-length").enumerate() {
        if count > 0 {
            wrong(match side {
                Side::Client => &event::DUPLICATE_CONTENT_LENGTH_IN_REQUEST,
                Side::Server => &event::DUPLICATE_CONTENT_LENGTH_IN_RESPONSE,
            });
        }
        if value.is_empty() || !value.iter().all(u8::is_ascii_digit) {
            wrong(invalid_length(side));
        }
        for length in numbers(value) {
            chosen = Some(match (chosen, side) {
                (Some(first), Side::Client) => first,
                (Some(before), Side::Server) => before.max(length),
                (None, _) => length,
            });
        }
    }
    chosen
}

/// The decimal numbers in a text; one that is too large is the largest.
fn numbers(text: &[u8]) -> impl Iterator<Item = u64> {
    text.split(|byte| !byte.is_ascii_digit())
        .filter(|digits| !digits.is_empty())
        .map(|digits| {
            digits.iter().fold(0_u64, |value, digit| {
                let digit = u64::from(digit.wrapping_sub(b'0'));
                value.saturating_mul(10).saturating_add(digit)
            })
        })
}

/// Whether a text occurs in another, whatever its case; `text` is lower case.
pub(crate) fn contains_ignoring_case(bytes: &[u8], text: &[u8]) -> bool {
    if bytes.len() == text.len() {
        return bytes.eq_ignore_ascii_case(text);
    }
    memmem::find(&bytes.to_ascii_lowercase(), text).is_some()
}

/// What comes next in a chunked body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Piece<'a> {
    /// Bytes of the body; how many were taken of the input.
    Data { data: &'a [u8], taken: usize },
    /// Something that is not body; how many bytes were taken.
    Skipped(usize),
    /// It is over, after so many bytes.
    End(usize),
    /// It has no chunks: its first bytes are the body.
    NotChunked,
    /// A later chunk's length is no number: where the body ends is not known any more.
    Broken,
    /// More bytes are needed to tell.
    More,
}

/// Where in a chunked body the bytes at hand are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// In the line with the first chunk's length.
    First,
    /// In the line with another's, or in the line break before it.
    Length,
    /// In a chunk, so many bytes before its end.
    Data(u64),
    /// Behind the last chunk.
    Trailer,
}

/// Reads a chunked body.
#[derive(Debug)]
pub(crate) struct Chunks {
    place: Place,
    /// Whether a chunk had an extension.
    pub(crate) extension: bool,
}

impl Default for Chunks {
    fn default() -> Self {
        Self {
            place: Place::First,
            extension: false,
        }
    }
}

impl Chunks {
    /// What the bytes begin with. When it takes none of them, more must be added behind them.
    pub(crate) fn next<'a>(&mut self, bytes: &'a [u8], is_last: bool) -> Piece<'a> {
        if bytes.is_empty() {
            return Piece::More;
        }
        match self.place {
            Place::First | Place::Length => self.length(bytes, is_last),
            Place::Data(left) => {
                let taken = usize::try_from(left).map_or(bytes.len(), |left| left.min(bytes.len()));
                let left = left.saturating_sub(taken as u64);
                self.place = if left == 0 {
                    Place::Length
                } else {
                    Place::Data(left)
                };
                let data = bytes.get(..taken).unwrap_or_default();
                Piece::Data { data, taken }
            }
            Place::Trailer => trailer(bytes, is_last),
        }
    }

    /// How many bytes are left of the chunk at hand.
    pub(crate) fn left(&self) -> u64 {
        match self.place {
            Place::Data(left) => left,
            _ => 0,
        }
    }

    /// Passes over bytes of the chunk at hand that were not captured.
    pub(crate) fn skip(&mut self, length: u64) {
        if let Place::Data(left) = self.place {
            self.place = match left.saturating_sub(length) {
                0 => Place::Length,
                left => Place::Data(left),
            };
        }
    }

    fn length<'a>(&mut self, bytes: &'a [u8], is_last: bool) -> Piece<'a> {
        let spaces = bytes.iter().take_while(|byte| is_space(**byte)).count();
        if spaces > MAX_CHUNK_LINE {
            return self.no_length();
        }
        let text = bytes.get(spaces..).unwrap_or_default();
        if text.is_empty() {
            // They are kept: when no number follows, they are body.
            return Piece::More;
        }
        let digits = text.iter().take_while(|byte| byte.is_ascii_hexdigit());
        let digits = digits.count();
        if digits == 0 {
            return self.no_length();
        }
        let Some(end) = memchr(b'\n', text) else {
            return if text.len() > MAX_CHUNK_LINE {
                self.no_length()
            } else if is_last
                && text
                    .get(..digits)
                    .is_some_and(|zeros| zeros.iter().all(|byte| *byte == b'0'))
            {
                Piece::End(bytes.len())
            } else {
                Piece::More
            };
        };
        let line = text.get(digits..end).unwrap_or_default();
        self.extension |= memchr(b';', line).is_some();
        let length = text.get(..digits).unwrap_or_default();
        let length = length.iter().fold(0_u64, |value, byte| {
            let digit = (*byte as char).to_digit(16).unwrap_or(0);
            value.saturating_mul(16).saturating_add(u64::from(digit))
        });
        self.place = match length {
            0 => Place::Trailer,
            length => Place::Data(length),
        };
        Piece::Skipped(spaces.saturating_add(end).saturating_add(1))
    }

    fn no_length<'a>(&mut self) -> Piece<'a> {
        match self.place {
            Place::First => Piece::NotChunked,
            _ => Piece::Broken,
        }
    }
}

/// Lines behind the last chunk, up to an empty one.
fn trailer<'a>(bytes: &[u8], is_last: bool) -> Piece<'a> {
    match memchr(b'\n', bytes) {
        Some(end) => {
            let taken = end.saturating_add(1);
            if trim(bytes.get(..end).unwrap_or_default()).is_empty() {
                Piece::End(taken)
            } else {
                Piece::Skipped(taken)
            }
        }
        None if is_last => Piece::End(bytes.len()),
        None if bytes.len() > MAX_CHUNK_LINE => Piece::Skipped(bytes.len()),
        None => Piece::More,
    }
}
