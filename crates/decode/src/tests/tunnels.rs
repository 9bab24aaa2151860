use super::build::*;
use super::{ethernet_decoded, faults, last};
use crate::{Decoded, Fault, Options, Tunnel, decode};

/// Tests that a frame holds the small datagram in a tunnel, without a fault.
macro_rules! unwraps {
    ($($name:ident: $tunnel:ident $id:literal, $frame:expr;)*) => {$(
        #[test]
        fn $name() {
            let out = ethernet_decoded(&$frame);
            assert_eq!(faults(&out), []);
            assert_eq!(out.datagram_count, 2);
            let datagram = last(&out);
            assert_eq!((datagram.tunnel, datagram.tunnel_id), (Tunnel::$tunnel, $id));
            assert_eq!(datagram.destination_port, 6000);
            assert_eq!(out.datagrams()[0].tunnel, Tunnel::None);
        }
    )*};
}

fn over_ipv4(protocol: u8, header: &[u8], payload: &[u8]) -> Vec<u8> {
    ethernet(0x0800, &ipv4(protocol, &join(&[header, payload])))
}

fn over_ipv6(protocol: u8, header: &[u8], payload: &[u8]) -> Vec<u8> {
    ethernet(0x86dd, &ipv6(protocol, &join(&[header, payload])))
}

