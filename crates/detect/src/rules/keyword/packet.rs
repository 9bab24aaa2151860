//! Keywords about packet headers, and the buffers that are headers.

use wirewatch_decode as decode;

use super::super::buffer::BufferId;
use super::super::draft::Draft;
use super::super::number::{Comparison, number_up_to};
use super::super::packet_test::{AppTest, BitMode, IpOption, PacketTest, VlanLayer};
use super::super::problem::{Fault, nearest};
use super::super::protocol::AppProtocol;
use super::super::syntax::{Word, clipped};
use super::Applies::{Buffer, Packet};
use super::Effect::{self, Plain, Value};
use super::{Applies, Keyword, keyword};

pub(super) const KEYWORDS: &[Keyword] = &[
    keyword(
        "ttl",
        Packet,
        "The IP time to live or hop limit.",
        Value(ttl),
    ),
    keyword("tos", Packet, "The IPv4 type of service.", Value(tos)),
    keyword("id", Packet, "The IPv4 identification.", Value(id)),
    keyword(
        "ip_proto",
        Packet,
        "The IP protocol, by number or name.",
        Value(ip_proto),
    ),
    keyword(
        "l3_proto",
        Packet,
        "The network protocol: ipv4 or ipv6.",
        Value(l3_proto),
    ),
    keyword(
        "ether.hdr",
        Buffer,
        "The Ethernet header: both addresses and the type behind them.",
        Effect::Buffer(BufferId::EthernetHeader),
    ),
    keyword(
        "vlan.hdr",
        Buffer,
        "The VLAN tags of an Ethernet frame, from the outside in, each with its type before it.",
        Effect::Buffer(BufferId::VlanTags),
    ),
    keyword(
        "vlan.id",
        Packet,
        "A VLAN identifier, of any, all or one of the frame's tags.",
        Value(vlan_id),
    ),
    keyword(
        "vlan.layers",
        Packet,
        "How many VLAN tags there are.",
        Value(vlan_layers),
    ),
    keyword(
        "ipopts",
        Packet,
        "An IPv4 option that must be there.",
        Value(ipopts),
    ),
    keyword(
        "fragbits",
        Packet,
        "The IPv4 fragmentation bits: M more, D don't, R reserved.",
        Value(fragbits),
    ),
    keyword(
        "fragoffset",
        Packet,
        "The IPv4 fragment offset, in units of 8 bytes.",
        Value(fragoffset),
    ),
    keyword(
        "sameip",
        Packet,
        "Source and destination are the same address.",
        Plain(sameip),
    ),
    keyword("flags", Packet, "The TCP flags.", Value(flags)),
    keyword("tcp.flags", Packet, "The TCP flags.", Value(flags)),
    keyword("seq", Packet, "The TCP sequence number.", Value(seq)),
    keyword("tcp.seq", Packet, "The TCP sequence number.", Value(seq)),
    keyword("ack", Packet, "The TCP acknowledgement number.", Value(ack)),
    keyword(
        "tcp.ack",
        Packet,
        "The TCP acknowledgement number.",
        Value(ack),
    ),
    keyword(
        "window",
        Packet,
        "The TCP window as in the header.",
        Value(window),
    ),
    keyword(
        "tcp.window",
        Packet,
        "The TCP window as in the header.",
        Value(window),
    ),
    keyword(
        "tcp.mss",
        Packet,
        "The TCP maximum segment size option.",
        Value(mss),
    ),
    keyword("itype", Packet, "The ICMP type.", Value(itype)),
    keyword("icode", Packet, "The ICMP code.", Value(icode)),
    keyword("icmp_id", Packet, "The ICMP identifier.", Value(icmp_id)),
    keyword(
        "icmp_seq",
        Packet,
        "The ICMP sequence number.",
        Value(icmp_seq),
    ),
    keyword(
        "decode-event",
        Packet,
        "A fault that decoding met in the packet.",
        Value(decode_event),
    ),
    keyword(
        "stream-event",
        Applies::Flow,
        "Something odd that was seen of a TCP stream.",
        Value(stream_event),
    ),
    keyword(
        "engine-event",
        Packet,
        "The older spelling of decode-event.",
        Value(decode_event),
    ),
    keyword(
        "tcp.urgp",
        Packet,
        "The TCP urgent pointer.",
        Value(|draft, value| compare(draft, value, 0xffff, PacketTest::Urgent)),
    ),
    keyword(
        "tcp.wscale",
        Packet,
        "The TCP window scale option.",
        Value(|draft, value| compare(draft, value, 255, PacketTest::WindowScale)),
    ),
    keyword(
        "icmpv6.mtu",
        Packet,
        "The size an ICMPv6 packet-too-big gives.",
        Value(|draft, value| compare(draft, value, u32::MAX.into(), PacketTest::Icmpv6Mtu)),
    ),
    keyword(
        "icmpv6-mtu",
        Packet,
        "The older spelling of icmpv6.mtu.",
        Value(|draft, value| compare(draft, value, u32::MAX.into(), PacketTest::Icmpv6Mtu)),
    ),
    keyword(
        "igmp.type",
        Packet,
        "The IGMP type.",
        Value(|draft, value| compare(draft, value, 255, PacketTest::IgmpType)),
    ),
    keyword(
        "ipv4-csum",
        Packet,
        "Whether the IPv4 checksum is valid or invalid.",
        Value(|draft, value| checksum(draft, value, decode::Fault::Ipv4Checksum, (4, None))),
    ),
    keyword(
        "tcpv4-csum",
        Packet,
        "Whether the checksum of TCP over IPv4 is valid or invalid.",
        Value(|draft, value| checksum(draft, value, decode::Fault::TcpChecksum, (4, Some(6)))),
    ),
    keyword(
        "tcpv6-csum",
        Packet,
        "Whether the checksum of TCP over IPv6 is valid or invalid.",
        Value(|draft, value| checksum(draft, value, decode::Fault::TcpChecksum, (6, Some(6)))),
    ),
    keyword(
        "udpv4-csum",
        Packet,
        "Whether the checksum of UDP over IPv4 is valid or invalid.",
        Value(|draft, value| checksum(draft, value, decode::Fault::UdpChecksum, (4, Some(17)))),
    ),
    keyword(
        "udpv6-csum",
        Packet,
        "Whether the checksum of UDP over IPv6 is valid or invalid.",
        Value(|draft, value| checksum(draft, value, decode::Fault::UdpChecksum, (6, Some(17)))),
    ),
    keyword(
        "icmpv4-csum",
        Packet,
        "Whether the ICMP checksum is valid or invalid.",
        Value(|draft, value| checksum(draft, value, decode::Fault::IcmpChecksum, (4, Some(1)))),
    ),
    keyword(
        "icmpv6-csum",
        Packet,
        "Whether the ICMPv6 checksum is valid or invalid.",
        Value(|draft, value| checksum(draft, value, decode::Fault::Icmpv6Checksum, (6, Some(58)))),
    ),
    keyword(
        "ip.src",
        Buffer,
        "The source address as bytes.",
        Effect::Buffer(BufferId::Source),
    ),
    keyword(
        "ip.dst",
        Buffer,
        "The destination address as bytes.",
        Effect::Buffer(BufferId::Destination),
    ),
    keyword(
        "app-layer-protocol",
        Applies::Flow,
        "The application protocol the flow was recognised as.",
        Value(app_layer_protocol),
    ),
    keyword(
        "ipv4.hdr",
        Buffer,
        "The IPv4 header with its options.",
        Effect::Buffer(BufferId::Ipv4Header),
    ),
    keyword(
        "ipv6.hdr",
        Buffer,
        "The IPv6 header.",
        Effect::Buffer(BufferId::Ipv6Header),
    ),
    keyword(
        "tcp.hdr",
        Buffer,
        "The TCP header with its options.",
        Effect::Buffer(BufferId::TcpHeader),
    ),
    keyword(
        "udp.hdr",
        Buffer,
        "The UDP header.",
        Effect::Buffer(BufferId::UdpHeader),
    ),
    keyword(
        "icmpv4.hdr",
        Buffer,
        "The ICMPv4 header.",
        Effect::Buffer(BufferId::Icmpv4Header),
    ),
    keyword(
        "igmp.hdr",
        Buffer,
        "The IGMP message.",
        Effect::Buffer(BufferId::IgmpHeader),
    ),
    keyword(
        "icmpv6.hdr",
        Buffer,
        "The ICMPv6 header.",
        Effect::Buffer(BufferId::Icmpv6Header),
    ),
];

