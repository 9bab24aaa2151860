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
fn an_identifier_that_does_not_end_is_told() {
    let told = codes(|bytes| {
        // That of the common name.
        let at = place(&[0x55, 4, 3], bytes);
        *bytes.get_mut(at + 2).unwrap() = 0x83;
    });
    assert_eq!(told, ["tls.certificate_invalid_oid"]);
}

#[test]
fn a_version_that_does_not_exist_is_told() {
    for (version, count) in [(0, 0), (1, 0), (2, 0), (3, 1), (200, 1)] {
        let told = codes(|bytes| {
            let at = place(&[0xa0, 3, 2, 1, 2], bytes);
            *bytes.get_mut(at + 4).unwrap() = version;
        });
        let expected = ["tls.certificate_invalid_version"];
        assert_eq!(told, expected[..count], "{version}");
    }
}

#[test]
fn a_name_that_is_no_list_of_attributes_is_told() {
    let told = codes(|bytes| {
        // The set around the country.
        let at = place(&[0x31, 0x0b, 0x30, 9, 6, 3, 0x55, 4, 6], bytes);
        *bytes.get_mut(at).unwrap() = 0x30;
    });
    assert_eq!(told, ["tls.certificate_invalid_x509name"]);
}

#[test]
fn extensions_that_are_none_are_told() {
    let told = codes(|bytes| {
        // The value of the names, which is an octet string.
        let at = place(&[0x55, 0x1d, 0x11, 4], bytes);
        *bytes.get_mut(at + 3).unwrap() = 5;
    });
    assert_eq!(told, ["tls.certificate_invalid_extensions"]);
}

#[test]
fn an_alert_that_is_not_assigned_is_told() {
    let of = |level: u8, number: u8| {
        let pieces = [record(22, &hello()), record(21, &[level, number])].concat();
        let told = session(&[(Side::Client, &pieces)]);
        told.anomalies() == ["tls.invalid_alert"]
    };
    assert!(of(3, 0));
    assert!(of(1, 200));
    assert!(!of(1, 0) && !of(2, 40) && !of(2, 120));
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
