use std::net::IpAddr;

use wirewatch_proto::NamedBy;

use super::Shared;

const HOST: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 7));
const SECOND: i64 = 1_000_000_000;

fn named(name: &[u8], ttl: u32) -> Shared {
    let shared = Shared::default();
    shared.name_address(HOST, name, ttl, NamedBy::Dns, 0);
    shared
}

#[test]
fn a_name_is_told_as_long_as_it_holds() {
    let shared = named(b"www.example.com", 600);
    let name = shared.name_of(HOST, 600 * SECOND);
    assert_eq!(name.as_deref(), Some("www.example.com"));
    assert_eq!(shared.name_of(HOST, 601 * SECOND), None);
}

#[test]
fn an_address_is_no_name() {
    for address in ["192.0.2.7", "2001:db8::7", "[2001:db8::7]"] {
        assert_eq!(named(address.as_bytes(), 600).name_of(HOST, 0), None);
    }
}

#[test]
fn a_host_is_called_as_it_said_when_it_asked_for_its_address() {
    let shared = Shared::default();
    let of = |id| (id, [2, 0, 0, 0, 0, 1]);
    shared.lease_asked(of(1), b"Laptop", 0);
    shared.lease_granted(of(2), HOST, 600, SECOND);
    assert_eq!(shared.name_of(HOST, 0), None);
    shared.lease_granted(of(1), HOST, 600, SECOND);
    assert_eq!(shared.name_of(HOST, 0).as_deref(), Some("laptop"));
}

#[test]
fn hosts_that_ask_for_addresses_are_bounded() {
    let shared = Shared::default();
    for id in 0..=super::MAX_ASKING {
        shared.lease_asked((u32::try_from(id).unwrap(), [0; 6]), b"name", 0);
    }
    assert_eq!(shared.asking.lock().unwrap().len(), super::MAX_ASKING);
}
