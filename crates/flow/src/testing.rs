//! Packets for tests, between a client and a server with documentation addresses.

use std::net::IpAddr;

use wirewatch_decode::{Datagram, Tcp, flags, from_ip};

use crate::clock::SECOND;
use crate::{Config, Flow, Packet, Scope, Seed, Side, Table, Update};

pub(crate) const CLIENT: &str = "192.0.2.1";
pub(crate) const SERVER: &str = "192.0.2.99";
/// Some second of capture time.
pub(crate) const START: u64 = 1_700_000_000 * SECOND;
pub(crate) const MS: u64 = 1_000_000;
pub(crate) const SYN: u8 = flags::SYN;
pub(crate) const ACK: u8 = flags::ACK;
pub(crate) const FIN: u8 = flags::FIN;
pub(crate) const RST: u8 = flags::RST;

pub(crate) fn datagram(source: &str, destination: &str, protocol: u8) -> Datagram {
    let source: IpAddr = source.parse().unwrap();
    let destination: IpAddr = destination.parse().unwrap();
    Datagram {
        source: from_ip(source),
        destination: from_ip(destination),
        version: if source.is_ipv4() { 4 } else { 6 },
        protocol,
        ttl: 64,
        has_transport: true,
        ..Datagram::default()
    }
}

pub(crate) fn udp(source: (&str, u16), destination: (&str, u16)) -> Datagram {
    Datagram {
        source_port: source.1,
        destination_port: destination.1,
        payload_length: 10,
        payload_wire_length: 10,
        ..datagram(source.0, destination.0, 17)
    }
}

pub(crate) fn icmp(source: &str, destination: &str, kind: u16, code: u16) -> Datagram {
    let protocol = if source.contains(':') { 58 } else { 1 };
    Datagram {
        source_port: kind,
        destination_port: code,
        ..datagram(source, destination, protocol)
    }
}

/// A TCP segment between [`CLIENT`] port 40,000 and [`SERVER`] port 80.
pub(crate) fn segment(side: Side, bits: u8, sequence: u32, ack: u32, payload: u32) -> Datagram {
    let (source, destination) = match side {
        Side::ToServer => ((CLIENT, 40_000), (SERVER, 80)),
        Side::ToClient => ((SERVER, 80), (CLIENT, 40_000)),
    };
    Datagram {
        source_port: source.1,
        destination_port: destination.1,
        payload_length: payload,
        payload_wire_length: payload,
        tcp: Tcp {
            sequence,
            acknowledgement: ack,
            flags: bits,
            window: 1000,
            ..Tcp::default()
        },
        ..datagram(source.0, destination.0, 6)
    }
}

pub(crate) fn packet(ts: u64) -> Packet {
    Packet {
        ts,
        wire_bytes: 100,
        packets: 1,
        interface: 0,
    }
}

pub(crate) fn table() -> Table {
    Table::new(
        Config {
            max_flows: 1000,
            ..Config::default()
        },
        Seed::Fixed(7),
    )
}

pub(crate) fn push(table: &mut Table, datagram: &Datagram, ts: u64) -> Update {
    let lookup = table.key(datagram, &Scope::default()).unwrap();
    table.update(&lookup, datagram, &packet(ts))
}

/// A conversation on one connection, a millisecond between packets.
pub(crate) struct Talk {
    pub(crate) table: Table,
    pub(crate) ts: u64,
    pub(crate) last: Option<Update>,
}

impl Talk {
    pub(crate) fn new() -> Self {
        Self {
            table: table(),
            ts: START,
            last: None,
        }
    }

    pub(crate) fn after_handshake() -> Self {
        Self::new()
            .client(SYN, 100, 0, 0)
            .server(SYN | ACK, 500, 101, 0)
            .client(ACK, 101, 501, 0)
    }

    pub(crate) fn client(self, bits: u8, sequence: u32, ack: u32, payload: u32) -> Self {
        self.send(&segment(Side::ToServer, bits, sequence, ack, payload))
    }

    pub(crate) fn server(self, bits: u8, sequence: u32, ack: u32, payload: u32) -> Self {
        self.send(&segment(Side::ToClient, bits, sequence, ack, payload))
    }

    pub(crate) fn send(mut self, datagram: &Datagram) -> Self {
        self.last = Some(push(&mut self.table, datagram, self.ts));
        self.ts += MS;
        self
    }

    pub(crate) fn update(&self) -> Update {
        self.last.unwrap()
    }

    pub(crate) fn flow(&self) -> &Flow {
        self.table.get(self.update().flow).unwrap()
    }
}
