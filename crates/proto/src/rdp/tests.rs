use super::*;
use crate::testing::{Collected, feed, feed_in_every_split};

fn packet(code: u8, rest: &[u8]) -> Vec<u8> {
    let mut packet = vec![3, 0];
    packet.extend((11 + rest.len() as u16).to_be_bytes());
    packet.extend([6 + rest.len() as u8, code, 0, 0, 0, 0, 0]);
    packet.extend(rest);
    packet
}

fn request() -> Vec<u8> {
    packet(
        0xe0,
        b"Cookie: mstshash=alice\r\n\x01\x01\x08\x00\x03\x00\x00\x00",
    )
}

fn data(rest: &[u8]) -> Vec<u8> {
    let mut packet = vec![3, 0];
    packet.extend((7 + rest.len() as u16).to_be_bytes());
    packet.extend([2, 0xf0, 0x80]);
    packet.extend(rest);
    packet
}

fn connect(tag: u8, key: &[u8], blocks: &[u8]) -> Vec<u8> {
    let mut user = key.to_vec();
    user.extend((blocks.len() as u16 | 0x8000).to_be_bytes());
    user.extend(blocks);
    let mut inner = vec![1, 1, 0xff, 0x04, 0x82];
    inner.extend((user.len() as u16).to_be_bytes());
    inner.extend(user);
    let mut outer = vec![0x7f, tag, 0x82];
    outer.extend((inner.len() as u16).to_be_bytes());
    outer.extend(inner);
    data(&outer)
}

fn wide(text: &str, length: usize) -> Vec<u8> {
    let mut bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    bytes.resize(length, 0);
    bytes
}

fn settings() -> Vec<u8> {
    let mut core = vec![
        4, 0, 8, 0, 0x80, 7, 0x38, 4, 1, 0xca, 3, 0xaa, 9, 4, 0, 0, 0x28, 0x0a, 0, 0,
    ];
    core.extend(wide("DESK", 32));
    core.extend([4, 0, 0, 0, 0, 0, 0, 0, 12, 0, 0, 0]);
    core.extend([0; 64]);
    core.extend([1, 0xca, 1, 0, 0, 0, 0, 0, 16, 0, 7, 0, 1, 0]);
    core.extend(wide("55274-OEM", 64));
    let mut blocks = vec![1, 0xc0];
    blocks.extend((core.len() as u16 + 4).to_le_bytes());
    blocks.extend(core);
    blocks.extend([3, 0xc0, 20, 0, 1, 0, 0, 0]);
    blocks.extend(b"rdpdr\0\0\0");
    blocks.extend([0; 4]);
    connect(0x65, b"Duca", &blocks)
}

fn parser() -> Box<dyn Parser> {
    Box::<Rdp>::default()
}

fn told(pieces: &[(Side, Vec<u8>)]) -> Collected {
    let pieces: Vec<(Side, &[u8])> = pieces
        .iter()
        .map(|(side, bytes)| (*side, bytes.as_slice()))
        .collect();
    feed_in_every_split(&parser, &pieces)
}

#[test]
fn a_request_is_told_with_its_user() {
    let told = told(&[(Side::Client, request())]);
    let rdp = &told.records()[0]["rdp"];
    assert_eq!(rdp["event_type"], "initial_request");
    assert_eq!(rdp["cookie"], "alice");
    assert_eq!(rdp["flags"][0], "restricted_admin_mode_required");
}

#[test]
fn an_agreement_on_tls_ends_it() {
    let told = told(&[
        (Side::Client, request()),
        (Side::Server, packet(0xd0, &[2, 1, 8, 0, 8, 0, 0, 0])),
    ]);
    assert_eq!(told.records()[1]["rdp"]["protocol"], "hybrid_ex");
    let row = &told.records()[2]["rdp_connection"];
    assert_eq!(row["security_protocol"], "HYBRID_EX");
    assert_eq!(row["result"], "encrypted");
    assert!(told.lines.iter().any(|line| line == "switch Some(\"tls\")"));
}

#[test]
fn a_refusal_is_told_with_its_reason() {
    let told = told(&[(Side::Server, packet(0xd0, &[3, 0, 8, 0, 2, 0, 0, 0]))]);
    assert_eq!(told.records()[0]["rdp"]["error_code"], 2);
    assert_eq!(
        told.records()[1]["rdp_connection"]["result"],
        "SSL_NOT_ALLOWED_BY_SERVER"
    );
}

#[test]
fn settings_are_told_when_they_are_readable() {
    let security = [
        2, 0x0c, 28, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0, 4, 0, 0, 0, 9, 9, 9, 9, 1, 0, 0, 0,
    ];
    let told = told(&[
        (Side::Client, request()),
        (Side::Server, packet(0xd0, &[])),
        (Side::Client, settings()),
        (Side::Server, connect(0x66, b"McDn", &security)),
    ]);
    let client = &told.records()[2]["rdp"]["client"];
    assert_eq!(client["version"], "v5");
    assert_eq!(client["build"], "Windows XP");
    assert_eq!(client["client_name"], "DESK");
    assert_eq!(client["desktop_height"], 1080);
    assert_eq!(client["capabilities"][0], "support_errinfo_pdf");
    assert_eq!(client["id"], "55274-OEM");
    assert_eq!(told.records()[2]["rdp"]["channels"][0], "rdpdr");
    let row = &told.records()[4]["rdp_connection"];
    assert_eq!(row["encryption_method"], "128bit");
    assert_eq!(row["encryption_level"], "High");
    assert_eq!(row["cert_permanent"], true);
    assert_eq!(row["keyboard_layout"], "English - United States");
    assert_eq!(row["requested_color_depth"], "16bit");
}

#[test]
fn other_packets_end_it_quietly() {
    let told = feed(parser(), &[(Side::Client, &[0x44, 4, 1, 2, 3, 4, 5, 6])]);
    assert!(told.lines.is_empty());
}
