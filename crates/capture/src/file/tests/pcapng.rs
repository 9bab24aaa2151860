//! Blocks of pcapng, one kind at a time.

use super::*;

/// A section with one Ethernet interface, then these blocks.
fn file(order: ByteOrder, given: &[(u16, &[u8])], blocks: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = section(order);
    bytes.extend(interface(order, ETHERNET, given));
    bytes.extend(blocks.concat());
    bytes
}

fn time_of(given: &[(u16, &[u8])], ticks: u64) -> i64 {
    let (packets, result) = read(&file(Little, given, &[enhanced(Little, 0, ticks, b"")]));
    assert_eq!(result.unwrap(), 1);
    packets[0].ts
}

/// What is wrong with a file that ends in this block.
fn wrong(last: Vec<u8>) -> String {
    let (packets, result) = read(&file(Little, &[], &[enhanced(Little, 0, 1, b"good"), last]));
    assert_eq!(packets.len(), 1);
    damage(result).2
}

#[test]
fn enhanced_packets_are_read_in_both_byte_orders() {
    for order in [Little, Big] {
        let packet = enhanced_with(order, [0, 3, 1_500], 1_000_001, b"abc", &[(1, b"why")]);
        let (packets, result) = read(&file(order, &[], &[packet]));
        assert_eq!(result.unwrap(), 1);
        let expected = Kept {
            ts: SECOND + 1_000,
            number: 1,
            interface: 0,
            link: ETHERNET,
            wire_length: 1_500,
            bytes: b"abc".to_vec(),
        };
        assert_eq!(packets, [expected]);
    }
}

#[test]
fn simple_packets_have_the_first_interface_and_the_time_of_the_packet_before() {
    let mut body = 9_u32.to_le_bytes().to_vec();
    body.extend(b"123456789");
    let blocks = [enhanced(Little, 0, 5, b""), block(Little, 3, &body)];
    let (packets, _) = read(&file(Little, &[], &blocks));
    assert_eq!(packets[1].bytes, b"123456789");
    assert_eq!(packets[1].ts, 5_000);
}

#[test]
fn simple_packets_are_cut_at_the_snap_length_of_their_interface() {
    let mut bytes = section(Little);
    bytes.extend(interface_with_snap_length(Little, ETHERNET, 6, &[]));
    let mut body = 1_500_u32.to_le_bytes().to_vec();
    body.extend(b"12345678");
    bytes.extend(block(Little, 3, &body));
    let (packets, _) = read(&bytes);
    assert_eq!(
        (&packets[0].bytes[..], packets[0].wire_length),
        (&b"123456"[..], 1_500)
    );
}

#[test]
fn old_packet_blocks_are_packets() {
    for order in [Little, Big] {
        let mut body = [u16s(order, 0), u16s(order, 77)].concat();
        for field in [0, 8, 3, 4] {
            body.extend(u32s(order, field));
        }
        body.extend(b"abc");
        let (packets, result) = read(&file(order, &[], &[block(order, 2, &body)]));
        assert_eq!(result.unwrap(), 1);
        assert_eq!((&packets[0].bytes[..], packets[0].ts), (&b"abc"[..], 8_000));
    }
}

#[test]
fn all_resolutions_come_to_nanoseconds() {
    for (resolution, ticks, expected) in [
        (0, 3, 3 * SECOND),
        (3, 3_001, 3 * SECOND + 1_000_000),
        (6, 3_000_001, 3 * SECOND + 1_000),
        (9, 3_000_000_001, 3 * SECOND + 1),
        (12, 3_000_000_001_999, 3 * SECOND + 1),
        (127, 5, 0),
        (0x80, 3, 3 * SECOND),
        (0x81, 3, SECOND + SECOND / 2),
        (0xa0, 3 << 32 | 1 << 31, 3 * SECOND + SECOND / 2),
        (0xff, u64::MAX, 0),
        (0, u64::MAX, i64::MAX),
    ] {
        assert_eq!(
            time_of(&[(9, &[resolution])], ticks),
            expected,
            "{resolution:#x}"
        );
    }
}

#[test]
fn times_are_microseconds_unless_said_otherwise() {
    assert_eq!(time_of(&[], 1_000_001), SECOND + 1_000);
}

#[test]
fn the_offset_of_an_interface_is_added_in_seconds() {
    assert_eq!(
        time_of(&[(14, &100_i64.to_le_bytes())], 1),
        100 * SECOND + 1_000
    );
}

