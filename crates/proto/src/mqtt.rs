//! MQTT: who connects to the broker, and which messages go to which topics.
//!
//! MQTT 3.1, 3.1.1 and 5.0 (OASIS). A transaction is a message with those that answer it: a
//! connection with its acknowledgement, a publication with up to three, a subscription with one.

mod log;
mod message;
mod property;

use std::collections::VecDeque;

use wirewatch_records::{MqttRow, Row};

use crate::application::{Application, COMPLETE, Facts, Limits, Next, Parser};
use crate::document::Document;
use crate::exchange::{Exchange, either, event, field as one, fields as many};
use crate::protocol::Side;
use crate::sink::{Fact, Frame, Sink};
use crate::waiting::{Sides, Step, Waiting, drive};
use message::{Fixed, Kind, Ways};

/// The parser.
pub(crate) static MQTT: Application = Application {
    names: &["mqtt"],
    new: |facts: &Facts| Box::new(Mqtt::new(facts.limits)),
    frames: &["pdu", "header", "data"],
    buffers: &[
        one("mqtt.connect.clientid", Side::Client, COMPLETE),
        one("mqtt.connect.username", Side::Client, COMPLETE),
        one("mqtt.connect.password", Side::Client, COMPLETE),
        one("mqtt.connect.protocol_string", Side::Client, COMPLETE),
        one("mqtt.connect.willtopic", Side::Client, COMPLETE),
        one("mqtt.connect.willmessage", Side::Client, COMPLETE),
        either("mqtt.publish.topic", COMPLETE),
        either("mqtt.publish.message", COMPLETE),
        many("mqtt.subscribe.topic", Side::Client, COMPLETE),
        many("mqtt.unsubscribe.topic", Side::Client, COMPLETE),
    ],
    numbers: &[
        each("mqtt.type"),
        each("mqtt.flags"),
        each("mqtt.qos"),
        each("mqtt.reason_code"),
        each("mqtt.protocol_version"),
        one("mqtt.connack.session_present", Side::Server, COMPLETE),
        one("mqtt.connect.flags", Side::Client, COMPLETE),
    ],
    events: &[
        event(
            "mqtt.missing_connect",
            "A connection is acknowledged that nobody asked for.",
        ),
        event(
            "mqtt.missing_publish",
            "A publication is acknowledged that was not seen.",
        ),
        event(
            "mqtt.missing_subscribe",
            "A subscription is acknowledged that was not seen.",
        ),
        event(
            "mqtt.missing_unsubscribe",
            "The end of a subscription is acknowledged that was not seen.",
        ),
        event("mqtt.double_connect", "A client connects twice."),
        event(
            "mqtt.unintroduced_message",
            "A message comes before the connection is acknowledged.",
        ),
        event(
            "mqtt.invalid_qos_level",
            "A publication has a quality of service of 3.",
        ),
        event(
            "mqtt.unassigned_msg_type",
            "A message has a type that does not exist.",
        ),
        event(
            "mqtt.too_many_transactions",
            "More messages wait for an acknowledgement than any client has.",
        ),
        event(
            "mqtt.malformed_traffic",
            "A message is not what its type says.",
        ),
        event(
            "mqtt.missing_msg_id",
            "A message that must have a number has 0, which is none.",
        ),
        event(
            "mqtt.unsupported_version",
            "A client speaks a version that is none of 3.1, 3.1.1 and 5.",
        ),
    ],
};

/// A number of which both sides can send several.
const fn each(name: &'static str) -> crate::application::Field {
    crate::application::Field {
        many: true,
        ..either(name, COMPLETE)
    }
}

mod field {
    pub(super) const CLIENT_ID: usize = 0;
    pub(super) const USER: usize = 1;
    pub(super) const PASSWORD: usize = 2;
    pub(super) const PROTOCOL: usize = 3;
    pub(super) const WILL_TOPIC: usize = 4;
    pub(super) const WILL_MESSAGE: usize = 5;
    pub(super) const TOPIC: usize = 6;
    pub(super) const MESSAGE: usize = 7;
    pub(super) const SUBSCRIBED: usize = 8;
    pub(super) const UNSUBSCRIBED: usize = 9;
    pub(super) const TYPE: usize = 0;
    pub(super) const FLAGS: usize = 1;
    pub(super) const QOS: usize = 2;
    pub(super) const REASON: usize = 3;
    pub(super) const VERSION: usize = 4;
    pub(super) const SESSION_PRESENT: usize = 5;
    pub(super) const CONNECT_FLAGS: usize = 6;
    /// For the log only: rules have no name for it.
    pub(super) const SUBSCRIBED_QOS: usize = 7;
}

