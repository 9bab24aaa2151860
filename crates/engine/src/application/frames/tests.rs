//! Spans of bytes: where they are in what is kept.

use super::*;

fn track(pieces: &[&[u8]], gap: u64) -> Track {
    let mut track = Track::default();
    for (number, piece) in pieces.iter().enumerate() {
        if number > 0 {
            track.gaps.push(Gap {
                at: track.bytes.len(),
                length: gap,
            });
            track.end += gap;
        }
        track.bytes.extend_from_slice(piece);
        track.end += piece.len() as u64;
    }
    track
}

#[test]
fn places_count_what_is_missing() {
    let track = track(&[b"abcd", b"efgh"], 10);
    assert_eq!(track.index_of(2), 2);
    assert_eq!(track.index_of(4), 4);
    assert_eq!(track.index_of(9), 4);
    assert_eq!(track.index_of(15), 5);
    assert_eq!(track.index_of(99), 8);
}

#[test]
fn pieces_end_where_bytes_are_missing() {
    let track = track(&[b"abcd", b"efgh"], 10);
    let pieces: Vec<&[u8]> = track.pieces(1, 6).collect();
    assert_eq!(pieces, [&b"bcd"[..], b"ef"]);
    let pieces: Vec<&[u8]> = track.pieces(4, 8).collect();
    assert_eq!(pieces, [&b"efgh"[..]]);
}

#[test]
fn what_is_forgotten_moves_no_place() {
    let mut track = track(&[b"abcd", b"efgh"], 10);
    track.forget(2);
    assert_eq!(track.begin(), 2);
    assert_eq!(track.index_of(15), 3);
    track.forget(2);
    assert_eq!(track.begin(), 14);
    assert_eq!(track.index_of(15), 1);
}