unwraps! {
    ipv4_in_ipv4: IpInIp 0, over_ipv4(4, &[], &inner());
    ipv6_in_ipv4: IpInIp 0, over_ipv4(41, &[], &inner_6());
    ipv4_in_ipv6: IpInIp 0, over_ipv6(4, &[], &inner());
    ipv6_in_ipv6: IpInIp 0, over_ipv6(41, &[], &inner_6());
    gre: Gre 0, over_ipv4(47, &[0, 0, 8, 0], &inner());
    gre_in_ipv6: Gre 0, over_ipv6(47, &[0, 0, 8, 0], &inner());
    gre_with_ipv6: Gre 0, over_ipv4(47, &[0, 0, 0x86, 0xdd], &inner_6());
    gre_with_key: Gre 9, over_ipv4(47, &[0x20, 0, 8, 0, 0, 0, 0, 9], &inner());
    gre_with_key_and_sequence: Gre 9, over_ipv4(47, &[0x30, 0, 8, 0, 0, 0, 0, 9, 0, 0, 0, 1], &inner());
    gre_with_routes: Gre 0, over_ipv4(47, &[0x40, 0, 8, 0, 0, 0, 0, 0, 8, 0, 0, 4, 192, 0, 2, 9, 0, 0, 0, 0], &inner());
    gre_with_ethernet: Gre 0, over_ipv4(47, &[0, 0, 0x65, 0x58], &inner_frame());
    gre_with_mpls: Gre 0, over_ipv4(47, &[0, 0, 0x88, 0x47, 0, 1, 1, 64], &inner());
    gre_with_ppp: Gre 0, over_ipv4(47, &[0, 0, 0x88, 0x0b, 0, 0x21], &inner());
    gre_of_web_caches: Gre 0, over_ipv4(47, &[0, 0, 0x88, 0x3e, 0, 0, 0, 0], &inner());
    gre_with_wifi: Gre 0, over_ipv4(47, &[0, 0, 0x82, 0, 8, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xaa, 0xaa, 3, 0, 0, 0, 8, 0], &inner());
    pptp: Pptp 7, over_ipv4(47, &[0x30, 1, 0x88, 0x0b, 0, 37, 0, 7, 0, 0, 0, 1, 0xff, 3, 0, 0x21], &inner());
    pptp_with_acknowledgement: Pptp 7, over_ipv4(47, &[0x30, 0x81, 0x88, 0x0b, 0, 35, 0, 7, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0x21], &inner());
    erspan_type_1: Erspan 0, over_ipv4(47, &[0, 0, 0x88, 0xbe], &inner_frame());
    erspan_type_2: Erspan 5, over_ipv4(47, &[0x10, 0, 0x88, 0xbe, 0, 0, 0, 1, 0x10, 0, 0, 5, 0, 0, 0, 0], &inner_frame());
    erspan_type_3: Erspan 5, over_ipv4(47, &[0x10, 0, 0x22, 0xeb, 0, 0, 0, 1, 0x20, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0], &inner_frame());
    erspan_type_3_with_subheader: Erspan 5, over_ipv4(47, &[0x10, 0, 0x22, 0xeb, 0, 0, 0, 1, 0x20, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0], &inner_frame());
    vxlan: Vxlan 66, over_udp(4789, &[8, 0, 0, 0, 0, 0, 66, 0], &inner_frame());
    vxlan_of_linux: Vxlan 66, over_udp(8472, &[8, 0, 0, 0, 0, 0, 66, 0], &inner_frame());
    vxlan_with_generic_protocol: Vxlan 66, over_udp(4789, &[0x0c, 0, 0, 1, 0, 0, 66, 0], &inner());
    geneve: Geneve 66, over_udp(6081, &[0, 0, 0x65, 0x58, 0, 0, 66, 0], &inner_frame());
    geneve_with_options: Geneve 66, over_udp(6081, &[2, 0, 0x65, 0x58, 0, 0, 66, 0, 1, 2, 3, 1, 9, 9, 9, 9], &inner_frame());
    geneve_with_ip: Geneve 66, over_udp(6081, &[0, 0, 8, 0, 0, 0, 66, 0], &inner());
    gtp: Gtp 77, over_udp(2152, &[0x30, 255, 0, 33, 0, 0, 0, 77], &inner());
    gtp_with_sequence: Gtp 77, over_udp(2152, &[0x32, 255, 0, 37, 0, 0, 0, 77, 0, 1, 0, 0], &inner());
    gtp_with_extension: Gtp 77, over_udp(2152, &[0x34, 255, 0, 41, 0, 0, 0, 77, 0, 0, 0, 0x85, 1, 0, 9, 0], &inner());
    gtp_version_0: Gtp 3, over_udp(2152, &[0x1e, 255, 0, 33, 0, 1, 0, 3, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 0], &inner());
    teredo: Teredo 0, over_udp(3544, &[], &inner_6());
    teredo_with_origin: Teredo 0, over_udp(3544, &[0, 0, 1, 2, 3, 4, 5, 6], &inner_6());
    teredo_with_authentication: Teredo 0, over_udp(3544, &[0, 1, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 0], &inner_6());
    ayiya: Ayiya 0, over_udp(5072, &join(&[&[0x41, 0x52, 0x11, 41, 0, 0, 0, 0], &[7; 36]]), &inner_6());
    ayiya_with_ipv4: Ayiya 0, over_udp(5072, &join(&[&[0x01, 0x02, 0x11, 4, 0, 0, 0, 0], &[7; 1]]), &inner());
    l2tp_2: L2tp 0x0001_0002, over_udp(1701, &[0, 2, 0, 1, 0, 2, 0xff, 3, 0, 0x21], &inner());
    l2tp_2_with_length_and_sequence: L2tp 0x0001_0002, over_udp(1701, &[0x48, 2, 0, 47, 0, 1, 0, 2, 0, 0, 0, 0, 0, 0x21], &inner());
    l2tp_3_over_udp: L2tp 4, over_udp(1701, &[0, 3, 0, 0, 0, 0, 0, 4], &inner_frame());
    l2tp_3_with_cookie: L2tp 4, over_udp(1701, &[0, 3, 0, 0, 0, 0, 0, 4, 1, 2, 3, 4, 5, 6, 7, 8], &inner_frame());
    l2tp_3_over_ip: L2tp 4, over_ipv4(115, &[0, 0, 0, 4], &inner_frame());
    ipsec_tunnel_mode: Ipsec 0, over_ipv4(51, &[4, 4, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], &inner());
}

