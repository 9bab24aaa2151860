//! Rules about files.

use wirewatch_proto::{COMPLETE, Side};

use super::super::{FileFacts, FileState, MatchInfo, Rule};
use super::fake::{Exchange, FakeTransaction, OTHER, read};

const FACTS: FileFacts<'static> = FileFacts {
    number: 0,
    name: b"Invoice.EXE",
    size: 12,
    magic: Some(b"PE32 executable"),
    md5: Some(*b"0123456789abcdef"),
    sha1: None,
    sha256: None,
    data: b"MZ evil code",
    gaps: false,
    state: FileState::Complete,
};

impl Exchange {
    fn file(&mut self, facts: &FileFacts<'_>) -> Vec<(u32, bool)> {
        let tx = FakeTransaction {
            application: &OTHER,
            ..FakeTransaction::get("/dropper").at(Side::Client, COMPLETE)
        };
        let mut found = Vec::new();
        let tell = &mut |rule: &Rule, info: MatchInfo<'_>| found.push((rule.sid, info.store_file));
        let packet = self.packet.clone();
        packet.view(|view| {
            let (matcher, flow) = (&mut self.matcher, &mut self.flow);
            matcher.file(Some(&tx), facts, Side::Client, &view, flow, packet.ts, tell);
        });
        found
    }
}

fn matches(options: &str, facts: &FileFacts<'_>) -> bool {
    let rule = format!("alert http any any -> any any ({options} sid:1;)");
    !Exchange::new(&rule).file(facts).is_empty()
}

#[test]
fn names_sizes_and_kinds_are_asked_for() {
    assert!(matches("fileext:\"exe\";", &FACTS));
    assert!(!matches("fileext:\"pdf\";", &FACTS));
    assert!(matches("filename:\"invoice\";", &FACTS));
    assert!(matches("file.name; content:\".EXE\"; endswith;", &FACTS));
    assert!(matches("filemagic:\"executable\";", &FACTS));
    assert!(matches("filesize:12;", &FACTS));
    assert!(!matches("filesize:>12;", &FACTS));
}

#[test]
fn content_is_asked_for_by_both_spellings() {
    assert!(matches("file.data; content:\"evil\";", &FACTS));
    assert!(matches("file_data; content:\"MZ\"; startswith;", &FACTS));
    assert!(!matches("file_data; content:\"good\";", &FACTS));
}

#[test]
fn a_file_and_its_transaction_are_asked_together() {
    assert!(matches(
        "fileext:\"exe\"; http.uri; content:\"/dropper\";",
        &FACTS
    ));
    assert!(!matches(
        "fileext:\"exe\"; http.uri; content:\"/other\";",
        &FACTS
    ));
}

#[test]
fn the_size_of_an_open_file_can_only_be_more_than_something() {
    let open = FileFacts {
        state: FileState::Open,
        ..FACTS
    };
    assert!(matches("filesize:>10;", &open));
    assert!(!matches("filesize:12;", &open));
}

#[test]
fn a_rule_is_told_once_per_file() {
    let mut exchange =
        Exchange::new("alert http any any -> any any (fileext:\"exe\"; filestore; sid:1;)");
    let told = exchange.file(&FACTS);
    assert!(told[0].1);
    assert!(exchange.file(&FACTS).is_empty());
    let second = FileFacts { number: 1, ..FACTS };
    assert_eq!(exchange.file(&second).len(), 1);
}

#[test]
fn only_files_of_the_side_that_is_named_are_kept() {
    for (option, kept) in [
        ("filestore:to_server,flow;", true),
        ("filestore:both;", true),
        ("filestore:to_client;", false),
    ] {
        let rule = format!("alert http any any -> any any ({option} sid:1;)");
        assert_eq!(Exchange::new(&rule).file(&FACTS)[0].1, kept);
    }
    let (_, problems) = read("alert http any any -> any any (filestore:sideways; sid:1;)");
    assert!(problems[0].message.contains("a direction is"));
}

#[test]
fn a_list_of_hashes_that_is_not_there_is_told() {
    let (_, problems) = read("alert http any any -> any any (filemd5:missing.list; sid:1;)");
    assert!(problems[0].message.contains("cannot be read"));
}
