//! What a rule asks of a packet's headers.

use wirewatch_decode::{Datagram, Fault, Network};

use super::buffer::ipv4_header;
use super::geoip::CountryTest;
use super::matcher::PacketView;
use super::number::Comparison;
use super::protocol::AppProtocol;
use super::reputation::ReputationTest;

/// One question to the headers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PacketTest {
    Version(u8),
    Ttl(Comparison),
    Tos(Comparison),
    Identification(Comparison),
    IpProtocol(Comparison),
    IpOption(IpOption),
    FragmentBits {
        mask: u8,
        mode: BitMode,
    },
    FragmentOffset(Comparison),
    SameAddresses,
    TcpFlags {
        wanted: u8,
        ignored: u8,
        mode: BitMode,
    },
    Sequence(Comparison),
    Acknowledgement(Comparison),
    Window(Comparison),
    MaximumSegment(Comparison),
    IcmpType(Comparison),
    IcmpCode(Comparison),
    IcmpIdentifier(Comparison),
    IcmpSequence(Comparison),
    AppProtocol {
        wanted: AppProtocol,
        negated: bool,
    },
    DecodeEvent(Fault),
    Checksum {
        fault: Fault,
        valid: bool,
    },
    Urgent(Comparison),
    WindowScale(Comparison),
    Icmpv6Mtu(Comparison),
    IgmpType(Comparison),
    Size(Comparison),
    Fragmented(bool),
    Reputation(ReputationTest),
    Country(CountryTest),
    Vlan {
        wanted: Comparison,
        layer: VlanLayer,
    },
    VlanLayers(Comparison),
    /// The frame is one of Ethernet.
    Ethernet,
    /// It carries ARP.
    Arp,
}

/// Which of a frame's VLAN tags a rule is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum VlanLayer {
    /// At least one of them.
    Any,
    /// All of them, and there is one.
    All,
    /// The one at this place, from the outside or, when negative, from the inside.
    At(i8),
}

impl VlanLayer {
    fn holds(self, tags: &[u16], wanted: &Comparison) -> bool {
        let is_wanted = |tag: &u16| wanted.holds((*tag).into());
        match self {
            Self::Any => tags.iter().any(is_wanted),
            Self::All => !tags.is_empty() && tags.iter().all(is_wanted),
            Self::At(place) if place < 0 => {
                let place = usize::from(place.unsigned_abs());
                tags.iter().nth_back(place - 1).is_some_and(is_wanted)
            }
            Self::At(place) => tags
                .get(usize::from(place.unsigned_abs()))
                .is_some_and(is_wanted),
        }
    }
}

/// How flag bits are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BitMode {
    /// These and no others.
    Exactly,
    /// These, others may be set.
    All,
    /// At least one of these.
    Any,
    /// Not all of these.
    Not,
}

impl BitMode {
    pub(crate) fn holds(self, bits: u8, wanted: u8) -> bool {
        match self {
            Self::Exactly => bits == wanted,
            Self::All => bits & wanted == wanted,
            Self::Any => bits & wanted != 0,
            Self::Not => bits & wanted != wanted,
        }
    }
}

/// Which IPv4 option must be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum IpOption {
    Any,
    Kind(u8),
}

impl PacketTest {
    /// Whether it is about one packet, so that the rule's bytes are the packet's as well.
    pub(crate) fn is_of_packet(&self) -> bool {
        !matches!(
            self,
            Self::Version(_)
                | Self::IpProtocol(_)
                | Self::SameAddresses
                | Self::AppProtocol { .. }
                | Self::Reputation(_)
                | Self::Country(_)
                | Self::Vlan { .. }
                | Self::VlanLayers(_)
        )
    }

    /// Whether the packet is as asked.
    pub(crate) fn holds(&self, packet: &PacketView<'_>) -> bool {
        let datagram = packet.datagram;
        let tcp = datagram.protocol == 6 && datagram.has_transport;
        match self {
            Self::Version(version) => datagram.version == *version,
            Self::Ttl(wanted) => datagram.version != 0 && wanted.holds(datagram.ttl.into()),
            Self::Tos(wanted) => datagram.version == 4 && wanted.holds(datagram.tos.into()),
            Self::Identification(wanted) => {
                datagram.version == 4 && wanted.holds(datagram.identification.into())
            }
            Self::IpProtocol(wanted) => {
                datagram.version != 0 && wanted.holds(ip_protocol(datagram).into())
            }
            Self::IpOption(option) => has_ip_option(*option, packet),
            Self::FragmentBits { mask, mode } => {
                let bits = fragment_field(packet).map(|field| (field >> 13) as u8);
                bits.is_some_and(|bits| mode.holds(bits, *mask))
            }
            Self::FragmentOffset(wanted) => {
                let offset = fragment_field(packet).map(|field| u64::from(field & 0x1fff));
                offset.is_some_and(|offset| wanted.holds(offset))
            }
            Self::SameAddresses => datagram.version != 0 && datagram.source == datagram.destination,
            Self::TcpFlags {
                wanted,
                ignored,
                mode,
            } => tcp && mode.holds(datagram.tcp.flags & !ignored, *wanted),
            Self::Sequence(wanted) => tcp && wanted.holds(datagram.tcp.sequence.into()),
            Self::Acknowledgement(wanted) => {
                tcp && wanted.holds(datagram.tcp.acknowledgement.into())
            }
            Self::Window(wanted) => tcp && wanted.holds(datagram.tcp.window.into()),
            Self::MaximumSegment(wanted) => {
                tcp && datagram.tcp.mss != 0 && wanted.holds(datagram.tcp.mss.into())
            }
            Self::IcmpType(wanted) => {
                is_icmp(datagram) && wanted.holds(datagram.source_port.into())
            }
            Self::IcmpCode(wanted) => {
                is_icmp(datagram) && wanted.holds(datagram.destination_port.into())
            }
            Self::IcmpIdentifier(wanted) => icmp_echo(packet, 4).is_some_and(|id| wanted.holds(id)),
            Self::IcmpSequence(wanted) => icmp_echo(packet, 6).is_some_and(|seq| wanted.holds(seq)),
            Self::AppProtocol { wanted, negated } => {
                let app = packet.app_protocol;
                app.is_some_and(|app| wanted.covers(app) != *negated)
            }
            Self::DecodeEvent(wanted) => packet.faults.contains(&Some(*wanted)),
            Self::Checksum { fault, valid } => {
                datagram.has_transport && packet.faults.contains(&Some(*fault)) != *valid
            }
            Self::Urgent(wanted) => tcp && transport_number(packet, 18, 2, wanted),
            Self::WindowScale(wanted) => tcp && window_scale(packet, *wanted),
            Self::Icmpv6Mtu(wanted) => {
                is_icmp(datagram)
                    && (datagram.protocol, datagram.source_port) == (58, 2)
                    && transport_number(packet, 4, 4, wanted)
            }
            Self::IgmpType(wanted) => {
                datagram.protocol == 2 && transport_number(packet, 0, 1, wanted)
            }
            Self::Size(wanted) => wanted.holds(packet.payload.len() as u64),
            Self::Fragmented(wanted) => datagram.fragment.is_some() == *wanted,
            Self::Reputation(test) => test.holds(datagram),
            Self::Country(test) => test.holds(datagram),
            Self::Vlan { wanted, layer } => layer.holds(vlans(packet), wanted),
            Self::VlanLayers(wanted) => wanted.holds(vlans(packet).len() as u64),
            Self::Ethernet => {
                let link = packet.link;
                link.is_some_and(|link| link.frame.ethernet_offset.is_some())
            }
            Self::Arp => {
                let link = packet.link;
                link.is_some_and(|link| link.frame.network == Network::Arp)
            }
        }
    }
}

