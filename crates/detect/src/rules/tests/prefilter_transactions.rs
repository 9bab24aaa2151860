//! The prefilter never changes the result, of transactions, streams and files either.

use std::collections::BTreeSet;
use std::sync::Arc;

use proptest::prelude::*;
use wirewatch_proto::{COMPLETE, Side};

use super::super::{FileFacts, FileState, FlowRules, MatchInfo, Matcher, Origin, Rule};
use super::fake::{BODY, FakeTransaction, HEADERS, LINE, read};
use super::packet::TestPacket;

const CLIENTS: [&str; 4] = [
    "http.method",
    "http.uri",
    "http.request_header",
    "http.request_body",
];

/// Requests and answers as browsers and malware send them, so that letters stand as they do in traffic.
const REAL: [&str; 8] = [
    "/index.php?id=1%20UNION%20SELECT%20password%20FROM%20users",
    "/wp-content/plugins/x/../../../../etc/passwd",
    "Host: www.example.com\r\nUser-Agent: Mozilla/5.0 (Windows NT 10.0; Win64; x64)\r\n",
    "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 27\r\n",
    "user=admin&password=' or '1'='1",
    "<html><script>document.write(unescape('%u9090%u9090'))</script></html>",
    "cmd.exe /c powershell -EncodedCommand SQBFAFgA",
    "POST",
];

fn value() -> impl Strategy<Value = String> {
    let letters = prop::collection::vec(prop::sample::select(b"aAbBcd".to_vec()), 0..40);
    let random = letters.prop_map(|letters| String::from_utf8(letters).unwrap());
    prop_oneof![
        random,
        prop::sample::select(REAL.to_vec()).prop_map(str::to_owned)
    ]
}

/// A part of a real text, or some letters.
fn literal() -> impl Strategy<Value = String> {
    let letters = prop::collection::vec(prop::sample::select(b"aAbBc".to_vec()), 1..10);
    let random = letters.prop_map(|letters| String::from_utf8(letters).unwrap());
    let part = (
        prop::sample::select(REAL.to_vec()),
        0..30_usize,
        1..20_usize,
    );
    let part = part.prop_map(|(text, start, length)| {
        let start = start.min(text.len() - 1);
        let end = (start + length).min(text.len());
        let hex = text.as_bytes()[start..end].iter();
        let hex: Vec<String> = hex.map(|byte| format!("{byte:02x}")).collect();
        format!("|{}|", hex.join(" "))
    });
    prop_oneof![random, part]
}

/// How many bytes a content's text stands for.
fn length_of(literal: &str) -> usize {
    match literal.strip_prefix('|') {
        Some(hex) => hex.split(' ').count(),
        None => literal.len(),
    }
}

/// The end of a real text, or some letters, as the whole of a value or its end.
fn end() -> impl Strategy<Value = String> {
    let start = prop_oneof![Just(0), 0..90_usize];
    let part = (prop::sample::select(REAL.to_vec()), start, 0..5_usize);
    part.prop_map(|(text, start, way)| {
        let start = text.len().saturating_sub(1).min(start);
        let end = text.as_bytes()[start..].iter();
        let hex: Vec<String> = end.map(|byte| format!("{byte:02x}")).collect();
        let place = match way {
            0 => "endswith;".to_owned(),
            1 => "nocase; endswith;".to_owned(),
            2 => "startswith; endswith; fast_pattern;".to_owned(),
            3 => format!("bsize:{};", hex.len()),
            _ => format!("nocase; bsize:{}; fast_pattern;", hex.len()),
        };
        format!("content:\"|{}|\"; {place}", hex.join(" "))
    })
}

fn any_content() -> impl Strategy<Value = String> {
    prop_oneof![3 => content(), 1 => end()]
}

