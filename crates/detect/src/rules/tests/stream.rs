//! Rules about streams: bytes put together from segments.

use wirewatch_proto::Side;

use super::super::{FlowRules, MatchInfo, Matcher, Origin, Rule};
use super::load;
use super::packet::TestPacket;

struct Stream {
    matcher: Matcher,
    flow: FlowRules,
}

impl Stream {
    fn new(rules: &str) -> Self {
        Self {
            matcher: Matcher::new(std::sync::Arc::new(load(rules))),
            flow: FlowRules::default(),
        }
    }

    /// A segment with these bytes is put behind those.
    fn segment(&mut self, before: &[u8], bytes: &[u8]) -> Vec<u32> {
        let mut found = Vec::new();
        let tell = &mut |rule: &Rule, _: MatchInfo<'_>| found.push(rule.sid);
        let mut packet = TestPacket::tcp(bytes);
        packet.origin = Origin::Packet;
        let whole = [before, bytes].concat();
        packet.view(|view| {
            self.matcher.inspect(&view, &mut self.flow, packet.ts, tell);
            let fresh = bytes.len();
            let (matcher, flow) = (&mut self.matcher, &mut self.flow);
            matcher.stream(Side::Client, &whole, fresh, &view, flow, packet.ts, tell);
        });
        found
    }
}

const RULE: &str = r#"alert tcp any any -> any any (content:"abcdef"; sid:1;)"#;

#[test]
fn a_content_across_segments_is_found() {
    let mut stream = Stream::new(RULE);
    assert!(stream.segment(b"", b"xxabc").is_empty());
    assert_eq!(stream.segment(b"xxabc", b"defxx"), [1]);
}

#[test]
fn a_match_is_not_told_again_for_what_came_before() {
    let mut stream = Stream::new(RULE);
    assert_eq!(stream.segment(b"", b"xabcdefx"), [1]);
    assert!(stream.segment(b"xabcdefx", b"more").is_empty());
    assert_eq!(stream.segment(b"xabcdefxmore", b"abcdef"), [1]);
}

#[test]
fn a_content_with_a_place_is_told_once_for_packet_and_stream() {
    let rule = r#"alert tcp any any -> any any (content:"abc"; depth:3; sid:1;)"#;
    let mut stream = Stream::new(rule);
    assert_eq!(stream.segment(b"", b"abcdef"), [1]);
}

#[test]
fn a_rule_about_packet_sizes_reads_the_packet() {
    let rule = r#"alert tcp any any -> any any (dsize:3; content:"def"; sid:1;)"#;
    let mut stream = Stream::new(rule);
    assert_eq!(stream.segment(b"abc", b"def"), [1]);
    assert!(stream.segment(b"abcd", b"efgh").is_empty());
}

#[test]
fn a_rule_about_packets_does_not_read_the_stream() {
    let rule = r#"alert tcp-pkt any any -> any any (content:"abcdef"; sid:1;)"#;
    let mut stream = Stream::new(rule);
    assert!(stream.segment(b"abc", b"def").is_empty());
    assert_eq!(stream.segment(b"abc", b"abcdef"), [1]);
}

#[test]
fn a_rule_without_bytes_is_not_asked_of_the_stream() {
    let rule = "alert tcp any any -> any any (dsize:3; sid:1;)";
    let mut stream = Stream::new(rule);
    assert_eq!(stream.segment(b"abc", b"def"), [1]);
}
