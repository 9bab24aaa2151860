//! JSON members, written straight into a line.
//!
//! A key is given as it stands in the line, with quotes and colon: `b"\"port\":"`. Each member ends
//! with a comma, which [`close`] takes back at the end of an object. Whoever fills a `json` field of
//! a row uses these too: such a field is written as it is, so it must be valid JSON on one line.
//!
//! Keys are constants nearly everywhere. Writing them is inlined, so that it is some stores; values have their
//! functions.

use std::net::IpAddr;

use crate::format;

/// Bytes of one JSON document that are written. It cannot be cut, so a longer one is left out;
/// a transaction's fields are bounded one by one and stay far below.
pub const MAX_JSON_BYTES: usize = 1 << 20;

/// Starts an object below a key that ends with `{`; gives what [`close`] needs.
#[inline]
pub fn open(out: &mut Vec<u8>, key: &[u8]) -> usize {
    let mark = out.len();
    out.extend_from_slice(key);
    mark
}

/// Ends an object, or takes it back when it is empty.
#[inline]
pub fn close(out: &mut Vec<u8>, mark: usize) {
    if out.last() == Some(&b',') {
        out.pop();
        out.extend_from_slice(b"},");
    } else {
        out.truncate(mark);
    }
}

/// A number.
#[inline]
pub fn number(out: &mut Vec<u8>, key: &[u8], value: impl Into<u64>) {
    out.extend_from_slice(key);
    number_value(out, value.into());
}

fn number_value(out: &mut Vec<u8>, value: u64) {
    out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
    out.push(b',');
}

/// True or false.
#[inline]
pub fn boolean(out: &mut Vec<u8>, key: &[u8], value: bool) {
    out.extend_from_slice(key);
    out.extend_from_slice(if value { b"true," } else { b"false," });
}

/// A value in quotes that needs no escaping.
#[inline]
fn quoted(out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
    out.push(b'"');
    write(out);
    out.extend_from_slice(b"\",");
}

/// A time as EVE has it, from microseconds since 1970.
#[inline]
pub fn time(out: &mut Vec<u8>, key: &[u8], value: i64) {
    out.extend_from_slice(key);
    time_value(out, value);
}

fn time_value(out: &mut Vec<u8>, value: i64) {
    quoted(out, |out| format::iso(out, value));
}

/// An address as EVE has it.
#[inline]
pub fn ip(out: &mut Vec<u8>, key: &[u8], value: IpAddr) {
    out.extend_from_slice(key);
    ip_value(out, value);
}

fn ip_value(out: &mut Vec<u8>, value: IpAddr) {
    quoted(out, |out| format::ip_full(out, value));
}

/// A link address.
#[inline]
pub fn mac(out: &mut Vec<u8>, key: &[u8], value: [u8; 6]) {
    out.extend_from_slice(key);
    quoted(out, |out| format::mac(out, value));
}

/// A byte as two hexadecimal digits.
#[inline]
pub fn hex(out: &mut Vec<u8>, key: &[u8], value: u8) {
    out.extend_from_slice(key);
    quoted(out, |out| format::hex(out, value));
}

/// Bytes in base64.
pub fn base64(out: &mut Vec<u8>, key: &[u8], value: &[u8]) {
    out.extend_from_slice(key);
    quoted(out, |out| format::base64(out, value));
}

/// Text.
#[inline]
pub fn text(out: &mut Vec<u8>, key: &[u8], value: &str) {
    out.extend_from_slice(key);
    text_value(out, value);
}

fn text_value(out: &mut Vec<u8>, value: &str) {
    quoted(out, |out| escape_str(out, value));
}

/// Text of the program's own, such as a protocol's name, in which nothing has to be escaped.
#[inline]
pub fn plain(out: &mut Vec<u8>, key: &[u8], value: &str) {
    debug_assert!(matches!(needs(value.as_bytes()), Needs::Nothing));
    out.extend_from_slice(key);
    quoted(out, |out| out.extend_from_slice(value.as_bytes()));
}

