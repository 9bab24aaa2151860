//! Tests of the wheel.

use super::*;

fn first(due: Option<(Due, u64)>) -> Option<(u32, u64)> {
    due.map(|(slots, second)| (slots[0], second))
}

fn wheel(at: u64) -> Wheel {
    let mut wheel = Wheel::new(10);
    wheel.aim(at);
    while wheel.due(at).is_some() {}
    for slot in 0..10 {
        wheel.ensure(slot);
    }
    wheel
}

#[test]
fn a_slot_is_due_in_its_second_and_not_before() {
    let mut wheel = wheel(5000);
    wheel.schedule(3, 5030);
    assert_eq!(first(wheel.due(5029)), None);
    assert_eq!(first(wheel.due(5031)), Some((3, 5030)));
    wheel.cancel(3);
    assert_eq!(first(wheel.due(9000)), None);
}

#[test]
fn a_slot_far_ahead_is_looked_at_once_per_turn() {
    let mut wheel = wheel(5000);
    wheel.schedule(3, 50_000);
    assert_eq!(
        first(wheel.due(5000 + SECONDS)),
        Some((3, 5000 + SECONDS - 1))
    );
}

#[test]
fn a_leap_ahead_finds_every_slot() {
    let mut wheel = wheel(5000);
    wheel.schedule(3, 5600);
    wheel.aim(5_000_000);
    assert_eq!(first(wheel.due(5_000_000)).map(|(slot, _)| slot), Some(3));
}

#[test]
fn a_step_back_finds_every_slot_within_a_turn() {
    let mut wheel = wheel(5000);
    wheel.schedule(3, 5600);
    wheel.aim(100);
    assert_eq!(first(wheel.due(100)), None);
    assert_eq!(
        first(wheel.due(100 + SECONDS)).map(|(slot, _)| slot),
        Some(3)
    );
}

#[test]
fn a_slot_that_waits_anew_does_not_come_at_once() {
    let mut wheel = wheel(5000);
    wheel.schedule(3, 5030);
    let (slot, _) = first(wheel.due(5030)).unwrap();
    wheel.cancel(slot);
    wheel.schedule(slot, 0);
    assert_eq!(first(wheel.due(5030)), None);
    assert_eq!(first(wheel.due(5031)), Some((3, 5031)));
}

#[test]
fn slots_of_one_second_come_together_and_in_order() {
    let mut wheel = wheel(5000);
    for slot in [4, 2, 9] {
        wheel.schedule(slot, 5030);
    }
    wheel.schedule(5, 5031);
    let (slots, second) = wheel.due(6000).unwrap();
    assert_eq!((slots.as_slice(), second), ([4, 2, 9].as_slice(), 5030));
}