#[test]
fn times_before_1970_and_after_2262_are_held_at_the_border() {
    assert_eq!(time_of(&[(14, &(-100_i64).to_le_bytes())], 1), 0);
    assert_eq!(time_of(&[(14, &i64::MAX.to_le_bytes())], 1), i64::MAX);
}

#[test]
fn sections_have_their_own_byte_order_and_interfaces() {
    let mut bytes = file(Little, &[(2, b"eth0")], &[enhanced(Little, 0, 1, b"a")]);
    bytes.extend(file(Big, &[(2, b"eth1")], &[enhanced(Big, 0, 2, b"b")]));
    bytes.extend(file(
        Little,
        &[(2, b"eth0")],
        &[enhanced(Little, 0, 3, b"c")],
    ));
    let (packets, result) = read(&bytes);
    assert_eq!(result.unwrap(), 3);
    let interfaces: Vec<_> = packets.iter().map(|packet| packet.interface).collect();
    assert_eq!(interfaces, [0, 1, 0]);
}

#[test]
fn interfaces_are_called_by_their_names_or_else_by_file_and_index() {
    let folder = Folder::new();
    let mut bytes = file(Little, &[(2, b"eth0\0")], &[]);
    bytes.extend(interface(Little, 113, &[]));
    let path = folder.file("two.pcapng", &bytes);
    let mut source = open_files(&[path], &FileOptions::default()).unwrap();
    drain(&mut *source);
    assert_eq!(source.interfaces(), ["eth0", "two.pcapng:1"]);
}

#[test]
fn other_blocks_are_passed_over_and_counted() {
    let folder = Folder::new();
    let long = vec![0x5a; 3_000_000];
    let others = [4, 5, 10, 0xbad, 0x4000_0bad, 0x7777].map(|kind| block(Little, kind, b"other"));
    let blocks = [
        others.concat(),
        block(Little, 10, &long),
        enhanced(Little, 0, 1, b"after"),
    ];
    let path = folder.file("others.pcapng", &file(Little, &[], &blocks));
    let mut source = open_files(&[path], &FileOptions::default()).unwrap();
    let drained = drain(&mut *source);
    assert_eq!(drained.packets[0].bytes, b"after");
    assert_eq!(source.counters().skipped_blocks, 7);
}

#[test]
fn a_block_whose_lengths_disagree_is_damage() {
    for kind in [6, 1, 0x7777] {
        let mut last = block(Little, kind, &[0; 24]);
        let end = last.len() - 4;
        last[end] ^= 4;
        assert_eq!(wrong(last), "the lengths at both ends of a block disagree");
    }
}

#[test]
fn a_block_length_that_is_no_multiple_of_four_is_damage() {
    let mut last = enhanced(Little, 0, 1, b"abcd");
    last[4] += 1;
    assert_eq!(
        wrong(last),
        "a block claims 37 bytes, which no block can have"
    );
}

#[test]
fn a_block_shorter_than_its_frame_is_damage() {
    let last = [6_u32, 8, 8].map(u32::to_le_bytes).concat();
    assert_eq!(
        wrong(last),
        "a block claims 8 bytes, which no block can have"
    );
}

#[test]
fn a_packet_longer_than_its_block_is_damage() {
    let last = enhanced_with(Little, [0, 5, 5], 1, b"abcd", &[]);
    assert_eq!(wrong(last), "a packet is longer than the block it is in");
}

#[test]
fn a_packet_longer_than_any_is_damage() {
    let last = enhanced_with(Little, [0, SNAP_LIMIT + 1, 5], 1, b"abcd", &[]);
    assert!(wrong(last).contains("claims 262145 captured bytes"));
}

#[test]
fn a_packet_block_longer_than_any_is_damage() {
    let mut last = enhanced(Little, 0, 1, b"abcd");
    last[7] = 0x7f;
    assert!(wrong(last).contains("claims 2130706468 bytes"));
}

#[test]
fn a_packet_of_an_unknown_interface_is_damage() {
    let reason = wrong(enhanced(Little, 9, 1, b"abcd"));
    assert_eq!(
        reason,
        "a packet is from interface 9, which its section does not have"
    );
}

#[test]
fn a_section_of_another_version_is_damage() {
    let mut last = section(Little);
    last[12] = 2;
    assert_eq!(
        wrong(last),
        "a section has version 2, but only version 1 is defined"
    );
}

#[test]
fn more_interfaces_than_any_section_has_are_damage() {
    let mut bytes = section(Little);
    for _ in 0..5_000 {
        bytes.extend(interface(Little, ETHERNET, &[]));
    }
    let (_, _, reason) = damage(read_bytes(&bytes, &mut |_| ()));
    assert_eq!(reason, "a section has more than 4096 interfaces");
}
