//! Segments that have bytes in common.

use crate::testing::*;
use crate::{Config, Event, Policy};

/// What is delivered when two segments meet behind a hole, which is filled afterwards.
fn meet(policy: Policy, earlier: (u32, &str), later: (u32, &str)) -> String {
    let config = Config {
        policy,
        ..Config::default()
    };
    let talk = Talk::opened(config)
        .says(earlier.0, earlier.1)
        .says(later.0, later.1)
        .says(0, "-")
        .acks(20)
        .finish();
    talk.text().trim_end_matches('.').to_owned()
}

/// Each row of the published table: how the bounds lie, and what each policy keeps.
#[test]
fn policies_keep_what_their_systems_keep() {
    use Policy::{Bsd, First, Last, Linux, OldLinux, Solaris, Windows};
    let rows = [
        // The later one begins before the earlier one and ends within it.
        (
            (2, "aaaa"),
            (1, "bbb"),
            "-bbbaa",
            "-baaaa",
            &[Bsd, Windows, Linux, OldLinux, Last][..],
        ),
        // It begins before and ends after it.
        (
            (2, "aa"),
            (1, "bbbb"),
            "-bbbb",
            "-baab",
            &[Bsd, Windows, Linux, OldLinux, Solaris, Last],
        ),
        // It begins before it and ends with it.
        (
            (2, "aa"),
            (1, "bbb"),
            "-bbb",
            "-baa",
            &[Bsd, Windows, Linux, OldLinux, Solaris, Last],
        ),
        // They begin together and the later one is longer.
        (
            (1, "aa"),
            (1, "bbbb"),
            "-bbbb",
            "-aabb",
            &[Linux, OldLinux, Solaris, Last],
        ),
        // They begin together and the later one is shorter.
        ((1, "aaaa"), (1, "bb"), "-bbaa", "-aaaa", &[Last]),
        // They have the same bounds.
        ((1, "aaa"), (1, "bbb"), "-bbb", "-aaa", &[OldLinux, Last]),
        // The later one lies within the earlier one.
        ((1, "aaaaa"), (2, "bb"), "-abbaa", "-aaaaa", &[Last]),
        // It begins within it and ends with it.
        ((1, "aaaa"), (3, "bb"), "-aabb", "-aaaa", &[Last]),
        // It begins within it and ends after it.
        ((1, "aaa"), (2, "bbb"), "-abbb", "-aaab", &[Solaris, Last]),
    ];
    for (earlier, later, if_later, if_earlier, later_wins) in rows {
        for policy in Policy::ALL {
            let expected = if later_wins.contains(policy) {
                if_later
            } else {
                if_earlier
            };
            let found = meet(*policy, earlier, later);
            assert_eq!(
                found, expected,
                "{policy:?} with {earlier:?} then {later:?}"
            );
        }
    }
    assert!(!rows.iter().any(|row| row.4.contains(&First)));
}

#[test]
fn a_segment_that_meets_several_is_judged_by_each() {
    let config = Config::default();
    let talk = Talk::opened(config)
        .says(2, "aa")
        .says(6, "cc")
        .says(3, "bbbbbb")
        .says(0, "--")
        .acks(9);
    assert_eq!(talk.text(), "--aabbbbb");
}

#[test]
fn on_linux_a_trimmed_segment_is_still_compared_by_its_own_bounds() {
    let linux = |policy| {
        let config = Config {
            policy,
            ..Config::default()
        };
        let talk = Talk::opened(config)
            .says(1, "aaaaa")
            .says(3, "bbbbbb")
            .says(4, "ccc")
            .says(0, "-")
            .acks(9);
        talk.text()
    };
    assert_eq!(linux(Policy::Linux), "-aaaaabbb");
    // BSD sees what is left of the second one, which the third one precedes.
    assert_eq!(linux(Policy::Bsd), "-aaaaacbb");
}

#[test]
fn bytes_in_order_are_final_whatever_the_policy() {
    for policy in Policy::ALL {
        let config = Config {
            policy: *policy,
            ..Config::default()
        };
        let talk = Talk::opened(config).says(0, "good").says(0, "evil");
        assert!(talk.noticed(Event::OverlapDifferent));
        assert_eq!(talk.acks(4).text(), "good");
    }
}

#[test]
fn a_repetition_with_the_same_bytes_is_nothing_odd() {
    let talk = Talk::opened(Config::default())
        .says(0, "good")
        .says(0, "good");
    assert!(talk.events.is_empty());
    let talk = talk.says(6, "same").says(6, "same");
    assert!(talk.events.is_empty());
    assert_eq!(talk.streams.counters().repeated_bytes, 8);
}

#[test]
fn different_bytes_behind_a_hole_are_noticed_and_counted() {
    let talk = Talk::opened(Config::default())
        .says(6, "good")
        .says(7, "evil");
    assert!(talk.noticed(Event::OverlapDifferent));
    assert_eq!(talk.streams.counters().overlaps_different, 1);
}

#[test]
fn only_the_new_part_of_a_segment_is_taken() {
    let talk = Talk::opened(inline()).says(0, "abc").says(1, "bcde");
    assert_eq!(talk.to_server, [data(0, "abc"), data(3, "de")]);
}

#[test]
fn policies_are_found_by_the_names_of_systems() {
    assert_eq!(Policy::from_name("Linux"), Some(Policy::Linux));
    assert_eq!(Policy::from_name("vista"), Some(Policy::First));
    assert_eq!(Policy::from_name("os/2"), None);
}
