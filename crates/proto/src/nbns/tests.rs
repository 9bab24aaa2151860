//! `NetBIOS` messages built by hand.

use super::*;
use crate::protocol::Transport;
use crate::testing::{Collected, facts, feed};
use serde_json::json;

fn encoded(name: &str, suffix: u8) -> Vec<u8> {
    let mut bytes = format!("{name:15}").into_bytes();
    bytes.push(suffix);
    let mut out = vec![32];
    for byte in bytes {
        out.extend([b'A' + (byte >> 4), b'A' + (byte & 15)]);
    }
    out.push(0);
    out
}

fn query() -> Vec<u8> {
    let mut out = vec![0, 9, 0x01, 0x10, 0, 1, 0, 0, 0, 0, 0, 0];
    out.extend(encoded("PRINTER", 0x20));
    out.extend([0, 0x20, 0, 1]);
    out
}

fn answer(kind: u8, data: &[u8]) -> Vec<u8> {
    let mut out = vec![0, 9, 0x85, 0, 0, 0, 0, 1, 0, 0, 0, 0];
    out.extend(encoded("PRINTER", 0x20));
    out.extend([0, kind, 0, 1, 0, 0, 0, 60, 0, data.len() as u8]);
    out.extend_from_slice(data);
    out
}

fn told(side: Side, bytes: &[u8]) -> Collected {
    let facts = facts("nbns", Transport::Udp, 137);
    feed((NBNS.new)(&facts), &[(side, bytes)])
}

fn nbns(collected: &Collected) -> serde_json::Value {
    let records = collected.records();
    let found = records.iter().find(|record| record["event_type"] == "nbns");
    found.unwrap()["nbns"].clone()
}

#[test]
fn a_query_has_its_name() {
    let nbns = nbns(&told(Side::Client, &query()));
    assert_eq!(nbns["rrname"], "PRINTER");
    assert_eq!(nbns["suffix"], 0x20);
    assert_eq!(nbns["operation"], "query");
    assert_eq!(nbns["rrtype"], "NB");
}

#[test]
fn an_answer_names_its_address() {
    let collected = told(Side::Server, &answer(0x20, &[0, 0, 192, 0, 2, 5]));
    assert_eq!(nbns(&collected)["addresses"], json!(["192.0.2.5"]));
    let fact = |line: &&String| line.contains("AddressName") && line.contains("192.0.2.5");
    assert!(collected.lines.iter().any(|line| fact(&line)));
}

#[test]
fn a_status_has_the_names_of_the_host() {
    let entry = [&b"HOST           \x20"[..], &[4, 0]].concat();
    let collected = told(Side::Server, &answer(0x21, &[&[1][..], &entry].concat()));
    assert_eq!(nbns(&collected)["names"], json!(["HOST<20>"]));
}

#[test]
fn a_message_that_ends_early_is_malformed_at_every_length() {
    let whole = answer(0x20, &[0, 0, 192, 0, 2, 5]);
    for length in 4..whole.len() {
        let collected = told(Side::Server, &whole[..length]);
        assert_eq!(collected.anomalies(), ["nbns.malformed_data"], "{length}");
    }
}
