//! Frames that the tests send.

/// Length of every frame without tags.
const LENGTH: usize = 100;

/// Where the sequence number stands, behind the type field: headers of IPv4 and UDP.
const SEQUENCE: usize = 28;

/// A UDP packet over IPv4 that carries a number.
pub(crate) fn udp(source_port: u16, destination_port: u16, sequence: u32) -> Vec<u8> {
    let mut frame = vec![0x02, 0, 0, 0, 0, 0x02, 0x02, 0, 0, 0, 0, 0x01, 0x08, 0x00];
    frame.extend_from_slice(&[0x45, 0, 0, (LENGTH - 14) as u8, 0, 0, 0x40, 0, 64, 17, 0, 0]);
    frame.extend_from_slice(&[192, 0, 2, 1, 198, 51, 100, 2]);
    frame.extend_from_slice(&source_port.to_be_bytes());
    frame.extend_from_slice(&destination_port.to_be_bytes());
    frame.extend_from_slice(&[0, (LENGTH - 34) as u8, 0, 0]);
    frame.extend_from_slice(&sequence.to_be_bytes());
    frame.resize(LENGTH, 0xab);
    let sum = checksum(&frame[14..34]);
    frame[24..26].copy_from_slice(&sum.to_be_bytes());
    frame
}

fn checksum(header: &[u8]) -> u16 {
    let sum: u32 = header
        .chunks(2)
        .map(|pair| u32::from(u16::from_be_bytes([pair[0], pair[1]])))
        .sum();
    !((sum & 0xffff) + (sum >> 16)) as u16
}

/// The same with both ends exchanged.
pub(crate) fn reversed(frame: &[u8]) -> Vec<u8> {
    let mut frame = frame.to_vec();
    let (sources, destinations) = frame[26..34].split_at_mut(4);
    sources.swap_with_slice(destinations);
    let (source, destination) = frame[34..38].split_at_mut(2);
    source.swap_with_slice(destination);
    frame
}

/// The same with tags: type and tag, the outer first.
pub(crate) fn tagged(frame: &[u8], tags: &[(u16, u16)]) -> Vec<u8> {
    let mut result = frame[..12].to_vec();
    for (kind, tag) in tags {
        result.extend_from_slice(&kind.to_be_bytes());
        result.extend_from_slice(&tag.to_be_bytes());
    }
    result.extend_from_slice(&frame[12..]);
    result
}

/// The number a frame of [`udp`] carries, also behind tags.
pub(crate) fn sequence(frame: &[u8]) -> Option<u32> {
    let header = frame
        .windows(4)
        .position(|bytes| bytes == [0x08, 0x00, 0x45, 0x00])?
        + 2;
    let bytes = frame.get(header + SEQUENCE..header + SEQUENCE + 4)?;
    Some(u32::from_be_bytes(bytes.try_into().ok()?))
}
