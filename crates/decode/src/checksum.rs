//! Internet checksums (RFC 1071) and SCTP's CRC32c (RFC 9260, appendix A).

mod crc32c;

pub(crate) use crc32c::sctp_is_right;

use crate::Datagram;

/// Bytes added per step: two vectors of the narrowest machine that is cared about.
const STEP: usize = 32;

/// Whether the ones' complement sum of the bytes, their checksum included, is right.
#[inline]
pub(crate) fn is_right(bytes: &[u8]) -> bool {
    fold(sum(bytes)) == 0xffff
}

/// What TCP, UDP and others add to their own bytes: addresses, protocol and length
/// (RFC 9293, section 3.1; RFC 8200, section 8.1).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pseudo(u64);

impl Pseudo {
    /// The pseudo-header of a datagram. The `ffff` that IPv4 addresses are mapped with is zero
    /// in ones' complement, so both versions are summed alike.
    #[inline]
    pub(crate) fn of(datagram: &Datagram, protocol: u8, length: usize) -> Self {
        let address =
            |address: u128| halves(address as u64).wrapping_add(halves((address >> 64) as u64));
        Self(
            address(datagram.source)
                .wrapping_add(address(datagram.destination))
                .wrapping_add(u64::from(protocol))
                .wrapping_add(length as u64 & 0xffff_ffff),
        )
    }

    /// Whether a transport header and payload have the right checksum.
    #[inline]
    pub(crate) fn is_right(self, bytes: &[u8]) -> bool {
        let own = u64::from(u16::from_be(fold(sum(bytes))));
        fold(self.0.wrapping_add(own)) == 0xffff
    }
}

/// The sum of a number's 32-bit halves, which is the same as that of its 16-bit words when
/// folded, and cannot overflow when few are added.
#[inline]
fn halves(number: u64) -> u64 {
    (number >> 32).wrapping_add(number & 0xffff_ffff)
}

/// The sum of all 32-bit words in native order, the last one padded with zeros. The lanes are
/// independent, so the compiler makes vectors of them; frames are far too short to overflow.
#[inline]
pub(crate) fn sum(bytes: &[u8]) -> u64 {
    let (steps, rest) = bytes.as_chunks::<STEP>();
    let mut lanes = [0_u64; STEP / 8];
    for step in steps {
        for (lane, word) in lanes.iter_mut().zip(step.as_chunks::<8>().0) {
            *lane = lane.wrapping_add(halves(u64::from_ne_bytes(*word)));
        }
    }
    let (words, tail) = rest.as_chunks::<4>();
    let short: u64 = words
        .iter()
        .map(|word| u64::from(u32::from_ne_bytes(*word)))
        .sum();
    lanes
        .iter()
        .fold(short.wrapping_add(last_word(tail)), |total, lane| {
            total.wrapping_add(*lane)
        })
}

#[inline]
fn last_word(tail: &[u8]) -> u64 {
    let word = match *tail {
        [a] => [a, 0, 0, 0],
        [a, b] => [a, b, 0, 0],
        [a, b, c] => [a, b, c, 0],
        _ => [0; 4],
    };
    u64::from(u32::from_ne_bytes(word))
}

/// Folds a sum to 16 bits with its carries added back.
#[inline]
pub(crate) fn fold(sum: u64) -> u16 {
    let sum = halves(sum);
    let sum = (sum >> 16).wrapping_add(sum & 0xffff);
    let sum = (sum >> 16).wrapping_add(sum & 0xffff);
    let sum = (sum >> 16).wrapping_add(sum & 0xffff);
    sum as u16
}

#[cfg(test)]
mod tests;
