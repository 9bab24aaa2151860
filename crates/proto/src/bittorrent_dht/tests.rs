//! Messages of the distributed table.

use super::*;
use crate::protocol::Transport;
use crate::testing::{Collected, facts, feed};
use serde_json::json;

const PING: &[u8] = b"d1:ad2:id20:abcdefghij0123456789e1:q4:ping1:t2:aa1:y1:qe";

fn told(bytes: &[u8]) -> Collected {
    let facts = facts("bittorrent-dht", Transport::Udp, 6881);
    feed((BITTORRENT_DHT.new)(&facts), &[(Side::Client, bytes)])
}

#[test]
fn a_request_has_its_arguments() {
    let expected = json!({"transaction_id": "6161", "request_type": "ping",
        "request": {"id": "6162636465666768696a30313233343536373839"}});
    assert_eq!(told(PING).records()[0]["bittorrent_dht"], expected);
}

#[test]
fn a_response_has_its_peers() {
    let response = b"d1:rd2:id2:ab5:token2:xy6:valuesl6:\xc0\0\x02\x01\x1a\xe1ee1:t2:aa1:y1:re";
    let dht = &told(response).records()[0]["bittorrent_dht"]["response"];
    assert_eq!(dht["token"], "7879");
    assert_eq!(dht["values"], json!([{"ip": "192.0.2.1", "port": 6881}]));
}

#[test]
fn an_error_has_number_and_text() {
    let message = b"d1:eli201e5:Sorrye1:t2:aa1:y1:ee";
    let dht = &told(message).records()[0]["bittorrent_dht"];
    assert_eq!(dht["error"], json!({"num": 201, "msg": "Sorry"}));
}

#[test]
fn a_message_that_ends_early_is_malformed_at_every_length() {
    for length in 1..PING.len() {
        let anomalies = told(&PING[..length]);
        assert_eq!(
            anomalies.anomalies(),
            ["bittorrent_dht.malformed_packet"],
            "{length}"
        );
    }
}

#[test]
fn values_nested_too_deep_are_malformed() {
    let deep = [&b"d1:a"[..], &[b'l'; 1000]].concat();
    assert_eq!(told(&deep).anomalies(), ["bittorrent_dht.malformed_packet"]);
}
