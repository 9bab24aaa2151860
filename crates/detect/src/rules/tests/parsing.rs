//! What is told about rules, and where.

use super::super::{Level, keywords};
use super::packet::TestPacket;
use super::{load, problems};

/// Line, column and message of the only problem.
fn only_problem(text: &str) -> (u32, u32, String) {
    let found = problems(text);
    assert_eq!(found.len(), 1, "{found:?}");
    (found[0].line, found[0].column, found[0].message.clone())
}

fn place(text: &str) -> (u32, u32) {
    let (line, column, _) = only_problem(text);
    (line, column)
}

fn suggestion(text: &str) -> Option<String> {
    problems(text)[0].suggestion.clone()
}

#[test]
fn a_rule_keeps_what_its_alerts_show() {
    let set = load(concat!(
        r#"drop tcp any any -> any any (msg:"a \"b\"\; c"; gid:3; sid:7; rev:2; "#,
        "classtype:web-application-attack; reference:url,example.com/a; ",
        "metadata:k v1, other x, k v2; target:dest_ip;)"
    ));
    let rule = set.rules().next().unwrap();
    assert_eq!(rule.msg, r#"a "b"; c"#);
    assert_eq!((rule.gid, rule.sid, rule.rev), (3, 7, 2));
    assert_eq!(rule.category, "Web Application Attack");
    assert_eq!(rule.severity, 1);
    assert_eq!(rule.metadata, r#"{"k":["v1","v2"],"other":["x"]}"#);
    assert_eq!(rule.references, ["https://example.com/a"]);
    assert_eq!(&*rule.file, "test.rules");
}

#[test]
fn a_priority_overrides_that_of_the_class() {
    let rule = "alert ip any any -> any any (priority:2; classtype:trojan-activity; sid:1;)";
    assert_eq!(load(rule).rules().next().unwrap().severity, 2);
}

#[test]
fn comments_and_empty_lines_are_no_rules() {
    let set = load("# alert\n\n   # x\r\nalert ip any any -> any any (sid:1;)\r\n");
    assert_eq!(set.counts().read, 1);
}

#[test]
fn a_rule_goes_on_after_a_backslash() {
    let set = load("alert ip any any -> any any ( \\\n  msg:\"a\"; \\\n  sid:1;)\n");
    assert_eq!(set.rules().next().unwrap().msg, "a");
    assert_eq!(set.rules().next().unwrap().line, 1);
}

#[test]
fn a_fault_in_a_continued_rule_has_its_own_line() {
    let text = "alert ip any any -> any any (sid:1; \\\n    depth:4;)";
    assert_eq!(place(text), (2, 11));
}

#[test]
fn one_broken_rule_leaves_the_others() {
    let text = "alert ip any any -> any any (sid:1;)\nalert\nalert ip any any -> any any (sid:3;)";
    let (set, found) = super::RuleSet::from_text("x", text, &super::LoadOptions::default());
    assert_eq!(set.counts().loaded, 2);
    assert_eq!((found[0].line, found[0].column), (2, 6));
}

#[test]
fn a_misspelt_keyword_is_told_with_the_near_one() {
    let text = "alert ip any any -> any any (conten:\"a\"; sid:1;)";
    assert_eq!(place(text), (1, 30));
    assert_eq!(suggestion(text).as_deref(), Some("content"));
}

#[test]
fn a_misspelt_action_is_told_with_the_near_one() {
    assert_eq!(
        suggestion("alrt ip any any -> any any (sid:1;)").as_deref(),
        Some("alert")
    );
}

#[test]
fn a_misspelt_protocol_is_told_with_the_near_one() {
    let text = "alert htpp any any -> any any (sid:1;)";
    assert_eq!(place(text), (1, 7));
    assert_eq!(suggestion(text).as_deref(), Some("http"));
}

#[test]
fn a_misspelt_variable_is_told_with_the_near_one() {
    let text = "alert ip [10.0.0.0/8,$HOME_NTE] any -> any any (sid:1;)";
    assert_eq!(place(text), (1, 22));
    assert_eq!(suggestion(text).as_deref(), Some("$HOME_NET"));
}

#[test]
fn a_wrong_class_is_a_warning_and_the_rule_is_used() {
    let text = "alert ip any any -> any any (classtype:trojan-activty; sid:1;)";
    let found = problems(text);
    assert_eq!(found[0].level, Level::Warning);
    assert_eq!(found[0].suggestion.as_deref(), Some("trojan-activity"));
    assert_eq!(found[0].column, 40);
}

#[test]
fn what_is_not_there_yet_is_unsupported_at_its_keyword() {
    let text = "alert http any any -> any any (lua:script.lua; sid:1;)";
    let found = problems(text);
    assert_eq!(found[0].level, Level::Unsupported);
    assert_eq!(found[0].column, 32);
}

#[test]
fn a_hook_is_unsupported_and_not_a_wrong_protocol() {
    let found = problems("alert tcp:no_such_hook any any -> any any (sid:1;)");
    assert_eq!(found[0].level, Level::Unsupported);
}

// One table, however long.
#[allow(clippy::too_many_lines)]
#[test]
fn broken_rules_are_told_at_the_byte() {
    for (text, column, part) in [
        (
            "alert tcp any any -> any any sid:1;)",
            30,
            "opening parenthesis",
        ),
        (
            "alert tcp any any -> any any (sid:1;",
            37,
            "closing parenthesis",
        ),
        ("alert tcp any any -> any any (sid:1)", 36, "semicolon"),
        ("alert tcp any any >> any any (sid:1;)", 19, "direction"),
        (
            "alert tcp any 70000 -> any any (sid:1;)",
            15,
            "no address, port",
        ),
        (
            "alert tcp [any any -> any any (sid:1;)",
            31,
            "a source port is missing",
        ),
        (
            "alert tcp [1.2.3.4,5 any -> any any (sid:1;)",
            37,
            "a source port is missing",
        ),
        (
            "alert tcp 1.2.3.4/40 any -> any any (sid:1;)",
            11,
            "no address, port",
        ),
        (
            "alert tcp !any any -> any any (sid:1;)",
            11,
            "leaves nothing",
        ),
        ("alert tcp any any -> any any (msg:\"a\";)", 1, "no sid"),
        (
            "alert tcp any any -> any any (content:\"a; sid:1;)",
            39,
            "closing quote",
        ),
        (
            "alert tcp any any -> any any (content:\"a|4|\"; sid:1;)",
            43,
            "half a hexadecimal",
        ),
        (
            "alert tcp any any -> any any (content:\"a|4g|\"; sid:1;)",
            43,
            "hexadecimal digit",
        ),
        (
            "alert tcp any any -> any any (content:\"a|41\"; sid:1;)",
            41,
            "not closed",
        ),
        (
            "alert tcp any any -> any any (content:\"a\\n\"; sid:1;)",
            41,
            "escapes",
        ),
        (
            "alert tcp any any -> any any (content:\"\"; sid:1;)",
            39,
            "empty",
        ),
        (
            "alert tcp any any -> any any (nocase; sid:1;)",
            31,
            "no content before",
        ),
        (
            "alert tcp any any -> any any (content:\"abc\"; depth:2; sid:1;)",
            52,
            "cannot hold",
        ),
        (
            "alert tcp any any -> any any (dsize:x; sid:1;)",
            37,
            "not a number",
        ),
        (
            "alert tcp any any -> any any (dsize:9<>3; sid:1;)",
            40,
            "ends before",
        ),
        (
            "alert tcp any any -> any any (flow:to_server,to_client; sid:1;)",
            46,
            "one direction",
        ),
        (
            "alert tcp any any -> any any (sid; sid:1;)",
            34,
            "needs a value",
        ),
        (
            "alert tcp any any -> any any (pcre:\"a\"; sid:1;)",
            37,
            "slashes",
        ),
        (
            "alert tcp any any -> any any (pcre:\"/a/q\"; sid:1;)",
            40,
            "no flag",
        ),
        (
            "alert tcp any any -> any any (flags:Q; sid:1;)",
            37,
            "no flag",
        ),
        (
            "alert tcp any any -> any any (byte_test:9,=,1,0; sid:1;)",
            41,
            "at most 8",
        ),
        (
            "alert tcp any any -> any any (byte_test:1,=,x,0; sid:1;)",
            45,
            "byte_extract",
        ),
    ] {
        let (line, at, message) = only_problem(text);
        assert_eq!((line, at), (1, column), "{message} in {text}");
        assert!(message.contains(part), "{message} in {text}");
    }
}

#[test]
fn a_semicolon_inside_quotes_is_text() {
    let set = load("alert ip any any -> any any (msg:\"a; b\"; sid:1;)");
    assert_eq!(set.rules().next().unwrap().msg, "a; b");
}

#[test]
fn of_two_revisions_the_higher_is_used_and_told() {
    let text = "alert ip any any -> any any (msg:\"old\"; sid:5; rev:1;)\n\
                alert ip any any -> any any (msg:\"new\"; sid:5; rev:2;)\n\
                alert ip any any -> any any (msg:\"older\"; sid:5; rev:1;)";
    let (set, found) = super::RuleSet::from_text("x", text, &super::LoadOptions::default());
    assert_eq!(set.rules().next().unwrap().msg, "new");
    assert_eq!(set.counts().duplicates, 2);
    let places: Vec<_> = found
        .iter()
        .map(|one| (one.line, one.column, one.level))
        .collect();
    assert_eq!(places, [(2, 41, Level::Warning), (3, 43, Level::Warning)]);
}

#[test]
fn a_rule_that_requires_what_is_there_is_used() {
    for requirement in [
        "version >= 7.0.3",
        "version >= 7 < 9",
        "keyword content",
        "version > 9 | >= 8",
    ] {
        let text = format!("alert ip any any -> any any (requires:{requirement}; sid:1;)");
        assert_eq!(load(&text).counts().loaded, 1, "{requirement}");
    }
}

#[test]
fn a_rule_that_requires_more_is_left_out() {
    for requirement in [
        "version >= 9.0.0",
        "feature geoip",
        "keyword lua",
        "version < 7",
    ] {
        let text = format!("alert ip any any -> any any (requires: {requirement}; sid:1;)");
        assert_eq!(
            problems(&text)[0].level,
            Level::Unsupported,
            "{requirement}"
        );
    }
}

#[test]
fn a_problem_reads_like_a_compilers() {
    let text = problems("alert ip any any -> any any (sidd:1;)")[0].to_string();
    assert_eq!(
        text,
        "test.rules:1:30: error: \"sidd\" is no keyword (did you mean sid?)"
    );
}

#[test]
fn every_keyword_is_listed_once_with_a_sentence() {
    let table = keywords();
    for pair in table.windows(2) {
        assert!(pair[0].name < pair[1].name, "{}", pair[1].name);
    }
    for keyword in table {
        assert!(keyword.summary.ends_with('.'), "{}", keyword.name);
        assert!(keyword.summary.len() > 10, "{}", keyword.name);
    }
}

#[test]
fn text_that_is_not_utf8_is_one_broken_rule() {
    let folder = std::env::temp_dir().join(format!("wirewatch-rules-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let mut bytes = b"alert ip any any -> any any (msg:\"".to_vec();
    bytes.extend(b"\xff\"; sid:1;)\nalert ip any any -> any any (sid:2;)\n");
    std::fs::write(folder.join("a.rules"), bytes).unwrap();
    std::fs::write(folder.join("readme.txt"), "not a rule").unwrap();
    let loaded = super::RuleSet::load(
        std::slice::from_ref(&folder),
        &super::LoadOptions::default(),
    );
    std::fs::remove_dir_all(&folder).unwrap();
    assert_eq!(loaded.0.counts().loaded, 1);
    assert_eq!(loaded.0.counts().broken, 1);
    assert!(loaded.1[0].message.contains("UTF-8"));
}

#[test]
fn a_file_that_is_not_there_is_told() {
    let missing = std::path::PathBuf::from("no-such-file.rules");
    let (set, found) = super::RuleSet::load(&[missing], &super::LoadOptions::default());
    assert_eq!(set.counts().loaded, 0);
    assert!(found[0].message.contains("cannot be read"));
}

#[test]
fn a_threshold_that_misses_its_semicolon_before_a_reference_is_a_warning() {
    let text = "alert ip any any -> any any (threshold: type limit, count 1, seconds 9, track by_src reference:url,example.com; sid:1;)";
    let found = problems(text);
    assert_eq!((found.len(), found[0].level), (1, Level::Warning));
}

#[test]
fn packets_are_kept_out_of_flows_by_their_headers() {
    let rule = |header: &str, more: &str| {
        format!(
            "config {header} any any <> any 666 (config:tracking disable, type flow, scope packet; \
             {more} sid:1;)"
        )
    };
    let set = load(&rule("udp:pre_flow", ""));
    let packet = |port| TestPacket::udp(40_000, port, b"");
    let untracks = |packet: &TestPacket| {
        let mut is_untracked = false;
        packet.view(|view| is_untracked = set.untracks(&view));
        is_untracked
    };
    assert!(untracks(&packet(666)));
    assert!(!untracks(&packet(667)));
    assert!(!untracks(&TestPacket::tcp_ports(40_000, 666, b"")));
    for broken in [
        rule("udp", ""),
        rule("udp:pre_flow", "content:\"x\";"),
        rule("udp:pre_flow", "flowbits:isset,x;"),
    ] {
        assert_eq!(problems(&broken)[0].level, Level::Error, "{broken}");
    }
}
