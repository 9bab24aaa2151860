//! Certificates and records that are almost right.

use super::*;

/// The codes that a server's certificate, made so from a good one, gives.
fn codes(change: impl FnOnce(&mut Vec<u8>)) -> Vec<String> {
    let mut certificate = certificate();
    change(&mut certificate);
    let server = [
        message(2, &server_hello_body(0x0303, 0xc02f, &[])),
        certificates(&[&certificate]),
    ];
    let server = record(22, &server.concat());
    let told = session(&[
        (Side::Client, &record(22, &hello())),
        (Side::Server, &server),
    ]);
    told.anomalies().iter().map(ToString::to_string).collect()
}

fn place(of: &[u8], in_bytes: &[u8]) -> usize {
    let mut all = in_bytes.windows(of.len());
    all.position(|window| window == of).unwrap()
}

#[test]
fn a_good_certificate_is_not_odd() {
    assert_eq!(codes(|_| {}), Vec::<String>::new());
}

#[test]
fn a_zero_in_a_name_is_told() {
    let told = codes(|bytes| {
        let at = place(b"www.example.com", bytes);
        *bytes.get_mut(at + 3).unwrap() = 0;
    });
    assert_eq!(told, ["tls.certificate_invalid_string"]);
}

#[test]
fn a_part_that_no_certificate_has_is_told() {
    let told = codes(|bytes| {
        let at = place(&[0xa3, 0x78, 0x30], bytes);
        *bytes.get_mut(at).unwrap() = 0xa7;
    });
    assert_eq!(told, ["tls.certificate_unknown_element"]);
}

#[test]
fn an_alert_that_is_too_long_is_told() {
    let alert = record(21, &[1, 0, 0]);
    let pieces = [record(22, &hello()), alert].concat();
    let told = session(&[(Side::Client, &pieces)]);
    assert_eq!(told.anomalies(), ["tls.invalid_ssl_record"]);
    let alert = record(21, &[1, 0]);
    let pieces = [record(22, &hello()), alert].concat();
    assert!(session(&[(Side::Client, &pieces)]).anomalies().is_empty());
}
