//! STUN and TURN (RFC 8489, RFC 8656): how a host is seen from outside, and relays for it.

#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use wirewatch_records::{Row, StunRow, format};

use crate::application::{Application, COMPLETE, Facts, Field, Next, Parser};
use crate::cursor::Cursor;
use crate::exchange::{Detail, Exchange, either};
use crate::protocol::{Side, Transport};
use crate::sink::Sink;
use crate::waiting::{Sides, Step, Waiting, bounded, drive};

/// Attributes of one message that are read; right ones have about a dozen.
const MAX_ATTRIBUTES: usize = 64;
/// Bytes of a value that are kept: the longest user name (RFC 8489, section 14.3).
const MAX_VALUE: usize = 513;
/// Bytes of a message over TCP that wait for the rest: header and the longest attributes.
const MAX_MESSAGE: usize = 20 + 0xffff;
/// What marks a message and covers addresses (RFC 8489, section 5).
const COOKIE: u32 = 0x2112_a442;

/// STUN.
pub(crate) static STUN: Application = Application {
    names: &["stun"],
    new: |facts: &Facts| {
        Box::new(Stun {
            transport: facts.transport,
            next_id: 0,
            waiting: Sides::default(),
        })
    },
    frames: &[],
    buffers: BUFFERS,
    numbers: NUMBERS,
    events: &[],
};

const USERNAME: usize = 0;
const REALM: usize = 1;
const SOFTWARE: usize = 2;
const REASON: usize = 3;
const BUFFERS: &[Field] = &[
    either("stun.username", COMPLETE),
    either("stun.realm", COMPLETE),
    either("stun.software", COMPLETE),
    either("stun.error_reason", COMPLETE),
];
const NUMBERS: &[Field] = &[
    either("stun.message_type", COMPLETE),
    either("stun.error_code", COMPLETE),
];

struct Stun {
    transport: Transport,
    next_id: u64,
    waiting: Sides<Waiting>,
}

#[derive(Debug, Default)]
struct Message {
    kind: u16,
    id: [u8; 12],
    mapped: Option<(IpAddr, u16)>,
    peer: Option<IpAddr>,
    relayed: Option<IpAddr>,
    error: Option<u16>,
}

/// The class is spread over two bits of the type (RFC 8489, section 5).
fn class(kind: u16) -> &'static str {
    match (kind >> 8 & 1, kind >> 4 & 1) {
        (0, 0) => "request",
        (0, _) => "indication",
        (_, 0) => "success",
        _ => "error",
    }
}

fn method(kind: u16) -> Cow<'static, str> {
    let number = kind & 0x000f | (kind & 0x00e0) >> 1 | (kind & 0x3e00) >> 2;
    let name = match number {
        1 => "binding",
        2 => "shared_secret",
        3 => "allocate",
        4 => "refresh",
        6 => "send",
        7 => "data",
        8 => "create_permission",
        9 => "channel_bind",
        10 => "connect",
        11 => "connection_bind",
        12 => "connection_attempt",
        _ => return number.to_string().into(),
    };
    name.into()
}

