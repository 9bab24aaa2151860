mod odd;

use super::TLS;
use super::certificate::{Broken, Certificate, date};
use super::fingerprint::{Ja3, hex, ja4};
use super::hello::{ClientHello, Form};
use crate::application::{COMPLETE, Parser};
use crate::protocol::{Side, Transport};
use crate::testing::{Collected, facts, feed, feed_in_every_split};

/// A self-signed certificate for www.example.com, made with `openssl req -x509`.
const CERTIFICATE: &str = "\
    308201e83082018fa003020102020500f1020304300a06082a8648ce3d040302303f310b3009060355040613\
    02555331163014060355040a0c0d4578616d706c652c20496e632e3118301606035504030c0f7777772e6578\
    616d706c652e636f6d301e170d3236313132323233353134305a170d3336313131393233353134305a303f31\
    0b300906035504061302555331163014060355040a0c0d4578616d706c652c20496e632e3118301606035504\
    030c0f7777772e6578616d706c652e636f6d3059301306072a8648ce3d020106082a8648ce3d030107034200\
    0432b955a64a50594028f8f156288589413e1bacc1abf4fa117b9e8e20234bddd554bae4394e66f8cde29db2\
    e463448c98228e5096acb03e1312e179d7fb93daf1a378307630410603551d11043a3038820f7777772e6578\
    616d706c652e636f6d820d2a2e6578616d706c652e6f72678704c00002078110726f6f74406578616d706c65\
    2e636f6d30120603551d130101ff040830060101ff020100301d0603551d0e041604143c2b8bdf88defdaf23\
    22516fa29d9b0e5e6aed69300a06082a8648ce3d04030203470030440220673b4ddc7b0d2bca0371d8bb0d76\
    93647e15ad31d6bdae69f2e8f3cd7f80564d02207276510331c9e2a6a1ba08df44b22638b166318983d1ca27\
    f76af4ff878d362f";

pub(crate) fn certificate() -> Vec<u8> {
    let digits: Vec<u8> = CERTIFICATE.bytes().filter(u8::is_ascii_hexdigit).collect();
    let value = |digit: u8| char::from(digit).to_digit(16).unwrap_or(0) as u8;
    digits
        .as_chunks::<2>()
        .0
        .iter()
        .map(|[high, low]| value(*high) << 4 | value(*low))
        .collect()
}

fn with_length16(body: &[u8]) -> Vec<u8> {
    [&(body.len() as u16).to_be_bytes(), body].concat()
}

fn with_length24(body: &[u8]) -> Vec<u8> {
    let length = (body.len() as u32).to_be_bytes();
    [length.get(1..).unwrap_or_default(), body].concat()
}

fn words(list: &[u16]) -> Vec<u8> {
    list.iter().flat_map(|word| word.to_be_bytes()).collect()
}

pub(crate) fn extension(number: u16, body: &[u8]) -> Vec<u8> {
    [words(&[number]), with_length16(body)].concat()
}

pub(crate) fn sni(name: &str) -> Vec<u8> {
    let entry = [&[0][..], &with_length16(name.as_bytes())].concat();
    extension(0, &with_length16(&entry))
}

fn alpn(names: &[&str]) -> Vec<u8> {
    let list: Vec<u8> = names
        .iter()
        .flat_map(|name| [&[name.len() as u8], name.as_bytes()].concat())
        .collect();
    extension(16, &with_length16(&list))
}

pub(crate) fn client_hello_body(version: u16, ciphers: &[u16], extensions: &[Vec<u8>]) -> Vec<u8> {
    let mut body = words(&[version]);
    body.extend_from_slice(&[7; 32]);
    body.push(0);
    body.extend(with_length16(&words(ciphers)));
    body.extend_from_slice(&[1, 0]);
    if !extensions.is_empty() {
        body.extend(with_length16(&extensions.concat()));
    }
    body
}

pub(crate) fn server_hello_body(version: u16, cipher: u16, extensions: &[Vec<u8>]) -> Vec<u8> {
    let mut body = words(&[version]);
    body.extend_from_slice(&[9; 32]);
    body.push(0);
    body.extend(words(&[cipher]));
    body.push(0);
    body.extend(with_length16(&extensions.concat()));
    body
}

pub(crate) fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    [&[kind][..], &with_length24(body)].concat()
}

