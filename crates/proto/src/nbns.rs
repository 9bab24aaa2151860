//! The `NetBIOS` name service (RFC 1002, section 4.2): names of Windows hosts, asked for by broadcast.

#[cfg(test)]
mod tests;

use std::net::Ipv4Addr;

use wirewatch_records::{DnsExchangeRow, Kind, NbnsRow, Row};

use crate::application::{Application, COMPLETE, Event, Facts, Field, Next, Parser};
use crate::cursor::Cursor;
use crate::exchange::{Detail, Exchange, either};
use crate::protocol::Side;
use crate::sink::{Fact, NamedBy, Sink};

/// Addresses or names of one answer that are kept; one byte counts the names.
const MAX_ITEMS: usize = 64;

/// `NetBIOS` names.
pub(crate) static NBNS: Application = Application {
    names: &["nbns"],
    new: |_: &Facts| Box::new(Nbns { next_id: 0 }),
    frames: &[],
    buffers: BUFFERS,
    numbers: NUMBERS,
    events: &[MALFORMED],
};

const BUFFERS: &[Field] = &[either("nbns.name", COMPLETE)];
const NUMBERS: &[Field] = &[
    either("nbns.opcode", COMPLETE),
    either("nbns.rcode", COMPLETE),
];
const MALFORMED: Event = Event {
    code: "nbns.malformed_data",
    description: "A message of the NetBIOS name service cannot be read.",
};

struct Nbns {
    next_id: u64,
}

/// What a message says.
#[derive(Debug, Default)]
struct Message {
    id: u16,
    flags: u16,
    name: Option<Vec<u8>>,
    suffix: u8,
    kind: u16,
    ttl: u32,
    addresses: Vec<Ipv4Addr>,
    names: Vec<String>,
}

impl Message {
    fn read(bytes: &[u8]) -> Option<(Self, bool)> {
        let mut cursor = Cursor::new(bytes);
        let mut message = Self {
            id: cursor.u16()?,
            flags: cursor.u16()?,
            ..Self::default()
        };
        let whole = message.body(&mut cursor).is_some();
        Some((message, whole))
    }

    fn body(&mut self, cursor: &mut Cursor<'_>) -> Option<()> {
        let (questions, answers) = (cursor.u16()?, cursor.u16()?);
        let (_authorities, additionals) = (cursor.u16()?, cursor.u16()?);
        if questions > 0 {
            self.name(cursor)?;
            self.kind = cursor.u16()?;
            cursor.u16()?;
        }
        if answers > 0 || additionals > 0 {
            self.record(cursor)?;
        }
        Some(())
    }

    /// A name of 16 bytes, each as two letters (RFC 1001, section 14.1), or a pointer to one before.
    fn name(&mut self, cursor: &mut Cursor<'_>) -> Option<()> {
        let length = cursor.u8()?;
        if length >= 0xc0 {
            cursor.u8()?;
            return Some(());
        }
        let letters = cursor.take(length.into())?;
        // A scope may follow; it is told by nobody.
        loop {
            match cursor.u8()? {
                0 => break,
                pointer @ 0xc0.. => {
                    let _ = (pointer, cursor.u8()?);
                    break;
                }
                label => _ = cursor.take(label.into())?,
            }
        }
        let mut decoded: Vec<u8> = letters
            .chunks_exact(2)
            .filter_map(|pair| match pair {
                [high @ b'A'..=b'P', low @ b'A'..=b'P'] => Some((high - b'A') << 4 | (low - b'A')),
                _ => None,
            })
            .collect();
        if decoded.len() != 16 {
            return None;
        }
        self.suffix = decoded.pop()?;
        self.name = Some(trimmed(&decoded).to_vec());
        Some(())
    }

    fn record(&mut self, cursor: &mut Cursor<'_>) -> Option<()> {
        self.name(cursor)?;
        self.kind = cursor.u16()?;
        cursor.u16()?;
        self.ttl = cursor.u32()?;
        let length = cursor.u16()?;
        let data = cursor.take(length.into())?;
        match self.kind {
            0x20 => {
                for entry in data.chunks_exact(6).take(MAX_ITEMS) {
                    let address = entry
                        .get(2..)
                        .and_then(|part| <[u8; 4]>::try_from(part).ok());
                    self.addresses.extend(address.map(Ipv4Addr::from));
                }
            }
            0x21 => {
                let entries = data.get(1..)?.chunks_exact(18);
                let count = usize::from(*data.first()?).min(MAX_ITEMS);
                for entry in entries.take(count) {
                    let name = trimmed(entry.get(..15)?);
                    let name = String::from_utf8_lossy(name);
                    self.names.push(format!("{name}<{:02x}>", entry.get(15)?));
                }
            }
            _ => {}
        }
        Some(())
    }

    fn is_response(&self) -> bool {
        self.flags & 0x8000 != 0
    }