impl Detail for Message {
    fn row(exchange: &Exchange<Self>, put: &mut dyn FnMut(&Row<'_>)) {
        let message = &exchange.detail;
        let mut id = Vec::with_capacity(2 * message.id.len());
        for byte in message.id {
            format::hex(&mut id, byte);
        }
        put(&StunRow {
            message_class: class(message.kind),
            method: &method(message.kind),
            transaction_id: std::str::from_utf8(&id).unwrap_or_default(),
            username: exchange.first(USERNAME),
            realm: exchange.first(REALM),
            software: exchange.first(SOFTWARE),
            mapped_ip: message.mapped.map(|(address, _)| address),
            mapped_port: message.mapped.map(|(_, port)| port),
            peer_ip: message.peer,
            relayed_ip: message.relayed,
            error_code: message.error,
            error_reason: exchange.first(REASON),
        }
        .into());
    }
}

/// An address attribute, covered with the cookie and the identifier if it says so.
fn address(value: &[u8], cover: Option<&[u8; 16]>) -> Option<(IpAddr, u16)> {
    let mut cursor = Cursor::new(value);
    let (_reserved, family) = (cursor.u8()?, cursor.u8()?);
    let mut port = cursor.u16()?;
    let mut octets = [0; 16];
    let rest = cursor.rest();
    for (place, (octet, byte)) in octets.iter_mut().zip(rest).enumerate() {
        let covered = cover.and_then(|cover| cover.get(place)).unwrap_or(&0);
        *octet = byte ^ covered;
    }
    if cover.is_some() {
        port ^= (COOKIE >> 16) as u16;
    }
    let ip = match (family, rest.len()) {
        (1, 4) => Ipv4Addr::from(*octets.first_chunk::<4>()?).into(),
        (2, 16) => Ipv6Addr::from(octets).into(),
        _ => return None,
    };
    Some((ip, port))
}

impl Stun {
    fn message(&mut self, side: Side, bytes: &[u8], sink: &mut dyn Sink) -> Option<()> {
        let mut cursor = Cursor::new(bytes);
        let (kind, length, cookie) = (cursor.u16()?, cursor.u16()?, cursor.u32()?);
        let id = *cursor.take(12)?.first_chunk::<12>()?;
        // Data on the channels of a relay goes the same way.
        if kind & 0xc000 != 0 {
            return None;
        }
        let mut cover = [0; 16];
        for (to, from) in cover.iter_mut().zip(cookie.to_be_bytes().iter().chain(&id)) {
            *to = *from;
        }
        let message = Message {
            kind,
            id,
            ..Message::default()
        };
        let mut exchange = Exchange::new(self.next_id, &STUN, message);
        self.next_id += 1;
        exchange.put_number(0, side, kind);
        let attributes = bounded(cursor.rest(), length.into());
        let _ = attributes_of(&mut exchange, side, attributes, &cover);
        exchange.single(side, sink);
        Some(())
    }
}

/// Once calls have found a way, they use it: a client's or server's hello in DTLS (RFC 7983).
fn greets_with_dtls(bytes: &[u8]) -> bool {
    let is_handshake = matches!(bytes, [0x16, 0xfe, 0xfd | 0xff, 0, 0, ..]);
    is_handshake && matches!(bytes.get(13), Some(1 | 2))
}

fn attributes_of(
    exchange: &mut Exchange<Message>,
    side: Side,
    bytes: &[u8],
    cover: &[u8; 16],
) -> Option<()> {
    let mut cursor = Cursor::new(bytes);
    for _ in 0..MAX_ATTRIBUTES {
        if cursor.is_empty() {
            break;
        }
        let (kind, length) = (cursor.u16()?, cursor.u16()?);
        let value = cursor.take(length.into())?;
        let text = bounded(value, MAX_VALUE);
        let detail = &mut exchange.detail;
        match kind {
            0x0001 if detail.mapped.is_none() => detail.mapped = address(value, None),
            0x0020 | 0x8020 => detail.mapped = address(value, Some(cover)),
            0x0012 => detail.peer = address(value, Some(cover)).map(|(ip, _)| ip),
            0x0016 => detail.relayed = address(value, Some(cover)).map(|(ip, _)| ip),
            0x0006 => exchange.put(USERNAME, side, text),
            0x0014 => exchange.put(REALM, side, text),
            0x8022 => exchange.put(SOFTWARE, side, text),
            0x0009 => {
                let [_, _, class, number, reason @ ..] = text else {
                    continue;
                };
                let code = u16::from(class & 7) * 100 + u16::from(*number);
                detail.error = Some(code);
                exchange.put_number(1, side, code);
                exchange.put(REASON, side, reason);
            }
            _ => {}
        }
        // Values are filled up to four bytes.
        cursor.take((4 - usize::from(length) % 4) % 4)?;
    }
    Some(())
}

impl Parser for Stun {
    fn data(&mut self, side: Side, bytes: &[u8], sink: &mut dyn Sink) -> Next {
        if self.transport == Transport::Udp {
            if greets_with_dtls(bytes) {
                let rest = bytes.len();
                return Next::Switch {
                    rest,
                    to: Some("dtls"),
                };
            }
            let _ = self.message(side, bytes, sink);
            return Next::More;
        }
        drive!(self.waiting, side, bytes, MAX_MESSAGE, |bytes| {
            let mut cursor = Cursor::new(bytes);
            let (Some(kind), Some(length)) = (cursor.u16(), cursor.u16()) else {
                return Step::More;
            };
            let length = usize::from(length);
            match kind >> 14 {
                0 => {}
                // Data on a channel, filled up to four bytes (RFC 8656, section 12.5).
                1 => return Step::Skip((4 + length.next_multiple_of(4)) as u64),
                _ => return Step::Stop(Next::Done),
            }
            let Some(message) = bytes.get(..20 + length) else {
                return Step::More;
            };
            let _ = self.message(side, message, sink);
            Step::Used(20 + length)
        })
    }

    fn gap(&mut self, side: Side, length: u64, _: &mut dyn Sink) -> Next {
        self.waiting.lose(side, length)
    }

    fn end(&mut self, _: Side, _: &mut dyn Sink) {}

    fn held(&self) -> usize {
        self.waiting.held()
    }
}
