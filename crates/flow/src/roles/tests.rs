//! Tests of who opened a flow.

use super::*;
use crate::Side;
use crate::testing::{ACK, CLIENT, SERVER, SYN, icmp, segment, udp};

fn of_ports(source: u16, destination: u16, protocol: u8) -> bool {
    let mut datagram = segment(Side::ToServer, ACK, 1, 2, 3);
    datagram.protocol = protocol;
    datagram.source_port = source;
    datagram.destination_port = destination;
    opening(&datagram).by_sender
}

#[test]
fn a_syn_comes_from_the_client() {
    let mut datagram = segment(Side::ToClient, SYN, 1, 0, 0);
    datagram.destination_port = 443;
    assert_eq!(opening(&datagram), OPENED);
}

#[test]
fn a_syn_ack_comes_from_the_server() {
    let opening = opening(&segment(Side::ToServer, SYN | ACK, 1, 0, 0));
    assert!(!opening.by_sender && opening.midstream);
}

#[test]
fn in_midstream_the_better_port_is_the_servers() {
    assert!(!of_ports(443, 47_808, 6));
    assert!(of_ports(47_808, 443, 6));
    assert!(!of_ports(8080, 1025, 6));
    assert!(!of_ports(2049, 800, 6));
    assert!(!of_ports(12_000, 50_000, 6));
}

#[test]
fn an_offer_of_dhcp_comes_from_the_server() {
    assert!(!of_ports(67, 68, 17));
    assert!(of_ports(68, 67, 17));
}

#[test]
fn equal_ports_leave_the_sender_the_client() {
    assert!(of_ports(50_000, 50_001, 6));
    assert!(of_ports(22, 80, 6));
    assert!(of_ports(123, 123, 17));
}

#[test]
fn udp_is_only_turned_round_for_known_services() {
    assert!(!opening(&udp((SERVER, 53), (CLIENT, 5000))).by_sender);
    assert!(of_ports(12_000, 50_000, 17));
}

#[test]
fn udp_to_many_hosts_or_between_services_is_not_turned_round() {
    assert!(opening(&udp((SERVER, 53), ("255.255.255.255", 5000))).by_sender);
    assert!(opening(&udp(("2001:db8::1", 53), ("ff02::1", 5000))).by_sender);
    assert!(of_ports(80, 8000, 17));
}

#[test]
fn an_icmp_reply_first_is_midstream() {
    assert!(opening(&icmp(SERVER, CLIENT, 0, 0)).midstream);
    assert!(opening(&icmp("2001:db8::2", "2001:db8::1", 129, 0)).midstream);
    assert_eq!(opening(&icmp(CLIENT, SERVER, 8, 0)), OPENED);
    assert_eq!(opening(&icmp(SERVER, CLIENT, 3, 1)), OPENED);
}

#[test]
fn the_services_are_in_order_for_the_search() {
    assert!(SERVICES.is_sorted());
}
