//! What makes 8-bit bytes out of mail's 7-bit text.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Decodes base64 (RFC 2045, section 6.8) piece by piece; bytes that are none of its digits are passed over.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Base64 {
    bits: u32,
    digits: u8,
    is_damaged: bool,
}

impl Base64 {
    pub(crate) fn decode(&mut self, text: &[u8], out: &mut Vec<u8>) {
        if !self.whole_line(text, out) {
            self.digits(text, out);
        }
    }

    /// Decodes what is a line of whole groups, as nearly all are; false when it is something else.
    fn whole_line(self, text: &[u8], out: &mut Vec<u8>) -> bool {
        let line = text.trim_ascii_end();
        if self.digits != 0 || !line.len().is_multiple_of(4) {
            return false;
        }
        let before = out.len();
        let is_whole = STANDARD.decode_vec(line, out).is_ok();
        if !is_whole {
            out.truncate(before);
        }
        is_whole
    }

    fn digits(&mut self, text: &[u8], out: &mut Vec<u8>) {
        for byte in text {
            let digit = match byte {
                b'A'..=b'Z' => byte - b'A',
                b'a'..=b'z' => byte - b'a' + 26,
                b'0'..=b'9' => byte - b'0' + 52,
                b'+' => 62,
                b'/' => 63,
                b'=' => {
                    self.flush(out);
                    continue;
                }
                b' ' | b'\t' | b'\r' | b'\n' => continue,
                _ => {
                    self.is_damaged = true;
                    continue;
                }
            };
            self.bits = self.bits << 6 | u32::from(digit);
            self.digits += 1;
            if self.digits == 4 {
                let [_, first, second, third] = self.bits.to_be_bytes();
                out.extend([first, second, third]);
                (self.bits, self.digits) = (0, 0);
            }
        }
    }

    /// Whether bytes came that do not belong there.
    pub(crate) fn is_damaged(self) -> bool {
        self.is_damaged
    }

    /// A group that padding, or the end, ended early.
    pub(super) fn flush(&mut self, out: &mut Vec<u8>) {
        match self.digits {
            2 => out.push((self.bits >> 4) as u8),
            3 => out.extend([(self.bits >> 10) as u8, (self.bits >> 2) as u8]),
            _ => {}
        }
        (self.bits, self.digits) = (0, 0);
    }
}

/// All of a base64 text at once.
pub(crate) fn base64(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut state = Base64::default();
    state.decode(text, &mut out);
    state.flush(&mut out);
    out
}

/// What a line of quoted-printable turned out to be.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Quoted {
    /// Whether it goes on in the next line.
    pub(super) goes_on: bool,
    /// Whether an equals sign stands before something else than two digits.
    pub(super) is_damaged: bool,
}

/// Decodes a line of quoted-printable (RFC 2045, section 6.7).
pub(super) fn quoted_printable(line: &[u8], out: &mut Vec<u8>) -> Quoted {
    let mut found = Quoted::default();
    let line = line.trim_ascii_end();
    let mut rest = line;
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        if *byte != b'=' {
            out.push(*byte);
            continue;
        }
        if after.is_empty() {
            found.goes_on = true;
            return found;
        }
        let value = after.split_first_chunk::<2>();
        let value = value.and_then(|(two, rest)| Some((hex(*two)?, rest)));
        if let Some((value, after)) = value {
            out.push(value);
            rest = after;
        } else {
            found.is_damaged = true;
            out.push(b'=');
        }
    }
    found
}

pub(super) fn hex([high, low]: [u8; 2]) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    Some((digit(high)? << 4 | digit(low)?) as u8)
}

/// Decodes the encoded words of a header (RFC 2047); charsets other than UTF-8 keep their bytes,
/// but for Latin-1.
pub(crate) fn decode_words(value: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(value.len());
    let mut rest = value;
    let mut after_word = false;
    while let Some(start) = rest.windows(2).position(|two| two == b"=?") {
        let (plain, word) = rest.split_at(start);
        // Blanks between two words are not shown.
        if !(after_word && plain.iter().all(u8::is_ascii_whitespace)) {
            out.extend_from_slice(plain);
        }
        if let Some(length) = encoded_word(word, &mut out) {
            rest = word.get(length..).unwrap_or_default();
            after_word = true;
        } else {
            out.extend_from_slice(b"=?");
            rest = word.get(2..).unwrap_or_default();
            after_word = false;
        }
    }
    out.extend_from_slice(rest);
    out
}

/// `=?charset?encoding?text?=`; its length.
fn encoded_word(word: &[u8], out: &mut Vec<u8>) -> Option<usize> {
    let mut parts = word.get(2..)?.splitn(3, |byte| *byte == b'?');
    let (charset, encoding, rest) = (parts.next()?, parts.next()?, parts.next()?);
    let end = rest.windows(2).position(|two| two == b"?=")?;
    let text = rest.get(..end)?;
    let decoded = match encoding {
        b"B" | b"b" => base64(text),
        b"Q" | b"q" => {
            let spaced: Vec<u8> = text
                .iter()
                .map(|byte| if *byte == b'_' { b' ' } else { *byte })
                .collect();
            let mut decoded = Vec::with_capacity(text.len());
            quoted_printable(&spaced, &mut decoded);
            decoded
        }
        _ => return None,
    };
    if charset.eq_ignore_ascii_case(b"iso-8859-1") {
        let latin: String = decoded.iter().map(|byte| char::from(*byte)).collect();
        out.extend_from_slice(latin.as_bytes());
    } else {
        out.extend_from_slice(&decoded);
    }
    Some(2 + charset.len() + 1 + encoding.len() + 1 + end + 2)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn whole_lines_and_digits_give_the_same(
            lines in prop::collection::vec("[A-Za-z0-9+/]{0,12}={0,2}[ \r\n!]{0,2}", 0..6),
        ) {
            let (mut fast, mut slow) = (Base64::default(), Base64::default());
            let (mut some, mut same) = (Vec::new(), Vec::new());
            for line in &lines {
                fast.decode(line.as_bytes(), &mut some);
                slow.digits(line.as_bytes(), &mut same);
            }
            fast.flush(&mut some);
            slow.flush(&mut same);
            prop_assert_eq!(some, same);
            prop_assert_eq!(fast.is_damaged(), slow.is_damaged());
        }
    }
}
