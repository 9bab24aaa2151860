//! The head of a message: its first line and its headers.

use crate::waiting::bounded;

/// Headers of one message that are looked at; right ones have some dozens.
const MAX_HEADERS: usize = 128;
/// Headers that are told of a usual message.
const USUAL_HEADERS: usize = 12;
/// Bytes of a value that are kept.
const MAX_VALUE: usize = 2048;

/// Headers that are told or asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Header {
    From,
    To,
    Via,
    UserAgent,
    ContentType,
    ContentLength,
    CallId,
    CSeq,
    Date,
    ReplyTo,
    Subject,
    Warning,
}

/// Names of headers with their short forms (RFC 3261, section 7.3.3).
const HEADERS: [(&[u8], &[u8], Header); 12] = [
    (b"from", b"f", Header::From),
    (b"to", b"t", Header::To),
    (b"via", b"v", Header::Via),
    (b"user-agent", b"", Header::UserAgent),
    (b"content-type", b"c", Header::ContentType),
    (b"content-length", b"l", Header::ContentLength),
    (b"call-id", b"i", Header::CallId),
    (b"cseq", b"", Header::CSeq),
    (b"date", b"", Header::Date),
    (b"reply-to", b"", Header::ReplyTo),
    (b"subject", b"s", Header::Subject),
    (b"warning", b"", Header::Warning),
];

/// The head of a message.
#[derive(Debug)]
pub(super) struct Head<'a> {
    pub(super) line: &'a [u8],
    /// Method, target and version; or version, code and reason.
    pub(super) words: [&'a [u8]; 3],
    pub(super) headers: Vec<(Header, &'a [u8])>,
    /// Whether the empty line after the headers is there.
    pub(super) is_whole: bool,
}

impl<'a> Head<'a> {
    /// Reads a head, which is `is_whole` when its empty line is there; nothing when its first line is none.
    pub(super) fn read(bytes: &'a [u8], is_whole: bool) -> Option<Self> {
        let (line, mut rest) = cut(bytes);
        let line = bounded(line, MAX_VALUE);
        let words = words(line)?;
        let mut headers = Vec::with_capacity(USUAL_HEADERS);
        for _ in 0..MAX_HEADERS {
            let (line, after) = cut(rest);
            rest = after;
            if line.is_empty() {
                break;
            }
            let Some(colon) = memchr::memchr(b':', line) else {
                continue;
            };
            let (name, value) = line.split_at(colon);
            let value = value.get(1..).unwrap_or_default().trim_ascii();
            if let Some(header) = header(name.trim_ascii()) {
                headers.push((header, bounded(value, MAX_VALUE)));
            }
        }
        Some(Self {
            line,
            words,
            headers,
            is_whole,
        })
    }

    pub(super) fn is_request(&self) -> bool {
        let [first, ..] = self.words;
        !first.starts_with(b"SIP/")
    }

    /// The first value of a header.
    pub(super) fn value(&self, header: Header) -> Option<&'a [u8]> {
        self.values(header).next()
    }

    pub(super) fn values(&self, header: Header) -> impl Iterator<Item = &'a [u8]> {
        let named = self.headers.iter().filter(move |known| known.0 == header);
        named.map(|known| known.1)
    }

    /// How long the body is said to be.
    pub(super) fn content_length(&self) -> usize {
        let value = self.value(Header::ContentLength).unwrap_or_default();
        let text = std::str::from_utf8(value).unwrap_or_default();
        text.parse().unwrap_or(0)
    }
}

fn header(name: &[u8]) -> Option<Header> {
    let is_short = name.len() == 1;
    let is = |known: &&(&[u8], &[u8], Header)| {
        name.eq_ignore_ascii_case(if is_short { known.1 } else { known.0 })
    };
    HEADERS.iter().find(is).map(|known| known.2)
}

/// The first line and what follows it.
fn cut(bytes: &[u8]) -> (&[u8], &[u8]) {
    let (line, rest) = crate::waiting::split(bytes, b'\n');
    (line.strip_suffix(b"\r").unwrap_or(line), rest)
}

/// The three parts of a first line; the reason may have spaces.
fn words(line: &[u8]) -> Option<[&[u8]; 3]> {
    let mut parts = line.splitn(3, |byte| *byte == b' ');
    let (first, second) = (parts.next()?, parts.next()?);
    let third = parts.next().unwrap_or_default();
    let is_response = first.starts_with(b"SIP/") && second.iter().all(u8::is_ascii_digit);
    let is_request =
        third.starts_with(b"SIP/") && !first.is_empty() && first.iter().all(u8::is_ascii_graphic);
    (is_response || is_request).then_some([first, second, third])
}

/// Where the head ends, behind its empty line.
pub(super) fn end(bytes: &[u8]) -> Option<usize> {
    let mut from = 0;
    loop {
        let rest = bytes.get(from..)?;
        from += memchr::memchr(b'\n', rest)? + 1;
        match bytes.get(from..)? {
            [b'\r', b'\n', ..] => return Some(from + 2),
            [b'\n', ..] => return Some(from + 1),
            _ => {}
        }
    }
}
