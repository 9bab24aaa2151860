//! The first lines of messages (RFC 9112, sections 3 and 4).

use memchr::{memchr, memchr2, memrchr2};

use super::event;
use super::head::{Span, is_space, trim};
use crate::application::Event;

/// Methods of RFC 9110, `WebDAV` and `UPnP`: what a line in the middle of a stream must begin with to be
/// taken for a request.
pub(crate) const METHODS: &[&[u8]] = &[
    b"GET",
    b"POST",
    b"HEAD",
    b"PUT",
    b"DELETE",
    b"CONNECT",
    b"OPTIONS",
    b"TRACE",
    b"PATCH",
    b"PROPFIND",
    b"PROPPATCH",
    b"MKCOL",
    b"COPY",
    b"MOVE",
    b"LOCK",
    b"UNLOCK",
    b"REPORT",
    b"SEARCH",
    b"SUBSCRIBE",
    b"UNSUBSCRIBE",
    b"NOTIFY",
    b"MERGE",
    b"CHECKOUT",
    b"PURGE",
    b"RPC_IN_DATA",
    b"RPC_OUT_DATA",
    b"BITS_POST",
    b"CCM_POST",
];

/// Bytes of a method that are looked at; the longest known one has 12.
const MAX_METHOD: usize = 32;

/// The parts of a request line.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct RequestLine {
    pub(crate) method: Span,
    /// None when the line ends after the method.
    pub(crate) uri: Option<Span>,
    pub(crate) protocol: Option<Span>,
}

/// The parts of a status line.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct StatusLine {
    pub(crate) protocol: Span,
    pub(crate) status: Option<Span>,
    pub(crate) message: Option<Span>,
    /// The status, when it is a number.
    pub(crate) code: Option<u16>,
}

/// Takes a request line apart. The address reaches to the last space before `HTTP/`, as servers that
/// allow spaces in addresses have it.
pub(crate) fn request(line: &[u8], wrong: &mut dyn FnMut(&'static Event)) -> RequestLine {
    let start = line.iter().take_while(|byte| is_space(**byte)).count();
    if start > 0 {
        wrong(&event::REQUEST_LINE_LEADING_WHITESPACE);
    }
    let method_end = end_of_word(line, start);
    let method = Span::new(start, method_end);
    let uri_at = end_of_spaces(line, method_end);
    if !is_token(method.of(line)) {
        wrong(&event::REQUEST_LINE_INVALID);
    }
    let Some(rest) = line.get(uri_at..).filter(|rest| !rest.is_empty()) else {
        wrong(&event::REQUEST_LINE_INCOMPLETE);
        return RequestLine {
            method,
            ..RequestLine::default()
        };
    };
    if line.get(method_end..uri_at) != Some(b" ") {
        wrong(&event::METHOD_DELIM_NON_COMPLIANT);
    }
    let rest_end = uri_at.saturating_add(without_end(rest).len());
    let split = memrchr2(b' ', b'\t', line.get(uri_at..rest_end).unwrap_or_default())
        .map(|space| uri_at.saturating_add(space));
    let whole = RequestLine {
        method,
        uri: Some(Span::new(uri_at, rest_end)),
        protocol: None,
    };
    let Some(space) = split else {
        wrong(&event::REQUEST_LINE_MISSING_PROTOCOL);
        return whole;
    };
    let protocol = Span::new(space.saturating_add(1), rest_end);
    let named = protocol.of(line);
    if !named
        .get(..5)
        .is_some_and(|name| name.eq_ignore_ascii_case(b"HTTP/"))
    {
        // `GET /a b`: the last word is a part of the address, unless it stands where a protocol does.
        let only = memchr2(b' ', b'\t', line.get(uri_at..space).unwrap_or_default()).is_none();
        wrong(&event::REQUEST_LINE_INVALID);
        if !only || memchr(b'/', named).is_none() || named.starts_with(b"/") {
            wrong(&event::REQUEST_LINE_MISSING_PROTOCOL);
            return whole;
        }
    } else if !is_version(named) {
        wrong(&event::REQUEST_LINE_INVALID);
    }
    let before = line.get(uri_at..space).unwrap_or_default();
    let uri_end = uri_at.saturating_add(without_end(before).len());
    if uri_end != space || memchr(b'\t', line.get(uri_end..rest_end).unwrap_or_default()).is_some()
    {
        wrong(&event::URI_DELIM_NON_COMPLIANT);
    }
    RequestLine {
        method,
        uri: Some(Span::new(uri_at, uri_end)),
        protocol: Some(protocol),
    }
}

/// Takes a status line apart.
pub(crate) fn status(line: &[u8], wrong: &mut dyn FnMut(&'static Event)) -> StatusLine {
    let start = line.iter().take_while(|byte| is_space(**byte)).count();
    let protocol_end = end_of_word(line, start);
    let protocol = Span::new(start, protocol_end);
    if !is_version(protocol.of(line)) {
        wrong(&event::RESPONSE_INVALID_PROTOCOL);
    }
    let status_at = end_of_spaces(line, protocol_end);
    let status_end = end_of_word(line, status_at);
    let status = Span::new(status_at, status_end);
    let code = number(status.of(line));
    if !code.is_some_and(|code| (100..1000).contains(&code)) {
        wrong(&event::RESPONSE_INVALID_STATUS);
    }
    let message_at = end_of_spaces(line, status_end);
    let rest = without_end(line.get(message_at..).unwrap_or_default());
    let message_end = message_at.saturating_add(rest.len());
    StatusLine {
        protocol,
        status: (status_at < status_end).then_some(status),
        message: (message_at < message_end).then(|| Span::new(message_at, message_end)),
        code,
    }
}

fn end_of_word(line: &[u8], from: usize) -> usize {
    let rest = line.get(from..).unwrap_or_default();
    let length = rest.iter().take_while(|byte| !is_gap(**byte)).count();
    from.saturating_add(length)
}

fn end_of_spaces(line: &[u8], from: usize) -> usize {
    let rest = line.get(from..).unwrap_or_default();
    let length = rest.iter().take_while(|byte| is_gap(**byte)).count();
    from.saturating_add(length)
}

fn is_gap(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | 0x0b | 0x0c | b'\r')
}

fn without_end(bytes: &[u8]) -> &[u8] {
    let mut rest = bytes;
    while let Some((last, front)) = rest.split_last()
        && is_gap(*last)
    {
        rest = front;
    }
    rest
}

fn is_version(protocol: &[u8]) -> bool {
    matches!(
        protocol,
        b"HTTP/1.1" | b"HTTP/1.0" | b"HTTP/0.9" | b"HTTP/2.0" | b"HTTP/2"
    )
}

/// Characters of a token (RFC 9110, section 5.6.2).
fn is_token(bytes: &[u8]) -> bool {
    !bytes.is_empty()
        && bytes
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte))
}

