//! Whatever happens on the way, the bytes are the same.

use proptest::prelude::*;
use wirewatch_decode::Datagram;
use wirewatch_flow::Side;

use crate::testing::*;
use crate::{Config, Content, Delivery, Policy, Streams};

/// A segment of the client: where it starts and how long it is.
type Cut = (usize, usize);

/// Bytes, and segments that together have all of them, with repetitions and overlaps, in any order.
fn cuts() -> impl Strategy<Value = (Vec<u8>, Vec<Cut>)> {
    let bytes = prop::collection::vec(any::<u8>(), 1..600);
    let lengths = prop::collection::vec(1_usize..90, 1..40);
    let again = prop::collection::vec((0_usize..600, 1_usize..150), 0..20);
    (bytes, lengths, again)
        .prop_map(|(bytes, lengths, again)| {
            let mut cuts = Vec::new();
            let mut at = 0;
            for length in lengths.iter().cycle() {
                let length = (*length).min(bytes.len() - at);
                cuts.push((at, length));
                at += length;
                if at == bytes.len() {
                    break;
                }
            }
            for (start, length) in again {
                let start = start % bytes.len();
                cuts.push((start, length.min(bytes.len() - start)));
            }
            (bytes, cuts)
        })
        .prop_flat_map(|(bytes, cuts)| (Just(bytes), Just(cuts).prop_shuffle()))
}

fn policy() -> impl Strategy<Value = Policy> {
    prop::sample::select(Policy::ALL.to_vec())
}

/// What is delivered of the client's bytes, the receiver acknowledging what it has after every few segments.
struct Pass {
    data: Vec<u8>,
    gaps: u64,
    kept: u64,
}

fn pass(config: Config, first: u32, bytes: &[u8], cuts: &[Cut], every: usize) -> Pass {
    pass_between(config, first, bytes, cuts, every, false)
}

/// The same, where each segment may follow one at its place with other bytes and a wrong checksum.
fn pass_between(
    config: Config,
    first: u32,
    bytes: &[u8],
    cuts: &[Cut],
    every: usize,
    lies: bool,
) -> Pass {
    let mut streams = Streams::new(config);
    let syn = segment(Side::ToServer, SYN, first.wrapping_sub(1), 0, b"");
    let index = streams.open(&syn).unwrap();
    let mut pass = Pass {
        data: Vec::new(),
        gaps: 0,
        kept: 0,
    };
    let mut position = 0;
    let mut deliver = |delivery: Delivery<'_>| {
        assert_eq!(delivery.offset, position);
        match delivery.content {
            Content::Data(bytes) => {
                assert!(!bytes.is_empty());
                pass.data.extend_from_slice(bytes);
                position += bytes.len() as u64;
            }
            Content::Gap(length) => {
                pass.gaps += 1;
                position += length;
            }
            _ => {}
        }
    };
    streams.segment(index, Side::ToServer, &syn, b"", &mut deliver);
    let answer = segment(Side::ToClient, SYN | ACK, SERVER - 1, first, b"");
    streams.segment(index, Side::ToClient, &answer, b"", &mut deliver);
    let mut received = vec![false; bytes.len()];
    for (number, (start, length)) in cuts.iter().enumerate() {
        let payload = &bytes[*start..start + length];
        let sequence = first.wrapping_add(*start as u32);
        let data = segment(Side::ToServer, ACK, sequence, SERVER, payload);
        if lies {
            let lie: Vec<u8> = payload.iter().map(|byte| !byte).collect();
            let wrong = Datagram {
                bad_checksum: true,
                ..data
            };
            streams.segment(index, Side::ToServer, &wrong, &lie, &mut deliver);
        }
        streams.segment(index, Side::ToServer, &data, payload, &mut deliver);
        received[*start..start + length].fill(true);
        if number % every == 0 {
            let has = received.iter().position(|got| !got).unwrap_or(bytes.len());
            let ack = first.wrapping_add(has as u32);
            let ack = segment(Side::ToClient, ACK, SERVER, ack, b"");
            streams.segment(index, Side::ToClient, &ack, b"", &mut deliver);
        }
    }
    streams.finish(index, &mut deliver);
    let counters = streams.counters();
    pass.kept = counters.payload_bytes - counters.settled_bytes();
    pass
}

proptest! {
    #[test]
    fn any_order_of_any_split_gives_the_same_bytes(
        (bytes, cuts) in cuts(),
        policy in policy(),
        inline in any::<bool>(),
        first in prop_oneof![any::<u32>(), (u32::MAX - 700)..=u32::MAX],
        every in 1_usize..6,
    ) {
        let config = Config { policy, inline, ..Config::default() };
        let pass = pass(config, first, &bytes, &cuts, every);
        prop_assert_eq!(pass.data, bytes);
        prop_assert_eq!(pass.gaps, 0);
        prop_assert_eq!(pass.kept, 0);
    }

    #[test]
    fn wrong_checksums_change_nothing_where_right_ones_are(
        (bytes, cuts) in cuts(),
        policy in policy(),
        every in 1_usize..6,
    ) {
        let config = Config { policy, ..Config::default() };
        let pass = pass_between(config, 7, &bytes, &cuts, every, true);
        prop_assert_eq!(pass.data, bytes);
        prop_assert_eq!(pass.kept, 0);
    }

    #[test]
    fn lost_segments_leave_gaps_and_nothing_else(
        (bytes, mut cuts) in cuts(),
        lost in any::<prop::sample::Index>(),
        inline in any::<bool>(),
    ) {
        cuts.remove(lost.index(cuts.len()));
        let mut here = vec![false; bytes.len()];
        for (start, length) in &cuts {
            here[*start..start + length].fill(true);
        }
        let expected: Vec<u8> = bytes.iter().zip(&here).filter(|(_, here)| **here).map(|(byte, _)| *byte).collect();
        let config = Config { inline, ..Config::default() };
        let pass = pass(config, 7, &bytes, &cuts, 1);
        prop_assert_eq!(pass.data, expected);
    }

    #[test]
    fn every_byte_is_accounted_for_when_memory_is_short(
        (bytes, cuts) in cuts(),
        policy in policy(),
        memory in 500_usize..6000,
        most in 1_usize..6,
        depth in 0_u64..400,
    ) {
        let config = Config {
            policy,
            memory_bytes: memory.max(Streams::BYTES_PER_STREAM * 2),
            max_segments_per_side: most,
            depth_to_server: depth,
            ..Config::default()
        };
        let pass = pass(config, 7, &bytes, &cuts, 3);
        prop_assert_eq!(pass.kept, 0);
    }
}
