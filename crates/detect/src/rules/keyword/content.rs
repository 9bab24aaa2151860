//! Keywords about bytes: `content` and its modifiers, `pcre`, sizes.

use super::super::buffer::BufferId;
use super::super::check::{Check, Content, DataAt, Entropy, EntropyOrder, Operand, Start};
use super::super::compiled::{Fast, Inspection};
use super::super::draft::{Draft, make_relative};
use super::super::number::{Comparison, number_up_to};
use super::super::packet_test::PacketTest;
use super::super::problem::Fault;
use super::super::syntax::Word;
use super::Applies::{Buffer, Bytes, Packet};
use super::Effect::{self, Either, Ignored, Plain, Value};
use super::{Applies, Keyword, keyword};

mod literal;
mod pcre;

pub(crate) use literal::{EASY, choose_anchor, choose_literal, choose_near, strength};

/// The longest content; public sets have some of 300 bytes.
const MAX_CONTENT: usize = 4_096;
/// Offsets and depths are 16 bits wide.
const MAX_OFFSET: i64 = 65_535;

pub(super) const KEYWORDS: &[Keyword] = &[
    keyword(
        "content",
        Bytes,
        "Bytes that must be in the buffer, or must not with `!`.",
        Value(content),
    ),
    keyword(
        "nocase",
        Applies::Content,
        "Ignore upper and lower case of ASCII letters.",
        Plain(nocase),
    ),
    keyword(
        "offset",
        Applies::Content,
        "Where in the buffer the search starts.",
        Value(offset),
    ),
    keyword(
        "depth",
        Applies::Content,
        "How many bytes from the search's start the content must lie in.",
        Value(depth),
    ),
    keyword(
        "distance",
        Applies::Content,
        "How far after the last match the search starts.",
        Value(distance),
    ),
    keyword(
        "within",
        Applies::Content,
        "How many bytes after the last match the content must lie in.",
        Value(within),
    ),
    keyword(
        "startswith",
        Applies::Content,
        "The buffer starts with the content.",
        Plain(startswith),
    ),
    keyword(
        "endswith",
        Applies::Content,
        "The buffer ends with the content.",
        Plain(endswith),
    ),
    keyword(
        "rawbytes",
        Applies::Content,
        "Look at undecoded bytes, which payloads always are.",
        Ignored,
    ),
    keyword(
        "fast_pattern",
        Applies::Content,
        "Look for this content first; changes the cost and never the result.",
        Either(fast_pattern),
    ),
    keyword(
        "pcre",
        Bytes,
        "A regular expression that must match, or must not with `!`.",
        Value(pcre::pcre),
    ),
    keyword(
        "isdataat",
        Bytes,
        "Whether there are bytes so far on.",
        Value(isdataat),
    ),
    keyword(
        "absent",
        Bytes,
        "The buffer is not there; with `or_else` it may also be as the rule asks.",
        Either(absent),
    ),
    keyword(
        "entropy",
        Bytes,
        "How random the buffer, or a part of it, looks, in bits per byte.",
        Value(entropy),
    ),
    keyword(
        "replace",
        Applies::Content,
        "What an inline tool would put in the content's place; without effect here.",
        Ignored,
    ),
    keyword("bsize", Bytes, "The size of the buffer.", Value(bsize)),
    keyword(
        "dsize",
        Packet,
        "The size of the packet's payload.",
        Value(dsize),
    ),
    keyword(
        "pkt_data",
        Buffer,
        "Back to the packet's payload.",
        Effect::Buffer(BufferId::Payload),
    ),
];

pub(super) fn content(draft: &mut Draft<'_, '_>, value: Word<'_>) -> Result<(), Fault> {
    let (negated, value) = negation(value);
    let quoted = value.unquote();
    if quoted.text.len() == value.text.len() {
        return Err(Fault::error(value.at, "a content stands in double quotes"));
    }
    let pattern = bytes(quoted)?;
    if pattern.is_empty() {
        return Err(Fault::error(value.at, "the content is empty"));
    }
    if pattern.len() > MAX_CONTENT {
        let message = format!("a content is longer than {MAX_CONTENT} bytes");
        return Err(Fault::error(value.at, message));
    }
    draft.check(Check::Content(Content::new(pattern, negated)), value.at)
}

pub(super) fn negation(value: Word<'_>) -> (bool, Word<'_>) {
    match value.strip_prefix("!") {
        Some(rest) => (true, rest),
        None => (false, value),
    }
}

