//! Packets for tests: built as bytes and decoded as real ones are.

use wirewatch_decode::{Datagram, Decoded, Options, decode, decode_ip};

use super::super::{AppProtocol, Direction, LinkView, Origin, PacketView};

/// A packet from 192.0.2.1 to 198.51.100.2, to the server of an established flow.
#[derive(Debug, Clone)]
pub(super) struct TestPacket {
    bytes: Vec<u8>,
    /// The link header before the datagram, if there is one.
    header: Vec<u8>,
    pub(super) ts: i64,
    pub(super) direction: Option<Direction>,
    pub(super) established: bool,
    pub(super) app: Option<AppProtocol>,
    pub(super) origin: Origin,
    pub(super) vlans: [u16; 3],
}

/// The link type of Ethernet in captures.
const ETHERNET: u16 = 1;

pub(super) const CLIENT: [u8; 4] = [192, 0, 2, 1];
pub(super) const SERVER: [u8; 4] = [198, 51, 100, 2];

impl TestPacket {
    pub(super) fn tcp(payload: &[u8]) -> Self {
        Self::tcp_ports(40_000, 80, payload)
    }

    pub(super) fn tcp_ports(source: u16, destination: u16, payload: &[u8]) -> Self {
        let mut transport = Vec::new();
        transport.extend(source.to_be_bytes());
        transport.extend(destination.to_be_bytes());
        transport.extend(1_000_u32.to_be_bytes());
        transport.extend(2_000_u32.to_be_bytes());
        // Five words, ACK and PSH; window 512.
        transport.extend([0x50, 0x18, 0x02, 0x00, 0, 0, 0, 0]);
        transport.extend(payload);
        Self::ip(6, &transport)
    }

    pub(super) fn udp(source: u16, destination: u16, payload: &[u8]) -> Self {
        let length = u16::try_from(payload.len() + 8).unwrap();
        let mut transport = Vec::new();
        transport.extend(source.to_be_bytes());
        transport.extend(destination.to_be_bytes());
        transport.extend(length.to_be_bytes());
        transport.extend([0, 0]);
        transport.extend(payload);
        Self::ip(17, &transport)
    }

    pub(super) fn ping(kind: u8, code: u8, identifier: u16, sequence: u16) -> Self {
        let mut transport = vec![kind, code, 0, 0];
        transport.extend(identifier.to_be_bytes());
        transport.extend(sequence.to_be_bytes());
        transport.extend(b"ping");
        Self::ip(1, &transport)
    }

    pub(super) fn ip(protocol: u8, transport: &[u8]) -> Self {
        Self::ip_with_options(protocol, &[], transport)
    }

    /// Options must fill whole words.
    pub(super) fn ip_with_options(protocol: u8, options: &[u8], transport: &[u8]) -> Self {
        let header = 20 + options.len();
        let length = u16::try_from(header + transport.len()).unwrap();
        let mut bytes = vec![0x40 | u8::try_from(header / 4).unwrap(), 0x10];
        bytes.extend(length.to_be_bytes());
        bytes.extend([0x12, 0x34, 0x40, 0, 64, protocol, 0, 0]);
        bytes.extend(CLIENT);
        bytes.extend(SERVER);
        bytes.extend(options);
        bytes.extend(transport);
        Self {
            bytes,
            header: Vec::new(),
            ts: 1_000_000_000,
            direction: Some(Direction::ToServer),
            established: true,
            app: None,
            origin: Origin::PacketAndStream,
            vlans: [0; 3],
        }
    }

    /// An Ethernet frame without a datagram.
    pub(super) fn bare(frame: &[u8]) -> Self {
        Self {
            bytes: Vec::new(),
            direction: None,
            established: false,
            ..Self::tcp(b"").behind(frame)
        }
    }

    /// The same datagram in an Ethernet frame with this header.
    pub(super) fn behind(mut self, header: &[u8]) -> Self {
        self.header = header.to_vec();
        self
    }

    /// Changes one byte of the datagram.
    pub(super) fn with(mut self, at: usize, byte: u8) -> Self {
        self.bytes[at] = byte;
        self
    }

    pub(super) fn from(mut self, source: [u8; 4]) -> Self {
        self.bytes[12..16].copy_from_slice(&source);
        self
    }

    pub(super) fn to(mut self, destination: [u8; 4]) -> Self {
        self.bytes[16..20].copy_from_slice(&destination);
        self
    }

    pub(super) fn returning(mut self) -> Self {
        self.direction = Some(Direction::ToClient);
        self
    }

    /// The same packet the other way: ends and direction turned round.
    pub(super) fn turned_round(mut self) -> Self {
        let (source, destination) = (self.bytes[12..16].to_vec(), self.bytes[16..20].to_vec());
        self.bytes[12..16].copy_from_slice(&destination);
        self.bytes[16..20].copy_from_slice(&source);
        let (from, to) = (self.bytes[20..22].to_vec(), self.bytes[22..24].to_vec());
        self.bytes[20..22].copy_from_slice(&to);
        self.bytes[22..24].copy_from_slice(&from);
        self.returning()
    }

    pub(super) fn at_second(mut self, second: i64) -> Self {
        self.ts = second * 1_000_000_000;
        self
    }

    pub(super) fn of_app(mut self, name: &str) -> Self {
        self.app = AppProtocol::named(name);
        self
    }

    pub(super) fn tagged(mut self, vlans: [u16; 3]) -> Self {
        self.vlans = vlans;
        self
    }

    /// Decodes the bytes and hands out what the matcher takes.
    pub(super) fn view<R>(&self, work: impl FnOnce(PacketView<'_>) -> R) -> R {
        let mut decoded = Decoded::default();
        let bytes = [&*self.header, &self.bytes].concat();
        if self.header.is_empty() {
            decode_ip(&bytes, &Options::default(), &mut decoded);
        } else {
            let length = u32::try_from(bytes.len()).unwrap();
            decode(ETHERNET, &bytes, length, &Options::default(), &mut decoded);
        }
        let empty = Datagram::default();
        let datagram = decoded.datagrams().first().unwrap_or(&empty);
        let start = datagram.payload_offset as usize;
        let end = start + datagram.payload_length as usize;
        work(PacketView {
            datagram,
            bytes: &bytes,
            payload: bytes.get(start..end).unwrap_or_default(),
            origin: self.origin,
            direction: self.direction,
            established: self.established,
            app_protocol: self.app,
            vlans: self.vlans,
            link: (!self.header.is_empty()).then_some(LinkView {
                bytes: &bytes,
                frame: &decoded.frame,
            }),
            faults: &decoded.faults[..usize::from(decoded.fault_count)],
        })
    }
}