fn content() -> impl Strategy<Value = String> {
    let place = prop::sample::select(vec![
        "",
        "",
        "nocase;",
        "startswith;",
        "endswith;",
        "offset:1;",
        "depth:20;",
        "distance:0;",
        "fast_pattern;",
        "nocase; endswith;",
        "startswith; endswith;",
        "nocase; startswith; endswith;",
        "distance:0; endswith;",
        "bsize:>3;",
        "bsize:LENGTH;",
        "nocase; bsize:LENGTH;",
        "endswith; bsize:LENGTH; fast_pattern;",
    ]);
    (literal(), any::<u8>(), place).prop_map(|(literal, chance, place)| {
        let length = length_of(&literal).to_string();
        let place = place.replace("LENGTH", &length);
        let negated = if chance < 30 && !place.contains("fast") {
            "!"
        } else {
            ""
        };
        format!("content:{negated}\"{literal}\"; {place}")
    })
}

fn transaction_rule() -> impl Strategy<Value = String> {
    let header = prop::sample::select(vec![
        "http any any -> any any",
        "tcp any any -> any 80",
        "http any any -> any 81",
        "tcp any any -> any any",
    ]);
    let flow = prop::sample::select(vec!["", "", "flow:to_server;", "flow:established;"]);
    let buffers = prop::sample::select(vec![
        "http.method",
        "http.uri",
        "http.uri; to_lowercase",
        "http.uri; dotprefix",
        "http.header",
        "http.request_header",
        "http.request_body",
        "http.stat_code",
    ]);
    let part = (buffers, prop::collection::vec(any_content(), 1..3))
        .prop_map(|(buffer, contents)| format!("{buffer}; {}", contents.join(" ")));
    (header, flow, prop::collection::vec(part, 1..3))
        .prop_map(|(header, flow, parts)| format!("alert {header} ({flow} {}", parts.join(" ")))
}

fn transaction() -> impl Strategy<Value = FakeTransaction> {
    let requests = prop::collection::vec(value(), CLIENTS.len());
    (requests, value(), value(), value()).prop_map(|(requests, sent, answered, status)| {
        let mut tx = FakeTransaction::new()
            .with("http.header", Side::Client, &sent)
            .with("http.header", Side::Server, &answered)
            .with("http.stat_code", Side::Server, &status);
        for (name, value) in CLIENTS.into_iter().zip(&requests) {
            tx = tx.with_many(name, Side::Client, &[value, "second"]);
        }
        tx
    })
}

fn numbered(rules: &[String]) -> String {
    let lines = rules.iter().enumerate();
    let lines = lines.map(|(number, rule)| format!("{rule} sid:{};)\n", number + 1));
    lines.collect::<Vec<_>>().concat()
}

/// Names of few labels, so that they are each other's ends.
fn name() -> impl Strategy<Value = String> {
    let label = prop::sample::select(vec!["www", "example", "Example", "com", "xample", "e", ""]);
    prop::collection::vec(label, 1..5).prop_map(|labels| labels.join("."))
}

/// A rule about a name, as lists of names are written.
fn name_rule() -> impl Strategy<Value = String> {
    let before = prop::sample::select(vec!["", "", "dotprefix;", "to_lowercase;"]);
    let ends = prop::sample::select(vec![
        "endswith;",
        "nocase; endswith;",
        "startswith; endswith;",
        "bsize:LENGTH; nocase; fast_pattern;",
        "bsize:LENGTH;",
        "depth:LENGTH; isdataat:!1,relative;",
        "startswith;",
        "nocase;",
    ]);
    (name(), before, ends, any::<bool>()).prop_map(|(name, before, end, dot)| {
        let name = if dot || name.is_empty() {
            format!(".{name}")
        } else {
            name
        };
        let end = end.replace("LENGTH", &name.len().to_string());
        format!("alert http any any -> any any (http.uri; {before} content:\"{name}\"; {end}")
    })
}

