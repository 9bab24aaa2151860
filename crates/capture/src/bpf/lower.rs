//! Turns a filter expression into checks of fields, for one link type.
//!
//! The meaning of each condition is that of libpcap: `port` looks at first
//! fragments of IPv4 only and expects no extension headers in IPv6, a transport
//! header that is read by its bytes is one of IPv4, `vlan` moves what follows it
//! in the expression by one tag.

use super::layout::Layout;
use super::parse::primitive::numbers;
use super::tree::{Arithmetic, Direction, Expression, Joint, Primitive, Protocol, Relation};

/// One field of a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    Byte(u32),
    Half(u32),
    Word(u32),
    /// Two bytes at an offset behind the IPv4 header that starts at `header`.
    BehindIpv4 {
        header: u32,
        offset: u32,
    },
    /// What only the kernel knows, by its ancillary number.
    Ancillary(u32),
}

/// A condition on fields, in the order in which it is evaluated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Check {
    Constant(bool),
    All(Vec<Check>),
    Any(Vec<Check>),
    Chain(Box<Check>, Vec<(Joint, Check)>),
    Not(Box<Check>),
    /// A field under a mask has a value.
    Equal {
        field: Field,
        mask: u32,
        value: u32,
    },
    /// A field has any of these bits.
    Bits {
        field: Field,
        mask: u32,
    },
    /// A field is between two values, both included.
    Between {
        field: Field,
        low: u32,
        high: u32,
    },
    /// Two calculated values, with the layout they were written for.
    Compare {
        left: Arithmetic,
        relation: Relation,
        right: Arithmetic,
        layout: Layout,
    },
}

impl Check {
    pub(super) fn equal(field: Field, value: u32) -> Self {
        Self::masked(field, u32::MAX, value)
    }

    pub(super) fn masked(field: Field, mask: u32, value: u32) -> Self {
        Self::Equal { field, mask, value }
    }
}

/// Where the first VLAN tag of a packet is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FirstTag {
    /// In the bytes.
    InBytes,
    /// Taken out of the bytes by the kernel and kept beside the packet.
    BesidePacket,
}

/// Linux `linux/filter.h`: ancillary data starts here, at these numbers.
pub(super) const ANCILLARY: u32 = 0xffff_f000;
const ANCILLARY_VLAN_TAG: u32 = ANCILLARY + 44;

/// Not 0 where the kernel took a VLAN tag out of the packet.
pub(super) const TAG_PRESENT: Field = Field::Ancillary(ANCILLARY + 48);

/// Reads expressions from left to right for one link type.
pub(super) struct Lowering {
    pub layout: Layout,
    pub first_tag: FirstTag,
}

/// Why a condition has no meaning on a link type.
type Lowered = Result<Check, String>;

impl Lowering {
    pub(super) fn expression(&mut self, expression: &Expression) -> Lowered {
        match expression {
            Expression::Test(primitive) => self.primitive(primitive),
            Expression::Not(inner) => Ok(Check::Not(Box::new(self.expression(inner)?))),
            Expression::Chain(first, rest) => {
                let first = Box::new(self.expression(first)?);
                let rest = rest
                    .iter()
                    .map(|(joint, part)| Ok((*joint, self.expression(part)?)))
                    .collect::<Result<_, String>>()?;
                Ok(Check::Chain(first, rest))
            }
        }
    }

    fn primitive(&mut self, primitive: &Primitive) -> Lowered {
        Ok(match primitive {
            Primitive::Is(protocol) => self.is(*protocol),
            Primitive::Ipv4 {
                within,
                direction,
                address,
                mask,
            } => self.ipv4(*within, *direction, address.to_bits(), *mask),
            Primitive::Ipv6 {
                direction,
                address,
                mask,
            } => self.ipv6(*direction, address.to_bits(), *mask),
            Primitive::Hardware { direction, address } => self.hardware(*direction, *address)?,
            Primitive::Port {
                transport,
                direction,
                low,
                high,
            } => self.port(*transport, *direction, (*low).into(), (*high).into()),
            Primitive::NextProtocol { within, number } => self.next(*within, *number),
            Primitive::EtherType(number) => self.layout.ether_type(*number),
            Primitive::Vlan(id) => self.vlan(*id)?,
            Primitive::Broadcast => self.hardware(Direction::Destination, [0xff; 6])?,
            Primitive::Multicast(protocol) => self.multicast(*protocol)?,
            Primitive::Compare {
                left,
                relation,
                right,
            } => self.compare(left, *relation, right),
        })
    }

