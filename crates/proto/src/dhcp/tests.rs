//! DHCP messages built by hand.

use super::*;
use crate::protocol::Transport;
use crate::testing::{Collected, facts, feed};
use serde_json::json;

/// A message of a client with a link address of documentation (RFC 7042).
fn message(operation: u8, addresses: [[u8; 4]; 2], options: &[u8]) -> Vec<u8> {
    let mut out = vec![operation, 1, 6, 0, 0, 0, 0, 9, 0, 0, 0, 0];
    out.extend(addresses.concat());
    out.extend([0; 8]);
    out.extend([0, 0, 0x5e, 0, 0x53, 1]);
    out.resize(236, 0);
    out.extend([0x63, 0x82, 0x53, 0x63]);
    out.extend_from_slice(options);
    out
}

const NONE: [u8; 4] = [0; 4];
const CLIENT: [u8; 4] = [192, 0, 2, 10];

fn request() -> Vec<u8> {
    let options =
        b"\x35\x01\x03\x3d\x07\x01\x00\x00\x5e\x00\x53\x01\x0c\x05Nas1\x00\x37\x03\x01\x03\x06\xff";
    message(1, [NONE, NONE], options)
}

fn ack() -> Vec<u8> {
    let options =
        b"\x35\x01\x05\x36\x04\xc0\x00\x02\x01\x33\x04\x00\x00\x0e\x10\x03\x04\xc0\x00\x02\x01\xff";
    message(2, [NONE, CLIENT], options)
}

fn udp(pieces: &[(Side, &[u8])]) -> Collected {
    feed((DHCP.new)(&facts("dhcp", Transport::Udp, 67)), pieces)
}

#[test]
fn a_request_has_its_options() {
    let collected = udp(&[(Side::Client, &request())]);
    let dhcp = &collected.records()[0]["dhcp"];
    assert_eq!(dhcp["type"], "request");
    assert_eq!(dhcp["dhcp_type"], "request");
    assert_eq!(dhcp["client_id"], "00:00:5e:00:53:01");
    assert_eq!(dhcp["hostname"], "Nas1\u{0}");
    assert_eq!(
        dhcp["params"],
        json!(["subnet_mask", "router", "dns_server"])
    );
}

#[test]
fn an_answer_has_its_addresses() {
    let collected = udp(&[(Side::Server, &ack())]);
    let dhcp = &collected.records()[0]["dhcp"];
    assert_eq!(dhcp["assigned_ip"], "192.0.2.10");
    assert_eq!(dhcp["relay_ip"], "0.0.0.0");
    assert_eq!(dhcp["lease_time"], 3600);
    assert_eq!(dhcp["routers"], json!(["192.0.2.1"]));
}

#[test]
fn a_granted_address_has_the_name_that_was_asked_with() {
    let collected = udp(&[(Side::Client, &request()), (Side::Server, &ack())]);
    let facts: Vec<_> = collected
        .lines
        .iter()
        .filter(|line| line.starts_with("fact AddressName"))
        .collect();
    assert_eq!(facts.len(), 1);
    assert!(facts[0].contains("192.0.2.10") && facts[0].contains(&format!("{:?}", b"nas1")));
}

#[test]
fn an_exchange_is_one_row() {
    let collected = udp(&[(Side::Client, &request()), (Side::Server, &ack())]);
    let records = collected.records();
    let exchange = &records[2]["dhcp_exchange"];
    assert_eq!(exchange["msg_types"], json!(["REQUEST", "ACK"]));
    assert_eq!(exchange["assigned_addr"], "192.0.2.10");
    assert_eq!(exchange["server_addr"], "192.0.2.1");
}

#[test]
fn options_that_end_early_are_told() {
    let whole = request();
    for length in 240..whole.len() {
        let collected = udp(&[(Side::Client, &whole[..length])]);
        assert_eq!(
            collected.anomalies(),
            ["dhcp.truncated_options"],
            "{length}"
        );
    }
}

#[test]
fn an_option_of_the_wrong_length_is_told() {
    let collected = udp(&[(Side::Client, &message(1, [NONE, NONE], b"\x33\x01\x05\xff"))]);
    assert_eq!(collected.anomalies(), ["dhcp.malformed_options"]);
}

#[test]
fn many_exchanges_in_one_flow_put_out_the_oldest() {
    let requests: Vec<Vec<u8>> = (0..40u8)
        .map(|id| {
            let mut bytes = request();
            bytes[4] = id;
            bytes
        })
        .collect();
    let pieces: Vec<(Side, &[u8])> = requests
        .iter()
        .map(|bytes| (Side::Client, bytes.as_slice()))
        .collect();
    let records = udp(&pieces).records();
    let rows = records
        .iter()
        .filter(|record| record["event_type"] == "dhcp_exchange");
    assert_eq!(rows.count(), 40);
}
