//! A cheap hash of the two hosts that talk, to spread packets over workers.
//!
//! Only addresses count, not ports: fragments have no ports, ICMP errors and the control
//! connections of FTP, SIP or a tunnel have others, and all of them must meet the flow they
//! belong to. The price is that two hosts never keep more than one worker busy. Inside
//! tunnels nothing is looked at: all flows of a tunnel go where its outer hosts go.

use crate::bytes::{be16, be32, ipv4_at, ipv6_at};
use crate::link::{self, ether_type};

/// VLAN tags and PPPoE headers skipped before the packet.
const MAX_TAGS: usize = 4;
/// MPLS labels skipped.
const MAX_LABELS: usize = 16;

/// A hash that is the same for both directions between two hosts.
///
/// Frames without IP are spread by their Ethernet addresses. Links where finding the packet
/// is work (802.11, NFLOG, frame relay) and unknown ones give 0: one worker gets them all.
#[inline]
pub fn flow_hash(link: u16, bytes: &[u8]) -> u32 {
    let pair = match link {
        link::ETHERNET => ethernet_pair(bytes),
        link::RAW | link::RAW_BSD | link::RAW_OPENBSD | link::IPV4 | link::IPV6 => raw_pair(bytes),
        link::NULL | link::LOOP => bytes.get(4..).and_then(raw_pair),
        link::COOKED => be16(bytes, 14).and_then(|kind| typed_pair(kind, bytes.get(16..)?)),
        link::COOKED2 => be16(bytes, 0).and_then(|kind| typed_pair(kind, bytes.get(20..)?)),
        link::PPP | link::PPP_HDLC => ppp_pair(bytes),
        link::PPP_WITH_DIRECTION => bytes.get(1..).and_then(ppp_pair),
        link::PPP_ETHERNET => bytes.get(6..).and_then(ppp_pair),
        link::CHDLC => be16(bytes, 2).and_then(|kind| typed_pair(kind, bytes.get(4..)?)),
        _ => None,
    };
    pair.map_or(0, |(source, destination)| mix(source, destination))
}

#[inline]
fn ethernet_pair(bytes: &[u8]) -> Option<(u128, u128)> {
    let kind = be16(bytes, 12)?;
    let payload = bytes.get(14..)?;
    typed_pair(kind, payload).or_else(|| hardware_pair(bytes))
}

#[cold]
fn hardware_pair(bytes: &[u8]) -> Option<(u128, u128)> {
    let address = |at| Some(u128::from(be16(bytes, at)?) << 32 | u128::from(be32(bytes, at + 2)?));
    Some((address(0)?, address(6)?))
}

#[inline]
fn typed_pair(kind: u16, payload: &[u8]) -> Option<(u128, u128)> {
    match kind {
        ether_type::IPV4 => ipv4_pair(payload),
        ether_type::IPV6 => ipv6_pair(payload),
        _ => tagged_pair(kind, payload),
    }
}

#[inline(never)]
fn tagged_pair(mut kind: u16, mut payload: &[u8]) -> Option<(u128, u128)> {
    for _ in 0..MAX_TAGS {
        match kind {
            ether_type::IPV4 => return ipv4_pair(payload),
            ether_type::IPV6 => return ipv6_pair(payload),
            ether_type::VLAN
            | ether_type::PROVIDER_BRIDGE
            | ether_type::VLAN_OLD
            | ether_type::VLAN_OLDER => {
                kind = be16(payload, 2)?;
                payload = payload.get(4..)?;
            }
            ether_type::PPPOE_SESSION => return ppp_pair(payload.get(6..)?),
            ether_type::MPLS | ether_type::MPLS_MULTICAST => return labelled_pair(payload),
            _ => return None,
        }
    }
    None
}

fn labelled_pair(payload: &[u8]) -> Option<(u128, u128)> {
    let (labels, _) = payload.as_chunks::<4>();
    let bottom = labels
        .iter()
        .take(MAX_LABELS)
        .position(|[_, _, third, _]| third & 1 != 0)?;
    raw_pair(payload.get((bottom + 1) * 4..)?)
}

fn ppp_pair(bytes: &[u8]) -> Option<(u128, u128)> {
    let bytes = bytes.strip_prefix(&[0xff, 0x03]).unwrap_or(bytes);
    match bytes {
        [0x21 | 0x57, packet @ ..] | [0, 0x21 | 0x57, packet @ ..] => raw_pair(packet),
        _ => None,
    }
}

fn raw_pair(bytes: &[u8]) -> Option<(u128, u128)> {
    match bytes.first()? >> 4 {
        4 => ipv4_pair(bytes),
        6 => ipv6_pair(bytes),
        _ => None,
    }
}

#[inline]
fn ipv4_pair(bytes: &[u8]) -> Option<(u128, u128)> {
    Some((ipv4_at(bytes, 12)?, ipv4_at(bytes, 16)?))
}

#[inline]
fn ipv6_pair(bytes: &[u8]) -> Option<(u128, u128)> {
    Some((ipv6_at(bytes, 8)?, ipv6_at(bytes, 24)?))
}

/// Puts both addresses, in either order, into 32 well spread bits.
#[inline]
fn mix(source: u128, destination: u128) -> u32 {
    const FIRST: u64 = 0x9e37_79b9_7f4a_7c15;
    const SECOND: u64 = 0xd6e8_feb8_6659_fd93;
    let half = |address: u128| {
        let (high, low) = ((address >> 64) as u64, address as u64);
        let mixed = (low ^ high.rotate_left(29)).wrapping_mul(FIRST);
        (mixed ^ mixed >> 32).wrapping_mul(SECOND)
    };
    let sum = half(source).wrapping_add(half(destination));
    ((sum ^ sum >> 29).wrapping_mul(FIRST) >> 32) as u32
}

#[cfg(test)]
mod tests;