    fn is(&self, protocol: Protocol) -> Check {
        match numbers(protocol) {
            (Some(ether), _) => self.layout.ether_type(ether),
            (_, Some(next)) => match protocol {
                Protocol::Icmp | Protocol::Igmp => self.next(Some(Protocol::Ip), next),
                Protocol::Icmp6 => self.next(Some(Protocol::Ip6), next),
                _ => self.next(None, next),
            },
            _ => Check::Constant(true),
        }
    }

    fn next(&self, within: Option<Protocol>, number: u8) -> Check {
        let number = u32::from(number);
        let payload = self.layout.payload;
        let ipv4 = Check::All(vec![
            self.is(Protocol::Ip),
            Check::equal(Field::Byte(payload + 9), number),
        ]);
        let ipv6 = Check::All(vec![
            self.is(Protocol::Ip6),
            Check::Any(vec![
                Check::equal(Field::Byte(payload + 6), number),
                Check::All(vec![
                    Check::equal(Field::Byte(payload + 6), 44),
                    Check::equal(Field::Byte(payload + 40), number),
                ]),
            ]),
        ]);
        match within {
            Some(Protocol::Ip) => ipv4,
            Some(Protocol::Ip6) => ipv6,
            _ => Check::Any(vec![ipv4, ipv6]),
        }
    }

    fn ipv4(
        &self,
        within: Option<Protocol>,
        direction: Direction,
        address: u32,
        mask: u32,
    ) -> Check {
        let one = |protocol: Protocol| {
            let (source, destination) = match protocol {
                Protocol::Ip => (12, 16),
                _ => (14, 24),
            };
            let at = |offset: u32| match mask {
                0 => Check::Constant(true),
                _ => Check::masked(Field::Word(self.layout.payload + offset), mask, address),
            };
            Check::All(vec![
                self.is(protocol),
                directed(direction, &at(source), &at(destination)),
            ])
        };
        match within {
            Some(protocol) => one(protocol),
            None => Check::Any(vec![
                one(Protocol::Ip),
                one(Protocol::Arp),
                one(Protocol::Rarp),
            ]),
        }
    }

    fn ipv6(&self, direction: Direction, address: u128, mask: u128) -> Check {
        let at = |offset: u32| {
            let words = (0..4u32).filter_map(|index| {
                let shift = 96 - 32 * index;
                let (mask, value) = ((mask >> shift) as u32, (address >> shift) as u32);
                let field = Field::Word(self.layout.payload + offset + 4 * index);
                (mask != 0).then(|| Check::masked(field, mask, value))
            });
            Check::All(words.collect())
        };
        Check::All(vec![
            self.is(Protocol::Ip6),
            directed(direction, &at(8), &at(24)),
        ])
    }

    fn hardware(&self, direction: Direction, address: [u8; 6]) -> Lowered {
        if !self.layout.is_ethernet() {
            return Err("this link type has no Ethernet addresses".to_owned());
        }
        let [high @ .., _, _, _, _] = address;
        let [_, _, low @ ..] = address;
        let at = |offset: u32| {
            Check::All(vec![
                Check::equal(Field::Word(offset + 2), u32::from_be_bytes(low)),
                Check::equal(Field::Half(offset), u32::from(u16::from_be_bytes(high))),
            ])
        };
        Ok(directed(direction, &at(6), &at(0)))
    }

