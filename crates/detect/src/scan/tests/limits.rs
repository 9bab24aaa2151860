use super::{MILLISECOND, Outcome, Play, SECOND, ScanConfig, TCP, THEM, US, WORLD};
use crate::scan::sketch::Sketch;

#[test]
fn a_flood_of_spoofed_sources_stays_within_the_table() {
    let mut play = Play::new();
    for source in 0..300_000 {
        play.flow(WORLD * 2 + source, US, TCP, 80, None);
    }
    let counters = play.tracker.counters();
    assert!(counters.sources <= 65_536);
    assert_eq!(counters.sources + counters.refused, 300_000);
}

#[test]
fn a_flood_does_not_push_a_scanner_out() {
    let config = ScanConfig {
        max_sources: 256,
        ..ScanConfig::default()
    };
    let mut play = Play::with(config);
    for port in 1..=15 {
        play.flow(THEM, US, TCP, port, None);
        for source in 0..2000 {
            play.flow(
                WORLD * 2 + source + u128::from(port) * 2000,
                US,
                TCP,
                80,
                None,
            );
        }
        play.wait(11 * SECOND);
    }
    assert!(play.tracker.counters().evicted > 0);
    assert_eq!(play.detectors(), ["port_scan"]);
}

#[test]
fn quiet_sources_are_forgotten() {
    let mut play = Play::new();
    for source in 0..100 {
        play.flow(WORLD + source, US, TCP, 80, None);
    }
    for _ in 0..10 {
        play.wait(3600 * SECOND);
    }
    assert_eq!(play.tracker.counters().sources, 0);
}

#[test]
fn ignored_networks_may_scan() {
    let config = ScanConfig {
        ignore: vec![(THEM, 128)],
        ..ScanConfig::default()
    };
    let mut play = Play::with(config);
    for port in 1..=100 {
        play.flow(THEM, US, TCP, port, Some(Outcome::Refused));
    }
    assert!(play.finish().is_empty());
}

#[test]
fn late_outcomes_count_once() {
    let mut play = Play::new();
    for port in 1..=10 {
        let attempt = play.attempt(THEM, US, TCP, port);
        let mut found = Vec::new();
        play.tracker.attempt(&attempt, &mut found);
        for _ in 0..5 {
            play.tracker.outcome(&attempt, Outcome::Refused, &mut found);
            play.tracker
                .outcome(&attempt, Outcome::Unanswered, &mut found);
        }
        play.keep(found);
        play.wait(10 * MILLISECOND);
    }
    assert!(play.finish().is_empty());
}

#[test]
fn outcomes_without_attempts_are_harmless() {
    let mut play = Play::new();
    let attempt = play.attempt(THEM, US, TCP, 1);
    let mut found = Vec::new();
    play.tracker.outcome(&attempt, Outcome::Refused, &mut found);
    play.keep(found);
    assert_eq!(play.tracker.counters().sources, 0);
}

#[test]
fn a_sketch_counts_about_right() {
    for count in [10_u64, 100, 1000, 10_000, 100_000] {
        let mut sketch = Sketch::default();
        for value in 0..count {
            let mut hash = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
            hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            sketch.add(hash ^ (hash >> 31));
        }
        let estimate = sketch.estimate();
        assert!(estimate.abs_diff(count) * 5 <= count, "{count}: {estimate}");
    }
}
