//! Lines as they stand on the screen.

use proptest::prelude::*;

use super::*;
use crate::{
    AlertRow, AnomalyRow, ArpRow, FileinfoRow, FlowRow, FtpRow, NoticeRow, PacketRow, Pop3Row,
    SmtpRow, StatsRow,
};

fn common() -> Common<'static> {
    Common {
        ts: 1_767_225_600_000_001,
        src_ip: Some("192.0.2.1".parse().unwrap()),
        src_port: Some(40_000),
        dst_ip: Some("198.51.100.2".parse().unwrap()),
        dst_port: Some(443),
        proto: Some("TCP"),
        ..Common::default()
    }
}

fn packet() -> PacketRow<'static> {
    PacketRow {
        length: 74,
        captured_length: 74,
        tcp_flags: Some(0x12),
        seq: Some(1),
        ack_seq: Some(2),
        window: Some(64_240),
        payload_length: Some(0),
        ..PacketRow::default()
    }
}

fn alert() -> AlertRow<'static> {
    AlertRow {
        action: "allowed",
        gid: 1,
        signature_id: 2001,
        rev: 3,
        signature: "Something bad",
        severity: 1,
        ..AlertRow::default()
    }
}

fn styled<'a>(common: &Common<'a>, row: impl Into<Row<'a>>, style: Style) -> String {
    let mut out = Vec::new();
    line(common, &row.into(), &style, &mut out);
    String::from_utf8(out).unwrap()
}

fn plain<'a>(common: &Common<'a>, row: impl Into<Row<'a>>) -> String {
    styled(common, row, Style::default())
}

#[test]
fn a_packet_is_shown_as_tcpdump_would() {
    let expected = "00:00:00.000001 TCP     192.0.2.1:40000 > 198.51.100.2:443               \
                    74 [S.] seq 1 ack 2 win 64240 len 0\n";
    assert_eq!(plain(&common(), packet()), expected);
}

#[test]
fn a_flow_has_both_directions() {
    let row = FlowRow {
        start: common().ts,
        duration_us: 4_500_000,
        pkts_toserver: 12,
        pkts_toclient: 10,
        bytes_toserver: 1_234,
        bytes_toclient: 34_567,
        state: "closed",
        conn_state: Some("SF"),
        ..FlowRow::default()
    };
    let text = plain(
        &Common {
            app_proto: Some("tls"),
            ..common()
        },
        row,
    );
    let expected = "TCP       tls       4.50s    12/10    pkts  1.2k/34.5k B  closed SF\n";
    assert!(text.ends_with(expected), "{text}");
}

#[test]
fn an_alert_has_its_rule_and_severity() {
    let text = plain(&common(), alert());
    assert!(
        text.starts_with("00:00:00.000001 ALERT   192.0.2.1:40000 >"),
        "{text}"
    );
    assert!(
        text.contains("[1:2001:3] Something bad  severity 1"),
        "{text}"
    );
}

#[test]
fn the_worst_alerts_are_red_and_bold() {
    let style = Style {
        colour: true,
        ..Style::default()
    };
    let text = styled(&common(), alert(), style);
    assert!(
        text.contains("\x1b[1;31m[1:2001:3] Something bad\x1b[0m"),
        "{text}"
    );
}

#[test]
fn colours_do_not_move_columns() {
    let colour = Style {
        colour: true,
        ..Style::default()
    };
    let mut text = styled(&common(), packet(), colour);
    for sequence in ["\x1b[2m", "\x1b[36m", "\x1b[0m"] {
        text = text.replace(sequence, "");
    }
    assert_eq!(text, plain(&common(), packet()));
}

#[test]
fn details_start_in_one_column() {
    let rows: [Row<'_>; 3] = [
        alert().into(),
        AnomalyRow::default().into(),
        ArpRow::default().into(),
    ];
    let endpoints = Common {
        src_ip: None,
        dst_ip: None,
        ..common()
    };
    for row in rows {
        let text = plain(&endpoints, row);
        assert_eq!(text.get(24..70).map(str::trim), Some(""), "{text}");
    }
}

#[test]
fn icmpv6_fits_its_column() {
    let ping = Common {
        proto: Some("IPv6-ICMP"),
        icmp_type: Some(128),
        icmp_code: Some(0),
        ..common()
    };
    let row = PacketRow {
        tcp_flags: None,
        ..packet()
    };
    let text = plain(&ping, row);
    assert!(text.contains(" ICMP6   192.0.2.1"), "{text}");
    assert!(text.ends_with(" type 128 code 0\n"), "{text}");
}

