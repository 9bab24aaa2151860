//! CoAP, HTTP's little brother for small devices (RFC 7252).

#[cfg(test)]
mod tests;

use std::borrow::Cow;

use wirewatch_records::{CoapRow, Row, format};

use crate::application::{Application, COMPLETE, Event, Facts, Field, Next, Parser};
use crate::cursor::Cursor;
use crate::exchange::{Detail, Exchange, either};
use crate::protocol::Side;
use crate::sink::Sink;
use crate::waiting::bounded;

/// Options of one message that are read; right ones have about a dozen.
const MAX_OPTIONS: usize = 64;
/// Bytes of a path with its query that are kept.
const MAX_URI: usize = 2048;
/// Bytes of a host's name (RFC 7252, section 5.10).
const MAX_HOST: usize = 255;

/// CoAP.
pub(crate) static COAP: Application = Application {
    names: &["coap"],
    new: |_: &Facts| Box::new(Coap { next_id: 0 }),
    frames: &[],
    buffers: BUFFERS,
    numbers: &[either("coap.code", COMPLETE)],
    events: &[MALFORMED],
};

const URI: usize = 0;
const HOST: usize = 1;
const PAYLOAD: usize = 2;
const BUFFERS: &[Field] = &[
    either("coap.uri", COMPLETE),
    either("coap.host", COMPLETE),
    either("coap.payload", COMPLETE),
];
const MALFORMED: Event = Event {
    code: "coap.malformed_data",
    description: "An option of a `CoAP` message does not fit into it.",
};

struct Coap {
    next_id: u64,
}

#[derive(Debug, Default)]
struct Message {
    kind: u8,
    code: u8,
    id: u16,
    token: Vec<u8>,
    content_format: Option<u16>,
    payload: u32,
}

fn kind_name(kind: u8) -> &'static str {
    match kind {
        0 => "confirmable",
        1 => "non_confirmable",
        2 => "acknowledgement",
        _ => "reset",
    }
}

/// A method, or a class and a number as in HTTP.
fn code_name(code: u8) -> Cow<'static, str> {
    match code {
        0 => "empty".into(),
        1 => "GET".into(),
        2 => "POST".into(),
        3 => "PUT".into(),
        4 => "DELETE".into(),
        5 => "FETCH".into(),
        6 => "PATCH".into(),
        7 => "iPATCH".into(),
        _ => format!("{}.{:02}", code >> 5, code & 31).into(),
    }
}

impl Detail for Message {
    fn row(exchange: &Exchange<Self>, put: &mut dyn FnMut(&Row<'_>)) {
        let message = &exchange.detail;
        let mut token = Vec::new();
        for byte in &message.token {
            format::hex(&mut token, *byte);
        }
        let token = std::str::from_utf8(&token).ok();
        put(&CoapRow {
            message_type: kind_name(message.kind),
            code: &code_name(message.code),
            message_id: message.id,
            token: token.filter(|token| !token.is_empty()),
            uri: exchange.first(URI),
            host: exchange.first(HOST),
            content_format: message.content_format,
            payload_length: message.payload,
        }
        .into());
    }
}

/// A number of four bits that may go on in the bytes behind (RFC 7252, section 3.1).
fn extended(nibble: u8, cursor: &mut Cursor<'_>) -> Option<usize> {
    match nibble {
        13 => Some(usize::from(cursor.u8()?) + 13),
        14 => Some(usize::from(cursor.u16()?) + 269),
        15 => None,
        small => Some(small.into()),
    }
}

/// What the options say.
#[derive(Default)]
struct Options<'a> {
    path: Vec<u8>,
    query: Vec<u8>,
    host: Option<&'a [u8]>,
    content_format: Option<u16>,
    payload: &'a [u8],
}

impl<'a> Options<'a> {
    fn fill(&mut self, cursor: &mut Cursor<'a>) -> Option<()> {
        let mut number = 0usize;
        for _ in 0..MAX_OPTIONS {
            let Some(first) = cursor.u8() else { break };
            if first == 0xff {
                self.payload = cursor.rest();
                break;
            }
            number += extended(first >> 4, cursor)?;
            let length = extended(first & 15, cursor)?;
            let value = cursor.take(length)?;
            match number {
                3 => self.host = Some(bounded(value, MAX_HOST)),
                11 => append(&mut self.path, b'/', value),
                12 => {
                    let bytes = value.iter().take(2);
                    self.content_format =
                        Some(bytes.fold(0, |format, byte| format << 8 | u16::from(*byte)));
                }
                15 => {
                    let sign = if self.query.is_empty() { b'?' } else { b'&' };
                    append(&mut self.query, sign, value);
                }
                _ => {}
            }
        }
        Some(())
    }
}

fn append(text: &mut Vec<u8>, sign: u8, value: &[u8]) {
    let room = MAX_URI.saturating_sub(text.len());
    text.push(sign);
    text.extend_from_slice(bounded(value, room));
}

impl Parser for Coap {
    fn data(&mut self, side: Side, bytes: &[u8], sink: &mut dyn Sink) -> Next {
        let mut cursor = Cursor::new(bytes);
        let (Some(first), Some(code), Some(id)) = (cursor.u8(), cursor.u8(), cursor.u16()) else {
            return Next::More;
        };
        let token = cursor
            .take(usize::from(first & 15).min(8))
            .unwrap_or_default();
        let mut options = Options::default();
        let is_sound = options.fill(&mut cursor).is_some();
        let message = Message {
            kind: first >> 4 & 3,
            code,
            id,
            token: token.to_vec(),
            content_format: options.content_format,
            payload: options.payload.len() as u32,
        };
        let mut exchange = Exchange::new(self.next_id, &COAP, message);
        self.next_id += 1;
        exchange.put_number(0, side, code);
        let mut uri = options.path;
        uri.append(&mut options.query);
        if !uri.is_empty() {
            exchange.put(URI, side, &uri);
        }
        if let Some(host) = options.host {
            exchange.put(HOST, side, host);
        }
        exchange.put(PAYLOAD, side, options.payload);
        if !is_sound {
            exchange.event(side, 0, sink);
        }
        exchange.single(side, sink);
        Next::More
    }

    fn gap(&mut self, _: Side, _: u64, _: &mut dyn Sink) -> Next {
        Next::Done
    }

    fn end(&mut self, _: Side, _: &mut dyn Sink) {}
}
