//! RDP up to its encryption ([MS-RDPBCGR]): who connects, with what, and how it is protected.
//!
//! A connection begins in the clear: a request with a user's name, an agreement on TLS or not, and
//! without TLS the client's settings. Then it goes on as TLS or with RDP's own encryption.

mod client;
mod name;

#[cfg(test)]
mod tests;

use wirewatch_records::{RdpConnectionRow, RdpRow, Row};

use crate::application::{Application, Next, Parser};
use crate::exchange::{Detail, Exchange, event};
use crate::protocol::Side;
use crate::sink::{Fact, Sink};
use crate::stray;
use crate::waiting::{Cut, Sides, Step, Waiting, bounded, drive};
use client::{Client, Security};

/// The parser.
pub(crate) static RDP: Application = Application {
    names: &["rdp"],
    new: |_| Box::<Rdp>::default(),
    frames: &[],
    buffers: &[],
    numbers: &[],
    events: &[event(
        "rdp.malformed_data",
        "A packet before encryption cannot be read.",
    )],
};

/// The longest packet: its length has 16 bits.
const MAX_PACKET: usize = 1 << 16;
/// Bytes kept of the name in a request.
const MAX_COOKIE: usize = 128;

/// One message of the beginning.
#[derive(Debug)]
enum Known {
    Request {
        cookie: Box<[u8]>,
        flags: u8,
        negotiates: bool,
    },
    Confirm {
        flags: u8,
        protocol: Option<u32>,
        failure: Option<u32>,
    },
    Connect(Box<Client>),
    Connected,
}

/// One connection.
#[derive(Debug, Default)]
struct Rdp {
    waiting: Sides<Waiting>,
    next_id: u64,
    cookie: Option<Box<[u8]>>,
    protocol: Option<u32>,
    failure: Option<u32>,
    client: Option<Box<Client>>,
    security: Option<Security>,
    connected: bool,
    logged: bool,
}

impl Rdp {
    /// A packet behind its header (RFC 1006, section 6).
    fn step(&mut self, side: Side, bytes: &[u8], sink: &mut dyn Sink) -> Step {
        let Some([version, _, high, low]) = bytes.first_chunk().copied() else {
            return Step::More;
        };
        let length = usize::from(u16::from_be_bytes([high, low]));
        if version != 3 || length < 7 {
            // Packets of another format follow, encrypted by RDP itself.
            return Step::Stop(Next::DoneWithSide);
        }
        let Some(packet) = bytes.get(..length) else {
            return Step::More;
        };
        match self.packet(side, packet, sink) {
            After::Goes => Step::Used(length),
            After::Done => Step::Stop(Next::Done),
            After::Tls => Step::Switch(length, Some("tls")),
        }
    }

    fn packet(&mut self, side: Side, packet: &[u8], sink: &mut dyn Sink) -> After {
        let known = match (side, packet.get(5), packet.get(7..)) {
            (Side::Client, Some(0xe0), _) => request(packet.get(11..).unwrap_or_default()),
            (Side::Server, Some(0xd0), _) => confirm(packet.get(11..).unwrap_or_default()),
            (Side::Client, Some(0xf0), Some([0x7f, 0x65, rest @ ..])) => {
                client::read(rest).map(|client| Known::Connect(Box::new(client)))
            }
            (Side::Server, Some(0xf0), Some([0x7f, 0x66, rest @ ..])) => {
                self.security = client::security(rest);
                Some(Known::Connected)
            }
            // Channels are joined; nothing that follows is readable.
            (_, Some(0xf0), _) if self.connected => return After::Done,
            _ => return After::Goes,
        };
        let Some(known) = known else {
            if let Some(event) = RDP.events.first() {
                stray::tell(&mut self.next_id, &RDP, side, event, sink);
            }
            return After::Goes;
        };
        self.tell(side, known, sink)
    }

    fn tell(&mut self, side: Side, known: Known, sink: &mut dyn Sink) -> After {
        let mut after = After::Goes;
        match &known {
            Known::Request { cookie, .. } => self.cookie = Some(cookie.clone()),
            Known::Confirm {
                protocol, failure, ..
            } => {
                self.protocol = *protocol;
                self.failure = *failure;
                after = match (protocol, failure) {
                    (Some(1..), _) => After::Tls,
                    (_, Some(_)) => After::Done,
                    _ => After::Goes,
                };
            }
            Known::Connect(client) => self.client = Some(client.clone()),
            Known::Connected => self.connected = true,
        }
        let ended = after != After::Goes || self.connected;
        let mut exchange = Exchange::new(self.next_id, &RDP, known);
        self.next_id = self.next_id.wrapping_add(1);
        exchange.finish(side, sink);
        if ended {
            self.log(sink);
        }
        after
    }