/// Text from the wire, see [`escape`].
#[inline]
pub fn wire(out: &mut Vec<u8>, key: &[u8], value: &[u8]) {
    out.extend_from_slice(key);
    wire_value(out, value);
}

fn wire_value(out: &mut Vec<u8>, value: &[u8]) {
    quoted(out, |out| escape(out, value));
}

/// Bytes with a dot for what does not print.
pub fn printable(out: &mut Vec<u8>, key: &[u8], value: &[u8]) {
    out.extend_from_slice(key);
    quoted(out, |out| {
        for byte in format::bounded(value, format::MAX_BINARY_BYTES) {
            let shown = match byte {
                b' '..=b'~' | b'\r' | b'\n' => *byte,
                _ => b'.',
            };
            escape_byte(out, shown);
        }
    });
}

/// A list of numbers; nothing when it is empty.
pub fn numbers(out: &mut Vec<u8>, key: &[u8], values: &[u16]) {
    if values.is_empty() {
        return;
    }
    list(out, key, values, |out, value| {
        format::number(out, u64::from(*value));
    });
}

/// A list of texts; nothing when it is empty.
pub fn texts(out: &mut Vec<u8>, key: &[u8], values: &[&str]) {
    if values.is_empty() {
        return;
    }
    list(out, key, values, |out, value| string(out, value.as_bytes()));
}

fn list<T>(out: &mut Vec<u8>, key: &[u8], values: &[T], write: impl Fn(&mut Vec<u8>, &T)) {
    out.extend_from_slice(key);
    out.push(b'[');
    for (index, value) in values.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        write(out, value);
    }
    out.extend_from_slice(b"],");
}

/// A JSON document as it is.
pub fn raw(out: &mut Vec<u8>, key: &[u8], value: &str) {
    if !value.is_empty() && value.len() <= MAX_JSON_BYTES {
        out.extend_from_slice(key);
        out.extend_from_slice(value.as_bytes());
        out.push(b',');
    }
}

/// The members of a JSON object, without its braces.
pub fn splice(out: &mut Vec<u8>, value: &str) {
    let inside = value
        .trim()
        .strip_prefix('{')
        .and_then(|rest| rest.strip_suffix('}'));
    let members = inside.map_or("", str::trim);
    if !members.is_empty() && members.len() <= MAX_JSON_BYTES {
        out.extend_from_slice(members.as_bytes());
        out.push(b',');
    }
}

/// A string with its quotes.
pub fn string(out: &mut Vec<u8>, value: &[u8]) {
    out.push(b'"');
    escape(out, value);
    out.push(b'"');
}

/// Bytes from the wire inside a string; a byte that is not UTF-8 becomes the text `\xNN`.
pub fn escape(out: &mut Vec<u8>, value: &[u8]) {
    let value = format::bounded(value, format::MAX_TEXT_BYTES);
    match needs(value) {
        Needs::Nothing => return out.extend_from_slice(value),
        Needs::Escapes => return escape_runs(out, value),
        Needs::Decoding => {}
    }
    for chunk in value.utf8_chunks() {
        if !chunk.valid().is_empty() {
            escape_plain(out, chunk.valid().as_bytes());
        }
        for byte in chunk.invalid() {
            let [high, low] = format::digits(*byte);
            out.extend_from_slice(&[b'\\', b'\\', b'x', high, low]);
        }
    }
}

#[inline]
fn escape_str(out: &mut Vec<u8>, value: &str) {
    if value.len() <= format::MAX_TEXT_BYTES {
        escape_plain(out, value.as_bytes());
    } else {
        escape(out, value.as_bytes());
    }
}

/// What has to be done with bytes before they are in a string.
enum Needs {
    /// All is ASCII that is written as it is.
    Nothing,
    /// All is ASCII.
    Escapes,
    Decoding,
}

/// Looks at everything, sixteen bytes at once.
#[inline]
fn needs(value: &[u8]) -> Needs {
    let (blocks, rest) = value.as_chunks::<16>();
    let mut found = blocks.iter().fold(0, |found, block| found | marks(block));
    if !rest.is_empty() {
        found |= value
            .last_chunk()
            .map_or_else(|| marks(&spread(rest)), marks);
    }
    if found == 0 {
        Needs::Nothing
    } else if found & u128::from_ne_bytes([NOT_ASCII; 16]) == 0 {
        Needs::Escapes
    } else {
        Needs::Decoding
    }
}

