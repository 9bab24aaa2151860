//! Small readers that the probes share; none of them can fail.

use crate::protocol::Verdict;

/// Compares with a fixed beginning; a part of it leaves the matter open.
pub(super) fn starts(bytes: &[u8], prefix: &[u8]) -> Verdict {
    if bytes.starts_with(prefix) {
        Verdict::Match
    } else if prefix.starts_with(bytes) {
        Verdict::Unsure
    } else {
        Verdict::NoMatch
    }
}

/// Compares with several beginnings.
pub(super) fn starts_any(bytes: &[u8], prefixes: &[&[u8]]) -> Verdict {
    let mut verdict = Verdict::NoMatch;
    for prefix in prefixes {
        match starts(bytes, prefix) {
            Verdict::Match => return Verdict::Match,
            Verdict::Unsure => verdict = Verdict::Unsure,
            Verdict::Weak | Verdict::NoMatch => {}
        }
    }
    verdict
}

/// Turns a match into a weak one.
pub(super) fn weakly(verdict: Verdict) -> Verdict {
    if verdict == Verdict::Match {
        Verdict::Weak
    } else {
        verdict
    }
}

/// `Match` when it holds.
pub(super) fn matches(holds: bool) -> Verdict {
    if holds {
        Verdict::Match
    } else {
        Verdict::NoMatch
    }
}

/// `Weak` when it holds.
pub(super) fn fits(holds: bool) -> Verdict {
    if holds {
        Verdict::Weak
    } else {
        Verdict::NoMatch
    }
}

pub(super) fn byte(bytes: &[u8], offset: usize) -> Option<u8> {
    bytes.get(offset).copied()
}

pub(super) fn u16_at(bytes: &[u8], offset: usize) -> Option<u16> {
    let part = bytes.get(offset..)?.first_chunk::<2>()?;
    Some(u16::from_be_bytes(*part))
}

pub(super) fn u32_at(bytes: &[u8], offset: usize) -> Option<u32> {
    let part = bytes.get(offset..)?.first_chunk::<4>()?;
    Some(u32::from_be_bytes(*part))
}

pub(super) fn u32_le(bytes: &[u8], offset: usize) -> Option<u32> {
    u32_at(bytes, offset).map(u32::swap_bytes)
}

/// Whether a message that says to have this length is all there is; of a longer one than is
/// looked at, the beginning is enough.
pub(super) fn is_whole(bytes: &[u8], length: usize) -> bool {
    length.min(crate::WINDOW) == bytes.len()
}

/// Whether these bytes occur in the first `within`.
pub(super) fn has(bytes: &[u8], part: &[u8], within: usize) -> bool {
    let bytes = bytes.get(..within).unwrap_or(bytes);
    bytes.windows(part.len()).any(|window| window == part)
}

/// Whether the text occurs in the first 128 bytes, whatever its case; `text` is upper case.
pub(super) fn says(bytes: &[u8], text: &[u8]) -> bool {
    let bytes = bytes.get(..128).unwrap_or(bytes);
    bytes
        .windows(text.len())
        .any(|window| window.eq_ignore_ascii_case(text))
}

/// How many bytes the leading run of upper-case letters, `-` and `_` has.
pub(super) fn word_length(bytes: &[u8]) -> usize {
    bytes
        .iter()
        .take_while(|byte| byte.is_ascii_uppercase() || matches!(byte, b'-' | b'_'))
        .count()
}

/// Whether all of the first `count` bytes that are there are printable ASCII, CR, LF or tab.
pub(super) fn is_text(bytes: &[u8], count: usize) -> bool {
    bytes
        .iter()
        .take(count)
        .all(|byte| matches!(byte, b' '..=b'~' | b'\r' | b'\n' | b'\t'))
}

/// Content offset and length of a BER element with this tag at the beginning.
pub(super) fn ber(bytes: &[u8], tag: u8) -> Option<(usize, usize)> {
    if byte(bytes, 0)? != tag {
        return None;
    }
    match byte(bytes, 1)? {
        short @ 0..=0x7f => Some((2, short as usize)),
        0x81 => Some((3, byte(bytes, 2)? as usize)),
        0x82 => Some((4, u16_at(bytes, 2)? as usize)),
        0x83 => Some((5, (u32_at(bytes, 1)? & 0x00ff_ffff) as usize)),
        0x84 => Some((6, u32_at(bytes, 2)? as usize)),
        _ => None,
    }
}