/// Reads text with `|hex|` parts and escaped `" ; : \`.
pub(super) fn bytes(word: Word<'_>) -> Result<Vec<u8>, Fault> {
    let mut out = Vec::with_capacity(word.text.len());
    let mut letters = word.text.bytes().enumerate();
    while let Some((at, letter)) = letters.next() {
        match letter {
            b'\\' => {
                let Some((_, escaped @ (b'"' | b';' | b':' | b'\\' | b'|'))) = letters.next()
                else {
                    let message = "only \\\" \\; \\: \\\\ and \\| are escapes in a content";
                    return Err(Fault::error(word.at + at, message));
                };
                out.push(escaped);
            }
            b'|' => {
                let inside = word.text.get(at + 1..).unwrap_or_default();
                let Some(length) = inside.find('|') else {
                    return Err(Fault::error(
                        word.at + at,
                        "the | of hexadecimal bytes is not closed",
                    ));
                };
                let digits = inside.get(..length).unwrap_or_default();
                hexadecimal(digits, word.at + at + 1, &mut out)?;
                letters.nth(length);
            }
            b'"' => {
                return Err(Fault::error(
                    word.at + at,
                    "a double quote in a content is escaped",
                ));
            }
            other => out.push(other),
        }
    }
    Ok(out)
}

fn hexadecimal(digits: &str, at: usize, out: &mut Vec<u8>) -> Result<(), Fault> {
    let mut high = None;
    for (index, letter) in digits.char_indices().filter(|(_, letter)| *letter != ' ') {
        let Some(digit) = letter.to_digit(16) else {
            let message = format!("{letter:?} is no hexadecimal digit");
            return Err(Fault::error(at + index, message));
        };
        match high.take() {
            None => high = Some(digit),
            Some(high) => out.push((high * 16 + digit) as u8),
        }
    }
    match high {
        None => Ok(()),
        Some(_) => Err(Fault::error(at + digits.len(), "half a hexadecimal byte")),
    }
}

fn nocase(draft: &mut Draft<'_, '_>, at: Word<'_>) -> Result<(), Fault> {
    draft.last_content(at.at)?.1.nocase = true;
    Ok(())
}

fn limited(draft: &Draft<'_, '_>, value: Word<'_>) -> Result<Operand, Fault> {
    let operand = draft.operand(value.unquote())?;
    match operand {
        Operand::Number(number) if number.abs() > MAX_OFFSET => Err(Fault::error(
            value.at,
            format!("{number} is beyond {MAX_OFFSET}"),
        )),
        other => Ok(other),
    }
}

fn unsigned(draft: &Draft<'_, '_>, value: Word<'_>) -> Result<Operand, Fault> {
    match limited(draft, value)? {
        Operand::Number(number) if number < 0 => {
            Err(Fault::error(value.at, "the number must not be negative"))
        }
        other => Ok(other),
    }
}

fn absolute(content: &Content, at: usize) -> Result<(), Fault> {
    if content.start == Start::LastMatch {
        let message = "offset, depth and startswith do not go with distance and within";
        return Err(Fault::error(at, message));
    }
    Ok(())
}

/// A window that is shorter than its content can never match.
fn fits(content: &Content, limit: Operand, at: usize) -> Result<(), Fault> {
    match limit {
        Operand::Number(limit) if usize::try_from(limit).unwrap_or(0) < content.length() => {
            let message = format!(
                "{limit} bytes cannot hold the content's {}",
                content.length()
            );
            Err(Fault::error(at, message))
        }
        _ => Ok(()),
    }
}

fn offset(draft: &mut Draft<'_, '_>, value: Word<'_>) -> Result<(), Fault> {
    let number = unsigned(draft, value)?;
    let (_, content) = draft.last_content(value.at)?;
    absolute(content, value.at)?;
    content.skip = number;
    Ok(())
}

fn depth(draft: &mut Draft<'_, '_>, value: Word<'_>) -> Result<(), Fault> {
    let number = unsigned(draft, value)?;
    let (_, content) = draft.last_content(value.at)?;
    absolute(content, value.at)?;
    fits(content, number, value.at)?;
    content.limit = Some(number);
    Ok(())
}

fn distance(draft: &mut Draft<'_, '_>, value: Word<'_>) -> Result<(), Fault> {
    let number = limited(draft, value)?;
    let (_, content) = draft.last_content(value.at)?;
    make_relative(content, value.at)?;
    content.skip = number;
    Ok(())
}

fn within(draft: &mut Draft<'_, '_>, value: Word<'_>) -> Result<(), Fault> {
    let number = limited(draft, value)?;
    let (_, content) = draft.last_content(value.at)?;
    make_relative(content, value.at)?;
    fits(content, number, value.at)?;
    content.limit = Some(number);
    Ok(())
}

