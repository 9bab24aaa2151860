//! The head of a message: its first line and its headers (RFC 9112, sections 2 to 5).
//!
//! Receivers are lenient in different ways, and attackers use the difference. What is read here is what
//! some widespread receiver reads: bare carriage returns end lines of answers, spaces before colons
//! are passed over, NULs are not there.

use std::borrow::Cow;

use memchr::{memchr, memchr2};

use super::event;
use crate::application::Event;
use crate::protocol::Side;

/// Headers of a message that are kept; servers allow 100 to 200.
pub(crate) const MAX_FIELDS: usize = 1_024;

/// A part of a head's bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Span {
    start: u32,
    end: u32,
}

impl Span {
    pub(crate) fn new(start: usize, end: usize) -> Self {
        // Heads are bounded far below 4 GiB.
        Self {
            start: start as u32,
            end: end as u32,
        }
    }

    pub(crate) fn of(self, bytes: &[u8]) -> &[u8] {
        bytes
            .get(self.start as usize..self.end as usize)
            .unwrap_or_default()
    }
}

/// A header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FieldSpans {
    name: Span,
    value: Span,
}

/// A message's head.
#[derive(Debug, Default)]
pub(crate) struct Head {
    /// The bytes as they came, then what had to be put together of them.
    bytes: Vec<u8>,
    /// Where the bytes as they came end.
    raw_end: usize,
    line: Span,
    /// Where the headers begin.
    fields_at: usize,
    fields: Vec<FieldSpans>,
}

