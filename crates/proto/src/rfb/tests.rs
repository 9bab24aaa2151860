use super::*;
use crate::testing::{Collected, feed_in_every_split};

fn talk(pieces: &[(Side, &[u8])]) -> Collected {
    let make = || -> Box<dyn Parser> { Box::new(Rfb::new()) };
    feed_in_every_split(&make, pieces)
}

const SCREEN: &[u8] =
    b"\x03\x20\x02\x58\x20\x18\0\x01\0\xff\0\xff\0\xff\x10\x08\0\0\0\0\0\0\0\x02hi";

fn handshake(version: &'static [u8], types: &'static [u8], choice: &'static [u8]) -> Collected {
    talk(&[
        (Side::Server, version),
        (Side::Client, version),
        (Side::Server, types),
        (Side::Client, choice),
        (Side::Server, b"0123456789abcdef"),
        (Side::Client, b"fedcba9876543210"),
        (Side::Server, b"\0\0\0\0"),
        (Side::Client, b"\x01"),
        (Side::Server, SCREEN),
    ])
}

#[test]
fn a_handshake_of_version_3_8_is_told() {
    let rfb = &handshake(b"RFB 003.008\n", b"\x02\x01\x02", b"\x02").records()[0]["rfb"];
    assert_eq!(rfb["server_protocol_version"]["minor"], "008");
    assert_eq!(
        rfb["authentication"]["vnc"]["challenge"],
        "30313233343536373839616263646566"
    );
    assert_eq!(rfb["authentication"]["security_result"], "OK");
    assert_eq!(rfb["framebuffer"]["width"], 800);
    assert_eq!(rfb["framebuffer"]["name"], "hi");
    assert_eq!(rfb["framebuffer"]["pixel_format"]["red_shift"], 16);
}

#[test]
fn in_version_3_3_the_server_decides() {
    let rfb = &handshake(b"RFB 003.003\n", b"\0\0\0\x02", b"").records()[0]["rfb"];
    assert_eq!(
        (
            &rfb["authentication"]["security_type"],
            &rfb["screen_shared"]
        ),
        (&2.into(), &true.into())
    );
}

#[test]
fn a_refusal_ends_the_handshake() {
    let told = talk(&[
        (Side::Server, b"RFB 003.008\n"),
        (Side::Client, b"RFB 003.008\n"),
        (Side::Server, b"\x01\x02"),
        (Side::Client, b"\x02"),
        (Side::Server, b"0123456789abcdef"),
        (Side::Client, b"fedcba9876543210"),
        (Side::Server, b"\0\0\0\x01"),
    ]);
    assert_eq!(
        told.records()[0]["rfb"]["authentication"]["security_result"],
        "FAIL"
    );
}

#[test]
fn an_unknown_way_to_log_in_is_told() {
    let told = talk(&[
        (Side::Server, b"RFB 003.008\n"),
        (Side::Client, b"RFB 003.008\n"),
        (Side::Server, b"\x01\x13"),
        (Side::Client, b"\x13"),
    ]);
    assert_eq!(told.anomalies(), ["rfb.unimplemented_security_type"]);
}

#[test]
fn each_message_is_a_span() {
    let told = handshake(b"RFB 003.008\n", b"\x02\x01\x02", b"\x02");
    let frames = [
        "0 Server 0+12",
        "0 Client 0+12",
        "0 Server 12+3",
        "0 Client 12+1",
        "0 Server 15+16",
        "0 Client 13+16",
        "0 Server 31+4",
        "0 Client 29+1",
        "0 Server 35+26",
    ];
    assert_eq!(told.frames, frames);
}

#[test]
fn a_result_that_is_none_is_told() {
    let with = |result: &'static [u8]| {
        talk(&[
            (Side::Server, b"RFB 003.008\n"),
            (Side::Client, b"RFB 003.008\n"),
            (Side::Server, b"\x01\x01"),
            (Side::Client, b"\x01"),
            (Side::Server, result),
        ])
    };
    assert_eq!(
        with(b"\0\0\0\x03").anomalies(),
        ["rfb.unknown_security_result"]
    );
    assert!(with(b"\0\0\0\x02").anomalies().is_empty());
}

#[test]
fn a_side_that_does_not_wait_for_its_turn_is_told() {
    let of = |length: usize| {
        let pieces: [(Side, &[u8]); 2] = [
            (Side::Server, b"RFB 003.008\n"),
            (Side::Server, &vec![b'x'; length]),
        ];
        crate::testing::feed(Box::new(Rfb::new()), &pieces)
    };
    assert_eq!(of(MAX_WAITING + 1).anomalies(), ["rfb.confused_state"]);
    assert!(of(MAX_WAITING).anomalies().is_empty());
}
