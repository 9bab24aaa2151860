//! What rules are shown of streams.

use super::*;

fn pieces(tail: &Tail) -> Vec<(&[u8], usize)> {
    tail.pieces().collect()
}

#[test]
fn new_bytes_come_with_those_before_them() {
    let mut watched = Watched::default();
    watched.push(Side::ToServer, b"one");
    watched.client.age();
    watched.push(Side::ToServer, b"two");
    assert_eq!(pieces(&watched.client), [(&b"onetwo"[..], 3)]);
}

#[test]
fn bytes_on_both_sides_of_a_gap_are_apart() {
    let mut watched = Watched::default();
    watched.push(Side::ToServer, b"VERY");
    watched.gap(Side::ToServer, 4);
    watched.push(Side::ToServer, b"DATA");
    assert_eq!(
        pieces(&watched.client),
        [(&b"VERY"[..], 4), (&b"DATA"[..], 4)]
    );
    let shown = watched.client.shown();
    assert_eq!(shown.as_deref(), Some(&b"VERY[4 bytes missing]DATA"[..]));
}

#[test]
fn what_was_seen_before_a_gap_is_not_shown_again() {
    let mut watched = Watched::default();
    watched.push(Side::ToServer, b"seen");
    watched.client.age();
    watched.gap(Side::ToServer, 4);
    watched.push(Side::ToServer, b"new");
    assert_eq!(pieces(&watched.client), [(&b"new"[..], 3)]);
}

#[test]
fn only_what_comes_after_the_last_gap_is_kept() {
    let mut watched = Watched::default();
    watched.push(Side::ToClient, b"before");
    watched.gap(Side::ToClient, 1);
    watched.push(Side::ToClient, b"behind");
    watched.server.age();
    assert_eq!(watched.server.bytes, b"behind");
}

#[test]
fn holes_without_number_do_not_grow_memory() {
    let mut watched = Watched::default();
    for _ in 0..10 * MAX_GAPS {
        watched.push(Side::ToServer, b"x");
        watched.gap(Side::ToServer, 1);
    }
    assert!(watched.client.gaps.len() <= MAX_GAPS);
}
