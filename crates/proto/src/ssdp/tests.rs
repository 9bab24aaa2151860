//! SSDP messages.

use super::*;
use crate::protocol::Transport;
use crate::testing::{facts, feed};
use serde_json::json;

fn told(bytes: &[u8]) -> serde_json::Value {
    let parser = (SSDP.new)(&facts("ssdp", Transport::Udp, 1900));
    let collected = feed(parser, &[(Side::Client, bytes)]);
    collected.records()[0]["ssdp"].clone()
}

#[test]
fn a_search_has_its_target() {
    let search = b"M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nST: ssdp:all\r\n\r\n";
    let expected = json!({"method": "M-SEARCH", "target": "ssdp:all"});
    assert_eq!(told(search), expected);
}

#[test]
fn a_response_tells_of_its_device() {
    let response = b"HTTP/1.1 200 OK\r\nLocation: http://192.0.2.1/d.xml\r\nSERVER: router/1\r\n";
    let ssdp = told(response);
    assert_eq!(ssdp["method"], "200");
    assert_eq!(ssdp["location"], "http://192.0.2.1/d.xml");
    assert_eq!(ssdp["server"], "router/1");
}

#[test]
fn what_has_no_first_line_tells_nothing() {
    let parser = (SSDP.new)(&facts("ssdp", Transport::Udp, 1900));
    assert!(feed(parser, &[(Side::Client, b"x")]).lines.is_empty());
}
