use super::*;
use crate::testing::{Collected, facts, feed_in_every_split};

fn connection() -> Box<dyn Parser> {
    (DCERPC.new)(&facts("dcerpc", Transport::Tcp, 135))
}

/// A packet of a call.
fn packet(kind: u8, flags: u8, call_id: u32, body: &[u8]) -> Vec<u8> {
    let mut packet = vec![5, 0, kind, flags, 0x10, 0, 0, 0];
    packet.extend((16 + body.len() as u16).to_le_bytes());
    packet.extend([0, 0]);
    packet.extend(call_id.to_le_bytes());
    packet.extend(body);
    packet
}

const EPM: [u8; 16] = [
    0x08, 0x83, 0xaf, 0xe1, 0x1f, 0x5d, 0xc9, 0x11, 0x91, 0xa4, 0x08, 0x00, 0x2b, 0x14, 0xa0, 0xfa,
];

fn bind() -> Vec<u8> {
    let mut body = vec![0xb8, 0x10, 0xb8, 0x10, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0];
    body.extend(EPM);
    body.extend([3, 0, 0, 0]);
    body.extend([0; 20]);
    packet(11, 3, 1, &body)
}

fn bound(result: u8) -> Vec<u8> {
    let mut body = vec![0xb8, 0x10, 0xb8, 0x10, 0, 0, 0, 0, 4, 0];
    body.extend(b"135\0");
    body.extend([0, 0, 1, 0, 0, 0, result, 0, 0, 0]);
    body.extend([0; 20]);
    packet(12, 3, 1, &body)
}

fn request(flags: u8, stub: &[u8]) -> Vec<u8> {
    packet(0, flags, 2, &[&[0, 0, 0, 0, 0, 0, 3, 0], stub].concat())
}

fn response(flags: u8, stub: &[u8]) -> Vec<u8> {
    packet(2, flags, 2, &[&[0, 0, 0, 0, 0, 0, 0, 0], stub].concat())
}

fn told(pieces: &[(Side, Vec<u8>)]) -> Collected {
    let pieces: Vec<(Side, &[u8])> = pieces
        .iter()
        .map(|(side, bytes)| (*side, bytes.as_slice()))
        .collect();
    feed_in_every_split(&connection, &pieces)
}

#[test]
fn a_bind_is_told_with_its_answer() {
    let told = told(&[(Side::Client, bind()), (Side::Server, bound(2))]);
    let bind = &told.records()[0]["dcerpc"];
    assert_eq!(bind["request"], "BIND");
    assert_eq!(bind["response"], "BINDACK");
    assert_eq!(bind["rpc_version"], "5.0");
    assert_eq!(
        bind["interfaces"][0]["uuid"],
        "e1af8308-5d1f-11c9-91a4-08002b14a0fa"
    );
    assert_eq!(bind["interfaces"][0]["version"], "3.0");
    assert_eq!(bind["interfaces"][0]["ack_result"], 2);
}

#[test]
fn fragments_of_a_call_are_one_call() {
    let told = told(&[
        (Side::Client, bind()),
        (Side::Server, bound(0)),
        (Side::Client, request(1, b"first")),
        (Side::Client, request(2, b"second")),
        (Side::Server, response(3, b"result")),
    ]);
    let call = &told.records()[2]["dcerpc"];
    assert_eq!(call["req"]["opnum"], 3);
    assert_eq!(call["req"]["frag_cnt"], 2);
    assert_eq!(call["req"]["stub_data_size"], 11);
    assert_eq!(call["res"]["stub_data_size"], 14);
    assert_eq!(call["interfaces"][0]["version"], "3.0");
}

#[test]
fn known_procedures_are_told_by_name() {
    let told = told(&[
        (Side::Client, bind()),
        (Side::Server, bound(0)),
        (Side::Client, request(3, b"")),
        (Side::Server, response(3, b"")),
    ]);
    let call = &told.records()[1]["dce_rpc"];
    assert_eq!(call["endpoint"], "epmapper");
    assert_eq!(call["operation"], "ept_map");
    assert_eq!(call["named_pipe"], "135");
}

#[test]
fn a_call_without_an_answer_is_told_at_the_end() {
    let told = told(&[(Side::Client, request(3, b"x"))]);
    assert_eq!(told.records()[0]["dcerpc"]["response"], "UNREPLIED");
}

#[test]
fn after_a_gap_packets_are_found_again() {
    let mut parser = connection();
    let mut told = Collected::default();
    parser.data(Side::Client, &request(3, b"x")[..20], &mut told);
    parser.gap(Side::Client, 100, &mut told);
    parser.data(Side::Client, b"leftover", &mut told);
    parser.data(Side::Client, &request(3, b"whole"), &mut told);
    parser.end(Side::Server, &mut told);
    assert_eq!(told.records()[0]["dcerpc"]["req"]["stub_data_size"], 5);
}

fn datagram(kind: u8, number: u8, stub: &[u8]) -> Vec<u8> {
    let mut packet = vec![4, kind, 0, 0, 0x10, 0, 0, 0];
    packet.extend([0; 16]);
    packet.extend(EPM);
    packet.extend([7; 16]);
    packet.extend([
        0, 0, 0, 0, 3, 0, 0, 0, number, 0, 0, 0, 5, 0, 0xff, 0xff, 0xff, 0xff,
    ]);
    packet.extend((stub.len() as u16).to_le_bytes());
    packet.extend([0; 4]);
    packet.extend(stub);
    packet
}

#[test]
fn datagrams_belong_together_by_activity_and_number() {
    let mut parser = (DCERPC.new)(&facts("dcerpc", Transport::Udp, 135));
    let mut told = Collected::default();
    for bytes in [
        datagram(0, 1, b"a"),
        datagram(0, 2, b"bc"),
        datagram(2, 1, b"def"),
    ] {
        parser.data(Side::Client, &bytes, &mut told);
    }
    let call = &told.records()[0]["dcerpc"];
    assert_eq!(call["seqnum"], 1);
    assert_eq!(call["activityuuid"], "07070707-0707-0707-0707-070707070707");
    assert_eq!(call["req"]["opnum"], 5);
    assert_eq!(call["res"]["stub_data_size"], 3);
    assert_eq!(call["rpc_version"], "4.0");
}

#[test]
fn calls_that_nobody_answers_do_not_pile_up() {
    let mut parser = connection();
    let mut told = Collected::default();
    for number in 0..500 {
        let body = [&[0, 0, 0, 0, 0, 0, 3, 0][..], &[0; 4_000]].concat();
        parser.data(Side::Client, &packet(0, 1, number, &body), &mut told);
    }
    assert!(parser.held() < 1 << 20, "{}", parser.held());
}
