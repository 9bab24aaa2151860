//! Addresses as text.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

const HEX: &[u8; 16] = b"0123456789abcdef";

/// An address in its usual short form (RFC 5952 for IPv6).
#[inline]
pub fn ip(out: &mut Vec<u8>, address: IpAddr) {
    match address {
        IpAddr::V4(address) => ipv4(out, address),
        IpAddr::V6(address) => ipv6_short(out, address),
    }
}

/// An address as EVE has it: IPv6 with all eight groups of four digits.
#[inline]
pub fn ip_full(out: &mut Vec<u8>, address: IpAddr) {
    match address {
        IpAddr::V4(address) => ipv4(out, address),
        IpAddr::V6(address) => ipv6_full(out, address),
    }
}

/// A link address, six groups of two hexadecimal digits.
pub fn mac(out: &mut Vec<u8>, address: [u8; 6]) {
    for (index, byte) in address.into_iter().enumerate() {
        if index > 0 {
            out.push(b':');
        }
        super::hex(out, byte);
    }
}

#[inline]
fn ipv4(out: &mut Vec<u8>, address: Ipv4Addr) {
    let mut text = [0u8; 16];
    let mut length = 0;
    for octet in address.octets() {
        let (digits, count) = octet_digits(octet);
        if let Some(slot) = text.get_mut(length..length + 4) {
            slot.copy_from_slice(&digits);
        }
        length += count;
    }
    // Copying what has a fixed length and cutting it is cheaper than copying so many bytes.
    let end = out.len() + length - 1;
    out.extend_from_slice(&text);
    out.truncate(end);
}

/// The digits of an octet and a dot, and how many of the four bytes count.
#[inline]
fn octet_digits(octet: u8) -> ([u8; 4], usize) {
    let (digits, count) = OCTETS.get(usize::from(octet)).copied().unwrap_or_default();
    (digits, usize::from(count))
}

static OCTETS: [([u8; 4], u8); 256] = octets();

#[allow(
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "runs in the compiler, which checks it"
)]
const fn octets() -> [([u8; 4], u8); 256] {
    let mut all = [([0; 4], 0); 256];
    let mut octet = 0;
    while octet < all.len() {
        let (hundreds, tens) = (b'0' + (octet / 100) as u8, b'0' + (octet / 10 % 10) as u8);
        let units = b'0' + (octet % 10) as u8;
        all[octet] = match octet {
            100.. => ([hundreds, tens, units, b'.'], 4),
            10.. => ([tens, units, b'.', 0], 3),
            _ => ([units, b'.', 0, 0], 2),
        };
        octet += 1;
    }
    all
}

fn digit(group: u16, shift: u32) -> u8 {
    HEX.get(usize::from(group >> shift & 0xf))
        .copied()
        .unwrap_or(b'0')
}

fn ipv6_full(out: &mut Vec<u8>, address: Ipv6Addr) {
    let mut text = [b':'; 40];
    for (slot, group) in text.chunks_exact_mut(5).zip(address.segments()) {
        let digits = [
            digit(group, 12),
            digit(group, 8),
            digit(group, 4),
            digit(group, 0),
            b':',
        ];
        slot.copy_from_slice(&digits);
    }
    out.extend_from_slice(text.get(..39).unwrap_or_default());
}

fn ipv6_short(out: &mut Vec<u8>, address: Ipv6Addr) {
    if let Some(mapped) = address.to_ipv4_mapped() {
        out.extend_from_slice(b"::ffff:");
        return ipv4(out, mapped);
    }
    let groups = address.segments();
    let (start, length) = longest_zeros(groups);
    for (index, group) in groups.into_iter().enumerate() {
        if index == start && length > 0 {
            out.extend_from_slice(if start == 0 { b"::" } else { b":" });
        }
        if index >= start && index < start + length {
            continue;
        }
        short_group(out, group);
        if index < 7 {
            out.push(b':');
        }
    }
}

/// Where the longest run of at least two zero groups starts and how long it is.
fn longest_zeros(groups: [u16; 8]) -> (usize, usize) {
    let (mut best, mut current) = ((0, 0), (0, 0));
    for (index, group) in groups.into_iter().enumerate() {
        if group != 0 {
            current = (index + 1, 0);
            continue;
        }
        current.1 += 1;
        if current.1 > best.1 {
            best = current;
        }
    }
    if best.1 < 2 { (0, 0) } else { best }
}

fn short_group(out: &mut Vec<u8>, group: u16) {
    let digits = [
        digit(group, 12),
        digit(group, 8),
        digit(group, 4),
        digit(group, 0),
    ];
    let leading = (group.leading_zeros() / 4).min(3) as usize;
    out.extend_from_slice(digits.get(leading..).unwrap_or_default());
}