const PDU_FRAME: u8 = 0;
const HEADER_FRAME: u8 = 1;
const DATA_FRAME: u8 = 2;

const MISSING_CONNECT: usize = 0;
const MISSING_PUBLISH: usize = 1;
const MISSING_SUBSCRIBE: usize = 2;
const MISSING_UNSUBSCRIBE: usize = 3;
const DOUBLE_CONNECT: usize = 4;
const UNINTRODUCED: usize = 5;
const INVALID_QOS: usize = 6;
const UNASSIGNED: usize = 7;
const TOO_MANY: usize = 8;
const MALFORMED: usize = 9;
const MISSING_ID: usize = 10;
const UNSUPPORTED_VERSION: usize = 11;

/// A message that is read at most, whatever is set: it waits in memory until it is whole.
const MAX_MESSAGE: usize = 64 << 10;
/// Messages that wait for their acknowledgement; brokers allow some ten.
const MAX_PENDING: usize = 32;

/// A message whose acknowledgement has not come.
#[derive(Debug)]
struct Open {
    kind: Kind,
    id: u16,
    exchange: Box<Exchange<Document>>,
}

struct Mqtt {
    /// Bytes of a message that is read; of a longer one only the size is told.
    max_message: usize,
    /// Bytes of a text that records have.
    max_text: usize,
    waiting: Sides<Waiting>,
    pending: VecDeque<Open>,
    next: u64,
    version: u8,
    is_connected: bool,
}