    fn port(
        &self,
        transport: Option<Protocol>,
        direction: Direction,
        low: u32,
        high: u32,
    ) -> Check {
        let payload = self.layout.payload;
        let transports = |offset: u32| match transport {
            Some(protocol) => number_at(payload + offset, protocol),
            None => Check::Any(
                [Protocol::Tcp, Protocol::Udp, Protocol::Sctp]
                    .map(|protocol| number_at(payload + offset, protocol))
                    .into(),
            ),
        };
        let behind = |offset: u32| Check::Between {
            field: Field::BehindIpv4 {
                header: payload,
                offset,
            },
            low,
            high,
        };
        let fixed = |offset: u32| Check::Between {
            field: Field::Half(payload + offset),
            low,
            high,
        };
        Check::Any(vec![
            Check::All(vec![
                self.is(Protocol::Ip6),
                transports(6),
                directed(direction, &fixed(40), &fixed(42)),
            ]),
            Check::All(vec![
                self.is(Protocol::Ip),
                transports(9),
                first_fragment(payload),
                directed(direction, &behind(0), &behind(2)),
            ]),
        ])
    }

    fn vlan(&mut self, id: Option<u16>) -> Lowered {
        if self.first_tag == FirstTag::BesidePacket {
            self.first_tag = FirstTag::InBytes;
            return Ok(match id {
                Some(id) => {
                    Check::masked(Field::Ancillary(ANCILLARY_VLAN_TAG), 0x0fff, u32::from(id))
                }
                None => Check::Constant(true),
            });
        }
        self.layout
            .vlan(id)
            .ok_or_else(|| "this link type has no VLAN tags".to_owned())
    }

    fn multicast(&self, protocol: Protocol) -> Lowered {
        let payload = self.layout.payload;
        Ok(match protocol {
            Protocol::Ip => Check::All(vec![
                self.is(protocol),
                Check::Between {
                    field: Field::Byte(payload + 16),
                    low: 224,
                    high: 255,
                },
            ]),
            Protocol::Ip6 => Check::All(vec![
                self.is(protocol),
                Check::equal(Field::Byte(payload + 24), 255),
            ]),
            _ if self.layout.is_ethernet() => Check::Bits {
                field: Field::Byte(0),
                mask: 1,
            },
            _ => return Err("this link type has no Ethernet addresses".to_owned()),
        })
    }

    /// A comparison holds only where the headers it reads are there.
    fn compare(&self, left: &Arithmetic, relation: Relation, right: &Arithmetic) -> Check {
        let mut checks = Vec::new();
        self.headers(left, &mut checks);
        self.headers(right, &mut checks);
        checks.push(Check::Compare {
            left: left.clone(),
            relation,
            right: right.clone(),
            layout: self.layout,
        });
        Check::All(checks)
    }

    fn headers(&self, value: &Arithmetic, checks: &mut Vec<Check>) {
        match value {
            Arithmetic::Number(_) | Arithmetic::Length => {}
            Arithmetic::Negate(inner) => self.headers(inner, checks),
            Arithmetic::Operation { left, right, .. } => {
                self.headers(left, checks);
                self.headers(right, checks);
            }
            Arithmetic::Load { of, offset, .. } => {
                self.headers(offset, checks);
                let present = self.header_present(*of);
                if present != Check::Constant(true) && !checks.contains(&present) {
                    checks.push(present);
                }
            }
        }
    }

    fn header_present(&self, protocol: Protocol) -> Check {
        match numbers(protocol) {
            (None, Some(_)) if protocol == Protocol::Icmp6 => self.is(protocol),
            (None, Some(next)) => Check::All(vec![
                self.next(Some(Protocol::Ip), next),
                first_fragment(self.layout.payload),
            ]),
            _ => self.is(protocol),
        }
    }
}

fn number_at(offset: u32, protocol: Protocol) -> Check {
    let number = numbers(protocol).1.unwrap_or_default();
    Check::equal(Field::Byte(offset), u32::from(number))
}

fn first_fragment(payload: u32) -> Check {
    Check::Not(Box::new(Check::Bits {
        field: Field::Half(payload + 6),
        mask: 0x1fff,
    }))
}

fn directed(direction: Direction, source: &Check, destination: &Check) -> Check {
    match direction {
        Direction::Source => source.clone(),
        Direction::Destination => destination.clone(),
        Direction::Either => Check::Any(vec![source.clone(), destination.clone()]),
        Direction::Both => Check::All(vec![source.clone(), destination.clone()]),
    }
}
