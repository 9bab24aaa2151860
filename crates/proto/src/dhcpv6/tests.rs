//! Messages of DHCP for IPv6 built by hand.

use super::*;
use crate::protocol::Transport;
use crate::testing::{Collected, facts, feed};
use serde_json::json;

fn option(code: u8, data: &[u8]) -> Vec<u8> {
    let mut out = vec![0, code, 0, data.len() as u8];
    out.extend_from_slice(data);
    out
}

/// `2001:db8::5`.
fn address() -> [u8; 16] {
    let mut out = [0; 16];
    out[..4].copy_from_slice(&[0x20, 0x01, 0x0d, 0xb8]);
    out[15] = 5;
    out
}

fn reply() -> Vec<u8> {
    let granted = [&address()[..], &[0, 0, 0, 60, 0, 0, 1, 0]].concat();
    let association = [&[0; 12][..], &option(5, &granted)].concat();
    [
        vec![7, 0, 0, 9],
        option(1, &[0, 1, 0xab]),
        option(3, &association),
        option(39, b"\x00\x04Host\x07example\x03com\x00"),
        option(23, &address()),
    ]
    .concat()
}

fn told(bytes: &[u8]) -> Collected {
    let facts = facts("dhcpv6", Transport::Udp, 547);
    feed((DHCPV6.new)(&facts), &[(Side::Server, bytes)])
}

#[test]
fn a_reply_has_its_addresses_and_settings() {
    let expected = json!({"type": "reply", "id": 9, "client_duid": "0001ab",
        "hostname": "Host.example.com", "addresses": ["2001:db8::5"], "lease_time": 256,
        "dns_servers": ["2001:db8::5"]});
    assert_eq!(told(&reply()).records()[0]["dhcpv6"], expected);
}

#[test]
fn a_reply_names_its_addresses() {
    let collected = told(&reply());
    let name = format!("{:?}", b"host.example.com");
    let fact = |line: &&String| line.contains("AddressName") && line.contains(&name);
    assert!(collected.lines.iter().any(|line| fact(&line)));
}

#[test]
fn a_relayed_message_is_unwrapped() {
    let wrapped = |message: &[u8]| [&[13; 1][..], &[0; 33], &option(9, message)].concat();
    let collected = told(&wrapped(&wrapped(&reply())));
    let dhcpv6 = &collected.records()[0]["dhcpv6"];
    assert_eq!(dhcpv6["relay_hops"], 2);
    assert_eq!(dhcpv6["type"], "reply");
}

#[test]
fn an_option_that_does_not_fit_is_told() {
    let whole = reply();
    let collected = told(&whole[..whole.len() - 1]);
    assert_eq!(collected.anomalies(), ["dhcpv6.malformed_options"]);
}
