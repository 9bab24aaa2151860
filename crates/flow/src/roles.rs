//! Who opened a flow, decided on its first packet.
//!
//! A SYN says it, and so does a SYN/ACK (its receiver did). Otherwise the sender of the
//! first packet is taken for the client, unless its port says that it is the server: a
//! capture may begin in the middle of a flow. For TCP and SCTP any better rank of port
//! counts; for UDP only that of a known service towards a single host's port that is none.
//! The sender of an ICMP reply whose request was not seen stays the client, as with Suricata;
//! such a flow is marked as midstream.

use wirewatch_decode::{Datagram, flags};

use crate::icmp::{self, Exchange};
use crate::protocol;

/// What the first packet says about the flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Opening {
    /// Whether the sender of the first packet is the client.
    pub(crate) by_sender: bool,
    /// Whether the flow was already going on when it was first seen.
    pub(crate) midstream: bool,
}

const OPENED: Opening = Opening {
    by_sender: true,
    midstream: false,
};

/// NFS, whose clients use ports below 1024.
const NFS: u16 = 2049;
/// Clients of DHCP and `DHCPv6`, which have ports of their own below 1024.
const CLIENTS: [u16; 2] = [68, 546];
/// Other ports at or above 1024 where servers listen.
const SERVICES: &[u16] = &[
    1080, 1194, 1433, 1521, 1645, 1646, 1701, 1723, 1812, 1813, 1883, 1900, 2404, 3128, 3268, 3306,
    3389, 3478, 3544, 4500, 4840, 5060, 5061, 5072, 5222, 5353, 5355, 5432, 5672, 5900, 5985, 5986,
    6379, 6667, 8000, 8008, 8080, 8081, 8086, 8443, 8883, 8888, 9000, 9042, 9092, 9200, 11211,
    20000, 27017, 44818, 47808,
];
/// Where most systems take their clients' ports from (RFC 6335 says 49152, Linux says 32768).
const FIRST_EPHEMERAL: u16 = 32768;

/// Decides from a flow's first packet.
pub(crate) fn opening(datagram: &Datagram) -> Opening {
    match datagram.protocol {
        protocol::TCP => tcp(datagram),
        protocol::SCTP => Opening {
            by_sender: !ranked_server(datagram),
            midstream: false,
        },
        protocol::UDP | protocol::UDP_LITE => Opening {
            by_sender: !is_udp_answer(datagram),
            midstream: false,
        },
        _ if protocol::is_icmp(datagram.protocol, datagram.version) => icmp(datagram),
        _ => OPENED,
    }
}

fn tcp(datagram: &Datagram) -> Opening {
    match datagram.tcp.flags & (flags::SYN | flags::ACK) {
        flags::SYN => OPENED,
        0x12 => Opening {
            by_sender: false,
            midstream: true,
        },
        _ => Opening {
            by_sender: !ranked_server(datagram),
            midstream: true,
        },
    }
}

fn icmp(datagram: &Datagram) -> Opening {
    let reply = matches!(
        icmp::exchange(datagram.version, datagram.source_port as u8),
        Exchange::Reply(_)
    );
    Opening {
        by_sender: true,
        midstream: reply,
    }
}

/// Whether the sender's port looks more like a server's than the receiver's.
fn ranked_server(datagram: &Datagram) -> bool {
    rank(datagram.source_port) > rank(datagram.destination_port)
}

/// Whether a datagram comes from a known service, and goes to a host that is none and did not get it by chance.
fn is_udp_answer(datagram: &Datagram) -> bool {
    rank(datagram.source_port) >= 2
        && rank(datagram.destination_port) < 2
        && !is_group(datagram.destination, datagram.version)
}

/// Whether an address stands for many hosts: multicast, or the IPv4 broadcast address.
fn is_group(address: u128, version: u8) -> bool {
    if version == 4 {
        address as u32 >= 0xe000_0000
    } else {
        address >> 120 == 0xff
    }
}

/// How much a port looks like a server's.
fn rank(port: u16) -> u8 {
    match port {
        NFS => 4,
        // Nobody listens on it.
        0 => 0,
        _ if CLIENTS.contains(&port) => 0,
        1..1024 => 3,
        _ if SERVICES.binary_search(&port).is_ok() => 2,
        1024..FIRST_EPHEMERAL => 1,
        _ => 0,
    }
}

#[cfg(test)]
mod tests;
