//! What decoding a frame gives.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::Fault;

/// Nested datagrams kept per frame. Deeper tunnels are left undecoded and give a fault:
/// nobody nests deeper on purpose, and every level costs time.
pub const MAX_DATAGRAMS: usize = 5;
/// Faults kept per frame; a hostile frame may have more, one is enough to be told.
pub const MAX_FAULTS: usize = 6;
/// VLAN tags kept per frame (Suricata keeps three as well).
pub const MAX_VLANS: usize = 3;

/// TCP flag bits as they are in the header's 14th byte.
pub mod flags {
    #![allow(missing_docs)]
    pub const FIN: u8 = 0x01;
    pub const SYN: u8 = 0x02;
    pub const RST: u8 = 0x04;
    pub const PSH: u8 = 0x08;
    pub const ACK: u8 = 0x10;
    pub const URG: u8 = 0x20;
    pub const ECE: u8 = 0x40;
    pub const CWR: u8 = 0x80;
}

/// Everything that was found in one frame. Reused for every packet: decoding clears it first.
#[derive(Debug, Clone, Default)]
pub struct Decoded {
    /// The link layer.
    pub frame: Frame,
    /// IP datagrams from the outside in; the first `datagram_count` are valid.
    pub datagrams: [Datagram; MAX_DATAGRAMS],
    /// How many of them are valid.
    pub datagram_count: u8,
    /// Faults in the order they were met; the first `fault_count` are valid.
    pub faults: [Option<Fault>; MAX_FAULTS],
    /// How many of them are valid.
    pub fault_count: u8,
    /// What the innermost ICMP or ICMPv6 error quotes of the datagram it is about.
    pub quoted: Option<Quoted>,
    /// What each datagram but the first was wrapped in; those from 1 to `datagram_count` are valid.
    pub enclosed: [Enclosed; MAX_DATAGRAMS],
    /// Where an ARP packet inside a tunnel starts, 0 when there is none.
    pub inner_arp: u32,
}

/// What a tunnel carried: the frame or packet that a datagram inside it came in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Enclosed {
    /// Length on the wire of all that the tunnel carried, link headers included.
    pub length: u32,
    /// VLAN identifiers of the carried frame, outermost first; zeros behind them.
    pub vlans: [u16; MAX_VLANS],
}

/// The header that an ICMP error quotes: which datagram could not be delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quoted {
    /// Who sent the quoted datagram, and so gets the error.
    pub source: u128,
    /// Where it was meant to go.
    pub destination: u128,
    /// Source port; for ICMP the type. 0 when the quote is too short or a later fragment.
    pub source_port: u16,
    /// Destination port; for ICMP the code. 0 likewise.
    pub destination_port: u16,
    /// Its transport protocol.
    pub protocol: u8,
    /// 4 or 6.
    pub version: u8,
    /// Whether the ports were quoted.
    pub has_transport: bool,
}

/// The link layer of a frame.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Frame {
    /// EtherType (or what the link layer has in its place) of what follows the last VLAN tag
    /// or MPLS label, 0 when there is none.
    pub ether_type: u16,
    /// VLAN identifiers, outermost first; the first `vlan_count` are valid.
    pub vlans: [u16; MAX_VLANS],
    /// How many of them are valid.
    pub vlan_count: u8,
    /// Where the Ethernet addresses (destination, then source) are, if the link has them.
    pub ethernet_offset: Option<u32>,
    /// Where the network layer starts; the frame's length when there is none.
    pub network_offset: u32,
    /// What the network layer is.
    pub network: Network,
}

/// What a frame carries.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Network {
    /// Nothing known was reached: truncated, or a protocol that is not decoded.
    #[default]
    None,
    /// At least one IP datagram, in [`Decoded::datagrams`].
    Ip,
    /// ARP or RARP; `network_offset` is where its packet starts.
    Arp,
    /// LLC, spanning tree, LLDP and other protocols without addresses that flows could have.
    Other,
    /// The link type itself is not known.
    UnknownLink,
}