impl Head {
    /// Takes a head apart; tells what is wrong with it.
    pub(crate) fn read(&mut self, raw: &[u8], side: Side, wrong: &mut dyn FnMut(&'static Event)) {
        self.clear();
        self.bytes.extend_from_slice(raw);
        self.raw_end = raw.len();
        let mut lines = Lines { raw, at: 0, side };
        if let Some(line) = lines.next() {
            self.line = trimmed_line(raw, line);
            self.fields_at = lines.at;
        }
        let mut open: Option<Span> = None;
        for line in lines {
            let content = trimmed_line(raw, line);
            let text = content.of(raw);
            if text.is_empty() {
                continue;
            }
            if is_continuation(text) {
                let own = side == Side::Server && is_whole_field(text);
                if own || open.is_none() {
                    wrong(folding(side));
                } else {
                    open = open.map(|before| self.join(before, text));
                    continue;
                }
            }
            if let Some(before) = open.replace(content) {
                self.add(before, side, wrong);
            }
        }
        if let Some(last) = open {
            self.add(last, side, wrong);
        }
    }

    /// Takes a first line and headers that came in another form.
    pub(crate) fn set(&mut self, line: &[u8]) {
        self.clear();
        self.bytes.extend_from_slice(line);
        self.line = Span::new(0, line.len());
        self.raw_end = line.len();
        self.fields_at = line.len();
    }

    /// Adds a header that came in another form; whether there was room.
    pub(crate) fn push(&mut self, name: &[u8], value: &[u8]) -> bool {
        if self.fields.len() >= MAX_FIELDS {
            return false;
        }
        let start = self.bytes.len();
        self.bytes.extend_from_slice(name);
        let colon = self.bytes.len();
        self.bytes.extend_from_slice(b": ");
        let value_at = self.bytes.len();
        self.bytes.extend_from_slice(value);
        let end = self.bytes.len();
        self.bytes.extend_from_slice(b"\r\n");
        self.raw_end = self.bytes.len();
        self.fields.push(FieldSpans {
            name: Span::new(start, colon),
            value: Span::new(value_at, end),
        });
        true
    }

    /// Forgets everything but keeps the memory for the next head.
    pub(crate) fn clear(&mut self) {
        self.bytes.clear();
        self.fields.clear();
        self.raw_end = 0;
        self.fields_at = 0;
        self.line = Span::default();
    }

    /// Whether nothing was read.
    pub(crate) fn is_empty(&self) -> bool {
        self.raw_end == 0
    }

    /// Roughly how many bytes of memory it holds.
    pub(crate) fn held(&self) -> usize {
        self.bytes
            .capacity()
            .saturating_add(self.fields.capacity().saturating_mul(16))
    }

    /// The first line without its end.
    pub(crate) fn line(&self) -> &[u8] {
        self.line.of(&self.bytes)
    }

    /// A part of the first line.
    pub(crate) fn part(&self, span: Span) -> &[u8] {
        span.of(self.line())
    }

    /// All of it as it came.
    pub(crate) fn raw(&self) -> &[u8] {
        self.bytes.get(..self.raw_end).unwrap_or_default()
    }

    /// The headers as they came, with the empty line.
    pub(crate) fn raw_fields(&self) -> &[u8] {
        self.bytes
            .get(self.fields_at..self.raw_end)
            .unwrap_or_default()
    }

    /// Names and values of the headers in their order.
    pub(crate) fn fields(&self) -> impl ExactSizeIterator<Item = (&[u8], &[u8])> {
        self.fields
            .iter()
            .map(|field| (field.name.of(&self.bytes), field.value.of(&self.bytes)))
    }

    /// The first value of a header; the name in any case.
    pub(crate) fn find<'a>(&'a self, name: &[u8]) -> Option<&'a [u8]> {
        self.values(name).next()
    }

    /// All values of a header; the name in any case.
    pub(crate) fn values<'a, 'n>(
        &'a self,
        name: &'n [u8],
    ) -> impl Iterator<Item = &'a [u8]> + use<'a, 'n> {
        self.fields()
            .filter(move |(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }

    /// The values of a header, put together by a comma as RFC 9110, section 5.2 has it.
    pub(crate) fn joined(&self, name: &[u8]) -> Option<Cow<'_, [u8]>> {
        let mut all: Option<Cow<'_, [u8]>> = None;
        for (known, value) in self.fields() {
            if !known.eq_ignore_ascii_case(name) {
                continue;
            }
            all = Some(match all {
                None => Cow::Borrowed(value),
                Some(before) => {
                    let mut before = before.into_owned();
                    before.extend_from_slice(b", ");
                    before.extend_from_slice(value);
                    Cow::Owned(before)
                }
            });
        }
        all
    }

    /// Puts a continued line behind what it continues.
    fn join(&mut self, before: Span, text: &[u8]) -> Span {
        let start = if before.start as usize >= self.raw_end {
            before.start as usize
        } else {
            let start = self.bytes.len();
            self.bytes
                .extend_from_within(before.start as usize..before.end as usize);
            start
        };
        self.bytes.push(b' ');
        self.bytes.extend_from_slice(trim(text));
        Span::new(start, self.bytes.len())
    }

    fn add(&mut self, line: Span, side: Side, wrong: &mut dyn FnMut(&'static Event)) {
        if self.fields.len() >= MAX_FIELDS {
            return wrong(match side {
                Side::Client => &event::REQUEST_TOO_MANY_HEADERS,
                Side::Server => &event::RESPONSE_TOO_MANY_HEADERS,
            });
        }
        let line = self.without_nuls(line);
        let text = line.of(&self.bytes);
        let (name, value) = if let Some(colon) = memchr(b':', text) {
            let name = text.get(..colon).unwrap_or_default();
            if name.last().is_none_or(|last| is_space(*last)) {
                wrong(match side {
                    Side::Client => &event::REQUEST_HEADER_INVALID,
                    Side::Server => &event::RESPONSE_HEADER_INVALID,
                });
            }
            (
                name,
                text.get(colon.saturating_add(1)..).unwrap_or_default(),
            )
        } else {
            wrong(match side {
                Side::Client => &event::REQUEST_FIELD_MISSING_COLON,
                Side::Server => &event::RESPONSE_FIELD_MISSING_COLON,
            });
            (&[][..], text)
        };
        let field = FieldSpans {
            name: within(line, text, trim(name)),
            value: within(line, text, trim(value)),
        };
        self.fields.push(field);
    }

    fn without_nuls(&mut self, line: Span) -> Span {
        if memchr(0, line.of(&self.bytes)).is_none() {
            return line;
        }
        let start = self.bytes.len();
        for index in line.start..line.end {
            let byte = self.bytes.get(index as usize).copied();
            self.bytes.extend(byte.filter(|byte| *byte != 0));
        }
        Span::new(start, self.bytes.len())
    }
}

/// Where a part of a line's text lies.
fn within(line: Span, text: &[u8], part: &[u8]) -> Span {
    let skipped = (part.as_ptr() as usize).wrapping_sub(text.as_ptr() as usize);
    let start = (line.start as usize).saturating_add(skipped.min(text.len()));
    Span::new(start, start.saturating_add(part.len()))
}

fn folding(side: Side) -> &'static Event {
    match side {
        Side::Client => &event::INVALID_REQUEST_FIELD_FOLDING,
        Side::Server => &event::INVALID_RESPONSE_FIELD_FOLDING,
    }
}

/// Spaces as receivers understand them around names and values.
pub(crate) fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | 0x0b | 0x0c | 0)
}

