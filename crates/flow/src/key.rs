//! What makes packets belong to the same flow.
//!
//! Addresses, ports, protocol, IP version, VLAN identifiers and the tunnel. Both
//! directions give the same key: the lower end comes first. Of ICMP, requests and
//! replies share a key with their two types in place of ports; one-way messages
//! (errors, redirects) are keyed by type and code and only from sender to receiver,
//! as the Community ID specification has it. The echo identifier is not part
//! of the key, as with Suricata and Zeek. ESP is keyed by its security parameters index where
//! decoding gives it (upper half as source port, lower half as destination port); each direction has its own.

use wirewatch_decode::{Datagram, Tunnel};

use crate::icmp::{self, Exchange};
use crate::protocol;

/// What surrounds a datagram: the same addresses in another scope are another flow.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Scope {
    /// VLAN identifiers, outermost first, 0 where there is none.
    pub vlans: [u16; 3],
    /// The tunnel the datagram came out of, from [`crate::Table::tunnel_key`]; 0 outside of tunnels.
    pub tunnel: u32,
}

/// Which way a packet goes relative to its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Sent by the key's low end.
    FromLow,
    /// Sent by the key's high end.
    FromHigh,
}

/// The identity of a flow, in 48 bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[repr(C)]
pub struct Key {
    low: u128,
    high: u128,
    /// From the top: tunnel 32 bits, VLANs 3 x 16, version 8, protocol 8, high port 16, low port 16.
    rest: u128,
}

/// One end of a flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct End {
    pub(crate) address: u128,
    pub(crate) port: u16,
}

impl Key {
    /// The key of a datagram, or `None` when its transport header, which it needs, is missing.
    #[inline]
    pub fn new(datagram: &Datagram, scope: &Scope) -> Option<(Self, Direction)> {
        let mut source = End {
            address: datagram.source,
            port: 0,
        };
        let mut destination = End {
            address: datagram.destination,
            port: 0,
        };
        let mut ordered = true;
        if protocol::has_ports(datagram.protocol) {
            if !datagram.has_transport {
                return None;
            }
            source.port = datagram.source_port;
            destination.port = datagram.destination_port;
        } else if protocol::is_icmp(datagram.protocol, datagram.version) {
            if !datagram.has_transport {
                return None;
            }
            source.port = datagram.source_port;
            match icmp::exchange(datagram.version, datagram.source_port as u8) {
                Exchange::Request(other) | Exchange::Reply(other) => {
                    destination.port = other.into();
                }
                Exchange::OneWay => {
                    destination.port = datagram.destination_port;
                    ordered = false;
                }
            }
        } else if datagram.protocol == protocol::ESP && datagram.has_transport {
            source.port = datagram.source_port;
            destination.port = datagram.destination_port;
            ordered = false;
        }
        let from_low = !ordered || source <= destination;
        let (low, high) = if from_low {
            (source, destination)
        } else {
            (destination, source)
        };
        let key = Self::of_ends(low, high, datagram, scope);
        let direction = if from_low {
            Direction::FromLow
        } else {
            Direction::FromHigh
        };
        Some((key, direction))
    }

    fn of_ends(low: End, high: End, datagram: &Datagram, scope: &Scope) -> Self {
        let [outer, middle, inner] = scope.vlans;
        let upper = u64::from(scope.tunnel) << 32 | u64::from(outer) << 16 | u64::from(middle);
        let lower = u64::from(inner) << 48
            | u64::from(datagram.version) << 40
            | u64::from(datagram.protocol) << 32
            | u64::from(high.port) << 16
            | u64::from(low.port);
        Self {
            low: low.address,
            high: high.address,
            rest: u128::from(upper) << 64 | u128::from(lower),
        }
    }

    /// The words a hash is made of.
    pub(crate) fn words(&self) -> [u128; 3] {
        [self.low, self.high, self.rest]
    }

    pub(crate) fn low(&self) -> End {
        End {
            address: self.low,
            port: self.rest as u16,
        }
    }

    pub(crate) fn high(&self) -> End {
        End {
            address: self.high,
            port: (self.rest >> 16) as u16,
        }
    }

    /// IP protocol number.
    #[inline]
    pub fn protocol(&self) -> u8 {
        (self.rest >> 32) as u8
    }

    /// IP version, 4 or 6; 0 in a slot that holds no flow.
    #[inline]
    pub fn version(&self) -> u8 {
        (self.rest >> 40) as u8
    }

    /// VLANs and tunnel.
    pub fn scope(&self) -> Scope {
        Scope {
            vlans: [
                (self.rest >> 80) as u16,
                (self.rest >> 64) as u16,
                (self.rest >> 48) as u16,
            ],
            tunnel: (self.rest >> 96) as u32,
        }
    }

    /// What identifies a tunnel, as words to be hashed.
    ///
    /// Kind, the two outer addresses in either order, the outer scope and, for kinds that use the
    /// same identifier both ways, the identifier. Outer ports are left out, because VXLAN and
    /// Geneve choose them anew for each inner flow and each direction; GTP, L2TP, PPTP and `IPsec`
    /// use another identifier each way, which would part the two directions of inner flows.
    pub(crate) fn tunnel_words(&self, kind: Tunnel, identifier: u32) -> [u128; 3] {
        let (low, high) = if self.low <= self.high {
            (self.low, self.high)
        } else {
            (self.high, self.low)
        };
        let identifier = match kind {
            Tunnel::Vxlan | Tunnel::Geneve | Tunnel::Gre | Tunnel::Erspan => identifier,
            _ => 0,
        };
        let outer_scope = self.rest >> 48;
        [
            low,
            high,
            outer_scope << 48 | u128::from(identifier) << 8 | u128::from(kind as u8),
        ]
    }
}

/// A key with its hash: what the table is asked with.
#[derive(Debug, Clone, Copy)]
pub struct Lookup {
    /// The flow's identity.
    pub key: Key,
    /// Its hash, good for the table that made it.
    pub hash: u64,
    /// Which way the packet goes.
    pub direction: Direction,
    /// Where the flow probably is, set by [`crate::Table::touch`].
    pub(crate) hint: u32,
}

#[cfg(test)]
mod tests;
