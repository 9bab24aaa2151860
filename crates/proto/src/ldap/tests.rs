use super::*;
use crate::testing::{Collected, facts, feed, feed_in_every_split};

/// An element with a short length.
fn ber(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let mut element = vec![tag];
    if content.len() > 127 {
        element.push(0x82);
        element.extend((content.len() as u16).to_be_bytes());
    } else {
        element.push(content.len() as u8);
    }
    element.extend(content);
    element
}

fn text(text: &str) -> Vec<u8> {
    ber(0x04, &[text.as_bytes()])
}

fn message(number: u8, operation: &[u8]) -> Vec<u8> {
    ber(0x30, &[&[2, 1, number], operation])
}

fn result(tag: u8, code: u8, about: &str) -> Vec<u8> {
    ber(tag, &[&[0x0a, 1, code], &text(""), &text(about)])
}

fn parser() -> Box<dyn Parser> {
    (LDAP.new)(&facts("ldap", Transport::Tcp, 389))
}

fn told(client: &[u8], server: &[u8]) -> Collected {
    feed_in_every_split(&parser, &[(Side::Client, client), (Side::Server, server)])
}

fn equals(attribute: &str, value: &str) -> Vec<u8> {
    ber(0xa3, &[&text(attribute), &text(value)])
}

fn search(filter: &[u8]) -> Vec<u8> {
    let attributes = ber(0x30, &[&text("*"), &text("+")]);
    let fields: [&[u8]; 4] = [
        &text("dc=example,dc=com"),
        &[0x0a, 1, 2, 0x0a, 1, 3, 2, 1, 0, 2, 1, 0, 1, 1, 0],
        filter,
        &attributes,
    ];
    message(2, &ber(0x63, &fields))
}

#[test]
fn a_login_is_told_without_its_password() {
    let bind = ber(
        0x60,
        &[&[2, 1, 3], &text("cn=admin"), &ber(0x80, &[b"secret"])],
    );
    let told = told(&message(1, &bind), &message(1, &result(0x61, 49, "no")));
    let records = told.records();
    assert_eq!(
        records[0]["ldap"]["request"]["bind_request"]["name"],
        "cn=admin"
    );
    assert_eq!(
        records[0]["ldap"]["responses"][0]["bind_response"]["result_code"],
        "invalid_credentials"
    );
    assert_eq!(records[1]["ldap_operation"]["argument"], "REDACTED");
    assert_eq!(
        records[1]["ldap_operation"]["result"],
        "invalid credentials"
    );
    assert!(!told.lines.iter().any(|line| line.contains("secret")));
    assert!(
        told.lines
            .iter()
            .any(|line| line.contains("plain_password: true, accepted: Some(false)"))
    );
}

#[test]
fn a_search_is_told_with_what_it_found() {
    let values = ber(0x31, &[&text("top"), &text("domain")]);
    let entry = ber(
        0x64,
        &[
            &text("dc=example,dc=com"),
            &ber(0x30, &[&ber(0x30, &[&text("objectClass"), &values])]),
        ],
    );
    let answers = [message(2, &entry), message(2, &result(0x65, 0, ""))].concat();
    let told = told(&search(&ber(0x87, &[b"objectclass"])), &answers);
    let ldap = &told.records()[0]["ldap"];
    assert_eq!(ldap["request"]["search_request"]["scope"], "whole_subtree");
    assert_eq!(ldap["request"]["search_request"]["attributes"][1], "+");
    assert_eq!(
        ldap["responses"][0]["search_result_entry"]["attributes"][0]["values"][1],
        "domain"
    );
    assert_eq!(ldap["responses"][1]["operation"], "search_result_done");
    let log = &told.records()[1]["ldap_search"];
    assert_eq!(log["filter"], "(objectclass=*)");
    assert_eq!(log["result_count"], 1);
    assert_eq!(log["deref_aliases"], "always");
}

fn filter_text(bytes: &[u8]) -> String {
    let element = Elements(bytes).next().unwrap();
    String::from_utf8(filter::text(element)).unwrap()
}

#[test]
fn filters_read_as_people_write_them() {
    let (a, b, c) = (equals("a", "1"), equals("b", "2"), equals("c", "3"));
    assert_eq!(
        filter_text(&ber(0xa0, &[&a, &ber(0xa2, &[&b])])),
        "(&(a=1)(!(b=2)))"
    );
    assert_eq!(
        filter_text(&ber(0xa1, &[&a, &b, &c])),
        "(|(|(a=1)(b=2))(c=3))"
    );
    assert_eq!(filter_text(&ber(0xa1, &[&a])), "(|(a=1))");
}