/// One IP datagram and its transport header. All offsets are from the start of the decoded bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Datagram {
    /// Source address; IPv4 as `::ffff:a.b.c.d`, see [`Datagram::version`].
    pub source: u128,
    /// Destination address, likewise.
    pub destination: u128,
    /// Source port; for ICMP the type.
    pub source_port: u16,
    /// Destination port; for ICMP the code.
    pub destination_port: u16,
    /// IP protocol number of the transport (after IPv6 extension headers), e.g. 6, 17, 1, 58.
    pub protocol: u8,
    /// 4 or 6.
    pub version: u8,
    /// Time to live or hop limit.
    pub ttl: u8,
    /// Type of service or traffic class.
    pub tos: u8,
    /// Whether ports (or ICMP type and code) were read: the transport header is there.
    pub has_transport: bool,
    /// Whether the IP, TCP, UDP, ICMP... checksum was verified and is wrong, or the datagram ends before its
    /// header says, so that it cannot be right.
    pub bad_checksum: bool,
    /// Where the IP header starts.
    pub ip_offset: u32,
    /// IPv4 identification, or that of IPv6's fragment header.
    pub identification: u32,
    /// Length of the whole datagram, payload included: what its header says, but no more than the wire held.
    pub ip_length: u32,
    /// Where the transport header starts.
    pub transport_offset: u32,
    /// Where the transport's payload starts.
    pub payload_offset: u32,
    /// How many bytes of the payload were captured (link padding excluded).
    pub payload_length: u32,
    /// How long the payload is by the headers; more than `payload_length` when the capture was cut.
    pub payload_wire_length: u32,
    /// TCP's fields, zero for anything else.
    pub tcp: Tcp,
    /// Set for every fragment, the first included. No transport is read then, except the
    /// ports of a first fragment.
    pub fragment: Option<Fragment>,
    /// What this datagram was unwrapped from; `Tunnel::None` for the outermost.
    pub tunnel: Tunnel,
    /// Identifier of that tunnel: VNI, TEID, GRE key, session... 0 when it has none.
    pub tunnel_id: u32,
}

/// TCP header fields.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tcp {
    /// Sequence number.
    pub sequence: u32,
    /// Acknowledgement number.
    pub acknowledgement: u32,
    /// Window as in the header, not scaled.
    pub window: u16,
    /// Urgent pointer as in the header; it means something when URG is set.
    pub urgent: u16,
    /// The bits of [`flags`].
    pub flags: u8,
    /// Window scale option plus one; 0 when the option is absent.
    pub window_scale: u8,
    /// Maximum segment size option, 0 when absent.
    pub mss: u16,
    /// Whether SACK is permitted (option 4).
    pub sack_permitted: bool,
    /// Timestamp option's value and echo, when present.
    pub timestamps: Option<(u32, u32)>,
}

/// Which part of a datagram a fragment is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fragment {
    /// Offset of the fragment's data in the datagram's payload, in bytes.
    pub offset: u16,
    /// Whether more fragments follow.
    pub more: bool,
    /// Where the fragment's data starts in the decoded bytes.
    pub data_offset: u32,
    /// Captured length of the fragment's data.
    pub data_length: u32,
    /// Protocol that the reassembled payload starts with (the fragment header's next header in IPv6).
    pub next_protocol: u8,
}

/// What a datagram was wrapped in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Tunnel {
    #[default]
    None,
    IpInIp,
    Gre,
    Erspan,
    Vxlan,
    Geneve,
    Gtp,
    Teredo,
    L2tp,
    /// Inside AH, or ESP with the null cipher.
    Ipsec,
    /// PPP inside GRE (PPTP).
    Pptp,
    Ayiya,
}

impl Decoded {
    /// Forgets the last frame. Decoding does it too; only counts and the link layer are touched.
    pub fn clear(&mut self) {
        self.frame = Frame::default();
        self.datagram_count = 0;
        self.fault_count = 0;
        self.quoted = None;
        self.inner_arp = 0;
    }

    /// Adds a fault; those beyond [`MAX_FAULTS`] are dropped, as the first ones tell enough.
    pub fn add_fault(&mut self, fault: Fault) {
        if let Some(slot) = self.faults.get_mut(usize::from(self.fault_count)) {
            *slot = Some(fault);
            self.fault_count = self.fault_count.saturating_add(1);
        }
    }

    /// The IP datagrams, outermost first.
    pub fn datagrams(&self) -> &[Datagram] {
        self.datagrams
            .get(..self.datagram_count as usize)
            .unwrap_or_default()
    }

    /// The faults that were met.
    pub fn faults(&self) -> impl Iterator<Item = Fault> + '_ {
        self.faults
            .iter()
            .take(self.fault_count as usize)
            .filter_map(|fault| *fault)
    }
}

impl Datagram {
    /// The source as a standard address.
    pub fn source_ip(&self) -> IpAddr {
        to_ip(self.source, self.version)
    }

    /// The destination as a standard address.
    pub fn destination_ip(&self) -> IpAddr {
        to_ip(self.destination, self.version)
    }
}

/// Turns the 128-bit form into a standard address.
pub fn to_ip(address: u128, version: u8) -> IpAddr {
    if version == 4 {
        IpAddr::V4(Ipv4Addr::from(address as u32))
    } else {
        IpAddr::V6(Ipv6Addr::from(address))
    }
}

/// The 128-bit form of a standard address.
pub fn from_ip(ip: IpAddr) -> u128 {
    match ip {
        IpAddr::V4(v4) => 0xffff_0000_0000 | u128::from(u32::from(v4)),
        IpAddr::V6(v6) => u128::from(v6),
    }
}
