use super::build::*;
use super::{decoded, faults};
use crate::{Decoded, Fault, Options, decode};

/// Tests that bytes of a link give exactly these faults.
macro_rules! tells {
    ($($name:ident: $link:literal, $frame:expr => [$($fault:ident),*];)*) => {$(
        #[test]
        fn $name() {
            assert_eq!(faults(&decoded($link, &$frame)), [$(Fault::$fault),*] as [Fault; _]);
        }
    )*};
}

/// A datagram with one byte changed and its header checksum made again.
fn changed(mut datagram: Vec<u8>, at: usize, value: u8) -> Vec<u8> {
    datagram[at] = value;
    datagram[10..12].copy_from_slice(&[0, 0]);
    let length = usize::from(datagram[0] & 15) * 4;
    let sum = plain_checksum(&datagram[..length.min(datagram.len())]);
    datagram[10..12].copy_from_slice(&sum.to_be_bytes());
    datagram
}

fn with_options(options: &[u8]) -> Vec<u8> {
    ipv4_with(17, 0, options, &udp(5000, 6000, b"hello"))
}

fn with_tcp_options(options: &[u8]) -> Vec<u8> {
    ipv4(6, &tcp_with(options, b"x"))
}

fn with_extension(kind: u8, header: &[u8]) -> Vec<u8> {
    ipv6_with(kind, header, 17, &udp(5000, 6000, b"hello"))
}

fn in_gre(header: &[u8]) -> Vec<u8> {
    ipv4(47, &join(&[header, &[0; 20]]))
}

/// A frame with these VLANs, mirrored from VLAN 5.
fn mirrored(vlans: &[u16]) -> Vec<u8> {
    let tagged = vlans
        .iter()
        .rev()
        .fold((0x0800, inner()), |(kind, rest), id| {
            (0x8100, tag(*id, kind, &rest))
        });
    let header = [0x10, 0, 0x88, 0xbe, 0, 0, 0, 1, 0x10, 5, 0, 1, 0, 0, 0, 0];
    ipv4(47, &join(&[&header, &ethernet(tagged.0, &tagged.1)]))
}

