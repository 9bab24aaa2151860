//! What rules are shown of streams.

use super::*;

fn pieces(tail: &Tail) -> Vec<(&[u8], usize)> {
    tail.pieces().collect()
}

#[test]
fn new_bytes_come_with_those_before_them() {
    let mut watched = Watched::default();
    watched.push(Side::ToServer, b"one", 0);
    watched.client.age(STREAM_OVERLAP);
    watched.push(Side::ToServer, b"two", 0);
    assert_eq!(pieces(&watched.client), [(&b"onetwo"[..], 3)]);
}

#[test]
fn bytes_on_both_sides_of_a_gap_are_apart() {
    let mut watched = Watched::default();
    watched.push(Side::ToServer, b"VERY", 0);
    watched.gap(Side::ToServer, 4);
    watched.push(Side::ToServer, b"DATA", 0);
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
    watched.push(Side::ToServer, b"seen", 0);
    watched.client.age(STREAM_OVERLAP);
    watched.gap(Side::ToServer, 4);
    watched.push(Side::ToServer, b"new", 0);
    assert_eq!(pieces(&watched.client), [(&b"new"[..], 3)]);
}

#[test]
fn only_what_comes_after_the_last_gap_is_kept() {
    let mut watched = Watched::default();
    watched.push(Side::ToClient, b"before", 0);
    watched.gap(Side::ToClient, 1);
    watched.push(Side::ToClient, b"behind", 0);
    watched.server.age(STREAM_OVERLAP);
    assert_eq!(watched.server.bytes, b"behind");
}

#[test]
fn holes_without_number_do_not_grow_memory() {
    let mut watched = Watched::default();
    for _ in 0..10 * MAX_GAPS {
        watched.push(Side::ToServer, b"x", 0);
        watched.gap(Side::ToServer, 1);
    }
    assert!(watched.client.gaps.len() <= MAX_GAPS);
}

fn filled(bytes: usize) -> Tail {
    let mut watched = Watched::default();
    watched.push(Side::ToServer, &vec![b'x'; bytes], 0);
    watched.client
}

#[test]
fn a_chunk_is_shown_with_a_packet_of_its_sender() {
    assert!(filled(100).is_ripe(true, 100, 0));
    assert!(!filled(100).is_ripe(false, 100, 0));
    assert!(!filled(99).is_ripe(true, 100, 0));
}

#[test]
fn something_whole_does_not_wait_for_a_chunk() {
    let mut watched = Watched::default();
    watched.push(Side::ToServer, b"GET / HTTP/1.0", 0);
    watched.hurry(Side::ToServer);
    assert!(watched.client.is_ripe(true, 2_560, 0));
}

#[test]
fn nothing_waits_longer_than_a_second() {
    assert!(!filled(1).is_ripe(false, 2_560, MAX_WAIT));
    assert!(filled(1).is_ripe(false, 2_560, MAX_WAIT + 1));
}

#[test]
fn without_chunks_everything_is_shown_at_once() {
    assert!(filled(1).is_ripe(false, 0, 0));
}
