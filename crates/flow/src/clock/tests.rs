//! Tests of capture time.

use super::*;

const START: u64 = 1_700_000_000 * SECOND;

fn clock(times: &[u64]) -> Clock {
    let mut clock = Clock::default();
    for ts in times {
        clock.observe(*ts);
    }
    clock
}

#[test]
fn time_follows_the_newest_packet() {
    assert_eq!(clock(&[START, START + 5, START + 3]).now(), START + 5);
}

#[test]
fn the_first_packet_is_believed() {
    assert_eq!(clock(&[5]).now(), 5);
    assert_eq!(clock(&[START]).now(), START);
}

#[test]
fn a_single_jump_is_not_believed() {
    let far = START + 2 * AHEAD;
    assert_eq!(
        clock(&[START, far, START + 1, far, START + 2]).now(),
        START + 2
    );
    assert_eq!(clock(&[START, START - 2 * BACK]).now(), START);
}

#[test]
fn a_jump_that_many_agree_on_is_believed() {
    let mut clock = clock(&[START]);
    for step in 0..u64::from(CONFIRMATIONS) {
        clock.observe(START - 2 * AHEAD + step);
    }
    assert_eq!(
        clock.now(),
        START - 2 * AHEAD + u64::from(CONFIRMATIONS) - 1
    );
}

#[test]
fn jumps_that_disagree_are_not_believed() {
    let mut clock = clock(&[START]);
    for step in 1..100 {
        clock.observe(START + step * 3 * AHEAD);
    }
    assert_eq!(clock.now(), START);
}
