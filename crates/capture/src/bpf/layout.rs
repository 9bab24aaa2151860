//! Where the headers of a link type are.
//!
//! Link types and their headers: tcpdump.org/linktypes.html.

use super::lower::{Check, Field};
use super::tree::Protocol;

/// Link types as LINKTYPE_ numbers, as far as the filter compiler and live capture know them.
pub(crate) mod link {
    pub(crate) const NULL: u16 = 0;
    pub(crate) const ETHERNET: u16 = 1;
    pub(crate) const PPP: u16 = 9;
    pub(crate) const RAW: u16 = 101;
    pub(crate) const LOOP: u16 = 108;
    pub(crate) const LINUX_SLL: u16 = 113;
    pub(crate) const IPV4: u16 = 228;
    pub(crate) const IPV6: u16 = 229;
    pub(crate) const LINUX_SLL2: u16 = 276;
}

/// Length of the Linux cooked header, version 2.
pub(crate) const SLL2_LENGTH: usize = 20;

/// How the protocol behind the link header is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tag {
    /// An `EtherType` at this offset.
    EtherType(u32),
    /// The address family of a BSD loopback header, in either byte order.
    Family,
    /// A PPP protocol number at this offset.
    Ppp(u32),
    /// Nothing but the version in the first four bits.
    Version,
}

/// Where the headers of a packet are, as far as the expression has been read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Layout {
    tag: Tag,
    /// Offset of the network header.
    pub payload: u32,
    link: u16,
}

impl Layout {
    /// The layout of a link type, or `None` if it is not known.
    pub(super) fn of(link: u16) -> Option<Self> {
        let (tag, payload) = match link {
            link::ETHERNET => (Tag::EtherType(12), 14),
            link::LINUX_SLL => (Tag::EtherType(14), 16),
            link::LINUX_SLL2 => (Tag::EtherType(0), SLL2_LENGTH as u32),
            link::NULL | link::LOOP => (Tag::Family, 4),
            link::PPP => (Tag::Ppp(2), 4),
            link::RAW | link::IPV4 | link::IPV6 => (Tag::Version, 0),
            _ => return None,
        };
        Some(Self { tag, payload, link })
    }

    pub(super) fn is_ethernet(&self) -> bool {
        self.link == link::ETHERNET
    }

    /// The check for an `EtherType`, and nothing that the link type cannot carry.
    pub(super) fn ether_type(&self, number: u16) -> Check {
        let value = u32::from(number);
        match self.tag {
            Tag::EtherType(offset) => Check::equal(Field::Half(offset), value),
            Tag::Ppp(offset) => match number {
                0x0800 => Check::equal(Field::Half(offset), 0x0021),
                0x86dd => Check::equal(Field::Half(offset), 0x0057),
                _ => Check::Constant(false),
            },
            Tag::Version => match number {
                0x0800 => Check::masked(Field::Byte(0), 0xf0, 0x40),
                0x86dd => Check::masked(Field::Byte(0), 0xf0, 0x60),
                _ => Check::Constant(false),
            },
            Tag::Family => match number {
                0x0800 => families(&[2]),
                0x86dd => families(&[10, 24, 28, 30]),
                _ => Check::Constant(false),
            },
        }
    }

    /// The check for a tag in the bytes; `None` where the link type has no `EtherType`.
    ///
    /// For Linux cooked headers the tag stands behind the header, as on Ethernet.
    pub(super) fn vlan(&mut self, id: Option<u16>) -> Option<Check> {
        let Tag::EtherType(offset) = self.tag else {
            return None;
        };
        let tagged = Check::Any(
            [0x8100, 0x88a8, 0x9100]
                .map(|number| Check::equal(Field::Half(offset), number))
                .into(),
        );
        let tag = self.payload;
        self.tag = Tag::EtherType(tag + 2);
        self.payload += 4;
        Some(match id {
            Some(id) => Check::All(vec![
                tagged,
                Check::masked(Field::Half(tag), 0x0fff, u32::from(id)),
            ]),
            None => tagged,
        })
    }

    /// Offset at which the header of a protocol starts; transports of IPv4 are not at a fixed one.
    pub(super) fn header(&self, protocol: Protocol) -> u32 {
        match protocol {
            Protocol::Ether => 0,
            Protocol::Icmp6 => self.payload + 40,
            _ => self.payload,
        }
    }
}

fn families(numbers: &[u32]) -> Check {
    Check::Any(
        numbers
            .iter()
            .flat_map(|number| [*number, number.swap_bytes()])
            .map(|number| Check::equal(Field::Word(0), number))
            .collect(),
    )
}