type Make = fn(Comparison) -> PacketTest;

fn compare(draft: &mut Draft<'_, '_>, value: Word<'_>, most: u64, make: Make) -> Result<(), Fault> {
    let comparison = Comparison::parse(value, most)?;
    draft.packet_tests.push(make(comparison));
    Ok(())
}

fn ttl(draft: &mut Draft<'_, '_>, value: Word<'_>) -> Result<(), Fault> {
    compare(draft, value, 255, PacketTest::Ttl)
}

fn tos(draft: &mut Draft<'_, '_>, value: Word<'_>) -> Result<(), Fault> {
    // The manual also writes hexadecimal as x10.
    let (negated, plain) = match value.strip_prefix("!") {
        Some(rest) => (true, rest),
        None => (false, value),
    };
    let Some(digits) = plain.strip_prefix("x") else {
        return compare(draft, value, 255, PacketTest::Tos);
    };
    let number = u64::from_str_radix(digits.text, 16)
        .map_err(|_| Fault::error(digits.at, "this is no hexadecimal number"))?;
    let comparison = if negated {
        Comparison::NotEqual(number)
    } else {
        Comparison::Equal(number)
    };
    draft.packet_tests.push(PacketTest::Tos(comparison));
    Ok(())
}

fn id(draft: &mut Draft<'_, '_>, value: Word<'_>) -> Result<(), Fault> {
    compare(draft, value.unquote(), 0xffff, PacketTest::Identification)
}