pub(crate) fn record(kind: u8, body: &[u8]) -> Vec<u8> {
    [&[kind, 3, 1][..], &with_length16(body)].concat()
}

fn certificates(list: &[&[u8]]) -> Vec<u8> {
    let all: Vec<u8> = list.iter().flat_map(|one| with_length24(one)).collect();
    message(11, &with_length24(&all))
}

fn hello() -> Vec<u8> {
    let extensions = [
        sni("www.example.com"),
        alpn(&["h2", "http/1.1"]),
        extension(10, &with_length16(&words(&[0x0a0a, 29, 23]))),
        extension(11, &[1, 0]),
    ];
    message(
        1,
        &client_hello_body(0x0303, &[0xc02f, 0x1a1a, 0x1301], &extensions),
    )
}

fn make() -> Box<dyn Parser> {
    (TLS.new)(&facts("tls", Transport::Tcp, 443))
}

fn session(pieces: &[(Side, &[u8])]) -> Collected {
    feed_in_every_split(&make, pieces)
}

fn the_record<'a>(records: &'a [serde_json::Value], kind: &str) -> &'a serde_json::Value {
    let found = records.iter().find(|record| record["event_type"] == kind);
    found.unwrap_or(&serde_json::Value::Null)
}

fn tls12() -> (Vec<u8>, Vec<u8>, Vec<u8>, Vec<u8>) {
    let server = [
        message(2, &server_hello_body(0x0303, 0xc02f, &[alpn(&["h2"])])),
        certificates(&[&certificate()]),
        message(12, &[3, 0, 29, 1, 2]),
        message(14, &[]),
    ];
    let client = [
        record(22, &message(16, &[1, 2])),
        record(20, &[1]),
        record(22, &[8; 40]),
    ];
    let last = [
        record(22, &message(4, &[0; 8])),
        record(20, &[1]),
        record(22, &[8; 40]),
    ];
    (
        record(22, &hello()),
        record(22, &server.concat()),
        client.concat(),
        last.concat(),
    )
}

#[test]
fn a_full_tls12_handshake_is_told_once_and_then_costs_nothing() {
    let (hello, server, client, last) = tls12();
    let told = session(&[
        (Side::Client, &hello),
        (Side::Server, &server),
        (Side::Client, &client),
        (Side::Server, &last),
    ]);
    let records = told.records();
    let tls = &the_record(&records, "tls")["tls"];
    assert_eq!(tls["sni"], "www.example.com");
    assert_eq!(tls["version"], "TLS 1.2");
    assert_eq!(tls["subject"], "C=US, O=Example, Inc., CN=www.example.com");
    assert_eq!(tls["serial"], "00:F1:02:03:04");
    assert_eq!(
        tls["fingerprint"],
        "57:48:85:78:ba:b0:14:13:ee:93:25:5b:cf:d7:65:e1:13:f8:1f:17"
    );
    assert_eq!(tls["subjectaltname"][1], "*.example.org");
    assert_eq!(tls["subjectaltname"][2], "192.0.2.7");
    assert_eq!(tls["notbefore"], "2026-11-22T23:51:40");
    assert_eq!(tls["client_alpns"][0], "h2");
    assert_eq!(tls["server_alpns"][0], "h2");
    assert_eq!(tls["ja3"]["string"], "771,49199-4865,0-16-10-11,29-23,0");
    assert_eq!(tls["ja3s"]["string"], "771,49199,16");
    let ssl = &the_record(&records, "ssl")["ssl"];
    assert_eq!(ssl["history"], "CsxknGIti");
    assert_eq!(ssl["established"], true);
    assert_eq!(ssl["curve"], "x25519");
    assert_eq!(ssl["sni_matches_cert"], true);
    assert_eq!(records.len(), 3);
    assert!(told.anomalies().is_empty());
}

#[test]
fn a_certificate_is_a_record_of_its_own() {
    let (hello, server, ..) = tls12();
    let told = feed(make(), &[(Side::Client, &hello), (Side::Server, &server)]);
    let records = told.records();
    let x509 = &the_record(&records, "x509")["x509"];
    assert_eq!(
        x509["certificate"]["subject"],
        "CN=www.example.com,O=Example\\, Inc.,C=US"
    );
    assert_eq!(x509["certificate"]["serial"], "F1020304");
    assert_eq!(x509["certificate"]["key_alg"], "id-ecPublicKey");
    assert_eq!(x509["certificate"]["curve"], "prime256v1");
    assert_eq!(x509["certificate"]["sig_alg"], "ecdsa-with-SHA256");
    assert_eq!(
        x509["fingerprint"],
        "96791c024f6650218f4ad5d085701e3c5ac8452cce4dc576977863 46a86c9ffb".replace(' ', "")
    );
    assert_eq!(x509["san"]["email"][0], "root@example.com");
    assert_eq!(x509["basic_constraints"]["path_len"], 0);
    assert_eq!(x509["host_cert"], true);
}

