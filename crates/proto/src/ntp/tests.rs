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
fn a_message_that_is_too_short_is_told() {
    let whole = message(0x23, 0, [0; 4]);
    for length in 1..HEADER {
        let told = told(Side::Client, &whole[..length]);
        assert_eq!(told.anomalies(), ["ntp.malformed_data"]);
        assert!(told.records().is_empty());
    }
    assert!(told(Side::Client, &whole).anomalies().is_empty());
    assert!(told(Side::Client, b"").lines.is_empty());
}

/// What a flow with this port of the client gives.
fn codes(client_port: u16, pieces: &[(Side, Vec<u8>)]) -> Vec<String> {
    let mut facts = facts("ntp", Transport::Udp, 123);
    facts.client_port = client_port;
    let pieces: Vec<(Side, &[u8])> = pieces.iter().map(|(side, all)| (*side, &all[..])).collect();
    let told = feed((NTP.new)(&facts), &pieces);
    told.anomalies().into_iter().map(str::to_owned).collect()
}

/// A request or an answer, with when it repeats and says that something was sent.
fn timed(first: u8, origin: u64, sent: u64) -> Vec<u8> {
    let mut out = message(first, 2, [0; 4]);
    out[24..32].copy_from_slice(&origin.to_be_bytes());
    out[40..48].copy_from_slice(&sent.to_be_bytes());
    out
}

#[test]
fn clients_ask_and_servers_answer() {
    let (ask, answer) = (timed(0x23, 0, 1), timed(0x24, 1, 2));
    let (client, server) = (Side::Client, Side::Server);
    assert!(codes(40_000, &[(client, ask.clone()), (server, answer.clone())]).is_empty());
    assert_eq!(
        codes(40_000, &[(client, answer.clone())]),
        ["ntp.not_request"]
    );
    assert_eq!(
        codes(40_000, &[(server, ask.clone())]),
        ["ntp.not_response"]
    );
    // Servers among themselves do both.
    assert!(codes(123, &[(client, answer), (server, ask)]).is_empty());
}

#[test]
fn an_answer_to_nothing_is_told() {
    let (ask, answer, other) = (timed(0x23, 0, 1), timed(0x24, 1, 2), timed(0x24, 9, 2));
    let (client, server) = (Side::Client, Side::Server);
    let asked = [(client, ask), (server, answer.clone())];
    let with = |more: &[u8]| codes(40_000, &[&asked[..], &[(server, more.to_vec())]].concat());
    assert_eq!(with(&other), ["ntp.unsolicited_response"]);
    // The same once more, and a flow whose beginning was not seen.
    assert!(with(&answer).is_empty());
    assert!(codes(40_000, &[(server, other)]).is_empty());
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
