//! EtherNet/IP: which devices are looked for, what they are, and what is asked of their objects.
//!
//! The CIP Networks Library, volume 2 (chapter 2: the encapsulation). A transaction is a request with
//! the answer of the same command and context; connected messages have a count instead of a context.

mod cip;
mod names;
mod spans;

use std::collections::VecDeque;

use wirewatch_records::{EnipRow, Row};

use crate::application::{Application, COMPLETE, Facts, Field, Next, Parser};
use crate::document::Document;
use crate::exchange::{Exchange, either, event};
use crate::protocol::{Side, Transport};
use crate::sink::Sink;
use crate::waiting::{Cut, Sides, Step, Waiting, bounded, drive};
use spans::Whole;

/// The parser.
pub(crate) static ENIP: Application = Application {
    names: &["enip"],
    new: |facts: &Facts| {
        Box::new(Enip {
            is_datagram: facts.transport == Transport::Udp,
            waiting: Sides::default(),
            pending: VecDeque::new(),
            next: 0,
            wants_spans: false,
        })
    },
    frames: spans::NAMES,
    buffers: &[each("enip.product_name"), each("enip.service_name")],
    numbers: &[
        each("enip.command"),
        each("enip.status"),
        each("enip.protocol_version"),
        each("enip.revision"),
        each("enip.identity_status"),
        each("enip.state"),
        each("enip.serial"),
        each("enip.product_code"),
        each("enip.device_type"),
        each("enip.vendor_id"),
        each("enip.capabilities"),
        each("cip_service"),
        each("enip.cip_class"),
        each("enip.cip_instance"),
        each("enip.cip_attribute"),
        each("enip.cip_status"),
        each("enip.cip_extendedstatus"),
    ],
    events: &[
        event(
            "enip.invalid_pdu",
            "A message is not what its command says.",
        ),
        event(
            "enip.too_many_transactions",
            "More requests wait for an answer than any device takes.",
        ),
    ],
};

/// A field of which both sides can send several.
const fn each(name: &'static str) -> Field {
    Field {
        many: true,
        ..either(name, COMPLETE)
    }
}

mod buffer {
    pub(super) const PRODUCT: usize = 0;
    pub(super) const SERVICE: usize = 1;
}

mod number {
    pub(super) const COMMAND: usize = 0;
    pub(super) const STATUS: usize = 1;
    pub(super) const VERSION: usize = 2;
    pub(super) const REVISION: usize = 3;
    pub(super) const IDENTITY_STATUS: usize = 4;
    pub(super) const STATE: usize = 5;
    pub(super) const SERIAL: usize = 6;
    pub(super) const PRODUCT_CODE: usize = 7;
    pub(super) const DEVICE: usize = 8;
    pub(super) const VENDOR: usize = 9;
    pub(super) const CAPABILITIES: usize = 10;
    pub(super) const CIP_SERVICE: usize = 11;
    pub(super) const CIP_CLASS: usize = 12;
    pub(super) const CIP_INSTANCE: usize = 13;
    pub(super) const CIP_ATTRIBUTE: usize = 14;
    pub(super) const CIP_STATUS: usize = 15;
    pub(super) const CIP_EXTENDED: usize = 16;
}

const INVALID: usize = 0;
const TOO_MANY: usize = 1;

/// Command, length, session, status, context, options.
const HEADER: usize = 24;
/// A message that is read; connections are opened for at most 4,002 bytes.
const MAX_LENGTH: usize = 8 << 10;
/// Requests that wait for an answer; devices take a handful.
const MAX_PENDING: usize = 32;
/// Items of a message; there are two, and four in the answer that opens a connection.
const MAX_ITEMS: usize = 16;
/// A product's name; its length is one byte, and no device has one that long.
const MAX_NAME: usize = 64;

/// By what an answer is known: command, context, count of a connected message.
type Key = (u16, [u8; 8], u16);

struct Enip {
    is_datagram: bool,
    waiting: Sides<Waiting>,
    pending: VecDeque<(Key, Box<Exchange<Document>>)>,
    next: u64,
    wants_spans: bool,
}

/// What every message begins with.
#[derive(Debug, Clone, Copy)]
struct Header {
    command: u16,
    length: u16,
    status: u32,
    context: [u8; 8],
}

impl Header {
    fn read(bytes: &[u8]) -> Option<Self> {
        let mut cut = Cut(bytes);
        let (command, length, _session) = (cut.le16()?, cut.le16()?, cut.le32()?);
        let (status, context) = (cut.le32()?, cut.array()?);
        cut.le32()?;
        Some(Self {
            command,
            length,
            status,
            context,
        })
    }
}

/// The message at hand and where it is told.
struct Message<'a> {
    side: Side,
    exchange: &'a mut Exchange<Document>,
}