/// The VLAN tags that there are, from the outside in.
fn vlans<'a>(packet: &'a PacketView<'_>) -> &'a [u16] {
    let count = packet.vlans.iter().take_while(|tag| **tag != 0).count();
    packet.vlans.get(..count).unwrap_or_default()
}

fn ip_protocol(datagram: &Datagram) -> u8 {
    match datagram.fragment {
        Some(fragment) => fragment.next_protocol,
        None => datagram.protocol,
    }
}

/// IPv4 flags and fragment offset (RFC 791, section 3.1).
fn fragment_field(packet: &PacketView<'_>) -> Option<u16> {
    if packet.datagram.version != 4 {
        return None;
    }
    let start = packet.datagram.ip_offset as usize + 6;
    let bytes = packet.bytes.get(start..)?.first_chunk::<2>()?;
    Some(u16::from_be_bytes(*bytes))
}

fn has_ip_option(wanted: IpOption, packet: &PacketView<'_>) -> bool {
    if packet.datagram.version != 4 {
        return false;
    }
    let header = ipv4_header(packet.datagram, packet.bytes).unwrap_or_default();
    let mut options = header.get(20..).unwrap_or_default();
    while let Some((&kind, rest)) = options.split_first() {
        if matches!(wanted, IpOption::Any) || wanted == IpOption::Kind(kind) {
            return true;
        }
        options = match kind {
            0 => return false,
            1 => rest,
            _ => {
                let length = rest.first().map_or(0, |length| usize::from(*length));
                rest.get(length.max(2) - 1..).unwrap_or_default()
            }
        };
    }
    false
}

fn is_icmp(datagram: &Datagram) -> bool {
    datagram.has_transport && matches!(datagram.protocol, 1 | 58)
}

/// Identifier (at 4) or sequence number (at 6) of the ICMP kinds that have them (RFC 792, RFC 4443).
fn icmp_echo(packet: &PacketView<'_>, field: usize) -> Option<u64> {
    let datagram = packet.datagram;
    let has_them = match datagram.protocol {
        1 => matches!(datagram.source_port, 0 | 8 | 13..=18),
        58 => matches!(datagram.source_port, 128 | 129),
        _ => false,
    };
    if !has_them || !datagram.has_transport {
        return None;
    }
    let start = datagram.transport_offset as usize + field;
    let bytes = packet.bytes.get(start..)?.first_chunk::<2>()?;
    Some(u64::from(u16::from_be_bytes(*bytes)))
}

/// A number of the transport header, by where it is and how many bytes it has.
fn transport_number(
    packet: &PacketView<'_>,
    at: usize,
    length: usize,
    wanted: &Comparison,
) -> bool {
    let start = packet.datagram.transport_offset as usize + at;
    let bytes = packet.bytes.get(start..start + length);
    let number = |bytes: &[u8]| bytes.iter().fold(0, |n, byte| n << 8 | u64::from(*byte));
    bytes.is_some_and(|bytes| wanted.holds(number(bytes)))
}

/// The window scale option (RFC 7323, section 2.2).
fn window_scale(packet: &PacketView<'_>, wanted: Comparison) -> bool {
    let start = packet.datagram.transport_offset as usize + 20;
    let end = packet.datagram.payload_offset as usize;
    let mut options = packet.bytes.get(start..end).unwrap_or_default();
    while let Some((&kind, rest)) = options.split_first() {
        options = match (kind, rest) {
            (0, _) => return false,
            (1, _) => rest,
            (3, [3, shift, ..]) => return wanted.holds((*shift).into()),
            (_, [length, ..]) => {
                let skip = usize::from(*length).max(2) - 1;
                rest.get(skip..).unwrap_or_default()
            }
            (_, []) => return false,
        };
    }
    false
}
