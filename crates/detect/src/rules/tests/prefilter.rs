//! The prefilter changes the cost and never the result.

use std::sync::Arc;

use proptest::prelude::*;

use super::super::{AppProtocol, FlowRules, MatchInfo, Matcher, Rule};
use super::load;
use super::packet::TestPacket;

/// Rules of few letters, so that they match often.
fn content() -> impl Strategy<Value = String> {
    let letters = prop::collection::vec(prop::sample::select(b"aAbBc".to_vec()), 1..12);
    let place = prop::sample::select(vec![
        "",
        "",
        "",
        "nocase;",
        "offset:1;",
        "depth:12;",
        "startswith;",
        "endswith;",
        "nocase; startswith;",
        "startswith; endswith;",
        "nocase; endswith; fast_pattern;",
        "offset:2; depth:12;",
        "depth:5;",
        "nocase; depth:7;",
        "offset:1; depth:6;",
        "nocase; depth:40; fast_pattern;",
        "distance:0;",
        "within:14;",
        "distance:1; within:12;",
        "fast_pattern;",
        "nocase; fast_pattern;",
    ]);
    (letters, any::<bool>(), any::<bool>(), place).prop_map(|(letters, a, b, place)| {
        let text = String::from_utf8(letters).unwrap();
        let negated = if a && b && !place.contains("fast") {
            "!"
        } else {
            ""
        };
        format!("content:{negated}\"{text}\"; {place}")
    })
}

fn rule() -> impl Strategy<Value = String> {
    let header = prop::sample::select(vec![
        "tcp any any -> any any",
        "tcp any any -> any 80",
        "tcp any any -> any !80",
        "ip any any -> any any",
        "tcp any any <> any 80",
        "tcp any 40000 -> any any",
        "http any any -> any any",
        "tcp any any -> any [80,443]",
    ]);
    let flow = prop::sample::select(vec![
        "",
        "flow:to_server;",
        "flow:to_client;",
        "dsize:>3;",
        "dsize:<20;",
    ]);
    (header, flow, prop::collection::vec(content(), 1..4)).prop_map(|(header, flow, contents)| {
        format!("alert {header} ({flow} {}", contents.join(" "))
    })
}

fn packets() -> impl Strategy<Value = Vec<TestPacket>> {
    let letters = prop::collection::vec(prop::sample::select(b"aAbBcd".to_vec()), 0..60);
    let packet = (letters, any::<bool>(), any::<bool>(), any::<bool>()).prop_map(
        |(payload, to_client, web, app)| {
            let port = if web { 80 } else { 8_080 };
            let packet = TestPacket::tcp_ports(40_000, port, &payload);
            let packet = if to_client {
                packet.returning()
            } else {
                packet
            };
            if app { packet.of_app("http") } else { packet }
        },
    );
    prop::collection::vec(packet, 1..12)
}

proptest! {
    #[test]
    fn prefiltered_rules_are_those_that_match_when_all_are_asked(
        rules in prop::collection::vec(rule(), 1..40),
        packets in packets(),
    ) {
        let texts: Vec<String> = rules.iter().enumerate()
            .map(|(number, rule)| format!("{rule} sid:{};)\n", number + 1))
            .collect();
        let all = load_many(&texts);
        let together = Arc::new(all);
        for packet in &packets {
            let mut flow = FlowRules::default();
            let mut found = Vec::new();
            let mut matcher = Matcher::new(Arc::clone(&together));
            packet.view(|view| matcher.inspect(&view, &mut flow, 0, &mut |rule: &Rule, _: MatchInfo<'_>| found.push(rule.sid)));
            let asked = packet.view(|view| matcher.ask_all(&view));
            prop_assert_eq!(found, asked);
        }
    }
}

/// Reads rules, leaving out the combinations that are faults.
fn load_many(texts: &[String]) -> super::RuleSet {
    let options = super::LoadOptions {
        alerts_per_packet: 1_000,
        ..super::LoadOptions::default()
    };
    super::RuleSet::from_text("x", &texts.concat(), &options).0
}

/// A rule with a short literal of its own.
fn decoy(letter: u8) -> String {
    let (letter, sid) = (char::from(letter), u32::from(letter) + 100);
    format!("alert tcp any any -> any any (content:\"~{letter}~\"; sid:{sid};)\n")
}

#[test]
fn literals_of_every_length_are_found_at_every_place() {
    let alphabet = b"QWERTYUIOPASDFGHJKLZ";
    for length in 1..=20 {
        let literal = String::from_utf8(alphabet[..length].to_vec()).unwrap();
        // More rules than are asked each time, so that short literals are looked for, too.
        let decoys = (b'a'..=b'z').map(decoy).collect::<Vec<_>>().concat();
        let text =
            format!("{decoys}alert tcp any any -> any any (content:\"{literal}\"; nocase; sid:1;)");
        let mut session = super::Session::new(&text);
        for before in 0..24 {
            for after in [0, 1, 2, 3, 20] {
                let mut payload = vec![b'.'; before];
                payload.extend(literal.to_ascii_lowercase().as_bytes());
                payload.extend(vec![b'.'; after]);
                let found = session.sids(&TestPacket::tcp(&payload));
                assert_eq!(found, [1], "{length} bytes after {before} before {after}");
            }
        }
    }
}

#[test]
fn every_name_of_an_application_protocol_is_itself() {
    for app in AppProtocol::all() {
        assert_eq!(AppProtocol::named(app.name()), Some(app));
    }
}

#[test]
fn rules_with_ports_are_asked_for_those_ports_only() {
    let rule = |port| format!("alert tcp any any -> any {port} (flags:PA; sid:{port};)\n");
    let rules = (1..=200).map(rule).collect::<Vec<_>>().concat();
    let mut matcher = Matcher::new(Arc::new(load(&rules)));
    let packet = TestPacket::tcp(b"x");
    packet.view(|view| matcher.inspect(&view, &mut FlowRules::default(), 0, &mut |_, _| {}));
    assert_eq!(matcher.counters().verified, 1);
}

#[test]
fn names_that_begin_or_end_alike_are_not_asked_of_each_other() {
    let rule = |number: u32| {
        let ends = [
            "startswith; endswith",
            "nocase; startswith; endswith",
            "endswith",
        ];
        let end = ends[number as usize % ends.len()];
        format!(
            "alert tcp any any -> any any (content:\"www.{number:03}.example\"; {end}; sid:{};)\n",
            number + 1
        )
    };
    let rules = (0..300).map(rule).collect::<Vec<_>>().concat();
    let mut matcher = Matcher::new(Arc::new(load(&rules)));
    let mut found = Vec::new();
    let packet = TestPacket::tcp(b"www.110.example");
    packet.view(|view| {
        let tell = &mut |rule: &Rule, _: MatchInfo<'_>| found.push(rule.sid);
        matcher.inspect(&view, &mut FlowRules::default(), 0, tell);
    });
    assert_eq!(found, [111]);
    assert_eq!(matcher.counters().verified, 1);
}
