//! Keywords that change a buffer before it is inspected.

use super::super::base64::Mode;
use super::super::buffer::BufferId;
use super::super::check::{Base64, Check, PcreFlags};
use super::super::draft::Draft;
use super::super::number::{number_up_to, signed};
use super::super::problem::Fault;
use super::super::syntax::Word;
use super::super::transform::{MAX_INFLATED, Transform};
use super::Applies::{Buffer, Bytes};
use super::Effect::{self, Either, Plain, Value};
use super::{Keyword, keyword};

/// What decompression gives when the rule does not say how much: the manual's number.
const INFLATED: u64 = 1_024;
/// The longest key of `xor`.
const MAX_KEY: usize = 256;

pub(super) const KEYWORDS: &[Keyword] = &[
    keyword(
        "dotprefix",
        Buffer,
        "Puts a dot before the buffer, for domain matching.",
        Plain(|draft, at| draft.transform(Transform::DotPrefix, at.at)),
    ),
    keyword(
        "domain",
        Buffer,
        "The registered domain of the buffer's name: the label before its top-level domain, and that.",
        Plain(|draft, at| draft.transform(Transform::Domain, at.at)),
    ),
    keyword(
        "tld",
        Buffer,
        "The top-level domain of the buffer's name, or what countries use as one (`co.uk`).",
        Plain(|draft, at| draft.transform(Transform::TopLevel, at.at)),
    ),
    keyword(
        "to_lowercase",
        Buffer,
        "Turns the buffer to lower case.",
        Plain(|draft, at| draft.transform(Transform::Lowercase, at.at)),
    ),
    keyword(
        "to_uppercase",
        Buffer,
        "Turns the buffer to upper case.",
        Plain(|draft, at| draft.transform(Transform::Uppercase, at.at)),
    ),
    keyword(
        "to_md5",
        Buffer,
        "The MD5 of the buffer, 16 bytes.",
        Plain(|draft, at| draft.transform(Transform::Md5, at.at)),
    ),
    keyword(
        "to_sha1",
        Buffer,
        "The SHA-1 of the buffer, 20 bytes.",
        Plain(|draft, at| draft.transform(Transform::Sha1, at.at)),
    ),
    keyword(
        "to_sha256",
        Buffer,
        "The SHA-256 of the buffer, 32 bytes.",
        Plain(|draft, at| draft.transform(Transform::Sha256, at.at)),
    ),
    keyword(
        "url_decode",
        Buffer,
        "Decodes percent and plus signs of the buffer.",
        Plain(|draft, at| draft.transform(Transform::UrlDecode, at.at)),
    ),
    keyword(
        "strip_whitespace",
        Buffer,
        "Leaves blanks out of the buffer.",
        Plain(|draft, at| draft.transform(Transform::StripWhitespace, at.at)),
    ),
    keyword(
        "compress_whitespace",
        Buffer,
        "Makes each run of blanks of the buffer one.",
        Plain(|draft, at| draft.transform(Transform::CompressWhitespace, at.at)),
    ),
    keyword(
        "strip_pseudo_headers",
        Buffer,
        "Leaves HTTP/2 pseudo headers out.",
        Plain(|draft, at| draft.transform(Transform::StripPseudoHeaders, at.at)),
    ),
    keyword(
        "header_lowercase",
        Buffer,
        "Turns header names to lower case.",
        Plain(|draft, at| draft.transform(Transform::HeaderLowercase, at.at)),
    ),
    keyword(
        "xor",
        Buffer,
        "Decodes the buffer with a repeated key in hexadecimal.",
        Value(xor),
    ),
    keyword(
        "pcrexform",
        Buffer,
        "The part of the buffer that a pattern's first group captures.",
        Value(pcrexform),
    ),
    keyword(
        "from_base64",
        Buffer,
        "Decodes base64 of the buffer.",
        Either(from_base64),
    ),
    keyword(
        "gunzip",
        Buffer,
        "Decompresses the buffer (gzip).",
        Either(gunzip),
    ),
    keyword(
        "zlib_deflate",
        Buffer,
        "Decompresses the buffer (zlib).",
        Either(inflate),
    ),
    keyword(
        "subslice",
        Buffer,
        "A part of the buffer: an offset and a length, negative ones from the end.",
        Value(subslice),
    ),
    keyword(
        "base64_decode",
        Bytes,
        "Decodes base64 bytes for `base64_data`.",
        Either(base64_decode),
    ),
    keyword(
        "base64_data",
        Buffer,
        "The bytes that `base64_decode` gave.",
        Effect::Buffer(BufferId::Base64),
    ),
];

