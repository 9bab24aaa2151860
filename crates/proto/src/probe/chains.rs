//! Block chains.

use super::read::{byte, fits, is_whole, matches, starts_any, u16_at};
use crate::protocol::{FirstBytes, Protocol, Verdict};

/// Ethereum's RLPx handshake (EIP-8): a length, then a public key in full, which begins with 4.
pub(super) const ETHEREUM_TCP: Protocol = Protocol::tcp(
    "ethereum",
    &[30303, 30304],
    FirstBytes::both(&[(0x00, 0x03)]),
    |_, bytes| match (u16_at(bytes, 0), byte(bytes, 2)) {
        // Of the longest messages only a first segment may be there.
        (Some(length @ 160..=1000), Some(4)) => {
            fits(usize::from(length) + 2 <= bytes.len() || bytes.len() >= 500)
        }
        (_, None) => Verdict::Unsure,
        _ => Verdict::NoMatch,
    },
);

/// Its discovery: a hash, a signature whose last byte is 0 or 1, a kind, a list.
pub(super) const ETHEREUM_UDP: Protocol = Protocol::udp(
    "ethereum",
    &[30303, 30304],
    FirstBytes::both(&[(0, 0xff)]),
    |_, bytes| match bytes.get(96..) {
        Some([0 | 1, 1..=6, list @ ..]) => matches(is_list(list)),
        _ => Verdict::NoMatch,
    },
);

/// A recursive length prefix that says list, of the length of all there is.
fn is_list(bytes: &[u8]) -> bool {
    match bytes {
        [short @ 0xc0..=0xf7, ..] => is_whole(bytes, usize::from(short - 0xc0) + 1),
        [0xf8, length, ..] => bytes.len() == usize::from(*length) + 2,
        [0xf9, high, low, ..] => bytes.len() == usize::from(u16::from_be_bytes([*high, *low])) + 3,
        _ => false,
    }
}

/// Bitcoin and its descendants: a network's magic number, then the name of the command.
pub(super) const BITCOIN: Protocol = Protocol::tcp(
    "bitcoin",
    &[8333, 18333],
    FirstBytes::both(&[(0, 0xff)]),
    |_, bytes| match bytes.get(4..) {
        None => Verdict::Unsure,
        Some(command) => starts_any(command, &[b"version\0\0\0\0\0"]),
    },
);
