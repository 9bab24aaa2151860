//! What can be wrong with a header, each with a stable code.

/// One line per fault: variant, code, and the sentence for the documentation page.
macro_rules! faults {
    ($($name:ident, $code:literal, $description:literal;)*) => {
        /// A decode fault. Becomes an `anomaly` record with [`Fault::code`] as its event.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[repr(u16)]
        pub enum Fault {
            $(#[doc = $description] $name,)*
        }

        impl Fault {
            /// Every fault, in the order of the documentation page.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The stable code, such as `decoder.ethernet.pkt_too_small`: Suricata's name where it has one.
            pub fn code(self) -> &'static str {
                match self {
                    $(Self::$name => concat!("decoder.", $code),)*
                }
            }

            /// One sentence on what was seen.
            pub fn description(self) -> &'static str {
                match self {
                    $(Self::$name => $description,)*
                }
            }
        }
    };
}

faults! {
    EthernetTooShort, "ethernet.pkt_too_small", "A frame shorter than its Ethernet header.";
    EthernetUnknownType, "ethernet.unknown_ethertype", "An EtherType that no known protocol uses.";
    CookedTooShort, "sll.pkt_too_small", "A frame shorter than its Linux cooked header.";
    Cooked2TooShort, "sll2.pkt_too_small", "A frame shorter than its Linux cooked (version 2) header.";
    LoopbackTooShort, "ltnull.pkt_too_small", "A frame shorter than its BSD loopback header.";
    LoopbackUnknownFamily, "ltnull.unsupported_type", "A BSD loopback header with an address family that is not IP.";
    RawInvalidVersion, "ipraw.invalid_ip_version", "A frame that should start with an IP header but has neither version 4 nor 6.";
    ChdlcTooShort, "chdlc.pkt_too_small", "A frame shorter than its Cisco HDLC header.";
    FrameRelayTooShort, "frame_relay.pkt_too_small", "A frame shorter than its frame relay header.";
    WifiTooShort, "ieee80211.pkt_too_small", "A frame shorter than its 802.11 or capture header.";
    NflogMalformed, "nflog.malformed", "An NFLOG frame whose attributes do not fit it.";
    LlcTooShort, "llc.pkt_too_small", "A frame shorter than its LLC or SNAP header.";
    VlanTooShort, "vlan.header_too_small", "A frame that ends within a VLAN tag.";
    VlanTooMany, "vlan.too_many_layers", "More VLAN tags than are kept.";
    VlanUnknownType, "vlan.unknown_type", "A VLAN tag before an EtherType that no known protocol uses.";
    Ieee8021ahTooShort, "ieee8021ah.header_too_small", "A frame that ends within a provider backbone (802.1ah) tag.";
    VntagTooShort, "vntag.header_too_small", "A frame that ends within a VN-Tag.";
    VntagUnknownType, "vntag.unknown_type", "A VN-Tag before an EtherType that no known protocol uses.";
    EtagTooShort, "etag.header_too_small", "A frame that ends within an E-Tag (802.1BR).";
    EtagUnknownType, "etag.unknown_type", "An E-Tag (802.1BR) before an EtherType that no known protocol uses.";
    DceTooShort, "dce.pkt_too_small", "A frame that ends within a FabricPath header.";
    NshTooShort, "nsh.header_too_small", "A frame that ends within a network service header.";
    NshVersion, "nsh.unsupported_version", "A network service header of an unknown version.";
    NshLength, "nsh.bad_header_length", "A network service header whose length is too small or runs past the frame.";
    NshUnknownPayload, "nsh.unknown_payload", "A network service header followed by an unknown protocol.";
    NshReservedType, "nsh.reserved_type", "A network service header whose metadata are of a reserved type (RFC 8300, section 2.2).";
    NshUnsupportedType, "nsh.unsupported_type", "A network service header whose metadata are of a type that is not assigned.";
    ArpTooShort, "arp.pkt_too_small", "A frame shorter than its ARP packet.";
    ArpHardwareSize, "arp.invalid_hardware_size", "An ARP packet for Ethernet whose hardware addresses are not six bytes.";
    ArpProtocolSize, "arp.invalid_protocol_size", "An ARP packet for IPv4 whose protocol addresses are not four bytes.";
    ArpOpcode, "arp.unsupported_opcode", "An ARP packet with an unknown operation.";
    ArpHardware, "arp.unsupported_hardware", "An ARP packet for a kind of hardware that nothing uses.";
    ArpProtocol, "arp.unsupported_protocol", "An ARP packet that asks for addresses of anything but IPv4.";
    MplsTooShort, "mpls.header_too_small", "A frame that ends within its MPLS label stack.";
    MplsPayloadTooShort, "mpls.pkt_too_small", "An MPLS label stack with too few bytes behind it.";
    MplsRouterAlert, "mpls.bad_label_router_alert", "The MPLS router alert label at the bottom of the stack.";
    MplsImplicitNull, "mpls.bad_label_implicit_null", "The MPLS implicit null label, which must never be sent.";
    MplsReserved, "mpls.bad_label_reserved", "An MPLS label from the reserved range that has no meaning.";
    MplsUnknownPayload, "mpls.unknown_payload_type", "An MPLS payload that is neither IP nor Ethernet.";
    MplsTooManyLabels, "mpls.too_many_labels", "More MPLS labels than are followed.";
    PppTooShort, "ppp.pkt_too_small", "A frame shorter than its PPP header.";
    PppVanJacobsonTooShort, "ppp.vju_pkt_too_small", "A PPP frame with an uncompressed Van Jacobson header that is too short for IPv4.";
    PppIpv4TooShort, "ppp.ip4_pkt_too_small", "A PPP frame with IPv4 that is too short for an IPv4 header.";
    PppIpv6TooShort, "ppp.ip6_pkt_too_small", "A PPP frame with IPv6 that is too short for an IPv6 header.";
    PppWrongType, "ppp.wrong_type", "A PPP protocol number that nothing uses.";
    PppUnsupported, "ppp.unsup_proto", "A PPP protocol that is known and not decoded, such as compressed headers.";
    PppoeTooShort, "pppoe.pkt_too_small", "A frame shorter than its PPPoE packet.";
    PppoeWrongCode, "pppoe.wrong_code", "A PPPoE packet with an unknown code.";
    PppoeMalformedTags, "pppoe.malformed_tags", "A PPPoE discovery packet whose tags do not fit it.";
    Ipv4TooShort, "ipv4.pkt_too_small", "Fewer bytes than an IPv4 header.";
    Ipv4WrongVersion, "ipv4.wrong_ip_version", "An IPv4 packet whose version field is not 4.";
    Ipv4HeaderTooSmall, "ipv4.hlen_too_small", "An IPv4 header length of less than 20 bytes.";
    Ipv4LengthTooSmall, "ipv4.iplen_smaller_than_hlen", "An IPv4 total length that is less than the header length.";
    Ipv4Truncated, "ipv4.trunc_pkt", "An IPv4 total length beyond the end of the frame.";
    Ipv4OptionInvalid, "ipv4.opt_invalid", "An IPv4 option whose content makes no sense.";
    Ipv4OptionLength, "ipv4.opt_invalid_len", "An IPv4 option whose length is impossible for it.";
    Ipv4OptionMalformed, "ipv4.opt_malformed", "An IPv4 option list that cannot be followed to its end.";
    Ipv4OptionPadding, "ipv4.opt_pad_required", "An IPv4 option that runs past the end of the header.";
    Ipv4OptionEnd, "ipv4.opt_eol_required", "An IPv4 option list that stops within an option.";
    Ipv4OptionDuplicate, "ipv4.opt_duplicate", "An IPv4 option that is there twice.";
    Ipv4OptionUnknown, "ipv4.opt_unknown", "An IPv4 option that nothing uses.";
    Ipv4WithIcmpv6, "ipv4.icmpv6", "ICMPv6 in an IPv4 packet.";
    Ipv4Checksum, "ipv4.invalid_checksum", "An IPv4 header checksum that is wrong.";
    Ipv4FragmentTooLarge, "ipv4.frag_pkt_too_large", "IPv4 fragments that add up to more than 65,535 bytes; told by the defragmenter.";
    Ipv4FragmentOverlap, "ipv4.frag_overlap", "IPv4 fragments that overlap; told by the defragmenter.";
    Ipv4FragmentIgnored, "ipv4.frag_ignored", "An IPv4 fragment for which there was no room; told by the defragmenter.";
    Ipv6TooShort, "ipv6.pkt_too_small", "Fewer bytes than an IPv6 header.";
    Ipv6WrongVersion, "ipv6.wrong_ip_version", "An IPv6 packet whose version field is not 6.";
    Ipv6Truncated, "ipv6.trunc_pkt", "An IPv6 payload length beyond the end of the frame.";
    Ipv6ExtensionTruncated, "ipv6.trunc_exthdr", "An IPv6 packet that ends within an extension header.";
    Ipv6ExtensionTooMany, "ipv6.exthdr_too_many", "More IPv6 extension headers than are followed.";
    Ipv6ExtensionOptionLength, "ipv6.exthdr_invalid_optlen", "An IPv6 hop-by-hop or destination option that runs past its header.";
    Ipv6PaddingWithoutBytes, "ipv6.zero_len_padn", "An IPv6 padding option (PadN) without bytes, which is lawful: for rules, never a record.";
    Ipv6FragmentHeaderDuplicate, "ipv6.exthdr_dupl_fh", "An IPv6 packet with two fragment headers.";
    Ipv6FragmentHeaderUseless, "ipv6.exthdr_useless_fh", "An IPv6 fragment header on a packet that is whole.";
    Ipv6FragmentHeaderReserved, "ipv6.fh_non_zero_reserved_field", "An IPv6 fragment header whose reserved bits are set.";
    Ipv6RoutingDuplicate, "ipv6.exthdr_dupl_rh", "An IPv6 packet with two routing headers.";
    Ipv6HopByHopDuplicate, "ipv6.exthdr_dupl_hh", "An IPv6 packet with two hop-by-hop headers.";
    Ipv6DestinationDuplicate, "ipv6.exthdr_dupl_dh", "An IPv6 packet with two destination option headers and no routing header between them.";
    Ipv6AuthenticationDuplicate, "ipv6.exthdr_dupl_ah", "An IPv6 packet with two authentication headers.";
    Ipv6AuthenticationReserved, "ipv6.exthdr_ah_res_not_null", "An authentication header whose reserved field is set.";
    Ipv6HopByHopUnknownOption, "ipv6.hopopts_unknown_opt", "An unknown IPv6 hop-by-hop option.";
    Ipv6HopByHopOnlyPadding, "ipv6.hopopts_only_padding", "An IPv6 hop-by-hop header with nothing but padding.";
    Ipv6DestinationUnknownOption, "ipv6.dstopts_unknown_opt", "An unknown IPv6 destination option.";
    Ipv6DestinationOnlyPadding, "ipv6.dstopts_only_padding", "An IPv6 destination options header with nothing but padding.";
    Ipv6RoutingType0, "ipv6.rh_type_0", "An IPv6 routing header of type 0, which is forbidden (RFC 5095).";
    Ipv6DataAfterNone, "ipv6.data_after_none_header", "Data behind the IPv6 'no next header'.";
    Ipv6UnknownNextHeader, "ipv6.unknown_next_header", "An IPv6 next header that nothing uses.";
    Ipv6WithIcmpv4, "ipv6.icmpv4", "ICMPv4 in an IPv6 packet.";
    Ipv6FragmentLength, "ipv6.frag_invalid_length", "An IPv6 fragment that is not the last and not a multiple of eight bytes long.";
    Ipv6FragmentTooLarge, "ipv6.frag_pkt_too_large", "IPv6 fragments that add up to more than 65,535 bytes; told by the defragmenter.";
    Ipv6FragmentOverlap, "ipv6.frag_overlap", "IPv6 fragments that overlap; told by the defragmenter.";
    Ipv6FragmentIgnored, "ipv6.frag_ignored", "An IPv6 fragment for which there was no room; told by the defragmenter.";
    Ipv4InIpv6TooShort, "ipv6.ipv4_in_ipv6_too_small", "IPv4 in IPv6 that is too short for an IPv4 header.";
    Ipv4InIpv6WrongVersion, "ipv6.ipv4_in_ipv6_wrong_version", "IPv4 in IPv6 whose version field is not 4.";
    Ipv6InIpv6TooShort, "ipv6.ipv6_in_ipv6_too_small", "IPv6 in IPv6 that is too short for an IPv6 header.";
    Ipv6InIpv6WrongVersion, "ipv6.ipv6_in_ipv6_wrong_version", "IPv6 in IPv6 whose version field is not 6.";
    AuthenticationTooShort, "ah.pkt_too_small", "A packet that ends within its authentication header.";
    EspTooShort, "esp.pkt_too_small", "A packet that ends within its ESP header.";
    TcpTooShort, "tcp.pkt_too_small", "Fewer bytes than a TCP header.";
    TcpHeaderTooSmall, "tcp.hlen_too_small", "A TCP data offset of less than 20 bytes.";
    TcpHeaderTooLarge, "tcp.invalid_optlen", "A TCP data offset beyond the end of the packet.";
    TcpOptionLength, "tcp.opt_invalid_len", "A TCP option whose length is impossible for it.";
    TcpOptionDuplicate, "tcp.opt_duplicate", "A TCP option that is there twice.";
    TcpChecksum, "tcp.invalid_checksum", "A TCP checksum that is wrong.";
    UdpTooShort, "udp.pkt_too_small", "Fewer bytes than a UDP header, or than the UDP length says.";
    UdpLength, "udp.len_invalid", "A UDP length of less than eight bytes.";
    UdpChecksum, "udp.invalid_checksum", "A UDP checksum that is wrong.";
    UdpChecksumMissing, "udp.missing_checksum", "UDP over IPv6 without a checksum, and not a tunnel that may leave it out (RFC 6935).";
    UdpLiteCoverage, "udplite.invalid_coverage", "A UDP-Lite checksum coverage that is less than the header or more than the packet.";
    SctpTooShort, "sctp.pkt_too_small", "Fewer bytes than an SCTP header.";
    SctpChecksum, "sctp.invalid_checksum", "An SCTP checksum (CRC32c) that is wrong.";
    DccpTooShort, "dccp.pkt_too_small", "Fewer bytes than a DCCP header.";
    DccpChecksum, "dccp.invalid_checksum", "A DCCP checksum that is wrong.";
    IcmpTooShort, "icmpv4.pkt_too_small", "Fewer bytes than an ICMP header.";
    IcmpUnknownType, "icmpv4.unknown_type", "An ICMP type that nothing uses.";
    IcmpUnknownCode, "icmpv4.unknown_code", "An ICMP code that its type does not have.";
    IcmpQuoteTruncated, "icmpv4.ipv4_trunc_pkt", "An ICMP error that quotes less than an IPv4 header.";
    IcmpQuoteVersion, "icmpv4.ipv4_unknown_ver", "An ICMP error that quotes something other than IPv4.";
    IcmpChecksum, "icmpv4.invalid_checksum", "An ICMP checksum that is wrong.";
    Icmpv6TooShort, "icmpv6.pkt_too_small", "Fewer bytes than an ICMPv6 header.";
    Icmpv6UnknownType, "icmpv6.unknown_type", "An ICMPv6 type that is reserved.";
    Icmpv6UnassignedType, "icmpv6.unassigned_type", "An ICMPv6 type that is not assigned.";
    Icmpv6ExperimentalType, "icmpv6.experimentation_type", "An ICMPv6 type for private experiments.";
    Icmpv6UnknownCode, "icmpv6.unknown_code", "An ICMPv6 code that its type does not have.";
    Icmpv6QuoteTruncated, "icmpv6.ipv6_trunc_pkt", "An ICMPv6 error that quotes less than an IPv6 header.";
    Icmpv6QuoteVersion, "icmpv6.ipv6_unknown_version", "An ICMPv6 error that quotes something other than IPv6.";
    Icmpv6MldHopLimit, "icmpv6.mld_message_with_invalid_hl", "A multicast listener message whose hop limit is not 1, so it came from outside the link.";
    Icmpv6Checksum, "icmpv6.invalid_checksum", "An ICMPv6 checksum that is wrong.";
    IgmpTooShort, "igmp.pkt_too_small", "Fewer bytes than an IGMP message.";
    IgmpHeaderTooSmall, "igmp.hlen_too_small", "An IGMP query too long for version 2 and too short for version 3, which everybody ignores (RFC 3376, section 7.1).";
    IgmpChecksum, "igmp.invalid_checksum", "An IGMP checksum that is wrong.";
    GreTooShort, "gre.pkt_too_small", "A packet that ends within its GRE header.";
    GreVersion, "gre.wrong_version", "A GRE header of an unknown version.";
    Gre0Recursion, "gre.version0_recur", "A GRE header whose recursion control is set.";
    Gre0Flags, "gre.version0_flags", "A GRE header whose reserved flags are set.";
    Gre0HeaderTooBig, "gre.version0_hdr_too_big", "A GRE header that is longer than the packet.";
    Gre0SourceRoute, "gre.version0_malformed_sre_hdr", "A GRE source route that does not fit the packet.";
    Gre1Checksum, "gre.version1_chksum", "An enhanced GRE header with the checksum flag.";
    Gre1Route, "gre.version1_route", "An enhanced GRE header with the routing flag.";
    Gre1StrictRoute, "gre.version1_ssr", "An enhanced GRE header with the strict source route flag.";
    Gre1Recursion, "gre.version1_recur", "An enhanced GRE header whose recursion control is set.";
    Gre1Flags, "gre.version1_flags", "An enhanced GRE header whose reserved flags are set.";
    Gre1NoKey, "gre.version1_no_key", "An enhanced GRE header without its key.";
    Gre1WrongProtocol, "gre.version1_wrong_protocol", "An enhanced GRE header with anything but PPP.";
    Gre1HeaderTooBig, "gre.version1_hdr_too_big", "An enhanced GRE header that is longer than the packet.";
    GreChecksum, "gre.invalid_checksum", "A GRE checksum that is wrong.";
    ErspanTooShort, "erspan.header_too_small", "A packet that ends within its ERSPAN header.";
    ErspanTooManyVlans, "erspan.too_many_vlan_layers", "A mirrored frame (ERSPAN) with more VLAN tags than are kept.";
    ErspanVersion, "erspan.unsupported_version", "An ERSPAN header of an unknown version.";
    VxlanUnknownPayload, "vxlan.unknown_payload_type", "A VXLAN header followed by something other than an Ethernet frame.";
    GeneveUnknownPayload, "geneve.unknown_payload_type", "A Geneve header followed by an unknown protocol.";
    TooManyLayers, "too_many_layers", "More headers or nested tunnels than are followed.";
}

impl Fault {
    /// Whether it is not wrong at all, and told only because rules ask for it: every multicast listener
    /// report has padding without bytes.
    pub fn is_lawful(self) -> bool {
        self == Self::Ipv6PaddingWithoutBytes
    }
}

#[cfg(test)]
mod tests;
