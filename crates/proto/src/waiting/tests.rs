use super::*;

#[test]
fn a_whole_message_is_not_kept() {
    let mut waiting = Waiting::default();
    let next = waiting.drive(b"abcd", 8, |bytes| Step::Used(bytes.len()));
    assert_eq!((next, waiting.held()), (Next::More, 0));
}

#[test]
fn the_beginning_of_a_message_waits_for_its_end() {
    let mut waiting = Waiting::default();
    let step = |bytes: &[u8]| line(bytes).map_or(Step::More, |(_, used)| Step::Used(used));
    waiting.drive(b"one\ntw", 8, step);
    assert_eq!(waiting.bytes(), b"tw");
    waiting.drive(b"o\nth", 8, step);
    assert_eq!(waiting.bytes(), b"th");
}

#[test]
fn skipped_bytes_may_still_be_to_come() {
    let mut waiting = Waiting::default();
    waiting.drive(b"ab", 8, |_| Step::Skip(4));
    let mut seen = Vec::new();
    waiting.drive(b"cdef", 8, |bytes| {
        seen.extend_from_slice(bytes);
        Step::Used(bytes.len())
    });
    assert_eq!(seen, b"ef");
}

#[test]
fn a_gap_within_skipped_bytes_does_no_harm() {
    let mut waiting = Waiting::default();
    waiting.drive(b"ab", 8, |_| Step::Skip(10));
    assert!(waiting.lose(8));
    assert!(!waiting.lose(1));
}

#[test]
fn too_much_that_waits_ends_the_side() {
    let mut waiting = Waiting::default();
    let next = waiting.drive(b"abcdefghi", 8, |_| Step::More);
    assert_eq!(next, Next::DoneWithSide);
}

#[test]
fn a_switch_tells_how_many_bytes_of_the_call_are_left() {
    let mut waiting = Waiting::default();
    waiting.drive(b"STAR", 8, |_| Step::More);
    let next = waiting.drive(b"T\nrest", 8, |_| Step::Switch(6, Some("tls")));
    let to = Some("tls");
    assert_eq!(next, Next::Switch { rest: 4, to });
}

#[test]
fn a_gap_ends_a_side_unless_its_bytes_were_to_be_skipped() {
    let mut sides = Sides::<Waiting>::default();
    sides.client.drive(b"x", 9, |_| Step::Skip(10));
    assert_eq!(sides.lose(Side::Client, 9), Next::More);
    assert_eq!(sides.lose(Side::Client, 1), Next::DoneWithSide);
    assert_eq!(sides.lose(Side::Server, 1), Next::DoneWithSide);
}

#[test]
fn a_side_may_end_both() {
    assert_eq!(Next::DoneWithSide.of_both(), Next::Done);
    assert_eq!(Next::More.of_both(), Next::More);
}
