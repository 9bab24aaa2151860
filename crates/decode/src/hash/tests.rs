use std::collections::HashSet;

use super::flow_hash;

/// An Ethernet frame of IPv4 with nothing but addresses.
fn frame(tags: &[u8], source: [u8; 4], destination: [u8; 4]) -> Vec<u8> {
    let mut frame = vec![0; 12];
    frame.extend_from_slice(tags);
    frame.extend_from_slice(&[8, 0, 0x45, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    frame.extend_from_slice(&source);
    frame.extend_from_slice(&destination);
    frame
}

const A: [u8; 4] = [192, 0, 2, 1];
const B: [u8; 4] = [192, 0, 2, 2];

#[test]
fn both_directions_are_equal() {
    assert_eq!(
        flow_hash(1, &frame(&[], A, B)),
        flow_hash(1, &frame(&[], B, A))
    );
}

#[test]
fn tags_do_not_matter() {
    let tagged = frame(&[0x88, 0xa8, 0, 1, 0x81, 0, 0, 2], A, B);
    assert_eq!(flow_hash(1, &tagged), flow_hash(1, &frame(&[], A, B)));
}

#[test]
fn the_link_does_not_matter() {
    let whole = frame(&[], A, B);
    let packet = &whole[14..];
    let behind = |header: &[u8]| [header, packet].concat();
    let expected = flow_hash(1, &whole);
    assert_eq!(flow_hash(101, packet), expected);
    assert_eq!(flow_hash(0, &behind(&[2, 0, 0, 0])), expected);
    assert_eq!(flow_hash(9, &behind(&[0xff, 3, 0, 0x21])), expected);
    assert_eq!(flow_hash(104, &behind(&[15, 0, 8, 0])), expected);
    assert_eq!(
        flow_hash(
            113,
            &behind(&[0, 0, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0, 0, 0, 8, 0])
        ),
        expected
    );
    assert_eq!(
        flow_hash(
            276,
            &behind(&[8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])
        ),
        expected
    );
}

#[test]
fn labels_do_not_matter() {
    let whole = frame(&[], A, B);
    let labelled = [
        &[0; 12][..],
        &[0x88, 0x47, 0, 1, 0, 64, 0, 2, 1, 64],
        &whole[14..],
    ]
    .concat();
    assert_eq!(flow_hash(1, &labelled), flow_hash(1, &whole));
}

#[test]
fn different_hosts_are_spread_evenly() {
    let mut workers = [0_u32; 4];
    let mut hashes = HashSet::new();
    for last in 0..=255 {
        for third in 0..4 {
            let hash = flow_hash(1, &frame(&[], A, [198, 51, third, last]));
            hashes.insert(hash);
            workers[hash as usize % 4] += 1;
        }
    }
    assert_eq!(hashes.len(), 1024);
    assert!(
        workers.iter().all(|count| (200..320).contains(count)),
        "{workers:?}"
    );
}

#[test]
fn frames_without_ip_are_spread_by_their_hardware_addresses() {
    let arp = |last| [&[2, 0, 0, 0, 0, 9, 2, 0, 0, 0, 0, last][..], &[8, 6, 0, 0]].concat();
    assert_ne!(flow_hash(1, &arp(1)), flow_hash(1, &arp(2)));
}

#[test]
fn short_frames_have_a_hash() {
    let whole = frame(&[0x81, 0, 0, 1], A, B);
    for length in 0..whole.len() {
        flow_hash(1, &whole[..length]);
    }
    assert_eq!(flow_hash(1, &[]), 0);
}