#[test]
fn a_tls13_session_is_told_when_the_server_has_said_hello() {
    let server = server_hello_body(
        0x0303,
        0x1301,
        &[
            extension(43, &words(&[0x0304])),
            extension(51, &words(&[29, 0])),
        ],
    );
    let server = [
        record(22, &message(2, &server)),
        record(20, &[1]),
        record(23, &[5; 50]),
    ];
    let client = [record(20, &[1]), record(23, &[5; 50])];
    let told = session(&[
        (Side::Client, &record(22, &hello())),
        (Side::Server, &server.concat()),
        (Side::Client, &client.concat()),
    ]);
    let records = told.records();
    assert_eq!(the_record(&records, "tls")["tls"]["version"], "TLS 1.3");
    let ssl = &the_record(&records, "ssl")["ssl"];
    assert_eq!(ssl["version"], "TLSv13");
    assert_eq!(ssl["history"], "CsiI");
    assert_eq!(ssl["established"], true);
    assert_eq!(ssl["curve"], "x25519");
}

#[test]
fn an_alert_ends_a_handshake() {
    let told = session(&[
        (Side::Client, &record(22, &hello())),
        (Side::Server, &record(21, &[2, 40])),
    ]);
    let records = told.records();
    let ssl = &the_record(&records, "ssl")["ssl"];
    assert_eq!(ssl["last_alert"], "handshake_failure");
    assert_eq!(ssl["history"], "Cl");
    assert_eq!(ssl["established"], false);
    assert_eq!(the_record(&records, "tls")["tls"]["sni"], "www.example.com");
}

#[test]
fn a_hello_over_many_small_records_is_read() {
    let pieces: Vec<u8> = hello()
        .chunks(7)
        .flat_map(|part| record(22, part))
        .collect();
    let told = session(&[(Side::Client, &pieces)]);
    assert_eq!(told.records()[0]["tls"]["sni"], "www.example.com");
}

#[test]
fn a_resumed_session_has_no_certificate() {
    let mut body = client_hello_body(0x0303, &[0xc02f], &[sni("example.com")]);
    body.splice(34..35, [4, 1, 2, 3, 4]);
    let server = [
        record(22, &message(2, &server_hello_body(0x0303, 0xc02f, &[]))),
        record(20, &[1]),
    ];
    let told = session(&[
        (Side::Client, &record(22, &message(1, &body))),
        (Side::Server, &server.concat()),
        (Side::Client, &record(20, &[1])),
    ]);
    assert_eq!(told.records()[0]["tls"]["session_resumed"], true);
}

#[test]
fn the_clients_certificate_is_told_apart_from_the_servers() {
    let (hello, _, client, _) = tls12();
    let server = [
        message(2, &server_hello_body(0x0303, 0xc02f, &[])),
        certificates(&[&certificate()]),
        message(13, &[1, 1, 0, 0, 0, 0]),
        message(14, &[]),
    ];
    let client = [record(22, &certificates(&[&certificate()])), client].concat();
    let told = session(&[
        (Side::Client, &hello),
        (Side::Server, &record(22, &server.concat())),
        (Side::Client, &client),
    ]);
    let records = told.records();
    assert_eq!(
        the_record(&records, "tls")["tls"]["client"]["serial"],
        "00:F1:02:03:04"
    );
}

/// A parser whose records have all parts.
fn make_with_parts() -> Box<dyn Parser> {
    let mut facts = facts("tls", Transport::Tcp, 443);
    facts.limits.tls_parts = crate::TlsParts {
        certificate: true,
        chain: true,
        client_certificate: true,
        client_chain: true,
        client_handshake: true,
        server_handshake: true,
    };
    (TLS.new)(&facts)
}

