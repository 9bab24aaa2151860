//! A line of Zeek's JSON format, as `LogAscii::use_json=T` writes it.
//!
//! Columns are members with their dotted names; what is unset is left out; times are seconds since 1970.

use super::values::{Cells, Value, percent_decoded, write_fuid, write_note, write_uid};
use crate::format;

/// A line that is being written.
pub(super) struct Line<'a> {
    out: &'a mut Vec<u8>,
    names: std::slice::Iter<'static, &'static str>,
}

impl<'a> Line<'a> {
    /// A line with these columns.
    pub(super) fn begin(out: &'a mut Vec<u8>, columns: &'static [&'static str]) -> Self {
        out.push(b'{');
        let names = columns.iter();
        Self { out, names }
    }

    pub(super) fn end(self) {
        if self.out.last() == Some(&b',') {
            self.out.pop();
        }
        self.out.extend_from_slice(b"}\n");
    }
}

impl Cells for Line<'_> {
    fn put(&mut self, value: Value<'_>) {
        let name = self.names.next().copied().unwrap_or_default();
        if matches!(value, Value::Unset) {
            return;
        }
        let out = &mut *self.out;
        quoted(out, |out| out.extend_from_slice(name.as_bytes()));
        out.push(b':');
        write(out, value);
        out.push(b',');
    }
}

fn write(out: &mut Vec<u8>, value: Value<'_>) {
    match value {
        Value::Unset => out.extend_from_slice(b"null"),
        Value::Seconds(us) => seconds(out, us),
        Value::Count(number) => format::number(out, number),
        Value::Bool(value) => out.extend_from_slice(if value { b"true" } else { b"false" }),
        Value::Addr(address) => quoted(out, |out| format::ip(out, address)),
        Value::Mac(address) => quoted(out, |out| format::mac(out, address)),
        Value::Hex(byte) => quoted(out, |out| format::hex(out, byte)),
        Value::Address(value) => text(out, &percent_decoded(value)),
        Value::Text(value) => text(out, value),
        Value::Upper(value) => text(out, value.to_ascii_uppercase().as_bytes()),
        Value::Uid(id) => quoted(out, |out| write_uid(out, id)),
        Value::Fuid(id, file) => quoted(out, |out| write_fuid(out, id, file)),
        Value::Fuids(id, files) => list(out, files, |out, file| {
            quoted(out, |out| write_fuid(out, id, u32::from(*file)));
        }),
        Value::Note(note) => quoted(out, |out| write_note(out, note)),
        Value::Intervals(list) => {
            out.push(b'[');
            for (index, seconds) in list.split(',').enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                out.extend_from_slice(seconds.as_bytes());
                out.extend_from_slice(b".0");
            }
            out.push(b']');
        }
        Value::Texts(values) => list(out, values, |out, value| text(out, value.as_bytes())),
        Value::Both(first, second) => quoted(out, |out| {
            out.extend_from_slice(first.as_bytes());
            out.push(b',');
            out.extend_from_slice(second.as_bytes());
        }),
        Value::Only(value) => list(out, &[value], |out, value| text(out, value)),
        Value::Numbers(values) => list(out, values, |out, value| {
            format::number(out, u64::from(*value));
        }),
    }
}

/// Seconds as the shortest decimal number with a point: `1.5`, `2.0`.
fn seconds(out: &mut Vec<u8>, us: i64) {
    format::seconds(out, us);
    while out.ends_with(b"0") && !out.ends_with(b".0") {
        out.pop();
    }
}

fn quoted(out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
    out.push(b'"');
    write(out);
    out.push(b'"');
}

fn list<T>(out: &mut Vec<u8>, values: &[T], write: impl Fn(&mut Vec<u8>, &T)) {
    out.push(b'[');
    for (index, value) in values.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        write(out, value);
    }
    out.push(b']');
}

/// Text with JSON's escapes; other control bytes and bytes that are not UTF-8 become the text `\xNN`.
fn text(out: &mut Vec<u8>, value: &[u8]) {
    quoted(out, |out| {
        for chunk in format::bounded(value, format::MAX_TEXT_BYTES).utf8_chunks() {
            for character in chunk.valid().chars() {
                let mut bytes = [0; 4];
                let bytes = character.encode_utf8(&mut bytes).bytes();
                match character {
                    '\u{80}'..='\u{9f}' => bytes.for_each(|byte| escaped(out, byte)),
                    _ => bytes.for_each(|byte| escape(out, byte)),
                }
            }
            for byte in chunk.invalid() {
                escaped(out, *byte);
            }
        }
    });
}

fn escape(out: &mut Vec<u8>, byte: u8) {
    let letter = match byte {
        b'"' | b'\\' => byte,
        b'\n' => b'n',
        b'\r' => b'r',
        b'\t' => b't',
        0x08 => b'b',
        0x0c => b'f',
        0..b' ' | 0x7f => return escaped(out, byte),
        _ => return out.push(byte),
    };
    out.extend_from_slice(&[b'\\', letter]);
}

fn escaped(out: &mut Vec<u8>, byte: u8) {
    out.extend_from_slice(b"\\\\x");
    format::hex(out, byte);
}