#[test]
fn ipv6_addresses_with_ports_are_in_brackets() {
    let v6 = Common {
        src_ip: Some("2001:db8::1".parse().unwrap()),
        ..common()
    };
    assert!(plain(&v6, packet()).contains(" [2001:db8::1]:40000 > 198"));
}

#[test]
fn time_may_have_a_date_and_an_offset() {
    let style = Style {
        date: true,
        utc_offset_s: -3600,
        ..Style::default()
    };
    assert!(styled(&common(), packet(), style).starts_with("2025-12-31 23:00:00.000001 TCP"));
}

#[test]
fn a_cut_packet_says_so() {
    let row = PacketRow {
        captured_length: 60,
        ..packet()
    };
    assert!(plain(&common(), row).ends_with(" captured 60\n"));
}

#[test]
fn a_notice_is_a_sentence_with_its_code() {
    let row = NoticeRow {
        code: "a.b",
        severity: "warning",
        message: b"Lost.",
        ..NoticeRow::default()
    };
    assert_eq!(
        plain(&common(), row),
        "00:00:00.000001 warning Lost.  (a.b)\n"
    );
}

#[test]
fn stats_tell_of_losses_only_when_there_are_some() {
    let fine = StatsRow {
        packets: 1_500,
        ..StatsRow::default()
    };
    let lossy = StatsRow {
        kernel_drops: 7,
        ..fine
    };
    assert!(
        plain(&common(), fine).ends_with("1.5k packets, 0 bytes, 0 active of 0 flows, 0 alerts\n")
    );
    assert!(plain(&common(), lossy).ends_with(", 7 lost by the kernel\n"));
}

#[test]
fn a_kind_without_its_own_line_shows_its_fields() {
    let row = Row::from(NoticeRow {
        code: "a.b",
        message: b"\x1b",
        ..NoticeRow::default()
    });
    let mut out = Vec::new();
    let style = Style::default();
    event::other(&mut Line::new(&mut out, &style), &common(), &row);
    let text = String::from_utf8(out).unwrap();
    assert!(text.ends_with("code=a.b message=\\x1b "), "{text}");
}

#[test]
fn short_numbers_have_at_most_five_characters() {
    let mut previous = String::new();
    for value in [0, 999, 1_000, 99_949, 100_000, 999_999, 1_000_000, u64::MAX] {
        let mut out = Vec::new();
        line::short(&mut out, value);
        let text = String::from_utf8(out).unwrap();
        assert!(text.len() <= 5 && text != previous, "{text}");
        previous = text;
    }
    assert_eq!(previous, "18.4E");
}

#[test]
fn durations_have_the_unit_that_fits() {
    let cases = [
        (850, "850us"),
        (12_345, "12.3ms"),
        (4_500_000, "4.50s"),
        (59_999_999, "59.99s"),
        (187_000_000, "3m07s"),
        (7_500_000_000, "2h05m"),
        (352_800_000_000, "4d02h"),
    ];
    for (us, expected) in cases {
        let mut out = Vec::new();
        line::duration(&mut out, us);
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }
}

#[test]
fn a_hex_dump_has_offsets_and_text() {
    let row = PacketRow {
        payload: Some(b"GET / HTTP/1.1\r\nHost"),
        ..packet()
    };
    let text = styled(
        &common(),
        row,
        Style {
            payload: Payload::Hex(18),
            ..Style::default()
        },
    );
    let dump = "    \
                0000  47 45 54 20 2f 20 48 54  54 50 2f 31 2e 31 0d 0a  GET / HTTP/1.1..\n    \
                0010  48 6f                                             Ho\n    \
                ... 2 more bytes\n";
    assert!(text.ends_with(dump), "{text}");
}

#[test]
fn payload_text_keeps_its_lines_and_loses_its_teeth() {
    let row = PacketRow {
        payload: Some(b"one\r\n\r\n\x1b[2Jtwo\n"),
        ..packet()
    };
    let text = styled(
        &common(),
        row,
        Style {
            payload: Payload::Text(100),
            ..Style::default()
        },
    );
    assert!(text.ends_with("\n    one\n\n    \\x1b[2Jtwo\n"), "{text}");
}

#[test]
fn payloads_are_bounded_whatever_is_asked_for() {
    let huge = vec![b'x'; 1 << 20];
    let row = PacketRow {
        payload: Some(&huge),
        ..packet()
    };
    for payload in [Payload::Hex(usize::MAX), Payload::Text(usize::MAX)] {
        let text = styled(
            &common(),
            row,
            Style {
                payload,
                ..Style::default()
            },
        );
        assert!(text.ends_with("    ... 983040 more bytes\n"));
    }
}

