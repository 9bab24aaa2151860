use super::DTLS;
use crate::protocol::{Side, Transport};
use crate::testing::{Collected, facts, feed};
use crate::tls::tests::{client_hello_body, extension, server_hello_body, sni};

fn record(body: &[u8]) -> Vec<u8> {
    let mut record = vec![22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 1];
    record.extend_from_slice(&(body.len() as u16).to_be_bytes());
    record.extend_from_slice(body);
    record
}

fn three(number: usize) -> [u8; 3] {
    [(number >> 16) as u8, (number >> 8) as u8, number as u8]
}

/// One fragment of a message.
fn fragment(kind: u8, number: u8, whole: &[u8], begin: usize, end: usize) -> Vec<u8> {
    let mut bytes = vec![kind];
    bytes.extend_from_slice(&three(whole.len()));
    bytes.extend_from_slice(&[0, number]);
    bytes.extend_from_slice(&three(begin));
    bytes.extend_from_slice(&three(end - begin));
    bytes.extend_from_slice(whole.get(begin..end).unwrap_or_default());
    bytes
}

fn hello() -> Vec<u8> {
    let mut body = client_hello_body(0xfefd, &[0xc02b], &[sni("example.com"), extension(23, &[])]);
    // The cookie, behind the empty session.
    body.insert(35, 0);
    body
}

fn told(datagrams: &[(Side, Vec<u8>)]) -> Collected {
    let pieces: Vec<(Side, &[u8])> = datagrams
        .iter()
        .map(|(side, bytes)| (*side, bytes.as_slice()))
        .collect();
    feed((DTLS.new)(&facts("dtls", Transport::Udp, 443)), &pieces)
}

#[test]
fn a_hello_in_one_piece_is_read() {
    let hello = hello();
    let whole = record(&fragment(1, 0, &hello, 0, hello.len()));
    let records = told(&[(Side::Client, whole)]).records();
    assert_eq!(records[0]["tls"]["sni"], "example.com");
    assert_eq!(records[0]["tls"]["version"], "DTLS 1.2");
    assert_eq!(records[0]["tls"]["ja3"]["string"], "65277,49195,0-23,,");
    let ja4 = records[0]["tls"]["ja4"].as_str().unwrap_or_default();
    assert!(ja4.starts_with("dd2d010200_"), "{ja4}");
}

#[test]
fn fragments_out_of_order_that_overlap_are_put_together() {
    let hello = hello();
    let pieces = [(40, hello.len()), (0, 30), (0, 30), (20, 45)];
    let datagrams: Vec<(Side, Vec<u8>)> = pieces
        .iter()
        .map(|(begin, end)| (Side::Client, record(&fragment(1, 0, &hello, *begin, *end))))
        .collect();
    let records = told(&datagrams).records();
    assert_eq!(records[0]["tls"]["sni"], "example.com");
}

#[test]
fn a_message_that_is_sent_again_counts_once() {
    let hello = hello();
    let server = server_hello_body(0xfefd, 0xc02b, &[]);
    let whole = record(&fragment(1, 0, &hello, 0, hello.len()));
    let answer = record(&fragment(2, 0, &server, 0, server.len()));
    let records = told(&[
        (Side::Client, whole.clone()),
        (Side::Client, whole),
        (Side::Server, answer.clone()),
        (Side::Server, answer),
    ])
    .records();
    assert_eq!(records[1]["ssl"]["history"], "Cs");
    assert_eq!(records[1]["ssl"]["version"], "DTLSv12");
}

#[test]
fn a_fragment_beyond_its_message_is_an_anomaly() {
    let hello = hello();
    let mut wrong = fragment(1, 0, &hello, 0, hello.len());
    wrong.splice(1..4, [0, 0, 9]);
    let told = told(&[(Side::Client, record(&wrong))]);
    assert_eq!(told.anomalies(), ["tls.invalid_handshake_message"]);
}

#[test]
fn records_of_a_later_epoch_end_it() {
    let mut encrypted = record(&[1, 2, 3]);
    encrypted.splice(3..5, [0, 1]);
    let hello = hello();
    let server = server_hello_body(0xfefd, 0xc02b, &[]);
    let records = told(&[
        (
            Side::Client,
            record(&fragment(1, 0, &hello, 0, hello.len())),
        ),
        (
            Side::Server,
            record(&fragment(2, 0, &server, 0, server.len())),
        ),
        (Side::Client, encrypted.clone()),
        (Side::Server, encrypted),
    ])
    .records();
    assert_eq!(records[1]["ssl"]["established"], true);
}