fn startswith(draft: &mut Draft<'_, '_>, at: Word<'_>) -> Result<(), Fault> {
    let (_, content) = draft.last_content(at.at)?;
    absolute(content, at.at)?;
    if content.limit.is_some() || content.skip != Operand::Number(0) {
        return Err(Fault::error(
            at.at,
            "startswith does not go with offset and depth",
        ));
    }
    content.limit = Some(Operand::Number(
        i64::try_from(content.length()).unwrap_or(0),
    ));
    Ok(())
}

fn endswith(draft: &mut Draft<'_, '_>, at: Word<'_>) -> Result<(), Fault> {
    draft.last_content(at.at)?.1.endswith = true;
    Ok(())
}

/// `fast_pattern;`, `fast_pattern:only;` or `fast_pattern:OFFSET,LENGTH;`.
fn fast_pattern(draft: &mut Draft<'_, '_>, value: Word<'_>) -> Result<(), Fault> {
    let (mut fast, content) = draft.last_content(value.at)?;
    if content.negated {
        draft.warnings.push(Fault::warning(
            value.at,
            "a negated content cannot be looked for first",
        ));
        return Ok(());
    }
    if !value.text.is_empty() && value.text != "only" {
        let Some((skip, length)) = value.split_once(',') else {
            return Err(Fault::error(
                value.at,
                "fast_pattern takes only, or an offset and a length",
            ));
        };
        let whole = fast.length as u64;
        fast.skip = number_up_to(skip, whole)? as usize;
        fast.length = number_up_to(length, whole)? as usize;
        if fast.length == 0 || fast.skip + fast.length > whole as usize {
            return Err(Fault::error(value.at, "the part is not inside the content"));
        }
    }
    draft.fast = Some(fast);
    Ok(())
}

fn isdataat(draft: &mut Draft<'_, '_>, value: Word<'_>) -> Result<(), Fault> {
    let (negated, value) = negation(value);
    let mut parts = value.split(',');
    let distance = parts.next().unwrap_or(value);
    let distance = draft.operand(distance)?;
    let mut relative = false;
    for part in parts {
        match part.text {
            "relative" => relative = true,
            "rawbytes" => {}
            _ => {
                return Err(Fault::error(
                    part.at,
                    "isdataat knows relative and rawbytes",
                ));
            }
        }
    }
    let check = DataAt {
        distance,
        relative,
        negated,
    };
    draft.check(Check::DataAt(check), value.at)
}

fn absent(draft: &mut Draft<'_, '_>, value: Word<'_>) -> Result<(), Fault> {
    let or_else = match value.text {
        "" | "absent" => false,
        "or_else" => true,
        _ => return Err(Fault::error(value.at, "absent knows or_else")),
    };
    draft.check(Check::Absent { or_else }, value.at)
}

/// `entropy:[bytes N,][offset N,]value OPERATOR NUMBER`.
fn entropy(draft: &mut Draft<'_, '_>, value: Word<'_>) -> Result<(), Fault> {
    const ORDERS: &[(&str, EntropyOrder)] = &[
        ("<=", EntropyOrder::AtMost),
        (">=", EntropyOrder::AtLeast),
        ("!=", EntropyOrder::NotEqual),
        ("!", EntropyOrder::NotEqual),
        ("<", EntropyOrder::Less),
        (">", EntropyOrder::Greater),
        ("=", EntropyOrder::Equal),
        ("", EntropyOrder::Equal),
    ];
    let (mut bytes, mut offset, mut wanted) = (None, 0, None);
    for part in value.split(',') {
        if let Some(word) = part.strip_prefix("bytes") {
            let count = number_up_to(word, u16::MAX.into())? as usize;
            bytes = (count != 0).then_some(count);
        } else if let Some(word) = part.strip_prefix("offset") {
            offset = number_up_to(word, u16::MAX.into())? as usize;
        } else {
            let word = part.strip_prefix("value").unwrap_or(part);
            wanted = ORDERS.iter().find_map(|(sign, order)| {
                let number = word.text.strip_prefix(sign)?.trim().parse().ok()?;
                Some((*order, number))
            });
        }
    }
    let Some((order, value_wanted)) = wanted else {
        return Err(Fault::error(value.at, "entropy needs a value"));
    };
    let entropy = Entropy {
        offset,
        bytes,
        order,
        value: value_wanted,
    };
    draft.check(Check::Entropy(entropy), value.at)
}

fn bsize(draft: &mut Draft<'_, '_>, value: Word<'_>) -> Result<(), Fault> {
    let size = Comparison::parse(value, u32::MAX.into())?;
    draft.check(Check::Size(size), value.at)
}

fn dsize(draft: &mut Draft<'_, '_>, value: Word<'_>) -> Result<(), Fault> {
    let size = Comparison::parse(value, MAX_OFFSET.cast_unsigned())?;
    draft.packet_tests.push(PacketTest::Size(size));
    Ok(())
}
