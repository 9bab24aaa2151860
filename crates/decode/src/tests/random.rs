use proptest::collection::vec;
use proptest::prelude::*;

use super::build::*;
use super::truncation::assert_within;
use crate::{Decoded, Options, decode, decode_ip, flow_hash};

const LINKS: [u16; 24] = [
    0, 1, 9, 12, 14, 50, 51, 101, 104, 105, 107, 108, 113, 119, 127, 163, 192, 204, 228, 229, 239,
    276, 195, 65535,
];

fn check(link: u16, frame: &[u8], wire_length: u32) {
    let mut out = Decoded::default();
    let mut options = Options::default();
    options.teredo_by_content = true;
    decode(link, frame, wire_length, &options, &mut out);
    assert_within(&out, frame.len());
    decode_ip(frame, &options, &mut out);
    assert_within(&out, frame.len());
    flow_hash(link, frame);
}

proptest! {
    #[test]
    fn random_bytes_stay_within_bounds(link in proptest::sample::select(&LINKS[..]), frame in vec(any::<u8>(), 0..200), wire in 0_u32..300) {
        check(link, &frame, wire);
    }

    #[test]
    fn random_payloads_of_any_ether_type_stay_within_bounds(kind in any::<u16>(), payload in vec(any::<u8>(), 0..120)) {
        check(1, &ethernet(kind, &payload), 0);
    }

    #[test]
    fn random_transports_stay_within_bounds(protocol in any::<u8>(), payload in vec(any::<u8>(), 0..120)) {
        check(1, &ethernet(0x0800, &ipv4(protocol, &payload)), 0);
        check(1, &ethernet(0x86dd, &ipv6(protocol, &payload)), 0);
    }

    #[test]
    fn random_tunnels_stay_within_bounds(port in proptest::sample::select(&[4789_u16, 6081, 2152, 3544, 1701][..]), payload in vec(any::<u8>(), 0..120)) {
        check(1, &over_udp(port, &payload, &[]), 0);
    }

    #[test]
    fn damaged_tunnels_stay_within_bounds(at in 0_usize..100, value in any::<u8>(), cut in 0_usize..110) {
        let geneve = [1, 0, 0x65, 0x58, 0, 0, 66, 0, 1, 2, 3, 0];
        let mut frame = over_udp(6081, &geneve, &inner_frame());
        let length = frame.len();
        frame[at % length] = value;
        check(1, &frame[..cut.min(length)], 200);
    }
}
