//! STUN messages built by hand.

use super::*;
use crate::testing::{facts, feed, feed_in_every_split};

fn message(kind: u16, attributes: &[(u16, &[u8])]) -> Vec<u8> {
    let mut body = Vec::new();
    for (kind, value) in attributes {
        body.extend(kind.to_be_bytes());
        body.extend((value.len() as u16).to_be_bytes());
        body.extend_from_slice(value);
        body.resize(body.len().next_multiple_of(4), 0);
    }
    let mut out = kind.to_be_bytes().to_vec();
    out.extend((body.len() as u16).to_be_bytes());
    out.extend(COOKIE.to_be_bytes());
    out.extend(1..=12);
    out.extend(body);
    out
}

fn told(bytes: &[u8]) -> serde_json::Value {
    let parser = (STUN.new)(&facts("stun", Transport::Udp, 3478));
    let collected = feed(parser, &[(Side::Server, bytes)]);
    collected.records()[0]["stun"].clone()
}

#[test]
fn an_answer_uncovers_the_address() {
    let covered = [
        0,
        1,
        0x21 ^ 0x0f,
        0x12 ^ 0xa0,
        0xc0 ^ 0x21,
        0x12,
        0x02 ^ 0xa4,
        0x09 ^ 0x42,
    ];
    let stun = told(&message(0x0101, &[(0x0020, &covered)]));
    assert_eq!(stun["class"], "success");
    assert_eq!(stun["method"], "binding");
    assert_eq!(stun["mapped_ip"], "192.0.2.9");
    assert_eq!(stun["mapped_port"], 4000);
    assert_eq!(stun["transaction_id"], "0102030405060708090a0b0c");
}

#[test]
fn an_error_has_code_and_reason() {
    let stun = told(&message(0x0113, &[(9, b"\0\0\x04\x01Unauthorized")]));
    assert_eq!(stun["class"], "error");
    assert_eq!(stun["method"], "allocate");
    assert_eq!(stun["error_code"], 401);
    assert_eq!(stun["error_reason"], "Unauthorized");
}

#[test]
fn a_request_has_its_user() {
    let stun = told(&message(0x0001, &[(6, b"alice"), (0x8022, b"phone")]));
    assert_eq!(stun["username"], "alice");
    assert_eq!(stun["software"], "phone");
}

#[test]
fn messages_over_tcp_are_found_however_they_are_cut() {
    let facts = facts("stun", Transport::Tcp, 3478);
    let channel = [0x40, 0, 0, 3, b'a', b'b', b'c', 0];
    let request = message(0x0001, &[(6, b"alice")]);
    let bytes = [&request[..], &channel, &request].concat();
    let collected = feed_in_every_split(&|| (STUN.new)(&facts), &[(Side::Client, &bytes)]);
    assert_eq!(collected.records().len(), 2);
}

#[test]
fn a_message_may_end_anywhere() {
    let whole = message(0x0001, &[(6, b"alice")]);
    for length in 20..whole.len() {
        assert_eq!(told(&whole[..length])["class"], "request");
    }
}

#[test]
fn a_hello_in_dtls_ends_what_stun_began() {
    let mut parser = (STUN.new)(&facts("stun", Transport::Udp, 3478));
    let mut sink = crate::testing::Collected::default();
    let request = message(1, &[]);
    let hello = b"\x16\xfe\xfd\0\0\0\0\0\0\0\0\0\x10\x01\0\0\x04";
    assert_eq!(parser.data(Side::Client, &request, &mut sink), Next::More);
    let switch = Next::Switch {
        rest: hello.len(),
        to: Some("dtls"),
    };
    assert_eq!(parser.data(Side::Client, hello, &mut sink), switch);
}
