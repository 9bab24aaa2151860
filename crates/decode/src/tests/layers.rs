use super::build::*;
use super::{ethernet_decoded, faults, last};
use crate::{Fault, MAX_VLANS, Network};

#[test]
fn ethernet_says_where_its_addresses_are() {
    assert_eq!(
        ethernet_decoded(&inner_frame()).frame.ethernet_offset,
        Some(0)
    );
}

#[test]
fn a_plain_ipv4_header_is_read_whole() {
    let datagram = last(&ethernet_decoded(&inner_frame()));
    assert_eq!(datagram.source_ip().to_string(), "192.0.2.1");
    assert_eq!(datagram.destination_ip().to_string(), "192.0.2.2");
    assert_eq!((datagram.ttl, datagram.tos), (64, 0x10));
    assert_eq!((datagram.identification, datagram.ip_length), (0x1234, 33));
    assert_eq!((datagram.ip_offset, datagram.transport_offset), (14, 34));
    assert_eq!((datagram.payload_offset, datagram.payload_length), (42, 5));
}

#[test]
fn a_plain_ipv6_header_is_read_whole() {
    let datagram = last(&ethernet_decoded(&ethernet(0x86dd, &inner_6())));
    assert_eq!(datagram.source_ip().to_string(), "2001:db8::1");
    assert_eq!(datagram.destination_ip().to_string(), "2001:db8::2");
    assert_eq!((datagram.ttl, datagram.tos), (64, 0x10));
    assert_eq!(
        (datagram.transport_offset, datagram.payload_offset),
        (54, 62)
    );
    assert_eq!(
        (datagram.payload_length, datagram.payload_wire_length),
        (5, 5)
    );
}

#[test]
fn link_padding_is_not_payload() {
    let out = ethernet_decoded(&join(&[&inner_frame(), &[0; 13]]));
    assert_eq!(last(&out).payload_length, 5);
}

#[test]
fn every_vlan_tag_type_is_known() {
    for kind in [0x8100, 0x88a8, 0x9100, 0x9200] {
        let out = ethernet_decoded(&ethernet(kind, &tag(0x6007, 0x0800, &inner())));
        assert_eq!(
            (out.frame.vlan_count, out.frame.vlans[0]),
            (1, 7),
            "{kind:x}"
        );
        assert_eq!(out.frame.ether_type, 0x0800);
    }
}

#[test]
fn nested_vlans_are_kept_outermost_first() {
    let frame = ethernet(
        0x88a8,
        &tag(1, 0x8100, &tag(2, 0x8100, &tag(3, 0x0800, &inner()))),
    );
    let out = ethernet_decoded(&frame);
    assert_eq!(out.frame.vlans, [1, 2, 3]);
    assert_eq!(last(&out).destination_port, 6000);
}

#[test]
fn too_many_vlans_are_a_fault_and_not_the_end() {
    let mut payload = tag(9, 0x0800, &inner());
    for _ in 0..MAX_VLANS {
        payload = tag(8, 0x8100, &payload);
    }
    let out = ethernet_decoded(&ethernet(0x8100, &payload));
    assert_eq!(faults(&out), [Fault::VlanTooMany]);
    assert_eq!(out.datagram_count, 1);
}

#[test]
fn an_endless_row_of_tags_ends() {
    let out = ethernet_decoded(&ethernet(0x8100, &[0x81, 0].repeat(200)));
    assert!(faults(&out).contains(&Fault::TooManyLayers));
}

/// Tests that a frame leads to the small datagram without a fault.
macro_rules! reaches_ip {
    ($($name:ident: $kind:literal, $header:expr, $payload:expr;)*) => {$(
        #[test]
        fn $name() {
            let header: &[u8] = &$header;
            let out = ethernet_decoded(&ethernet($kind, &join(&[header, &$payload])));
            assert_eq!(faults(&out), []);
            assert_eq!(out.datagram_count, 1);
            assert_eq!(last(&out).destination_port, 6000);
        }
    )*};
}

