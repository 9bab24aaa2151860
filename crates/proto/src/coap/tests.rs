//! CoAP messages built by hand.

use super::*;
use crate::protocol::Transport;
use crate::testing::{Collected, facts, feed};
use serde_json::json;

/// `GET coap://example.com/a/b?c=d`.
const REQUEST: &[u8] = b"\x41\x01\x12\x34\x77\x3bexample.com\x81a\x01b\x43c=d";

fn told(bytes: &[u8]) -> Collected {
    let facts = facts("coap", Transport::Udp, 5683);
    feed((COAP.new)(&facts), &[(Side::Client, bytes)])
}

#[test]
fn a_request_has_its_resource() {
    let expected = json!({"type": "confirmable", "code": "GET", "message_id": 0x1234,
        "token": "77", "host": "example.com", "uri": "/a/b?c=d"});
    assert_eq!(told(REQUEST).records()[0]["coap"], expected);
}

#[test]
fn a_response_has_its_code_and_payload() {
    let response = b"\x60\x45\x12\x34\xc1\x32\xff{}";
    let coap = &told(response).records()[0]["coap"];
    assert_eq!(coap["code"], "2.05");
    assert_eq!(coap["content_format"], 50);
    assert_eq!(coap["payload_length"], 2);
}

#[test]
fn long_options_have_longer_numbers() {
    let mut request = b"\x40\x01\0\x01\xbd\x07".to_vec();
    request.extend([b'x'; 20]);
    let uri = format!("/{}", "x".repeat(20));
    assert_eq!(told(&request).records()[0]["coap"]["uri"], uri);
}

#[test]
fn an_option_that_does_not_fit_is_told() {
    let cut = &REQUEST[..REQUEST.len() - 1];
    assert_eq!(told(cut).anomalies(), ["coap.malformed_data"]);
    assert_eq!(told(b"\x40\x01\0\x01\xff\0").anomalies(), [""; 0]);
}
