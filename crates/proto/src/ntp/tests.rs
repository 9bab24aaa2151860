//! NTP messages built by hand.

use super::*;
use crate::protocol::Transport;
use crate::testing::{Collected, facts, feed};

fn message(first: u8, stratum: u8, reference_id: [u8; 4]) -> Vec<u8> {
    let mut out = vec![first, stratum, 6, 0xfa, 0, 1, 0, 0, 0, 0, 0x80, 0];
    out.extend(reference_id);
    out.extend([0; 24]);
    out.extend((UNIX_EPOCH as u64 + 1).to_be_bytes()[4..].to_vec());
    out.extend([0x80, 0, 0, 0]);
    out
}

fn told(side: Side, bytes: &[u8]) -> Collected {
    feed(
        (NTP.new)(&facts("ntp", Transport::Udp, 123)),
        &[(side, bytes)],
    )
}

#[test]
fn a_message_tells_of_its_clock() {
    let collected = told(Side::Server, &message(0x24, 2, *b"LOCL"));
    let ntp = &collected.records()[0]["ntp"];
    assert_eq!(ntp["version"], 4);
    assert_eq!(ntp["mode"], 4);
    assert_eq!(ntp["stratum"], 2);
    assert_eq!(ntp["reference_id"], "4c:4f:43:4c");
}

#[test]
fn control_messages_have_only_version_and_mode() {
    let collected = told(Side::Client, &[0x16, 2, 0, 1, 0, 0, 0, 0]);
    let ntp = &collected.records()[0]["ntp"];
    assert_eq!(ntp["mode"], 6);
    assert!(ntp.get("stratum").is_none());
}

#[test]
fn a_message_that_is_too_short_tells_nothing() {
    let whole = message(0x23, 0, [0; 4]);
    for length in 0..HEADER {
        assert!(told(Side::Client, &whole[..length]).lines.is_empty());
    }
}

#[test]
fn times_and_numbers_are_microseconds() {
    assert_eq!(time(0), 0);
    assert_eq!(time(((UNIX_EPOCH as u64 + 1) << 32) | 1 << 31), 1_500_000);
    assert_eq!(short(0x0001_8000), 1_500_000);
    assert_eq!(precision(-6), 15_625);
    assert_eq!(precision(-128), 0);
}

#[test]
fn extensions_are_counted_without_the_authenticator() {
    let field = [&[0u8, 1, 0, 28][..], &[0; 24]].concat();
    assert_eq!(extensions(&[field.clone(), field, vec![0; 20]].concat()), 2);
    assert_eq!(extensions(&[0; 20]), 0);
}
