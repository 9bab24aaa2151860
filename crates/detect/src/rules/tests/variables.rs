//! Values that expressions captured, asked for by other rules.

use super::packet::TestPacket;
use super::{Session, problems};
use crate::rules::Level;

const NONE: [u32; 0] = [];

#[test]
fn a_value_of_the_flow_is_seen_by_later_packets() {
    let mut session = Session::new(
        r#"alert tcp any any -> any any (content:"ask"; flowvar:user,"bob"; sid:1;)
           alert tcp any any -> any any (content:"ask"; flowvar:user,!"bob"; sid:2;)
           alert tcp any any -> any any (pcre:"/user=(\w+)/,flow:user"; noalert; sid:3;)"#,
    );
    assert_eq!(session.sids(&TestPacket::tcp(b"ask")), NONE);
    session.sids(&TestPacket::tcp(b"user=xbobx"));
    assert_eq!(session.sids(&TestPacket::tcp(b"ask")), [1]);
    session.sids(&TestPacket::tcp(b"user=eve"));
    assert_eq!(session.sids(&TestPacket::tcp(b"ask")), [2]);
}

#[test]
fn a_value_of_the_packet_is_seen_by_rules_of_the_same_packet() {
    let mut session = Session::new(
        r#"alert tcp any any -> any any (content:"user"; pktvar:user,"|62|ob"; sid:1;)
           alert tcp any any -> any any (pcre:"/user=(\w+)/,pkt:user"; priority:200; noalert; sid:2;)"#,
    );
    let named = TestPacket::tcp(b"user=bob").at_second(1);
    assert_eq!(session.sids(&named), [1]);
    let unnamed = TestPacket::tcp(b"user").at_second(2);
    assert_eq!(session.sids(&unnamed), NONE);
}

#[test]
fn a_variable_needs_a_name_and_a_text() {
    for option in ["flowvar:user", "pktvar:user,", "flowvar:user,\"\""] {
        let rule = format!("alert tcp any any -> any any ({option}; sid:1;)");
        assert_eq!(problems(&rule)[0].level, Level::Error, "{option}");
    }
}

#[test]
fn a_mark_is_read_and_has_no_effect() {
    let rule = |mark| {
        let text = format!("alert tcp any any -> any any (dsize:1; nfq_set_mark:{mark}; sid:1;)");
        problems(&text).remove(0).level
    };
    assert_eq!(rule("0x2/0xffff"), Level::Warning);
    assert_eq!(rule("7"), Level::Warning);
    assert_eq!(rule("many"), Level::Error);
}
