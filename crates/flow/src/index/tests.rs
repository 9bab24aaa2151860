//! Tests of the index.

use std::collections::HashSet;

use proptest::prelude::*;

use super::*;

fn find(index: &Index, hash: u64, slot: u32) -> Option<u32> {
    index.find(hash, |found| found == slot)
}

#[test]
fn what_was_put_in_is_found_until_it_is_removed() {
    let mut index = Index::new();
    index.insert(42 << 32, 7);
    assert_eq!(find(&index, 42 << 32, 7), Some(7));
    assert_eq!(index.candidate(42 << 32), 7);
    index.remove(42 << 32, 7);
    assert_eq!(find(&index, 42 << 32, 7), None);
    assert_eq!(index.candidate(42 << 32), u32::MAX);
}

#[test]
fn equal_hashes_are_told_apart_by_the_caller() {
    let mut index = Index::new();
    for slot in 0..20 {
        index.insert(u64::MAX, slot);
    }
    for slot in 0..20 {
        assert_eq!(find(&index, u64::MAX, slot), Some(slot));
    }
}

#[test]
fn removing_what_is_not_there_changes_nothing() {
    let mut index = Index::new();
    index.insert(1 << 40, 1);
    index.remove(1 << 40, 2);
    assert_eq!(find(&index, 1 << 40, 1), Some(1));
}

#[test]
fn it_never_takes_more_than_announced() {
    let mut index = Index::new();
    for slot in 0..100_000_u32 {
        let hash = u64::from(slot).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        index.insert(hash, slot);
    }
    assert!(index.bytes() <= Index::bytes_for(100_000));
}

proptest! {
    #[test]
    fn it_agrees_with_a_set(steps in prop::collection::vec((0..3000_u32, any::<bool>()), 1..5000)) {
        let mut index = Index::new();
        let mut set = HashSet::new();
        // Few different homes, so that entries push each other around.
        let hash = |slot: u32| u64::from(slot % 97) << 57 | u64::from(slot) << 32;
        for (slot, insert) in steps {
            if insert && set.insert(slot) {
                index.insert(hash(slot), slot);
            } else if !insert && set.remove(&slot) {
                index.remove(hash(slot), slot);
            }
        }
        for slot in 0..3000 {
            prop_assert_eq!(find(&index, hash(slot), slot).is_some(), set.contains(&slot));
        }
    }
}