fn number(digits: &[u8]) -> Option<u16> {
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0_u16, |value, byte| {
        let digit = byte.checked_sub(b'0').filter(|digit| *digit < 10)?;
        value.checked_mul(10)?.checked_add(u16::from(digit))
    })
}

/// What looks like a method that is not known.
fn is_capitals(word: &[u8]) -> bool {
    word.iter()
        .all(|byte| byte.is_ascii_uppercase() || matches!(byte, b'_' | b'-'))
}

/// Whether bytes begin as something does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Begins {
    Yes,
    No,
    /// There are too few of them.
    Unsure,
}

/// Whether the bytes begin a request: a known method, or a word in capitals before a path.
pub(crate) fn begins_request(bytes: &[u8]) -> Begins {
    let seen = bytes.get(..MAX_METHOD).unwrap_or(bytes);
    match memchr2(b' ', b'\t', seen) {
        Some(space) => {
            let word = seen.get(..space).unwrap_or_default();
            let next = bytes.get(space.saturating_add(1));
            match (METHODS.contains(&word), is_capitals(word), next) {
                (true, ..) | (false, true, Some(b'/')) => Begins::Yes,
                (false, true, None) => Begins::Unsure,
                _ => Begins::No,
            }
        }
        None if bytes.len() < MAX_METHOD
            && (is_capitals(seen) || METHODS.iter().any(|method| method.starts_with(seen))) =>
        {
            Begins::Unsure
        }
        None => Begins::No,
    }
}

/// Whether the bytes begin an answer.
pub(crate) fn begins_response(bytes: &[u8]) -> Begins {
    const NAME: &[u8] = b"HTTP";
    match bytes.get(..NAME.len()) {
        Some(name) if name.eq_ignore_ascii_case(NAME) => Begins::Yes,
        None if NAME
            .get(..bytes.len())
            .is_some_and(|name| name.eq_ignore_ascii_case(bytes)) =>
        {
            Begins::Unsure
        }
        _ => Begins::No,
    }
}

/// Bytes before a message that receivers pass over.
pub(crate) fn leading(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|byte| is_space(**byte)).count()
}

/// Whether a request line without its protocol could be all of a request (HTTP/0.9).
pub(crate) fn is_simple(line: &[u8]) -> bool {
    let line = trim(line);
    memchr(b'\n', line).is_none() && memchr::memmem::find(line, b" HTTP/").is_none()
}
