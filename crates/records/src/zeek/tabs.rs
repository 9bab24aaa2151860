//! A line of Zeek's usual format: cells with tabs between them.

use super::values::{Cells, Value, percent_decoded, write_fuid, write_note, write_uid};
use crate::format;

/// A line that is being written.
pub(super) struct Line<'a> {
    out: &'a mut Vec<u8>,
    begun: bool,
}

impl<'a> Line<'a> {
    pub(super) fn begin(out: &'a mut Vec<u8>) -> Self {
        Self { out, begun: false }
    }

    pub(super) fn end(self) {
        self.out.push(b'\n');
    }
}

impl Cells for Line<'_> {
    fn put(&mut self, value: Value<'_>) {
        let out = &mut *self.out;
        if std::mem::replace(&mut self.begun, true) {
            out.push(b'\t');
        }
        match value {
            Value::Unset => out.push(b'-'),
            Value::Seconds(us) => format::seconds(out, us),
            Value::Count(number) => format::number(out, number),
            Value::Bool(value) => out.push(if value { b'T' } else { b'F' }),
            Value::Addr(address) => format::ip(out, address),
            Value::Mac(address) => format::mac(out, address),
            Value::Hex(byte) => format::hex(out, byte),
            Value::Address(value) => text(out, &percent_decoded(value)),
            Value::Text(value) => text(out, value),
            Value::Upper(value) => {
                let start = out.len();
                text(out, value.as_bytes());
                if let Some(written) = out.get_mut(start..) {
                    written.make_ascii_uppercase();
                }
            }
            Value::Uid(id) => write_uid(out, id),
            Value::Fuid(id, file) => write_fuid(out, id, file),
            Value::Fuids(id, files) => vector(out, files, |out, file| {
                write_fuid(out, id, u32::from(*file));
            }),
            Value::Note(note) => write_note(out, note),
            Value::Intervals(list) => {
                for (index, seconds) in list.split(',').enumerate() {
                    if index > 0 {
                        out.push(b',');
                    }
                    out.extend_from_slice(seconds.as_bytes());
                    out.extend_from_slice(b".000000");
                }
            }
            Value::Texts(values) => vector(out, values, |out, value| part(out, value.as_bytes())),
            Value::Both(first, second) => {
                text(out, first.as_bytes());
                out.push(b',');
                text(out, second.as_bytes());
            }
            Value::Only(value) => part(out, value),
            Value::Numbers(values) => vector(out, values, |out, value| {
                format::number(out, u64::from(*value));
            }),
        }
    }
}

/// Text as Zeek's writer has it: control bytes and bytes that are not UTF-8 as `\xNN`, and texts
/// that would read as unset or empty with their first byte so.
fn text(out: &mut Vec<u8>, value: &[u8]) {
    let value = format::bounded(value, format::MAX_TEXT_BYTES);
    let value = match value {
        [] => return out.extend_from_slice(b"(empty)"),
        [first, rest @ ..] if matches!(value, b"-" | b"(empty)") => {
            escaped(out, *first);
            rest
        }
        _ => value,
    };
    for chunk in value.utf8_chunks() {
        for character in chunk.valid().chars() {
            let mut bytes = [0; 4];
            let bytes = character.encode_utf8(&mut bytes).as_bytes();
            match character {
                '\\' => out.extend_from_slice(b"\\\\"),
                '\0'..'\x20' | '\x7f'..='\u{9f}' => {
                    for byte in bytes {
                        escaped(out, *byte);
                    }
                }
                _ => out.extend_from_slice(bytes),
            }
        }
        for byte in chunk.invalid() {
            escaped(out, *byte);
        }
    }
}

/// A text of a set or vector; a comma inside it is escaped as Zeek does.
fn part(out: &mut Vec<u8>, value: &[u8]) {
    for (index, piece) in value.split(|byte| *byte == b',').enumerate() {
        if index > 0 {
            escaped(out, b',');
        }
        if !piece.is_empty() || value.is_empty() {
            text(out, piece);
        }
    }
}

fn vector<T>(out: &mut Vec<u8>, values: &[T], write: impl Fn(&mut Vec<u8>, &T)) {
    if values.is_empty() {
        out.extend_from_slice(b"(empty)");
    }
    for (index, value) in values.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        write(out, value);
    }
}

fn escaped(out: &mut Vec<u8>, byte: u8) {
    out.extend_from_slice(b"\\x");
    format::hex(out, byte);
}
