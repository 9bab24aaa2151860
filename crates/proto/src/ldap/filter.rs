//! A search's filter as text (RFC 4515).

use crate::der::{Element, Elements};

/// How deep filters are followed; people write three or four levels.
const MAX_DEPTH: u8 = 16;
/// Bytes of the text. Filters of programs reach some hundred.
const MAX_TEXT: usize = 4096;

/// The text of a filter. More than two parts of "and" and "or" are put together two by two from the
/// left, as Zeek's log has them.
pub(super) fn text(filter: Element<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    write(filter, 0, &mut out);
    out
}

fn write(filter: Element<'_>, depth: u8, out: &mut Vec<u8>) {
    if depth >= MAX_DEPTH || out.len() >= MAX_TEXT {
        return;
    }
    let content = filter.content;
    match filter.tag {
        0xa0 => several(b'&', content, depth, out),
        0xa1 => several(b'|', content, depth, out),
        0xa2 => {
            out.extend_from_slice(b"(!");
            if let Some(inner) = Elements(content).next() {
                write(inner, depth + 1, out);
            }
            out.push(b')');
        }
        0xa3 => compare(b"=", content, out),
        0xa4 => substrings(content, out),
        0xa5 => compare(b">=", content, out),
        0xa6 => compare(b"<=", content, out),
        0x87 => {
            out.push(b'(');
            put(content, out);
            out.extend_from_slice(b"=*)");
        }
        0xa8 => compare(b"~=", content, out),
        0xa9 => extensible(content, out),
        _ => {}
    }
}

fn put(text: &[u8], out: &mut Vec<u8>) {
    let room = MAX_TEXT.saturating_sub(out.len());
    out.extend_from_slice(text.get(..room).unwrap_or(text));
}

fn several(sign: u8, content: &[u8], depth: u8, out: &mut Vec<u8>) {
    let mut parts = Elements(content);
    let count = std::iter::from_fn(|| parts.next()).count();
    let mut parts = Elements(content);
    for _ in 1..count.clamp(2, MAX_TEXT) {
        out.extend_from_slice(&[b'(', sign]);
    }
    let mut written: usize = 0;
    while let Some(part) = parts.next() {
        if out.len() >= MAX_TEXT {
            return;
        }
        write(part, depth + 1, out);
        written += 1;
        if written >= 2 || count == 1 {
            out.push(b')');
        }
    }
}

fn compare(sign: &[u8], content: &[u8], out: &mut Vec<u8>) {
    let mut parts = Elements(content);
    out.push(b'(');
    put(parts.next().map_or(&[], |part| part.content), out);
    out.extend_from_slice(sign);
    put(parts.next().map_or(&[], |part| part.content), out);
    out.push(b')');
}

/// Beginning, middle and end, with stars where anything may stand.
fn substrings(content: &[u8], out: &mut Vec<u8>) {
    let mut parts = Elements(content);
    out.push(b'(');
    put(parts.next().map_or(&[], |part| part.content), out);
    out.push(b'=');
    let mut pieces = parts.enter(0x30).unwrap_or(Elements(&[]));
    let mut last = 0x80;
    let mut first = true;
    while let Some(piece) = pieces.next() {
        if !first || piece.tag != 0x80 {
            out.push(b'*');
        }
        put(piece.content, out);
        first = false;
        last = piece.tag;
    }
    if last != 0x82 {
        out.push(b'*');
    }
    out.push(b')');
}

/// A comparison by a rule: `(attribute:dn:rule:=value)`.
fn extensible(content: &[u8], out: &mut Vec<u8>) {
    let parts = Elements(content);
    out.push(b'(');
    put(parts.find(0x82).unwrap_or_default(), out);
    if parts
        .find(0x84)
        .is_some_and(|flag| flag.first().is_some_and(|flag| *flag != 0))
    {
        out.extend_from_slice(b":dn");
    }
    if let Some(rule) = parts.find(0x81) {
        out.push(b':');
        put(rule, out);
    }
    out.extend_from_slice(b":=");
    put(parts.find(0x83).unwrap_or_default(), out);
    out.push(b')');
}
