//! SIP messages.

use super::*;
use crate::testing::{Collected, facts, feed, feed_in_every_split};
use serde_json::json;

const REQUEST: &[u8] = b"INVITE sip:bob@example.com SIP/2.0\r\n\
Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\n\
f: <sip:alice@example.com>;tag=1\r\n\
To: <sip:bob@example.com>\r\n\
Call-ID: 7@192.0.2.1\r\n\
CSeq: 1 INVITE\r\n\
User-Agent: phone/1\r\n\
c: application/sdp\r\n\
Content-Length: 106\r\n\r\n\
v=0\r\n\
o=alice 1 1 IN IP4 192.0.2.1\r\n\
s=call\r\n\
c=IN IP4 192.0.2.1\r\n\
t=0 0\r\n\
m=audio 4000 RTP/AVP 0\r\n\
a=sendrecv\r\n";

const RESPONSE: &[u8] = b"SIP/2.0 180 Ringing\r\n\
Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\n\
From: <sip:alice@example.com>;tag=1\r\n\
To: <sip:bob@example.com>;tag=2\r\n\
Call-ID: 7@192.0.2.1\r\n\
CSeq: 1 INVITE\r\n\
Content-Length: 0\r\n\r\n";

fn udp(pieces: &[(Side, &[u8])]) -> Collected {
    feed((SIP.new)(&facts("sip", Transport::Udp, 5060)), pieces)
}

fn sip(collected: &Collected, index: usize) -> serde_json::Value {
    let records = collected.records().into_iter();
    let mut sip = records.filter(|record| record["event_type"] == "sip");
    sip.nth(index).unwrap()["sip"].clone()
}

#[test]
fn a_request_has_its_line_and_headers() {
    let sip = sip(&udp(&[(Side::Client, REQUEST)]), 0);
    assert_eq!(sip["method"], "INVITE");
    assert_eq!(sip["uri"], "sip:bob@example.com");
    assert_eq!(sip["version"], "SIP/2.0");
    assert_eq!(sip["request_line"], "INVITE sip:bob@example.com SIP/2.0");
    assert_eq!(sip["from"], "<sip:alice@example.com>;tag=1");
}

#[test]
fn a_response_has_its_code_and_reason() {
    let sip = sip(&udp(&[(Side::Server, RESPONSE)]), 0);
    assert_eq!(sip["code"], "180");
    assert_eq!(sip["reason"], "Ringing");
    assert_eq!(sip["response_line"], "SIP/2.0 180 Ringing");
}

#[test]
fn the_media_are_described() {
    let sip = sip(&udp(&[(Side::Client, REQUEST)]), 0);
    assert_eq!(sip["sdp"]["session_name"], "call");
    let media = json!([{"media": "audio 4000 RTP/AVP 0", "attributes": ["sendrecv"]}]);
    assert_eq!(sip["sdp"]["media_descriptions"], media);
}

#[test]
fn the_media_are_expected() {
    let collected = udp(&[(Side::Client, REQUEST)]);
    let ports: Vec<_> = collected
        .lines
        .iter()
        .filter(|line| line.contains("Expect"))
        .collect();
    assert!(ports[0].contains("port: 4000") && ports[0].contains("rtp"));
    assert!(ports[1].contains("port: 4001") && ports[1].contains("rtcp"));
}

#[test]
fn a_request_with_its_response_is_one_row() {
    let collected = udp(&[(Side::Client, REQUEST), (Side::Server, RESPONSE)]);
    let records = collected.records();
    let rows: Vec<_> = records
        .iter()
        .filter(|record| record["event_type"] == "sip_exchange")
        .collect();
    assert_eq!(rows.len(), 1);
    let row = &rows[0]["sip_exchange"];
    assert_eq!(row["method"], "INVITE");
    assert_eq!(row["status_code"], 180);
    assert_eq!(row["request_from"], "<sip:alice@example.com>");
    assert_eq!(row["request_path"], json!(["SIP/2.0/UDP 192.0.2.1"]));
}

#[test]
fn messages_over_tcp_are_found_however_they_are_cut() {
    let facts = facts("sip", Transport::Tcp, 5060);
    let requests = [REQUEST, b"\r\n\r\n", RESPONSE].concat();
    let collected = feed_in_every_split(&|| (SIP.new)(&facts), &[(Side::Client, &requests)]);
    assert_eq!(sip(&collected, 1)["code"], "180");
}

#[test]
fn what_is_neither_request_nor_response_is_told() {
    let collected = udp(&[(Side::Client, b"some other text\r\n\r\n")]);
    assert_eq!(collected.anomalies(), ["sip.invalid_data"]);
}

#[test]
fn a_message_without_end_of_headers_is_told() {
    let collected = udp(&[(Side::Client, b"OPTIONS sip:a SIP/2.0\r\nVia: x\r\n")]);
    assert_eq!(collected.anomalies(), ["sip.incomplete_data"]);
}

#[test]
fn lines_headers_and_bodies_are_spans() {
    let told = udp(&[(Side::Server, RESPONSE)]);
    let (whole, line) = (RESPONSE.len(), "SIP/2.0 180 Ringing\r\n".len());
    let frames = [
        format!("0 Server 0+{whole}"),
        format!("4 Server 0+{line}"),
        format!("5 Server {line}+{}", whole - line - 2),
    ];
    assert_eq!(told.frames, frames);
}
