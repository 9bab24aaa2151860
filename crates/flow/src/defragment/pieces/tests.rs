//! Tests of pieces: whatever the order, repetition and overlap, the bytes come out right.

use proptest::prelude::*;

use super::*;

/// Adds fragments given as offset and bytes in units of eight, the last of which ends the datagram.
fn assemble(policy: Policy, fragments: &[(u32, &str)]) -> String {
    let end = fragments
        .iter()
        .map(|(offset, bytes)| offset + bytes.len() as u32)
        .max()
        .unwrap();
    let mut pieces = Pieces::default();
    for (offset, letters) in fragments {
        let data: Vec<u8> = letters.bytes().flat_map(|letter| [letter; 8]).collect();
        let is_last = offset + letters.len() as u32 == end;
        pieces.add(offset * 8, &data, is_last, policy);
    }
    let mut output = Vec::new();
    pieces.write(pieces.complete_length().unwrap(), &mut output);
    output.iter().step_by(8).map(|byte| *byte as char).collect()
}

/// The fragments that Shankar and Paxson sent, whose results their paper tells per policy.
const ACTIVE_MAPPING: &[(u32, &str)] = &[
    (0, "111"),
    (4, "22"),
    (6, "333"),
    (1, "4444"),
    (6, "555"),
    (9, "666"),
];

#[test]
fn each_policy_gives_the_published_result() {
    for (policy, expected) in [
        (Policy::Bsd, "111442333666"),
        (Policy::BsdRight, "144422555666"),
        (Policy::Linux, "111442555666"),
        (Policy::First, "111422333666"),
        (Policy::Last, "144442555666"),
    ] {
        assert_eq!(assemble(policy, ACTIVE_MAPPING), expected, "{policy:?}");
    }
}

#[test]
fn windows_and_solaris_replace_what_a_fragment_encloses() {
    let inside: &[(u32, &str)] = &[(1, "1"), (0, "222"), (3, "3")];
    let to_its_end: &[(u32, &str)] = &[(1, "1"), (0, "22"), (2, "3")];
    assert_eq!(assemble(Policy::Windows, inside), "2223");
    assert_eq!(assemble(Policy::Solaris, inside), "2223");
    assert_eq!(assemble(Policy::Windows, to_its_end), "213");
    assert_eq!(assemble(Policy::Solaris, to_its_end), "223");
}

#[test]
fn one_fragment_can_split_another() {
    let fragments: &[(u32, &str)] = &[(0, "11111"), (1, "22"), (5, "3")];
    assert_eq!(assemble(Policy::Last, fragments), "122113");
    assert_eq!(assemble(Policy::First, fragments), "111113");
}

#[test]
fn a_repetition_is_told_from_an_overlap() {
    let mut pieces = Pieces::default();
    let mut add = |offset, data: &[u8]| pieces.add(offset, data, false, Policy::Bsd);
    assert_eq!(add(0, &[1; 16]), Added::New);
    assert_eq!(add(0, &[1; 16]), Added::Duplicate);
    assert_eq!(add(8, &[1; 8]), Added::Duplicate);
    assert_eq!(add(8, &[2; 8]), Added::Overlapping);
    assert_eq!(add(8, &[1; 16]), Added::Overlapping);
}

#[test]
fn a_second_end_is_an_overlap_and_does_not_count() {
    let mut pieces = Pieces::default();
    pieces.add(0, &[1; 8], true, Policy::Bsd);
    let added = pieces.add(8, &[1; 8], true, Policy::Bsd);
    assert_eq!(
        (added, pieces.complete_length()),
        (Added::Overlapping, Some(8))
    );
}

#[test]
fn there_is_a_limit_to_pieces() {
    let mut pieces = Pieces::default();
    let mut refused = 0;
    for number in 0..4000 {
        let added = pieces.add(number * 16, &[0; 8], false, Policy::Bsd);
        refused += usize::from(added == Added::TooMany);
    }
    assert!(refused > 1900 && pieces.parts.len() <= MAX_PIECES);
}

fn policies() -> impl Strategy<Value = Policy> {
    prop::sample::select(vec![
        Policy::Bsd,
        Policy::BsdRight,
        Policy::Linux,
        Policy::First,
        Policy::Last,
        Policy::Windows,
        Policy::Solaris,
    ])
}

/// Bytes, and ranges of them in units of eight that cover everything in some order, with repetitions and overlaps.
fn covering() -> impl Strategy<Value = (Vec<u8>, Vec<(usize, usize)>)> {
    (
        1..60_usize,
        prop::collection::vec((0..60_usize, 1..20_usize), 0..40),
    )
        .prop_flat_map(|(units, extra)| {
            let size = 1 + units / 7;
            let mut ranges: Vec<_> = (0..units).step_by(size).map(|at| (at, size)).collect();
            ranges.extend(extra.into_iter().filter(|(at, _)| *at < units));
            let clipped: Vec<_> = ranges
                .into_iter()
                .map(|(at, length)| (at, (at + length).min(units)))
                .collect();
            (
                prop::collection::vec(any::<u8>(), units * 8),
                Just(clipped).prop_shuffle(),
            )
        })
}

proptest! {
    #[test]
    fn any_order_repetition_and_overlap_of_equal_bytes_gives_the_original(
        (bytes, ranges) in covering(),
        policy in policies(),
    ) {
        let mut pieces = Pieces::default();
        for (from, until) in ranges {
            let data = &bytes[from * 8..until * 8];
            pieces.add(from as u32 * 8, data, until * 8 == bytes.len(), policy);
        }
        prop_assert_eq!(pieces.complete_length(), Some(bytes.len() as u32));
        let mut output = Vec::new();
        pieces.write(bytes.len() as u32, &mut output);
        prop_assert_eq!(output, bytes);
    }

    #[test]
    fn pieces_never_overlap_and_first_and_last_agree_with_a_byte_map(
        fragments in prop::collection::vec((0..40_u32, 1..12_u32), 1..40),
        policy in prop::sample::select(vec![Policy::First, Policy::Last]),
    ) {
        let mut pieces = Pieces::default();
        let mut map: Vec<Option<u8>> = vec![None; 52 * 8];
        for (number, (offset, length)) in (1..).zip(fragments) {
            let data = vec![number; length as usize * 8];
            pieces.add(offset * 8, &data, false, policy);
            let range = offset as usize * 8..(offset + length) as usize * 8;
            for byte in &mut map[range] {
                if policy == Policy::Last || byte.is_none() {
                    *byte = Some(number);
                }
            }
        }
        let mut held: Vec<Option<u8>> = vec![None; map.len()];
        for piece in &pieces.parts {
            for (at, byte) in piece.range.clone().zip(pieces.bytes_of(piece)) {
                prop_assert_eq!(held[at as usize].replace(*byte), None);
            }
        }
        prop_assert_eq!(pieces.covered as usize, held.iter().flatten().count());
        prop_assert_eq!(held, map);
    }
}