#[test]
fn characters_that_deceive_are_named() {
    let cases = [
        ("\u{202e}gpj", "\\u{202e}gpj"),
        ("a\u{200b}b", "a\\u{200b}b"),
        ("\u{9b}31m", "\\u{9b}31m"),
        ("\u{2066}", "\\u{2066}"),
        ("\x7f\t", "\\x7f\\t"),
        ("h\u{e9}llo \u{4e2d}", "h\u{e9}llo \u{4e2d}"),
    ];
    for (text, expected) in cases {
        let mut out = Vec::new();
        safe::write(&mut out, text.as_bytes());
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }
}

#[test]
fn long_texts_are_cut_between_characters() {
    let mut out = Vec::new();
    safe::write_bounded(&mut out, "aaa\u{e9}".as_bytes(), 4);
    assert_eq!(out, b"aaa...");
}

#[test]
fn every_kind_has_a_line() {
    let rows: [Row<'_>; 7] = [
        AlertRow::default().into(),
        AnomalyRow::default().into(),
        ArpRow::default().into(),
        FlowRow::default().into(),
        NoticeRow::default().into(),
        PacketRow::default().into(),
        StatsRow::default().into(),
    ];
    for row in rows {
        let text = plain(&Common::default(), row);
        assert!(text.ends_with('\n') && text.lines().count() == 1, "{text}");
    }
}

proptest! {
    #[test]
    fn nothing_from_the_wire_reaches_the_terminal_raw(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let row = PacketRow { summary: Some(&bytes), payload: Some(&bytes), ..packet() };
        let text = styled(&common(), row, Style { payload: Payload::Text(200), ..Style::default() });
        prop_assert!(!text.chars().any(|c| c.is_control() && c != '\n'));
    }
}

#[test]
fn a_file_is_shown_by_name_type_size_and_hash() {
    let row = FileinfoRow {
        filename: b"/a\x1b.png",
        mime_type: Some("image/png"),
        size: 11_418,
        state: "CLOSED",
        sha256: Some("33820d3d"),
        app: Some("{\"http\":{}}"),
        ..FileinfoRow::default()
    };
    let shown = plain(&common(), row);
    assert!(shown.ends_with("/a\\x1b.png  image/png 11.4k closed  sha256 33820d3d\n"));
}

#[test]
fn a_mail_is_shown_by_who_wrote_to_whom() {
    let row = SmtpRow {
        mail_from: Some(b"<a@example.com>"),
        rcpt_to: &["<b@example.com>", "<c@example.com>"],
        subject: Some(b"Minutes"),
        last_reply: Some(b"250 Ok"),
        ..SmtpRow::default()
    };
    let expected = "<a@example.com> to <b@example.com>, <c@example.com>  \"Minutes\"  250 Ok\n";
    assert!(plain(&common(), row).ends_with(expected));
}

#[test]
fn a_document_is_shown_in_words() {
    for (document, words) in [
        (r#"{"a":1,"b":{"c":"x \" y","d":[]}}"#, r#" a=1 b.c=x \" y"#),
        (
            r#"{"list":["one","two"],"last":true}"#,
            " list=one,two last=true",
        ),
        (r#"[{"a":1},{"a":2}]"#, " a=1 a=2"),
        (r#"{"a":{"b":1}"#, " a.b=1"),
        (
            r#"{"flags":{"password":true},"password":"x"}"#,
            " flags.password=true password=<hidden>",
        ),
        ("", ""),
    ] {
        let mut out = Vec::new();
        document::write(&mut out, document);
        assert_eq!(String::from_utf8(out).unwrap(), words);
    }
}

#[test]
fn a_long_document_is_cut() {
    let mut out = Vec::new();
    document::write(
        &mut out,
        &format!("[{}0]", "{\"name\":12345},".repeat(1_000)),
    );
    assert!(out.ends_with(b" ..."));
    assert!(out.len() < 500);
}

#[test]
fn passwords_are_not_shown() {
    let ftp = FtpRow {
        command: Some(b"PASS"),
        command_data: Some(b"secret"),
        ..FtpRow::default()
    };
    let pop3 = Pop3Row {
        command: Some(b"PASS"),
        arguments: &["secret"],
        ..Pop3Row::default()
    };
    let sasl = Pop3Row {
        command: Some(b"AUTH"),
        arguments: &["PLAIN", "secret"],
        ..Pop3Row::default()
    };
    let lines = [ftp.into(), pop3.into(), sasl.into()];
    for line in lines.map(|row: Row<'_>| plain(&common(), row)) {
        assert!(
            line.contains("<hidden>") && !line.contains("secret"),
            "{line}"
        );
    }
}
