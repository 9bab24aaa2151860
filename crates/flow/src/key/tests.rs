//! Tests of flow keys.

use super::*;
use crate::testing::{CLIENT, SERVER, datagram, icmp, udp};

fn key(datagram: &Datagram) -> Key {
    Key::new(datagram, &Scope::default()).unwrap().0
}

#[test]
fn both_directions_have_one_key() {
    let there = udp((CLIENT, 5000), (SERVER, 53));
    let back = udp((SERVER, 53), (CLIENT, 5000));
    assert_eq!(key(&there), key(&back));
    let direction = |datagram| Key::new(datagram, &Scope::default()).unwrap().1;
    assert_ne!(direction(&there), direction(&back));
}

#[test]
fn between_equal_addresses_the_ports_decide() {
    let there = udp((CLIENT, 5000), (CLIENT, 53));
    let back = udp((CLIENT, 53), (CLIENT, 5000));
    assert_eq!(key(&there), key(&back));
}

#[test]
fn ports_protocols_and_versions_part_flows() {
    let base = udp((CLIENT, 5000), (SERVER, 53));
    let mut other = base;
    other.destination_port = 54;
    assert_ne!(key(&base), key(&other));
    let mut other = base;
    other.protocol = 6;
    assert_ne!(key(&base), key(&other));
    let mut other = base;
    other.version = 6;
    assert_ne!(key(&base), key(&other));
}

#[test]
fn the_scope_parts_flows_and_can_be_read_back() {
    let base = udp((CLIENT, 5000), (SERVER, 53));
    let scope = Scope {
        vlans: [10, 20, 30],
        tunnel: 0xdead_beef,
    };
    let inside = Key::new(&base, &scope).unwrap().0;
    assert_ne!(inside, key(&base));
    assert_eq!(inside.scope(), scope);
    assert_eq!((inside.protocol(), inside.version()), (17, 4));
}

#[test]
fn an_echo_and_its_reply_have_one_key() {
    assert_eq!(
        key(&icmp(CLIENT, SERVER, 8, 0)),
        key(&icmp(SERVER, CLIENT, 0, 0))
    );
    assert_eq!(
        key(&icmp("2001:db8::1", "2001:db8::2", 135, 0)),
        key(&icmp("2001:db8::2", "2001:db8::1", 136, 0))
    );
}

#[test]
fn icmp_errors_have_a_key_per_direction_type_and_code() {
    let error = icmp(CLIENT, SERVER, 3, 1);
    assert_eq!(key(&error), key(&icmp(CLIENT, SERVER, 3, 1)));
    assert_ne!(key(&error), key(&icmp(CLIENT, SERVER, 3, 3)));
    assert_ne!(key(&error), key(&icmp(SERVER, CLIENT, 3, 1)));
}

#[test]
fn a_missing_transport_header_gives_no_key() {
    for protocol in [1, 6, 17, 132] {
        let mut cut = datagram(CLIENT, SERVER, protocol);
        cut.has_transport = false;
        assert_eq!(Key::new(&cut, &Scope::default()), None);
    }
}

#[test]
fn protocols_without_ports_are_keyed_by_their_addresses() {
    let mut there = datagram(CLIENT, SERVER, 47);
    there.has_transport = false;
    let back = datagram(SERVER, CLIENT, 47);
    assert_eq!(key(&there), key(&back));
}

#[test]
fn esp_is_keyed_by_its_index_and_direction_where_it_is_known() {
    let mut there = datagram(CLIENT, SERVER, 50);
    let mut back = datagram(SERVER, CLIENT, 50);
    (there.has_transport, back.has_transport) = (false, false);
    assert_eq!(key(&there), key(&back));
    (there.has_transport, back.has_transport) = (true, true);
    (there.destination_port, back.destination_port) = (1, 1);
    assert_ne!(key(&there), key(&back));
    let mut other = there;
    other.destination_port = 2;
    assert_ne!(key(&there), key(&other));
}

#[test]
fn tunnels_with_ports_chosen_per_direction_are_one() {
    let there = key(&udp((CLIENT, 50_001), (SERVER, 4789)));
    let back = key(&udp((SERVER, 50_002), (CLIENT, 4789)));
    assert_eq!(
        there.tunnel_words(Tunnel::Vxlan, 7),
        back.tunnel_words(Tunnel::Vxlan, 7)
    );
    assert_ne!(
        there.tunnel_words(Tunnel::Vxlan, 7),
        there.tunnel_words(Tunnel::Vxlan, 8)
    );
    assert_ne!(
        there.tunnel_words(Tunnel::Vxlan, 7),
        there.tunnel_words(Tunnel::Geneve, 7)
    );
}

#[test]
fn tunnels_with_an_identifier_per_direction_are_one() {
    let there = key(&udp((CLIENT, 2152), (SERVER, 2152)));
    assert_eq!(
        there.tunnel_words(Tunnel::Gtp, 1),
        there.tunnel_words(Tunnel::Gtp, 2)
    );
}
