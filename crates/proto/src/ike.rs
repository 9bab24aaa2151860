//! IKE, versions 1 and 2: two hosts agree on how to encrypt what they will send each other.
//!
//! RFC 2408 and RFC 2409 for version 1, RFC 7296 for version 2. Each message is a transaction of its
//! own; what was chosen, and what the sides sent in the open, is kept for the messages after it.

mod event;
mod message;
mod names;
mod proposals;
mod strength;
#[cfg(test)]
mod tests;

use wirewatch_records::{IkeRow, Row, format, json};

use crate::application::{Application, COMPLETE, Facts, Field, Next, Parser};
use crate::exchange::{Detail, Exchange, either, field as one};
use crate::protocol::Side;
use crate::sink::Sink;
use crate::waiting::Sides;
use message::{Chosen, Header, Payloads};

/// Bytes of a key exchange or a nonce that are kept; the largest groups have keys of 1 KiB.
const MAX_KEY: usize = 1024;
/// The port where messages stand beside encrypted packets (RFC 3948).
const NAT_PORT: u16 = 4500;

/// IKE.
pub(crate) static IKE: Application = Application {
    names: &["ike"],
    new: |facts: &Facts| {
        Box::new(Ike {
            beside_packets: facts.server_port == NAT_PORT || facts.client_port == NAT_PORT,
            next_id: 0,
            known: Known::default(),
        })
    },
    frames: &[],
    buffers: BUFFERS,
    numbers: NUMBERS,
    events: event::ALL,
};

const INIT_SPI: usize = 0;
const RESP_SPI: usize = 1;
const VENDOR: usize = 2;
const KEY_EXCHANGE: usize = 3;
const NONCE: usize = 4;
const CHOSEN: usize = 5;
const BUFFERS: &[Field] = &[
    // As in Suricata each side is asked for its own number only, and for vendors the one that begins.
    one("ike.init_spi", Side::Client, COMPLETE),
    one("ike.resp_spi", Side::Server, COMPLETE),
    Field {
        many: true,
        ..one("ike.vendor", Side::Client, COMPLETE)
    },
    either("ike.key_exchange_payload", COMPLETE),
    either("ike.nonce_payload", COMPLETE),
    several("ike.chosen_sa_attribute"),
];
const NUMBERS: &[Field] = &[
    either("ike.exchtype", COMPLETE),
    either("ike.key_exchange_payload_length", COMPLETE),
    either("ike.nonce_payload_length", COMPLETE),
];

const fn several(name: &'static str) -> Field {
    Field {
        many: true,
        ..either(name, COMPLETE)
    }
}

/// What the sides sent in the open, and what they agreed on.
#[derive(Debug, Clone, Default)]
struct Known {
    sides: Sides<Opened>,
    chosen: Chosen,
}

/// What one side sent in the open.
#[derive(Debug, Clone, Default)]
struct Opened {
    key: Vec<u8>,
    nonce: Vec<u8>,
    vendors: Vec<String>,
}

struct Ike {
    beside_packets: bool,
    next_id: u64,
    known: Known,
}

/// A message with what is known by then.
#[derive(Debug)]
struct Message {
    header: Header,
    kinds: Vec<u8>,
    notifications: Vec<u16>,
    is_encrypted: bool,
    doi: Option<u32>,
    known: Known,
}

fn hex(bytes: &[u8]) -> String {
    let mut out = Vec::with_capacity(bytes.len() * 2);
    for byte in bytes {
        format::hex(&mut out, *byte);
    }
    String::from_utf8(out).unwrap_or_default()
}

impl Opened {
    fn write(&self, key: &[u8], out: &mut Vec<u8>) {
        let mark = json::open(out, key);
        for (name, length, value) in [
            (
                &b"\"key_exchange_payload\":"[..],
                &b"\"key_exchange_payload_length\":"[..],
                &self.key,
            ),
            (
                b"\"nonce_payload\":",
                b"\"nonce_payload_length\":",
                &self.nonce,
            ),
        ] {
            if !value.is_empty() {
                json::text(out, name, &hex(value));
                json::number(out, length, value.len() as u64);
            }
        }
        let vendors: Vec<&str> = self.vendors.iter().map(String::as_str).collect();
        json::texts(out, b"\"vendor_ids\":", &vendors);
        json::close(out, mark);
    }
}

impl Message {
    /// What only one of the versions has.
    fn own(&self) -> String {
        let mut out = Vec::new();
        let mark = json::open(&mut out, b"{");
        if self.header.major == 1 {
            if let Some(doi) = self.doi {
                json::number(&mut out, b"\"doi\":", doi);
            }
            json::boolean(&mut out, b"\"encrypted_payloads\":", self.is_encrypted);
            self.known.sides.client.write(b"\"client\":{", &mut out);
            self.known.sides.server.write(b"\"server\":{", &mut out);
        } else {
            let errors = self.notifications.iter().filter(|kind| **kind < 16_384);
            json::number(&mut out, b"\"errors\":", errors.count() as u64);
            out.extend_from_slice(b"\"notify\":[");
            for kind in &self.notifications {
                json::string(&mut out, names::notification(*kind).as_bytes());
                out.push(b',');
            }
            if out.last() == Some(&b',') {
                out.pop();
            }
            out.extend_from_slice(b"],");
        }
        json::close(&mut out, mark);
        out.pop();
        String::from_utf8(out).unwrap_or_default()
    }
}

