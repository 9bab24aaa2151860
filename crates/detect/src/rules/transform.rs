//! Transforms: what is done to a buffer before it is inspected.

use std::borrow::Cow;
use std::io::Read as _;

use md5::Digest as _;

use super::base64;
use super::check::RegexCopies;
use super::domain;

/// Transforms in a row: more are nonsense.
pub(crate) const MAX_TRANSFORMS: usize = 16;
/// What decompression may make of a buffer when the rule asks for the most.
pub(crate) const MAX_INFLATED: usize = 1 << 20;

/// One transform.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Transform {
    /// A dot is put before a name, so that `.example.com` finds the domain and all below it.
    DotPrefix,
    /// The registered domain of a name.
    Domain,
    /// What a name's registered domain is below of.
    TopLevel,
    Lowercase,
    Uppercase,
    Md5,
    Sha1,
    Sha256,
    UrlDecode,
    Xor(Box<[u8]>),
    StripWhitespace,
    CompressWhitespace,
    /// Lines of HTTP/2 headers that start with a colon go.
    StripPseudoHeaders,
    HeaderLowercase,
    /// What the first group of a pattern captures, by its place among the set's patterns.
    Capture(usize),
    FromBase64 {
        offset: usize,
        bytes: Option<usize>,
        mode: base64::Mode,
    },
    Gunzip {
        most: usize,
    },
    Inflate {
        most: usize,
    },
    /// A part of the buffer; a negative start counts from the end.
    Subslice {
        start: i64,
        length: Option<i64>,
    },
}

impl Transform {
    /// The transformed bytes.
    fn apply<'a>(&self, bytes: Cow<'a, [u8]>, regexes: &mut RegexCopies) -> Cow<'a, [u8]> {
        let made = match self {
            Self::DotPrefix => [b".", &*bytes].concat(),
            Self::Domain => domain::registered(&bytes).to_vec(),
            Self::TopLevel => domain::top_level(&bytes).to_vec(),
            Self::Lowercase => bytes.to_ascii_lowercase(),
            Self::Uppercase => bytes.to_ascii_uppercase(),
            Self::Md5 => md5::Md5::digest(&bytes).to_vec(),
            Self::Sha1 => sha1::Sha1::digest(&bytes).to_vec(),
            Self::Sha256 => sha2::Sha256::digest(&bytes).to_vec(),
            Self::UrlDecode => url_decoded(&bytes),
            Self::Xor(key) => {
                let pairs = bytes.iter().zip(key.iter().cycle());
                pairs.map(|(byte, key)| byte ^ key).collect()
            }
            Self::StripWhitespace => {
                let kept = bytes.iter().filter(|byte| !is_blank(**byte));
                kept.copied().collect()
            }
            Self::CompressWhitespace => compressed(&bytes),
            Self::StripPseudoHeaders => lines(&bytes, |line, out| {
                if !line.starts_with(b":") {
                    out.extend_from_slice(line);
                }
            }),
            Self::HeaderLowercase => lines(&bytes, |line, out| {
                let name = memchr::memchr(b':', line).unwrap_or(line.len());
                let (name, value) = line.split_at(name);
                out.extend(name.to_ascii_lowercase());
                out.extend_from_slice(value);
            }),
            Self::Capture(pattern) => match regexes.capture(*pattern, &bytes) {
                Some(range) => bytes.get(range).unwrap_or_default().to_vec(),
                None => return bytes,
            },
            Self::FromBase64 {
                offset,
                bytes: count,
                mode,
            } => {
                let rest = bytes.get(*offset..).unwrap_or_default();
                let end = count.unwrap_or(rest.len()).min(rest.len());
                match base64::decode(rest.get(..end).unwrap_or_default(), *mode) {
                    Some(decoded) => decoded,
                    None => return bytes,
                }
            }
            Self::Gunzip { most } => inflated(flate2::read::GzDecoder::new(&*bytes), *most),
            Self::Inflate { most } => inflated(flate2::read::ZlibDecoder::new(&*bytes), *most),
            Self::Subslice { start, length } => subslice(&bytes, *start, *length).to_vec(),
        };
        Cow::Owned(made)
    }
}

/// Applies a list of transforms in order.
pub(crate) fn apply_all<'a>(
    transforms: &[Transform],
    bytes: Cow<'a, [u8]>,
    regexes: &mut RegexCopies,
) -> Cow<'a, [u8]> {
    let mut bytes = bytes;
    for transform in transforms {
        bytes = transform.apply(bytes, regexes);
    }
    bytes
}

/// Lists of transforms that rules of one set use, numbered; number 0 is none.
#[derive(Debug)]
pub(crate) struct TransformLists {
    pub(crate) lists: Vec<Box<[Transform]>>,
}

impl Default for TransformLists {
    fn default() -> Self {
        Self {
            lists: vec![Box::default()],
        }
    }
}

impl TransformLists {
    /// The number of the list that has one transform more.
    pub(crate) fn extended(&mut self, list: u16, transform: Transform) -> Option<u16> {
        let mut longer = self.get(list).to_vec();
        longer.push(transform);
        if longer.len() > MAX_TRANSFORMS {
            return None;
        }
        let known = self.lists.iter().position(|known| **known == *longer);
        let place = known.unwrap_or_else(|| {
            self.lists.push(longer.into());
            self.lists.len() - 1
        });
        u16::try_from(place).ok()
    }

    pub(crate) fn get(&self, list: u16) -> &[Transform] {
        let list = self.lists.get(usize::from(list));
        list.map(|list| &**list).unwrap_or_default()
    }
}

/// Blanks as C's `isspace` has them.
fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | 0x09..=0x0d)
}

fn compressed(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut blank = false;
    for byte in bytes {
        if !(blank && is_blank(*byte)) {
            out.push(*byte);
        }
        blank = is_blank(*byte);
    }
    out
}

fn lines(bytes: &[u8], each: impl Fn(&[u8], &mut Vec<u8>)) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        each(line, &mut out);
    }
    out
}

/// Percent signs and plus signs decoded, broken ones left as they are.
fn url_decoded(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((&first, after)) = rest.split_first() {
        rest = after;
        let hex = |byte: &u8| char::from(*byte).to_digit(16);
        out.push(match (first, after) {
            (b'+', _) => b' ',
            (b'%', [high, low, beyond @ ..]) => match (hex(high), hex(low)) {
                (Some(high), Some(low)) => {
                    rest = beyond;
                    (high * 16 + low) as u8
                }
                _ => first,
            },
            _ => first,
        });
    }
    out
}

/// What decompression gives up to `most` bytes, or up to where the input is broken.
fn inflated(decoder: impl std::io::Read, most: usize) -> Vec<u8> {
    let mut out = Vec::new();
    let _broken_end = decoder.take(most as u64).read_to_end(&mut out);
    out
}

fn subslice(bytes: &[u8], start: i64, length: Option<i64>) -> &[u8] {
    let size = i64::try_from(bytes.len()).unwrap_or(i64::MAX);
    let from_start = |place: i64| {
        let place = if place < 0 {
            size.saturating_add(place)
        } else {
            place
        };
        usize::try_from(place.clamp(0, size)).unwrap_or(0)
    };
    let begin = from_start(start);
    let end = match length {
        None => bytes.len(),
        Some(length) if length < 0 => from_start(length),
        Some(length) => begin.saturating_add(usize::try_from(length).unwrap_or(0)),
    };
    bytes.get(begin..end.min(bytes.len())).unwrap_or_default()
}
