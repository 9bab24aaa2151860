//! Base64 as rules decode it (RFC 4648, RFC 2045): up to where it stops being base64.

/// Which foreign bytes are passed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Mode {
    /// None: decoding stops there.
    Rfc4648,
    /// All of them, as mail does.
    Rfc2045,
    /// Input with any gives nothing.
    Strict,
}

/// Decodes as much as there is. None when the mode is strict and something is wrong.
pub(crate) fn decode(bytes: &[u8], mode: Mode) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(bytes.len() / 4 * 3 + 3);
    let (mut bits, mut held) = (0_u32, 0_u32);
    let mut padding = false;
    for byte in bytes {
        let Some(value) = value(*byte) else {
            match (mode, byte) {
                (_, b'=') => {
                    padding = true;
                    continue;
                }
                (Mode::Rfc2045, _) | (Mode::Rfc4648, b' ') => continue,
                (Mode::Rfc4648, _) => break,
                (Mode::Strict, _) => return None,
            }
        };
        if padding {
            match mode {
                Mode::Strict => return None,
                Mode::Rfc4648 => break,
                Mode::Rfc2045 => {}
            }
        }
        bits = bits << 6 | u32::from(value);
        held += 6;
        if held >= 8 {
            held -= 8;
            out.push((bits >> held) as u8);
        }
    }
    (mode != Mode::Strict || bytes.len().is_multiple_of(4)).then_some(out)
}

fn value(byte: u8) -> Option<u8> {
    Some(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    })
}
