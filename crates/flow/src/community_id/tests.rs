//! Tests against the specification's published values, whose addresses they need.

use wirewatch_decode::Datagram;

use super::*;
use crate::Scope;
use crate::testing::{datagram, icmp};

fn id(datagram: &Datagram, seed: u16) -> String {
    let key = Key::new(datagram, &Scope::default()).unwrap().0;
    CommunityId::of(&key, seed).as_str().to_owned()
}

fn ported(source: (&str, u16), destination: (&str, u16), protocol: u8) -> Datagram {
    Datagram {
        source_port: source.1,
        destination_port: destination.1,
        ..datagram(source.0, destination.0, protocol)
    }
}

#[test]
fn tcp_has_the_published_value_in_both_directions() {
    let (client, server) = (("128.232.110.120", 34_855), ("66.35.250.204", 80));
    let expected = "1:LQU9qZlK+B5F3KDmev6m5PMibrg=";
    assert_eq!(id(&ported(client, server, 6), 0), expected);
    assert_eq!(id(&ported(server, client, 6), 0), expected);
}

#[test]
fn a_seed_changes_the_value() {
    let tcp = ported(("128.232.110.120", 34_855), ("66.35.250.204", 80), 6);
    assert_eq!(id(&tcp, 1), "1:3V71V58M3Ksw/yuFALMcW0LAHvc=");
}

#[test]
fn udp_has_the_published_value() {
    let udp = ported(("192.168.1.52", 54_585), ("8.8.8.8", 53), 17);
    assert_eq!(id(&udp, 0), "1:d/FP5EW3wiY1vCndhwleRRKHowQ=");
}

#[test]
fn sctp_has_the_published_value() {
    let sctp = ported(("192.168.170.8", 7), ("192.168.170.56", 80), 132);
    assert_eq!(id(&sctp, 0), "1:jQgCxbku+pNGw8WPbEc/TS/uTpQ=");
}

#[test]
fn tcp_over_ipv6_has_the_published_value() {
    let client = ("2001:470:e5bf:dead:4957:2174:e82c:4887", 63_943);
    let server = ("2607:f8b0:400c:c03::1a", 25);
    let expected = "1:/qFaeAR+gFe1KYjMzVDsMv+wgU4=";
    assert_eq!(id(&ported(client, server, 6), 0), expected);
    assert_eq!(id(&ported(server, client, 6), 0), expected);
}

#[test]
fn an_echo_and_its_reply_have_the_published_value() {
    let expected = "1:X0snYXpgwiv9TZtqg64sgzUn6Dk=";
    assert_eq!(id(&icmp("192.168.0.89", "192.168.0.1", 8, 0), 0), expected);
    assert_eq!(id(&icmp("192.168.0.1", "192.168.0.89", 0, 0), 0), expected);
}

#[test]
fn a_neighbour_solicitation_has_the_published_value() {
    let solicitation = icmp(
        "fe80::200:86ff:fe05:80da",
        "fe80::260:97ff:fe07:69ea",
        135,
        0,
    );
    assert_eq!(id(&solicitation, 0), "1:dGHyGvjMfljg6Bppwm3bg0LO8TY=");
}
