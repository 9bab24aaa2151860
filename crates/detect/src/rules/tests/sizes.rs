//! Rules about sizes of flows, sets of values, and odd segments.

use wirewatch_proto::Side;

use super::super::{FlowFacts, MatchInfo, Rule};
use super::fake::{FakeTransaction, matches, read};
use super::packet::TestPacket;
use super::{Session, matches_packet};

const FACTS: FlowFacts = FlowFacts {
    age_s: 10,
    packets: [3, 5],
    bytes: [300, 5_000],
    stream: [100, 4_000],
};

fn holds(options: &str) -> bool {
    let text = format!("alert tcp any any -> any any ({options} sid:1;)");
    let mut session = Session::new(&text);
    session.matcher.flow_facts(FACTS);
    !session.sids(&TestPacket::tcp(b"x")).is_empty()
}

#[test]
fn sizes_and_age_of_the_flow_are_compared() {
    assert!(holds("flow.age:>9;"));
    assert!(!holds("flow.age:>10;"));
    assert!(holds("flow.pkts:toclient,5;"));
    assert!(holds("flow.bytes_toserver:<301;"));
    assert!(holds("stream_size:server,>,4000;"));
    assert!(!holds("stream_size:both,>,4000;"));
    assert!(holds("stream_size:either,=,101;"));
}

#[test]
fn an_odd_segment_is_told_by_its_name() {
    let rules = "alert tcp any any -> any any (stream-event:reassembly_seq_gap; sid:1;)";
    let mut session = Session::new(rules);
    let packet = TestPacket::tcp(b"x");
    assert!(session.sids(&packet).is_empty());
    let mut found = Vec::new();
    packet.view(|view| {
        let (matcher, flow) = (&mut session.matcher, &mut session.flow);
        for code in ["stream.rst_inexact", "stream.reassembly_seq_gap"] {
            let tell = &mut |rule: &Rule, _: MatchInfo<'_>| found.push((code, rule.sid));
            matcher.stream_event(code, &view, flow, packet.ts, tell);
        }
    });
    assert_eq!(found, [("stream.reassembly_seq_gap", 1)]);
}

#[test]
fn a_set_is_filled_by_one_rule_and_asked_by_another() {
    let set = "http.uri; dataset:set,seen-uris,type string;";
    let asked = r#"http.method; content:"GET"; http.uri; dataset:isset,seen-uris,type string;"#;
    let rules = format!(
        "alert http any any -> any any ({set} sid:1;)\nalert http any any -> any any ({asked} sid:2;)"
    );
    let mut exchange = super::fake::Exchange::new(&rules);
    let one = |id| FakeTransaction {
        id,
        ..FakeTransaction::get("/one").at(Side::Client, 9)
    };
    assert_eq!(exchange.step(&one(0), Side::Client), [1, 2]);
    // It is there already.
    assert_eq!(exchange.step(&one(1), Side::Client), [2]);
}

#[test]
fn a_set_has_one_type() {
    let (_, problems) = read(
        "alert http any any -> any any (http.uri; dataset:isset,s,type md5; http.uri; dataset:isset,s,type string; sid:1;)",
    );
    assert!(problems[0].message.contains("another type"));
}

#[test]
fn randomness_is_measured() {
    let tx = || FakeTransaction::get("/aaaa");
    assert!(matches("http.uri; entropy:value < 1.0;", tx()));
    assert!(!matches("http.uri; entropy:value > 1.0;", tx()));
    assert!(matches(
        "http.uri; entropy:bytes 4, offset 1, value = 0.0;",
        tx()
    ));
}

#[test]
fn addresses_are_buffers() {
    let packet = TestPacket::tcp(b"x");
    assert!(matches_packet(
        "tcp",
        r#"ip.src; content:"|c0 00 02 01|";"#,
        &packet
    ));
    assert!(!matches_packet(
        "tcp",
        r#"ip.dst; content:"|c0 00 02 01|";"#,
        &packet
    ));
}

#[test]
fn wrong_checksums_are_asked_for() {
    let packet = TestPacket::tcp(b"x");
    assert!(matches_packet("tcp", "tcpv4-csum:invalid;", &packet));
    assert!(!matches_packet("tcp", "tcpv4-csum:valid;", &packet));
}

#[test]
fn the_urgent_pointer_is_compared() {
    assert!(matches_packet(
        "tcp",
        "tcp.urgp:7;",
        &TestPacket::tcp(b"x").with(39, 7)
    ));
}

#[test]
fn the_first_packet_of_each_side_is_a_hook() {
    let mut session = Session::new("alert tcp:flow_start any any -> any any (sid:1;)");
    assert_eq!(session.sids(&TestPacket::tcp(b"x")), [1]);
    assert!(session.sids(&TestPacket::tcp(b"y")).is_empty());
    let back = TestPacket::tcp(b"z").turned_round();
    assert_eq!(session.sids(&back), [1]);
    assert!(session.sids(&back).is_empty());
}