fn ip_proto(draft: &mut Draft<'_, '_>, value: Word<'_>) -> Result<(), Fault> {
    const NAMES: &[(&str, u64)] = &[
        ("icmp", 1),
        ("igmp", 2),
        ("ipip", 4),
        ("tcp", 6),
        ("egp", 8),
        ("igp", 9),
        ("udp", 17),
        ("ipv6", 41),
        ("rsvp", 46),
        ("gre", 47),
        ("esp", 50),
        ("ah", 51),
        ("icmpv6", 58),
        ("ipv6-icmp", 58),
        ("eigrp", 88),
        ("ospf", 89),
        ("pim", 103),
        ("vrrp", 112),
        ("sctp", 132),
    ];
    let (sign, rest) = match value.text.split_at_checked(1) {
        Some((sign @ ("!" | "<" | ">"), _)) => (sign, value.strip_prefix(sign).unwrap_or(value)),
        _ => ("", value),
    };
    let lower = rest.text.to_ascii_lowercase();
    let number = match NAMES.iter().find(|(name, _)| *name == lower) {
        Some((_, number)) => *number,
        None => number_up_to(rest, 255)?,
    };
    draft.packet_tests.push(PacketTest::IpProtocol(match sign {
        "!" => Comparison::NotEqual(number),
        "<" => Comparison::Less(number),
        ">" => Comparison::Greater(number),
        _ => Comparison::Equal(number),
    }));
    Ok(())
}

/// Option numbers of the IANA registry.
fn ipopts(draft: &mut Draft<'_, '_>, value: Word<'_>) -> Result<(), Fault> {
    const NAMES: &[(&str, IpOption)] = &[
        ("any", IpOption::Any),
        ("eol", IpOption::Kind(0)),
        ("nop", IpOption::Kind(1)),
        ("rr", IpOption::Kind(7)),
        ("qs", IpOption::Kind(25)),
        ("ts", IpOption::Kind(68)),
        ("sec", IpOption::Kind(130)),
        ("lsrr", IpOption::Kind(131)),
        ("esec", IpOption::Kind(133)),
        ("cipso", IpOption::Kind(134)),
        ("satid", IpOption::Kind(136)),
        ("ssrr", IpOption::Kind(137)),
        ("rtralt", IpOption::Kind(148)),
    ];
    let Some((_, option)) = NAMES.iter().find(|(name, _)| *name == value.text) else {
        let near = nearest(value.text, NAMES.iter().map(|(name, _)| *name));
        return Err(Fault::error(value.at, "this is no IPv4 option").meant(near));
    };
    draft.packet_tests.push(PacketTest::IpOption(*option));
    Ok(())
}

fn mode_and_letters(value: Word<'_>) -> (BitMode, Word<'_>) {
    for (sign, mode) in [
        ("+", BitMode::All),
        ("*", BitMode::Any),
        ("!", BitMode::Not),
    ] {
        if let Some(rest) = value.strip_prefix(sign) {
            return (mode, rest);
        }
    }
    (BitMode::Exactly, value)
}

fn bits(word: Word<'_>, bit: impl Fn(u8) -> Option<u8>) -> Result<u8, Fault> {
    let mut mask = 0;
    for (at, letter) in word.text.bytes().enumerate() {
        let known = bit(letter.to_ascii_uppercase());
        mask |= known.ok_or_else(|| {
            Fault::error(word.at + at, format!("{:?} is no flag", char::from(letter)))
        })?;
    }
    Ok(mask)
}

