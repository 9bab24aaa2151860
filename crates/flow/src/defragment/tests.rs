//! Tests of the defragmenter on whole packets.

use proptest::prelude::*;
use wirewatch_decode::{Decoded, Options, decode, decode_ip};

use super::*;
use crate::testing::{START, packet};

/// Raw IP, as capture files number it.
const LINK_RAW: u16 = 101;

/// An IPv4 fragment from 192.0.2.1 to 192.0.2.2 with UDP inside.
fn ipv4(identification: u16, offset: u16, more: bool, data: &[u8]) -> Vec<u8> {
    let mut bytes = vec![
        0x45, 0, 0, 0, 0, 0, 0, 0, 64, 17, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2,
    ];
    bytes[2..4].copy_from_slice(&(20 + data.len() as u16).to_be_bytes());
    bytes[4..6].copy_from_slice(&identification.to_be_bytes());
    bytes[6..8].copy_from_slice(&((offset / 8) | (u16::from(more) << 13)).to_be_bytes());
    bytes.extend_from_slice(data);
    bytes
}

/// An IPv6 fragment behind a hop-by-hop header (six bytes of padding), with UDP inside.
fn ipv6(identification: u32, offset: u16, more: bool, data: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0x60, 0, 0, 0, 0, 0, 0, 64];
    bytes[4..6].copy_from_slice(&(16 + data.len() as u16).to_be_bytes());
    for host in [1, 2] {
        bytes.extend_from_slice(&[
            0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, host,
        ]);
    }
    bytes.extend_from_slice(&[44, 0, 1, 4, 0, 0, 0, 0, 17, 0]);
    bytes.extend_from_slice(&(offset | u16::from(more)).to_be_bytes());
    bytes.extend_from_slice(&identification.to_be_bytes());
    bytes.extend_from_slice(data);
    bytes
}

fn decoded(bytes: &[u8]) -> Datagram {
    let mut out = Decoded::default();
    decode_ip(bytes, &Options::default(), &mut out);
    out.datagrams()[0]
}

/// What pushing a packet gives: the whole datagram and the fault.
fn push_at(
    defragmenter: &mut Defragmenter,
    bytes: &[u8],
    ts: u64,
) -> (Option<Vec<u8>>, Option<Fault>) {
    let outcome = defragmenter.push(&decoded(bytes), bytes, &Scope::default(), &packet(ts));
    (outcome.complete.map(|it| it.bytes.to_vec()), outcome.fault)
}

fn push(defragmenter: &mut Defragmenter, bytes: &[u8]) -> Option<Vec<u8>> {
    push_at(defragmenter, bytes, START).0
}

fn defragmenter() -> Defragmenter {
    Defragmenter::new(DefragmentConfig::default())
}

/// A UDP datagram with this many bytes of payload.
fn udp(length: u16) -> Vec<u8> {
    let mut bytes = vec![0x10, 0, 0, 53];
    bytes.extend_from_slice(&(8 + length).to_be_bytes());
    bytes.extend_from_slice(&[0, 0]);
    bytes.extend((0..length).map(|number| number as u8));
    bytes
}

#[test]
fn ipv4_fragments_become_a_datagram_that_decodes() {
    let whole = udp(100);
    let mut defragmenter = defragmenter();
    assert_eq!(
        push(&mut defragmenter, &ipv4(1, 0, true, &whole[..56])),
        None
    );
    let last = ipv4(1, 56, false, &whole[56..]);
    let outcome = defragmenter.push(
        &decoded(&last),
        &last,
        &Scope::default(),
        &packet(START + 1),
    );
    let complete = outcome.complete.unwrap();
    assert_eq!(
        (complete.packets, complete.wire_bytes, complete.first_ts),
        (2, 200, START)
    );
    let mut out = Decoded::default();
    decode_ip(complete.bytes, &Options::default(), &mut out);
    let datagram = out.datagrams()[0];
    assert_eq!(out.faults().count(), 0);
    assert_eq!(datagram.fragment, None);
    assert_eq!(
        (datagram.source_port, datagram.destination_port),
        (0x1000, 53)
    );
    assert_eq!(datagram.payload_length, 100);
    assert!(defragmenter.is_empty());
    assert_eq!(defragmenter.memory_bytes(), 0);
}

#[test]
fn ipv6_fragments_keep_the_headers_before_the_fragment_header() {
    let whole = udp(100);
    let mut defragmenter = defragmenter();
    push(&mut defragmenter, &ipv6(1, 56, false, &whole[56..]));
    let bytes = push(&mut defragmenter, &ipv6(1, 0, true, &whole[..56])).unwrap();
    assert_eq!(bytes.len(), 40 + 8 + whole.len());
    assert_eq!(&bytes[48..], whole);
    let datagram = decoded(&bytes);
    assert_eq!((datagram.protocol, datagram.fragment), (17, None));
    assert_eq!(datagram.payload_length, 100);
}

