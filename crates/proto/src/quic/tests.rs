use super::QUIC;
use super::crypto::Crypto;
use super::header::{Kind, Packet, Version};
use super::keys::Keys;
use crate::protocol::{Side, Transport};
use crate::testing::{Collected, facts, feed};
use crate::tls::tests::{client_hello_body, extension, message, sni};

/// The identifier of RFC 9001, appendix A.
const DESTINATION: [u8; 8] = [0x83, 0x94, 0xc8, 0xf0, 0x3e, 0x51, 0x57, 0x08];

/// The server's Initial packet of RFC 9001, appendix A.3.
const SERVER_INITIAL: &str = "cf000000010008f067a5502a4262b5004075c0d95a482cd0991cd25b0aac406a58\
     16b6394100f37a1c69797554780bb38cc5a99f5ede4cf73c3ec2493a1839b3dbcba3f6ea46c5b7684df3548e7dd\
     eb9c3bf9c73cc3f3bded74b562bfb19fb84022f8ef4cdd93795d77d06edbb7aaf2f58891850abbdca3d20398c27\
     6456cbc42158407dd074ee";

fn bytes(hexadecimal: &str) -> Vec<u8> {
    let digits: Vec<u8> = hexadecimal
        .chars()
        .filter_map(|digit| digit.to_digit(16))
        .map(|digit| digit as u8)
        .collect();
    let (pairs, _) = digits.as_chunks::<2>();
    pairs.iter().map(|[high, low]| high << 4 | low).collect()
}

fn client_hello() -> Vec<u8> {
    let extensions = [
        sni("example.com"),
        extension(16, &[0, 3, 2, b'h', b'3']),
        extension(43, &[2, 3, 4]),
    ];
    message(1, &client_hello_body(0x0303, &[0x1301], &extensions))
}

fn crypto_frame(offset: u16, piece: &[u8]) -> Vec<u8> {
    let number = |value: u16| (value | 0x4000).to_be_bytes();
    [
        &[6][..],
        &number(offset),
        &number(piece.len() as u16),
        piece,
    ]
    .concat()
}

/// A client's Initial packet; version 2 has other type bits.
fn initial(version: u32, destination: &[u8], frames: &[u8]) -> Vec<u8> {
    let first = if version == 0x6b33_43cf { 0xd0 } else { 0xc0 };
    let head = [
        &version.to_be_bytes()[..],
        &[destination.len() as u8],
        destination,
        &[0],
    ]
    .concat();
    let keys = Keys::new(Version(version), destination);
    let frames = [frames, &[0; 20]].concat();
    keys.map(|keys| keys.seal(Side::Client, first, &head, &frames))
        .unwrap_or_default()
}

fn told(datagrams: &[(Side, Vec<u8>)]) -> Collected {
    let pieces: Vec<(Side, &[u8])> = datagrams
        .iter()
        .map(|(side, bytes)| (*side, bytes.as_slice()))
        .collect();
    feed((QUIC.new)(&facts("quic", Transport::Udp, 443)), &pieces)
}

fn of_kind(told: &Collected, kind: &str) -> Vec<serde_json::Value> {
    let mut records = told.records();
    records.retain(|record| record["event_type"] == kind);
    records
}

#[test]
fn both_hellos_are_read() {
    let client = initial(1, &DESTINATION, &crypto_frame(0, &client_hello()));
    let told = told(&[
        (Side::Client, client),
        (Side::Server, bytes(SERVER_INITIAL)),
    ]);
    let quic = of_kind(&told, "quic");
    assert_eq!(quic[0]["quic"]["sni"], "example.com");
    assert_eq!(quic[0]["quic"]["version"], "1");
    assert_eq!(quic[0]["quic"]["extensions"][1]["name"], "alpn");
    assert_eq!(quic[0]["quic"]["extensions"][1]["values"][0], "h3");
    let ja4 = quic[0]["quic"]["ja4"].as_str().unwrap_or_default();
    assert!(ja4.starts_with("q13d0103h3_"), "{ja4}");
    assert_eq!(quic[1]["quic"]["ja3s"]["string"], "771,4865,51-43");
    let ssl = of_kind(&told, "ssl");
    assert_eq!(ssl[0]["ssl"]["history"], "Cs");
    assert_eq!(ssl[0]["ssl"]["curve"], "x25519");
    let session = of_kind(&told, "quic_session");
    assert_eq!(session[0]["quic_session"]["history"], "ISis");
    assert_eq!(session[0]["quic_session"]["client_protocol"], "h3");
    assert_eq!(
        session[0]["quic_session"]["client_initial_dcid"],
        "8394c8f03e515708"
    );
    assert_eq!(
        session[0]["quic_session"]["server_scid"],
        "f067a5502a4262b5"
    );
}