fn fragbits(draft: &mut Draft<'_, '_>, value: Word<'_>) -> Result<(), Fault> {
    let (mode, letters) = mode_and_letters(value);
    let mask = bits(letters, |letter| match letter {
        b'M' => Some(1),
        b'D' => Some(2),
        b'R' => Some(4),
        _ => None,
    })?;
    draft
        .packet_tests
        .push(PacketTest::FragmentBits { mask, mode });
    Ok(())
}

fn fragoffset(draft: &mut Draft<'_, '_>, value: Word<'_>) -> Result<(), Fault> {
    compare(draft, value, 0x1fff, PacketTest::FragmentOffset)
}

fn sameip(draft: &mut Draft<'_, '_>, _: Word<'_>) -> Result<(), Fault> {
    draft.packet_tests.push(PacketTest::SameAddresses);
    Ok(())
}

fn tcp_flag(letter: u8) -> Option<u8> {
    Some(match letter {
        b'F' => 0x01,
        b'S' => 0x02,
        b'R' => 0x04,
        b'P' => 0x08,
        b'A' => 0x10,
        b'U' => 0x20,
        b'E' | b'2' => 0x40,
        b'C' | b'1' => 0x80,
        b'0' => 0,
        _ => return None,
    })
}

/// `flags:[+*!]WANTED[,IGNORED]`; the sign may also follow the letters.
fn flags(draft: &mut Draft<'_, '_>, value: Word<'_>) -> Result<(), Fault> {
    let (value, ignored) = match value.split_once(',') {
        Some((wanted, ignored)) => (wanted, bits(ignored, tcp_flag)?),
        None => (value, 0),
    };
    let (mut mode, mut letters) = mode_and_letters(value);
    if let Some(first) = letters.text.strip_suffix(['+', '*', '!']) {
        let sign = letters.text.get(first.len()..).unwrap_or_default();
        mode = mode_and_letters(Word {
            text: sign,
            at: letters.at,
        })
        .0;
        letters.text = first;
    }
    let wanted = bits(letters, tcp_flag)? & !ignored;
    draft.packet_tests.push(PacketTest::TcpFlags {
        wanted,
        ignored,
        mode,
    });
    Ok(())
}

fn seq(draft: &mut Draft<'_, '_>, value: Word<'_>) -> Result<(), Fault> {
    compare(draft, value, u32::MAX.into(), PacketTest::Sequence)
}

fn ack(draft: &mut Draft<'_, '_>, value: Word<'_>) -> Result<(), Fault> {
    compare(draft, value, u32::MAX.into(), PacketTest::Acknowledgement)
}

fn window(draft: &mut Draft<'_, '_>, value: Word<'_>) -> Result<(), Fault> {
    compare(draft, value, 0xffff, PacketTest::Window)
}

fn mss(draft: &mut Draft<'_, '_>, value: Word<'_>) -> Result<(), Fault> {
    compare(draft, value, 0xffff, PacketTest::MaximumSegment)
}

fn l3_proto(draft: &mut Draft<'_, '_>, value: Word<'_>) -> Result<(), Fault> {
    let version = match value.text {
        "ipv4" | "ip4" => 4,
        "ipv6" | "ip6" => 6,
        _ => return Err(Fault::error(value.at, "a network protocol is ipv4 or ipv6")),
    };
    draft.packet_tests.push(PacketTest::Version(version));
    Ok(())
}

/// Tags a frame has at most: more are not read.
const MOST_TAGS: i8 = 3;

/// `vlan.id:[op]NUMBER[,LAYER]`.
fn vlan_id(draft: &mut Draft<'_, '_>, value: Word<'_>) -> Result<(), Fault> {
    let (number, layer) = match value.split_once(',') {
        Some((number, layer)) => (number, Some(layer)),
        None => (value, None),
    };
    let layer = match layer.map(|layer| (layer, layer.text.parse::<i8>())) {
        None => VlanLayer::Any,
        Some((_, Ok(place))) if (-MOST_TAGS..MOST_TAGS).contains(&place) => VlanLayer::At(place),
        Some((word, _)) if word.text == "any" => VlanLayer::Any,
        Some((word, _)) if word.text == "all" => VlanLayer::All,
        Some((word, _)) => {
            let message = "a layer is any, all, or a place from -3 to 2";
            return Err(Fault::error(word.at, message));
        }
    };
    let wanted = Comparison::parse(number, 4095)?;
    draft.packet_tests.push(PacketTest::Vlan { wanted, layer });
    Ok(())
}

fn vlan_layers(draft: &mut Draft<'_, '_>, value: Word<'_>) -> Result<(), Fault> {
    compare(draft, value, 3, PacketTest::VlanLayers)
}

