//! A connection for tests, between a client and a server with documentation addresses.

use wirewatch_decode::{Datagram, Tcp, flags, from_ip};
use wirewatch_flow::Side;

use crate::{Config, Content, Delivery, Event, Events, Fate, StreamIndex, Streams};

pub(crate) const SYN: u8 = flags::SYN;
pub(crate) const ACK: u8 = flags::ACK;
pub(crate) const FIN: u8 = flags::FIN;
pub(crate) const RST: u8 = flags::RST;
pub(crate) const URG: u8 = flags::URG;
/// The numbers of the first bytes.
pub(crate) const CLIENT: u32 = 101;
pub(crate) const SERVER: u32 = 501;

/// What was delivered, to keep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Told {
    Data(u64, Vec<u8>),
    Gap(u64, u64),
    Eof(u64),
    Reset(u64),
    Depth(u64),
    /// What the receiver did not get to.
    Unread(Box<Told>),
}

pub(crate) fn data(offset: u64, text: &str) -> Told {
    Told::Data(offset, text.as_bytes().to_vec())
}

impl Told {
    pub(crate) fn of(delivery: &Delivery<'_>) -> Self {
        let offset = delivery.offset;
        if delivery.fate == Fate::Unread {
            let read = Delivery {
                fate: Fate::Read,
                ..*delivery
            };
            return Self::Unread(Box::new(Self::of(&read)));
        }
        match delivery.content {
            Content::Data(bytes) => Self::Data(offset, bytes.to_vec()),
            Content::Gap(length) => Self::Gap(offset, length),
            Content::Eof => Self::Eof(offset),
            Content::Reset => Self::Reset(offset),
            Content::DepthReached => Self::Depth(offset),
        }
    }
}

pub(crate) fn inline() -> Config {
    Config {
        inline: true,
        ..Config::default()
    }
}

pub(crate) fn midstream() -> Config {
    Config {
        midstream: true,
        ..Config::default()
    }
}

pub(crate) fn segment(side: Side, bits: u8, sequence: u32, ack: u32, payload: &[u8]) -> Datagram {
    let client = (from_ip("192.0.2.1".parse().unwrap()), 40_000);
    let server = (from_ip("192.0.2.99".parse().unwrap()), 80);
    let (source, destination) = match side {
        Side::ToServer => (client, server),
        Side::ToClient => (server, client),
    };
    Datagram {
        source: source.0,
        source_port: source.1,
        destination: destination.0,
        destination_port: destination.1,
        version: 4,
        protocol: 6,
        has_transport: true,
        payload_length: payload.len() as u32,
        payload_wire_length: payload.len() as u32,
        tcp: Tcp {
            sequence,
            acknowledgement: ack,
            flags: bits,
            window: 1000,
            ..Tcp::default()
        },
        ..Datagram::default()
    }
}

/// One connection and what was delivered of it.
pub(crate) struct Talk {
    pub(crate) streams: Streams,
    pub(crate) index: StreamIndex,
    pub(crate) to_server: Vec<Told>,
    pub(crate) to_client: Vec<Told>,
    pub(crate) events: Events,
}

impl Talk {
    pub(crate) fn new(config: Config) -> Self {
        let mut streams = Streams::new(config);
        let first = segment(Side::ToServer, SYN, 0, 0, b"");
        let index = streams.open(&first).unwrap();
        Self {
            streams,
            index,
            to_server: Vec::new(),
            to_client: Vec::new(),
            events: Events::default(),
        }
    }

    pub(crate) fn opened(config: Config) -> Self {
        Self::new(config)
            .client(SYN, CLIENT - 1, 0, "")
            .server(SYN | ACK, SERVER - 1, CLIENT, "")
            .client(ACK, CLIENT, SERVER, "")
    }

    pub(crate) fn client(self, bits: u8, sequence: u32, ack: u32, text: &str) -> Self {
        let payload = text.as_bytes();
        self.send(
            Side::ToServer,
            &segment(Side::ToServer, bits, sequence, ack, payload),
            payload,
        )
    }

    pub(crate) fn server(self, bits: u8, sequence: u32, ack: u32, text: &str) -> Self {
        let payload = text.as_bytes();
        self.send(
            Side::ToClient,
            &segment(Side::ToClient, bits, sequence, ack, payload),
            payload,
        )
    }

    /// Data of the client at an offset.
    pub(crate) fn says(self, offset: u32, text: &str) -> Self {
        self.client(ACK, CLIENT.wrapping_add(offset), SERVER, text)
    }

    /// The server acknowledges the client's data up to an offset.
    pub(crate) fn acks(self, offset: u32) -> Self {
        self.server(ACK, SERVER, CLIENT.wrapping_add(offset), "")
    }

    pub(crate) fn send(mut self, side: Side, datagram: &Datagram, payload: &[u8]) -> Self {
        let (to_server, to_client) = (&mut self.to_server, &mut self.to_client);
        let mut deliver = |delivery: Delivery<'_>| match delivery.side {
            Side::ToServer => to_server.push(Told::of(&delivery)),
            Side::ToClient => to_client.push(Told::of(&delivery)),
        };
        self.events = self
            .streams
            .segment(self.index, side, datagram, payload, &mut deliver);
        self
    }

    pub(crate) fn finish(mut self) -> Self {
        let (to_server, to_client) = (&mut self.to_server, &mut self.to_client);
        let mut deliver = |delivery: Delivery<'_>| match delivery.side {
            Side::ToServer => to_server.push(Told::of(&delivery)),
            Side::ToClient => to_client.push(Told::of(&delivery)),
        };
        self.events = self.streams.finish(self.index, &mut deliver);
        self
    }

    /// The client's bytes so far; a gap is a run of dots.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        for told in &self.to_server {
            match told {
                Told::Data(_, bytes) => text.push_str(&String::from_utf8_lossy(bytes)),
                Told::Gap(_, length) => text.push_str(&".".repeat(*length as usize)),
                _ => {}
            }
        }
        text
    }

    pub(crate) fn noticed(&self, event: Event) -> bool {
        self.events.contains(event)
    }
}