    fn opcode(&self) -> u8 {
        (self.flags >> 11 & 15) as u8
    }

    fn rcode(&self) -> u8 {
        (self.flags & 15) as u8
    }

    fn operation(&self) -> &'static str {
        match self.opcode() {
            0 => "query",
            5 => "registration",
            6 => "release",
            7 => "wack",
            8 | 9 => "refresh",
            15 => "multihomed_registration",
            _ => "unknown",
        }
    }

    fn type_name(&self) -> Option<&'static str> {
        match self.kind {
            0x20 => Some("NB"),
            0x21 => Some("NBSTAT"),
            _ => None,
        }
    }

    /// Who asks for what, and which address has which name. Suffixes of groups name no host.
    fn learn(&self, sink: &mut dyn Sink) {
        let Some(name) = self.name.as_ref().filter(|name| !name.starts_with(b"*")) else {
            return;
        };
        let name = name.to_ascii_lowercase();
        let source = NamedBy::NetBios;
        if !self.is_response() && self.opcode() == 0 {
            sink.learn(Fact::Asked {
                name: &name,
                source,
            });
        }
        let names_host = matches!(self.suffix, 0x00 | 0x20);
        if names_host && self.rcode() == 0 {
            for address in &self.addresses {
                sink.learn(Fact::AddressName {
                    address: (*address).into(),
                    name: &name,
                    ttl: self.ttl,
                    source,
                });
            }
        }
    }

    /// Zeek's dns.log has these messages too.
    fn exchange(&self, transaction: u64, side: Side, sink: &mut dyn Sink) {
        let addresses: Vec<String> = self.addresses.iter().map(ToString::to_string).collect();
        let answers: Vec<&str> = addresses.iter().map(String::as_str).collect();
        let ttls: Vec<String> = answers.iter().map(|_| self.ttl.to_string()).collect();
        let ttls = format!("[{}]", ttls.join(","));
        let row = DnsExchangeRow {
            start: sink.time() / 1000,
            id: self.id,
            query: self.name.as_deref(),
            qclass: Some(1),
            qclass_name: Some("C_INTERNET"),
            qtype: Some(self.kind),
            qtype_name: self.type_name(),
            rcode: self.is_response().then(|| self.rcode().into()),
            rcode_name: self.is_response().then(|| match self.rcode() {
                0 => "NOERROR",
                3 => "NXDOMAIN",
                _ => "unknown",
            }),
            aa: self.flags & 0x0400 != 0,
            tc: self.flags & 0x0200 != 0,
            rd: self.flags & 0x0100 != 0,
            ra: self.flags & 0x0080 != 0,
            z: (self.flags >> 4 & 7) as u8,
            ttls: Some(ttls.as_str()).filter(|_| !answers.is_empty()),
            answers: &answers,
            opcode: self.opcode(),
            opcode_name: self.operation(),
            ..DnsExchangeRow::default()
        };
        sink.record(Some(transaction), side, &row.into());
    }
}

/// A name without the spaces and zeros that fill it up.
fn trimmed(name: &[u8]) -> &[u8] {
    let end = name.iter().rposition(|byte| !matches!(byte, b' ' | 0));
    end.and_then(|end| name.get(..=end)).unwrap_or_default()
}

impl Detail for Message {
    fn row(exchange: &Exchange<Self>, put: &mut dyn FnMut(&Row<'_>)) {
        let message = &exchange.detail;
        let addresses: Vec<String> = message.addresses.iter().map(ToString::to_string).collect();
        let addresses: Vec<&str> = addresses.iter().map(String::as_str).collect();
        let names: Vec<&str> = message.names.iter().map(String::as_str).collect();
        put(&NbnsRow {
            message_type: if message.is_response() {
                "response"
            } else {
                "request"
            },
            id: message.id,
            operation: message.operation(),
            rcode: message.rcode(),
            rrname: message.name.as_deref(),
            suffix: message.name.as_ref().map(|_| message.suffix),
            rrtype: message.type_name(),
            addresses: &addresses,
            names: &names,
        }
        .into());
    }
}

impl Parser for Nbns {
    fn data(&mut self, side: Side, bytes: &[u8], sink: &mut dyn Sink) -> Next {
        let Some((message, whole)) = Message::read(bytes) else {
            return Next::More;
        };
        message.learn(sink);
        if sink.wants(Kind::DnsExchange) {
            message.exchange(self.next_id, side, sink);
        }
        let name = message.name.clone().unwrap_or_default();
        let (opcode, rcode) = (message.opcode(), message.rcode());
        let mut exchange = Exchange::new(self.next_id, &NBNS, message);
        self.next_id += 1;
        exchange.put(0, side, &name);
        exchange.put_number(0, side, opcode);
        exchange.put_number(1, side, rcode);
        if !whole {
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
