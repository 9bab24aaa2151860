//! Reads ASN.1 in basic encoding (ITU-T X.690): tag, length, contents.

/// The deepest that any number of bytes may say its length with here; longer is for no datagram.
const MAX_LENGTH_BYTES: u8 = 4;

/// Takes an element off the front: its tag and contents. Tags of several bytes are not read.
pub(crate) fn any<'a>(bytes: &mut &'a [u8]) -> Option<(u8, &'a [u8])> {
    let (tag, rest) = bytes.split_first()?;
    let (first, mut rest) = rest.split_first()?;
    let mut length = usize::from(*first);
    if *first >= 0x80 {
        let count = first & 0x7f;
        if count == 0 || count > MAX_LENGTH_BYTES {
            return None;
        }
        let (digits, after) = rest.split_at_checked(count.into())?;
        length = digits
            .iter()
            .fold(0, |length, digit| length << 8 | usize::from(*digit));
        rest = after;
    }
    let (contents, after) = rest.split_at_checked(length)?;
    *bytes = after;
    Some((*tag, contents))
}

/// Takes an element with this tag.
pub(crate) fn tagged<'a>(bytes: &mut &'a [u8], wanted: u8) -> Option<&'a [u8]> {
    let mut rest = *bytes;
    let (tag, contents) = any(&mut rest)?;
    if tag != wanted {
        return None;
    }
    *bytes = rest;
    Some(contents)
}

/// Takes an element with this tag of which the end may be missing; then the second is false.
pub(crate) fn cut(bytes: &[u8], wanted: u8) -> Option<(&[u8], bool)> {
    let mut rest = bytes;
    if let Some(contents) = tagged(&mut rest, wanted) {
        return Some((contents, true));
    }
    let (tag, rest) = bytes.split_first()?;
    let (first, rest) = rest.split_first()?;
    let skipped = if *first >= 0x80 { first & 0x7f } else { 0 };
    if *tag != wanted || skipped > MAX_LENGTH_BYTES {
        return None;
    }
    Some((rest.get(usize::from(skipped)..)?, false))
}

/// Takes a whole number.
pub(crate) fn integer(bytes: &mut &[u8]) -> Option<i64> {
    let digits = tagged(bytes, 2)?;
    number(digits)
}

/// The whole number that contents stand for.
pub(crate) fn number(digits: &[u8]) -> Option<i64> {
    let first = digits.first()?;
    if digits.len() > 8 {
        return None;
    }
    let start = i64::from(first.cast_signed() >> 7);
    Some(
        digits
            .iter()
            .fold(start, |value, digit| value << 8 | i64::from(*digit)),
    )
}

/// An object identifier as numbers with dots.
pub(crate) fn identifier(contents: &[u8]) -> Option<String> {
    /// Numbers of one identifier; more than any that is assigned has.
    const MAX_PARTS: usize = 128;
    let mut parts = Vec::new();
    let mut value = 0u64;
    for byte in contents {
        value = value.checked_mul(128)? | u64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            if parts.is_empty() {
                let first = (value / 40).min(2);
                parts.push(first);
                value -= first * 40;
            }
            parts.push(value);
            value = 0;
        }
        if parts.len() > MAX_PARTS {
            break;
        }
    }
    let texts: Vec<String> = parts.iter().map(u64::to_string).collect();
    Some(texts.join("."))
}
