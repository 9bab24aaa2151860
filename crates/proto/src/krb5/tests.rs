use super::*;
use crate::testing::{Collected, facts, feed, feed_in_every_split};

/// An element.
fn der(tag: u8, content: &[&[u8]]) -> Vec<u8> {
    let content = content.concat();
    let mut element = vec![tag];
    if content.len() > 127 {
        element.extend([0x82]);
        element.extend((content.len() as u16).to_be_bytes());
    } else {
        element.push(content.len() as u8);
    }
    element.extend(content);
    element
}

fn principal(tag: u8, parts: &[&str]) -> Vec<u8> {
    let parts: Vec<u8> = parts
        .iter()
        .flat_map(|part| der(0x1b, &[part.as_bytes()]))
        .collect();
    let kind = der(0xa0, &[&[2, 1, 1]]);
    der(
        tag,
        &[&der(0x30, &[&kind, &der(0xa1, &[&der(0x30, &[&parts])])])],
    )
}

fn realm(tag: u8) -> Vec<u8> {
    der(tag, &[&der(0x1b, &[b"EXAMPLE.COM"])])
}

fn request(outer: u8) -> Vec<u8> {
    let body = [
        der(0xa0, &[&[3, 5, 0, 0x40, 0x80, 0, 0]]),
        principal(0xa1, &["alice"]),
        realm(0xa2),
        principal(0xa3, &["krbtgt", "EXAMPLE.COM"]),
        der(0xa5, &[&der(0x18, &[b"20370913024805Z"])]),
    ]
    .concat();
    let fields = [
        der(0xa1, &[&[2, 1, 5]]),
        der(0xa2, &[&[2, 1, 10]]),
        der(0xa4, &[&der(0x30, &[&body])]),
    ]
    .concat();
    der(outer, &[&der(0x30, &[&fields])])
}

fn encrypted(tag: u8, kind: u8) -> Vec<u8> {
    let fields = [
        der(0xa0, &[&[2, 1, kind]]),
        der(0xa2, &[&der(0x04, &[&[7; 40]])]),
    ]
    .concat();
    der(tag, &[&der(0x30, &[&fields])])
}

fn reply(kind: u8) -> Vec<u8> {
    let ticket = [
        der(0xa0, &[&[2, 1, 5]]),
        realm(0xa1),
        principal(0xa2, &["krbtgt", "EXAMPLE.COM"]),
        encrypted(0xa3, 18),
    ]
    .concat();
    let fields = [
        der(0xa0, &[&[2, 1, 5]]),
        der(0xa1, &[&[2, 1, 11]]),
        realm(0xa3),
        principal(0xa4, &["alice"]),
        der(0xa5, &[&der(0x61, &[&der(0x30, &[&ticket])])]),
        encrypted(0xa6, kind),
    ]
    .concat();
    der(0x6b, &[&der(0x30, &[&fields])])
}

fn error(code: u8) -> Vec<u8> {
    let fields = [
        der(0xa0, &[&[2, 1, 5]]),
        der(0xa1, &[&[2, 1, 30]]),
        der(0xa6, &[&[2, 1, code]]),
        realm(0xa9),
        principal(0xaa, &["krbtgt", "EXAMPLE.COM"]),
    ]
    .concat();
    der(0x7e, &[&der(0x30, &[&fields])])
}

fn framed(message: &[u8]) -> Vec<u8> {
    [&(message.len() as u32).to_be_bytes(), message].concat()
}

fn parser(transport: Transport) -> Box<dyn Parser> {
    (KRB5.new)(&facts("krb5", transport, 88))
}

fn told(client: &[u8], server: &[u8]) -> Collected {
    let pieces = [
        (Side::Client, &*framed(client)),
        (Side::Server, &*framed(server)),
    ]
    .map(|(side, bytes)| (side, bytes.to_vec()));
    let pieces: Vec<(Side, &[u8])> = pieces
        .iter()
        .map(|(side, bytes)| (*side, bytes.as_slice()))
        .collect();
    feed_in_every_split(&|| parser(Transport::Tcp), &pieces)
}

#[test]
fn a_given_ticket_is_told() {
    let told = told(&request(0x6a), &reply(18));
    let krb5 = &told.records()[0]["krb5"];
    assert_eq!(krb5["msg_type"], "KRB_AS_REP");
    assert_eq!(krb5["cname"], "alice");
    assert_eq!(krb5["realm"], "EXAMPLE.COM");
    assert_eq!(krb5["sname"], "krbtgt/EXAMPLE.COM");
    assert_eq!(krb5["encryption"], "aes256-cts-hmac-sha1-96");
    assert_eq!(krb5["weak_encryption"], false);
    let log = &told.records()[1]["kerberos"];
    assert_eq!(log["client"], "alice/EXAMPLE.COM");
    assert_eq!(log["forwardable"], true);
    assert_eq!(log["renewable"], true);
    assert_eq!(log["success"], true);
}

