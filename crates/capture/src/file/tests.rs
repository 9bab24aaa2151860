use std::io::Write;
use std::path::PathBuf;
use std::sync::mpsc;
use std::time::Duration;

use proptest::prelude::*;

use super::fields::ByteOrder::{self, Big, Little};
use super::samples::*;
use super::{FileOptions, open_files, read_bytes};
use crate::{Error, MAX_GROUP, Packet, Polled, SNAP_LIMIT};

mod pcap;
mod pcapng;
mod pipes;

const SECOND: i64 = 1_000_000_000;

fn damage(result: Result<u64, Error>) -> (u64, u64, String) {
    match result {
        Err(Error::Damaged {
            offset,
            packets,
            reason,
            ..
        }) => (offset, packets, reason),
        other => panic!("no damage: {other:?}"),
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Small captures in pieces: headers, other blocks, and packets, which are marked.
fn small_captures() -> [Vec<(Vec<u8>, bool)>; 2] {
    let record = |second| (pcap_at(&[second]).split_off(24), true);
    let pcap = vec![(pcap_at(&[]), false), record(1), record(2), record(3)];
    let pcapng = vec![
        (section(Little), false),
        (interface(Little, ETHERNET, &[(2, b"eth0")]), false),
        (enhanced(Little, 0, 1, b"abcde"), true),
        (block(Little, 4, b"names"), false),
        (section(Big), false),
        (interface(Big, ETHERNET, &[]), false),
        (
            enhanced_with(Big, [0, 3, 9], 2, b"abc", &[(1, b"a comment")]),
            true,
        ),
    ];
    [pcap, pcapng]
}

fn joined(pieces: &[(Vec<u8>, bool)]) -> Vec<u8> {
    pieces.iter().flat_map(|(bytes, _)| bytes.clone()).collect()
}

#[test]
fn an_empty_file_is_said_to_be_empty() {
    assert_eq!(damage(read(b"").1), (0, 0, "the file is empty".to_owned()));
}

#[test]
fn a_file_that_is_no_capture_is_told_by_its_looks() {
    for (bytes, part) in [
        (
            &b"#!/bin/sh\necho hello, this is a script\n"[..],
            "looks like text",
        ),
        (
            b"\xfd7zXZ\0.......................",
            "looks like xz data; unpack it first",
        ),
        (
            b"snoop\0\0\0.......................",
            "snoop capture; convert it with editcap",
        ),
        (
            b"\x00\x01\x02\x03.......................",
            "starts with the bytes 00 01 02 03",
        ),
        (b"\x00\x01", "too short to be a capture"),
    ] {
        let (_, _, reason) = damage(read(bytes).1);
        assert!(reason.contains(part), "{reason}");
    }
}

#[test]
fn a_capture_cut_at_any_byte_gives_every_packet_before_the_cut() {
    for pieces in small_captures() {
        let whole = joined(&pieces);
        let packets = read(&whole).0;
        let mut count = 0;
        let mut end = 0;
        for (bytes, is_packet) in pieces {
            for cut in end + 1..end + bytes.len() {
                let (before, result) = read(&whole[..cut]);
                assert_eq!(before, packets[..count]);
                assert_eq!(damage(result).1, count as u64);
            }
            count += usize::from(is_packet);
            end += bytes.len();
            let (before, result) = read(&whole[..end]);
            assert_eq!(before, packets[..count]);
            assert_eq!(result.unwrap(), count as u64);
        }
    }
}

#[test]
fn gzip_of_several_members_is_read_as_one_file() {
    let whole = pcap_at(&[1, 2, 3]);
    let mut packed = gzip(&whole[..50]);
    packed.extend(gzip(&whole[50..]));
    assert_eq!(read(&packed).0, read(&whole).0);
}

#[test]
fn zstd_of_several_frames_is_read_as_one_file() {
    let whole = pcap_at(&[1, 2, 3]);
    let mut packed = vec![0x50, 0x2a, 0x4d, 0x18, 4, 0, 0, 0, 1, 2, 3, 4]; // a skippable frame
    packed.extend(zstd::encode_all(&whole[..50], 1).unwrap());
    packed.extend(zstd::encode_all(&whole[50..], 1).unwrap());
    assert_eq!(read(&packed).0, read(&whole).0);
}

#[test]
fn compressed_data_that_is_cut_gives_the_packets_before_the_cut_and_one_error() {
    let whole = pcap_at(&(0..50).collect::<Vec<_>>());
    let packets = read(&whole).0;
    for packed in [gzip(&whole), zstd::encode_all(&whole[..], 1).unwrap()] {
        for cut in 0..packed.len() {
            let (before, result) = read(&packed[..cut]);
            assert_eq!(before, packets[..before.len()]);
            damage(result);
        }
    }
}

#[test]
fn compressed_data_with_a_wrong_byte_is_damage() {
    let mut packed = gzip(&pcap_at(&[1, 2, 3]));
    let crc = packed.len() - 8;
    packed[crc] ^= 1;
    let (_, packets, reason) = damage(read_bytes(&packed, &mut |_| ()));
    assert_eq!(packets, 3);
    assert!(reason.starts_with("the gzip data is damaged"), "{reason}");
}

#[test]
fn data_that_was_compressed_twice_is_refused() {
    let (_, _, reason) = damage(read(&gzip(&gzip(&pcap_at(&[1])))).1);
    assert_eq!(reason, "the file is compressed twice; unpack it first");
}

#[test]
fn groups_are_never_larger_than_promised() {
    let whole = pcap_at(&[7; 3 * MAX_GROUP]);
    let mut sizes = Vec::new();
    read_bytes(&whole, &mut |group| sizes.push(group.len())).unwrap();
    assert_eq!(sizes, [MAX_GROUP; 3]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn garbage_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..400), capture in 0..2_usize, keep in 0..120_usize) {
        let mut file = joined(&small_captures()[capture]);
        file.truncate(keep);
        file.extend(bytes);
        let (packets, result) = read(&file);
        if let Ok(count) = result {
            prop_assert_eq!(count, packets.len() as u64);
        }
    }

    #[test]
    fn flipped_bits_never_panic(capture in 0..2_usize, flips in proptest::collection::vec((0..1_000_usize, 0..8_u32), 1..4)) {
        let mut file = joined(&small_captures()[capture]);
        for (place, bit) in flips {
            let place = place % file.len();
            file[place] ^= 1 << bit;
        }
        let (packets, _) = read(&file);
        prop_assert!(packets.iter().all(|packet| packet.ts >= 0));
    }
}
