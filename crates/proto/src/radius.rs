//! RADIUS (RFC 2865, RFC 2866): whether a user may enter, and accounts of his stay.
//!
//! A question and its answer, matched by their identifier, are one transaction.

#[cfg(test)]
mod tests;

use std::net::Ipv4Addr;

use wirewatch_records::{RadiusRow, Row};

use crate::application::{Application, COMPLETE, Event, Facts, Field, Next, Parser};
use crate::cursor::Cursor;
use crate::exchange::{Detail, Exchange, either};
use crate::protocol::Side;
use crate::sink::{Fact, Sink};

/// Questions of one flow that may wait for answers; an identifier has one byte, so more cannot.
const MAX_OPEN: usize = 256;
/// Attributes of one message: as many as fit into the longest, at three bytes each, would be absurd.
const MAX_ATTRIBUTES: usize = 256;

/// RADIUS.
pub(crate) static RADIUS: Application = Application {
    names: &["radius"],
    new: |_: &Facts| Box::new(Radius::default()),
    frames: &[],
    buffers: BUFFERS,
    numbers: &[either("radius.code", COMPLETE)],
    events: &[MALFORMED],
};

const USER: usize = 0;
const MAC: usize = 1;
const CONNECT_INFO: usize = 2;
const REPLY: usize = 3;
const TUNNEL_CLIENT: usize = 4;
const NAS: usize = 5;
const BUFFERS: &[Field] = &[
    either("radius.username", COMPLETE),
    either("radius.mac", COMPLETE),
    either("radius.connect_info", COMPLETE),
    either("radius.reply_msg", COMPLETE),
    either("radius.tunnel_client", COMPLETE),
    either("radius.nas_identifier", COMPLETE),
];
const MALFORMED: Event = Event {
    code: "radius.malformed_data",
    description: "An attribute of a RADIUS message does not fit into it.",
};

const ACCESS_REQUEST: u8 = 1;
const ACCESS_ACCEPT: u8 = 2;
const ACCESS_REJECT: u8 = 3;
const ACCESS_CHALLENGE: u8 = 11;

#[derive(Debug)]
struct Detailed {
    identifier: u8,
    start: i64,
    request: Option<u8>,
    answer: Option<u8>,
    framed: Option<Ipv4Addr>,
    took: Option<i64>,
    /// Whether the user was asked to prove himself once more.
    is_challenged: bool,
}

#[derive(Default)]
struct Radius {
    next_id: u64,
    open: Vec<Exchange<Detailed>>,
}

fn code_name(code: u8) -> Option<&'static str> {
    Some(match code {
        1 => "access_request",
        2 => "access_accept",
        3 => "access_reject",
        4 => "accounting_request",
        5 => "accounting_response",
        11 => "access_challenge",
        12 => "status_server",
        13 => "status_client",
        40 => "disconnect_request",
        41 => "disconnect_ack",
        42 => "disconnect_nak",
        43 => "coa_request",
        44 => "coa_ack",
        45 => "coa_nak",
        _ => return None,
    })
}

impl Detail for Detailed {
    fn row(exchange: &Exchange<Self>, put: &mut dyn FnMut(&Row<'_>)) {
        let detail = &exchange.detail;
        put(&RadiusRow {
            start: detail.start / 1000,
            code: detail.request.and_then(code_name),
            answer: detail.answer.and_then(code_name),
            username: exchange.first(USER),
            mac: exchange.first(MAC),
            framed_addr: detail.framed.map(Into::into),
            tunnel_client: exchange.first(TUNNEL_CLIENT),
            connect_info: exchange.first(CONNECT_INFO),
            nas_identifier: exchange.first(NAS),
            reply_msg: exchange.first(REPLY),
            result: match detail.answer {
                Some(ACCESS_ACCEPT) => Some("success"),
                Some(ACCESS_REJECT) => Some("failed"),
                _ => None,
            },
            ttl_us: detail.took.map(|took| (took / 1000).unsigned_abs()),
        }
        .into());
    }
}

/// A link address as Zeek writes it, from the many forms that devices send.
fn link_address(text: &[u8]) -> Vec<u8> {
    let digits: Vec<u8> = text
        .iter()
        .filter(|b| b.is_ascii_hexdigit())
        .copied()
        .collect();
    if digits.len() != 12 {
        return text.to_vec();
    }
    let pairs: Vec<&[u8]> = digits.chunks(2).collect();
    pairs.join(&b':').to_ascii_lowercase()
}

/// The name of the user among the attributes.
fn user(attributes: &[u8]) -> Option<&[u8]> {
    let mut cursor = Cursor::new(attributes);
    for _ in 0..MAX_ATTRIBUTES {
        let (kind, length) = (cursor.u8()?, cursor.u8()?);
        let value = cursor.take(usize::from(length).checked_sub(2)?)?;
        if kind == 1 {
            return Some(value);
        }
    }
    None
}

impl Radius {
    fn attributes(exchange: &mut Exchange<Detailed>, side: Side, bytes: &[u8]) -> Option<()> {
        let mut cursor = Cursor::new(bytes);
        for _ in 0..MAX_ATTRIBUTES {
            if cursor.is_empty() {
                return Some(());
            }
            let (kind, length) = (cursor.u8()?, cursor.u8()?);
            let value = cursor.take(usize::from(length).checked_sub(2)?)?;
            match kind {
                1 => exchange.put(USER, side, value),
                8 => exchange.detail.framed = <[u8; 4]>::try_from(value).ok().map(Into::into),
                18 => exchange.put(REPLY, side, value),
                31 => exchange.put(MAC, side, &link_address(value)),
                32 => exchange.put(NAS, side, value),
                66 => exchange.put(TUNNEL_CLIENT, side, value),
                77 => exchange.put(CONNECT_INFO, side, value),
                _ => {}
            }
        }
        Some(())
    }