#[test]
fn what_a_tunnel_carried_is_measured_with_its_link_header() {
    let frame = inner_frame();
    let out = ethernet_decoded(&over_udp(4789, &[8, 0, 0, 0, 0, 0, 66, 0], &frame));
    assert_eq!(out.enclosed[1].length as usize, frame.len());
    let out = ethernet_decoded(&over_ipv4(4, &[], &inner()));
    assert_eq!(out.enclosed[1].length as usize, inner().len());
}

#[test]
fn the_vlan_of_a_mirrored_frame_is_that_of_the_erspan_header() {
    let header = [0x10, 0, 0x88, 0xbe, 0, 0, 0, 1, 0x10, 23, 0, 5, 0, 0, 0, 0];
    let out = ethernet_decoded(&over_ipv4(47, &header, &inner_frame()));
    assert_eq!(out.enclosed[1].vlans, [23, 0, 0]);
    assert_eq!(out.frame.vlan_count, 0);
}

#[test]
fn a_vlan_inside_a_tunnel_is_the_inner_frames() {
    let mut frame = inner_frame();
    frame.splice(12..12, [0x81, 0, 0, 9]);
    let out = ethernet_decoded(&over_ipv4(47, &[0, 0, 0x65, 0x58], &frame));
    assert_eq!(out.enclosed[1].vlans, [9, 0, 0]);
}

#[test]
fn an_arp_packet_inside_a_tunnel_is_found() {
    let arp = [0, 1, 8, 0, 6, 4, 0, 1];
    let packet = over_ipv4(47, &[0, 0, 8, 6], &join(&[&arp, &[0; 20]]));
    let out = ethernet_decoded(&packet);
    assert_eq!(faults(&out), []);
    assert_eq!(packet[out.inner_arp as usize..][..8], arp);
}

#[test]
fn a_gre_checksum_is_verified() {
    let mut packet = join(&[&[0x80, 0, 8, 0, 0, 0, 0, 0], &inner()]);
    let sum = plain_checksum(&packet);
    packet[4..6].copy_from_slice(&sum.to_be_bytes());
    assert_eq!(faults(&ethernet_decoded(&over_ipv4(47, &[], &packet))), []);
    packet[4] ^= 1;
    assert_eq!(
        faults(&ethernet_decoded(&over_ipv4(47, &[], &packet))),
        [Fault::GreChecksum]
    );
}

#[test]
fn the_outer_datagram_of_a_udp_tunnel_stays_a_udp_datagram() {
    let out = ethernet_decoded(&over_udp(4789, &[8, 0, 0, 0, 0, 0, 66, 0], &inner_frame()));
    let outer = out.datagrams()[0];
    assert_eq!((outer.protocol, outer.destination_port), (17, 4789));
    assert_eq!(outer.payload_wire_length, 8 + 14 + 33);
}

#[test]
fn offsets_inside_tunnels_count_from_the_frame() {
    let frame = over_udp(4789, &[8, 0, 0, 0, 0, 0, 66, 0], &inner_frame());
    let datagram = last(&ethernet_decoded(&frame));
    let start = datagram.payload_offset as usize;
    assert_eq!(&frame[start..start + 5], b"hello");
}

#[test]
fn vlans_inside_a_tunnel_are_not_the_frames() {
    let tagged = ethernet(0x8100, &tag(9, 0x0800, &inner()));
    let out = ethernet_decoded(&over_udp(4789, &[8, 0, 0, 0, 0, 0, 66, 0], &tagged));
    assert_eq!((out.frame.vlan_count, out.datagram_count), (0, 2));
}

#[test]
fn other_traffic_on_tunnel_ports_is_neither_tunnel_nor_fault() {
    let query =
        b"\x1a\x2b\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x07example\x03com\x00\x00\x01\x00\x01";
    for port in [4789, 8472, 6081, 2152, 3544, 1701] {
        let out = ethernet_decoded(&over_udp(port, query, &[]));
        assert_eq!(
            (out.datagram_count, faults(&out)),
            (1, vec![]),
            "port {port}"
        );
    }
}

