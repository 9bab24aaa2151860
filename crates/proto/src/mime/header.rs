//! The headers that say what a part is and how it is encoded.

use super::decode::{decode_words, hex};
use crate::waiting::split;

/// Pieces of one file name (RFC 2231, section 3).
const MAX_PIECES: usize = 16;

/// Names under which programs announce it; no standard has one.
const UUENCODE: &[&[u8]] = &[b"x-uuencode", b"uuencode", b"x-uue"];

/// How a part is encoded.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Encoding {
    #[default]
    Plain,
    Base64,
    QuotedPrintable,
    Uuencode,
}

/// What a part is, as far as it matters here.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Kind {
    #[default]
    Text,
    Multipart,
    Message,
    Other,
}

/// What the headers of a part said.
#[derive(Debug, Default)]
pub(super) struct Head {
    pub(super) kind: Kind,
    pub(super) encoding: Encoding,
    pub(super) boundary: Vec<u8>,
    name: Vec<u8>,
    file_name: Vec<u8>,
}

impl Head {
    pub(super) fn take(&mut self, name: &[u8], value: &[u8]) {
        if name.eq_ignore_ascii_case(b"Content-Type") {
            self.kind = kind(value);
            self.boundary = parameter(value, b"boundary").unwrap_or_default();
            self.name = parameter(value, b"name").unwrap_or_default();
        } else if name.eq_ignore_ascii_case(b"Content-Disposition") {
            self.file_name = parameter(value, b"filename").unwrap_or_default();
        } else if name.eq_ignore_ascii_case(b"Content-Transfer-Encoding") {
            self.encoding = match value {
                _ if value.eq_ignore_ascii_case(b"base64") => Encoding::Base64,
                _ if value.eq_ignore_ascii_case(b"quoted-printable") => Encoding::QuotedPrintable,
                _ if UUENCODE.iter().any(|name| value.eq_ignore_ascii_case(name)) => {
                    Encoding::Uuencode
                }
                _ => Encoding::Plain,
            };
        }
    }

    /// The name of the file that the part is.
    pub(super) fn file_name(&self) -> Option<Vec<u8>> {
        let names = [&self.file_name, &self.name];
        let name = names.into_iter().find(|name| !name.is_empty())?;
        Some(decode_words(name))
    }
}

fn kind(value: &[u8]) -> Kind {
    let (full, _) = split(value, b';');
    let full = full.trim_ascii().to_ascii_lowercase();
    match full.as_slice() {
        b"" => Kind::Text,
        _ if full.starts_with(b"text/") => Kind::Text,
        _ if full.starts_with(b"multipart/") => Kind::Multipart,
        b"message/rfc822" => Kind::Message,
        _ => Kind::Other,
    }
}

/// The value of a parameter: `name=value`, `name="value"`, `name*=charset'language'value`, or in pieces.
fn parameter(value: &[u8], wanted: &[u8]) -> Option<Vec<u8>> {
    let mut whole = Vec::new();
    let mut pieces = 0;
    let (_, mut rest) = split(value, b';');
    while !rest.is_empty() && pieces < MAX_PIECES {
        let (name, after) = split(rest, b'=');
        let (text, after) = one_value(after);
        rest = after;
        let name = name.trim_ascii_start();
        let Some(suffix) = name
            .split_at_checked(wanted.len())
            .filter(|(name, _)| name.eq_ignore_ascii_case(wanted))
            .map(|(_, suffix)| suffix.trim_ascii_end())
        else {
            continue;
        };
        match suffix {
            b"" => return Some(text),
            [b'*', .., b'*'] | b"*" => {
                let text = if pieces == 0 {
                    after_charset(&text)
                } else {
                    &text
                };
                percent(text, &mut whole);
            }
            [b'*', ..] => whole.extend_from_slice(&text),
            _ => continue,
        }
        pieces += 1;
    }
    (pieces > 0).then_some(whole)
}

/// A value with or without quotes, and what comes after its semicolon.
fn one_value(rest: &[u8]) -> (Vec<u8>, &[u8]) {
    let rest = rest.trim_ascii_start();
    let Some(quoted) = rest.strip_prefix(b"\"") else {
        let (text, after) = split(rest, b';');
        return (text.trim_ascii().to_vec(), after);
    };
    let mut text = Vec::new();
    let mut bytes = quoted.iter().enumerate();
    while let Some((place, byte)) = bytes.next() {
        match byte {
            b'"' => {
                let after = quoted.get(place..).unwrap_or_default();
                return (text, split(after, b';').1);
            }
            b'\\' => text.extend(bytes.next().map(|(_, byte)| *byte)),
            _ => text.push(*byte),
        }
    }
    (text, &[])
}

fn after_charset(text: &[u8]) -> &[u8] {
    let mut parts = text.splitn(3, |byte| *byte == b'\'');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(_), Some(_), Some(rest)) => rest,
        _ => text,
    }
}

/// Appends a text with its `%41` decoded (RFC 3986, section 2.1).
pub(crate) fn percent(text: &[u8], out: &mut Vec<u8>) {
    let mut rest = text;
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        let escaped = after.split_first_chunk::<2>().filter(|_| *byte == b'%');
        match escaped.and_then(|(two, after)| Some((hex(*two)?, after))) {
            Some((value, after)) => {
                out.push(value);
                rest = after;
            }
            None => out.push(*byte),
        }
    }
}
