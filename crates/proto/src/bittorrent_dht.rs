//! The distributed table of `BitTorrent` (BEP 5): questions and answers in bencoding (BEP 3).

mod bencode;
#[cfg(test)]
mod tests;

use std::net::{Ipv4Addr, Ipv6Addr};

use wirewatch_records::{BittorrentDhtRow, Row, format, json};

use crate::application::{Application, COMPLETE, Event, Facts, Field, Next, Parser};
use crate::exchange::{Detail, Exchange, either};
use crate::protocol::Side;
use crate::sink::Sink;
use crate::waiting::bounded;
use bencode::Value;

/// Bytes of an identifier or a token that are shown; identifiers have 20.
const MAX_SHOWN: usize = 64;
/// Nodes or peers of one answer that are told; answers have 8 nodes, and as many peers as fit.
const MAX_NODES: usize = 64;

/// The distributed table.
pub(crate) static BITTORRENT_DHT: Application = Application {
    names: &["bittorrent-dht"],
    new: |_: &Facts| Box::new(Dht { next_id: 0 }),
    frames: &[],
    buffers: BUFFERS,
    numbers: &[],
    events: &[MALFORMED_PACKET],
};

const BUFFERS: &[Field] = &[either("bittorrent_dht.request_type", COMPLETE)];
const MALFORMED_PACKET: Event = Event {
    code: "bittorrent_dht.malformed_packet",
    description: "A message of `BitTorrent`'s distributed table cannot be read.",
};

struct Dht {
    next_id: u64,
}

/// A message, its parts as they go into the record.
#[derive(Debug, Default)]
struct Message {
    transaction_id: String,
    client_version: Option<String>,
    request: Option<String>,
    response: Option<String>,
    error: Option<String>,
}

