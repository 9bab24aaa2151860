//! What follows the qualifiers: addresses, networks, ports and protocol numbers.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::arithmetic::number;
use super::{Head, Parsed, Parser, Sort};
use crate::bpf::names;
use crate::bpf::tree::{Arithmetic, Direction, Primitive, Protocol, Relation};
use crate::bpf::words::Kind;

/// Number in the link header, the IPv4 or the IPv6 header that stands for a protocol.
pub(in crate::bpf) fn numbers(protocol: Protocol) -> (Option<u16>, Option<u8>) {
    match protocol {
        Protocol::Ether => (None, None),
        Protocol::Ip => (Some(0x0800), None),
        Protocol::Ip6 => (Some(0x86dd), None),
        Protocol::Arp => (Some(0x0806), None),
        Protocol::Rarp => (Some(0x8035), None),
        Protocol::Icmp => (None, Some(1)),
        Protocol::Igmp => (None, Some(2)),
        Protocol::Tcp => (None, Some(6)),
        Protocol::Udp => (None, Some(17)),
        Protocol::Gre => (None, Some(47)),
        Protocol::Esp => (None, Some(50)),
        Protocol::Ah => (None, Some(51)),
        Protocol::Icmp6 => (None, Some(58)),
        Protocol::Pim => (None, Some(103)),
        Protocol::Vrrp => (None, Some(112)),
        Protocol::Sctp => (None, Some(132)),
    }
}

