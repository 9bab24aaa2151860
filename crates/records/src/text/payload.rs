//! Payloads below a line, as text or as a hex dump.

use super::{Payload, safe};
use crate::format;

const INDENT: &[u8] = b"    ";
const BYTES_PER_LINE: usize = 16;
/// Characters of one line of payload text before it is wrapped.
const TEXT_WIDTH: usize = 120;
/// Bytes shown of one payload however many are asked for: 1 MiB would be 65,536 lines.
const MAX_PAYLOAD_BYTES: usize = 64 << 10;

pub(super) fn write(payload: &[u8], style: Payload, out: &mut Vec<u8>) {
    let limit = match style {
        Payload::None => return,
        Payload::Text(limit) | Payload::Hex(limit) => limit.min(MAX_PAYLOAD_BYTES),
    };
    let shown = format::bounded(payload, limit);
    match style {
        Payload::Hex(_) => hex_dump(out, shown),
        _ => text(out, shown),
    }
    if shown.len() < payload.len() {
        out.extend_from_slice(INDENT);
        out.extend_from_slice(b"... ");
        format::number(out, (payload.len() - shown.len()) as u64);
        out.extend_from_slice(b" more bytes\n");
    }
}

/// The payload's own lines, long ones wrapped.
fn text(out: &mut Vec<u8>, payload: &[u8]) {
    let payload = payload.strip_suffix(b"\n").unwrap_or(payload);
    if payload.is_empty() {
        return;
    }
    for line in payload.split(|byte| *byte == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.is_empty() {
            out.push(b'\n');
        }
        for piece in line.chunks(TEXT_WIDTH) {
            out.extend_from_slice(INDENT);
            safe::write(out, piece);
            out.push(b'\n');
        }
    }
}

/// `    0000  48 54 54 50 ...  HTTP`, sixteen bytes to a line.
fn hex_dump(out: &mut Vec<u8>, payload: &[u8]) {
    for (index, row) in payload.chunks(BYTES_PER_LINE).enumerate() {
        out.extend_from_slice(INDENT);
        let [high, low] = ((index * BYTES_PER_LINE) as u16).to_be_bytes();
        format::hex(out, high);
        format::hex(out, low);
        out.push(b' ');
        for position in 0..BYTES_PER_LINE {
            out.extend_from_slice(if position == BYTES_PER_LINE / 2 {
                b"  "
            } else {
                b" "
            });
            match row.get(position) {
                Some(byte) => format::hex(out, *byte),
                None => out.extend_from_slice(b"  "),
            }
        }
        out.extend_from_slice(b"  ");
        let shown = |byte: &u8| {
            if matches!(byte, b' '..=b'~') {
                *byte
            } else {
                b'.'
            }
        };
        out.extend(row.iter().map(shown));
        out.push(b'\n');
    }
}