#[test]
fn a_vxlan_header_before_nonsense_is_a_fault() {
    let out = ethernet_decoded(&over_udp(4789, &[8, 0, 0, 0, 0, 0, 66, 0], &[0xfb; 40]));
    assert_eq!(faults(&out), [Fault::VxlanUnknownPayload]);
}

#[test]
fn a_geneve_header_before_nonsense_is_a_fault() {
    let out = ethernet_decoded(&over_udp(6081, &[0, 0, 0xfb, 0xfb, 0, 0, 66, 0], &[1; 40]));
    assert_eq!(faults(&out), [Fault::GeneveUnknownPayload]);
}

#[test]
fn tunnels_over_ipv6_may_leave_out_the_checksum() {
    let mut packet = ipv6(
        17,
        &udp(
            49152,
            4789,
            &join(&[&[8, 0, 0, 0, 0, 0, 66, 0], &inner_frame()]),
        ),
    );
    packet[46..48].copy_from_slice(&[0, 0]);
    let out = ethernet_decoded(&ethernet(0x86dd, &packet));
    assert_eq!((out.datagram_count, faults(&out)), (2, vec![]));
}

#[test]
fn a_tunnel_that_is_off_is_not_followed() {
    let mut options = Options::default();
    options.enable(Tunnel::Vxlan, false);
    let mut out = Decoded::default();
    let frame = over_udp(4789, &[8, 0, 0, 0, 0, 0, 66, 0], &inner_frame());
    decode(1, &frame, 0, &options, &mut out);
    assert_eq!(out.datagram_count, 1);
}

#[test]
fn a_tunnel_is_found_on_a_port_of_ones_own() {
    let mut options = Options::default();
    assert_eq!(options.set_ports(Tunnel::Vxlan, &[14789]), 1);
    let mut out = Decoded::default();
    let frame = over_udp(14789, &[8, 0, 0, 0, 0, 0, 66, 0], &inner_frame());
    decode(1, &frame, 0, &options, &mut out);
    assert_eq!(out.datagram_count, 2);
}

#[test]
fn teredo_is_found_by_content_when_asked() {
    let mut options = Options::default();
    options.teredo_by_content = true;
    let mut out = Decoded::default();
    decode(1, &over_udp(50000, &[], &inner_6()), 0, &options, &mut out);
    assert_eq!(last(&out).tunnel, Tunnel::Teredo);
}

#[test]
fn nesting_ends_with_a_fault() {
    let mut packet = inner();
    for _ in 0..8 {
        packet = ipv4(4, &packet);
    }
    let out = ethernet_decoded(&ethernet(0x0800, &packet));
    assert_eq!(
        (out.datagram_count, faults(&out)),
        (5, vec![Fault::TooManyLayers])
    );
}

#[test]
fn nesting_ends_where_the_options_say() {
    let mut options = Options::default();
    options.max_depth = 1;
    let mut out = Decoded::default();
    decode(1, &over_ipv4(4, &[], &inner()), 0, &options, &mut out);
    assert_eq!(
        (out.datagram_count, faults(&out)),
        (1, vec![Fault::TooManyLayers])
    );
}

#[test]
fn keepalives_of_gre_are_no_fault() {
    let out = ethernet_decoded(&over_ipv4(47, &[0, 0, 8, 0], &ipv4(47, &[0, 0, 0, 0])));
    assert_eq!((out.datagram_count, faults(&out)), (2, vec![]));
}

#[test]
fn acknowledgements_of_pptp_carry_nothing() {
    let out = ethernet_decoded(&over_ipv4(
        47,
        &[0x20, 0x81, 0x88, 0x0b, 0, 0, 0, 7, 0, 0, 0, 1],
        &[],
    ));
    assert_eq!((out.datagram_count, faults(&out)), (1, vec![]));
}
