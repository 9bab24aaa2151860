//! EVE lines of every kind, and what hostile text does to them.

use std::net::IpAddr;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::{
    AlertRow, AnomalyRow, ArpRow, FlowRow, NoticeRow, PacketRow, StatsRow, format::MAX_TEXT_BYTES,
};

const CLIENT: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));
const SERVER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(198, 51, 100, 2));

fn common() -> Common<'static> {
    Common {
        ts: 1_767_225_600_000_001,
        flow_id: Some(7),
        src_ip: Some(CLIENT),
        src_port: Some(40_000),
        dst_ip: Some(SERVER),
        dst_port: Some(22),
        proto: Some("TCP"),
        ip_v: Some(4),
        ..Common::default()
    }
}

fn line<'a>(common: &Common<'a>, row: impl Into<Row<'a>>) -> String {
    let mut out = Vec::new();
    write(common, &row.into(), &mut out);
    String::from_utf8(out).unwrap()
}

fn eve<'a>(common: &Common<'a>, row: impl Into<Row<'a>>) -> Value {
    serde_json::from_str(&line(common, row)).unwrap()
}

#[test]
fn a_flow_line_is_as_suricata_writes_it() {
    let row = FlowRow {
        pkts_toserver: 3,
        pkts_toclient: 2,
        bytes_toserver: 300,
        bytes_toclient: 200,
        start: 1_767_225_600_000_000,
        end: 1_767_225_601_000_000,
        age: 1,
        state: "closed",
        reason: "timeout",
        tcp_flags: Some(0x13),
        tcp_flags_ts: Some(0x02),
        tcp_flags_tc: Some(0x12),
        tcp_state: Some("closed"),
        ..FlowRow::default()
    };
    let mut found = eve(&common(), row);
    found.as_object_mut().unwrap().remove("wirewatch");
    let expected = json!({
        "timestamp": "2026-01-01T00:00:00.000001+0000",
        "flow_id": 7,
        "event_type": "flow",
        "src_ip": "192.0.2.1",
        "src_port": 40000,
        "dest_ip": "198.51.100.2",
        "dest_port": 22,
        "proto": "TCP",
        "ip_v": 4,
        "flow": {
            "pkts_toserver": 3,
            "pkts_toclient": 2,
            "bytes_toserver": 300,
            "bytes_toclient": 200,
            "start": "2026-01-01T00:00:00.000000+0000",
            "end": "2026-01-01T00:00:01.000000+0000",
            "age": 1,
            "state": "closed",
            "reason": "timeout",
            "alerted": false,
        },
        "tcp": {
            "tcp_flags": "13", "tcp_flags_ts": "02", "tcp_flags_tc": "12",
            "syn": true, "fin": true, "ack": true, "state": "closed",
        },
    });
    assert_eq!(found, expected);
}

#[test]
fn a_line_is_one_line() {
    let text = line(&common(), FlowRow::default());
    assert_eq!(text.find('\n'), Some(text.len() - 1));
}

#[test]
fn empty_objects_are_left_out() {
    let found = eve(&Common::default(), FlowRow::default());
    assert!(found.get("tcp").is_none() && found.get("tunnel").is_none());
}

#[test]
fn false_and_zero_are_left_out_where_the_schema_says_so() {
    let found = eve(&common(), FlowRow::default());
    assert!(found["wirewatch"].get("midstream").is_none());
    assert!(found["wirewatch"].get("lost_bytes_toserver").is_none());
}

#[test]
fn a_tunnel_is_an_object() {
    let inside = Common {
        tunnel_src_ip: Some(CLIENT),
        tunnel_dst_ip: Some(SERVER),
        tunnel_proto: Some("GRE"),
        tunnel_depth: Some(1),
        ..common()
    };
    let expected =
        json!({"src_ip": "192.0.2.1", "dest_ip": "198.51.100.2", "proto": "GRE", "depth": 1});
    assert_eq!(eve(&inside, FlowRow::default())["tunnel"], expected);
}

#[test]
fn vlans_are_a_list() {
    let tagged = Common {
        vlan: &[10, 20],
        ..common()
    };
    assert_eq!(eve(&tagged, FlowRow::default())["vlan"], json!([10, 20]));
}

