//! A command of IMAP, whose values may stand in literals behind the line (RFC 9051, section 4.3).

use crate::waiting::{bounded, split};

use super::MAX_TEXT;

/// Digits of a literal's length: a number of 32 or 64 bits.
const MAX_DIGITS: usize = 20;

/// The line before a literal, and how many bytes that has; none when the line ends with none.
pub(super) fn literal(line: &[u8]) -> Option<(&[u8], u64)> {
    let rest = line.strip_suffix(b"}")?;
    // Clients need not wait (RFC 7888), and bytes may be binary (RFC 3516).
    let rest = rest.strip_suffix(b"+").unwrap_or(rest);
    let open = rest.iter().rposition(|byte| *byte == b'{')?;
    let (before, digits) = rest.split_at_checked(open)?;
    let digits = digits
        .get(1..)
        .filter(|digits| digits.len() <= MAX_DIGITS)?;
    let size = std::str::from_utf8(digits).ok()?.parse().ok()?;
    Some((before.strip_suffix(b"~").unwrap_or(before), size))
}

/// The first value, in quotes or without, and what follows it.
pub(super) fn word(text: &[u8]) -> (&[u8], &[u8]) {
    match text.strip_prefix(b"\"") {
        Some(quoted) => split(quoted, b'"'),
        None => split(text, b' '),
    }
}

/// What was said of a command so far; beyond its bound, nothing more is kept.
#[derive(Debug, Default)]
pub(super) struct Line(Vec<u8>);

impl Line {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn add(&mut self, text: &[u8]) {
        let room = MAX_TEXT.saturating_sub(self.0.len());
        self.0.extend_from_slice(bounded(text, room));
    }

    /// A value out of a literal, as if it stood in the line.
    pub(super) fn add_value(&mut self, value: &[u8]) {
        self.add(b"\"");
        self.add(value);
        self.add(b"\"");
    }

    pub(super) fn text(&self) -> &[u8] {
        &self.0
    }

    pub(super) fn held(&self) -> usize {
        self.0.capacity()
    }
}
