//! A small builder of frames with right lengths and checksums.
//!
//! Checksums are made the slow and plain way here, so that the fast way is tested against it.

pub(super) const CLIENT: [u8; 4] = [192, 0, 2, 1];
pub(super) const SERVER: [u8; 4] = [192, 0, 2, 2];
pub(super) const CLIENT_6: [u8; 16] = [0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
pub(super) const SERVER_6: [u8; 16] = [0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2];

pub(super) fn join(parts: &[&[u8]]) -> Vec<u8> {
    parts.concat()
}

/// The checksum of RFC 1071, word by word.
pub(super) fn plain_checksum(bytes: &[u8]) -> u16 {
    let mut sum: u32 = 0;
    for word in bytes.chunks(2) {
        sum += u32::from(word[0]) << 8 | u32::from(*word.get(1).unwrap_or(&0));
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !(sum as u16)
}

fn put(bytes: &mut [u8], at: usize, value: u16) {
    bytes[at..at + 2].copy_from_slice(&value.to_be_bytes());
}

/// Fills in a transport checksum that is still zero, made with a pseudo-header.
fn seal(addresses: &[u8], protocol: u8, transport: &[u8]) -> Vec<u8> {
    let mut bytes = transport.to_vec();
    let pseudo = join(&[
        addresses,
        &[0, protocol],
        &(bytes.len() as u16).to_be_bytes(),
    ]);
    let mut covered = bytes.len();
    let (at, with_pseudo) = match protocol {
        1 | 2 => (2, false),
        6 => (16, true),
        17 | 33 => (6, true),
        58 => (2, true),
        136 if bytes.len() >= 8 => {
            covered = usize::from(u16::from_be_bytes([bytes[4], bytes[5]])).min(covered);
            (6, true)
        }
        _ => return bytes,
    };
    if bytes.len() < at + 2 || bytes[at..at + 2] != [0, 0] {
        return bytes;
    }
    if covered == 0 {
        covered = bytes.len();
    }
    let pseudo: &[u8] = if with_pseudo { &pseudo } else { &[] };
    let sum = plain_checksum(&join(&[pseudo, &bytes[..covered]]));
    put(&mut bytes, at, sum);
    bytes
}

pub(super) fn ethernet(kind: u16, payload: &[u8]) -> Vec<u8> {
    join(&[
        &[2, 0, 0, 0, 0, 2],
        &[2, 0, 0, 0, 0, 1],
        &kind.to_be_bytes(),
        payload,
    ])
}

/// A VLAN tag and the EtherType of what follows it.
pub(super) fn tag(id: u16, kind: u16, payload: &[u8]) -> Vec<u8> {
    join(&[&id.to_be_bytes(), &kind.to_be_bytes(), payload])
}

/// IPv4 with options and with flags and offset as given.
pub(super) fn ipv4_with(protocol: u8, fragment: u16, options: &[u8], payload: &[u8]) -> Vec<u8> {
    let addresses = join(&[&CLIENT, &SERVER]);
    let payload = if fragment.trailing_zeros() >= 14 {
        seal(&addresses, protocol, payload)
    } else {
        payload.to_vec()
    };
    let words = (20 + options.len()) / 4;
    let total = (20 + options.len() + payload.len()) as u16;
    let mut header = join(&[
        &[0x40 | words as u8, 0x10],
        &total.to_be_bytes(),
        &[0x12, 0x34],
        &fragment.to_be_bytes(),
        &[64, protocol, 0, 0],
        &addresses,
        options,
    ]);
    let sum = plain_checksum(&header);
    put(&mut header, 10, sum);
    join(&[&header, &payload])
}

pub(super) fn ipv4(protocol: u8, payload: &[u8]) -> Vec<u8> {
    ipv4_with(protocol, 0, &[], payload)
}

/// IPv6 with extension headers before the transport.
pub(super) fn ipv6_with(first: u8, extensions: &[u8], protocol: u8, payload: &[u8]) -> Vec<u8> {
    let addresses = join(&[&CLIENT_6, &SERVER_6]);
    let payload = seal(&addresses, protocol, payload);
    let length = (extensions.len() + payload.len()) as u16;
    join(&[
        &[0x61, 0x00, 0, 0],
        &length.to_be_bytes(),
        &[first, 64],
        &addresses,
        extensions,
        &payload,
    ])
}

pub(super) fn ipv6(protocol: u8, payload: &[u8]) -> Vec<u8> {
    ipv6_with(protocol, &[], protocol, payload)
}

pub(super) fn udp(source: u16, destination: u16, payload: &[u8]) -> Vec<u8> {
    let length = 8 + payload.len() as u16;
    join(&[
        &source.to_be_bytes(),
        &destination.to_be_bytes(),
        &length.to_be_bytes(),
        &[0, 0],
        payload,
    ])
}

pub(super) fn tcp_with(options: &[u8], payload: &[u8]) -> Vec<u8> {
    let words = (20 + options.len()) / 4;
    join(&[
        &40000_u16.to_be_bytes(),
        &443_u16.to_be_bytes(),
        &[0, 0, 0, 7, 0, 0, 0, 9],
        &[(words as u8) << 4, 0x18, 0x20, 0, 0, 0, 0, 0],
        options,
        payload,
    ])
}

pub(super) fn tcp(payload: &[u8]) -> Vec<u8> {
    tcp_with(&[], payload)
}

/// A small datagram to put into anything: IPv4, UDP from 5000 to 6000, payload `hello`.
pub(super) fn inner() -> Vec<u8> {
    ipv4(17, &udp(5000, 6000, b"hello"))
}

/// Likewise in IPv6.
pub(super) fn inner_6() -> Vec<u8> {
    ipv6(17, &udp(5000, 6000, b"hello"))
}

/// An Ethernet frame with the small datagram.
pub(super) fn inner_frame() -> Vec<u8> {
    ethernet(0x0800, &inner())
}

/// The small datagram in a UDP packet to `port`, after a tunnel's header.
pub(super) fn over_udp(port: u16, header: &[u8], payload: &[u8]) -> Vec<u8> {
    ethernet(
        0x0800,
        &ipv4(17, &udp(49152, port, &join(&[header, payload]))),
    )
}
