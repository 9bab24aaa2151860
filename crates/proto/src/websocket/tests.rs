use super::WEBSOCKET;
use crate::application::Parser;
use crate::protocol::{Side, Transport};
use crate::testing::{Collected, facts, feed, feed_in_every_split};

const CLIENT: Side = Side::Client;
const SERVER: Side = Side::Server;

fn parser() -> Box<dyn Parser> {
    (WEBSOCKET.new)(&facts("websocket", Transport::Tcp, 80))
}

fn told(pieces: &[(Side, &[u8])]) -> Collected {
    feed_in_every_split(&parser, pieces)
}

/// RFC 6455, section 5.7.
#[test]
fn a_masked_frame_is_told() {
    let all = told(&[(CLIENT, b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58")]);
    let record = &all.records()[0]["websocket"];
    assert_eq!(record["opcode"], "text");
    assert_eq!(record["fin"], true);
    assert_eq!(record["mask"], 0x37fa_213d_u32);
    assert_eq!(record["length"], 5);
}

#[test]
fn each_frame_is_told() {
    let all = told(&[(SERVER, b"\x01\x03Hel\x80\x02lo\x89\x00\x88\x00\x83\x00")]);
    let opcodes: Vec<_> = all
        .records()
        .iter()
        .map(|record| record["websocket"]["opcode"].clone())
        .collect();
    assert_eq!(
        opcodes,
        [
            "text",
            "continuation",
            "ping",
            "connection_close",
            "unknown-3"
        ]
    );
}

#[test]
fn a_long_frame_is_told_and_the_next_one_found() {
    let long = [&b"\x82\x7f\0\0\0\0\0\x02\0\0"[..], &vec![1; 0x2_0000]].concat();
    let all = feed(parser(), &[(SERVER, &long), (SERVER, b"\x89\x00")]);
    assert_eq!(all.anomalies(), ["websocket.skip_end_of_payload"]);
    assert_eq!(all.records().len(), 2);
}

#[test]
fn a_gap_inside_a_frame_is_survived() {
    let mut parser = parser();
    let mut sink = Collected::default();
    parser.data(SERVER, b"\x81\x05He", &mut sink);
    parser.gap(SERVER, 2, &mut sink);
    parser.data(SERVER, b"o\x89\x00", &mut sink);
    assert_eq!(sink.records().len(), 2);
}

proptest::proptest! {
    #[test]
    fn any_bytes_are_survived_and_tell_the_same_in_any_pieces(
        bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..60),
    ) {
        told(&[(CLIENT, &bytes), (SERVER, &bytes)]);
    }
}

#[test]
fn a_frame_is_a_span_of_head_and_data() {
    let all = told(&[(CLIENT, b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58")]);
    assert_eq!(
        all.frames,
        ["0 Client 0+11", "1 Client 0+6", "2 Client 6+5"]
    );
}