#[test]
fn records_have_the_parts_that_are_asked_for() {
    let (hello, _, client, _) = tls12();
    let server = [
        message(2, &server_hello_body(0x0303, 0xc02f, &[alpn(&["h2"])])),
        certificates(&[&certificate(), b"other"]),
        message(13, &[1, 1, 0, 0, 0, 0]),
        message(14, &[]),
    ];
    let client = [record(22, &certificates(&[&certificate()])), client].concat();
    let pieces: [(Side, &[u8]); 3] = [
        (Side::Client, &hello),
        (Side::Server, &record(22, &server.concat())),
        (Side::Client, &client),
    ];
    let records = feed_in_every_split(&make_with_parts, &pieces).records();
    let tls = &the_record(&records, "tls")["tls"];
    let encoded = tls["certificate"].as_str().unwrap();
    assert!(encoded.starts_with("MIIB6DCCAY"), "{encoded}");
    assert_eq!(tls["chain"], serde_json::json!([encoded, "b3RoZXI="]));
    assert_eq!(tls["client"]["certificate"], encoded);
    assert_eq!(tls["client"]["chain"], serde_json::json!([encoded]));
    let said = serde_json::json!({
        "version": "TLS 1.2", "ciphers": [0xc02f, 0x1301], "exts": [0, 16, 10, 11]
    });
    assert_eq!(tls["client_handshake"], said);
    let answered = serde_json::json!({"version": "TLS 1.2", "cipher": 0xc02f, "exts": [16]});
    assert_eq!(tls["server_handshake"], answered);
}

#[test]
fn a_heartbeat_that_claims_more_than_it_has_is_told() {
    let told = session(&[
        (Side::Client, &record(22, &hello())),
        (Side::Client, &record(24, &[1, 0x40, 0, 1, 2])),
    ]);
    let overflow = "tls.overflow_heartbeat_message";
    assert_eq!(told.anomalies(), ["tls.heartbeat_message", overflow]);
}

#[test]
fn what_is_no_record_ends_a_side() {
    let told = session(&[
        (Side::Client, &record(22, &hello())),
        (Side::Server, b"GET / HTTP/1.1"),
    ]);
    assert_eq!(told.anomalies(), ["tls.invalid_record_type"]);
}

#[test]
fn a_message_longer_than_any_real_one_is_passed_over() {
    let mut long = message(11, &[]);
    long.splice(1..4, [2, 0, 0]);
    let filler: Vec<u8> = std::iter::repeat_n(record(22, &[0; 16_384]), 8)
        .flatten()
        .collect();
    let server = [
        record(22, &message(2, &server_hello_body(0x0303, 0xc02f, &[]))),
        record(22, &long),
        filler,
        record(22, &message(14, &[])),
    ];
    let told = feed(
        make(),
        &[
            (Side::Client, &record(22, &hello())),
            (Side::Server, &server.concat()),
        ],
    );
    assert_eq!(told.anomalies(), ["tls.handshake_invalid_length"]);
    assert!(told.lines.contains(&"progress Server 0 4".to_owned()));
}

#[test]
fn ssl2s_hello_gives_a_version() {
    let body = [&[1, 3, 1, 0, 3, 0, 0, 0, 16, 0, 0, 4][..], &[6; 16]].concat();
    let hello = [&[0x80, body.len() as u8][..], &body].concat();
    let server = record(22, &message(2, &server_hello_body(0x0301, 4, &[])));
    let told = session(&[(Side::Client, &hello), (Side::Server, &server)]);
    assert_eq!(told.records()[0]["tls"]["version"], "TLSv1");
    assert!(told.anomalies().is_empty());
}

#[test]
fn a_gap_inside_a_record_does_not_lose_the_next_one() {
    let (hello, ..) = tls12();
    let mut parser = make();
    let mut told = Collected::default();
    let first = record(22, &message(2, &server_hello_body(0x0303, 0xc02f, &[])));
    let second = record(22, &certificates(&[&certificate()]));
    let third = record(22, &message(14, &[]));
    let (begin, end) = second.split_at(100);
    parser.data(Side::Client, &hello, &mut told);
    parser.data(Side::Server, &[&first, begin].concat(), &mut told);
    parser.gap(Side::Server, 50, &mut told);
    parser.data(Side::Server, &[&end[50..], &third].concat(), &mut told);
    assert!(told.lines.contains(&"progress Server 0 4".to_owned()));
    assert!(told.anomalies().is_empty());
}

