//! Files in the text of a mail, as programs wrote them before there were attachments (uuencode, as POSIX has it).

use crate::waiting::split;

/// A line has 45 bytes at most, so 60 letters behind their count; some programs add a checksum.
const MAX_LETTERS: usize = 62;

/// The file's name in the line before its bytes: `begin 644 a.pdf`.
pub(super) fn begin(line: &[u8]) -> Option<&[u8]> {
    let (mode, name) = split(line.strip_prefix(b"begin ")?, b' ');
    let is_mode =
        matches!(mode.len(), 3 | 4) && mode.iter().all(|byte| matches!(byte, b'0'..=b'7'));
    let name = name.trim_ascii();
    (is_mode && !name.is_empty()).then_some(name)
}

/// Decodes a line; false when it is none.
pub(super) fn decode(line: &[u8], out: &mut Vec<u8>) -> bool {
    let line = line.trim_ascii_end();
    let Some((count, letters)) = line.split_first() else {
        return true;
    };
    let Some(count) = value(*count).map(usize::from) else {
        return false;
    };
    // Spaces at the end, which stand for zeros, are often lost.
    if letters.len() > MAX_LETTERS || letters.len() > count.div_ceil(3) * 4 + 2 {
        return false;
    }
    let from = out.len();
    for group in 0..count.div_ceil(3) {
        let letter = |index: usize| {
            let letter = letters.get(group * 4 + index).copied();
            value(letter.unwrap_or(b' ')).map(u32::from)
        };
        let (Some(a), Some(b), Some(c), Some(d)) = (letter(0), letter(1), letter(2), letter(3))
        else {
            out.truncate(from);
            return false;
        };
        let [_, first, second, third] = (a << 18 | b << 12 | c << 6 | d).to_be_bytes();
        out.extend([first, second, third]);
    }
    out.truncate(from + count);
    true
}

fn value(letter: u8) -> Option<u8> {
    matches!(letter, b' '..=b'`').then(|| (letter - b' ') & 0x3f)
}