#[test]
fn version_2_has_other_keys_and_types() {
    let client = initial(0x6b33_43cf, &DESTINATION, &crypto_frame(0, &client_hello()));
    let told = told(&[(Side::Client, client)]);
    assert_eq!(of_kind(&told, "quic")[0]["quic"]["sni"], "example.com");
}

#[test]
fn a_hello_in_pieces_over_packets_out_of_order_is_read() {
    let hello = client_hello();
    let (begin, end) = hello.split_at(50);
    let told = told(&[
        (
            Side::Client,
            initial(1, &DESTINATION, &crypto_frame(50, end)),
        ),
        (
            Side::Client,
            initial(1, &DESTINATION, &crypto_frame(0, begin)),
        ),
    ]);
    let quic = of_kind(&told, "quic");
    assert_eq!(quic.len(), 1);
    assert_eq!(quic[0]["quic"]["sni"], "example.com");
}

#[test]
fn encrypted_data_is_told_whenever_there_is_twice_as_much() {
    let handshake = [&[0xe0, 0, 0, 0, 1, 0, 0, 4][..], &[1; 4]].concat();
    let data = vec![0x41; 30];
    let mut datagrams = vec![
        (
            Side::Client,
            initial(1, &DESTINATION, &crypto_frame(0, &client_hello())),
        ),
        (Side::Server, [bytes(SERVER_INITIAL), data.clone()].concat()),
        (Side::Client, handshake),
    ];
    datagrams.extend(vec![(Side::Client, data.clone()); 5]);
    datagrams.push((Side::Server, data.clone()));
    datagrams.extend(vec![(Side::Client, data); 3]);
    let told = told(&datagrams);
    let session = of_kind(&told, "quic_session");
    assert_eq!(session[0]["quic_session"]["history"], "ISisoHOOOoO");
}

#[test]
fn what_a_datagram_is_filled_up_with_is_no_packet() {
    let hello = initial(1, &DESTINATION, &crypto_frame(0, &client_hello()));
    for filling in [[0x12; 30], [0x92; 30]] {
        let told = told(&[(Side::Client, [&hello[..], &filling].concat())]);
        let session = of_kind(&told, "quic_session");
        assert_eq!(session[0]["quic_session"]["history"], "ISX");
    }
}

#[test]
fn after_a_retry_the_keys_are_new() {
    let retry = [&[0xf0, 0, 0, 0, 1, 0, 4][..], &[1, 2, 3, 4], &[9; 40]].concat();
    let told = told(&[
        (
            Side::Client,
            initial(1, &DESTINATION, &crypto_frame(0, &client_hello())),
        ),
        (Side::Server, retry),
        (
            Side::Client,
            initial(1, &[1, 2, 3, 4], &crypto_frame(0, &client_hello())),
        ),
    ]);
    assert_eq!(of_kind(&told, "quic").len(), 2);
    let session = of_kind(&told, "quic_session");
    assert_eq!(session[0]["quic_session"]["history"], "ISrIS");
}

#[test]
fn a_hello_in_a_reserved_version_is_read_and_said_again() {
    let mut reserved = initial(1, &DESTINATION, &crypto_frame(0, &client_hello()));
    // The version is part of what is protected: it is sealed anew.
    let keys = Keys::new(Version(0xff00_001d), &DESTINATION);
    let head = [&[0x1a, 0x2a, 0x3a, 0x4a, 8][..], &DESTINATION, &[0]].concat();
    if let Some(keys) = keys {
        let frames = crypto_frame(0, &client_hello());
        reserved = keys.seal(Side::Client, 0xc0, &head, &frames);
    }
    let negotiation = [&[0x80, 0, 0, 0, 0, 0, 8][..], &DESTINATION, &[0, 0, 0, 1]].concat();
    let again = initial(1, &DESTINATION, &crypto_frame(0, &client_hello()));
    let told = told(&[
        (Side::Client, reserved),
        (Side::Server, negotiation),
        (Side::Client, again),
        (Side::Server, bytes(SERVER_INITIAL)),
    ]);
    assert_eq!(of_kind(&told, "quic").len(), 3);
    assert!(told.anomalies().is_empty());
}

#[test]
fn a_packet_with_a_flipped_bit_is_an_anomaly() {
    let mut client = initial(1, &DESTINATION, &crypto_frame(0, &client_hello()));
    if let Some(last) = client.last_mut() {
        *last ^= 1;
    }
    let told = told(&[(Side::Client, client)]);
    assert_eq!(told.anomalies(), ["quic.failed_decrypt"]);
    assert!(of_kind(&told, "quic").is_empty());
}