fn xor(draft: &mut Draft<'_, '_>, value: Word<'_>) -> Result<(), Fault> {
    let value = value.unquote();
    let digits: Option<Vec<u32>> = value.text.chars().map(|c| c.to_digit(16)).collect();
    let digits = digits.filter(|digits| digits.len() % 2 == 0 && digits.len() <= 2 * MAX_KEY);
    let Some(digits) = digits.filter(|digits| !digits.is_empty()) else {
        return Err(Fault::error(
            value.at,
            "a key is whole bytes in hexadecimal",
        ));
    };
    let (bytes, _) = digits.as_chunks::<2>();
    let key = bytes.iter().map(|[high, low]| (high * 16 + low) as u8);
    draft.transform(Transform::Xor(key.collect()), value.at)
}

fn pcrexform(draft: &mut Draft<'_, '_>, value: Word<'_>) -> Result<(), Fault> {
    let value = value.unquote();
    let delimited = value
        .text
        .strip_prefix('/')
        .and_then(|rest| rest.rsplit_once('/'));
    let pattern = delimited.map_or(value.text, |(pattern, _)| pattern);
    let flags = PcreFlags::default();
    let compiled = draft.context.regexes.compile(pattern, flags, false, false);
    match compiled {
        Ok(pcre) => draft.transform(Transform::Capture(pcre.engine()), value.at),
        Err(reason) => {
            let message = format!("the pattern cannot be used: {reason}");
            Err(Fault::unsupported(value.at, message))
        }
    }
}

/// `from_base64[:bytes N, offset N, mode rfc4648|rfc2045|strict]`.
fn from_base64(draft: &mut Draft<'_, '_>, value: Word<'_>) -> Result<(), Fault> {
    let (mut bytes, mut offset, mut mode) = (None, 0, Mode::Rfc4648);
    for part in value.split(',').filter(|part| !part.text.is_empty()) {
        let (name, word) = part.split_once(' ').unwrap_or((part, part));
        match name.text {
            "bytes" => bytes = Some(number_up_to(word, u16::MAX.into())? as usize),
            "offset" => offset = number_up_to(word, u16::MAX.into())? as usize,
            "mode" => {
                mode = match word.text {
                    "rfc4648" => Mode::Rfc4648,
                    "rfc2045" => Mode::Rfc2045,
                    "strict" => Mode::Strict,
                    _ => return Err(Fault::error(word.at, "this is no mode of base64")),
                }
            }
            _ => {
                return Err(Fault::error(
                    name.at,
                    "from_base64 knows bytes, offset and mode",
                ));
            }
        }
    }
    let transform = Transform::FromBase64 {
        offset,
        bytes,
        mode,
    };
    draft.transform(transform, value.at)
}

fn most(value: Word<'_>) -> Result<usize, Fault> {
    if value.text.is_empty() {
        return Ok(INFLATED as usize);
    }
    let number = value.strip_prefix("max-size").unwrap_or(value);
    number_up_to(number, MAX_INFLATED as u64).map(|most| most as usize)
}

fn gunzip(draft: &mut Draft<'_, '_>, value: Word<'_>) -> Result<(), Fault> {
    let most = most(value)?;
    draft.transform(Transform::Gunzip { most }, value.at)
}

fn inflate(draft: &mut Draft<'_, '_>, value: Word<'_>) -> Result<(), Fault> {
    let most = most(value)?;
    draft.transform(Transform::Inflate { most }, value.at)
}

fn subslice(draft: &mut Draft<'_, '_>, value: Word<'_>) -> Result<(), Fault> {
    let mut parts = value.unquote().split(',');
    let start = signed(parts.next().unwrap_or(value))?;
    let length = parts.next().map(signed).transpose()?;
    draft.transform(Transform::Subslice { start, length }, value.at)
}

/// `base64_decode[:bytes N, offset N, relative]`.
fn base64_decode(draft: &mut Draft<'_, '_>, value: Word<'_>) -> Result<(), Fault> {
    let mut decode = Base64 {
        bytes: None,
        offset: 0,
        relative: false,
    };
    for part in value.split(',').filter(|part| !part.text.is_empty()) {
        if part.text == "relative" {
            decode.relative = true;
            continue;
        }
        let (name, word) = part.split_once(' ').unwrap_or((part, part));
        match name.text {
            "bytes" => decode.bytes = Some(number_up_to(word, u16::MAX.into())? as usize),
            "offset" => decode.offset = number_up_to(word, u16::MAX.into())? as usize,
            _ => {
                let message = "base64_decode knows bytes, offset and relative";
                return Err(Fault::error(name.at, message));
            }
        }
    }
    draft.check(Check::Base64(decode), value.at)
}