const NOT_ASCII: u8 = 0x80;

/// For each byte 0, 1 if it is escaped, or more beyond ASCII. By itself, and without branches, this is a handful of
/// vector instructions, which the compiler does not find when it is put in place.
#[inline(never)]
fn marks(block: &[u8; 16]) -> u128 {
    let mark = |byte: u8| {
        let is_control = u8::from(byte < b' ') | u8::from(byte == 0x7f);
        let is_special = u8::from(byte == b'"') | u8::from(byte == b'\\');
        is_control | is_special | byte & NOT_ASCII
    };
    u128::from_ne_bytes(block.map(mark))
}

/// One to fifteen bytes as sixteen: some are there twice, the others are blanks.
#[inline]
fn spread(few: &[u8]) -> [u8; 16] {
    let mut block = [b' '; 16];
    let (front, back) = block.split_at_mut(8);
    if let (Some(first), Some(last)) = (few.first_chunk::<8>(), few.last_chunk::<8>()) {
        front.copy_from_slice(first);
        back.copy_from_slice(last);
    } else if let (Some(first), Some(last)) = (few.first_chunk::<4>(), few.last_chunk::<4>()) {
        let (front, back) = front.split_at_mut(4);
        front.copy_from_slice(first);
        back.copy_from_slice(last);
    } else if let ([first, ..], [.., last]) = (few, few) {
        let middle = few.get(few.len() / 2).unwrap_or(first);
        [block[0], block[1], block[2]] = [*first, *middle, *last];
    }
    block
}

#[inline]
fn escape_plain(out: &mut Vec<u8>, valid: &[u8]) {
    match needs(valid) {
        Needs::Nothing => out.extend_from_slice(valid),
        Needs::Escapes => escape_runs(out, valid),
        Needs::Decoding => escape_beyond_ascii(out, valid),
    }
}

/// The controls U+0080 to U+009F are valid JSON like DEL, and do the same harm on a terminal.
fn escape_beyond_ascii(out: &mut Vec<u8>, valid: &[u8]) {
    let mut rest = valid;
    while let Some(position) = rest
        .windows(2)
        .position(|pair| matches!(pair, [0xc2, 0x80..=0x9f]))
    {
        let (plain, tail) = rest.split_at(position);
        escape_runs(out, plain);
        let [_, control, tail @ ..] = tail else {
            return;
        };
        out.extend_from_slice(b"\\u00");
        format::hex(out, *control);
        rest = tail;
    }
    escape_runs(out, rest);
}

/// Copies runs that need nothing in one piece.
fn escape_runs(out: &mut Vec<u8>, valid: &[u8]) {
    let mut rest = valid;
    while let Some(position) = rest.iter().position(|byte| needs_escape(*byte)) {
        let (plain, tail) = rest.split_at(position);
        out.extend_from_slice(plain);
        let Some((byte, tail)) = tail.split_first() else {
            return;
        };
        escape_byte(out, *byte);
        rest = tail;
    }
    out.extend_from_slice(rest);
}

/// DEL is escaped too: it is valid JSON, but does harm on a terminal that shows the line.
#[inline]
fn needs_escape(byte: u8) -> bool {
    byte < b' ' || byte == b'"' || byte == b'\\' || byte == 0x7f
}

fn escape_byte(out: &mut Vec<u8>, byte: u8) {
    let short = match byte {
        b'"' => b"\\\"",
        b'\\' => b"\\\\",
        b'\n' => b"\\n",
        b'\r' => b"\\r",
        b'\t' => b"\\t",
        0x08 => b"\\b",
        0x0c => b"\\f",
        _ if needs_escape(byte) => {
            out.extend_from_slice(b"\\u00");
            return format::hex(out, byte);
        }
        _ => return out.push(byte),
    };
    out.extend_from_slice(short);
}

#[cfg(test)]
mod tests;
