//! Zeek logs read as Zeek's own.

use super::*;
use crate::{AlertRow, AnomalyRow, FlowRow, NoticeRow};

/// 2026-01-01 00:00:00.
const OPENED_US: i64 = 1_767_225_600_000_000;

fn common() -> Common<'static> {
    Common {
        ts: OPENED_US + 9_000_000,
        flow_id: Some(62 * 62 + 61),
        src_ip: Some("192.0.2.1".parse().unwrap()),
        src_port: Some(40_000),
        dst_ip: Some("2001:db8::2".parse().unwrap()),
        dst_port: Some(443),
        proto: Some("TCP"),
        app_proto: Some("tls"),
        ..Common::default()
    }
}

fn flow() -> FlowRow<'static> {
    FlowRow {
        start: OPENED_US + 1,
        duration_us: 1_500_000,
        payload_bytes_toserver: 100,
        payload_bytes_toclient: 200,
        pkts_toserver: 3,
        pkts_toclient: 4,
        ip_bytes_toserver: 220,
        ip_bytes_toclient: 360,
        lost_bytes_toserver: 1,
        lost_bytes_toclient: 2,
        conn_state: Some("SF"),
        history: Some("ShADadFf"),
        ..FlowRow::default()
    }
}

/// What is in the log that a record goes to.
fn log<'a>(common: &Common<'a>, row: impl Into<Row<'a>>) -> String {
    let mut logs = Logs::new(Format::Tabs, OPENED_US);
    assert!(logs.write(common, &row.into()));
    logs.close(OPENED_US + 60_000_000);
    let mut text = String::new();
    let taken: Result<(), ()> = logs.flush(|_, bytes| {
        text.push_str(std::str::from_utf8(bytes).unwrap());
        Ok(())
    });
    taken.unwrap();
    text
}

/// What is in the JSON log that a record goes to.
fn json_log<'a>(common: &Common<'a>, row: impl Into<Row<'a>>) -> String {
    let mut logs = Logs::new(Format::Json, OPENED_US);
    logs.write(common, &row.into());
    logs.close(OPENED_US + 60_000_000);
    let mut text = String::new();
    let taken: Result<(), ()> = logs.flush(|_, bytes| {
        text.push_str(std::str::from_utf8(bytes).unwrap());
        Ok(())
    });
    taken.unwrap();
    text
}

/// The value of a column in a log of one record.
fn cell<'a>(common: &Common<'a>, row: impl Into<Row<'a>>, column: &str) -> String {
    let text = log(common, row);
    let fields = text
        .lines()
        .find_map(|line| line.strip_prefix("#fields\t"))
        .unwrap();
    let position = fields.split('\t').position(|name| name == column).unwrap();
    let record = text.lines().find(|line| !line.starts_with('#')).unwrap();
    record.split('\t').nth(position).unwrap().to_owned()
}

#[test]
fn conn_log_is_as_zeek_writes_it() {
    let expected = "\
#separator \\x09
#set_separator\t,
#empty_field\t(empty)
#unset_field\t-
#path\tconn
#open\t2026-01-01-00-00-00
#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tservice\tduration\torig_bytes\tresp_bytes\tconn_state\tlocal_orig\tlocal_resp\tmissed_bytes\thistory\torig_pkts\torig_ip_bytes\tresp_pkts\tresp_ip_bytes\ttunnel_parents\tip_proto
#types\ttime\tstring\taddr\tport\taddr\tport\tenum\tstring\tinterval\tcount\tcount\tstring\tbool\tbool\tcount\tstring\tcount\tcount\tcount\tcount\tset[string]\tcount
1767225600.000001\tC10z\t192.0.2.1\t40000\t2001:db8::2\t443\ttcp\tssl\t1.500000\t100\t200\tSF\tT\tT\t3\tShADadFf\t3\t220\t4\t360\t-\t6
#close\t2026-01-01-00-01-00
";
    assert_eq!(log(&common(), flow()), expected);
}

#[test]
fn a_single_packet_has_no_duration_and_no_sizes() {
    let single = FlowRow {
        duration_us: 0,
        ..flow()
    };
    for column in ["duration", "orig_bytes", "resp_bytes"] {
        assert_eq!(cell(&common(), single, column), "-");
    }
}

#[test]
fn icmp_type_and_code_stand_for_ports() {
    let ping = Common {
        src_port: None,
        dst_port: None,
        proto: Some("ICMP"),
        icmp_type: Some(8),
        icmp_code: Some(0),
        ..common()
    };
    assert_eq!(cell(&ping, flow(), "id.orig_p"), "8");
    assert_eq!(cell(&ping, flow(), "proto"), "icmp");
}

#[test]
fn protocols_zeek_has_no_word_for_keep_their_number() {
    let gre = Common {
        proto: Some("GRE"),
        ..common()
    };
    assert_eq!(cell(&gre, flow(), "proto"), "unknown_transport");
    assert_eq!(cell(&gre, flow(), "ip_proto"), "47");
}

#[test]
fn private_addresses_are_local() {
    let private = Common {
        src_ip: Some("10.0.0.1".parse().unwrap()),
        ..common()
    };
    assert_eq!(cell(&private, flow(), "local_orig"), "T");
}

#[test]
fn an_unknown_application_is_unset() {
    let failed = Common {
        app_proto: Some("failed"),
        ..common()
    };
    assert_eq!(cell(&failed, flow(), "service"), "-");
}

#[test]
fn anomalies_are_weird() {
    let row = AnomalyRow {
        anomaly_type: "stream",
        event: "stream.pkt_x",
        ..AnomalyRow::default()
    };
    assert_eq!(cell(&common(), row, "name"), "stream.pkt_x");
    assert_eq!(cell(&common(), row, "source"), "STREAM");
}

