use super::*;
use crate::testing::{Collected, feed_in_every_split};

fn packet(kind: u8, body: &[u8]) -> Vec<u8> {
    let mut packet = vec![kind, 1];
    packet.extend((HEADER as u16 + body.len() as u16).to_be_bytes());
    packet.extend([0, 0, 1, 0]);
    packet.extend(body);
    packet
}

fn agreed(encryption: u8) -> Vec<u8> {
    packet(
        REPLY,
        &[
            0, 0, 11, 0, 6, 1, 0, 17, 0, 1, 0xff, 8, 0, 0, 0, 0, 0, encryption,
        ],
    )
}

fn login() -> Vec<u8> {
    let mut body = vec![0; 94];
    body[7] = 0x74;
    let mut text = Vec::new();
    for (place, name) in [
        (36, "desk"),
        (40, "sa"),
        (48, "app"),
        (52, "db.example.com"),
        (68, "sales"),
    ] {
        let offset = 94 + text.len() as u16;
        body[place..place + 2].copy_from_slice(&offset.to_le_bytes());
        body[place + 2..place + 4].copy_from_slice(&(name.len() as u16).to_le_bytes());
        text.extend(name.encode_utf16().flat_map(u16::to_le_bytes));
    }
    body.extend(text);
    packet(LOGIN, &body)
}

fn told(pieces: &[(Side, &[u8])]) -> Collected {
    feed_in_every_split(&|| Box::<Tds>::default(), pieces)
}

#[test]
fn a_readable_login_is_told() {
    let told = told(&[(Side::Server, &agreed(2)), (Side::Client, &login())]);
    let tds = &told.records()[0]["tds"];
    assert_eq!(tds["user"], "sa");
    assert_eq!(tds["host"], "desk");
    assert_eq!(tds["database"], "sales");
    assert_eq!(tds["client_version"], "7.4");
    assert_eq!(tds["encryption"], "not_supported");
    assert!(
        told.lines
            .iter()
            .any(|line| line.contains("plain_password: true"))
    );
}

#[test]
fn encryption_is_told_when_it_hides_the_login() {
    let told = told(&[(Side::Server, &agreed(1))]);
    assert_eq!(told.records()[0]["tds"]["encryption"], "on");
}

#[test]
fn an_impossible_length_ends_it() {
    assert!(
        told(&[(Side::Client, &[0x10, 1, 0, 3, 0, 0, 0, 0])])
            .lines
            .is_empty()
    );
}