fn itype(draft: &mut Draft<'_, '_>, value: Word<'_>) -> Result<(), Fault> {
    compare(draft, value, 255, PacketTest::IcmpType)
}

fn icode(draft: &mut Draft<'_, '_>, value: Word<'_>) -> Result<(), Fault> {
    compare(draft, value, 255, PacketTest::IcmpCode)
}

fn icmp_id(draft: &mut Draft<'_, '_>, value: Word<'_>) -> Result<(), Fault> {
    compare(draft, value.unquote(), 0xffff, PacketTest::IcmpIdentifier)
}

fn icmp_seq(draft: &mut Draft<'_, '_>, value: Word<'_>) -> Result<(), Fault> {
    compare(draft, value.unquote(), 0xffff, PacketTest::IcmpSequence)
}

/// Decode events that others tell by two names.
const SAME_EVENT: [(&str, &str); 1] = [("udp.hlen_too_small", "udp.len_invalid")];

fn decode_event(draft: &mut Draft<'_, '_>, value: Word<'_>) -> Result<(), Fault> {
    let name = |fault: &decode::Fault| fault.code().trim_start_matches("decoder.");
    let same = SAME_EVENT.iter().find(|(other, _)| *other == value.text);
    let wanted = same.map_or(value.text, |(_, name)| name);
    let mut known = decode::Fault::ALL.iter();
    let Some(fault) = known.find(|fault| name(fault) == wanted) else {
        let near = nearest(value.text, decode::Fault::ALL.iter().map(name));
        let message = format!("decoding does not tell {:?}", clipped(value.text));
        return Err(Fault::unsupported(value.at, message).meant(near));
    };
    draft.packet_tests.push(PacketTest::DecodeEvent(*fault));
    Ok(())
}

fn stream_event(draft: &mut Draft<'_, '_>, value: Word<'_>) -> Result<(), Fault> {
    let name = value.text.strip_prefix("stream.").unwrap_or(value.text);
    draft.stream_events.push(format!("stream.{name}").into());
    Ok(())
}

/// `valid` or `invalid`, of packets of this IP version and protocol.
fn checksum(
    draft: &mut Draft<'_, '_>,
    value: Word<'_>,
    fault: decode::Fault,
    (version, protocol): (u8, Option<u64>),
) -> Result<(), Fault> {
    let valid = match value.unquote().text {
        "valid" => true,
        "invalid" => false,
        _ => return Err(Fault::error(value.at, "a checksum is valid or invalid")),
    };
    draft.packet_tests.push(PacketTest::Version(version));
    if let Some(protocol) = protocol {
        let protocol = Comparison::Equal(protocol);
        draft.packet_tests.push(PacketTest::IpProtocol(protocol));
    }
    draft
        .packet_tests
        .push(PacketTest::Checksum { fault, valid });
    Ok(())
}

/// Which of the protocols that a flow may have had is meant.
const WAYS: [&str; 8] = [
    "direction",
    "either",
    "final",
    "original",
    "to_server",
    "to_client",
    "toserver",
    "toclient",
];

/// `[!]PROTOCOL|PROTOCOL...[,WAY][,exact]`.
fn app_layer_protocol(draft: &mut Draft<'_, '_>, value: Word<'_>) -> Result<(), Fault> {
    let mut parts = value.split(',');
    let names = parts.next().unwrap_or(value);
    let (negated, names) = match names.strip_prefix("!") {
        Some(rest) => (true, rest),
        None => (false, names),
    };
    let mut test = AppTest {
        negated,
        ..AppTest::default()
    };
    for part in parts {
        let part = part.trim();
        match part.text {
            "exact" => test.exact = true,
            // One protocol is known per flow, so all ways to ask are one.
            way if WAYS.contains(&way) => {}
            _ => {
                let message = "this is no way to ask for a protocol";
                return Err(Fault::error(part.at, message));
            }
        }
    }
    for name in names.split('|') {
        let name = name.trim();
        match name.text {
            "unknown" if negated => {
                let message = "a protocol that is not known yet cannot be excluded";
                return Err(Fault::error(name.at, message));
            }
            "unknown" => test.unknown = true,
            "failed" => test.failed = true,
            _ => {
                let known = AppProtocol::named(name.text).filter(|app| app.is_recognised());
                let Some(wanted) = known else {
                    let message =
                        format!("the protocol {:?} is not recognised", clipped(name.text));
                    return Err(Fault::unsupported(name.at, message));
                };
                test.wanted.push(wanted);
            }
        }
    }
    draft.packet_tests.push(PacketTest::AppProtocol(test));
    Ok(())
}
