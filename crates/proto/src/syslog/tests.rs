//! Syslog messages.

use super::*;
use crate::protocol::Transport;
use crate::testing::{facts, feed};
use serde_json::json;

fn told(bytes: &[u8]) -> serde_json::Value {
    let parser = (SYSLOG.new)(&facts("syslog", Transport::Udp, 514));
    let collected = feed(parser, &[(Side::Client, bytes)]);
    collected.records()[0]["syslog"].clone()
}

#[test]
fn a_priority_is_facility_and_severity() {
    let expected = json!({"facility": "LOCAL0", "severity": "NOTICE", "message": "Hello"});
    assert_eq!(told(b"<133>Hello"), expected);
}

#[test]
fn a_message_without_priority_is_all_text() {
    assert_eq!(told(b"Hello")["facility"], "UNSPECIFIED");
    assert_eq!(told(b"<13Hello")["message"], "<13Hello");
    assert_eq!(told(b"<x>Hello")["message"], "<x>Hello");
}

#[test]
fn a_priority_without_name_is_not_guessed() {
    assert_eq!(told(b"<999>x")["facility"], "UNSPECIFIED");
}

#[test]
fn a_long_message_is_cut() {
    let message = vec![b'a'; 4000];
    assert_eq!(told(&message)["message"].as_str().unwrap().len(), 2048);
}
