//! What expressions mean, and what is said about wrong ones.

use super::*;
use crate::{AlertRow, FlowRow, NoticeRow};

fn common() -> Common<'static> {
    Common {
        ts: 1_767_225_600_000_000,
        src_ip: Some("192.0.2.1".parse().unwrap()),
        src_port: Some(40_000),
        dst_ip: Some("2001:db8::2".parse().unwrap()),
        dst_port: Some(443),
        proto: Some("TCP"),
        vlan: &[10, 20],
        app_proto: Some("tls"),
        ..Common::default()
    }
}

fn flow() -> Row<'static> {
    Row::from(FlowRow {
        bytes_toserver: 1_500_000,
        state: "closed",
        alerted: true,
        age: 90,
        duration_us: 90_000_000,
        tcp_flags: Some(0x13),
        ..FlowRow::default()
    })
}

fn alert() -> Row<'static> {
    Row::from(AlertRow {
        signature: "ET SCAN SSH probe",
        severity: 2,
        indicator: Some(b"Example.com\xff"),
        references: &["https://example.com/a", "b"],
        ..AlertRow::default()
    })
}

fn holds(expression: &str, row: &Row<'_>) -> bool {
    Filter::parse(expression)
        .unwrap_or_else(|e| panic!("{expression}: {e}"))
        .matches(&common(), row)
}

fn error(expression: &str) -> (usize, String) {
    let error = Filter::parse(expression).expect_err(expression);
    (error.column, error.message)
}

#[test]
fn true_expressions_hold() {
    let expressions = [
        "dst_port == 443",
        "dest_port = 443",
        "dst_port != 80",
        "port == 40000",
        "port in (1, 443)",
        "port not in (1, 2)",
        "flow.bytes_toserver > 1M",
        "bytes_toserver >= 1500k and bytes_toserver <= 1.5M",
        "src_ip in 192.0.2.0/24",
        "host == 2001:db8::2",
        "host in (10.0.0.0/8, 2001:db8::/32)",
        "ip in 0.0.0.0/0",
        "not host in 10.0.0.0/8",
        "proto == tcp",
        "app_proto in (http, \"tls\")",
        "kind == flow",
        "event_type == 'flow'",
        "state startswith CLO and state endswith sed and state contains LOSE",
        "state matches /^clo.*d$/",
        "app_proto ~ \"^t\"",
        "duration_us > 1m and duration_us < 1h and flow.age == 90s",
        "vlan == 20",
        "tcp.syn and tcp.fin == true and not tcp.rst",
        "tcp.tcp_flags == 13",
        "tcp_flags == 0x13",
        "alerted",
        "not midstream",
        "ts >= 2026-01-01 and ts < \"2026-01-01 00:00:01\" and timestamp == 2026-01-01T00:00:00Z",
        "(dst_port == 1 or dst_port == 443) && !(proto == UDP)",
        "dst_port == 1 or dst_port == 2 or dst_port == 443",
        "NOT dst_port == 1 AND proto == TCP",
        "src_ip startswith 192.0",
    ];
    for expression in expressions {
        assert!(holds(expression, &flow()), "{expression}");
    }
}

#[test]
fn false_expressions_do_not_hold() {
    let expressions = [
        "dst_port == 80",
        "port != 443",
        "host in 10.0.0.0/8",
        "host != 192.0.2.1",
        "proto == udp and dst_port == 443",
        "vlan != 10",
        "state matches /CLOSED/",
        "kind == alert",
        "midstream",
        "in_iface",
        "dst_port == 443 and dst_port == 80 or dst_port == 81",
    ];
    for expression in expressions {
        assert!(!holds(expression, &flow()), "{expression}");
    }
}

#[test]
fn a_field_the_record_lacks_makes_comparisons_false() {
    assert!(!holds("alert.signature == x", &flow()));
    assert!(!holds("alert.signature != x", &flow()));
    assert!(!holds("in_iface != eth0", &flow()));
}

#[test]
fn not_around_a_comparison_lets_records_without_the_field_through() {
    assert!(holds("not (alert.signature == x)", &flow()));
}

#[test]
fn texts_of_alerts_are_found_without_regard_to_case() {
    assert!(holds("alert.signature contains \"ssh P\"", &alert()));
    assert!(holds("indicator contains EXAMPLE", &alert()));
    assert!(holds(
        "references == B and references contains example",
        &alert()
    ));
}

#[test]
fn a_name_that_is_a_number_here_and_a_text_there_works_for_both() {
    let notice = Row::from(NoticeRow {
        severity: "warning",
        ..NoticeRow::default()
    });
    assert!(holds("severity == 2", &alert()));
    assert!(holds("severity == warning", &notice));
    assert!(!holds("severity == warning", &alert()));
}

