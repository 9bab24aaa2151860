//! Writing the header of a datagram that was put together from fragments.

use crate::Datagram;

const VERSION_4_PLAIN: u8 = 0x45;
const VERSION_6: u8 = 0x60;
const DO_NOT_FRAGMENT_NOR_MORE: [u8; 2] = [0, 0];

/// Appends an IP header without options or extension headers for a payload that was
/// reassembled from fragments of `datagram`, so that header and payload can go through
/// [`crate::decode_ip`]. `protocol` is [`crate::Fragment::next_protocol`].
///
/// The header's checksum is right. Lengths that do not fit their field are cut to the largest.
pub fn write_ip_header(
    datagram: &Datagram,
    protocol: u8,
    payload_length: usize,
    out: &mut Vec<u8>,
) {
    if datagram.version == 4 {
        write_ipv4(datagram, protocol, payload_length, out);
    } else {
        write_ipv6(datagram, protocol, payload_length, out);
    }
}

fn write_ipv4(datagram: &Datagram, protocol: u8, payload_length: usize, out: &mut Vec<u8>) {
    let length = u16::try_from(payload_length.saturating_add(20)).unwrap_or(u16::MAX);
    let identification = datagram.identification as u16;
    let (source, destination) = (datagram.source as u32, datagram.destination as u32);
    let words = [
        source >> 16,
        source & 0xffff,
        destination >> 16,
        destination & 0xffff,
    ];
    let others = [
        u32::from(VERSION_4_PLAIN) << 8 | u32::from(datagram.tos),
        u32::from(length),
        u32::from(identification),
        u32::from(datagram.ttl) << 8 | u32::from(protocol),
    ];
    let sum: u64 = words
        .iter()
        .chain(&others)
        .map(|word| u64::from(*word))
        .sum();
    let checksum = !crate::checksum::fold(sum);
    out.extend_from_slice(&[VERSION_4_PLAIN, datagram.tos]);
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(&identification.to_be_bytes());
    out.extend_from_slice(&DO_NOT_FRAGMENT_NOR_MORE);
    out.extend_from_slice(&[datagram.ttl, protocol]);
    out.extend_from_slice(&checksum.to_be_bytes());
    out.extend_from_slice(&source.to_be_bytes());
    out.extend_from_slice(&destination.to_be_bytes());
}

fn write_ipv6(datagram: &Datagram, protocol: u8, payload_length: usize, out: &mut Vec<u8>) {
    let length = u16::try_from(payload_length).unwrap_or(u16::MAX);
    out.extend_from_slice(&[VERSION_6 | datagram.tos >> 4, datagram.tos << 4, 0, 0]);
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(&[protocol, datagram.ttl]);
    out.extend_from_slice(&datagram.source.to_be_bytes());
    out.extend_from_slice(&datagram.destination.to_be_bytes());
}
