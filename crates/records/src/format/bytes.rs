//! Text, bytes from the wire and plain numbers.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Bytes of one text that are written; parsers cut fields long before, this is the last fence.
pub const MAX_TEXT_BYTES: usize = 64 << 10;
/// Bytes of one binary value that are written: the largest frame that segmentation offload gives.
pub(crate) const MAX_BINARY_BYTES: usize = 256 << 10;

const HEX: &[u8; 16] = b"0123456789abcdef";

/// The first `limit` bytes.
#[inline]
pub(crate) fn bounded(bytes: &[u8], limit: usize) -> &[u8] {
    bytes.get(..limit).unwrap_or(bytes)
}

/// A number in decimal.
#[inline]
pub fn number(out: &mut Vec<u8>, value: u64) {
    out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
}

/// A byte as two hexadecimal digits.
#[inline]
pub fn hex(out: &mut Vec<u8>, byte: u8) {
    out.extend_from_slice(&digits(byte));
}

/// The two hexadecimal digits of a byte.
#[inline]
pub fn digits(byte: u8) -> [u8; 2] {
    let digit = |nibble: u8| HEX.get(usize::from(nibble)).copied().unwrap_or(b'0');
    [digit(byte >> 4), digit(byte & 0xf)]
}

/// Text as it is.
#[inline]
pub(crate) fn text(out: &mut Vec<u8>, value: &str) {
    out.extend_from_slice(value.as_bytes());
}

/// Bytes from the wire as UTF-8; a byte that is not part of any becomes `\xNN`.
pub(crate) fn wire(out: &mut Vec<u8>, value: &[u8]) {
    for chunk in bounded(value, MAX_TEXT_BYTES).utf8_chunks() {
        out.extend_from_slice(chunk.valid().as_bytes());
        for byte in chunk.invalid() {
            out.extend_from_slice(b"\\x");
            hex(out, *byte);
        }
    }
}

/// Bytes from the wire with a dot for all that is not printable ASCII or a line break.
pub(crate) fn printable(out: &mut Vec<u8>, value: &[u8]) {
    let shown = bounded(value, MAX_BINARY_BYTES)
        .iter()
        .map(|byte| match byte {
            b' '..=b'~' | b'\r' | b'\n' => *byte,
            _ => b'.',
        });
    out.extend(shown);
}

/// Bytes in base64 with padding (RFC 4648, section 4).
pub fn base64(out: &mut Vec<u8>, value: &[u8]) {
    let value = bounded(value, MAX_BINARY_BYTES);
    let begin = out.len();
    out.resize(begin + value.len().div_ceil(3) * 4, b'=');
    let written = STANDARD
        .encode_slice(value, out.get_mut(begin..).unwrap_or_default())
        .unwrap_or_default();
    out.truncate(begin + written);
}
