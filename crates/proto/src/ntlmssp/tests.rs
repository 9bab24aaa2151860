use super::*;

fn wide(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// The server's challenge, by the computer `SERVER`.
pub(crate) fn challenge_message() -> Vec<u8> {
    let name = wide("SERVER");
    let mut message = SIGNATURE.to_vec();
    message.extend(2_u32.to_le_bytes());
    message.extend([0; 28]);
    let length = (name.len() + 8) as u16;
    message.extend(length.to_le_bytes());
    message.extend(length.to_le_bytes());
    message.extend(48_u32.to_le_bytes());
    message.extend([1, 0, name.len() as u8, 0]);
    message.extend(name);
    message.extend([0; 4]);
    message
}

/// The client's answer: `alice` of `EXAMPLE` at `DESK`.
pub(crate) fn authenticate_message() -> Vec<u8> {
    message("EXAMPLE", "alice", "DESK")
}

/// Base64 with its padding (RFC 4648, section 4).
pub(crate) fn base64_of(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let bits = (0..3).fold(0_usize, |bits, place| {
            bits << 8 | usize::from(group.get(place).copied().unwrap_or(0))
        });
        for place in 0..4 {
            let letter = LETTERS[bits >> (18 - 6 * place) & 63];
            text.push(if place > group.len() {
                '='
            } else {
                char::from(letter)
            });
        }
    }
    text
}

/// The record of the login, which every protocol tells alike, and the fact that it was accepted or not.
pub(crate) fn assert_tells_login(told: &crate::testing::Collected, accepted: bool) {
    let records = told.records();
    let ntlm: Vec<_> = records
        .iter()
        .filter(|one| one["ntlm"].is_object())
        .collect();
    assert_eq!(ntlm.len(), 1);
    let expected = serde_json::json!({
        "username": "alice",
        "hostname": "DESK",
        "domainname": "EXAMPLE",
        "server_nb_computer_name": "SERVER",
        "success": accepted,
    });
    assert_eq!(ntlm[0]["ntlm"], expected);
    let facts = told.lines.iter().filter(|line| line.contains("Login {"));
    let facts: Vec<_> = facts.collect();
    assert_eq!(facts.len(), 1, "{facts:?}");
    assert!(facts[0].contains(&format!("accepted: Some({accepted})")));
}

/// An authentication message whose texts stand in an order of their own.
fn message(domain: &str, user: &str, host: &str) -> Vec<u8> {
    let mut message = SIGNATURE.to_vec();
    message.extend(3_u32.to_le_bytes());
    message.extend([0; 16]);
    let (user, host, domain) = (wide(user), wide(host), wide(domain));
    let start = 72_u32;
    let offsets = [
        (domain.len(), start + (user.len() + host.len()) as u32),
        (user.len(), start),
        (host.len(), start + user.len() as u32),
    ];
    for (length, offset) in offsets {
        message.extend((length as u16).to_le_bytes());
        message.extend((length as u16).to_le_bytes());
        message.extend(offset.to_le_bytes());
    }
    message.extend([0; 8]);
    message.extend((UNICODE | VERSION).to_le_bytes());
    message.extend([6, 1, 0xb1, 0x1d, 0, 0, 0, 15]);
    message.extend(user);
    message.extend(host);
    message.extend(domain);
    message
}

#[test]
fn names_are_found_by_their_offsets() {
    let mut blob = vec![0xa1, 0x30];
    blob.extend(message("EXAMPLE", "alice", "DESK"));
    let Some(Message::Authenticate(identity)) = find(&blob) else {
        panic!("no authentication");
    };
    assert_eq!(&*identity.domain, b"EXAMPLE");
    assert_eq!(&*identity.user, b"alice");
    assert_eq!(&*identity.host, b"DESK");
}

#[test]
fn a_version_reads_as_windows_writes_it() {
    let Some(Message::Authenticate(identity)) = find(&message("", "", "")) else {
        panic!("no authentication");
    };
    assert_eq!(
        identity
            .version
            .map(|version| version.to_string())
            .as_deref(),
        Some("6.1 build 7601 rev 15")
    );
}

#[test]
fn cut_messages_say_nothing_or_less() {
    let whole = message("EXAMPLE", "alice", "DESK");
    for length in 0..whole.len() {
        if let Some(Message::Authenticate(identity)) = find(&whole[..length]) {
            assert!(identity.domain.is_empty());
        }
    }
}

#[test]
fn broken_utf16_is_replaced_and_bounded() {
    assert_eq!(&*utf16(&[0, 0xd8, b'a', 0], 16), "\u{fffd}a".as_bytes());
    assert_eq!(&*utf16(&wide("abcdef"), 3), b"abc");
}