reaches_ip! {
    mpls_with_ipv4: 0x8847, [0, 1, 0x01, 64], inner();
    mpls_with_ipv6: 0x8847, [0, 1, 0x01, 64], inner_6();
    mpls_of_two_labels: 0x8847, [0, 1, 0x00, 64, 0, 2, 0x01, 64], inner();
    mpls_multicast: 0x8848, [0, 1, 0x01, 64], inner();
    mpls_with_ipv4_explicit_null: 0x8847, [0, 0, 0x01, 64], inner();
    mpls_with_ipv6_explicit_null: 0x8847, [0, 0, 0x21, 64], inner_6();
    mpls_pseudo_wire: 0x8847, [0, 1, 0x01, 64], inner_frame();
    mpls_pseudo_wire_with_control_word: 0x8847, [0, 1, 0x01, 64, 0, 0, 0, 1], inner_frame();
    pppoe_session: 0x8864, [0x11, 0, 0, 1, 0, 35, 0, 0x21], inner();
    pppoe_session_with_ipv6: 0x8864, [0x11, 0, 0, 1, 0, 55, 0, 0x57], inner_6();
    backbone_bridge: 0x88e7, [0, 0, 0, 5], inner_frame();
    fabric_path: 0x8903, [0, 0x40], inner_frame();
    vn_tag: 0x8926, [0, 0, 0, 1, 8, 0], inner();
    e_tag: 0x893f, [0, 0, 0, 1, 0, 0, 8, 0], inner();
    cisco_metadata: 0x8909, [1, 1, 0, 1, 0, 9, 8, 0], inner();
    service_header: 0x894f, [0, 2, 1, 1, 0, 0, 1, 255], inner();
    service_header_with_ethernet: 0x894f, [0, 2, 1, 3, 0, 0, 1, 255], inner_frame();
}

#[test]
fn mpls_addresses_that_look_like_a_version_are_not_taken_for_ip() {
    let mut frame = inner_frame();
    frame[0] = 0x46;
    let out = ethernet_decoded(&ethernet(0x8847, &join(&[&[0, 1, 1, 64], &frame])));
    assert_eq!(last(&out).destination_port, 6000);
}

#[test]
fn arp_is_found() {
    let arp = join(&[&[0, 1, 8, 0, 6, 4, 0, 1], &[0; 20]]);
    let out = ethernet_decoded(&ethernet(0x0806, &arp));
    assert_eq!(
        (out.frame.network, out.frame.network_offset),
        (Network::Arp, 14)
    );
    assert_eq!(faults(&out), []);
}

#[test]
fn protocols_without_ip_are_no_fault() {
    for kind in [0x88cc, 0x888e, 0x8809, 0x9000] {
        let out = ethernet_decoded(&ethernet(kind, &[0; 46]));
        assert_eq!(
            (out.frame.network, out.fault_count),
            (Network::Other, 0),
            "{kind:x}"
        );
    }
}

#[test]
fn spanning_tree_has_no_network() {
    let out = ethernet_decoded(&ethernet(38, &join(&[&[0x42, 0x42, 3], &[0; 35]])));
    assert_eq!((out.frame.network, out.fault_count), (Network::Other, 0));
}

#[test]
fn pppoe_discovery_has_no_network() {
    let out = ethernet_decoded(&ethernet(0x8863, &[0x11, 9, 0, 0, 0, 4, 1, 1, 0, 0]));
    assert_eq!((out.frame.network, out.fault_count), (Network::Other, 0));
}

#[test]
fn every_extension_header_is_passed() {
    let hop = [60, 0, 5, 2, 0, 0, 1, 0];
    let destination = [43, 0, 4, 1, 4, 1, 1, 0];
    let routing = [135, 0, 2, 0, 0, 0, 0, 0];
    let mobility = [139, 0, 0, 0, 0, 0, 0, 0];
    let host_identity = [140, 0, 0, 0, 0, 0, 0, 0];
    let shim = [51, 0, 0, 0, 0, 0, 0, 0];
    let authentication = [
        17, 4, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    ];
    let headers = join(&[
        &hop,
        &destination,
        &routing,
        &mobility,
        &host_identity,
        &shim,
        &authentication,
    ]);
    let datagram = ipv6_with(0, &headers, 17, &udp(5000, 6000, b"hello"));
    let out = ethernet_decoded(&ethernet(0x86dd, &datagram));
    assert_eq!(faults(&out), [Fault::Ipv6PaddingWithoutBytes]);
    let datagram = last(&out);
    assert_eq!((datagram.protocol, datagram.destination_port), (17, 6000));
    assert_eq!(
        (datagram.transport_offset, datagram.payload_wire_length),
        (54 + 72, 5)
    );
}

