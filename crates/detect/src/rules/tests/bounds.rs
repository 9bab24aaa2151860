//! Hostile rules and packets stay within limits.

use super::packet::TestPacket;
use super::{Session, problems};

#[test]
fn a_rule_that_is_too_long_is_told_and_the_next_is_read() {
    let text = format!(
        "alert ip any any -> any any (msg:\"{}\"; sid:1;)\nalert ip any any -> any any (sid:2)",
        "a".repeat(70_000)
    );
    let found = problems(&text);
    assert_eq!((found[0].line, found[1].line), (1, 2));
    assert!(found[0].message.contains("longer than"));
}

#[test]
fn options_are_counted() {
    let text = format!(
        "alert ip any any -> any any ({} sid:1;)",
        "noalert;".repeat(600)
    );
    assert!(problems(&text)[0].message.contains("options"));
}

#[test]
fn checks_are_counted() {
    let text = format!(
        "alert ip any any -> any any ({} sid:1;)",
        "content:\"a\";".repeat(200)
    );
    assert!(problems(&text)[0].message.contains("checks"));
}

#[test]
fn lists_are_nested_only_so_deep() {
    let text = format!(
        "alert ip {}1.2.3.4{} any -> any any (sid:1;)",
        "[".repeat(40),
        "]".repeat(40)
    );
    assert!(problems(&text)[0].message.contains("nested"));
}

#[test]
fn variables_are_counted() {
    let extract = |number| format!("byte_extract:1,0,v{number};");
    let extracts = (0..20).map(extract).collect::<Vec<_>>().concat();
    let text = format!("alert ip any any -> any any ({extracts} sid:1;)");
    assert!(problems(&text)[0].message.contains("variables"));
}

#[test]
fn a_search_without_end_is_given_up_and_counted() {
    let relative = "content:\"a\"; distance:0; ".repeat(30);
    let text = format!(
        "alert tcp any any -> any any (content:\"a\"; {relative} content:\"b\"; distance:0; sid:1;)"
    );
    let mut session = Session::new(&text);
    assert!(
        session
            .sids(&TestPacket::tcp(&b"a".repeat(1_000)))
            .is_empty()
    );
    assert_eq!(session.matcher.counters().step_limit, 1);
}

#[test]
fn a_pattern_that_explodes_is_given_up_and_counted() {
    let text = r#"alert tcp any any -> any any (pcre:"/^(a|aa)+\1c/"; sid:1;)"#;
    let mut session = Session::new(text);
    assert!(
        session
            .sids(&TestPacket::tcp(&b"a".repeat(1_000)))
            .is_empty()
    );
    assert_eq!(session.matcher.counters().regex_limit, 1);
}

#[test]
fn a_pattern_that_takes_too_much_memory_is_left_out() {
    let text = r#"alert tcp any any -> any any (pcre:"/((a{1,200}){1,200}){1,200}/"; sid:1;)"#;
    assert!(problems(text)[0].message.contains("cannot be used"));
}

/// How many of 256 hosts are forgotten when a rule counts what each of them does.
fn forgotten(state: super::super::RuleState) -> u64 {
    let text = "alert tcp any any -> any any (content:\"x\"; threshold:type limit,track by_src,count 1,seconds 60; sid:1;)";
    let state = std::sync::Arc::new(state);
    let rules = std::sync::Arc::new(super::load(text));
    let matcher = super::super::Matcher::with_state(rules, std::sync::Arc::clone(&state));
    let mut session = Session {
        matcher,
        flow: super::FlowRules::default(),
    };
    for host in 0..=255 {
        session.sids(&TestPacket::tcp(b"x").from([192, 0, 2, host]));
    }
    state.evicted()
}

#[test]
fn tables_keep_their_size() {
    assert!(forgotten(super::super::RuleState::new(64)) >= 192);
}

#[test]
fn tables_keep_to_their_share_of_the_memory() {
    let with = |bytes| super::super::RuleState::watching(super::super::Wish::default(), bytes);
    assert!(forgotten(with(12_000)) >= 180);
    assert_eq!(forgotten(with(16 << 20)), 0);
}
