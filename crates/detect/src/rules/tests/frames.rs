//! Rules about spans of bytes that parsers name.

use std::sync::Arc;

use wirewatch_proto::Side;

use super::super::{FlowRules, FrameFacts, Level, MatchInfo, Matcher, Rule, STREAM_FRAME};
use super::fake::{FAKE, OTHER, read};
use super::packet::TestPacket;

const REQUEST: u8 = 0;

fn whole(bytes: &[u8]) -> FrameFacts<'_> {
    FrameFacts {
        application: &FAKE,
        kind: REQUEST,
        side: Side::Client,
        bytes,
        begins: true,
        ends: true,
        transaction: Some(3),
        in_stream: true,
    }
}

fn ask(options: &str, frame: &FrameFacts<'_>) -> Vec<u32> {
    let rule = format!("alert http any any -> any any ({options} sid:1;)");
    let (set, problems) = read(&rule);
    assert_eq!(problems, [], "in {rule}");
    let mut matcher = Matcher::new(Arc::new(set));
    let (mut found, mut told) = (Vec::new(), Vec::new());
    let mut flow = FlowRules::default();
    TestPacket::tcp(b"").of_app("http").view(|view| {
        for _ in 0..2 {
            let tell = &mut |rule: &Rule, _: MatchInfo<'_>| found.push(rule.sid);
            matcher.frame(frame, &mut told, &view, &mut flow, 0, tell);
        }
    });
    found
}

#[test]
fn a_content_in_a_frame_is_told_once() {
    let options = r#"frame:http.request; content:"GET"; startswith;"#;
    assert_eq!(ask(options, &whole(b"GET / GET")), [1]);
    assert!(ask(options, &whole(b"POST / GET")).is_empty());
}