#[test]
fn and_binds_tighter_than_or() {
    assert!(holds(
        "dst_port == 443 or dst_port == 1 and dst_port == 2",
        &flow()
    ));
}

#[test]
fn unknown_fields_name_the_nearest() {
    let (column, message) = error("dst_port == 1 and bytes_toservr > 5");
    assert_eq!(column, 19);
    assert_eq!(
        message,
        "no field is called \"bytes_toservr\"; did you mean bytes_toserver?"
    );
}

#[test]
fn a_name_like_no_other_gets_no_advice() {
    assert_eq!(error("zzzzzzzz == 1").1, "no field is called \"zzzzzzzz\"");
}

#[test]
fn errors_say_where_and_what() {
    let cases = [
        ("", 1, "expected the name of a field"),
        ("dst_port ==", 12, "expected a value"),
        (
            "dst_port == http",
            13,
            "dst_port is compared with a number such as 443, 0x1f or 1.5M, not \"http\"",
        ),
        (
            "dst_port == 5s",
            13,
            "dst_port is compared with a number such as 443, 0x1f or 1.5M, not \"5s\"",
        ),
        (
            "duration_us > soon",
            15,
            "duration_us is compared with a duration such as 10ms or 5s, not \"soon\"",
        ),
        (
            "src_ip == 192.0.2.0/33",
            11,
            "src_ip is compared with an address or a network such as 192.0.2.0/24, not \"192.0.2.0/33\"",
        ),
        (
            "ts > yesterday",
            6,
            "ts is compared with a time such as \"2026-01-31T12:00:00\", not \"yesterday\"",
        ),
        (
            "alerted == maybe",
            12,
            "alerted is compared with true or false, not \"maybe\"",
        ),
        ("state < closed", 7, "only numbers and times have an order"),
        ("(dst_port == 1", 15, "expected )"),
        (
            "dst_port == 1 proto == TCP",
            15,
            "expected and, or, or the end",
        ),
        ("state == \"closed", 10, "\" is not closed"),
        ("dst_port ? 1", 10, "unexpected '?'; put texts in quotes"),
        (
            "dst_port port",
            10,
            "expected ==, !=, <, <=, >, >=, in, contains, startswith, endswith or matches",
        ),
        (
            "state matches /(/",
            15,
            "bad regular expression: unclosed group",
        ),
        ("é == 1", 1, "no field is called \"é\""),
    ];
    for (expression, column, message) in cases {
        assert_eq!(
            error(expression),
            (column, message.to_owned()),
            "{expression}"
        );
    }
}

#[test]
fn columns_count_characters() {
    assert_eq!(error("state == \"é\" and x_y_z == 1").0, 18);
}

#[test]
fn deep_nesting_is_refused() {
    let expression = format!("{}dst_port == 1{}", "(".repeat(100), ")".repeat(100));
    assert_eq!(
        error(&expression),
        (MAX_DEPTH + 1, "nested too deeply here".to_owned())
    );
}

#[test]
fn long_expressions_are_refused() {
    let expression = "dst_port == 1 or ".repeat(2000);
    assert!(
        error(&expression)
            .1
            .starts_with("the expression is longer than")
    );
}

#[test]
fn huge_regular_expressions_are_refused() {
    assert!(
        error("state matches /(a{1000}){1000}/")
            .1
            .contains("size limit")
    );
}

#[test]
fn a_slash_in_a_regular_expression_is_escaped() {
    assert!(holds(
        "references matches /^https:\\/\\/example\\.com\\/a$/",
        &alert()
    ));
}

#[test]
fn every_field_can_be_asked_for() {
    let fields = crate::COMMON_FIELDS
        .iter()
        .chain(crate::Kind::ALL.into_iter().flat_map(crate::Kind::fields));
    for info in fields {
        assert!(Filter::parse(info.name).is_ok(), "{}", info.name);
        assert!(
            info.eve == "*" || Filter::parse(info.eve).is_ok(),
            "{}",
            info.eve
        );
    }
}

proptest::proptest! {
    #[test]
    fn any_text_is_parsed_or_refused_in_its_bounds(expression in ".{0,60}") {
        if let Err(error) = Filter::parse(&expression) {
            proptest::prop_assert!(error.column <= expression.chars().count() + 1);
        }
    }

    #[test]
    fn words_in_any_order_are_parsed_or_refused(
        words in proptest::collection::vec(proptest::sample::select(vec![
            "dst_port", "==", "443", "and", "or", "not", "(", ")", "in", ",", "host",
            "192.0.2.0/24", "matches", "/a/", "contains", "state", "\"x\"", "<",
        ]), 0..20),
    ) {
        let expression = words.join(" ");
        if let Ok(filter) = Filter::parse(&expression) {
            filter.matches(&common(), &flow());
        }
    }
}