    fn is_answer(code: u8) -> bool {
        matches!(code, 2 | 3 | 5 | 11 | 41 | 42 | 44 | 45)
    }

    fn finish(mut exchange: Exchange<Detailed>, sink: &mut dyn Sink) {
        let detail = &exchange.detail;
        if detail.request == Some(ACCESS_REQUEST)
            && let Some(user) = exchange.first(USER)
        {
            sink.learn(Fact::Login {
                user,
                plain_password: false,
                accepted: match detail.answer {
                    Some(ACCESS_ACCEPT) => Some(true),
                    Some(ACCESS_REJECT) => Some(false),
                    _ => None,
                },
            });
        }
        exchange.finish(Side::Client, sink);
    }
}

impl Parser for Radius {
    fn data(&mut self, side: Side, bytes: &[u8], sink: &mut dyn Sink) -> Next {
        let mut cursor = Cursor::new(bytes);
        let (Some(code), Some(identifier), Some(length)) = (cursor.u8(), cursor.u8(), cursor.u16())
        else {
            return Next::More;
        };
        let whole = bytes.get(..length.into());
        let attributes = whole.unwrap_or(bytes).get(20..).unwrap_or_default();
        let is_answer = Self::is_answer(code);
        let now = sink.time();
        let known = self.open.iter().position(|open| {
            let same = open.detail.identifier == identifier;
            same && !open.detail.is_challenged
        });
        // The same question again is no new one.
        if known.is_some() && !is_answer {
            return Next::More;
        }
        let known = match user(attributes) {
            Some(user) if !is_answer => self
                .open
                .iter()
                .position(|open| open.detail.is_challenged && open.first(USER) == Some(user)),
            _ => known,
        };
        let mut exchange = if let Some(place) = known {
            self.open.remove(place)
        } else {
            self.next_id += 1;
            let detail = Detailed {
                identifier,
                start: now,
                request: None,
                answer: None,
                framed: None,
                took: None,
                is_challenged: false,
            };
            Exchange::new(self.next_id - 1, &RADIUS, detail)
        };
        exchange.put_number(0, side, code);
        let read = Self::attributes(&mut exchange, side, attributes);
        if read.is_none() || whole.is_none() {
            exchange.event(side, 0, sink);
        }
        exchange.reach(side, COMPLETE, sink);
        exchange.detail.is_challenged = code == ACCESS_CHALLENGE;
        if code == ACCESS_CHALLENGE && exchange.detail.request.is_some() {
            self.open.push(exchange);
        } else if is_answer {
            exchange.detail.answer = Some(code);
            if exchange.detail.request.is_some() {
                exchange.detail.took = Some(now - exchange.detail.start);
            }
            Self::finish(exchange, sink);
        } else {
            exchange.detail.request = Some(code);
            exchange.detail.identifier = identifier;
            if self.open.len() >= MAX_OPEN {
                Self::finish(self.open.remove(0), sink);
            }
            self.open.push(exchange);
        }
        Next::More
    }

    fn gap(&mut self, _: Side, _: u64, _: &mut dyn Sink) -> Next {
        Next::Done
    }

    fn end(&mut self, side: Side, sink: &mut dyn Sink) {
        if side == Side::Server {
            for exchange in std::mem::take(&mut self.open) {
                Self::finish(exchange, sink);
            }
        }
    }

    fn held(&self) -> usize {
        self.open
            .iter()
            .map(|open| open.held() + size_of::<Exchange<Detailed>>())
            .sum()
    }
}
