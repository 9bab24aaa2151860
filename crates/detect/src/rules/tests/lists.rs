//! What lists know of addresses, and where references point.

use std::sync::Arc;

use super::super::{Countries, Lists, LoadOptions, References, Reputations, RuleSet};
use super::packet::TestPacket;
use super::{Session, problems};

fn matches_with(lists: &Lists, options: &str, packet: &TestPacket) -> bool {
    let load = LoadOptions {
        lists: lists.clone(),
        ..LoadOptions::default()
    };
    let text = format!("alert tcp any any -> any any (dsize:1; {options} sid:1;)");
    let (set, problems) = RuleSet::from_text("x", &text, &load);
    assert_eq!(problems, [], "in {options}");
    !Session::of(set).sids(packet).is_empty()
}

fn reputations(list: &str) -> Lists {
    let mut known = Reputations::default();
    assert!(
        known
            .add_categories("# numbers\n1,CnC,Command and control\n2,Scan,Scanner")
            .is_empty()
    );
    assert!(known.add_list(list).is_empty());
    Lists {
        reputations: Some(Arc::new(known)),
        ..Lists::default()
    }
}

fn from(address: [u8; 4]) -> TestPacket {
    TestPacket::tcp(b"x").from(address)
}

#[test]
fn a_score_is_compared() {
    let lists = reputations("192.0.2.7,1,40");
    for (options, wanted) in [
        ("iprep:src,CnC,>,39;", true),
        ("iprep:src,CnC,=,40;", true),
        ("iprep:src,CnC,<=,39;", false),
        ("iprep:src,CnC,!=,40;", false),
        ("iprep:src,Scan,>,0;", false),
        ("iprep:dst,CnC,>,0;", false),
        ("iprep:any,CnC,>,0;", true),
        ("iprep:both,CnC,>,0;", false),
        ("iprep:src,CnC,isset;", true),
        ("iprep:src,Scan,isnotset;", true),
    ] {
        assert_eq!(
            matches_with(&lists, options, &from([192, 0, 2, 7])),
            wanted,
            "{options}"
        );
    }
}

#[test]
fn the_narrowest_network_counts() {
    let lists = reputations("192.0.2.0/24,1,10\n192.0.2.128/25,1,20\n192.0.2.200,1,30");
    for (last, score) in [(1, 10), (129, 20), (200, 30)] {
        let options = format!("iprep:src,CnC,=,{score};");
        assert!(
            matches_with(&lists, &options, &from([192, 0, 2, last])),
            "{last}"
        );
    }
    assert!(!matches_with(
        &lists,
        "iprep:src,CnC,>=,0;",
        &from([198, 51, 100, 1])
    ));
}

#[test]
fn lines_that_are_no_reputations_are_told() {
    let mut known = Reputations::default();
    assert_eq!(known.add_categories("200,Far,Too far\nx"), [1, 2]);
    assert_eq!(
        known.add_list("192.0.2.1,1\n\n192.0.2.1-192.0.2.9,1,1\nhost,1,1"),
        [1, 3, 4]
    );
}

#[test]
fn rules_without_their_list_are_left_out() {
    for options in ["iprep:src,CnC,>,1;", "geoip:src,DE;"] {
        let told = problems(&format!("alert ip any any -> any any ({options} sid:1;)"));
        assert!(told[0].message.contains("set (detect."), "{told:?}");
    }
}

/// A database that has the lower half of IPv4 in Germany and nothing of the upper.
fn germany() -> Vec<u8> {
    let text = |out: &mut Vec<u8>, text: &str| {
        out.push(0x40 | text.len() as u8);
        out.extend_from_slice(text.as_bytes());
    };
    let number = |out: &mut Vec<u8>, kind: u8, number: u8| match kind {
        5 | 6 => out.extend([kind << 5 | 1, number]),
        _ => out.extend([1, kind - 7, number]),
    };
    let mut all = vec![0, 0, 17, 0, 0, 1];
    all.extend([0; 16]);
    all.push(0xe1);
    text(&mut all, "country");
    all.push(0xe1);
    text(&mut all, "iso_code");
    text(&mut all, "DE");
    all.extend_from_slice(b"\xab\xcd\xefMaxMind.com");
    all.push(0xe9);
    text(&mut all, "binary_format_major_version");
    number(&mut all, 5, 2);
    text(&mut all, "binary_format_minor_version");
    number(&mut all, 5, 0);
    text(&mut all, "build_epoch");
    number(&mut all, 9, 1);
    text(&mut all, "database_type");
    text(&mut all, "Test");
    text(&mut all, "description");
    all.push(0xe0);
    text(&mut all, "ip_version");
    number(&mut all, 5, 4);
    text(&mut all, "languages");
    all.extend([0, 4]);
    text(&mut all, "node_count");
    number(&mut all, 6, 1);
    text(&mut all, "record_size");
    number(&mut all, 5, 24);
    all
}

#[test]
fn a_country_is_asked_for() {
    let lists = Lists {
        countries: Some(Arc::new(Countries::new(germany()).unwrap())),
        ..Lists::default()
    };
    let (inside, outside) = (from([10, 0, 0, 1]), from([203, 0, 113, 1]));
    assert!(matches_with(&lists, "geoip:src,FR,DE;", &inside));
    assert!(!matches_with(&lists, "geoip:src,FR;", &inside));
    assert!(!matches_with(&lists, "geoip:src,DE;", &outside));
    assert!(matches_with(&lists, "geoip:src,!DE;", &outside));
    assert!(matches_with(&lists, "geoip:DE;", &inside));
    assert!(!matches_with(&lists, "geoip:both,DE;", &inside));
}

#[test]
fn what_is_no_database_is_told() {
    assert!(Countries::new(b"nothing".to_vec()).is_err());
}

#[test]
fn references_become_addresses() {
    let mut references = References::default();
    let unread = references.add_file("config reference: own http://example.com/?id=\nnothing");
    assert_eq!(unread, [2]);
    let load = LoadOptions {
        lists: Lists {
            references,
            ..Lists::default()
        },
        ..LoadOptions::default()
    };
    let text = "alert ip any any -> any any (reference:own,7; reference:url,example.com/a; \
                reference:url,gopher://example.com; reference:nobody,9; sid:1;)";
    let (set, problems) = RuleSet::from_text("x", text, &load);
    assert!(problems[0].message.contains("\"nobody\""));
    assert_eq!(
        set.rules().next().unwrap().references,
        [
            "http://example.com/?id=7",
            "https://example.com/a",
            "gopher://example.com",
            "nobody,9"
        ]
    );
}
