//! TFTP packets built by hand.

use super::*;
use crate::protocol::Transport;
use crate::testing::{Collected, facts, feed};
use serde_json::json;

fn told(port: u16, pieces: &[(Side, &[u8])]) -> Collected {
    feed((TFTP.new)(&facts("tftp", Transport::Udp, port)), pieces)
}

fn block(number: u8, length: usize) -> Vec<u8> {
    let mut out = vec![0, 3, 0, number];
    out.resize(4 + length, number);
    out
}

#[test]
fn a_request_has_file_and_mode() {
    let collected = told(69, &[(Side::Client, b"\x00\x01boot.img\0OCTET\0")]);
    let expected = json!({"packet": "read", "file": "boot.img", "mode": "octet"});
    assert_eq!(collected.records()[0]["tftp"], expected);
}

#[test]
fn a_request_announces_its_transfer() {
    let collected = told(69, &[(Side::Client, b"\x00\x02notes\0octet\0")]);
    let expects = |line: &&String| line.contains("Expect") && line.contains("port: 49152");
    assert!(collected.lines.iter().any(|line| expects(&line)));
}

#[test]
fn a_transfer_is_a_file() {
    let (first, last) = (block(1, 512), block(2, 3));
    let collected = told(40_000, &[(Side::Client, &first), (Side::Client, &last)]);
    assert_eq!(collected.files[0].2.len(), 515);
    assert_eq!(collected.files[0].3, Some(true));
}

#[test]
fn a_block_that_was_sent_again_counts_once() {
    let (first, last) = (block(1, 512), block(2, 3));
    let pieces: Vec<(Side, &[u8])> = [&first, &first, &last]
        .iter()
        .map(|bytes| (Side::Client, bytes.as_slice()))
        .collect();
    assert_eq!(told(40_000, &pieces).files[0].2.len(), 515);
}

#[test]
fn a_block_that_is_missing_is_a_gap() {
    let (first, last) = (block(1, 512), block(3, 3));
    let collected = told(40_000, &[(Side::Client, &first), (Side::Client, &last)]);
    assert_eq!(collected.files[0].2.len(), 1027);
}

#[test]
fn a_transfer_that_stops_is_not_complete() {
    let collected = told(40_000, &[(Side::Client, &block(1, 512))]);
    assert_eq!(collected.files[0].3, Some(false));
}

#[test]
fn a_file_has_the_name_that_was_asked_for() {
    let mut parser = (TFTP.new)(&facts("tftp", Transport::Udp, 40_000));
    parser.about(b"boot.img");
    let collected = feed(parser, &[(Side::Client, &block(1, 3))]);
    assert_eq!(collected.files[0].1, "boot.img");
}
