//! Tests of a flow's own accessors.

use super::*;
use crate::testing::{CLIENT, SERVER, START, push, table, udp};

#[test]
fn a_flow_is_four_cache_lines_and_begins_on_one() {
    assert_eq!((size_of::<Flow>(), align_of::<Flow>()), (256, 64));
}

#[test]
fn the_names_are_those_of_eve() {
    assert_eq!(State::Bypassed.name(), "bypassed");
    assert_eq!(TcpState::FinWait1.name(), "fin_wait1");
    assert_eq!(EndReason::EvictedNew.eve_name(), "forced");
    assert_eq!(EndReason::Shutdown.eve_name(), "shutdown");
}

#[test]
fn a_flow_involves_its_ends_only() {
    let mut table = table();
    let update = push(&mut table, &udp((CLIENT, 5000), (SERVER, 53)), START);
    let flow = table.get(update.flow).unwrap();
    assert!(flow.involves(SERVER.parse().unwrap()));
    assert!(!flow.involves("192.0.2.50".parse().unwrap()));
}