impl Detail for Message {
    fn row(exchange: &Exchange<Self>, put: &mut dyn FnMut(&Row<'_>)) {
        let message = &exchange.detail;
        let header = &message.header;
        let chosen = &message.known.chosen;
        let is_first = header.major == 1;
        let text = |value: Option<u16>, kind| {
            value.map(|value| names::algorithm(header.major, kind, value))
        };
        let encryption = text(chosen.encryption, names::Kind::Encryption);
        let hash = text(chosen.hash, names::Kind::Hash);
        let authentication = text(chosen.authentication, names::Kind::Authentication);
        let group = text(chosen.group, names::Kind::Group);
        let prf = text(chosen.prf, names::Kind::Prf);
        let payloads: Vec<&str> = message
            .kinds
            .iter()
            .filter_map(|kind| names::payload(header.major, *kind))
            .collect();
        let own = message.own();
        let own = Some(own.as_str()).filter(|own| !own.is_empty());
        put(&IkeRow {
            version_major: header.major,
            version_minor: header.minor,
            init_spi: &hex(&header.initiator),
            resp_spi: &hex(&header.responder),
            message_id: header.message_id,
            exchange_type: header.exchange,
            exchange_type_verbose: names::exchange(header.exchange),
            alg_enc: encryption.as_deref(),
            alg_enc_raw: chosen.encryption,
            alg_hash: hash.as_deref(),
            alg_hash_raw: chosen.hash,
            alg_auth: authentication.as_deref(),
            alg_auth_raw: chosen.authentication,
            alg_dh: group.as_deref(),
            alg_dh_raw: chosen.group,
            alg_prf: prf.as_deref(),
            sa_key_length: chosen.key_length,
            sa_life_type: chosen.life_type.and_then(names::life_type),
            sa_life_duration: chosen.life_duration,
            payload: &payloads,
            ikev1: own.filter(|_| is_first),
            ikev2: own.filter(|_| !is_first),
        }
        .into());
    }
}

impl Ike {
    fn message(&mut self, side: Side, bytes: &[u8], sink: &mut dyn Sink) -> Option<()> {
        let header = Header::read(bytes)?;
        let (payloads, is_sound) = Payloads::read(&header, bytes);
        let opened = self.known.sides.mut_of(side);
        let vendors: Vec<String> = payloads.vendors.iter().map(|id| hex(id)).collect();
        for (known, new) in [
            (&mut opened.key, payloads.key),
            (&mut opened.nonce, payloads.nonce),
        ] {
            if !new.is_empty() {
                *known = crate::waiting::bounded(new, MAX_KEY).to_vec();
            }
        }
        if !vendors.is_empty() {
            opened.vendors.clone_from(&vendors);
        }
        if let Some(chosen) = payloads.chosen.filter(|_| header.is_answer(side)) {
            self.known.chosen = chosen;
        }
        let detail = Message {
            header,
            kinds: payloads.kinds,
            notifications: payloads.notifications,
            is_encrypted: payloads.is_encrypted,
            doi: payloads.doi,
            known: self.known.clone(),
        };
        let mut exchange = Exchange::new(self.next_id, &IKE, detail);
        self.next_id += 1;
        exchange.put(INIT_SPI, side, hex(&header.initiator).as_bytes());
        exchange.put(RESP_SPI, side, hex(&header.responder).as_bytes());
        for vendor in &vendors {
            exchange.put(VENDOR, side, vendor.as_bytes());
        }
        exchange.put_number(0, side, header.exchange);
        for (buffer, number, value) in [(KEY_EXCHANGE, 1, payloads.key), (NONCE, 2, payloads.nonce)]
        {
            if !value.is_empty() {
                exchange.put(buffer, side, value);
                exchange.put_number(number, side, value.len() as u64);
            }
        }
        if header.is_answer(side) {
            for (name, value) in self.known.chosen.named() {
                exchange.put(CHOSEN, side, format!("{name}={value}").as_bytes());
            }
        }
        let mut events = Vec::new();
        if !is_sound {
            events.push(event::MALFORMED);
        }
        if payloads.has_more {
            events.push(event::EXTRA_DATA);
        }
        if payloads.has_broken_proposals {
            events.push(event::INVALID_PROPOSAL);
        }
        if let Some(proposals) = &payloads.proposals {
            if proposals.has_unknown {
                events.push(event::UNKNOWN_PROPOSAL);
            }
            if side == Side::Server && header.is_answer(side) {
                if proposals.count > 1 {
                    events.push(event::SEVERAL_ANSWERS);
                }
                let chosen = payloads.chosen.unwrap_or_default();
                let protocol = proposals.protocol;
                events.extend(strength::weaknesses(header.major, protocol, &chosen));
            }
        }
        for event in events {
            exchange.event(side, event, sink);
        }
        exchange.single(side, sink);
        Some(())
    }
}

impl Parser for Ike {
    fn data(&mut self, side: Side, bytes: &[u8], sink: &mut dyn Sink) -> Next {
        let message = match bytes.strip_prefix(&[0; 4]) {
            Some(message) if self.beside_packets => message,
            // An encrypted packet, or the byte that keeps the way open.
            None if self.beside_packets => return Next::More,
            _ => bytes,
        };
        let _ = self.message(side, message, sink);
        Next::More
    }

    fn gap(&mut self, _: Side, _: u64, _: &mut dyn Sink) -> Next {
        Next::Done
    }

    fn end(&mut self, _: Side, _: &mut dyn Sink) {}

    fn held(&self) -> usize {
        let of =
            |opened: &Opened| opened.key.len() + opened.nonce.len() + opened.vendors.len() * 64;
        of(&self.known.sides.client) + of(&self.known.sides.server)
    }
}
