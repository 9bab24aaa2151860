//! Rules about streams: bytes put together from segments.

use wirewatch_proto::Side;

use super::super::{FlowRules, MatchInfo, Matcher, Origin, Rule};
use super::load;
use super::packet::TestPacket;

struct Stream {
    matcher: Matcher,
    flow: FlowRules,
    /// When the segment at hand comes.
    now: i64,
}

impl Stream {
    fn new(rules: &str) -> Self {
        Self {
            matcher: Matcher::new(std::sync::Arc::new(load(rules))),
            flow: FlowRules::default(),
            now: 0,
        }
    }

    /// A segment with these bytes is put behind those.
    fn segment(&mut self, before: &[u8], bytes: &[u8]) -> Vec<u32> {
        let mut found = Vec::new();
        let tell = &mut |rule: &Rule, _: MatchInfo<'_>| found.push(rule.sid);
        let mut packet = TestPacket::tcp(bytes);
        packet.origin = Origin::Packet;
        packet.ts += self.now;
        self.now += 1;
        let whole = [before, bytes].concat();
        packet.view(|view| {
            self.matcher.inspect(&view, &mut self.flow, packet.ts, tell);
            let fresh = bytes.len();
            let (matcher, flow) = (&mut self.matcher, &mut self.flow);
            matcher.stream(Side::Client, &whole, fresh, &view, flow, packet.ts, tell);
            if matcher.is_undecided() {
                matcher.inspect_again(&view, flow, packet.ts, tell);
            }
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
fn a_rule_about_packets_sees_what_the_stream_of_the_same_packet_set() {
    let rules = r#"alert tcp any any -> any any (content:"abc"; flowbits:set,seen; sid:1;)
alert tcp any any -> any any (flowbits:isset,seen; dsize:3; sid:2;)
alert tcp any any -> any any (flowbits:isset,other; dsize:3; sid:3;)"#;
    let mut stream = Stream::new(rules);
    assert!(stream.segment(b"", b"xyz").is_empty());
    assert_eq!(stream.segment(b"xyz", b"abc"), [1, 2]);
    assert_eq!(stream.segment(b"xyzabc", b"xyz"), [2]);
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

/// Whether rules are shown streams of web traffic to this port.
fn wants(rules: &str, port: u16) -> bool {
    let matcher = Matcher::new(std::sync::Arc::new(load(rules)));
    let ends = wirewatch_decode::Datagram {
        destination_port: port,
        ..wirewatch_decode::Datagram::default()
    };
    let app = super::super::AppProtocol::named("http");
    matcher.wants_stream(app, super::super::Direction::ToServer, &ends)
}

#[test]
fn streams_are_wanted_when_a_rule_could_match_them() {
    assert!(wants(RULE, 80));
    assert!(wants(
        r#"alert http any any -> any any (content:"x"; sid:1;)"#,
        80
    ));
    assert!(wants(
        r#"alert tcp any any -> any 80 (content:"x"; sid:1;)"#,
        80
    ));
}

#[test]
fn streams_are_not_wanted_when_no_rule_could_match_them() {
    for rule in [
        r#"alert tcp any any -> any 443 (content:"x"; sid:1;)"#,
        r#"alert ftp any any -> any any (content:"x"; sid:1;)"#,
        r#"alert udp any any -> any any (content:"x"; sid:1;)"#,
        r#"alert tcp any any -> any any (flow:to_client; content:"x"; sid:1;)"#,
        r#"alert tcp-pkt any any -> any any (content:"x"; sid:1;)"#,
        r#"alert http any any -> any any (http.uri; content:"x"; sid:1;)"#,
    ] {
        assert!(!wants(rule, 80), "{rule}");
    }
}

#[test]
fn a_drop_silences_what_comes_after_its_packet() {
    let rules = r#"drop tcp any any -> any any (content:"abc"; depth:3; sid:1;)
        alert tcp-stream any any -> any any (content:"abc"; sid:2;)"#;
    let mut stream = Stream::new(rules);
    assert_eq!(stream.segment(b"", b"abc"), [1, 2]);
    assert!(stream.segment(b"abc", b"abc").is_empty());
}