impl Parser<'_> {
    pub(super) fn identifier(&mut self, head: Head) -> Parsed<Primitive> {
        let (word, escaped) = match self.kind() {
            Kind::Word(word) => (word, false),
            Kind::Escaped(word) => (word, true),
            _ => return self.expected(wanted(head)),
        };
        match head.sort {
            Sort::Port | Sort::PortRange => self.ports(head, word),
            Sort::Number => self.protocol_number(head, word, escaped),
            Sort::Host | Sort::Net | Sort::Address => self.address(head, word),
        }
    }

    pub(super) fn optional_number<T: TryFrom<u32> + Into<u32>>(
        &mut self,
        maximum: u32,
    ) -> Parsed<Option<T>> {
        let Kind::Word(word) = self.kind() else {
            return Ok(None);
        };
        let Some(value) = number(word) else {
            return Ok(None);
        };
        match T::try_from(value) {
            Ok(value_of_type) if value <= maximum => {
                self.at += 1;
                Ok(Some(value_of_type))
            }
            _ => self.expected(&format!("a number up to {maximum}")),
        }
    }

    pub(super) fn length_limit(&mut self, at_most: bool) -> Parsed<Primitive> {
        let value = match self.kind() {
            Kind::Word(word) => number(word),
            _ => None,
        };
        let Some(value) = value else {
            return self.expected("a length in bytes");
        };
        self.at += 1;
        Ok(Primitive::Compare {
            left: Arithmetic::Length,
            relation: if at_most {
                Relation::LessOrEqual
            } else {
                Relation::GreaterOrEqual
            },
            right: Arithmetic::Number(value),
        })
    }

    fn ports(&mut self, head: Head, word: &str) -> Parsed<Primitive> {
        let transport = match head.protocol {
            None => None,
            Some(Protocol::Tcp | Protocol::Udp | Protocol::Sctp) => head.protocol,
            Some(_) => {
                return self.fault("expected `tcp`, `udp` or `sctp` before `port`".to_owned());
            }
        };
        let range = if head.sort == Sort::PortRange {
            word.split_once('-')
                .and_then(|(low, high)| Some((port(low)?, port(high)?)))
        } else {
            port(word).map(|port| (port, port))
        };
        let Some((one, other)) = range else {
            return self.expected(wanted(head));
        };
        self.at += 1;
        Ok(Primitive::Port {
            transport,
            direction: head.direction,
            low: one.min(other),
            high: one.max(other),
        })
    }

    fn protocol_number(&mut self, head: Head, word: &str, escaped: bool) -> Parsed<Primitive> {
        if head.direction != Direction::Either {
            return self.fault("expected no direction before `proto`".to_owned());
        }
        let named = names::protocol(word).map(numbers);
        let value = if escaped { None } else { number(word) };
        let primitive = match head.protocol {
            Some(Protocol::Ether) => value
                .and_then(|value| u16::try_from(value).ok())
                .filter(|value| *value >= 0x0600)
                .or_else(|| named.and_then(|(ether, _)| ether))
                .map(Primitive::EtherType),
            within @ (None | Some(Protocol::Ip | Protocol::Ip6)) => value
                .and_then(|value| u8::try_from(value).ok())
                .or_else(|| named.and_then(|(_, next)| next))
                .map(|number| Primitive::NextProtocol { within, number }),
            Some(_) => {
                return self.fault("expected `ether`, `ip` or `ip6` before `proto`".to_owned());
            }
        };
        match primitive {
            Some(primitive) => {
                self.at += 1;
                Ok(primitive)
            }
            None => self.expected(wanted(head)),
        }
    }

    fn address(&mut self, head: Head, word: &str) -> Parsed<Primitive> {
        if head.protocol == Some(Protocol::Ether) {
            return self.hardware(head, word);
        }
        if !matches!(
            head.protocol,
            None | Some(Protocol::Ip | Protocol::Ip6 | Protocol::Arp | Protocol::Rarp)
        ) {
            return self
                .fault("expected `ip`, `ip6`, `arp` or `rarp` before an address".to_owned());
        }
        if let Ok(address) = word.parse::<Ipv6Addr>() {
            return self.ipv6(head, address);
        }
        let parts = word.split('.').map(|part| part.parse::<u8>().ok());
        let octets: Option<Vec<u8>> = parts.collect();
        match octets {
            Some(octets) if octets.len() <= 4 => self.ipv4(head, &octets),
            _ => self.expected(wanted(head)),
        }
    }

    fn hardware(&mut self, head: Head, word: &str) -> Parsed<Primitive> {
        let Some(address) = hardware_address(word).filter(|_| head.sort != Sort::Net) else {
            return self.expected("a hardware address such as 00:00:5e:00:53:01");
        };
        self.at += 1;
        Ok(Primitive::Hardware {
            direction: head.direction,
            address,
        })
    }

    fn ipv6(&mut self, head: Head, address: Ipv6Addr) -> Parsed<Primitive> {
        if !matches!(head.protocol, None | Some(Protocol::Ip6)) {
            return self.expected("an IPv4 address");
        }
        let start = self.at;
        self.at += 1;
        let length = self.prefix(head, 128)?.unwrap_or(128);
        let mask = u128::MAX.checked_shl(128 - length).unwrap_or(0);
        if address.to_bits() & !mask != 0 {
            self.at = start;
            return self.fault(format!("expected an address without bits beyond /{length}"));
        }
        Ok(Primitive::Ipv6 {
            direction: head.direction,
            address,
            mask,
        })
    }

    fn ipv4(&mut self, head: Head, octets: &[u8]) -> Parsed<Primitive> {
        if head.protocol == Some(Protocol::Ip6) {
            return self.expected("an IPv6 address");
        }
        if octets.len() < 4 && head.sort != Sort::Net {
            return self.expected("an address of four numbers");
        }
        let start = self.at;
        self.at += 1;
        let mut bytes = [0; 4];
        for (byte, octet) in bytes.iter_mut().zip(octets) {
            *byte = *octet;
        }
        let address = Ipv4Addr::from(bytes);
        let mask = if let Some(mask) = self.netmask(head)? {
            mask
        } else {
            let given = octets.len() as u32 * 8;
            let length = self.prefix(head, 32)?.unwrap_or(given);
            u32::MAX.checked_shl(32 - length).unwrap_or(0)
        };
        if address.to_bits() & !mask != 0 {
            self.at = start;
            return self
                .fault("expected a network address without bits outside its mask".to_owned());
        }
        Ok(Primitive::Ipv4 {
            within: head.protocol,
            direction: head.direction,
            address,
            mask,
        })
    }

    fn netmask(&mut self, head: Head) -> Parsed<Option<u32>> {
        if head.sort != Sort::Net || !self.take_word("mask") {
            return Ok(None);
        }
        let mask = match self.kind() {
            Kind::Word(word) => word.parse::<Ipv4Addr>().ok(),
            _ => None,
        };
        match mask {
            Some(mask) => {
                self.at += 1;
                Ok(Some(mask.to_bits()))
            }
            None => self.expected("a netmask such as 255.255.255.0"),
        }
    }

    fn prefix(&mut self, head: Head, maximum: u32) -> Parsed<Option<u32>> {
        if self.kind() != Kind::Symbol("/") {
            return Ok(None);
        }
        if head.sort == Sort::Host {
            return self.fault("expected `net` instead of `host` before a prefix".to_owned());
        }
        self.at += 1;
        match self.optional_number::<u32>(maximum)? {
            Some(length) => Ok(Some(length)),
            None => self.expected(&format!("a prefix length up to {maximum}")),
        }
    }
}

fn wanted(head: Head) -> &'static str {
    match (head.sort, head.protocol) {
        (Sort::Port, _) => "a port number or a common service name",
        (Sort::PortRange, _) => "two ports such as 1-1023",
        (Sort::Number, Some(Protocol::Ether)) => "an EtherType of at least 0x600",
        (Sort::Number, _) => "a protocol number up to 255 or a protocol name",
        (_, Some(Protocol::Ether)) => "a hardware address such as 00:00:5e:00:53:01",
        (Sort::Net, _) => "a network such as 192.0.2.0/24",
        _ => "an address (host names are not looked up)",
    }
}

fn port(word: &str) -> Option<u16> {
    match number(word) {
        Some(value) => u16::try_from(value).ok(),
        None => names::port(word),
    }
}

fn hardware_address(word: &str) -> Option<[u8; 6]> {
    let mut address = [0; 6];
    let mut parts = word.split([':', '-']);
    for byte in &mut address {
        let part = parts.next().filter(|part| part.len() <= 2)?;
        *byte = u8::from_str_radix(part, 16).ok()?;
    }
    parts.next().is_none().then_some(address)
}