#[test]
fn stars_stand_where_anything_may_be() {
    let pieces = |pieces: &[&[u8]]| filter_text(&ber(0xa4, &[&text("cn"), &ber(0x30, pieces)]));
    assert_eq!(
        pieces(&[
            &ber(0x80, &[b"a"]),
            &ber(0x81, &[b"b"]),
            &ber(0x82, &[b"c"])
        ]),
        "(cn=a*b*c)"
    );
    assert_eq!(pieces(&[&ber(0x81, &[b"b"])]), "(cn=*b*)");
    assert_eq!(pieces(&[&ber(0x80, &[b"a"])]), "(cn=a*)");
}

#[test]
fn rules_of_comparison_are_named() {
    let parts = [
        ber(0x81, &[b"2.5.13.5"]),
        ber(0x82, &[b"cn"]),
        ber(0x83, &[b"x"]),
        ber(0x84, &[&[0xff]]),
    ]
    .concat();
    assert_eq!(filter_text(&ber(0xa9, &[&parts])), "(cn:dn:2.5.13.5:=x)");
}

#[test]
fn filters_cannot_go_deeper_than_anybody_writes() {
    let mut filter = equals("a", "1");
    for _ in 0..200 {
        filter = ber(0xa2, &[&filter]);
    }
    assert!(filter_text(&filter).len() < 100);
}

#[test]
fn a_modification_is_told_with_its_changes() {
    let change = ber(
        0x30,
        &[
            &[0x0a, 1, 2],
            &ber(0x30, &[&text("cn"), &ber(0x31, &[&text("J")])]),
        ],
    );
    let modify = ber(0x66, &[&text("uid=j"), &ber(0x30, &[&change])]);
    let told = told(&message(3, &modify), &message(3, &result(0x67, 0, "")));
    let request = &told.records()[0]["ldap"]["request"]["modify_request"];
    assert_eq!(request["changes"][0]["operation"], "replace");
    assert_eq!(
        request["changes"][0]["modification"]["attribute_values"][0],
        "J"
    );
}

#[test]
fn what_needs_no_answer_is_told_at_once() {
    let told = told(
        &[message(3, &[0x50, 1, 2]), message(4, &[0x42, 0])].concat(),
        b"",
    );
    assert_eq!(
        told.records()[0]["ldap"]["request"]["abandon_request"]["message_id"],
        2
    );
    assert_eq!(
        told.records()[2]["ldap"]["request"]["operation"],
        "unbind_request"
    );
}

#[test]
fn after_starttls_something_else_is_spoken() {
    let oid = "1.3.6.1.4.1.1466.20037";
    let start = ber(0x77, &[&ber(0x80, &[oid.as_bytes()])]);
    let told = told(&message(1, &start), &message(1, &result(0x78, 0, "")));
    assert!(told.lines.iter().any(|line| line == "switch Some(\"tls\")"));
}

#[test]
fn a_server_may_speak_first() {
    let notice = ber(
        0x78,
        &[
            &[0x0a, 1, 52],
            &text(""),
            &text("bye"),
            &ber(0x8a, &[b"1.3.6.1.4.1.1466.20036"]),
        ],
    );
    let told = told(b"", &message(0, &notice));
    let ldap = &told.records()[0]["ldap"];
    assert_eq!(
        ldap["responses"][0]["extended_response"]["result_code"],
        "unavailable"
    );
    assert_eq!(ldap.get("request"), None);
}

#[test]
fn signed_envelopes_are_opened() {
    let bind = ber(
        0x60,
        &[&[2, 1, 3], &text(""), &ber(0xa3, &[&text("GSS-SPNEGO")])],
    );
    let mut envelope = vec![5, 4, 0, 0xff, 0, 12, 0, 12, 0, 0, 0, 0, 0, 0, 0, 1];
    envelope.extend([9; 12]);
    envelope.extend(message(2, &[0x42, 0]));
    let mut sealed = (envelope.len() as u32).to_be_bytes().to_vec();
    sealed.extend(envelope);
    let pieces: [(Side, &[u8]); 3] = [
        (Side::Client, &message(1, &bind)),
        (Side::Server, &message(1, &result(0x61, 0, ""))),
        (Side::Client, &sealed),
    ];
    let told = feed_in_every_split(&parser, &pieces);
    assert_eq!(
        told.records()[2]["ldap"]["request"]["operation"],
        "unbind_request"
    );
}

#[test]
fn datagrams_are_read_too() {
    let parser = (LDAP.new)(&facts("ldap", Transport::Udp, 389));
    let told = feed(
        parser,
        &[
            (Side::Client, &search(&ber(0x87, &[b"a"]))),
            (Side::Server, &message(2, &result(0x65, 0, ""))),
        ],
    );
    assert_eq!(
        told.records()[0]["ldap"]["request"]["operation"],
        "search_request"
    );
}