#[test]
fn a_jumbogram_has_the_length_of_its_option() {
    let payload = vec![7; 70_000];
    let mut segment = udp(5000, 6000, &[]);
    segment[4..6].copy_from_slice(&[0, 0]);
    let hop = [17, 0, 194, 4, 0, 1, 0x11, 0x80];
    let mut datagram = ipv6_with(0, &join(&[&hop, &segment, &payload]), 59, &[]);
    datagram[4..6].copy_from_slice(&[0, 0]);
    let out = ethernet_decoded(&ethernet(0x86dd, &datagram));
    assert_eq!(last(&out).payload_wire_length, 70_000);
}

#[test]
fn the_first_fragment_of_ipv4_has_ports() {
    let segment = udp(5000, 6000, &[0; 24]);
    let out = ethernet_decoded(&ethernet(0x0800, &ipv4_with(17, 0x2000, &[], &segment)));
    let datagram = last(&out);
    let fragment = datagram.fragment.expect("a fragment");
    assert_eq!((fragment.offset, fragment.more), (0, true));
    assert_eq!((fragment.data_offset, fragment.data_length), (34, 32));
    assert_eq!((datagram.source_port, datagram.has_transport), (5000, true));
    assert_eq!(faults(&out), []);
}

#[test]
fn a_later_fragment_of_ipv4_has_none() {
    let out = ethernet_decoded(&ethernet(0x0800, &ipv4_with(17, 0x0003, &[], &[0; 9])));
    let datagram = last(&out);
    let fragment = datagram.fragment.expect("a fragment");
    assert_eq!((fragment.offset, fragment.more), (24, false));
    assert!(!datagram.has_transport);
}

#[test]
fn fragments_of_ipv6_are_told_with_their_identification() {
    let header = [17, 0, 0, 0x19, 1, 2, 3, 4];
    let out = ethernet_decoded(&ethernet(0x86dd, &ipv6_with(44, &header, 0, &[0; 16])));
    let datagram = last(&out);
    let fragment = datagram.fragment.expect("a fragment");
    assert_eq!(
        (fragment.offset, fragment.more, fragment.next_protocol),
        (24, true, 17)
    );
    assert_eq!((fragment.data_offset, fragment.data_length), (62, 16));
    assert_eq!(
        (datagram.identification, datagram.protocol),
        (0x0102_0304, 17)
    );
}

#[test]
fn the_first_fragment_of_ipv6_has_ports_behind_more_headers() {
    let headers = [60, 0, 0, 1, 1, 2, 3, 4, 17, 0, 4, 1, 4, 1, 1, 0];
    let payload = join(&[&udp(5000, 6000, &[]), &[0; 8]]);
    let out = ethernet_decoded(&ethernet(0x86dd, &ipv6_with(44, &headers, 0, &payload)));
    let datagram = last(&out);
    assert_eq!(datagram.fragment.map(|it| it.next_protocol), Some(60));
    assert_eq!((datagram.protocol, datagram.destination_port), (17, 6000));
}

#[test]
fn an_atomic_fragment_is_a_whole_datagram() {
    let header = [17, 0, 0, 0, 1, 2, 3, 4];
    let out = ethernet_decoded(&ethernet(
        0x86dd,
        &ipv6_with(44, &header, 17, &udp(5000, 6000, b"hello")),
    ));
    assert_eq!(faults(&out), [Fault::Ipv6FragmentHeaderUseless]);
    assert_eq!((last(&out).fragment, last(&out).payload_length), (None, 5));
}

#[test]
fn an_aggregate_without_a_length_is_as_long_as_the_frame() {
    let mut datagram = ipv4(6, &tcp(&vec![1; 70_000]));
    datagram[2..4].copy_from_slice(&[0, 0]);
    let out = ethernet_decoded(&ethernet(0x0800, &datagram));
    assert_eq!(last(&out).payload_wire_length, 70_000);
}

#[test]
fn a_frame_leaves_nothing_of_the_one_before() {
    let mut out = crate::Decoded::default();
    let options = crate::Options::default();
    let first = ethernet(0x0800, &ipv4(6, &tcp_with(&[2, 4, 5, 0xb4], b"x")));
    crate::decode(1, &first, 0, &options, &mut out);
    crate::decode(1, &inner_frame(), 0, &options, &mut out);
    assert_eq!(out.datagrams()[0], last(&ethernet_decoded(&inner_frame())));
}
