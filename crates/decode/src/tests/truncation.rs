use super::build::*;
use super::{decoded, faults};
use crate::{Decoded, Fault, Options, decode};

/// One frame of each kind that has headers worth cutting.
#[allow(clippy::too_many_lines)] // It is a list.
fn samples() -> Vec<(u16, Vec<u8>)> {
    let snap = [0xaa, 0xaa, 3, 0, 0, 0, 8, 0];
    let vxlan = [8, 0, 0, 0, 0, 0, 66, 0];
    let geneve = [1, 0, 0x65, 0x58, 0, 0, 66, 0, 1, 2, 3, 0];
    let gtp = [0x34, 255, 0, 41, 0, 0, 0, 77, 0, 0, 0, 0x85, 1, 0, 9, 0];
    let gre =
        |header: &[u8], payload: &[u8]| ethernet(0x0800, &ipv4(47, &join(&[header, payload])));
    let headers = [
        60, 0, 5, 2, 0, 0, 1, 0, 43, 0, 4, 1, 4, 1, 1, 0, 44, 0, 2, 0, 0, 0, 0, 0, 6, 0, 0, 1, 0,
        0, 0, 9,
    ];
    let authentication = [
        51, 4, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    ];
    let mut samples = vec![
        (
            1,
            ethernet(
                0x0800,
                &ipv4_with(
                    6,
                    0,
                    &[148, 4, 0, 0],
                    &tcp_with(&[2, 4, 5, 0xb4, 3, 3, 7, 0], b"x"),
                ),
            ),
        ),
        (
            1,
            ethernet(0x88a8, &tag(1, 0x8100, &tag(2, 0x86dd, &inner_6()))),
        ),
        (1, ethernet(0x86dd, &ipv6_with(0, &headers, 6, &tcp(b"x")))),
        (
            1,
            ethernet(0x86dd, &ipv6_with(51, &authentication, 6, &tcp(b"x"))),
        ),
        (
            1,
            ethernet(0x8864, &join(&[&[0x11, 0, 0, 1, 0, 35, 0, 0x21], &inner()])),
        ),
        (1, ethernet(0x8863, &[0x11, 9, 0, 0, 0, 4, 1, 1, 0, 0])),
        (
            1,
            ethernet(
                0x8847,
                &join(&[&[0, 1, 0, 64, 0, 2, 1, 64, 0, 0, 0, 1], &inner_frame()]),
            ),
        ),
        (1, ethernet(0x88e7, &join(&[&[0, 0, 0, 5], &inner_frame()]))),
        (1, ethernet(0x8903, &join(&[&[0, 0x40], &inner_frame()]))),
        (1, ethernet(0x8926, &join(&[&[0, 0, 0, 1, 8, 0], &inner()]))),
        (
            1,
            ethernet(0x893f, &join(&[&[0, 0, 0, 1, 0, 0, 8, 0], &inner()])),
        ),
        (
            1,
            ethernet(0x894f, &join(&[&[0, 2, 1, 1, 0, 0, 1, 255], &inner()])),
        ),
        (
            1,
            ethernet(0x0806, &join(&[&[0, 1, 8, 0, 6, 4, 0, 1], &[0; 20]])),
        ),
        (1, join(&[&ethernet(41, &[]), &snap, &inner()])),
        (1, over_udp(4789, &vxlan, &inner_frame())),
        (1, over_udp(6081, &geneve, &inner_frame())),
        (1, over_udp(2152, &gtp, &inner())),
        (
            1,
            over_udp(
                3544,
                &[
                    0, 1, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0, 1, 2, 3, 4, 5, 6,
                ],
                &inner_6(),
            ),
        ),
        (
            1,
            over_udp(
                1701,
                &[0x48, 2, 0, 47, 0, 1, 0, 2, 0, 0, 0, 0, 0, 0x21],
                &inner(),
            ),
        ),
        (
            1,
            gre(
                &[0xb0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0, 1],
                &inner(),
            ),
        ),
        (
            1,
            gre(
                &[
                    0x30, 0x81, 0x88, 0x0b, 0, 35, 0, 7, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0x21,
                ],
                &inner(),
            ),
        ),
        (
            1,
            gre(
                &[
                    0x10, 0, 0x22, 0xeb, 0, 0, 0, 1, 0x20, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0,
                ],
                &inner_frame(),
            ),
        ),
    ];
    samples.extend(transports());
    samples.extend(links());
    samples
}