#[test]
fn alerts_are_notices() {
    let row = AlertRow {
        gid: 1,
        signature_id: 2001,
        signature: "Bad",
        ..AlertRow::default()
    };
    assert_eq!(cell(&common(), row, "note"), "Wirewatch::Signature_1_2001");
    assert_eq!(cell(&common(), row, "msg"), "Bad");
    assert_eq!(cell(&common(), row, "sub"), "(empty)");
}

#[test]
fn detectors_give_their_name_to_the_notice() {
    let row = AlertRow {
        detector: Some("host-sweep"),
        ..AlertRow::default()
    };
    assert_eq!(cell(&common(), row, "note"), "Wirewatch::host_sweep");
}

#[test]
fn texts_cannot_break_a_line_or_pass_for_unset() {
    let cases = [
        (&b"a\tb\nc"[..], "a\\x09b\\x0ac"),
        (b"-", "\\x2d"),
        (b"(empty)", "\\x28empty)"),
        (b"back\\slash", "back\\\\slash"),
        (b"\xff\x7f", "\\xff\\x7f"),
        (b"\xc2\x9b\xc3\xa9", "\\xc2\\x9b\u{e9}"),
        ("\u{e9}".as_bytes(), "\u{e9}"),
    ];
    for (text, expected) in cases {
        let row = AnomalyRow {
            detail: Some(text),
            ..AnomalyRow::default()
        };
        assert_eq!(cell(&common(), row, "addl"), expected);
    }
}

#[test]
fn kinds_without_a_log_are_refused() {
    let mut logs = Logs::new(Format::Tabs, 0);
    assert!(!logs.write(&common(), &NoticeRow::default().into()));
    assert!(logs.is_empty());
}

#[test]
fn a_log_has_one_header() {
    let mut logs = Logs::new(Format::Tabs, 0);
    let mut taken = Vec::new();
    for _ in 0..2 {
        logs.write(&common(), &flow().into());
        logs.flush(|log, bytes| {
            taken.push((log.name, bytes.starts_with(b"#separator")));
            Ok::<(), ()>(())
        })
        .unwrap();
    }
    assert_eq!(taken, [("conn", true), ("conn", false)]);
}

#[test]
fn a_folder_has_a_file_for_each_log() {
    let path = std::env::temp_dir().join(format!("wirewatch-zeek-{}", std::process::id()));
    let mut logs = Logs::new(Format::Tabs, 0);
    let mut folder = Folder::create(&path.join("a/b")).unwrap();
    logs.write(&common(), &flow().into());
    folder.write(&mut logs).unwrap();
    logs.write(&common(), &flow().into());
    folder.write(&mut logs).unwrap();
    let text = std::fs::read_to_string(path.join("a/b/conn.log")).unwrap();
    std::fs::remove_dir_all(&path).unwrap();
    assert_eq!(
        text.lines().filter(|line| !line.starts_with('#')).count(),
        2
    );
}

#[test]
fn a_folder_that_cannot_be_is_named() {
    let file = std::env::temp_dir().join(format!("wirewatch-file-{}", std::process::id()));
    std::fs::write(&file, "").unwrap();
    let error = Folder::create(&file.join("logs")).unwrap_err();
    std::fs::remove_file(&file).unwrap();
    assert_eq!(error.path, file.join("logs"));
    assert!(error.to_string().starts_with("cannot write "));
}

#[test]
fn json_lines_have_dotted_names_and_no_header() {
    let expected = concat!(
        r#"{"ts":1767225600.000001,"uid":"C10z","id.orig_h":"192.0.2.1","id.orig_p":40000,"#,
        r#""id.resp_h":"2001:db8::2","id.resp_p":443,"proto":"tcp","service":"ssl","duration":1.5,"#,
        r#""orig_bytes":100,"resp_bytes":200,"conn_state":"SF","local_orig":true,"local_resp":true,"#,
        r#""missed_bytes":3,"history":"ShADadFf","orig_pkts":3,"orig_ip_bytes":220,"resp_pkts":4,"#,
        r#""resp_ip_bytes":360,"ip_proto":6}"#,
        "\n"
    );
    assert_eq!(json_log(&common(), flow()), expected);
}

#[test]
fn json_leaves_out_what_is_unset() {
    let single = FlowRow {
        duration_us: 0,
        conn_state: None,
        ..flow()
    };
    let line = json_log(&common(), single);
    for column in ["duration", "orig_bytes", "conn_state", "tunnel_parents"] {
        assert!(!line.contains(column), "{line}");
    }
}

#[test]
fn json_seconds_keep_a_digit_behind_the_point() {
    let row = FlowRow {
        start: 1_000_000,
        duration_us: 20_000_000,
        ..flow()
    };
    let line = json_log(&common(), row);
    assert!(line.starts_with(r#"{"ts":1.0,"#), "{line}");
    assert!(line.contains(r#""duration":20.0,"#), "{line}");
}

#[test]
fn json_texts_are_escaped_as_zeek_does() {
    let cases = [
        (&b"a\tb\nc"[..], r"a\tb\nc"),
        (b"", ""),
        (b"-", "-"),
        (b"say \"x\" \\", r#"say \"x\" \\"#),
        (b"\xff\x7f\x01", r"\\xff\\x7f\\x01"),
        (b"\xc2\x9b", r"\\xc2\\x9b"),
        ("\u{e9}".as_bytes(), "\u{e9}"),
    ];
    for (text, expected) in cases {
        let row = AnomalyRow {
            detail: Some(text),
            ..AnomalyRow::default()
        };
        let line = json_log(&common(), row);
        assert!(line.contains(&format!(r#""addl":"{expected}","#)), "{line}");
    }
}