tells! {
    an_unknown_ether_type: 1, ethernet(0xfb97, &[0; 46]) => [EthernetUnknownType];
    an_unknown_ether_type_in_a_vlan: 1, ethernet(0x8100, &tag(7, 0xfb97, &[0; 46])) => [EthernetUnknownType, VlanUnknownType];
    an_unknown_ether_type_in_two_vlans: 1, ethernet(0x88a8, &tag(7, 0x8100, &tag(8, 0xfb97, &[0; 46]))) => [EthernetUnknownType, VlanUnknownType];
    a_known_ether_type_in_a_vlan: 1, ethernet(0x8100, &tag(7, 0x88cc, &[0; 46])) => [];
    an_unknown_ether_type_in_a_vntag: 1, ethernet(0x8926, &[0, 0, 0, 1, 0xfb, 0x97, 0, 0]) => [EthernetUnknownType, VntagUnknownType];
    an_unknown_ether_type_in_an_etag: 1, ethernet(0x893f, &[0, 0, 0, 1, 0, 0, 0xfb, 0x97, 0, 0]) => [EthernetUnknownType, EtagUnknownType];
    an_unknown_ether_type_in_cisco_metadata: 1, ethernet(0x8909, &[0, 0, 0, 1, 0, 0, 0xfb, 0x97, 0, 0]) => [EthernetUnknownType];
    a_wrong_version: 228, changed(inner(), 0, 0x55) => [Ipv4WrongVersion];
    a_small_header_length: 228, changed(inner(), 0, 0x44) => [Ipv4HeaderTooSmall];
    a_header_length_beyond_the_frame: 228, changed(inner(), 0, 0x4f) => [Ipv4TooShort];
    a_small_total_length: 228, changed(inner(), 3, 19) => [Ipv4LengthTooSmall];
    a_total_length_beyond_the_frame: 228, changed(inner(), 3, 200) => [Ipv4Truncated];
    an_ipv4_option_with_a_wrong_length: 228, with_options(&[148, 3, 0, 0]) => [Ipv4OptionLength];
    an_ipv4_option_beyond_the_header: 228, with_options(&[148, 9, 0, 0]) => [Ipv4OptionLength, Ipv4OptionPadding];
    an_ipv4_option_without_length: 228, with_options(&[1, 1, 1, 148]) => [Ipv4OptionEnd];
    an_ipv4_option_of_length_0: 228, with_options(&[148, 0, 0, 0]) => [Ipv4OptionMalformed];
    a_doubled_ipv4_option: 228, with_options(&[148, 4, 0, 0, 148, 4, 0, 0]) => [Ipv4OptionDuplicate];
    an_unknown_ipv4_option: 228, with_options(&[99, 4, 0, 0]) => [Ipv4OptionUnknown];
    an_ipv4_route_without_room: 228, with_options(&[7, 7, 0, 0, 0, 0, 0, 0]) => [Ipv4OptionInvalid];
    icmpv6_in_ipv4: 228, ipv4(58, &[0; 8]) => [Ipv4WithIcmpv6];
    icmpv4_in_ipv6: 229, ipv6(1, &[0; 8]) => [Ipv6WithIcmpv4];
    a_wrong_version_of_ipv6: 229, inner() => [Ipv6TooShort];
    an_ipv6_length_beyond_the_frame: 229, { let mut it = inner_6(); it[5] = 99; it } => [Ipv6Truncated];
    an_extension_beyond_the_frame: 229, with_extension(60, &[17, 9, 1, 4, 0, 0, 0, 0]) => [Ipv6ExtensionTruncated];
    a_doubled_fragment_header: 229, with_extension(44, &[44, 0, 0, 0, 0, 0, 0, 1, 17, 0, 0, 0, 0, 0, 0, 1]) => [Ipv6FragmentHeaderUseless, Ipv6FragmentHeaderDuplicate];
    a_reserved_bit_in_a_fragment_header: 229, with_extension(44, &[17, 1, 0, 1, 0, 0, 0, 1, 1, 2, 3]) => [Ipv6FragmentHeaderReserved];
    a_fragment_of_odd_length: 229, with_extension(44, &[17, 0, 0, 1, 0, 0, 0, 1]) => [Ipv6FragmentLength];
    a_doubled_routing_header: 229, with_extension(43, &[43, 0, 4, 0, 0, 0, 0, 0, 17, 0, 4, 0, 0, 0, 0, 0]) => [Ipv6RoutingDuplicate];
    a_routing_header_of_type_0: 229, with_extension(43, &[17, 0, 0, 0, 0, 0, 0, 0]) => [Ipv6RoutingType0];
    a_doubled_hop_by_hop_header: 229, with_extension(0, &[0, 0, 5, 2, 0, 0, 0, 0, 17, 0, 5, 2, 0, 0, 0, 0]) => [Ipv6HopByHopDuplicate];
    doubled_destination_options: 229, with_extension(60, &[60, 0, 4, 1, 1, 1, 1, 0, 17, 0, 4, 1, 1, 1, 1, 0]) => [Ipv6DestinationDuplicate];
    an_unknown_destination_option: 229, with_extension(60, &[17, 0, 0x60, 4, 0, 0, 0, 0]) => [Ipv6DestinationUnknownOption];
    an_unknown_hop_by_hop_option: 229, with_extension(0, &[17, 0, 0x60, 4, 0, 0, 0, 0]) => [Ipv6HopByHopUnknownOption];
    destination_options_of_padding: 229, with_extension(60, &[17, 0, 1, 4, 0, 0, 0, 0]) => [Ipv6DestinationOnlyPadding];
    hop_by_hop_options_of_padding: 229, with_extension(0, &[17, 0, 1, 4, 0, 0, 0, 0]) => [Ipv6HopByHopOnlyPadding];
    padding_without_bytes: 229, with_extension(0, &[17, 0, 5, 2, 0, 0, 1, 0]) => [Ipv6PaddingWithoutBytes];
    padding_of_several_options: 229, with_extension(0, &[17, 0, 1, 0, 5, 2, 0, 0]) => [Ipv6PaddingWithoutBytes];
    padding_with_bytes: 229, with_extension(0, &[17, 1, 5, 2, 0, 0, 1, 1, 0, 1, 5, 0, 0, 0, 0, 0]) => [];
    an_option_beyond_its_header: 229, with_extension(60, &[17, 0, 4, 9, 0, 0, 0, 0]) => [Ipv6ExtensionOptionLength];
    a_reserved_field_in_authentication: 229, with_extension(51, &[17, 4, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]) => [Ipv6AuthenticationReserved];
    data_behind_no_next_header: 229, ipv6(59, &[1]) => [Ipv6DataAfterNone];
    an_unknown_next_header: 229, ipv6(200, &[1]) => [Ipv6UnknownNextHeader];
    more_extension_headers_than_are_followed: 229, with_extension(135, &[135, 0, 0, 0, 0, 0, 0, 0].repeat(20)) => [Ipv6ExtensionTooMany];
    too_short_ipv4_in_ipv6: 229, ipv6(4, &[0x45]) => [Ipv4InIpv6TooShort];
    wrong_ipv4_in_ipv6: 229, ipv6(4, &[0x65; 20]) => [Ipv4InIpv6WrongVersion];
    too_short_ipv6_in_ipv6: 229, ipv6(41, &[0x60]) => [Ipv6InIpv6TooShort];
    wrong_ipv6_in_ipv6: 229, ipv6(41, &[0x45; 40]) => [Ipv6InIpv6WrongVersion];
    a_small_tcp_header: 228, ipv4(6, &[0; 20]) => [TcpHeaderTooSmall];
    a_tcp_header_beyond_the_packet: 228, { let mut it = tcp(b""); it[12] = 0xf0; ipv4(6, &it) } => [TcpHeaderTooLarge];
    a_tcp_option_beyond_the_header: 228, with_tcp_options(&[2, 9, 0, 0]) => [TcpOptionLength];
    a_tcp_option_of_length_0: 228, with_tcp_options(&[2, 0, 0, 0]) => [TcpOptionLength];
    a_tcp_option_of_wrong_length: 228, with_tcp_options(&[3, 4, 0, 0]) => [TcpOptionLength];
    a_doubled_tcp_option: 228, with_tcp_options(&[3, 3, 1, 3, 3, 1, 1, 1]) => [TcpOptionDuplicate];
    a_udp_length_of_5: 228, { let mut it = udp(1, 2, b"x"); it[5] = 5; ipv4(17, &it) } => [UdpLength];
    a_udp_length_beyond_the_packet: 228, { let mut it = udp(1, 2, b"x"); it[5] = 50; ipv4(17, &it) } => [UdpTooShort];
    a_udp_lite_coverage_beyond_the_packet: 228, { let mut it = udp(1, 2, b"x"); it[5] = 50; ipv4(136, &it) } => [UdpLiteCoverage];
    a_short_sctp_header: 228, ipv4(132, &[0; 11]) => [SctpTooShort];
    a_short_dccp_header: 228, ipv4(33, &[0; 11]) => [DccpTooShort];
    an_igmp_query_between_two_versions: 228, ipv4(2, &[0x11, 0, 0, 0, 0, 0, 0, 0, 0, 0]) => [IgmpHeaderTooSmall];
    an_igmp_query_of_version_2: 228, ipv4(2, &[0x11, 0, 0, 0, 0, 0, 0, 0]) => [];
    an_igmp_query_of_version_3: 228, ipv4(2, &[0x11, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]) => [];
    a_long_igmp_report: 228, ipv4(2, &[0x16, 0, 0, 0, 0, 0, 0, 0, 0, 0]) => [];
    a_short_igmp_message: 228, ipv4(2, &[0; 7]) => [IgmpTooShort];
    a_short_esp_header: 228, ipv4(50, &[0; 7]) => [EspTooShort];
    a_short_authentication_header: 228, ipv4(51, &[6, 4, 0, 0, 0, 0, 0, 0]) => [AuthenticationTooShort];
    an_unknown_icmp_type: 228, ipv4(1, &[99, 0, 0, 0, 0, 0, 0, 0]) => [IcmpUnknownType];
    an_unknown_icmp_code: 228, ipv4(1, &[8, 1, 0, 0, 0, 0, 0, 0]) => [IcmpUnknownCode];
    a_short_icmp_quote: 228, ipv4(1, &[3, 0, 0, 0, 0, 0, 0, 0, 0x45]) => [IcmpQuoteTruncated];
    a_strange_icmp_quote: 228, ipv4(1, &[&[3, 0, 0, 0, 0, 0, 0, 0][..], &[0x65; 20]].concat()) => [IcmpQuoteVersion];
    an_unassigned_icmpv6_type: 229, ipv6(58, &[99, 0, 0, 0, 0, 0, 0, 0]) => [Icmpv6UnassignedType];
    an_experimental_icmpv6_type: 229, ipv6(58, &[100, 0, 0, 0, 0, 0, 0, 0]) => [Icmpv6ExperimentalType];
    a_reserved_icmpv6_type: 229, ipv6(58, &[255, 0, 0, 0, 0, 0, 0, 0]) => [Icmpv6UnknownType];
    an_unknown_icmpv6_code: 229, ipv6(58, &[128, 1, 0, 0, 0, 0, 0, 0]) => [Icmpv6UnknownCode];
    a_listener_report_from_afar: 229, ipv6(58, &[143, 0, 0, 0, 0, 0, 0, 0]) => [Icmpv6MldHopLimit];
    a_short_icmpv6_quote: 229, ipv6(58, &[1, 0, 0, 0, 0, 0, 0, 0, 0x60]) => [Icmpv6QuoteTruncated];
    a_strange_icmpv6_quote: 229, ipv6(58, &[&[1, 0, 0, 0, 0, 0, 0, 0][..], &[0x45; 40]].concat()) => [Icmpv6QuoteVersion];
    gre_of_an_unknown_version: 228, in_gre(&[0, 2, 8, 0]) => [GreVersion];
    gre_with_a_bad_route: 228, ipv4(47, &[0x40, 0, 8, 0, 0, 0, 0, 0, 8, 0, 0, 99]) => [Gre0SourceRoute];
    gre_longer_than_the_packet: 228, ipv4(47, &[0xb0, 0, 8, 0]) => [Gre0HeaderTooBig];
    enhanced_gre_with_a_checksum: 228, in_gre(&[0xa0, 1, 0x88, 0x0b]) => [Gre1Checksum];
    enhanced_gre_with_a_route: 228, in_gre(&[0x60, 1, 0x88, 0x0b]) => [Gre1Route];
    enhanced_gre_with_a_strict_route: 228, in_gre(&[0x28, 1, 0x88, 0x0b]) => [Gre1StrictRoute];
    enhanced_gre_with_recursion: 228, in_gre(&[0x21, 1, 0x88, 0x0b]) => [Gre1Recursion];
    enhanced_gre_with_reserved_flags: 228, in_gre(&[0x20, 9, 0x88, 0x0b]) => [Gre1Flags];
    enhanced_gre_without_a_key: 228, in_gre(&[0x10, 1, 0x88, 0x0b]) => [Gre1NoKey];
    enhanced_gre_without_ppp: 228, in_gre(&[0x30, 1, 8, 0]) => [Gre1WrongProtocol];
    erspan_of_an_unknown_version: 228, in_gre(&[0x10, 0, 0x88, 0xbe, 0, 0, 0, 1, 0x70]) => [ErspanVersion];
    a_mirrored_frame_with_three_vlans: 228, mirrored(&[7, 8]) => [];
    a_mirrored_frame_with_many_vlans: 228, mirrored(&[7, 8, 9, 10]) => [ErspanTooManyVlans];
    a_short_erspan_header: 228, ipv4(47, &[0x10, 0, 0x88, 0xbe, 0, 0, 0, 1, 0x10]) => [ErspanTooShort];
    an_implicit_null_label: 1, ethernet(0x8847, &join(&[&[0, 0, 0x31, 64], &inner()])) => [MplsImplicitNull];
    a_reserved_label: 1, ethernet(0x8847, &join(&[&[0, 0, 0x51, 64], &inner()])) => [MplsReserved];
    a_router_alert_label_at_the_bottom: 1, ethernet(0x8847, &join(&[&[0, 0, 0x11, 64], &inner()])) => [MplsRouterAlert];
    an_mpls_stack_without_payload: 1, ethernet(0x8847, &[0, 1, 1, 64]) => [MplsPayloadTooShort];
    an_mpls_payload_that_is_nothing: 1, ethernet(0x8847, &join(&[&[0, 1, 1, 64], &[0xfb; 40]])) => [MplsUnknownPayload];
    an_endless_mpls_stack: 1, ethernet(0x8847, &[0, 1, 0, 64].repeat(30)) => [MplsTooManyLabels];
    a_ppp_protocol_that_is_none: 9, [0x12, 0x34, 0, 0] => [PppWrongType];
    a_compressed_ppp_header: 9, [0, 0x2d, 1, 2] => [PppUnsupported];
    short_ipv4_in_ppp: 9, [0, 0x21, 0x45] => [PppIpv4TooShort];
    short_ipv6_in_ppp: 9, [0, 0x57, 0x60] => [PppIpv6TooShort];
    a_short_van_jacobson_header: 9, [0, 0x2f, 0x45] => [PppVanJacobsonTooShort];
    a_wrong_pppoe_code: 1, ethernet(0x8863, &[0x11, 1, 0, 0, 0, 0]) => [PppoeWrongCode];
    pppoe_tags_beyond_the_packet: 1, ethernet(0x8863, &[0x11, 9, 0, 0, 0, 4, 1, 1, 0, 9]) => [PppoeMalformedTags];
    a_pppoe_length_beyond_the_frame: 1, ethernet(0x8863, &[0x11, 9, 0, 0, 0, 9, 1, 1, 0, 0]) => [PppoeTooShort];
    arp_with_strange_hardware_addresses: 1, ethernet(0x0806, &join(&[&[0, 1, 8, 0, 5, 4, 0, 1], &[0; 20]])) => [ArpHardwareSize];
    arp_with_strange_protocol_addresses: 1, ethernet(0x0806, &join(&[&[0, 1, 8, 0, 6, 3, 0, 1], &[0; 20]])) => [ArpProtocolSize];
    arp_with_an_unknown_operation: 1, ethernet(0x0806, &join(&[&[0, 1, 8, 0, 6, 4, 0, 99], &[0; 20]])) => [ArpOpcode];
    arp_for_hardware_that_is_none: 1, ethernet(0x0806, &join(&[&[0, 99, 8, 0, 6, 4, 0, 1], &[0; 20]])) => [ArpHardware];
    arp_for_radio_hardware: 1, ethernet(0x0806, &join(&[&[0, 6, 8, 0, 6, 4, 0, 1], &[0; 20]])) => [];
    arp_for_another_protocol: 1, ethernet(0x0806, &join(&[&[0, 1, 0x80, 0x9b, 6, 4, 0, 1], &[0; 20]])) => [ArpProtocol];
    arp_without_its_addresses: 1, ethernet(0x0806, &[0, 1, 8, 0, 6, 4, 0, 1]) => [ArpTooShort];
    a_service_header_of_an_unknown_version: 1, ethernet(0x894f, &[0x40, 2, 1, 1, 0, 0, 1, 255]) => [NshVersion];
    a_service_header_that_is_too_small: 1, ethernet(0x894f, &[0, 1, 1, 1, 0, 0, 1, 255]) => [NshLength];
    a_service_header_with_reserved_metadata: 1, ethernet(0x894f, &join(&[&[0, 2, 0, 1, 0, 0, 1, 255], &inner()])) => [NshReservedType];
    a_service_header_with_metadata_for_experiments: 1, ethernet(0x894f, &join(&[&[0, 2, 15, 1, 0, 0, 1, 255], &inner()])) => [NshReservedType];
    a_service_header_with_unknown_metadata: 1, ethernet(0x894f, &join(&[&[0, 2, 7, 1, 0, 0, 1, 255], &inner()])) => [NshUnsupportedType];
    a_service_header_with_other_bits_beside_its_metadata: 1, ethernet(0x894f, &join(&[&[0, 2, 0xf2, 1, 0, 0, 1, 255], &inner()])) => [];
    a_service_header_before_something_unknown: 1, ethernet(0x894f, &[0, 2, 1, 77, 0, 0, 1, 255]) => [NshUnknownPayload];
    an_nflog_frame_without_a_packet: 239, [2, 0, 0, 0, 8, 0, 1, 0, 8, 0, 3, 0] => [NflogMalformed];
}

