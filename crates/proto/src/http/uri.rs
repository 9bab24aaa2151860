//! Addresses of requests, as servers understand them (RFC 3986).

use std::borrow::Cow;

use memchr::memmem;

use super::head::trim;

/// The parts of a request's address that are looked at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Parts<'a> {
    /// User, host and port, when the address is absolute.
    pub(crate) authority: Option<&'a [u8]>,
    pub(crate) path: &'a [u8],
    /// With its question mark.
    pub(crate) query: &'a [u8],
}

/// Takes an address apart: `/path?query`, `http://host/path?query`.
pub(crate) fn parts(uri: &[u8]) -> Parts<'_> {
    let uri = uri
        .iter()
        .position(|byte| *byte == b'#')
        .and_then(|end| uri.get(..end))
        .unwrap_or(uri);
    let (authority, rest) = absolute(uri).map_or((None, uri), |(host, rest)| (Some(host), rest));
    let query_at = rest.iter().position(|byte| *byte == b'?');
    let (path, query) = rest
        .split_at_checked(query_at.unwrap_or(rest.len()))
        .unwrap_or((rest, &[]));
    Parts {
        authority,
        path,
        query,
    }
}

fn absolute(uri: &[u8]) -> Option<(&[u8], &[u8])> {
    if !uri.first()?.is_ascii_alphabetic() {
        return None;
    }
    let scheme = uri
        .iter()
        .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'))
        .count();
    let rest = uri.get(scheme..)?.strip_prefix(b"://")?;
    let end = rest
        .iter()
        .position(|byte| matches!(byte, b'/' | b'?' | b'\\'))
        .unwrap_or(rest.len());
    rest.split_at_checked(end)
}

/// A host and the port behind it. The host of `user@host:80`, of `[2001:db8::1]:80`.
pub(crate) fn host_and_port(authority: &[u8]) -> (&[u8], Option<&[u8]>) {
    let authority = trim(authority);
    let host = authority
        .iter()
        .rposition(|byte| *byte == b'@')
        .and_then(|at| authority.get(at.saturating_add(1)..))
        .unwrap_or(authority);
    let from = if host.starts_with(b"[") {
        host.iter().position(|byte| *byte == b']').unwrap_or(0)
    } else {
        0
    };
    let colon = host
        .get(from..)
        .and_then(|rest| rest.iter().position(|byte| *byte == b':'));
    match colon.and_then(|colon| host.split_at_checked(from.saturating_add(colon))) {
        Some((name, port)) => (name, port.get(1..)),
        None => (host, None),
    }
}

/// A host's name as it is compared: lower case, without a final dot.
pub(crate) fn normal_host(host: &[u8]) -> Cow<'_, [u8]> {
    let host = host.strip_suffix(b".").unwrap_or(host);
    if host.iter().any(u8::is_ascii_uppercase) {
        Cow::Owned(host.to_ascii_lowercase())
    } else {
        Cow::Borrowed(host)
    }
}

/// Whether it can be a host: letters, digits and what separates them, or an address in brackets.
pub(crate) fn is_host(host: &[u8]) -> bool {
    let inside = host
        .strip_prefix(b"[")
        .and_then(|rest| rest.strip_suffix(b"]"));
    match inside {
        Some(address) => address
            .iter()
            .all(|byte| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'.')),
        None => {
            !host.is_empty()
                && host.len() <= 255
                && host
                    .iter()
                    .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'))
        }
    }
}

/// What a server makes of an address, and whether it stays encoded after that.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Normal {
    /// Path and query with percent codes resolved; none when it is as it came.
    pub(crate) uri: Option<Vec<u8>>,
    /// How long the path in it is.
    pub(crate) path_length: usize,
    /// Whether there are percent codes after resolving them once.
    pub(crate) twice_encoded: bool,
    /// Whether there are in the query.
    pub(crate) query_twice_encoded: bool,
}

