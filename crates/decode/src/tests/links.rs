use super::build::{ethernet, inner, inner_6, join};
use super::{decoded, faults, last};
use crate::{Fault, Network};

/// A test that a link header leads to the small datagram right behind it.
macro_rules! leads_to_ip {
    ($($name:ident: $link:literal, $header:expr;)*) => {$(
        #[test]
        fn $name() {
            let header: &[u8] = &$header;
            let out = decoded($link, &join(&[header, &inner()]));
            assert_eq!(faults(&out), []);
            assert_eq!(out.frame.network, Network::Ip);
            assert_eq!(out.frame.network_offset as usize, header.len());
            assert_eq!(last(&out).destination_port, 6000);
        }
    )*};
}

/// An 802.11 data header with these control and flag bytes, `more` bytes long after 24.
fn wifi(control: u8, flags: u8, more: &[u8]) -> Vec<u8> {
    join(&[&[control, flags], &[0; 22], more])
}

const SNAP: [u8; 8] = [0xaa, 0xaa, 3, 0, 0, 0, 8, 0];

leads_to_ip! {
    ethernet_with_ipv4: 1, ethernet(0x0800, &[]);
    ethernet_with_snap: 1, join(&[&ethernet(8 + 33, &[]), &SNAP]);
    ethernet_with_ip_over_llc: 1, join(&[&ethernet(3 + 33, &[]), &[6, 6, 3]]);
    fddi: 10, join(&[&[0x50; 13], &SNAP]);
    raw: 101, [];
    raw_of_bsd: 12, [];
    raw_of_openbsd: 14, [];
    ipv4_only: 228, [];
    null_in_little_endian: 0, [2, 0, 0, 0];
    null_in_big_endian: 0, [0, 0, 0, 2];
    openbsd_loop: 108, [0, 0, 0, 2];
    ppp_bare: 9, [0, 0x21];
    ppp_with_compressed_protocol: 9, [0x21];
    ppp_framed: 50, [0xff, 3, 0, 0x21];
    ppp_link_with_cisco_framing: 50, [0x0f, 0, 8, 0];
    ppp_over_ethernet: 51, [0x11, 0, 0, 1, 0, 35, 0, 0x21];
    ppp_with_direction: 204, [1, 0xff, 3, 0, 0x21];
    cisco_hdlc: 104, [0x0f, 0, 8, 0];
    frame_relay: 107, [0x18, 0x41, 3, 0xcc];
    frame_relay_with_snap: 107, [0x18, 0x41, 3, 0, 0x80, 0, 0, 0, 8, 0];
    frame_relay_of_cisco: 107, [0x18, 0x41, 8, 0];
    cooked: 113, [0, 0, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0, 8, 0];
    cooked_without_protocol: 113, [0, 0, 2, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    cooked_2: 276, [8, 0, 0, 0, 0, 0, 0, 2, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0];
    nflog_with_payload_attribute: 239, [2, 0, 0, 0, 8, 0, 1, 0, 8, 0, 3, 0, 37, 0, 9, 0];
    nflog_in_big_endian: 239, [2, 0, 0, 0, 0, 37, 0, 9];
    wifi_data: 105, join(&[&wifi(0x08, 1, &[]), &SNAP]);
    wifi_data_with_quality_of_service: 105, join(&[&wifi(0x88, 1, &[0, 0]), &SNAP]);
    wifi_data_between_stations: 105, join(&[&wifi(0x08, 3, &[0; 6]), &SNAP]);
    wifi_data_with_throughput_control: 105, join(&[&wifi(0x88, 0x81, &[0; 6]), &SNAP]);
    wifi_aggregate: 105, join(&[&wifi(0x88, 1, &[0x80, 0]), &[0; 12], &[0, 41], &SNAP]);
    radiotap: 127, join(&[&[0, 0, 9, 0, 2, 0, 0, 0, 0], &wifi(0x08, 1, &[]), &SNAP]);
    radiotap_with_padded_header: 127, join(&[&[0, 0, 9, 0, 2, 0, 0, 0, 0x20], &wifi(0x88, 1, &[0, 0, 0, 0]), &SNAP]);
    per_packet_information: 192, join(&[&[0, 0, 8, 0, 105, 0, 0, 0], &wifi(0x08, 1, &[]), &SNAP]);
    prism: 119, join(&[&[0x44, 0, 0, 0, 12, 0, 0, 0, 0, 0, 0, 0], &wifi(0x08, 1, &[]), &SNAP]);
    avs: 163, join(&[&[0x80, 0x21, 0x10, 1, 0, 0, 0, 12, 0, 0, 0, 0], &wifi(0x08, 1, &[]), &SNAP]);
}

#[test]
fn every_number_of_ipv6_in_null_is_known() {
    for family in [10, 24, 28, 30] {
        let out = decoded(0, &join(&[&[family, 0, 0, 0], &inner_6()]));
        assert_eq!(last(&out).version, 6, "family {family}");
    }
}

#[test]
fn ipv6_only_link() {
    assert_eq!(last(&decoded(229, &inner_6())).destination_port, 6000);
}

#[test]
fn an_unknown_family_in_null_is_a_fault() {
    assert_eq!(
        faults(&decoded(0, &[9, 0, 0, 0, 1, 2])),
        [Fault::LoopbackUnknownFamily]
    );
}

#[test]
fn a_raw_frame_must_be_ip() {
    assert_eq!(
        faults(&decoded(101, &[0x10, 0, 0, 0])),
        [Fault::RawInvalidVersion]
    );
}

#[test]
fn an_unknown_link_is_said_to_be_one() {
    let out = decoded(195, &inner());
    assert_eq!(out.frame.network, Network::UnknownLink);
}

#[test]
fn the_check_sequence_that_radiotap_announces_is_not_payload() {
    let header = join(&[&[0, 0, 9, 0, 2, 0, 0, 0, 0x10], &wifi(0x08, 1, &[]), &SNAP]);
    let arp = [0_u8; 28];
    let mut frame = join(&[&header, &arp, &[1, 2, 3, 4]]);
    let kind = header.len() - 2;
    frame[kind..kind + 2].copy_from_slice(&[0x86, 0xdd]);
    let ipv6 = inner_6();
    let frame = join(&[&frame[..header.len()], &ipv6, &[1, 2, 3, 4]]);
    let out = decoded(127, &frame);
    assert_eq!(last(&out).payload_wire_length, 5);
}

#[test]
fn a_timestamp_moves_the_flags_of_radiotap() {
    let fields = [0, 0, 17, 0, 3, 0, 0, 0, 9, 9, 9, 9, 9, 9, 9, 9, 0x20];
    let frame = join(&[&fields, &wifi(0x88, 1, &[0, 0, 0, 0]), &SNAP, &inner()]);
    assert_eq!(last(&decoded(127, &frame)).destination_port, 6000);
}

#[test]
fn protected_wifi_is_not_looked_into() {
    let out = decoded(105, &join(&[&wifi(0x08, 0x41, &[]), &SNAP, &inner()]));
    assert_eq!((out.frame.network, out.datagram_count), (Network::Other, 0));
}

#[test]
fn wifi_management_frames_carry_no_network() {
    let out = decoded(105, &wifi(0x80, 0, &[0; 12]));
    assert_eq!(out.frame.network, Network::Other);
}

#[test]
fn wifi_between_peers_has_addresses_as_in_ethernet() {
    let out = decoded(105, &join(&[&wifi(0x08, 0, &[]), &SNAP, &inner()]));
    assert_eq!(out.frame.ethernet_offset, Some(4));
}

#[test]
fn arp_in_cooked_captures_is_found() {
    let header = [0, 0, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0, 8, 6];
    let arp = [0, 1, 8, 0, 6, 4, 0, 1];
    let out = decoded(113, &join(&[&header, &arp, &[0; 20]]));
    assert_eq!(
        (out.frame.network, out.frame.network_offset),
        (Network::Arp, 16)
    );
}

#[test]
fn netlink_in_cooked_captures_has_no_network() {
    let header = [0, 4, 3, 0x38, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    assert_eq!(decoded(113, &header).frame.network, Network::Other);
}