#[test]
fn both_sides_are_complete_at_the_end() {
    let told = session(&[(Side::Client, &record(22, &hello()))]);
    assert!(
        told.lines
            .contains(&format!("progress Server 0 {COMPLETE}"))
    );
}

/// The example in the announcement of JA3.
#[test]
fn ja3_is_the_published_one() {
    let body = client_hello_body(
        769,
        &[47, 53, 5, 10, 49161, 49162, 49171, 49172, 50, 56, 19, 4],
        &[
            extension(0, &[]),
            extension(10, &with_length16(&words(&[23, 24, 25]))),
            extension(11, &[1, 0]),
        ],
    );
    let hello = ClientHello::read(&body, Form::Stream).unwrap_or_default();
    assert_eq!(Ja3::client(&hello).hash, "ada70206e40642a3e4461f35503241d5");
}

/// The example in the description of JA4.
#[test]
fn ja4_is_the_published_one() {
    let ciphers = [
        0x3a3a, 0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc013,
        0xc014, 0x009c, 0x009d, 0x002f, 0x0035,
    ];
    let signatures = [
        0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601,
    ];
    let others = [
        0x001b, 0x0033, 0x0017, 0x000a, 0x000b, 0xff01, 0x0023, 0x0005, 0x0012, 0x002d, 0x4469,
        0x0015,
    ];
    let mut extensions: Vec<Vec<u8>> = others
        .iter()
        .map(|number| extension(*number, &[]))
        .collect();
    extensions.push(sni("example.com"));
    extensions.push(alpn(&["h2", "http/1.1"]));
    extensions.push(extension(13, &with_length16(&words(&signatures))));
    extensions.push(extension(
        43,
        &[&[4][..], &words(&[0x0304, 0x0303])].concat(),
    ));
    let body = client_hello_body(0x0303, &ciphers, &extensions);
    let hello = ClientHello::read(&body, Form::Stream).unwrap_or_default();
    assert_eq!(ja4(&hello, 't'), "t13d1516h2_8daaf6152771_e5627efa2ab1");
}

#[test]
fn a_certificate_with_lengths_beyond_itself_is_told() {
    for (certificate, event) in [
        (
            [0x30, 6, 0x30, 0x84, 0xff, 0xff, 0xff, 0xfa, 4],
            "tls.invalid_certificate",
        ),
        (
            [0x30, 5, 0x30, 0x84, 0xff, 0xff, 0xff, 0xfa, 4],
            "tls.certificate_invalid_length",
        ),
        (
            [0x31, 5, 0x30, 0x84, 0xff, 0xff, 0xff, 0xfa, 4],
            "tls.certificate_invalid_der",
        ),
    ] {
        let told = session(&[
            (Side::Client, &record(22, &hello())),
            (Side::Server, &record(22, &certificates(&[&certificate]))),
        ]);
        assert_eq!(told.anomalies(), [event]);
    }
}

#[test]
fn a_retry_gives_fingerprints_of_both_tries() {
    let mut retry = server_hello_body(0x0303, 0x1301, &[extension(43, &words(&[0x0304]))]);
    retry.splice(2..34, super::hello::RETRY_RANDOM);
    let later = [
        extension(43, &words(&[0x0304])),
        extension(51, &words(&[29, 0])),
    ];
    let server = [
        record(22, &message(2, &retry)),
        record(20, &[1]),
        record(22, &message(2, &server_hello_body(0x0303, 0x1301, &later))),
    ];
    let again = client_hello_body(0x0303, &[0x1301], &[extension(44, &with_length16(b"x"))]);
    let told = session(&[
        (Side::Client, &record(22, &hello())),
        (Side::Server, &server[0]),
        (Side::Client, &record(22, &message(1, &again))),
        (Side::Server, &server[1..].concat()),
    ]);
    let records = told.records();
    let record = the_record(&records, "tls");
    assert_eq!(record["tls"]["ja3s"]["string"], "771,4865,43");
    let retried = &record["wirewatch"]["hello_retried"];
    assert_eq!(retried["ja3"]["string"], "771,4865,44,,");
    assert_eq!(retried["ja3s"]["string"], "771,4865,43-51");
    assert_eq!(the_record(&records, "ssl")["ssl"]["history"], "CjCis");
}

