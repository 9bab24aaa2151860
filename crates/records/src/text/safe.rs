//! Text from the wire made harmless for a terminal.
//!
//! Control characters can rewrite the screen or the clipboard, and characters that change the
//! direction of writing or take no space can make a name look like another.

use crate::format;

/// Bytes of one text on a line; more than any screen is wide.
pub const MAX_SHOWN_BYTES: usize = 1024;

/// Appends text without anything that a terminal acts on or the eye is deceived by: such
/// characters become `\n`, `\x1b` or `\u{202e}`. Longer texts are cut and end in `...`.
pub fn write(out: &mut Vec<u8>, text: &[u8]) {
    write_bounded(out, text, MAX_SHOWN_BYTES);
}

/// The same with another bound.
pub fn write_bounded(out: &mut Vec<u8>, text: &[u8], limit: usize) {
    let shown = cut(text, limit);
    for chunk in shown.utf8_chunks() {
        for character in chunk.valid().chars() {
            write_character(out, character);
        }
        for byte in chunk.invalid() {
            hex_escape(out, *byte);
        }
    }
    if shown.len() < text.len() {
        out.extend_from_slice(b"...");
    }
}

/// At most `limit` bytes, not ending within a UTF-8 character.
fn cut(text: &[u8], limit: usize) -> &[u8] {
    let Some(mut shown) = text.get(..limit) else {
        return text;
    };
    for _ in 0..3 {
        match (text.get(shown.len()), shown.split_last()) {
            (Some(next), Some((_, shorter))) if next & 0xc0 == 0x80 => shown = shorter,
            _ => break,
        }
    }
    shown
}

fn write_character(out: &mut Vec<u8>, character: char) {
    match character {
        ' '..='~' => out.push(character as u8),
        '\n' => out.extend_from_slice(b"\\n"),
        '\r' => out.extend_from_slice(b"\\r"),
        '\t' => out.extend_from_slice(b"\\t"),
        '\0'..='\x7f' => hex_escape(out, character as u8),
        _ if deceives(character) => {
            out.extend_from_slice(format!("\\u{{{:x}}}", u32::from(character)).as_bytes());
        }
        _ => {
            let mut buffer = [0; 4];
            out.extend_from_slice(character.encode_utf8(&mut buffer).as_bytes());
        }
    }
}

/// C1 controls, soft hyphen, marks and overrides of direction, characters without width, line and
/// paragraph separators, variation selectors, language tags and the private areas.
fn deceives(character: char) -> bool {
    matches!(character,
        '\u{80}'..='\u{a0}' | '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}'
        | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}' | '\u{2000}'..='\u{200f}'
        | '\u{2028}'..='\u{202f}' | '\u{205f}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{e000}'..='\u{f8ff}'
        | '\u{e0000}'..='\u{10ffff}')
}

fn hex_escape(out: &mut Vec<u8>, byte: u8) {
    out.extend_from_slice(b"\\x");
    format::hex(out, byte);
}