/// Takes spaces away on both sides.
pub(crate) fn trim(bytes: &[u8]) -> &[u8] {
    let mut rest = bytes;
    while let Some((first, tail)) = rest.split_first()
        && is_space(*first)
    {
        rest = tail;
    }
    while let Some((last, front)) = rest.split_last()
        && is_space(*last)
    {
        rest = front;
    }
    rest
}

fn is_continuation(text: &[u8]) -> bool {
    matches!(text.first(), Some(b' ' | b'\t' | 0))
}

/// Whether a continued line is `Name: value`, which browsers take for a header of its own.
fn is_whole_field(text: &[u8]) -> bool {
    let text = trim(text);
    let name = memchr(b':', text).and_then(|colon| text.get(..colon));
    name.is_some_and(|name| {
        name.first().is_some_and(u8::is_ascii_alphabetic)
            && name
                .iter()
                .all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-')
    })
}

/// A line without its end and the carriage returns before it.
fn trimmed_line(raw: &[u8], line: Span) -> Span {
    let mut text = line.of(raw);
    let whole = text;
    while let Some((b'\r' | b'\n', front)) = text.split_last() {
        text = front;
    }
    // `\r` at the beginning belongs to the end of the line before: `\n\r`.
    let mut spaces = text;
    while let Some((b'\r', tail)) = spaces.split_first() {
        spaces = trim_start(tail);
    }
    within(line, whole, spaces)
}

fn trim_start(bytes: &[u8]) -> &[u8] {
    let mut rest = bytes;
    while let Some((b' ' | b'\t', tail)) = rest.split_first() {
        rest = tail;
    }
    rest
}

/// The lines of a head with their ends. Requests have them end with `\n`; browsers take a bare `\r`
/// for the end of a line too.
struct Lines<'a> {
    raw: &'a [u8],
    at: usize,
    side: Side,
}

impl Iterator for Lines<'_> {
    type Item = Span;

    fn next(&mut self) -> Option<Span> {
        let start = self.at;
        let rest = self.raw.get(start..).filter(|rest| !rest.is_empty())?;
        let length = match self.side {
            Side::Client => memchr(b'\n', rest).map(|end| end.saturating_add(1)),
            Side::Server => response_line(rest),
        };
        self.at = start.saturating_add(length.unwrap_or(rest.len()));
        Some(Span::new(start, self.at))
    }
}

/// How long the line at the beginning is with its end. A bare `\r` ends it when something stands before.
fn response_line(rest: &[u8]) -> Option<usize> {
    let mut from = 0;
    loop {
        let end = from + memchr2(b'\r', b'\n', rest.get(from..)?)?;
        let after = end + 1;
        let bare = rest.get(end) == Some(&b'\r') && rest.get(after) != Some(&b'\n');
        let blank = || {
            let before = rest.get(..end).unwrap_or_default();
            before.iter().all(|byte| is_space(*byte))
        };
        if !bare || !blank() {
            let pair = rest.get(end) == Some(&b'\r') && rest.get(after) == Some(&b'\n');
            return Some(if pair { after + 1 } else { after });
        }
        from = after;
    }
}

/// Finds the end of a head that comes in pieces.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct HeadEnd {
    /// Where the line at hand begins.
    line_at: usize,
    /// From where its end is looked for.
    from: usize,
    /// Whether the line before ended with `\n` alone.
    bare: bool,
}

impl HeadEnd {
    /// How long the head at the beginning of `bytes` is; none when its end is not there yet. The bytes
    /// of an earlier call must still be there. At the end of the stream nothing more will follow.
    pub(crate) fn find(&mut self, bytes: &[u8], is_last: bool) -> Option<usize> {
        loop {
            let Some(found) = bytes.get(self.from..).and_then(|rest| memchr(b'\n', rest)) else {
                self.from = bytes.len();
                return None;
            };
            let end = self.from.saturating_add(found).saturating_add(1);
            let line = bytes.get(self.line_at..end).unwrap_or_default();
            match line {
                b"\n" | b"\r\n" => return Some(end),
                b"\r\r\n" if self.bare => return Some(end),
                // A space alone ends a head when no empty line follows.
                [b' ' | b'\t', b'\n'] => match bytes.get(end) {
                    None if !is_last => return None,
                    Some(b'\n' | b'\r') => {}
                    _ if self.line_at > 0 => return Some(end),
                    _ => {}
                },
                _ => {}
            }
            self.bare = !line.ends_with(b"\r\n");
            self.line_at = end;
            self.from = end;
        }
    }
}
