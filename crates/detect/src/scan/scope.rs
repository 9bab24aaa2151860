//! Which attempts count, and which addresses and ports are special.

use super::Attempt;
use crate::{finding::as_v4, ports};

/// How much an attempt says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Weight {
    /// Nothing; it is not looked at.
    None,
    /// It fails only when it is refused.
    IfRefused,
    /// It fails when it is refused or not answered.
    Full,
}

const TCP: u8 = 6;
const UDP: u8 = 17;

/// Ports on which hosts look for each other without expecting an answer: `NetBIOS` names,
/// SSDP, WS-Discovery, mDNS, LLMNR.
const DISCOVERY: &[u16] = &[137, 1900, 3702, 5353, 5355];
/// Classic traceroute counts up from the first, one per probe and hop.
const TRACEROUTE: std::ops::RangeInclusive<u16> = 33_434..=33_690;

/// Ports that worms and bots sweep for (CERT/CC advisories, Mirai's sources, Maltrail's list).
const WORM_PORTS: &[u16] = &[
    22, 23, 135, 139, 445, 1433, 2323, 3306, 3389, 5432, 5555, 5900, 6379, 7547, 8291, 27017,
    37215, 52869,
];
/// The same for UDP: services that answer more than they are asked.
const WORM_UDP_PORTS: &[u16] = &[17, 19, 69, 111, 161, 389, 623, 1434, 5060, 11211];

/// How much an attempt says about its source.
pub(super) fn weigh(attempt: &Attempt) -> Weight {
    if is_special(attempt) {
        return Weight::None;
    }
    if attempt.protocol != UDP {
        return Weight::Full;
    }
    let is_reply = ports::is_service(UDP, attempt.source_port)
        && !ports::is_service(UDP, attempt.port)
        || attempt.source_port < 1024 && attempt.port >= 1024;
    let is_subnet_broadcast = as_v4(attempt.destination).is_some_and(|v4| v4 & 0xff == 0xff);
    if is_reply
        || is_subnet_broadcast
        || DISCOVERY.contains(&attempt.port)
        || TRACEROUTE.contains(&attempt.port)
    {
        return Weight::None;
    }
    if ports::is_service(UDP, attempt.port) || attempt.port < 1024 {
        Weight::Full
    } else {
        Weight::IfRefused
    }
}

/// Whether one of the addresses belongs to nobody in particular.
pub(super) fn is_special(attempt: &Attempt) -> bool {
    is_nobody(attempt.source) || is_nobody(attempt.destination)
}

/// Unspecified, loopback, multicast, reserved and broadcast addresses.
fn is_nobody(address: u128) -> bool {
    match as_v4(address) {
        Some(v4) => matches!(v4 >> 24, 0 | 127 | 224..),
        None => address >> 120 == 0xff || address <= 1,
    }
}

/// RFC 1918, RFC 6598, link-local and unique local addresses.
pub(crate) fn is_private(address: u128) -> bool {
    match as_v4(address) {
        Some(v4) => {
            v4 >> 24 == 10
                || v4 >> 20 == 0xac1
                || v4 >> 16 == 0xc0a8
                || v4 >> 16 == 0xa9fe
                || v4 >> 22 == 0x6440_0000 >> 22
        }
        None => address >> 121 == 0x7e || address >> 118 == 0x3fa,
    }
}

pub(crate) fn within(address: u128, networks: &[(u128, u8)]) -> bool {
    networks.iter().any(|(network, prefix)| {
        let free = 128_u32.saturating_sub(u32::from(*prefix));
        (address ^ network).checked_shr(free).unwrap_or(0) == 0
    })
}

/// Whether worms look for this port.
pub(super) fn is_worm_port(protocol: u8, port: u16) -> bool {
    match protocol {
        TCP => WORM_PORTS.contains(&port),
        UDP => WORM_UDP_PORTS.contains(&port),
        _ => false,
    }
}
