//! The named byte buffers rules inspect: one inventory for keywords and inspection.
//!
//! A sticky buffer keyword is one entry here. What bytes a buffer has for a packet is said in
//! one place, [`Inspected::of`]; streams and transactions will fill further buffers there.

use wirewatch_decode::Datagram;

use super::matcher::PacketView;

/// One buffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum BufferId {
    /// The transport's payload, of this packet until streams are put together.
    Payload,
    /// The Ethernet header: both addresses and the type behind them.
    EthernetHeader,
    /// The VLAN tags of an Ethernet frame, from the outside in, each with its type before it.
    VlanTags,
    /// The IPv4 header with its options.
    Ipv4Header,
    /// The IPv6 header.
    Ipv6Header,
    /// The TCP header with its options.
    TcpHeader,
    /// The UDP header.
    UdpHeader,
    /// The header of ICMP for IPv4.
    Icmpv4Header,
    /// The header of ICMP for IPv6.
    Icmpv6Header,
    /// An IGMP message.
    IgmpHeader,
    /// The source address, 4 or 16 bytes.
    Source,
    /// The destination address, 4 or 16 bytes.
    Destination,
    /// A span of bytes that a parser names; which one is the rule's matter.
    Frame,
    /// What `base64_decode` made of the buffer before.
    Base64,
    /// A field of a transaction or file, by its number in the set's table of names.
    Field(u16),
}

/// A buffer with what is done to it before it is inspected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Source {
    pub(crate) buffer: BufferId,
    /// The number of a list of transforms; 0 for none.
    pub(crate) transforms: u16,
}

impl Source {
    pub(crate) fn of(buffer: BufferId) -> Self {
        Self {
            buffer,
            transforms: 0,
        }
    }
}

/// One buffer's bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Inspected<'a> {
    pub(crate) bytes: &'a [u8],
}

/// Both addresses of an Ethernet frame, and its header with the type (IEEE 802.3, section 3.1.1).
const ETHERNET_ADDRESSES: u32 = 12;
const ETHERNET_HEADER: u32 = 14;
/// A VLAN tag with its type (IEEE 802.1Q, section 9.3).
const VLAN_TAG: u32 = 4;
/// The fixed part of an IPv6 header (RFC 8200, section 3).
const IPV6_HEADER: u32 = 40;

impl<'a> Inspected<'a> {
    /// The bytes `buffer` has in this packet, if it has any.
    pub(crate) fn of(buffer: BufferId, packet: &PacketView<'a>) -> Option<Self> {
        let datagram = packet.datagram;
        let version = datagram.version;
        let bytes = match buffer {
            BufferId::Payload => Some(packet.payload),
            BufferId::EthernetHeader => ethernet(packet, 0, ETHERNET_HEADER),
            BufferId::VlanTags => {
                let count = packet.link.map_or(0, |link| link.frame.vlan_count);
                let length = VLAN_TAG * u32::from(count);
                ethernet(packet, ETHERNET_ADDRESSES, length).filter(|tags| !tags.is_empty())
            }
            BufferId::Ipv4Header if version == 4 => ipv4_header(datagram, packet.bytes),
            BufferId::Ipv6Header if version == 6 => {
                let start = datagram.ip_offset;
                between(packet.bytes, start, start.saturating_add(IPV6_HEADER))
            }
            BufferId::TcpHeader => transport_header(datagram, 6, packet.bytes),
            BufferId::UdpHeader => transport_header(datagram, 17, packet.bytes),
            BufferId::Icmpv4Header => icmpv4_header(datagram, packet.bytes),
            BufferId::Icmpv6Header => transport_header(datagram, 58, packet.bytes),
            BufferId::IgmpHeader if datagram.protocol == 2 => {
                let end = datagram
                    .payload_offset
                    .saturating_add(datagram.payload_length);
                between(packet.bytes, datagram.transport_offset, end)
            }
            BufferId::Ipv4Header
            | BufferId::Ipv6Header
            | BufferId::IgmpHeader
            | BufferId::Source
            | BufferId::Destination
            | BufferId::Frame
            | BufferId::Base64
            | BufferId::Field(_) => None,
        };
        bytes.map(|bytes| Self { bytes })
    }
}

/// Bytes of an Ethernet frame, from some place of its header on.
fn ethernet<'a>(packet: &PacketView<'a>, skip: u32, length: u32) -> Option<&'a [u8]> {
    let link = packet.link?;
    let start = link.frame.ethernet_offset?.checked_add(skip)?;
    between(link.bytes, start, start.checked_add(length)?)
}

/// The IPv4 header's length comes from its first byte (RFC 791, section 3.1).
pub(crate) fn ipv4_header<'a>(datagram: &Datagram, bytes: &'a [u8]) -> Option<&'a [u8]> {
    let start = datagram.ip_offset as usize;
    let length = usize::from(bytes.get(start)? & 0x0f) * 4;
    bytes.get(start..)?.get(..length)
}

/// An address as bytes: 4 or 16.
pub(crate) fn octets(address: u128, version: u8) -> Option<Vec<u8>> {
    match version {
        4 => address.to_be_bytes().get(12..).map(<[u8]>::to_vec),
        6 => Some(address.to_be_bytes().to_vec()),
        _ => None,
    }
}

fn transport_header<'a>(datagram: &Datagram, protocol: u8, bytes: &'a [u8]) -> Option<&'a [u8]> {
    if !datagram.has_transport || datagram.protocol != protocol {
        return None;
    }
    between(bytes, datagram.transport_offset, datagram.payload_offset)
}

/// An ICMP header with what its type has in it behind the first eight bytes: the addresses of a router
/// advertisement (RFC 1256, section 3), three times (RFC 792), an address mask (RFC 950, appendix I).
fn icmpv4_header<'a>(datagram: &Datagram, bytes: &'a [u8]) -> Option<&'a [u8]> {
    const WORD: usize = 4;
    let header = transport_header(datagram, 1, bytes)?;
    let more = match (datagram.source_port, header) {
        (9, [_, _, _, _, addresses, words, ..]) => {
            usize::from(*addresses) * usize::from(*words) * WORD
        }
        (13 | 14, _) => 3 * WORD,
        (17 | 18, _) => WORD,
        _ => 0,
    };
    let start = datagram.transport_offset as usize;
    let payload = datagram.payload_length as usize;
    bytes.get(start..start + header.len() + more.min(payload))
}

fn between(bytes: &[u8], start: u32, end: u32) -> Option<&[u8]> {
    bytes.get(start as usize..end as usize)
}
