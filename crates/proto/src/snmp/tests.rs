//! SNMP messages built by hand.

use super::*;
use crate::protocol::Transport;
use crate::testing::{Collected, facts, feed};
use serde_json::json;

fn element(tag: u8, contents: &[&[u8]]) -> Vec<u8> {
    let contents = contents.concat();
    let mut out = vec![tag, contents.len() as u8];
    out.extend(contents);
    out
}

fn variables() -> Vec<u8> {
    let name = element(6, &[&[0x2b, 6, 1, 2, 1, 1, 1, 0]]);
    let variable = element(0x30, &[&name, &element(4, &[b"a router"])]);
    element(0x30, &[&variable])
}

fn operation(tag: u8, status: u8) -> Vec<u8> {
    element(
        tag,
        &[&[2, 1, 7], &[2, 1, status], &[2, 1, 0], &variables()],
    )
}

fn message(version: u8, tag: u8, status: u8) -> Vec<u8> {
    let parts: [&[u8]; 3] = [
        &[2, 1, version],
        &element(4, &[b"public"]),
        &operation(tag, status),
    ];
    element(0x30, &parts)
}

fn secured(flags: u8) -> Vec<u8> {
    let header = element(0x30, &[&[2, 1, 1], &[2, 1, 99], &[4, 1, flags], &[2, 1, 3]]);
    let user = element(4, &[b"operator"]);
    let parameters = element(
        0x30,
        &[&[4, 0], &[2, 1, 0], &[2, 1, 0], &user, &[4, 0], &[4, 0]],
    );
    let scoped = element(0x30, &[&[4, 0], &[4, 0], &operation(0xa5, 0)]);
    element(
        0x30,
        &[&[2, 1, 3], &header, &element(4, &[&parameters]), &scoped],
    )
}

fn told(pieces: &[(Side, &[u8])]) -> Collected {
    feed((SNMP.new)(&facts("snmp", Transport::Udp, 161)), pieces)
}

#[test]
fn a_request_has_community_operation_and_variables() {
    let collected = told(&[(Side::Client, &message(1, 0xa0, 0))]);
    let expected = json!({"version": 2, "community": "public", "pdu_type": "get_request",
        "vars": ["1.3.6.1.2.1.1.1.0"]});
    assert_eq!(collected.records()[0]["snmp"], expected);
}

#[test]
fn a_response_has_its_error() {
    let collected = told(&[(Side::Server, &message(0, 0xa2, 2))]);
    assert_eq!(collected.records()[0]["snmp"]["error"], "NoSuchName");
}

#[test]
fn version_3_has_its_user() {
    let collected = told(&[(Side::Client, &secured(0))]);
    let snmp = &collected.records()[0]["snmp"];
    assert_eq!(snmp["usm"], "operator");
    assert_eq!(snmp["pdu_type"], "get_bulk_request");
}

#[test]
fn an_encrypted_operation_is_not_guessed_at() {
    let collected = told(&[(Side::Client, &secured(3))]);
    let snmp = &collected.records()[0]["snmp"];
    assert_eq!(snmp["encrypted"], true);
    assert!(snmp.get("pdu_type").is_none());
}

#[test]
fn a_trap_of_version_1_tells_what_sent_it() {
    let trap: [&[u8]; 6] = [
        &element(6, &[&[0x2b, 6, 1]]),
        &element(0x40, &[&[192, 0, 2, 7]]),
        &[2, 1, 2],
        &[2, 1, 0],
        &[0x43, 1, 0],
        &variables(),
    ];
    let parts: [&[u8]; 3] = [&[2, 1, 0], &element(4, &[b"public"]), &element(0xa4, &trap)];
    let collected = told(&[(Side::Client, &element(0x30, &parts))]);
    let snmp = &collected.records()[0]["snmp"];
    assert_eq!(snmp["trap_type"], "linkDown");
    assert_eq!(snmp["trap_address"], "192.0.2.7");
    assert_eq!(snmp["trap_oid"], "1.3.6.1");
}

#[test]
fn a_message_that_ends_early_is_malformed_at_every_length() {
    let whole = message(1, 0xa0, 0);
    for length in 5..whole.len() {
        let collected = told(&[(Side::Client, &whole[..length])]);
        assert_eq!(collected.anomalies(), ["snmp.malformed_data"], "{length}");
    }
}

#[test]
fn another_version_in_one_flow_is_told() {
    let collected = told(&[
        (Side::Client, &message(0, 0xa0, 0)),
        (Side::Client, &message(1, 0xa0, 0)),
    ]);
    assert_eq!(collected.anomalies(), ["snmp.version_mismatch"]);
}

#[test]
fn a_flow_is_one_session() {
    let collected = told(&[
        (Side::Client, &message(1, 0xa0, 0)),
        (Side::Server, &message(1, 0xa2, 0)),
    ]);
    let records = collected.records();
    let session = &records[2]["snmp_session"];
    assert_eq!(session["get_requests"], 1);
    assert_eq!(session["get_responses"], 1);
    assert_eq!(session["display_string"], "a router");
}

#[test]
fn a_message_is_a_span() {
    let request = message(1, 0xa0, 0);
    let told = told(&[(Side::Client, &request)]);
    assert_eq!(told.frames, [format!("0 Client 0+{}", request.len())]);
}

#[test]
fn a_community_that_is_a_secret_is_told_once_as_a_readable_password() {
    let logins = |community: &[u8]| {
        let parts = [&[2, 1, 1], &*element(4, &[community]), &operation(0xa0, 0)];
        let message = element(0x30, &parts);
        let told = told(&[(Side::Client, &message), (Side::Client, &message)]);
        let is_login = |line: &&String| line.starts_with("fact Login");
        told.lines.iter().filter(is_login).count()
    };
    assert_eq!(logins(b"secret"), 1);
    assert_eq!(logins(b"public"), 0);
}
