//! Reads bencoding (BEP 3): numbers, strings, lists, dictionaries. Nested ones are left as bytes.

/// Members of one dictionary or list that are read; a datagram's have a dozen, or some tens of peers.
const MAX_ITEMS: usize = 256;
/// How deep values may be nested; messages go three deep.
const MAX_DEPTH: u8 = 8;

/// A value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Value<'a> {
    Number(i64),
    Bytes(&'a [u8]),
    /// A list or dictionary, from its first letter to its `e`.
    Nested(&'a [u8]),
}

/// The members of the dictionary at the beginning.
pub(super) fn dictionary(bytes: &[u8]) -> Option<Vec<(&[u8], Value<'_>)>> {
    let mut rest = bytes.strip_prefix(b"d")?;
    let mut members = Vec::new();
    while rest.first()? != &b'e' {
        let key = string(&mut rest)?;
        let value = value(&mut rest, MAX_DEPTH)?;
        members.push((key, value));
        if members.len() > MAX_ITEMS {
            return None;
        }
    }
    Some(members)
}

/// The items of the list at the beginning.
pub(super) fn list(bytes: &[u8]) -> Option<Vec<Value<'_>>> {
    let mut rest = bytes.strip_prefix(b"l")?;
    let mut items = Vec::new();
    while rest.first()? != &b'e' && items.len() < MAX_ITEMS {
        items.push(value(&mut rest, MAX_DEPTH)?);
    }
    Some(items)
}

fn value<'a>(rest: &mut &'a [u8], depth: u8) -> Option<Value<'a>> {
    match rest.first()? {
        b'i' => {
            let end = rest.iter().take(24).position(|byte| *byte == b'e')?;
            let digits = std::str::from_utf8(rest.get(1..end)?).ok()?;
            *rest = rest.get(end + 1..)?;
            digits.parse().ok().map(Value::Number)
        }
        b'l' | b'd' => {
            let whole = *rest;
            *rest = rest.get(1..)?;
            while rest.first()? != &b'e' {
                value(rest, depth.checked_sub(1)?)?;
            }
            *rest = rest.get(1..)?;
            let length = whole.len() - rest.len();
            whole.get(..length).map(Value::Nested)
        }
        _ => string(rest).map(Value::Bytes),
    }
}

fn string<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let colon = rest.iter().take(6).position(|byte| *byte == b':')?;
    let (digits, after) = rest.split_at(colon);
    let length: usize = std::str::from_utf8(digits).ok()?.parse().ok()?;
    let (string, after) = after.get(1..)?.split_at_checked(length)?;
    *rest = after;
    Some(string)
}