proptest! {
    #[test]
    fn lists_of_names_are_found_as_when_all_are_asked(
        rules in prop::collection::vec(name_rule(), 1..60),
        names in prop::collection::vec(name(), 1..20),
    ) {
        let mut matcher = Matcher::new(Arc::new(read(&numbered(&rules)).0));
        let packet = TestPacket::tcp(b"").of_app("http");
        for name in names {
            let mut flow = FlowRules::default();
            let tx = FakeTransaction::new().with("http.uri", Side::Client, &name);
            let tx = tx.at(Side::Client, COMPLETE);
            let mut found = BTreeSet::new();
            packet.view(|view| {
                let tell = &mut |rule: &Rule, _: MatchInfo<'_>| { found.insert(rule.sid); };
                matcher.transaction(&tx, Side::Client, &view, &mut flow, 0, tell);
            });
            let asked = packet.view(|view| {
                matcher.ask_all_of_transaction(&tx, Side::Client, &view)
            });
            prop_assert_eq!(found, asked.into_iter().collect());
        }
    }

    #[test]
    fn transactions_match_the_rules_that_match_when_all_are_asked_at_their_end(
        rules in prop::collection::vec(transaction_rule(), 1..40),
        tx in transaction(),
    ) {
        let set = Arc::new(read(&numbered(&rules)).0);
        let mut matcher = Matcher::new(Arc::clone(&set));
        let mut flow = FlowRules::default();
        let packet = TestPacket::tcp(b"").of_app("http");
        let answer = packet.clone().turned_round();
        let steps = [LINE, HEADERS, BODY, COMPLETE];
        let mut found = BTreeSet::new();
        let mut tx = tx;
        for (side, packet) in [(Side::Client, &packet), (Side::Server, &answer)] {
            for progress in steps {
                tx = tx.at(side, progress);
                packet.view(|view| {
                    let tell = &mut |rule: &Rule, _: MatchInfo<'_>| { found.insert(rule.sid); };
                    matcher.transaction(&tx, side, &view, &mut flow, 0, tell);
                });
            }
        }
        let mut asked = BTreeSet::new();
        for (side, packet) in [(Side::Client, &packet), (Side::Server, &answer)] {
            asked.extend(packet.view(|view| matcher.ask_all_of_transaction(&tx, side, &view)));
        }
        prop_assert_eq!(found, asked);
    }

    #[test]
    fn streams_match_the_rules_that_match_when_all_are_asked(
        rules in prop::collection::vec(
            (prop::collection::vec(any_content(), 1..4), any::<bool>()).prop_map(|(contents, web)| {
                let protocol = if web { "http" } else { "tcp" };
                format!("alert {protocol} any any -> any any ({}", contents.join(" "))
            }),
            1..40,
        ),
        bytes in value(),
    ) {
        let mut matcher = Matcher::new(Arc::new(read(&numbered(&rules)).0));
        let mut packet = TestPacket::tcp(bytes.as_bytes()).of_app("http");
        packet.origin = Origin::Stream;
        let mut found = BTreeSet::new();
        packet.view(|view| {
            let mut flow = FlowRules::default();
            let tell = &mut |rule: &Rule, _: MatchInfo<'_>| { found.insert(rule.sid); };
            let (bytes, fresh) = (view.payload, view.payload.len());
            matcher.stream(Side::Client, bytes, fresh, &view, &mut flow, 0, tell);
        });
        let asked = packet.view(|view| matcher.ask_all(&view));
        let asked = if bytes.is_empty() { BTreeSet::new() } else { asked.into_iter().collect() };
        prop_assert_eq!(found, asked);
    }

    #[test]
    fn files_match_the_rules_that_match_when_all_are_asked(
        rules in prop::collection::vec(
            (
                prop::sample::select(vec!["file.data", "file.name"]),
                prop::collection::vec(any_content(), 1..3),
            ).prop_map(|(buffer, contents)| {
                format!("alert tcp any any -> any any ({buffer}; {}", contents.join(" "))
            }),
            1..30,
        ),
        data in value(),
        name in value(),
    ) {
        let mut matcher = Matcher::new(Arc::new(read(&numbered(&rules)).0));
        let file = FileFacts {
            number: 0,
            name: name.as_bytes(),
            size: data.len() as u64,
            magic: None,
            md5: None,
            sha1: None,
            sha256: None,
            data: data.as_bytes(),
            gaps: false,
            state: FileState::Complete,
        };
        let packet = TestPacket::tcp(b"");
        let mut found = BTreeSet::new();
        packet.view(|view| {
            let mut flow = FlowRules::default();
            let tell = &mut |rule: &Rule, _: MatchInfo<'_>| { found.insert(rule.sid); };
            matcher.file(None, &file, Side::Client, &view, &mut flow, 0, tell);
        });
        let asked = packet.view(|view| matcher.ask_all_of_file(&file, &view));
        prop_assert_eq!(found, asked.into_iter().collect());
    }
}
