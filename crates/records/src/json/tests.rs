//! What needs escaping is found wherever it stands.

use super::*;

#[test]
fn every_byte_is_found_in_every_place() {
    for length in 1..20 {
        for place in 0..length {
            for byte in 0..=u8::MAX {
                let mut text = vec![b'a'; length];
                text[place] = byte;
                let mut out = Vec::new();
                string(&mut out, &text);
                assert!(out.iter().all(|byte| matches!(byte, b' '..=b'~')));
                let read: String = serde_json::from_slice(&out).unwrap();
                let expected = if byte.is_ascii() {
                    String::from_utf8(text).unwrap()
                } else {
                    let (before, after) = (&"a".repeat(place), &"a".repeat(length - place - 1));
                    format!("{before}\\x{byte:02x}{after}")
                };
                assert_eq!(read, expected);
            }
        }
    }
}