    /// What Zeek's log has of the connection, once.
    fn log(&mut self, sink: &mut dyn Sink) {
        if self.logged || self.next_id == 0 {
            return;
        }
        self.logged = true;
        if let Some(user) = self.cookie.as_deref().filter(|cookie| !cookie.is_empty()) {
            sink.learn(Fact::Login {
                user,
                plain_password: false,
                accepted: None,
            });
        }
        let result = match (self.failure, self.protocol, self.connected) {
            (Some(failure), ..) => Some(name::failure(failure).0),
            (None, Some(1..), _) => Some("encrypted"),
            (None, _, true) => Some("Success"),
            _ => None,
        };
        let protocol = self
            .failure
            .is_none()
            .then(|| name::protocol(self.protocol.unwrap_or(0)).1);
        let client = self.client.as_deref();
        let channels: Vec<&str> = client
            .iter()
            .flat_map(|client| &client.channels)
            .map(String::as_str)
            .collect();
        let security = self.security.as_ref();
        let keyboard = client.map(Client::keyboard);
        let build = client.map(Client::zeek_build);
        let row = RdpConnectionRow {
            cookie: self.cookie.as_deref(),
            result,
            security_protocol: protocol,
            client_channels: &channels,
            keyboard_layout: keyboard.as_deref(),
            client_build: build.as_deref(),
            client_name: client.map(|client| &*client.name),
            client_dig_product_id: client.map(|client| &*client.product),
            desktop_width: client.map(|client| client.width),
            desktop_height: client.map(|client| client.height),
            requested_color_depth: client.map(Client::colours),
            cert_type: security.and_then(Security::certificate_type),
            cert_count: security.map_or(0, |security| security.certificates),
            cert_permanent: security.and_then(|security| security.permanent),
            encryption_level: security.map(|security| name::level(security.level)),
            encryption_method: security.map(|security| name::method(security.method)),
        };
        sink.record(None, Side::Client, &Row::RdpConnection(row));
    }
}

/// What follows a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum After {
    Goes,
    Done,
    Tls,
}

/// A connection request ([MS-RDPBCGR] 2.2.1.1): a line with a name, then what the client can do.
fn request(parameters: &[u8]) -> Option<Known> {
    const NAME: &[u8] = b"Cookie: mstshash=";
    let end = parameters.windows(2).position(|window| window == b"\r\n");
    let (line, rest) = match end {
        Some(end) => parameters.split_at_checked(end)?,
        None => (&[][..], parameters),
    };
    let cookie = line.strip_prefix(NAME).unwrap_or_default();
    let rest = rest.strip_prefix(b"\r\n").unwrap_or(rest);
    let (flags, negotiates) = match rest {
        [1, flags, 8, 0, ..] => (*flags, true),
        _ => (0, false),
    };
    Some(Known::Request {
        cookie: bounded(cookie, MAX_COOKIE).into(),
        flags,
        negotiates,
    })
}

/// A server's answer ([MS-RDPBCGR] 2.2.1.2). Old servers say nothing of protection.
fn confirm(parameters: &[u8]) -> Option<Known> {
    let mut fields = Cut(parameters);
    let (mut protocol, mut failure) = (None, None);
    let mut told = 0;
    let [kind, flags, _, _] = fields.array().unwrap_or_default();
    let value = fields.le32();
    match kind {
        2 => (protocol, told) = (Some(value?), flags),
        3 => failure = Some(value?),
        _ => {}
    }
    Some(Known::Confirm {
        flags: told,
        protocol,
        failure,
    })
}

impl Detail for Known {
    fn row(exchange: &Exchange<Self>, put: &mut dyn FnMut(&Row<'_>)) {
        let row = RdpRow {
            tx_id: crate::Transaction::id(exchange),
            ..RdpRow::default()
        };
        match &exchange.detail {
            Self::Request {
                cookie,
                flags,
                negotiates,
            } => put(&Row::Rdp(RdpRow {
                message: "initial_request",
                cookie: Some(&**cookie).filter(|cookie| !cookie.is_empty()),
                flags: &name::set(if *negotiates { *flags } else { 0 }, &name::REQUEST_FLAGS),
                ..row
            })),
            Self::Confirm {
                flags,
                protocol,
                failure,
            } => put(&Row::Rdp(RdpRow {
                message: "initial_response",
                server_supports: &name::set(*flags, &name::RESPONSE_FLAGS),
                protocol: protocol.map(|protocol| name::protocol(protocol).0),
                error_code: *failure,
                reason: failure.map(|failure| name::failure(failure).1),
                ..row
            })),
            Self::Connect(client) => {
                let channels: Vec<&str> = client.channels.iter().map(String::as_str).collect();
                put(&Row::Rdp(RdpRow {
                    message: "connect_request",
                    client: Some(&client.object()),
                    channels: &channels,
                    ..row
                }));
            }
            Self::Connected => put(&Row::Rdp(RdpRow {
                message: "connect_response",
                ..row
            })),
        }
    }
}

impl Parser for Rdp {
    fn data(&mut self, side: Side, bytes: &[u8], sink: &mut dyn Sink) -> Next {
        drive!(self.waiting, side, bytes, MAX_PACKET, |rest| {
            self.step(side, rest, sink)
        })
    }

    fn gap(&mut self, _: Side, _: u64, _: &mut dyn Sink) -> Next {
        Next::Done
    }

    fn end(&mut self, side: Side, sink: &mut dyn Sink) {
        if side == Side::Server {
            self.log(sink);
        }
    }

    fn held(&self) -> usize {
        self.waiting.client.held()
            + self.waiting.server.held()
            + self.client.as_ref().map_or(0, |_| 1024)
    }
}