#[test]
fn an_alert_has_its_rule_and_the_transactions_fields() {
    let row = AlertRow {
        action: "allowed",
        gid: 1,
        signature_id: 2001,
        rev: 3,
        signature: "SSH \"old\"",
        severity: 2,
        references: &["https://example.com/a"],
        metadata: Some(r#"{"tag":["x"]}"#),
        pkts_toserver: Some(3),
        app: Some(r#" {"ssh":{"client":{"proto_version":"1.99"}}} "#),
        ..AlertRow::default()
    };
    let found = eve(&common(), row);
    let expected = json!({
        "action": "allowed", "gid": 1, "signature_id": 2001, "rev": 3,
        "signature": "SSH \"old\"", "category": "", "severity": 2,
        "references": ["https://example.com/a"], "metadata": {"tag": ["x"]},
    });
    assert_eq!(found["alert"], expected);
    assert_eq!(found["ssh"]["client"]["proto_version"], "1.99");
    assert_eq!(found["flow"], json!({"pkts_toserver": 3}));
}

#[test]
fn an_empty_object_adds_no_members() {
    let row = AlertRow {
        app: Some("{ }"),
        ..AlertRow::default()
    };
    assert_eq!(eve(&common(), row)["event_type"], "alert");
}

#[test]
fn payloads_are_base64_and_printable_text() {
    let payload = Some(b"GET \x00\x1b\"\r\n".as_slice());
    let row = AlertRow {
        payload,
        payload_printable: payload,
        ..AlertRow::default()
    };
    let found = eve(&common(), row);
    assert_eq!(found["payload"], "R0VUIAAbIg0K");
    assert_eq!(found["payload_printable"], "GET ..\"\r\n");
}

#[test]
fn an_anomaly_has_its_code() {
    let row = AnomalyRow {
        anomaly_type: "decode",
        event: "decoder.ipv4.trunc_pkt",
        ..AnomalyRow::default()
    };
    let expected = json!({"type": "decode", "event": "decoder.ipv4.trunc_pkt"});
    assert_eq!(eve(&common(), row)["anomaly"], expected);
}

#[test]
fn a_packet_has_its_length_and_flags() {
    let row = PacketRow {
        length: 74,
        tcp_flags: Some(0x02),
        ..PacketRow::default()
    };
    let found = eve(&common(), row);
    assert_eq!(found["wirewatch"]["length"], 74);
    assert_eq!(found["tcp"], json!({"tcp_flags": "02", "syn": true}));
}

#[test]
fn arp_has_its_addresses() {
    let row = ArpRow {
        hw_type: "ethernet",
        proto_type: "ipv4",
        opcode: "request",
        sender_mac: Some([0, 0x1a, 0x6b, 0x6c, 0x0c, 0xcc]),
        sender_ip: Some(CLIENT),
        target_mac: Some([0; 6]),
        target_ip: Some(SERVER),
    };
    let expected = json!({
        "hw_type": "ethernet", "proto_type": "ipv4", "opcode": "request",
        "src_mac": "00:1a:6b:6c:0c:cc", "src_ip": "192.0.2.1",
        "dest_mac": "00:00:00:00:00:00", "dest_ip": "198.51.100.2",
    });
    assert_eq!(eve(&Common::default(), row)["arp"], expected);
}

#[test]
fn stats_are_the_nested_counters() {
    let row = StatsRow {
        counters: r#"{"decoder":{"pkts":5}}"#,
        packets: 5,
        ..StatsRow::default()
    };
    assert_eq!(
        eve(&Common::default(), row)["stats"],
        json!({"decoder": {"pkts": 5}})
    );
}

#[test]
fn a_notice_is_an_event_of_wirewatch() {
    let row = NoticeRow {
        code: "capture.drops",
        message: b"5 lost",
        ..NoticeRow::default()
    };
    let found = eve(&Common::default(), row);
    assert_eq!(found["event_type"], "wirewatch");
    assert_eq!(found["wirewatch"]["message"], "5 lost");
}

#[test]
fn every_byte_survives_in_a_text() {
    for byte in 0..=255u8 {
        let text = [b'a', byte, b'b'];
        let row = AlertRow {
            indicator: Some(&text),
            ..AlertRow::default()
        };
        let found = eve(&common(), row);
        let expected = match byte {
            0..=0x7f => String::from_utf8(text.to_vec()).unwrap(),
            _ => format!("a\\x{byte:02x}b"),
        };
        assert_eq!(
            found["wirewatch"]["indicator"],
            expected.as_str(),
            "{byte:#04x}"
        );
    }
}

#[test]
fn no_control_character_is_written_as_it_is() {
    let bytes: Vec<u8> = (0..=255).collect();
    let characters: String = ('\0'..='\u{ff}').collect();
    for all in [&bytes[..], characters.as_bytes()] {
        let row = AlertRow {
            indicator: Some(all),
            ..AlertRow::default()
        };
        let text = line(&common(), row);
        assert!(!text.trim_end().chars().any(char::is_control));
    }
}

#[test]
fn controls_beyond_ascii_are_escaped_and_letters_are_not() {
    let row = AlertRow {
        indicator: Some("\u{9b}31m\u{e9}".as_bytes()),
        ..AlertRow::default()
    };
    assert!(line(&common(), row).contains("\"\\u009b31m\u{e9}\""));
}

#[test]
fn huge_texts_are_cut() {
    let huge = vec![b'x'; 10 << 20];
    let row = AlertRow {
        indicator: Some(&huge),
        ..AlertRow::default()
    };
    assert!(line(&common(), row).len() < MAX_TEXT_BYTES + 1000);
}

#[test]
fn huge_documents_are_left_out() {
    let huge = format!("{{\"a\":\"{}\"}}", "x".repeat(2 << 20));
    let row = AlertRow {
        app: Some(&huge),
        metadata: Some(&huge),
        ..AlertRow::default()
    };
    let found = eve(&common(), row);
    assert!(found.get("a").is_none() && found["alert"].get("metadata").is_none());
}

proptest! {
    #[test]
    fn whatever_is_on_the_wire_gives_a_valid_line(
        bytes in prop::collection::vec(any::<u8>(), 0..200),
        text in ".*",
    ) {
        let row = AlertRow {
            signature: &text,
            indicator: Some(&bytes),
            payload_printable: Some(&bytes),
            references: &[&text, &text],
            ..AlertRow::default()
        };
        let found = eve(&common(), row);
        prop_assert_eq!(found["alert"]["signature"].as_str(), Some(text.as_str()));
    }
}
