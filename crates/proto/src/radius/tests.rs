//! RADIUS messages built by hand.

use super::*;
use crate::protocol::Transport;
use crate::testing::{Collected, facts, feed};

fn message(code: u8, identifier: u8, attributes: &[(u8, &[u8])]) -> Vec<u8> {
    let mut out = vec![code, identifier, 0, 0];
    out.extend([0; 16]);
    for (kind, value) in attributes {
        out.extend([*kind, value.len() as u8 + 2]);
        out.extend_from_slice(value);
    }
    out[3] = out.len() as u8;
    out
}

fn request() -> Vec<u8> {
    message(1, 7, &[(1, b"alice"), (31, b"00-00-5E-00-53-01")])
}

fn told(pieces: &[(Side, &[u8])]) -> Collected {
    let facts = facts("radius", Transport::Udp, 1812);
    feed((RADIUS.new)(&facts), pieces)
}

#[test]
fn question_and_answer_are_one_record() {
    let accept = message(2, 7, &[(8, &[192, 0, 2, 9]), (18, b"Hello")]);
    let collected = told(&[(Side::Client, &request()), (Side::Server, &accept)]);
    let records = collected.records();
    assert_eq!(records.len(), 1);
    let radius = &records[0]["radius"];
    assert_eq!(radius["username"], "alice");
    assert_eq!(radius["mac"], "00:00:5e:00:53:01");
    assert_eq!(radius["framed_addr"], "192.0.2.9");
    assert_eq!(radius["reply_msg"], "Hello");
    assert_eq!(radius["result"], "success");
}

#[test]
fn a_login_is_told_with_its_outcome() {
    let collected = told(&[
        (Side::Client, &request()),
        (Side::Server, &message(3, 7, &[])),
    ]);
    let login = |line: &&String| line.contains("Login") && line.contains("Some(false)");
    assert!(collected.lines.iter().any(|line| login(&line)));
}

#[test]
fn a_challenge_is_not_the_end() {
    let again = message(1, 8, &[(1, b"alice")]);
    let collected = told(&[
        (Side::Client, &request()),
        (Side::Server, &message(11, 7, &[(18, b"Code?")])),
        (Side::Client, &again),
        (Side::Server, &message(2, 8, &[])),
    ]);
    let records = collected.records();
    assert_eq!(records.len(), 1);
    assert_eq!(records[0]["radius"]["result"], "success");
}

#[test]
fn a_question_that_is_sent_again_is_the_same() {
    let collected = told(&[(Side::Client, &request()), (Side::Client, &request())]);
    assert_eq!(collected.records().len(), 1);
}

#[test]
fn an_attribute_that_does_not_fit_is_told() {
    let whole = request();
    let collected = told(&[(Side::Client, &whole[..whole.len() - 1])]);
    assert_eq!(collected.anomalies(), ["radius.malformed_data"]);
}