#[test]
fn gre_with_reserved_bits_is_told_and_followed() {
    let out = decoded(228, &ipv4(47, &join(&[&[7, 8, 8, 0], &inner()])));
    assert_eq!(faults(&out), [Fault::Gre0Recursion, Fault::Gre0Flags]);
    assert_eq!(out.datagram_count, 2);
}

#[test]
fn a_lying_length_is_believed_as_far_as_the_bytes_go() {
    let mut six = inner_6();
    six[5] = 99;
    for (link, header, bytes) in [(228, 20, changed(inner(), 3, 200)), (229, 40, six)] {
        let datagram = decoded(link, &bytes).datagrams()[0];
        assert_eq!(datagram.payload_length, 5);
        assert_eq!(datagram.payload_wire_length, 5);
        assert_eq!(datagram.ip_length, header + 8 + 5);
        assert!(datagram.bad_checksum);
    }
}

#[test]
fn a_lying_jumbo_length_is_believed_as_far_as_the_bytes_go() {
    let jumbo = [17, 0, 194, 4, 0, 9, 0, 0];
    let mut datagram = ipv6_with(0, &jumbo, 17, &udp(5000, 6000, b"hello"));
    datagram[4..6].copy_from_slice(&[0, 0]);
    let out = decoded(229, &datagram);
    assert_eq!(faults(&out), [Fault::Ipv6Truncated]);
    assert_eq!(out.datagrams()[0].payload_wire_length, 5);
}