/// Resolves percent codes, takes `\` for `/`, puts `//`, `/./` and `/../` in order (RFC 3986, section 6).
/// The query is only decoded. What has no path (`CONNECT`, `*`) stays as it is.
pub(crate) fn normalise(uri: &[u8]) -> Normal {
    let parts = parts(uri);
    if parts.authority.is_none() && needs_nothing(uri) {
        return Normal {
            uri: None,
            path_length: parts.path.len(),
            twice_encoded: false,
            query_twice_encoded: false,
        };
    }
    let mut out = Vec::with_capacity(uri.len());
    decode(parts.path, true, &mut out);
    remove_dots(&mut out);
    if out.is_empty() && parts.authority.is_some() {
        out.push(b'/');
    }
    let path_length = out.len();
    decode(parts.query, false, &mut out);
    Normal {
        twice_encoded: has_codes(&out),
        query_twice_encoded: has_codes(out.get(path_length..).unwrap_or_default()),
        uri: Some(out),
        path_length,
    }
}

fn needs_nothing(uri: &[u8]) -> bool {
    !uri.iter().any(|byte| matches!(byte, b'%' | b'\\' | b'#'))
        && memmem::find(uri, b"//").is_none()
        && memmem::find(uri, b"/.").is_none()
}

fn has_codes(bytes: &[u8]) -> bool {
    bytes
        .windows(3)
        .any(|code| matches!(code, [b'%', high, low] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit()))
}

/// Resolves `%41` and, as some servers do, `%u0041`. A percent sign that begins no code stays.
fn decode(bytes: &[u8], is_path: bool, out: &mut Vec<u8>) {
    let mut rest = bytes;
    while let Some((first, tail)) = rest.split_first() {
        let (byte, after) = match rest {
            [b'%', b'u' | b'U', a, b, c, d, after @ ..] => match (pair(*a, *b), pair(*c, *d)) {
                (Some(high), Some(low)) => (narrow(high, low), after),
                _ => (*first, tail),
            },
            [b'%', high, low, after @ ..] => match pair(*high, *low) {
                Some(byte) => (byte, after),
                None => (*first, tail),
            },
            _ => (*first, tail),
        };
        let byte = if is_path && byte == b'\\' { b'/' } else { byte };
        rest = after;
        if is_path && byte == b'/' && out.last() == Some(&b'/') {
            continue;
        }
        out.push(byte);
    }
}

/// A character of the basic plane in one byte: full-width forms (U+FF01 to U+FF5E) as what they look
/// like, others that do not fit as a question mark.
fn narrow(high: u8, low: u8) -> u8 {
    match (high, low) {
        (0, low) => low,
        (0xff, 0x01..=0x5e) => low.saturating_add(0x20),
        _ => b'?',
    }
}

fn pair(high: u8, low: u8) -> Option<u8> {
    let digit = |byte: u8| (byte as char).to_digit(16);
    let value = digit(high)?.checked_mul(16)?.checked_add(digit(low)?)?;
    u8::try_from(value).ok()
}

/// Takes `/./` and `/../` out of a path (RFC 3986, section 5.2.4).
fn remove_dots(path: &mut Vec<u8>) {
    if path.first() != Some(&b'/') || memmem::find(path, b"/.").is_none() {
        return;
    }
    let mut out: Vec<u8> = Vec::with_capacity(path.len());
    let mut segments = path.split(|byte| *byte == b'/').skip(1).peekable();
    while let Some(segment) = segments.next() {
        let is_last = segments.peek().is_none();
        match segment {
            b"." | b".." => {
                if segment == b".." {
                    let parent = out.iter().rposition(|byte| *byte == b'/').unwrap_or(0);
                    out.truncate(parent);
                }
                if is_last {
                    out.push(b'/');
                }
            }
            _ => {
                out.push(b'/');
                out.extend_from_slice(segment);
            }
        }
    }
    *path = out;
}