#[test]
fn googles_hello_gives_its_tags() {
    let mut packet = vec![0xc3];
    packet.extend_from_slice(b"Q046");
    packet.push(0x50);
    packet.extend_from_slice(&DESTINATION);
    packet.extend_from_slice(&[0, 0, 0, 1]);
    packet.extend_from_slice(&[7; 12]);
    packet.extend_from_slice(&[0xa0, 1, 0, 0]);
    packet.extend_from_slice(b"CHLO");
    packet.extend_from_slice(&[2, 0, 0, 0]);
    packet.extend_from_slice(b"SNI\0");
    packet.extend_from_slice(&[11, 0, 0, 0]);
    packet.extend_from_slice(b"UAID");
    packet.extend_from_slice(&[16, 0, 0, 0]);
    packet.extend_from_slice(b"example.comagent");
    let told = told(&[(Side::Client, packet)]);
    let quic = &of_kind(&told, "quic")[0]["quic"];
    assert_eq!(quic["sni"], "example.com");
    assert_eq!(quic["ua"], "agent");
    assert_eq!(quic["cyu"][0]["string"], "46,SNI-UAID");
    assert_eq!(quic["version"], "1362113590");
}

#[test]
fn coalesced_packets_are_told_apart() {
    let mut datagram = bytes(SERVER_INITIAL);
    let handshake = [&[0xe0, 0, 0, 0, 1, 0, 0, 4][..], &[1; 4]].concat();
    datagram.extend(handshake);
    let mut rest = datagram.as_slice();
    let first = Packet::read(&mut rest).map(|packet| packet.kind);
    assert!(matches!(first, Some(Kind::Initial(_))));
    let second = Packet::read(&mut rest).map(|packet| packet.kind);
    assert_eq!(second, Some(Kind::Handshake));
    assert!(rest.is_empty());
}

#[test]
fn a_hello_beyond_its_maximum_is_not_kept() {
    let mut crypto = Crypto::default();
    let far = crypto_frame(0x3fff, &[1; 10]);
    assert_eq!(crypto.frames(&far), None);
    assert_eq!(crypto.held(), 0);
}

proptest::proptest! {
    #[test]
    fn nothing_on_the_wire_makes_it_panic(
        datagrams in proptest::collection::vec(
            (proptest::bool::ANY, proptest::collection::vec(0u8..=255, 0..100)), 0..8),
    ) {
        let pieces: Vec<(Side, Vec<u8>)> = datagrams
            .into_iter()
            .map(|(is_client, bytes)| {
                let bytes = [&[0xc3, 0, 0, 0, 1][..], &bytes].concat();
                (if is_client { Side::Client } else { Side::Server }, bytes)
            })
            .collect();
        told(&pieces);
    }
}

#[test]
fn packets_are_spans() {
    let packet = initial(1, b"12345678", &[]);
    let length = packet.len();
    let two = [&*packet, &*packet].concat();
    let told = told(&[(Side::Client, two)]);
    let expected = [
        format!("0 Client 0+{length}"),
        format!("0 Client {length}+{length}"),
    ];
    assert_eq!(told.frames, expected);
}

/// What is told of a client that says this in its first packets.
fn codes(datagrams: &[Vec<u8>]) -> Vec<String> {
    let pieces: Vec<(Side, &[u8])> = datagrams
        .iter()
        .map(|one| (Side::Client, &one[..]))
        .collect();
    let told = feed((QUIC.new)(&facts("quic", Transport::Udp, 443)), &pieces);
    told.anomalies().into_iter().map(str::to_owned).collect()
}

#[test]
fn frames_that_do_not_belong_into_first_packets_are_told() {
    let of = |frames: &[u8]| codes(&[initial(1, &DESTINATION, frames)]);
    assert!(of(&crypto_frame(0, &client_hello())).is_empty());
    // A part of a hello, and a sign of life.
    assert!(of(&[&crypto_frame(0, &client_hello()[..9]), &[1][..]].concat()).is_empty());
    // A frame of a stream.
    assert_eq!(of(&[8, 0, 1, 1, 0x1e, 0]), ["quic.error_on_data"]);
}

#[test]
fn a_hello_that_is_too_long_is_told() {
    let piece = |offset: u16| crypto_frame(offset, b"piece");
    let of = |frames: &[u8]| codes(&[initial(1, &DESTINATION, frames)]);
    assert!(of(&piece(16_000)).is_empty());
    let end = [&[6][..], &[0x80, 0, 0x40, 0], &[0x40, 5], b"piece"].concat();
    assert_eq!(of(&end), ["quic.crypto_frag_too_long"]);
    let scattered = |count: u16| {
        (1..=count)
            .flat_map(|number| piece(number * 10))
            .collect::<Vec<_>>()
    };
    assert!(of(&scattered(64)).is_empty());
    assert_eq!(of(&scattered(65)), ["quic.crypto_frag_too_long"]);
}

#[test]
fn a_datagram_without_a_header_is_told_once() {
    let whole = initial(1, &DESTINATION, &crypto_frame(0, &client_hello()));
    let cut = whole[..12].to_vec();
    assert_eq!(codes(&[cut.clone(), cut]), ["quic.error_on_header"]);
    // Bytes behind a packet are no packet.
    assert!(codes(&[[&whole[..], &[0xff; 3]].concat()]).is_empty());
}