#[test]
fn the_headers_protocol_stands_before_a_bare_name() {
    assert_eq!(
        ask(r#"frame:request; content:"GET";"#, &whole(b"GET /")),
        [1]
    );
    let part = FrameFacts {
        kind: 1,
        ..whole(b"GET /")
    };
    assert_eq!(ask(r#"frame:data.part; content:"GET";"#, &part), [1]);
}

#[test]
fn frames_of_other_kinds_protocols_and_directions_are_not_meant() {
    let options = r#"frame:request; content:"GET";"#;
    let frame = whole(b"GET /");
    assert!(ask(options, &FrameFacts { kind: 1, ..frame }).is_empty());
    assert!(
        ask(
            options,
            &FrameFacts {
                application: &OTHER,
                ..frame
            }
        )
        .is_empty()
    );
    let of_server = r#"flow:to_client; frame:request; content:"GET";"#;
    assert!(ask(of_server, &frame).is_empty());
}

#[test]
fn every_side_of_a_flow_is_one_frame_called_stream() {
    let stream = FrameFacts {
        kind: STREAM_FRAME,
        ..whole(b"GET /")
    };
    assert_eq!(ask(r#"frame:http.stream; content:"GET";"#, &stream), [1]);
}

#[test]
fn a_frame_that_goes_on_has_no_end() {
    let part = FrameFacts {
        ends: false,
        ..whole(b"GET /")
    };
    for options in [
        r#"frame:request; content:"/"; endswith;"#,
        r#"frame:request; content:"GET"; bsize:5;"#,
        r#"frame:request; content:"GET"; content:!"POST";"#,
        r#"frame:request; content:"/"; isdataat:!1,relative;"#,
    ] {
        assert!(ask(options, &part).is_empty(), "{options}");
        assert_eq!(ask(options, &whole(b"GET /")), [1], "{options}");
    }
}

#[test]
fn a_frame_whose_beginning_is_gone_has_no_places() {
    let part = FrameFacts {
        begins: false,
        ..whole(b"GET /")
    };
    for options in [
        r#"frame:request; content:"GET"; startswith;"#,
        r#"frame:request; content:"GET"; depth:3;"#,
        r#"frame:request; content:"T"; offset:2;"#,
    ] {
        assert!(ask(options, &part).is_empty(), "{options}");
    }
    assert_eq!(ask(r#"frame:request; content:"GET";"#, &part), [1]);
}

#[test]
fn a_changed_frame_is_looked_at_as_it_is_then() {
    let options = r#"frame:request; strip_whitespace; content:"GET/HTTP"; startswith; bsize:8;"#;
    assert_eq!(ask(options, &whole(b"GET / HTTP")), [1]);
}

#[test]
fn what_a_frames_bytes_encode_is_found() {
    let options = r#"frame:request; base64_decode:offset 5; base64_data; content:"secret";"#;
    assert_eq!(ask(options, &whole(b"AUTH c2VjcmV0")), [1]);
}

#[test]
fn a_match_knows_its_transaction() {
    let (set, _) = read(r#"alert http any any -> any any (frame:request; content:"GET"; sid:1;)"#);
    let mut matcher = Matcher::new(Arc::new(set));
    let mut found = Vec::new();
    let mut flow = FlowRules::default();
    TestPacket::tcp(b"").of_app("http").view(|view| {
        let tell = &mut |_: &Rule, info: super::super::MatchInfo| found.push(info.transaction);
        matcher.frame(&whole(b"GET"), &mut Vec::new(), &view, &mut flow, 0, tell);
    });
    assert_eq!(found, [Some(3)]);
}

#[test]
fn only_applications_that_rules_name_are_asked_for_frames() {
    let (set, _) = read(r#"alert http any any -> any any (frame:request; content:"GET"; sid:1;)"#);
    let matcher = Matcher::new(Arc::new(set));
    assert!(matcher.wants_frames(&FAKE));
    assert!(!matcher.wants_frames(&OTHER));
    let (set, _) = read(r#"alert http any any -> any any (content:"GET"; sid:1;)"#);
    assert!(!Matcher::new(Arc::new(set)).wants_frames(&FAKE));
}

#[test]
fn payloads_are_not_searched_for_what_stands_behind_a_frame() {
    let (set, _) = read(r#"alert http any any -> any any (frame:request; content:"GET"; sid:1;)"#);
    let mut matcher = Matcher::new(Arc::new(set));
    let mut found = Vec::new();
    let mut flow = FlowRules::default();
    TestPacket::tcp(b"GET /").of_app("http").view(|view| {
        let tell = &mut |rule: &Rule, _: MatchInfo<'_>| found.push(rule.sid);
        matcher.inspect(&view, &mut flow, 0, tell);
    });
    assert!(found.is_empty());
}

#[test]
fn unknown_frames_and_mixtures_are_left_out() {
    for options in [
        "frame:nothing; content:\"x\";",
        "frame:request; content:\"x\"; frame:data.part; content:\"y\";",
        "content:\"x\"; frame:request; content:\"y\";",
        "http.uri; content:\"x\"; frame:request; content:\"y\";",
    ] {
        let rule = format!("alert http any any -> any any ({options} sid:1;)");
        let (_, problems) = read(&rule);
        let levels: Vec<Level> = problems.iter().map(|one| one.level).collect();
        assert_eq!(levels, [Level::Unsupported], "{rule}");
    }
}

#[test]
fn a_name_without_protocol_needs_one_in_the_header() {
    let (_, problems) =
        read(r#"alert tcp any any -> any any (frame:request; content:"x"; sid:1;)"#);
    assert_eq!(problems.first().map(|one| one.level), Some(Level::Error));
}

#[test]
fn a_spans_name_may_begin_with_its_protocols() {
    let part = FrameFacts {
        kind: 2,
        ..whole(b"GET /")
    };
    assert_eq!(ask(r#"frame:http.part; content:"GET";"#, &part), [1]);
    assert!(ask(r#"frame:http.request; content:"GET";"#, &part).is_empty());
}
