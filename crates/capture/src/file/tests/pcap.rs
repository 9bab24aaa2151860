//! The variants of pcap.

use super::*;

fn one(order: ByteOrder, magic: u32, link: u32) -> Vec<u8> {
    let mut bytes = pcap_header(order, magic, link);
    bytes.extend(pcap_record(order, [5, 7, 3, 60], b"abc"));
    bytes
}

fn only_packet(bytes: &[u8]) -> Kept {
    let (packets, result) = read(bytes);
    assert_eq!(result.unwrap(), 1);
    packets[0].clone()
}

#[test]
fn both_byte_orders_and_resolutions_give_the_same_packet() {
    for order in [Little, Big] {
        for (magic, ts) in [
            (0xa1b2_c3d4, 5 * SECOND + 7_000),
            (0xa1b2_3c4d, 5 * SECOND + 7),
        ] {
            let expected = Kept {
                ts,
                number: 1,
                interface: 0,
                link: ETHERNET,
                wire_length: 60,
                bytes: b"abc".to_vec(),
            };
            assert_eq!(only_packet(&one(order, magic, 1)), expected);
        }
    }
}

#[test]
fn the_patched_format_has_longer_packet_headers() {
    for order in [Little, Big] {
        let mut bytes = pcap_header(order, 0xa1b2_cd34, 1);
        for data in [b"abc", b"def"] {
            bytes.extend(pcap_record(order, [5, 7, 3, 60], &[9; 8]));
            bytes.extend(data);
        }
        let (packets, result) = read(&bytes);
        assert_eq!(result.unwrap(), 2);
        assert_eq!(packets[1].bytes, b"def");
    }
}

#[test]
fn the_length_of_the_frame_check_sequence_is_no_part_of_the_link_type() {
    assert_eq!(
        only_packet(&one(Little, 0xa1b2_c3d4, 0x2400_0001)).link,
        ETHERNET
    );
}

#[test]
fn old_numbers_of_raw_ip_become_the_common_one() {
    for written in [12, 14, 101] {
        assert_eq!(only_packet(&one(Little, 0xa1b2_c3d4, written)).link, 101);
    }
}

#[test]
fn a_packet_longer_than_on_the_wire_keeps_its_bytes() {
    let mut bytes = pcap_header(Little, 0xa1b2_c3d4, 1);
    bytes.extend(pcap_record(Little, [5, 0, 3, 2], b"abc"));
    let packet = only_packet(&bytes);
    assert_eq!((packet.wire_length, &packet.bytes[..]), (3, &b"abc"[..]));
}

#[test]
fn a_packet_of_no_bytes_is_a_packet() {
    let mut bytes = pcap_header(Little, 0xa1b2_c3d4, 1);
    bytes.extend(pcap_record(Little, [5, 0, 0, 0], b""));
    assert_eq!(only_packet(&bytes).bytes, b"");
}

#[test]
fn the_longest_packet_is_read_and_a_longer_one_is_damage() {
    let data = vec![0; SNAP_LIMIT as usize + 1];
    for (length, good) in [(SNAP_LIMIT, true), (SNAP_LIMIT + 1, false)] {
        let mut bytes = pcap_at(&[1]);
        let fields = [5, 0, length, length];
        bytes.extend(pcap_record(Little, fields, &data[..length as usize]));
        let mut lengths = Vec::new();
        let result = read_bytes(&bytes, &mut |group| {
            lengths.extend(group.iter().map(|packet| packet.bytes.len()));
        });
        if good {
            assert_eq!(lengths, [4, SNAP_LIMIT as usize]);
        } else {
            let (offset, packets, reason) = damage(result);
            assert_eq!((offset, packets), (44, 1));
            assert!(reason.contains("claims 262145 captured bytes"), "{reason}");
        }
    }
}

#[test]
fn the_latest_time_of_the_format_is_after_1970() {
    let mut bytes = pcap_header(Little, 0xa1b2_c3d4, 1);
    bytes.extend(pcap_record(Little, [u32::MAX, u32::MAX, 0, 0], b""));
    assert_eq!(
        only_packet(&bytes).ts,
        i64::from(u32::MAX) * (SECOND + 1_000)
    );
}

#[test]
fn damage_tells_where_and_what() {
    let mut bytes = pcap_at(&[1, 2]);
    bytes.truncate(bytes.len() - 1);
    let damage = damage(read(&bytes).1);
    assert_eq!(
        damage,
        (44, 1, "the file ends in the middle of a packet".to_owned())
    );
}

#[test]
fn a_header_that_is_cut_is_damage() {
    let (_, _, reason) = damage(read(&pcap_at(&[])[..20]).1);
    assert_eq!(reason, "the file ends in the middle of its header");
}