#[test]
fn options_of_the_first_fragment_are_kept() {
    let whole = udp(24);
    let mut first = ipv4(1, 0, true, &whole[..16]);
    first[0] = 0x46;
    first[3] = 20 + 4 + 16;
    first.splice(20..20, [1, 1, 1, 1]);
    let mut defragmenter = defragmenter();
    push(&mut defragmenter, &first);
    let bytes = push(&mut defragmenter, &ipv4(1, 16, false, &whole[16..])).unwrap();
    assert_eq!((bytes[0], &bytes[20..24]), (0x46, &[1, 1, 1, 1][..]));
    assert_eq!(&bytes[24..], whole);
}

#[test]
fn what_differs_in_the_key_is_not_mixed() {
    let whole = udp(24);
    let mut defragmenter = defragmenter();
    push(&mut defragmenter, &ipv4(1, 0, true, &whole[..16]));
    assert_eq!(
        push(&mut defragmenter, &ipv4(2, 16, false, &whole[16..])),
        None
    );
    let last = ipv4(1, 16, false, &whole[16..]);
    let scope = Scope {
        vlans: [7, 0, 0],
        tunnel: 0,
    };
    let outcome = defragmenter.push(&decoded(&last), &last, &scope, &packet(START));
    assert!(outcome.complete.is_none());
    assert_eq!(defragmenter.len(), 3);
}

#[test]
fn an_overlap_with_other_bytes_is_a_fault() {
    let mut defragmenter = defragmenter();
    push(&mut defragmenter, &ipv4(1, 0, true, &[1; 16]));
    let (_, fault) = push_at(&mut defragmenter, &ipv4(1, 8, true, &[2; 16]), START);
    assert_eq!(fault, Some(Fault::Ipv4FragmentOverlap));
    let (_, fault) = push_at(&mut defragmenter, &ipv4(1, 0, true, &[1; 8]), START);
    assert_eq!(fault, None);
    assert_eq!(defragmenter.counters().overlaps, 1);
    assert_eq!(defragmenter.counters().duplicates, 1);
}

#[test]
fn a_last_fragment_that_ends_before_others_overlaps_them() {
    let mut defragmenter = defragmenter();
    push(&mut defragmenter, &ipv6(1, 0, true, &[1; 16]));
    let (_, fault) = push_at(&mut defragmenter, &ipv6(1, 8, false, &[1]), START);
    assert_eq!(fault, Some(Fault::Ipv6FragmentOverlap));
    assert_eq!(defragmenter.counters().duplicates, 0);
}

#[test]
fn overlapping_ipv6_is_put_together_or_discarded_as_set() {
    for drop_ipv6_overlaps in [false, true] {
        let mut defragmenter = Defragmenter::new(DefragmentConfig {
            drop_ipv6_overlaps,
            ..DefragmentConfig::default()
        });
        push(&mut defragmenter, &ipv6(1, 0, true, &[1; 16]));
        let (_, fault) = push_at(&mut defragmenter, &ipv6(1, 8, true, &[2; 16]), START);
        assert_eq!(fault, Some(Fault::Ipv6FragmentOverlap));
        let complete = push(&mut defragmenter, &ipv6(1, 24, false, &[3; 8]));
        assert_eq!(complete.is_none(), drop_ipv6_overlaps);
        assert_eq!(
            defragmenter.counters().discarded,
            u64::from(drop_ipv6_overlaps)
        );
    }
}

#[test]
fn a_fragment_beyond_the_largest_datagram_is_refused() {
    let mut defragmenter = defragmenter();
    let (_, fault) = push_at(&mut defragmenter, &ipv4(1, 65_528, false, &[0; 100]), START);
    assert_eq!(fault, Some(Fault::Ipv4FragmentTooLarge));
    let (_, fault) = push_at(&mut defragmenter, &ipv6(1, 65_528, false, &[0; 100]), START);
    assert_eq!(fault, Some(Fault::Ipv6FragmentTooLarge));
    assert_eq!(defragmenter.counters().too_large, 2);
    assert!(defragmenter.is_empty());
}

#[test]
fn what_is_not_a_multiple_of_eight_is_cut_unless_it_is_the_last() {
    let mut defragmenter = defragmenter();
    push(&mut defragmenter, &ipv4(1, 0, true, &[1; 13]));
    let bytes = push(&mut defragmenter, &ipv4(1, 8, false, &[2; 3])).unwrap();
    assert_eq!(&bytes[20..], [1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2]);
}