impl Detail for Message {
    fn row(exchange: &Exchange<Self>, put: &mut dyn FnMut(&Row<'_>)) {
        let message = &exchange.detail;
        put(&BittorrentDhtRow {
            transaction_id: &message.transaction_id,
            client_version: message.client_version.as_deref(),
            request_type: exchange.first(0),
            request: message.request.as_deref(),
            response: message.response.as_deref(),
            error: message.error.as_deref(),
        }
        .into());
    }
}

fn hex(bytes: &[u8]) -> String {
    let mut out = Vec::new();
    for byte in bounded(bytes, MAX_SHOWN) {
        format::hex(&mut out, *byte);
    }
    String::from_utf8(out).unwrap_or_default()
}

/// An object of what `write` puts in.
fn object(write: impl FnOnce(&mut Vec<u8>)) -> String {
    let mut out = Vec::new();
    let mark = json::open(&mut out, b"{");
    write(&mut out);
    json::close(&mut out, mark);
    out.pop();
    String::from_utf8(out).unwrap_or_default()
}

impl Message {
    fn read(bytes: &[u8]) -> Option<(Self, &[u8])> {
        let mut kind: &[u8] = &[];
        let mut message = Self::default();
        let mut parts = (None, None, None);
        for (key, value) in bencode::dictionary(bytes)? {
            match (key, value) {
                (b"q", Value::Bytes(name)) => kind = name,
                (b"t", Value::Bytes(id)) => message.transaction_id = hex(id),
                (b"v", Value::Bytes(version)) => message.client_version = Some(hex(version)),
                (b"a", Value::Nested(arguments)) => parts.0 = Some(arguments),
                (b"r", Value::Nested(values)) => parts.1 = Some(values),
                (b"e", Value::Nested(list)) => parts.2 = Some(list),
                _ => {}
            }
        }
        message.request = parts.0.and_then(request);
        message.response = parts.1.and_then(response);
        message.error = parts.2.and_then(error);
        Some((message, kind))
    }
}

fn request(bytes: &[u8]) -> Option<String> {
    let members = bencode::dictionary(bytes)?;
    Some(object(|out| {
        for (key, value) in members {
            match (key, value) {
                (b"id", Value::Bytes(id)) => json::text(out, b"\"id\":", &hex(id)),
                (b"target", Value::Bytes(id)) => json::text(out, b"\"target\":", &hex(id)),
                (b"info_hash", Value::Bytes(id)) => json::text(out, b"\"info_hash\":", &hex(id)),
                (b"token", Value::Bytes(token)) => json::text(out, b"\"token\":", &hex(token)),
                (b"implied_port", Value::Number(number)) => {
                    json::number(out, b"\"implied_port\":", number.unsigned_abs());
                }
                (b"port", Value::Number(number)) => {
                    json::number(out, b"\"port\":", number.unsigned_abs());
                }
                _ => {}
            }
        }
    }))
}

fn response(bytes: &[u8]) -> Option<String> {
    let members = bencode::dictionary(bytes)?;
    Some(object(|out| {
        for (key, value) in members {
            match (key, value) {
                (b"id", Value::Bytes(id)) => json::text(out, b"\"id\":", &hex(id)),
                (b"token", Value::Bytes(token)) => json::text(out, b"\"token\":", &hex(token)),
                (b"nodes", Value::Bytes(list)) => {
                    let nodes = list.chunks_exact(26).take(MAX_NODES);
                    entries(out, b"\"nodes\":[", nodes, 20);
                }
                (b"nodes6", Value::Bytes(list)) => {
                    let nodes = list.chunks_exact(38).take(MAX_NODES);
                    entries(out, b"\"nodes6\":[", nodes, 20);
                }
                (b"values", Value::Nested(list)) => {
                    let items = bencode::list(list).unwrap_or_default();
                    let peers = items.iter().filter_map(|item| match item {
                        Value::Bytes(bytes) => Some(*bytes),
                        _ => None,
                    });
                    entries(out, b"\"values\":[", peers.take(MAX_NODES), 0);
                }
                _ => {}
            }
        }
    }))
}

/// A list of addresses with ports, each behind an identifier of so many bytes.
fn entries<'a>(out: &mut Vec<u8>, key: &[u8], items: impl Iterator<Item = &'a [u8]>, id: usize) {
    out.extend_from_slice(key);
    for item in items {
        let (name, rest) = item.split_at(id.min(item.len()));
        let Some((address, port)) = rest.split_last_chunk::<2>() else {
            continue;
        };
        let address = match address.len() {
            4 => address
                .first_chunk::<4>()
                .map(|part| Ipv4Addr::from(*part).into()),
            16 => address
                .first_chunk::<16>()
                .map(|part| Ipv6Addr::from(*part).into()),
            _ => None,
        };
        let mark = json::open(out, b"{");
        if !name.is_empty() {
            json::text(out, b"\"id\":", &hex(name));
        }
        if let Some(address) = address {
            json::ip(out, b"\"ip\":", address);
        }
        json::number(out, b"\"port\":", u16::from_be_bytes(*port));
        json::close(out, mark);
    }
    if out.last() == Some(&b',') {
        out.pop();
    }
    out.extend_from_slice(b"],");
}

fn error(bytes: &[u8]) -> Option<String> {
    let items = bencode::list(bytes)?;
    let [Value::Number(number), Value::Bytes(text), ..] = items.as_slice() else {
        return None;
    };
    Some(object(|out| {
        json::number(out, b"\"num\":", number.unsigned_abs());
        json::wire(out, b"\"msg\":", bounded(text, 256));
    }))
}

impl Parser for Dht {
    fn data(&mut self, side: Side, bytes: &[u8], sink: &mut dyn Sink) -> Next {
        // Peers send each other files from the same port, in another protocol.
        if bytes.first() != Some(&b'd') {
            return Next::More;
        }
        let read = Message::read(bytes);
        let is_sound = read.is_some();
        let (message, kind) = read.unwrap_or_default();
        let mut exchange = Exchange::new(self.next_id, &BITTORRENT_DHT, message);
        self.next_id += 1;
        if !kind.is_empty() {
            exchange.put(0, side, bounded(kind, MAX_SHOWN));
        }
        if is_sound {
            exchange.single(side, sink);
        } else {
            exchange.event(side, 0, sink);
            exchange.reach(side, COMPLETE, sink);
        }
        Next::More
    }

    fn gap(&mut self, _: Side, _: u64, _: &mut dyn Sink) -> Next {
        Next::Done
    }

    fn end(&mut self, _: Side, _: &mut dyn Sink) {}
}