fn row(exchange: &Exchange<Document>, document: &str, put: &mut dyn FnMut(&Row<'_>)) {
    let row = MqttRow {
        client_id: exchange.first(field::CLIENT_ID),
        username: exchange.first(field::USER),
        topic: exchange.first(field::TOPIC),
        mqtt: document,
    };
    put(&row.into());
    log::rows(exchange, put);
}

impl Parser for Mqtt {
    fn data(&mut self, side: Side, bytes: &[u8], sink: &mut dyn Sink) -> Next {
        let most = MAX_MESSAGE + Fixed::MAX;
        drive!(self.waiting, side, bytes, most, |bytes| {
            self.step(side, bytes, sink)
        })
    }

    fn gap(&mut self, side: Side, length: u64, sink: &mut dyn Sink) -> Next {
        if self.waiting.mut_of(side).lose(length) {
            return Next::More;
        }
        self.finish_all(sink);
        Next::Done
    }

    fn end(&mut self, side: Side, sink: &mut dyn Sink) {
        if side == Side::Server {
            self.finish_all(sink);
        }
    }

    fn held(&self) -> usize {
        let pending = self.pending.iter().map(|open| {
            open.exchange.held() + open.exchange.detail.held() + size_of::<Exchange<Document>>()
        });
        self.waiting.held() + pending.sum::<usize>()
    }
}

impl Mqtt {
    fn new(limits: Limits) -> Self {
        Self {
            max_message: (limits.mqtt_message as usize).min(MAX_MESSAGE),
            max_text: limits.mqtt_text as usize,
            waiting: Sides::default(),
            pending: VecDeque::new(),
            next: 0,
            version: 0,
            is_connected: false,
        }
    }

    fn step(&mut self, side: Side, bytes: &[u8], sink: &mut dyn Sink) -> Step {
        let fixed = match Fixed::read(bytes) {
            Ok(Some(fixed)) => fixed,
            Ok(None) => return Step::More,
            Err(()) => {
                self.fault(side, MALFORMED, sink);
                return Step::Stop(Next::DoneWithSide);
            }
        };
        let Some(kind) = fixed.kind() else {
            self.fault(side, UNASSIGNED, sink);
            return Step::Skip(fixed.whole() as u64);
        };
        if fixed.length > self.max_message {
            sink.frame(Frame::new(PDU_FRAME, side, bytes.len(), fixed.whole()));
            sink.frame(Frame::new(HEADER_FRAME, side, bytes.len(), fixed.header));
            self.too_long(side, kind, fixed, sink);
            return Step::Skip(fixed.whole() as u64);
        }
        let Some(body) = bytes.get(fixed.header..fixed.whole()) else {
            return Step::More;
        };
        let rest = bytes.len();
        sink.frame(Frame::new(PDU_FRAME, side, rest, fixed.whole()));
        sink.frame(Frame::new(HEADER_FRAME, side, rest, fixed.header));
        let rest = rest.saturating_sub(fixed.header);
        sink.frame(Frame::new(DATA_FRAME, side, rest, body.len()));
        self.message(side, kind, fixed, body, sink);
        Step::Used(fixed.whole())
    }

    fn begin(&mut self) -> Box<Exchange<Document>> {
        let id = self.next;
        self.next = id.saturating_add(1);
        Box::new(Exchange::new(id, &MQTT, Document::new(row)))
    }

    /// Trouble that belongs to no message.
    fn fault(&mut self, side: Side, event: usize, sink: &mut dyn Sink) {
        let mut exchange = self.begin();
        exchange.event(side, event, sink);
        exchange.close(sink);
    }

    fn too_long(&mut self, side: Side, kind: Kind, fixed: Fixed, sink: &mut dyn Sink) {
        let mut exchange = self.begin();
        fixed.tell(side, &mut exchange, self.version);
        exchange.detail.object(kind.name(), |document| {
            fixed.write(document);
            document.boolean("truncated", true);
            document.number("skipped_length", fixed.whole() as u64);
        });
        exchange.finish(Side::Client, sink);
    }

    fn message(&mut self, side: Side, kind: Kind, fixed: Fixed, body: &[u8], sink: &mut dyn Sink) {
        let id = message::id(kind, fixed, body);
        let opener = kind.opener();
        let found = opener.and_then(|opener| {
            let is_it = |open: &Open| open.kind == opener && open.id == id;
            let place = self.pending.iter().position(is_it)?;
            self.pending.remove(place)
        });
        let is_answer = opener.is_some();
        let mut exchange = if let Some(open) = found {
            open.exchange
        } else {
            let mut exchange = self.begin();
            if is_answer {
                exchange.event(side, missing(kind), sink);
            }
            exchange
        };
        self.watch_order(side, kind, &mut exchange, sink);
        if fixed.qos() == 3 {
            exchange.event(side, INVALID_QOS, sink);
        }
        if kind == Kind::Connect {
            self.version = message::version(body);
            // Bridges between brokers set the highest bit.
            if !matches!(self.version & 0x7f, 3..=5) {
                exchange.event(side, UNSUPPORTED_VERSION, sink);
            }
        }
        // Where the connection's beginning was not seen, the answer to it tells: it has two bytes in
        // version 3, and properties behind them in version 5.
        if kind == Kind::ConnectAck && self.version == 0 {
            self.version = if body.len() > 2 { 5 } else { 4 };
        }
        fixed.tell(side, &mut exchange, self.version);
        let ways = Ways {
            version: self.version,
            text: self.max_text,
        };
        if message::read(side, kind, fixed, body, ways, &mut exchange).is_none() {
            exchange.event(side, MALFORMED, sink);
        } else if id == 0 && kind.has_number(fixed.qos()) {
            exchange.event(side, MISSING_ID, sink);
        }
        if kind == Kind::ConnectAck {
            Self::login(&exchange, body, sink);
        }
        let waits_as = kind.waits_as(fixed.qos());
        match waits_as {
            Some(kind) => self.wait(Open { kind, id, exchange }, sink),
            None => exchange.finish(Side::Client, sink),
        }
    }

    fn watch_order(
        &mut self,
        side: Side,
        kind: Kind,
        exchange: &mut Exchange<Document>,
        sink: &mut dyn Sink,
    ) {
        match kind {
            Kind::Connect if self.is_connected => exchange.event(side, DOUBLE_CONNECT, sink),
            Kind::Connect | Kind::Auth => {}
            Kind::ConnectAck => self.is_connected = true,
            _ if !self.is_connected => exchange.event(side, UNINTRODUCED, sink),
            _ => {}
        }
    }

    fn login(exchange: &Exchange<Document>, body: &[u8], sink: &mut dyn Sink) {
        if let (Some(user), Some(code)) = (exchange.first(field::USER), body.get(1)) {
            sink.learn(Fact::Login {
                user,
                plain_password: exchange.first(field::PASSWORD).is_some(),
                accepted: Some(*code == 0),
            });
        }
    }

    fn wait(&mut self, open: Open, sink: &mut dyn Sink) {
        if self.pending.len() >= MAX_PENDING
            && let Some(mut oldest) = self.pending.pop_front()
        {
            oldest.exchange.event(Side::Client, TOO_MANY, sink);
            oldest.exchange.finish(Side::Client, sink);
        }
        self.pending.push_back(open);
    }

    fn finish_all(&mut self, sink: &mut dyn Sink) {
        while let Some(mut open) = self.pending.pop_front() {
            open.exchange.finish(Side::Client, sink);
        }
    }
}

/// What is wrong with an answer to nothing.
fn missing(kind: Kind) -> usize {
    match kind {
        Kind::ConnectAck => MISSING_CONNECT,
        Kind::SubscribeAck => MISSING_SUBSCRIBE,
        Kind::UnsubscribeAck => MISSING_UNSUBSCRIBE,
        _ => MISSING_PUBLISH,
    }
}

#[cfg(test)]
mod tests;
