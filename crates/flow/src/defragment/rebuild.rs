//! The headers of a datagram that was put together: as they were before it was fragmented.

use wirewatch_decode::{Datagram, Fragment, write_ip_header};

use super::pieces::Pieces;

const IPV6_HEADER: usize = 40;
const FRAGMENT_HEADER: u32 = 8;
/// Next header values that stand for a header with a length in its second byte: hop-by-hop, routing, destination.
const CHAINED: [u8; 3] = [0, 43, 60];
const FRAGMENT_NEXT_HEADER: u8 = 44;
/// Headers before the fragment header; decoding stops earlier than this.
const MAX_CHAIN: usize = 16;

/// The first fragment's headers without what says that it is one. Lengths and checksum follow in [`datagram`].
///
/// Headers that cannot be taken over as they are (extensions that are not followed here) are written anew
/// from what was decoded.
pub(super) fn headers(datagram: &Datagram, fragment: &Fragment, frame: &[u8]) -> Vec<u8> {
    let copied = if datagram.version == 4 {
        ipv4_headers(datagram, fragment, frame)
    } else {
        ipv6_headers(datagram, fragment, frame)
    };
    copied.unwrap_or_else(|| {
        let mut headers = Vec::new();
        write_ip_header(datagram, fragment.next_protocol, 0, &mut headers);
        headers
    })
}

fn ipv4_headers(datagram: &Datagram, fragment: &Fragment, frame: &[u8]) -> Option<Vec<u8>> {
    let mut headers = frame
        .get(datagram.ip_offset as usize..fragment.data_offset as usize)?
        .to_vec();
    // Flags and fragment offset; of the flags only "do not fragment" would stay, and it is not set.
    headers.get_mut(6..8)?.fill(0);
    (20..=60).contains(&headers.len()).then_some(headers)
}

fn ipv6_headers(datagram: &Datagram, fragment: &Fragment, frame: &[u8]) -> Option<Vec<u8>> {
    let end = fragment.data_offset.checked_sub(FRAGMENT_HEADER)? as usize;
    let mut headers = frame.get(datagram.ip_offset as usize..end)?.to_vec();
    *next_header_of_last(&mut headers)? = fragment.next_protocol;
    (headers.len() >= IPV6_HEADER).then_some(headers)
}

/// The byte that says that a fragment header follows.
fn next_header_of_last(headers: &mut [u8]) -> Option<&mut u8> {
    let mut place = 6;
    let mut at = IPV6_HEADER;
    for _ in 0..MAX_CHAIN {
        let next = *headers.get(place)?;
        if next == FRAGMENT_NEXT_HEADER {
            return headers.get_mut(place);
        }
        if !CHAINED.contains(&next) {
            return None;
        }
        place = at;
        at += (usize::from(*headers.get(at + 1)?) + 1) * 8;
    }
    None
}

/// Writes headers and data; `false` when together they are more than a datagram can be.
pub(super) fn datagram(headers: &[u8], pieces: &Pieces, length: u32, output: &mut Vec<u8>) -> bool {
    let total = headers.len() + length as usize;
    let is_ipv4 = headers.first().is_some_and(|first| first >> 4 == 4);
    let limited = if is_ipv4 {
        total
    } else {
        total - IPV6_HEADER.min(total)
    };
    let Ok(limited) = u16::try_from(limited) else {
        return false;
    };
    output.reserve(total);
    output.extend_from_slice(headers);
    if is_ipv4 {
        put(output, 2, limited);
        put(output, 10, 0);
        let checksum = checksum(output);
        put(output, 10, checksum);
    } else {
        put(output, 4, limited);
    }
    pieces.write(length, output);
    true
}

fn put(bytes: &mut [u8], at: usize, value: u16) {
    if let Some(place) = bytes.get_mut(at..at + 2) {
        place.copy_from_slice(&value.to_be_bytes());
    }
}

/// RFC 1071 over an IPv4 header.
fn checksum(header: &[u8]) -> u16 {
    let mut sum: u32 = header
        .chunks(2)
        .map(|pair| {
            let word = [
                pair.first().copied().unwrap_or_default(),
                pair.get(1).copied().unwrap_or_default(),
            ];
            u32::from(u16::from_be_bytes(word))
        })
        .sum();
    while sum >> 16 != 0 {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !(sum as u16)
}
