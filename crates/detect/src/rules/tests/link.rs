//! Rules about frames: their Ethernet header, their VLAN tags, and what is no IP datagram.

use super::packet::TestPacket;
use super::{Session, load, matches_packet};

/// Both addresses and the type of IPv4.
const ETHERNET: [u8; 14] = [2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x08, 0x00];

/// A request for the link address of 192.0.2.2.
fn arp() -> TestPacket {
    let mut frame = vec![0xff; 6];
    frame.extend([2, 0, 0, 0, 0, 1, 0x08, 0x06]);
    frame.extend([0, 1, 8, 0, 6, 4, 0, 1]);
    frame.extend([2, 0, 0, 0, 0, 1, 192, 0, 2, 1]);
    frame.extend([0, 0, 0, 0, 0, 0, 192, 0, 2, 2]);
    TestPacket::bare(&frame)
}

/// A frame of a type that nothing decodes.
fn other() -> TestPacket {
    let mut frame = ETHERNET.to_vec();
    frame[12..].copy_from_slice(&[0x88, 0xb5]);
    frame.extend(b"experiment");
    TestPacket::bare(&frame)
}

fn tagged() -> TestPacket {
    let mut header = ETHERNET[..12].to_vec();
    header.extend([0x88, 0xa8, 0x00, 0x64, 0x81, 0x00, 0x20, 0x65, 0x08, 0x00]);
    TestPacket::tcp(b"x").behind(&header)
}

#[test]
fn the_ethernet_header_is_a_buffer() {
    let source = "ether.hdr; content:\"|02 00 00 00 00 01|\"; offset:6; depth:6;";
    let whole = "ether.hdr; bsize:14;";
    let packet = TestPacket::tcp(b"x").behind(&ETHERNET);
    assert!(matches_packet("tcp", source, &packet));
    assert!(matches_packet("tcp", whole, &packet));
    assert!(!matches_packet("tcp", source, &TestPacket::tcp(b"x")));
}

#[test]
fn vlan_tags_are_a_buffer() {
    let tags = "vlan.hdr; content:\"|88 a8 00 64 81 00 20 65|\"; bsize:8;";
    assert!(matches_packet("ip", tags, &tagged()));
    let plain = TestPacket::tcp(b"x").behind(&ETHERNET);
    assert!(!matches_packet(
        "ip",
        "vlan.hdr; content:\"|08 00|\";",
        &plain
    ));
}

#[test]
fn rules_about_arp_see_arp_only() {
    let request = "ether.hdr; content:\"|ff ff ff ff ff ff|\"; startswith;";
    assert!(matches_packet("arp", request, &arp()));
    assert!(matches_packet("arp", "", &arp()));
    assert!(!matches_packet("arp", "", &other()));
    let packet = TestPacket::tcp(b"x").behind(&ETHERNET);
    assert!(!matches_packet("arp", "", &packet));
}

#[test]
fn rules_about_ethernet_see_every_frame() {
    for packet in [arp(), other(), TestPacket::tcp(b"x").behind(&ETHERNET)] {
        assert!(matches_packet("ether", "", &packet));
    }
    assert!(!matches_packet("ether", "", &TestPacket::tcp(b"x")));
}

#[test]
fn rules_about_frames_are_asked_of_each_frame() {
    let mut session = Session::new("alert ether any any -> any any (sid:1;)");
    assert_eq!(session.sids(&arp()), [1]);
    assert_eq!(session.sids(&arp()), [1]);
}

#[test]
fn rules_about_datagrams_do_not_see_frames_without_one() {
    assert!(!matches_packet("ip", "", &arp()));
}

#[test]
fn it_is_known_whether_frames_without_a_datagram_are_wanted() {
    for (protocol, wanted) in [
        ("arp", true),
        ("ether", true),
        ("pkthdr", true),
        ("ip", false),
    ] {
        let set = load(&format!("alert {protocol} any any -> any any (sid:1;)"));
        assert_eq!(set.wants_frames_without_ip(), wanted, "{protocol}");
    }
    let faults = "alert pkthdr any any -> any any (decode-event:ethernet.pkt_too_small; sid:1;)";
    assert!(!load(faults).wants_frames_without_ip());
}
