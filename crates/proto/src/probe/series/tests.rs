use super::recognise_series;
use crate::Side::{self, Client, Server};

fn name(ports: (u16, u16), datagrams: &[(Side, &[u8])]) -> Option<&'static str> {
    let datagrams = datagrams.iter().copied();
    recognise_series(ports, datagrams).map(|protocol| protocol.name)
}

/// A header of RTP with this number and time, and some sound.
fn rtp(number: u16, time: u32, source: u32) -> Vec<u8> {
    let mut bytes = vec![0x80, 8];
    bytes.extend(number.to_be_bytes());
    bytes.extend(time.to_be_bytes());
    bytes.extend(source.to_be_bytes());
    bytes.resize(172, 0xd5);
    bytes
}

#[test]
fn three_datagrams_that_count_on_are_rtp() {
    let sound = [rtp(65_535, 160, 7), rtp(0, 320, 7), rtp(1, 480, 7)];
    let [one, two, three] = sound.each_ref().map(Vec::as_slice);
    let other = &[0x80, 200, 0, 1][..];
    let talk = [
        (Client, one),
        (Server, other),
        (Client, two),
        (Client, three),
    ];
    assert_eq!(name((4000, 4002), &talk), Some("rtp"));
    assert_eq!(name((4000, 4002), talk.get(..3).unwrap()), None);
}

#[test]
fn another_source_or_a_jump_is_no_rtp() {
    let source = [rtp(1, 160, 7), rtp(2, 320, 8), rtp(3, 480, 7)];
    let number = [rtp(1, 160, 7), rtp(2, 320, 7), rtp(9, 480, 7)];
    let time = [rtp(1, 160, 7), rtp(2, 320, 7), rtp(3, 0x7000_0000, 7)];
    for sound in [source, number, time] {
        let talk = sound.each_ref().map(|bytes| (Client, bytes.as_slice()));
        assert_eq!(name((4000, 4002), &talk), None);
    }
}

#[test]
fn short_headers_of_one_connection_are_quic_on_its_port() {
    let talk = [
        (Server, &b"\x5301234567 what is said"[..]),
        (Server, b"\x4f01234567 goes on here"),
        (Server, b"\x4301234567 and on"),
    ];
    assert_eq!(name((50_000, 443), &talk), Some("quic"));
    assert_eq!(name((50_000, 4444), &talk), None);
}

#[test]
fn a_block_and_its_acknowledgement_are_tftp() {
    let block = (Server, &b"\0\x03\0\x01content"[..]);
    let confirmed = (Client, &b"\0\x04\0\x01"[..]);
    let other = (Client, &b"\0\x04\0\x02"[..]);
    let same_side = (Server, &b"\0\x04\0\x01"[..]);
    assert_eq!(name((50_000, 50_001), &[block, confirmed]), Some("tftp"));
    assert_eq!(name((50_000, 50_001), &[block, other]), None);
    assert_eq!(name((50_000, 50_001), &[block, same_side]), None);
}