#[test]
fn weak_encryption_is_an_event() {
    assert_eq!(
        told(&request(0x6a), &reply(23)).anomalies(),
        ["krb5.weak_encryption"]
    );
}

#[test]
fn an_error_names_what_failed() {
    let told = told(&request(0x6a), &error(24));
    let krb5 = &told.records()[0]["krb5"];
    assert_eq!(krb5["msg_type"], "KRB_ERROR");
    assert_eq!(krb5["failed_request"], "KRB_AS_REQ");
    assert_eq!(krb5["error_code"], "KDC_ERR_PREAUTH_FAILED");
    assert_eq!(krb5["cname"], "<empty>");
    assert_eq!(
        told.records()[1]["kerberos"]["error_msg"],
        "KDC_ERR_PREAUTH_FAILED"
    );
}

#[test]
fn requests_without_answers_are_told_at_the_end() {
    let both = [framed(&request(0x6a)), framed(&request(0x6c))].concat();
    let told = feed_in_every_split(&|| parser(Transport::Tcp), &[(Side::Client, &both)]);
    let kinds: Vec<_> = told
        .records()
        .iter()
        .map(|each| each["krb5"]["msg_type"].clone())
        .collect();
    assert_eq!(kinds, ["KRB_AS_REQ", "KRB_TGS_REQ"]);
    assert_eq!(told.records()[0]["krb5"]["encryption"], "<none>");
}

#[test]
fn datagrams_have_no_length_before_them() {
    let told = feed(
        parser(Transport::Udp),
        &[(Side::Client, &request(0x6a)), (Side::Server, &reply(18))],
    );
    assert_eq!(told.records()[0]["krb5"]["msg_type"], "KRB_AS_REP");
}

#[test]
fn what_cannot_be_read_is_an_event() {
    let told = feed(
        parser(Transport::Udp),
        &[(Side::Client, b"\x6a\x03\x02\x01\x05")],
    );
    assert_eq!(told.anomalies(), ["krb5.malformed_data"]);
}

#[test]
fn times_are_seconds_in_utc() {
    let time = |text: &[u8]| message::time(&der(0x18, &[text]));
    assert_eq!(time(b"19700101000000Z"), Some(0));
    assert_eq!(time(b"20240229120000Z"), Some(1_709_208_000_000_000));
    assert_eq!(time(b"2024022912000Z"), None);
}

#[test]
fn a_ticket_is_found_inside_a_negotiation() {
    let ticket = [
        der(0xa0, &[&[2, 1, 5]]),
        realm(0xa1),
        principal(0xa2, &["cifs", "fs"]),
        encrypted(0xa3, 18),
    ]
    .concat();
    let ticket = der(0xa3, &[&der(0x61, &[&der(0x30, &[&ticket])])]);
    let request = der(0x6e, &[&der(0x30, &[&der(0xa0, &[&[2, 1, 5]]), &ticket])]);
    let oid = der(0x06, &[&[0x2a]]);
    let token = der(0x60, &[&oid, &[1, 0], &request]);
    let negotiation = der(0x30, &[&der(0xa2, &[&der(0x04, &[&token])])]);
    let wrapped = der(0x60, &[&oid, &der(0xa0, &[&negotiation])]);
    for token in [token, wrapped] {
        let found = ticket_in_token(&token).map(|ticket| name::joined(&ticket.service));
        assert_eq!(found.as_deref(), Some(&b"cifs/fs"[..]));
    }
}

/// Whether rules hear that answers are weakly encrypted.
#[derive(Default)]
struct Weakness(Vec<u64>);

impl Sink for Weakness {
    fn time(&self) -> i64 {
        0
    }
    fn wants(&self, _: wirewatch_records::Kind) -> bool {
        false
    }
    fn progress(&mut self, transaction: &dyn crate::Transaction, side: Side) {
        let number = KRB5.number("krb5.weak_encryption").unwrap();
        self.0.extend(transaction.number(number, side, 0));
    }
    fn record(&mut self, _: Option<u64>, _: Side, _: &Row<'_>) {}
    fn anomaly(&mut self, _: Option<u64>, _: Side, _: &'static crate::Event) {}
    fn file(&mut self, _: &dyn crate::Transaction, _: Side, _: u32, _: crate::FilePart<'_>) {}
    fn learn(&mut self, _: Fact<'_>) {}
}

#[test]
fn rules_hear_whether_encryption_is_weak() {
    let heard = |kind| {
        let mut weakness = Weakness::default();
        let mut parser = parser(Transport::Udp);
        parser.data(Side::Client, &request(0x6a), &mut weakness);
        parser.data(Side::Server, &reply(kind), &mut weakness);
        weakness.0
    };
    assert_eq!((heard(23), heard(18)), (vec![1], vec![0]));
}
