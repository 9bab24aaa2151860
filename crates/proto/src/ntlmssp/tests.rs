use super::*;

fn wide(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
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