#[test]
fn a_search_that_finds_millions_stays_small() {
    let mut parser = parser();
    let mut told = Collected::default();
    parser.data(Side::Client, &search(&ber(0x87, &[b"a"])), &mut told);
    let entry = message(2, &ber(0x64, &[&text(&"x".repeat(900)), &[0x30, 0]]));
    for _ in 0..2_000 {
        parser.data(Side::Server, &entry, &mut told);
    }
    assert!(parser.held() < 200_000, "{}", parser.held());
    parser.data(Side::Server, &message(2, &result(0x65, 0, "")), &mut told);
    assert_eq!(told.records()[1]["ldap_search"]["result_count"], 2_000);
}

#[test]
fn messages_are_spans() {
    let request = message(1, &ber(0x60, &[&[2, 1, 3], &text(""), &text("")]));
    let told = told(&[&*request, &*request].concat(), b"");
    let length = request.len();
    let expected = [
        format!("0 Client 0+{length}"),
        format!("0 Client {length}+{length}"),
    ];
    assert_eq!(told.frames, expected);
}

const NOTHING: [&str; 0] = [];

#[test]
fn an_answer_without_a_request_is_told() {
    let answer = |number: u8| message(number, &result(0x61, 0, ""));
    let code = ["ldap.request_not_found"];
    assert_eq!(told(b"", &answer(5)).anomalies(), code);
    // The server speaks for itself.
    assert_eq!(
        told(b"", &message(0, &result(0x78, 52, ""))).anomalies(),
        NOTHING
    );
    let mut middle = facts("ldap", Transport::Tcp, 389);
    middle.midstream = true;
    let pieces = [(Side::Server, &answer(5)[..])];
    assert_eq!(feed((LDAP.new)(&middle), &pieces).anomalies(), NOTHING);
}

#[test]
fn messages_without_an_operation_that_exists_are_told() {
    let invalid = "ldap.invalid_data";
    let missing = told(&message(1, &[]), b"");
    assert_eq!(missing.anomalies(), ["ldap.missing_operation", invalid]);
    let unknown = told(&message(1, &ber(0x7f, &[])), b"");
    assert_eq!(unknown.anomalies(), ["ldap.unknown_operation", invalid]);
    assert_eq!(told(&message(1, &[0x42, 0]), b"").anomalies(), NOTHING);
}

#[test]
fn a_datagram_that_ends_in_a_message_is_told() {
    let whole = search(&equals("a", "b"));
    let of = |bytes: &[u8]| {
        let parser = (LDAP.new)(&facts("ldap", Transport::Udp, 389));
        let told = feed(parser, &[(Side::Client, bytes)]);
        told.anomalies()
            .into_iter()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert_eq!(of(&whole), NOTHING);
    assert_eq!(of(&whole[..whole.len() - 1]), ["ldap.incomplete_data"]);
    let two = [&whole[..], &whole[..9]].concat();
    assert_eq!(of(&two), ["ldap.incomplete_data"]);
}

/// A login in two steps: what the client says, and what the server answers, with these tags.
fn login_by_ntlm(wrap: impl Fn(&[u8]) -> Vec<u8>, answers: [Vec<u8>; 2]) -> Collected {
    let begin = ber(
        0x60,
        &[&[2, 1, 3], &text(""), &wrap(b"NTLMSSP\0\x01\0\0\0")],
    );
    let said = crate::ntlmssp::tests::authenticate_message();
    let end = ber(0x60, &[&[2, 1, 3], &text(""), &wrap(&said)]);
    let (begin, end) = (message(1, &begin), message(2, &end));
    let [asks, last] = answers;
    let (asks, last) = (message(1, &asks), message(2, &last));
    feed_in_every_split(
        &parser,
        &[
            (Side::Client, &begin),
            (Side::Server, &asks),
            (Side::Client, &end),
            (Side::Server, &last),
        ],
    )
}

#[test]
fn a_login_by_ntlm_in_sasl_is_told() {
    use crate::ntlmssp::tests::{assert_tells_login, challenge_message};

    let wrap = |said: &[u8]| ber(0xa3, &[&text("GSS-SPNEGO"), &ber(0x04, &[said])]);
    let asks = |code| {
        let said = ber(0x87, &[&challenge_message()]);
        ber(0x61, &[&[0x0a, 1, code], &text(""), &text(""), &said])
    };
    let good = login_by_ntlm(wrap, [asks(14), result(0x61, 0, "")]);
    assert_tells_login(&good, true);
    let bad = login_by_ntlm(wrap, [asks(14), result(0x61, 49, "no")]);
    assert_tells_login(&bad, false);
}

#[test]
fn a_login_by_ntlm_without_sasl_is_told() {
    use crate::ntlmssp::tests::{assert_tells_login, challenge_message};

    let wrap = |said: &[u8]| ber(if said[8] == 1 { 0x8a } else { 0x8b }, &[said]);
    let said = ber(0x04, &[&challenge_message()]);
    let asks = ber(0x61, &[&[0x0a, 1, 0], &said, &text("")]);
    assert_tells_login(&login_by_ntlm(wrap, [asks, result(0x61, 0, "")]), true);
}