#[test]
fn a_fragment_that_the_capture_cut_is_refused() {
    let mut defragmenter = defragmenter();
    let whole = ipv4(1, 8, false, &[2; 30]);
    let bytes = &whole[..40];
    let mut out = Decoded::default();
    decode(
        LINK_RAW,
        bytes,
        whole.len() as u32,
        &Options::default(),
        &mut out,
    );
    let fragment = &out.datagrams()[0];
    let outcome = defragmenter.push(fragment, bytes, &Scope::default(), &packet(START));
    assert!(outcome.complete.is_none());
    assert_eq!(defragmenter.counters().cut, 1);
    assert!(defragmenter.is_empty());
}

#[test]
fn empty_fragments_are_refused() {
    let mut defragmenter = defragmenter();
    assert_eq!(push(&mut defragmenter, &ipv4(1, 8, true, &[1; 7])), None);
    assert_eq!(defragmenter.counters().empty, 1);
    assert!(defragmenter.is_empty());
}

#[test]
fn an_incomplete_datagram_is_given_up_after_its_timeout() {
    let mut defragmenter = defragmenter();
    push(&mut defragmenter, &ipv4(1, 0, true, &[1; 8]));
    let (complete, _) = push_at(
        &mut defragmenter,
        &ipv4(1, 8, false, &[2; 8]),
        START + 61 * SECOND,
    );
    assert_eq!(complete, None);
    assert_eq!(defragmenter.counters().timeout, 1);
}

#[test]
fn time_that_goes_back_gives_nothing_up() {
    let mut defragmenter = defragmenter();
    push(&mut defragmenter, &ipv4(1, 0, true, &[1; 8]));
    let (complete, _) = push_at(&mut defragmenter, &ipv4(1, 8, false, &[2; 8]), 5);
    assert!(complete.is_some());
}

#[test]
fn the_oldest_datagram_goes_when_there_are_too_many() {
    let mut defragmenter = Defragmenter::new(DefragmentConfig {
        max_datagrams: 10,
        ..DefragmentConfig::default()
    });
    for identification in 0..11 {
        push(&mut defragmenter, &ipv4(identification, 0, true, &[1; 8]));
    }
    assert_eq!(defragmenter.len(), 10);
    assert_eq!(defragmenter.counters().evicted_count, 1);
    assert!(push(&mut defragmenter, &ipv4(1, 8, false, &[2; 8])).is_some());
    assert_eq!(push(&mut defragmenter, &ipv4(0, 8, false, &[2; 8])), None);
}

#[test]
fn a_flood_of_fragments_stays_within_its_memory() {
    let max_bytes = 1 << 20;
    let mut defragmenter = Defragmenter::new(DefragmentConfig {
        max_bytes,
        ..DefragmentConfig::default()
    });
    for number in 0..20_000_u16 {
        let offset = number % 40 * 1480;
        push(
            &mut defragmenter,
            &ipv4(number / 7, offset, true, &[0; 1480]),
        );
        assert!(defragmenter.memory_bytes() < max_bytes + (128 << 10));
    }
    assert!(defragmenter.counters().evicted_memory > 100);
}

#[test]
fn policies_have_suricatas_names() {
    assert_eq!(Policy::from_name("BSD-Right"), Some(Policy::BsdRight));
    assert_eq!(Policy::from_name("solaris"), Some(Policy::Solaris));
    assert_eq!(Policy::from_name("newest"), None);
}

proptest! {
    #[test]
    fn any_order_of_fragments_gives_the_original_datagram(
        length in 500..3000_u16,
        size in 1..60_usize,
        version in prop::sample::select(vec![4, 6]),
        shuffle in any::<prop::sample::Index>(),
        repeated in any::<prop::sample::Index>(),
    ) {
        let whole = udp(length);
        let chunks: Vec<(usize, &[u8])> = whole.chunks(size * 8).enumerate().collect();
        let mut order: Vec<usize> = (0..chunks.len()).collect();
        order.rotate_left(shuffle.index(chunks.len()));
        order.swap(0, shuffle.index(chunks.len()));
        order.insert(0, order[repeated.index(order.len() - 1)]);
        let mut defragmenter = defragmenter();
        let mut complete = None;
        for number in order {
            let (offset, more) = ((number * size * 8) as u16, number + 1 < chunks.len());
            let bytes = match version {
                4 => ipv4(9, offset, more, chunks[number].1),
                _ => ipv6(9, offset, more, chunks[number].1),
            };
            complete = push(&mut defragmenter, &bytes);
        }
        let complete = complete.unwrap();
        prop_assert_eq!(&complete[complete.len() - whole.len()..], &whole[..]);
        prop_assert_eq!(decoded(&complete).payload_length, u32::from(length));
    }
}
