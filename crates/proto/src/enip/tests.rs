use super::*;
use crate::testing::{Collected, facts, feed, feed_in_every_split};

fn talk(pieces: &[(Side, &[u8])]) -> Collected {
    let facts = facts("enip", Transport::Tcp, 44_818);
    feed_in_every_split(&|| (ENIP.new)(&facts), pieces)
}

fn message(command: u16, body: &[u8]) -> Vec<u8> {
    let mut bytes = command.to_le_bytes().to_vec();
    bytes.extend((body.len() as u16).to_le_bytes());
    bytes.extend([0; 8]);
    bytes.extend(*b"context!");
    bytes.extend([0; 4]);
    bytes.extend(body);
    bytes
}

/// A message over a connection with this count.
fn connected(count: u8, cip: &[u8]) -> Vec<u8> {
    let mut body = vec![0; 6];
    body.extend(*b"\x02\0\xa1\0\x04\0conn\xb1\0");
    body.extend((cip.len() as u16 + 2).to_le_bytes());
    body.extend([count, 0]);
    body.extend(cip);
    message(SEND_UNIT_DATA, &body)
}

#[test]
fn a_device_tells_what_it_is() {
    let mut body = b"\x01\0\x0c\0\x25\0\x01\0".to_vec();
    body.extend([0; 16]);
    body.extend(*b"\x01\0\x0c\0\x3a\0\x04\x03\x30\0\x8e\x4d\x52\0\x03ABC\x03");
    let told = talk(&[
        (Side::Client, &message(LIST_IDENTITY, b"")),
        (Side::Server, &message(LIST_IDENTITY, &body)),
    ]);
    let records = told.records();
    assert_eq!(records.len(), 1);
    let enip = &records[0]["enip"];
    assert_eq!(enip["request"]["command"], "list_identity");
    assert_eq!(
        enip["response"]["identity"],
        serde_json::json!({
            "protocol_version": 1, "vendor_id": 1, "device_type": 12, "product_code": 58,
            "revision": "4.3", "status": 48, "serial": 0x0052_4d8e, "product_name": "ABC",
            "state": 3
        })
    );
}

#[test]
fn each_of_several_messages_in_one_is_told() {
    let inner = b"\x03\x02\x20\x01\x24\x01\x01\0\x05\0";
    let mut cip = b"\x0a\x02\x20\x02\x24\x01\x02\0\x06\0\x10\0".to_vec();
    cip.extend(inner);
    cip.extend(b"\x0e\x03\x20\x69\x24\x02\x30\x07");
    let told = talk(&[(Side::Client, &connected(7, &cip))]);
    let cip = &told.records()[0]["enip"]["request"]["cip"];
    assert_eq!(cip["class_name"], "Message Router");
    assert_eq!(
        cip["path"][1],
        serde_json::json!({"segment_type": "instance", "value": 1})
    );
    let services: Vec<&str> = (0..2)
        .filter_map(|at| cip["multiple"][at]["service"].as_str())
        .collect();
    assert_eq!(services, ["Get Attribute List", "Get Attribute Single"]);
}

#[test]
fn connected_messages_belong_together_by_their_count() {
    let ask = |count| connected(count, b"\x0e\x03\x20\x01\x24\x01\x30\x01");
    let answer = |count, status| connected(count, &[0x8e, 0, status, 1, 0x34, 0x12]);
    let told = talk(&[
        (Side::Client, &ask(1)),
        (Side::Client, &ask(2)),
        (Side::Server, &answer(2, 5)),
        (Side::Server, &answer(1, 0)),
    ]);
    let status: Vec<_> = told
        .records()
        .iter()
        .map(|record| record["enip"]["response"]["cip"].clone())
        .collect();
    assert_eq!(status[0]["status"], "Path destination unknown");
    assert_eq!(status[0]["status_extended"], "0x1234");
    assert_eq!((status.len(), &status[1]["status"]), (2, &"Success".into()));
}

#[test]
fn sessions_and_services_are_told() {
    let services = b"\x01\0\0\x01\x14\0\x01\0\x20\x01Communications\0\0";
    let told = talk(&[
        (Side::Client, &message(REGISTER_SESSION, b"\x01\0\0\0")),
        (Side::Server, &message(LIST_SERVICES, services)),
    ]);
    let records = told.records();
    let listed = &records[0]["enip"]["response"]["list_services"];
    assert_eq!(
        (&listed["service_name"], &listed["capabilities"]),
        (&"Communications".into(), &288.into())
    );
    assert_eq!(
        records[1]["enip"]["request"]["register_session"]["protocol_version"],
        1
    );
}

#[test]
fn what_is_cut_short_is_told_as_invalid() {
    let told = talk(&[(Side::Client, &connected(1, b"\x0e\x09\x20"))]);
    assert_eq!(told.anomalies(), ["enip.invalid_pdu"]);
    let told = talk(&[(Side::Client, &message(0x1234, b""))]);
    assert_eq!(told.anomalies(), ["enip.invalid_pdu"]);
}

#[test]
fn a_flood_of_requests_is_bounded_and_told() {
    let one = message(LIST_IDENTITY, b"");
    let pieces = vec![(Side::Client, one.as_slice()); MAX_PENDING + 1];
    let told = feed((ENIP.new)(&facts("enip", Transport::Tcp, 44_818)), &pieces);
    assert_eq!(told.anomalies(), ["enip.too_many_transactions"]);
    assert_eq!(told.records().len(), MAX_PENDING + 1);
}

#[test]
fn a_message_too_long_to_read_is_passed_over() {
    let long = message(SEND_RR_DATA, &vec![0; MAX_LENGTH]);
    let next = message(LIST_IDENTITY, b"");
    let facts = facts("enip", Transport::Tcp, 44_818);
    let told = feed(
        (ENIP.new)(&facts),
        &[(Side::Client, &long), (Side::Client, &next)],
    );
    let commands: Vec<_> = told
        .records()
        .iter()
        .map(|record| record["enip"]["request"]["command"].clone())
        .collect();
    assert_eq!(commands, ["send_rr_data", "list_identity"]);
}

#[test]
fn messages_and_their_parts_are_spans() {
    let inner = b"\x03\x02\x20\x8b\x24\x01\x01\0\x06\0";
    let mut cip = b"\x0a\x02\x20\x02\x24\x01\x02\0\x06\0\x10\0".to_vec();
    cip.extend(inner);
    cip.extend(b"\x0e\x03\x20\x69\x24\x02\x30\x07");
    let facts = facts("enip", Transport::Tcp, 44_818);
    let make = || {
        let mut parser = (ENIP.new)(&facts);
        parser.frames_wanted();
        parser
    };
    let told = feed_in_every_split(&make, &[(Side::Client, &connected(7, &cip))]);
    let expected = [
        "0 Client 0+76",
        "1 Client 0+24",
        "2 Client 24+52",
        "3 Client 32+8",
        "3 Client 40+36",
        // The message, and the two in it.
        "4 Client 46+30",
        "4 Client 58+10",
        "4 Client 68+8",
    ];
    assert_eq!(told.frames, expected);
    assert_eq!(talk(&[(Side::Client, &connected(7, &cip))]).frames.len(), 0);
}
