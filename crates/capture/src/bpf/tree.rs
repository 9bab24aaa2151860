//! What a filter expression says, before it is known on which link type it will run.

use std::net::{Ipv4Addr, Ipv6Addr};

/// A condition on a packet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Expression {
    /// Several conditions joined from left to right: `and` and `or` bind equally.
    Chain(Box<Expression>, Vec<(Joint, Expression)>),
    /// The opposite.
    Not(Box<Expression>),
    /// One condition.
    Test(Primitive),
}

/// How a condition is joined to what stands before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Joint {
    And,
    Or,
}

/// Which side of a packet an address or port is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    Source,
    Destination,
    Either,
    Both,
}

/// Protocols that have a name of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Protocol {
    Ether,
    Ip,
    Ip6,
    Arp,
    Rarp,
    Tcp,
    Udp,
    Sctp,
    Icmp,
    Icmp6,
    Igmp,
    Gre,
    Esp,
    Ah,
    Pim,
    Vrrp,
}

/// The single conditions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Primitive {
    /// The packet has this protocol.
    Is(Protocol),
    /// An IPv4 address under a mask, in IP, ARP or RARP (`None`: in any of them).
    Ipv4 {
        within: Option<Protocol>,
        direction: Direction,
        address: Ipv4Addr,
        mask: u32,
    },
    /// An IPv6 address under a mask.
    Ipv6 {
        direction: Direction,
        address: Ipv6Addr,
        mask: u128,
    },
    /// A hardware address of an Ethernet frame.
    Hardware {
        direction: Direction,
        address: [u8; 6],
    },
    /// A port between two numbers, of TCP, UDP or SCTP (`None`: of any of them).
    Port {
        transport: Option<Protocol>,
        direction: Direction,
        low: u16,
        high: u16,
    },
    /// A number in the protocol field of IPv4 or IPv6 (`None`: of either).
    NextProtocol {
        within: Option<Protocol>,
        number: u8,
    },
    /// A number in the type field of the link header.
    EtherType(u16),
    /// An 802.1Q tag; what follows in the expression looks behind it.
    Vlan(Option<u16>),
    /// The Ethernet broadcast address.
    Broadcast,
    /// A multicast address of Ethernet, IPv4 or IPv6.
    Multicast(Protocol),
    /// Two values compared.
    Compare {
        left: Arithmetic,
        relation: Relation,
        right: Arithmetic,
    },
}

/// How two values are compared (unsigned).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Relation {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// A value: 32 bits, wrapping.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Arithmetic {
    Number(u32),
    /// Length of the packet on the wire.
    Length,
    /// One, two or four bytes at an offset of a protocol's header.
    Load {
        of: Protocol,
        offset: Box<Arithmetic>,
        size: u8,
    },
    Negate(Box<Arithmetic>),
    /// An operation by its instruction code.
    Operation {
        operation: u16,
        left: Box<Arithmetic>,
        right: Box<Arithmetic>,
    },
}
