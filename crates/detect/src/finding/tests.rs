use super::{BUILT_IN, Evidence, Finding, Key, Repeats, sid};

const SECOND: i64 = 1_000_000_000;

fn finding(ts: i64, subject: u128) -> Finding {
    let key = Key {
        sid: sid::HOST_SWEEP,
        subject,
        object: 0,
        detail: 22,
    };
    Finding::new(ts, key, String::from("A sweep"), Evidence::new())
}

#[test]
fn the_same_finding_is_told_once_per_interval() {
    let mut repeats = Repeats::default();
    assert!(repeats.tell(finding(0, 1)).is_some());
    assert!(repeats.tell(finding(5 * SECOND, 1)).is_none());
    assert!(repeats.tell(finding(5 * SECOND, 2)).is_some());
    assert_eq!(repeats.suppressed(), 1);
}

#[test]
fn the_next_telling_says_how_many_were_kept_back() {
    let mut repeats = Repeats::new(60 * SECOND);
    for ts in 0..4 {
        repeats.tell(finding(ts * SECOND, 1));
    }
    let told = repeats.tell(finding(61 * SECOND, 1)).unwrap();
    assert_eq!(told.evidence, r#"{"repeats_not_told":3}"#);
    assert_eq!(told.signature, "A sweep (3 repeats were not told)");
}

#[test]
fn a_worse_severity_is_told_at_once() {
    let mut repeats = Repeats::default();
    repeats.tell(finding(0, 1).with_severity(2));
    assert!(repeats.tell(finding(1, 1).with_severity(1)).is_some());
    assert!(repeats.tell(finding(2, 1).with_severity(2)).is_none());
}

#[test]
fn a_full_table_tells_rather_than_forgets() {
    let mut repeats = Repeats::default();
    let count = super::MAX_REMEMBERED as u128 + 10;
    let told = (0..count).filter_map(|subject| repeats.tell(finding(1, subject)));
    assert_eq!(told.count() as u128, count);
    assert_eq!(repeats.unremembered(), 10);
}

#[test]
fn evidence_escapes_what_came_from_the_wire() {
    let evidence = Evidence::new()
        .text("name", "a\"b\\c\n\u{1b}[31m")
        .numbers("ports", [1, 2])
        .texts("hosts", ["x"]);
    assert_eq!(
        evidence.finish(),
        r#"{"name":"a\"b\\c\u000a\u001b[31m","ports":[1,2],"hosts":["x"]}"#
    );
}

#[test]
fn every_built_in_number_is_there_once() {
    for built_in in BUILT_IN {
        let count = BUILT_IN.iter().filter(|other| other.sid == built_in.sid);
        assert_eq!(count.count(), 1, "{}", built_in.sid);
    }
}
