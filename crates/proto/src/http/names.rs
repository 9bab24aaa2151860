//! DNS over HTTPS (RFC 8484): the messages of DNS that a request and its answer carry.

use std::borrow::Cow;

use wirewatch_records::{Kind, Row, eve};

use super::exchange::{Exchange, Half, media_type};
use super::head::Head;
use super::message::base64;
use crate::application::{COMPLETE, Field};
use crate::dns::carried::{Carried, MAX_MESSAGE};
use crate::http2::event;
use crate::protocol::Side;
use crate::sink::{Fact, Sink};

/// The media type of a message (section 6).
const MESSAGE: &[u8] = b"application/dns-message";

/// What stands before a message in an address (section 4.1).
const PARAMETER: &[u8] = b"dns=";

/// The numbers of a message under the names that rules use.
pub(crate) const NUMBERS: &[Field] = &OPCODE_TO_TYPE;

/// The same, to be joined with other numbers.
pub(crate) const OPCODE_TO_TYPE: [Field; 3] = [
    number("dns.opcode", false),
    number("dns.rcode", false),
    number("dns.rrtype", true),
];

const fn number(name: &'static str, many: bool) -> Field {
    Field {
        name,
        side: None,
        progress: COMPLETE,
        many,
    }
}

/// The messages of an exchange.
#[derive(Debug, Default)]
pub(crate) struct Names {
    request: Option<Carried>,
    response: Option<Carried>,
}

impl Names {
    fn side(&self, side: Side) -> Option<&Carried> {
        match side {
            Side::Client => self.request.as_ref(),
            Side::Server => self.response.as_ref(),
        }
    }

    /// A value of a buffer of DNS.
    pub(crate) fn buffer(&self, buffer: usize, side: Side, index: usize) -> Option<Cow<'_, [u8]>> {
        self.side(side)?.buffer(buffer, index)
    }

    /// A value of a number of [`NUMBERS`].
    pub(crate) fn number(&self, number: usize, side: Side, index: usize) -> Option<u64> {
        self.side(side)?.number(number, index)
    }

    /// The record of the response, which repeats the question, or else that of the request.
    pub(crate) fn row(&self, id: u64, http: Option<&str>, put: &mut dyn FnMut(&Row<'_>)) {
        if let Some(message) = self.response.as_ref().or(self.request.as_ref()) {
            message.row(id, http, put);
        }
    }

    /// Roughly how many bytes of memory it holds.
    pub(crate) fn held(&self) -> usize {
        let both = [&self.request, &self.response];
        let both = both.into_iter().flatten();
        both.map(Carried::held)
            .sum::<usize>()
            .saturating_add(size_of::<Self>())
    }
}

/// Whether a value of `Content-Type` or `Accept` names messages of DNS.
pub(crate) fn is_named(value: &[u8]) -> bool {
    let mut kinds = value.split(|byte| *byte == b',');
    kinds.any(|kind| media_type(kind).eq_ignore_ascii_case(MESSAGE))
}

/// Reads the message of a side that is complete, if it carries one.
pub(crate) fn read(exchange: &mut Exchange, side: Side, sink: &mut dyn Sink) {
    if exchange.stream.is_some() && is_too_long(exchange.half(side)) {
        let event = match side {
            Side::Client => &event::DNS_REQUEST_TOO_LONG,
            Side::Server => &event::DNS_RESPONSE_TOO_LONG,
        };
        if let Some(event) = exchange.is_wrong(event) {
            sink.anomaly(Some(exchange.id), side, event);
        }
    }
    let Some(bytes) = message(exchange, side) else {
        return;
    };
    let Some(message) = Carried::read(side, bytes) else {
        return;
    };
    if exchange.stream.is_some() {
        sink.learn(Fact::Speaks("doh2"));
    }
    message.learn(sink);
    let names = exchange.names.get_or_insert_default();
    match side {
        Side::Client => names.request = Some(message),
        Side::Server => names.response = Some(message),
    }
}

/// Whether a body that says to be a message cannot be one.
fn is_too_long(half: &Half) -> bool {
    half.body_length > MAX_MESSAGE as u64 && half.head.find(b"Content-Type").is_some_and(is_named)
}

/// The bytes of a side's message: its body, or a part of the address.
fn message(exchange: &Exchange, side: Side) -> Option<Vec<u8>> {
    let half = exchange.half(side);
    let named = |name: &[u8], head: &Head| head.find(name).is_some_and(is_named);
    if named(b"Content-Type", &half.head) {
        let is_whole = half.body_length == half.body.len() as u64;
        let is_message = is_whole && (1..=MAX_MESSAGE).contains(&half.body.len());
        return is_message.then(|| half.body.clone());
    }
    if side == Side::Client && named(b"Accept", &half.head) {
        return base64(parameter(exchange.uri()?)?);
    }
    None
}

/// The message in an address.
fn parameter(uri: &[u8]) -> Option<&[u8]> {
    let query = uri.iter().position(|byte| *byte == b'?')?;
    let query = uri.get(query.saturating_add(1)..)?;
    let mut all = query.split(|byte| matches!(byte, b'&' | b'#'));
    let value = all.find_map(|one| one.strip_prefix(PARAMETER))?;
    value.get(..value.len().min(MAX_MESSAGE.saturating_mul(2)))
}

/// Puts out the records of an exchange: that of HTTP, and that of the names it asked for.
pub(crate) fn tell(exchange: &Exchange, sink: &mut dyn Sink) {
    let id = exchange.id;
    if sink.wants(Kind::Http) {
        exchange.http_row(&mut |row| sink.record(Some(id), Side::Client, row));
    }
    if let Some(names) = &exchange.names
        && sink.wants(Kind::Dns)
    {
        let http = as_member(exchange);
        let put = &mut |row: &Row<'_>| sink.record(Some(id), Side::Client, row);
        names.row(id, http.as_deref(), put);
    }
}

/// The object that the record of HTTP has below `http`.
fn as_member(exchange: &Exchange) -> Option<String> {
    let mut all = Vec::new();
    exchange.http_row(&mut |row| eve::own_members(row, &mut all));
    let all = String::from_utf8(all).ok()?;
    let object = all.strip_prefix("{\"http\":")?.strip_suffix('}')?;
    Some(object.to_owned())
}