/// IPv4 and IPv6 with each transport.
fn transports() -> Vec<(u16, Vec<u8>)> {
    let mut samples = Vec::new();
    for (protocol, size) in [
        (1, 8),
        (2, 8),
        (33, 12),
        (50, 8),
        (51, 24),
        (115, 8),
        (132, 12),
        (136, 8),
    ] {
        samples.push((228, ipv4(protocol, &vec![3; size + 30])));
    }
    samples.push((228, ipv4(1, &join(&[&[3, 3, 0, 0, 0, 0, 0, 0], &inner()]))));
    samples.push((
        229,
        ipv6(58, &join(&[&[1, 4, 0, 0, 0, 0, 0, 0], &inner_6()])),
    ));
    samples
}

/// The small datagram in each link type.
fn links() -> Vec<(u16, Vec<u8>)> {
    let snap = [0xaa, 0xaa, 3, 0, 0, 0, 8, 0];
    let wifi = join(&[&[0x88, 1], &[0; 24], &snap, &inner()]);
    let mut samples = Vec::new();
    let links: [(u16, &[u8]); 11] = [
        (0, &[2, 0, 0, 0]),
        (9, &[0xff, 3, 0, 0x21]),
        (51, &[0x11, 0, 0, 1, 0, 35, 0, 0x21]),
        (101, &[]),
        (104, &[0x0f, 0, 8, 0]),
        (107, &[0x18, 0x41, 3, 0, 0x80, 0, 0, 0, 8, 0]),
        (113, &[0, 0, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0, 8, 0]),
        (204, &[1, 0xff, 3, 0, 0x21]),
        (239, &[2, 0, 0, 0, 8, 0, 1, 0, 8, 0, 3, 0, 37, 0, 9, 0]),
        (
            276,
            &[8, 0, 0, 0, 0, 0, 0, 2, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0],
        ),
        (228, &[]),
    ];
    samples.extend(links.map(|(link, header)| (link, join(&[header, &inner()]))));
    samples.push((105, wifi.clone()));
    samples.push((127, join(&[&[0, 0, 9, 0, 2, 0, 0, 0, 0x10], &wifi])));
    samples.push((192, join(&[&[0, 0, 8, 0, 105, 0, 0, 0], &wifi])));
    samples.push((
        119,
        join(&[&[0x44, 0, 0, 0, 12, 0, 0, 0, 0, 0, 0, 0], &wifi]),
    ));
    samples
}

/// Everything that a result points at lies within the frame.
pub(super) fn assert_within(out: &Decoded, length: usize) {
    assert!(out.frame.network_offset as usize <= length);
    for datagram in out.datagrams() {
        let end = datagram.payload_offset as usize + datagram.payload_length as usize;
        assert!(end <= length, "payload {datagram:?}");
        assert!(datagram.ip_offset as usize <= length);
        assert!(datagram.transport_offset <= datagram.payload_offset);
        if let Some(fragment) = datagram.fragment {
            assert!((fragment.data_offset + fragment.data_length) as usize <= length);
        }
    }
}

#[test]
fn a_frame_that_ends_anywhere_is_told_as_a_fault() {
    for (link, frame) in samples() {
        for length in 0..frame.len() {
            let out = decoded(link, &frame[..length]);
            assert_within(&out, length);
            assert!(
                out.fault_count > 0,
                "link {link}, {length} bytes of {frame:x?}"
            );
        }
    }
}

#[test]
fn a_capture_that_ends_anywhere_is_within_bounds() {
    for (link, frame) in samples() {
        for length in 0..frame.len() {
            let mut out = Decoded::default();
            decode(
                link,
                &frame[..length],
                frame.len() as u32,
                &Options::default(),
                &mut out,
            );
            assert_within(&out, length);
        }
    }
}

#[test]
fn a_plain_capture_that_was_cut_is_no_fault() {
    let frame = ethernet(
        0x0800,
        &ipv4_with(
            6,
            0,
            &[148, 4, 0, 0],
            &tcp_with(&[2, 4, 5, 0xb4, 3, 3, 7, 0], b"x"),
        ),
    );
    for length in 0..frame.len() {
        let mut out = Decoded::default();
        decode(
            1,
            &frame[..length],
            frame.len() as u32,
            &Options::default(),
            &mut out,
        );
        assert_eq!(faults(&out), [], "{length} bytes");
    }
}

#[test]
fn the_fault_names_the_layer_that_is_incomplete() {
    let frame = ethernet(0x0800, &ipv4(6, &tcp(b"x")));
    for (range, fault) in [
        (0..14, Fault::EthernetTooShort),
        (14..34, Fault::Ipv4TooShort),
        (34..55, Fault::Ipv4Truncated),
    ] {
        for length in range {
            assert_eq!(
                faults(&decoded(1, &frame[..length])),
                [fault],
                "{length} bytes"
            );
        }
    }
}