#[test]
fn what_a_lying_datagram_carries_is_no_longer_than_the_frame() {
    let mut lying = ipv4(4, &changed(inner(), 3, 200));
    lying[2] = 4;
    let out = decoded(228, &lying);
    assert_eq!(faults(&out), [Fault::Ipv4Checksum, Fault::Ipv4Truncated]);
    let lengths = out.datagrams().iter().map(|it| it.payload_wire_length);
    assert_eq!(lengths.collect::<Vec<_>>(), [33, 5]);
}

#[test]
fn a_capture_that_was_cut_has_the_lengths_of_its_headers() {
    let mut out = Decoded::default();
    let whole = inner();
    decode(
        228,
        &whole[..30],
        whole.len() as u32,
        &Options::default(),
        &mut out,
    );
    let datagram = out.datagrams()[0];
    assert_eq!(
        (datagram.payload_length, datagram.payload_wire_length),
        (2, 5)
    );
    assert!(!datagram.bad_checksum);
}

#[test]
fn a_sliced_datagram_is_read_as_far_as_its_bytes_go() {
    let mut options = Options::default();
    options.sliced = true;
    let whole = ipv4(6, &tcp(&[7; 100]));
    for length in 40..whole.len() {
        let mut out = Decoded::default();
        decode(228, &whole[..length], length as u32, &options, &mut out);
        assert_eq!(faults(&out), []);
        let datagram = out.datagrams()[0];
        assert_eq!(datagram.payload_length as usize, length - 40);
        assert_eq!(datagram.payload_wire_length, 100);
    }
}

#[test]
fn a_mirrored_frame_that_says_it_was_cut_is_read() {
    let header = |flags| {
        [
            0x10, 0, 0x88, 0xbe, 0, 0, 0, 1, 0x10, 5, flags, 1, 0, 0, 0, 0,
        ]
    };
    let frame = inner_frame();
    let cut = |flags| ipv4(47, &join(&[&header(flags), &frame[..frame.len() - 2]]));
    let out = decoded(228, &cut(4));
    assert_eq!((faults(&out), out.datagram_count), (vec![], 2));
    let lengths = |out: &Decoded| {
        let datagram = out.datagrams()[1];
        (datagram.payload_length, datagram.payload_wire_length)
    };
    assert_eq!(lengths(&out), (3, 5));
    let out = decoded(228, &cut(0));
    assert_eq!(faults(&out), [Fault::Ipv4Truncated]);
    assert_eq!(lengths(&out), (3, 3));
}