#[test]
fn ja4_has_nines_for_a_protocol_that_is_not_ascii() {
    for (name, expected) in [
        (&b"\xba\xad"[..], "t12i010199_"),
        (b"-x", "t12i010128_"),
        (b"h2", "t12i0101h2_"),
    ] {
        let list = [&[name.len() as u8][..], name].concat();
        let body = client_hello_body(0x0303, &[0xc02f], &[extension(16, &with_length16(&list))]);
        let hello = ClientHello::read(&body, Form::Stream).unwrap_or_default();
        assert!(
            ja4(&hello, 't').starts_with(expected),
            "{}",
            ja4(&hello, 't')
        );
    }
}

#[test]
fn dates_before_1970_are_dates() {
    assert_eq!(date(-86_400), "1969-12-31T00:00:00");
    assert_eq!(date(951_782_400), "2000-02-29T00:00:00");
}

#[test]
fn a_certificate_cut_anywhere_is_an_error_and_no_more() {
    let whole = certificate();
    assert!(Certificate::read(&whole).is_ok());
    for end in 0..whole.len() {
        let cut = Certificate::read(whole.get(..end).unwrap_or_default());
        assert_eq!(cut.err(), Some(Broken::Length), "{end}");
    }
}

proptest::proptest! {
    #[test]
    fn nothing_on_the_wire_makes_it_panic(
        pieces in proptest::collection::vec(
            (proptest::bool::ANY, proptest::collection::vec(0u8..=255, 0..200)), 0..8),
    ) {
        let mut parser = make();
        let mut told = Collected::default();
        for (from_client, bytes) in &pieces {
            let side = if *from_client { Side::Client } else { Side::Server };
            parser.data(side, &record(22, bytes), &mut told);
        }
    }
}

#[test]
fn hexadecimal_is_lower_case() {
    assert_eq!(hex(&[0xab, 1]), "ab01");
}

#[test]
fn a_certificate_is_used_before_in_or_after_its_time() {
    let at = |seen| {
        let chain = super::handshake::Chain {
            not_before: Some(100),
            not_after: Some(200),
            seen,
            ..Default::default()
        };
        (chain.is_expired(), chain.is_in_its_time())
    };
    assert_eq!(at(99), (Some(false), Some(false)));
    assert_eq!(at(200), (Some(false), Some(true)));
    assert_eq!(at(201), (Some(true), Some(false)));
}

/// What is told of spans when somebody asks for them.
fn spans(pieces: &[(Side, &[u8])]) -> Vec<String> {
    let make = || {
        let mut parser = make();
        parser.frames_wanted();
        parser
    };
    feed_in_every_split(&make, pieces).frames
}

#[test]
fn records_are_spans_also_behind_the_handshake() {
    let data = [record(20, &[1]), record(23, b"secret"), record(23, b"more")].concat();
    let alert = record(21, &[1, 0]);
    let told = spans(&[
        (Side::Client, &data),
        (Side::Server, &data),
        (Side::Client, &alert),
    ]);
    let of_client: Vec<&String> = told.iter().filter(|span| span.contains("Client")).collect();
    let expected = [
        "0 Client 0+6",
        "1 Client 0+5",
        "2 Client 5+1",
        "0 Client 6+11",
        "1 Client 6+5",
        "2 Client 11+6",
        "0 Client 17+9",
        "1 Client 17+5",
        "2 Client 22+4",
        "0 Client 26+7",
        "1 Client 26+5",
        "2 Client 31+2",
        "3 Client 31+2",
    ];
    assert_eq!(of_client, expected);
}

#[test]
fn old_hellos_are_spans_of_their_own() {
    let hello = [0x80, 12, 1, 3, 1, 0, 3, 0, 0, 0, 0, 1, 2, 3];
    let told = spans(&[(Side::Client, &hello)]);
    assert_eq!(told, ["5 Client 0+14", "6 Client 0+2"]);
}

#[test]
fn without_records_there_are_no_spans() {
    assert_eq!(spans(&[(Side::Client, b"\x17\x03\x03\xff\xff")]).len(), 0);
    assert_eq!(session(&[(Side::Client, &hello())]).frames.len(), 0);
}

#[test]
fn key_exchanges_are_steps_of_their_own() {
    let (client, server, keys, _) = tls12();
    let told = session(&[
        (Side::Client, &client),
        (Side::Server, &server),
        (Side::Client, &keys),
    ]);
    for step in ["progress Client 0 3", "progress Server 0 3"] {
        assert!(told.lines.iter().any(|line| line == step), "{step}");
    }
}