impl Message<'_> {
    fn number(&mut self, number: usize, value: impl Into<u64>) {
        self.exchange.put_number(number, self.side, value);
    }

    fn document(&mut self) -> &mut Document {
        &mut self.exchange.detail
    }

    /// A number for rules and the record.
    fn both(&mut self, number: usize, name: &str, value: impl Into<u64> + Copy) {
        self.number(number, value);
        self.document().number(name, value);
    }
}

/// How a number without a name is told.
fn unknown(number: u64) -> String {
    format!("unknown-{number}")
}

fn row(exchange: &Exchange<Document>, document: &str, put: &mut dyn FnMut(&Row<'_>)) {
    let _ = exchange;
    put(&EnipRow { enip: document }.into());
}

impl Parser for Enip {
    fn frames_wanted(&mut self) {
        self.wants_spans = true;
    }

    fn data(&mut self, side: Side, bytes: &[u8], sink: &mut dyn Sink) -> Next {
        let next = drive!(self.waiting, side, bytes, MAX_LENGTH + HEADER, |bytes| {
            self.step(side, bytes, sink)
        });
        if self.is_datagram {
            *self.waiting.mut_of(side) = Waiting::default();
        }
        next
    }

    fn gap(&mut self, side: Side, length: u64, _: &mut dyn Sink) -> Next {
        self.waiting.lose(side, length)
    }

    fn end(&mut self, side: Side, sink: &mut dyn Sink) {
        if side == Side::Server {
            while let Some((_, mut exchange)) = self.pending.pop_front() {
                exchange.finish(Side::Client, sink);
            }
        }
    }

    fn held(&self) -> usize {
        let pending = self.pending.iter();
        let pending = pending
            .map(|(_, one)| one.held() + one.detail.held() + size_of::<Exchange<Document>>());
        self.waiting.held() + pending.sum::<usize>()
    }
}

impl Enip {
    fn step(&mut self, side: Side, bytes: &[u8], sink: &mut dyn Sink) -> Step {
        let Some(header) = Header::read(bytes) else {
            return Step::More;
        };
        if names::command(header.command).is_none() {
            let mut exchange = self.begin();
            exchange.event(side, INVALID, sink);
            exchange.close(sink);
            return Step::Stop(Next::DoneWithSide);
        }
        let whole = HEADER.saturating_add(usize::from(header.length));
        let message = |body| Whole {
            side,
            header,
            body,
            rest: bytes.len(),
        };
        if whole > MAX_LENGTH {
            self.message(&message(None), sink);
            return Step::Skip(whole as u64);
        }
        let Some(body) = bytes.get(HEADER..whole) else {
            return Step::More;
        };
        self.message(&message(Some(body)), sink);
        Step::Used(whole)
    }

    fn begin(&mut self) -> Box<Exchange<Document>> {
        let id = self.next;
        self.next = id.saturating_add(1);
        Box::new(Exchange::new(id, &ENIP, Document::new(row)))
    }

    fn message(&mut self, whole: &Whole<'_>, sink: &mut dyn Sink) {
        let &Whole {
            side, header, body, ..
        } = whole;
        let key = (header.command, header.context, count(header, body));
        let asked = match side {
            Side::Client => None,
            Side::Server => self.pending.iter().position(|(known, _)| *known == key),
        };
        let asked = asked.and_then(|place| self.pending.remove(place));
        let mut exchange = asked.map_or_else(|| self.begin(), |(_, exchange)| exchange);
        let mut message = Message {
            side,
            exchange: &mut exchange,
        };
        if read(header, body, &mut message).is_none() {
            exchange.event(side, INVALID, sink);
        }
        self.spans(whole, &*exchange, sink);
        match side {
            Side::Server => exchange.finish(Side::Client, sink),
            Side::Client => {
                exchange.reach(Side::Client, COMPLETE, sink);
                self.wait(key, exchange, sink);
            }
        }
    }

    fn wait(&mut self, key: Key, mut exchange: Box<Exchange<Document>>, sink: &mut dyn Sink) {
        if self.pending.len() >= MAX_PENDING
            && let Some((_, mut oldest)) = self.pending.pop_front()
        {
            exchange.event(Side::Client, TOO_MANY, sink);
            oldest.finish(Side::Client, sink);
        }
        self.pending.push_back((key, exchange));
    }
}

const LIST_SERVICES: u16 = 0x04;
const LIST_IDENTITY: u16 = 0x63;
const REGISTER_SESSION: u16 = 0x65;
const SEND_RR_DATA: u16 = 0x6f;
const SEND_UNIT_DATA: u16 = 0x70;
/// Items: a device, data with a count before it, data without one, a service.
const IDENTITY: u16 = 0x0c;
const CONNECTED: u16 = 0xb1;
const UNCONNECTED: u16 = 0xb2;
const SERVICE: u16 = 0x100;

/// Reads a message into its record; nothing when it is not what its command says.
fn read(header: Header, body: Option<&[u8]>, message: &mut Message<'_>) -> Option<()> {
    message.number(number::COMMAND, header.command);
    message.number(number::STATUS, header.status);
    let is_request = message.side == Side::Client;
    let document = message.document();
    document.open(if is_request { "request" } else { "response" });
    let command = names::command(header.command).unwrap_or_default();
    document.text("command", command.as_bytes());
    let status = names::status(header.status);
    let status = status.map_or_else(|| unknown(header.status.into()), Into::into);
    document.text("status", status.as_bytes());
    let outcome = body.map_or(Some(()), |body| content(header.command, body, message));
    message.document().end();
    outcome
}

fn content(command: u16, body: &[u8], message: &mut Message<'_>) -> Option<()> {
    let mut cut = Cut(body);
    match command {
        _ if body.is_empty() => Some(()),
        REGISTER_SESSION => register(&mut cut, message),
        LIST_SERVICES | LIST_IDENTITY => items(&mut cut, message),
        SEND_RR_DATA | SEND_UNIT_DATA => {
            let _interface_and_timeout: [u8; 6] = cut.array()?;
            items(&mut cut, message)
        }
        _ => Some(()),
    }
}

fn register(cut: &mut Cut<'_>, message: &mut Message<'_>) -> Option<()> {
    let (version, options) = (cut.le16()?, cut.le16()?);
    message.document().open("register_session");
    message.both(number::VERSION, "protocol_version", version);
    message.document().number("options", options);
    message.document().end();
    Some(())
}

/// Calls `take` with each item's kind and bytes.
fn each_item<'b>(
    cut: &mut Cut<'b>,
    mut take: impl FnMut(u16, &'b [u8]) -> Option<()>,
) -> Option<()> {
    let count = usize::from(cut.le16()?).min(MAX_ITEMS);
    for _ in 0..count {
        let (kind, length) = (cut.le16()?, cut.le16()?);
        take(kind, cut.take(length.into())?)?;
    }
    Some(())
}

/// The count of a connected message.
fn count(header: Header, body: Option<&[u8]>) -> u16 {
    let mut count = 0;
    if let (SEND_UNIT_DATA, Some(body)) = (header.command, body.and_then(|body| body.get(6..))) {
        each_item(&mut Cut(body), |kind, item| {
            if kind == CONNECTED {
                count = Cut(item).le16()?;
            }
            Some(())
        });
    }
    count
}

fn items(cut: &mut Cut<'_>, message: &mut Message<'_>) -> Option<()> {
    each_item(cut, |kind, item| {
        let mut item = Cut(item);
        let (name, read): (_, fn(&mut Cut<'_>, &mut Message<'_>) -> Option<()>) = match kind {
            IDENTITY => ("identity", identity),
            SERVICE => ("list_services", service),
            CONNECTED => {
                item.le16()?;
                ("cip", asked)
            }
            UNCONNECTED => ("cip", asked),
            _ => return Some(()),
        };
        message.document().open(name);
        let outcome = read(&mut item, message);
        message.document().end();
        outcome
    })
}

fn asked(cut: &mut Cut<'_>, message: &mut Message<'_>) -> Option<()> {
    cip::read(cut.0, false, message)
}

fn service(cut: &mut Cut<'_>, message: &mut Message<'_>) -> Option<()> {
    message.both(number::VERSION, "protocol_version", cut.le16()?);
    message.both(number::CAPABILITIES, "capabilities", cut.le16()?);
    let name = cut.0.split(|byte| *byte == 0).next().unwrap_or_default();
    let name = bounded(name, MAX_NAME);
    message.exchange.put(buffer::SERVICE, message.side, name);
    message.document().text("service_name", name);
    Some(())
}

/// What a device says that it is.
fn identity(cut: &mut Cut<'_>, message: &mut Message<'_>) -> Option<()> {
    message.both(number::VERSION, "protocol_version", cut.le16()?);
    let _socket_address: [u8; 16] = cut.array()?;
    message.both(number::VENDOR, "vendor_id", cut.le16()?);
    message.both(number::DEVICE, "device_type", cut.le16()?);
    message.both(number::PRODUCT_CODE, "product_code", cut.le16()?);
    let (major, minor) = (cut.byte()?, cut.byte()?);
    let revision = u16::from_be_bytes([major, minor]);
    message.number(number::REVISION, revision);
    let shown = format!("{major}.{minor}");
    message.document().text("revision", shown.as_bytes());
    message.both(number::IDENTITY_STATUS, "status", cut.le16()?);
    message.both(number::SERIAL, "serial", cut.le32()?);
    let length = cut.byte()?;
    let name = bounded(cut.take(length.into())?, MAX_NAME);
    message.exchange.put(buffer::PRODUCT, message.side, name);
    message.document().text("product_name", name);
    message.both(number::STATE, "state", cut.byte()?);
    Some(())
}

#[cfg(test)]
mod tests;
