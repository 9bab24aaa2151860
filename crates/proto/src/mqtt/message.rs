//! The messages of MQTT (section 3).

use super::field;
use super::property::{self, text, variable};
use crate::document::Document;
use crate::exchange::Exchange;
use crate::protocol::Side;
use crate::waiting::{Cut, bounded};

/// Topics of a message that are told.
const MAX_TOPICS: usize = 100;

/// What a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Connect,
    ConnectAck,
    Publish,
    PublishAck,
    PublishReceived,
    PublishRelease,
    PublishComplete,
    Subscribe,
    SubscribeAck,
    Unsubscribe,
    UnsubscribeAck,
    PingRequest,
    PingResponse,
    Disconnect,
    Auth,
}

const KINDS: [(Kind, &str); 15] = [
    (Kind::Connect, "connect"),
    (Kind::ConnectAck, "connack"),
    (Kind::Publish, "publish"),
    (Kind::PublishAck, "puback"),
    (Kind::PublishReceived, "pubrec"),
    (Kind::PublishRelease, "pubrel"),
    (Kind::PublishComplete, "pubcomp"),
    (Kind::Subscribe, "subscribe"),
    (Kind::SubscribeAck, "suback"),
    (Kind::Unsubscribe, "unsubscribe"),
    (Kind::UnsubscribeAck, "unsuback"),
    (Kind::PingRequest, "pingreq"),
    (Kind::PingResponse, "pingresp"),
    (Kind::Disconnect, "disconnect"),
    (Kind::Auth, "auth"),
];

impl Kind {
    /// The one with this number, counted from 1.
    pub(super) fn numbered(number: u8) -> Option<Self> {
        let index = usize::from(number).checked_sub(1)?;
        KINDS.get(index).map(|(kind, _)| *kind)
    }

    pub(super) fn name(self) -> &'static str {
        let mut kinds = KINDS.iter();
        kinds
            .find(|(kind, _)| *kind == self)
            .map_or("", |(_, name)| *name)
    }

    /// What it answers.
    pub(super) fn opener(self) -> Option<Self> {
        match self {
            Self::ConnectAck => Some(Self::Connect),
            Self::PublishAck
            | Self::PublishReceived
            | Self::PublishRelease
            | Self::PublishComplete => Some(Self::Publish),
            Self::SubscribeAck => Some(Self::Subscribe),
            Self::UnsubscribeAck => Some(Self::Unsubscribe),
            _ => None,
        }
    }

    /// Whether it must have a number that is not 0 (section 2.2.1).
    pub(super) fn has_number(self, qos: u8) -> bool {
        use Kind::{Auth, Connect, ConnectAck, Disconnect, PingRequest, PingResponse};
        match self {
            Self::Publish => qos != 0,
            Connect | ConnectAck | Disconnect | Auth | PingRequest | PingResponse => false,
            _ => true,
        }
    }

    /// As what it waits for an answer.
    pub(super) fn waits_as(self, qos: u8) -> Option<Self> {
        match self {
            Self::Publish => (qos != 0).then_some(self),
            Self::PublishReceived | Self::PublishRelease => Some(Self::Publish),
            Self::Connect | Self::Subscribe | Self::Unsubscribe => Some(self),
            _ => None,
        }
    }
}

/// What every message begins with (section 2.1).
#[derive(Debug, Clone, Copy)]
pub(super) struct Fixed {
    first: u8,
    /// Bytes of this header.
    pub(super) header: usize,
    /// Bytes that follow.
    pub(super) length: usize,
}

impl Fixed {
    /// The most bytes it has.
    pub(super) const MAX: usize = 5;

    /// Nothing when bytes are missing, an error when the length has no end.
    pub(super) fn read(bytes: &[u8]) -> Result<Option<Self>, ()> {
        let mut cut = Cut(bytes);
        let Some(first) = cut.byte() else {
            return Ok(None);
        };
        match variable(&mut cut) {
            Some(length) => Ok(Some(Self {
                first,
                header: bytes.len().saturating_sub(cut.0.len()),
                length: length as usize,
            })),
            None if bytes.len() < Self::MAX => Ok(None),
            None => Err(()),
        }
    }

    pub(super) fn whole(self) -> usize {
        self.header.saturating_add(self.length)
    }

    pub(super) fn kind(self) -> Option<Kind> {
        Kind::numbered(self.first >> 4)
    }

    pub(super) fn qos(self) -> u8 {
        self.first >> 1 & 3
    }

    /// Its numbers, for rules.
    pub(super) fn tell(self, side: Side, exchange: &mut Exchange<Document>, version: u8) {
        exchange.put_number(field::TYPE, side, self.first >> 4);
        exchange.put_number(field::FLAGS, side, self.first & 0x0f);
        exchange.put_number(field::QOS, side, self.qos());
        exchange.put_number(field::VERSION, side, version);
    }

    /// Its members of the record.
    pub(super) fn write(self, document: &mut Document) {
        document.number("qos", self.qos());
        document.boolean("retain", self.first & 1 != 0);
        document.boolean("dup", self.first & 8 != 0);
    }
}

/// How a connection's messages are read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ways {
    pub(super) version: u8,
    /// Bytes of a text that the record has.
    pub(super) text: usize,
}

impl Ways {
    /// Text for the record; Suricata tells in it how much of a long one is missing.
    pub(super) fn shown(self, text: &[u8]) -> std::borrow::Cow<'_, [u8]> {
        let missing = text.len().saturating_sub(self.text);
        if missing == 0 {
            return text.into();
        }
        let mut shown = bounded(text, self.text).to_vec();
        shown.extend_from_slice(format!("[truncated {missing} additional bytes]").as_bytes());
        shown.into()
    }

    /// The same for the next texts of a list, which share the limit.
    fn after(self, text: &[u8]) -> Self {
        Self {
            text: self.text.saturating_sub(text.len()),
            ..self
        }
    }
}

/// The protocol's version in a connection's beginning.
pub(super) fn version(body: &[u8]) -> u8 {
    let mut cut = Cut(body);
    text(&mut cut).and_then(|_| cut.byte()).unwrap_or(4)
}

/// The number by which a message and its answers belong together.
pub(super) fn id(kind: Kind, fixed: Fixed, body: &[u8]) -> u16 {
    let mut cut = Cut(body);
    match kind {
        Kind::Publish if fixed.qos() == 0 => return 0,
        Kind::Publish => {
            text(&mut cut);
        }
        Kind::Connect | Kind::ConnectAck => return 0,
        _ => {}
    }
    cut.be16().unwrap_or(0)
}

/// Reads a message into its record; nothing when it is not what its type says.
pub(super) fn read(
    side: Side,
    kind: Kind,
    fixed: Fixed,
    body: &[u8],
    ways: Ways,
    exchange: &mut Exchange<Document>,
) -> Option<()> {
    exchange.detail.open(kind.name());
    fixed.write(&mut exchange.detail);
    let mut cut = Cut(body);
    let outcome = match kind {
        Kind::Connect => connect(&mut cut, ways, exchange),
        Kind::ConnectAck => connect_ack(&mut cut, ways, exchange),
        Kind::Publish => publish(side, fixed, &mut cut, ways, exchange),
        Kind::PublishAck | Kind::PublishReceived | Kind::PublishRelease | Kind::PublishComplete => {
            let outcome = message_id(&mut cut, &mut exchange.detail);
            outcome.and_then(|()| reason(side, &mut cut, ways, exchange))
        }
        Kind::Subscribe => subscribe(&mut cut, ways, exchange),
        Kind::SubscribeAck => codes("qos_granted", side, &mut cut, ways, exchange),
        Kind::Unsubscribe => unsubscribe(&mut cut, ways, exchange),
        Kind::UnsubscribeAck => codes("reason_codes", side, &mut cut, ways, exchange),
        Kind::PingRequest | Kind::PingResponse => Some(()),
        Kind::Disconnect | Kind::Auth => reason(side, &mut cut, ways, exchange),
    };
    exchange.detail.end();
    outcome
}

fn connect(cut: &mut Cut<'_>, ways: Ways, exchange: &mut Exchange<Document>) -> Option<()> {
    let side = Side::Client;
    let protocol = text(cut)?;
    exchange.put(field::PROTOCOL, side, protocol);
    let (_, flags) = (cut.byte()?, cut.byte()?);
    let _keep_alive = cut.be16()?;
    exchange.put_number(field::CONNECT_FLAGS, side, flags);
    let document = &mut exchange.detail;
    document.text("protocol_string", protocol);
    document.number("protocol_version", ways.version);
    document.object("flags", |document| {
        document.boolean("username", flags & 0x80 != 0);
        document.boolean("password", flags & 0x40 != 0);
        document.boolean("will_retain", flags & 0x20 != 0);
        document.boolean("will", flags & 0x04 != 0);
        document.boolean("clean_session", flags & 0x02 != 0);
    });
    property::read(cut, ways, document)?;
    let client_id = text(cut)?;
    document.text("client_id", &ways.shown(client_id));
    exchange.put(field::CLIENT_ID, side, client_id);
    if flags & 0x04 != 0 {
        will(cut, ways, exchange)?;
    }
    if flags & 0x80 != 0 {
        let user = text(cut)?;
        exchange.detail.text("username", &ways.shown(user));
        exchange.put(field::USER, side, user);
    }
    if flags & 0x40 != 0 {
        let password = text(cut)?;
        exchange.detail.text("password", &ways.shown(password));
        exchange.put(field::PASSWORD, side, password);
    }
    Some(())
}

/// What the broker is to publish when the client is gone.
fn will(cut: &mut Cut<'_>, ways: Ways, exchange: &mut Exchange<Document>) -> Option<()> {
    exchange.detail.open("will");
    let outcome = (|| {
        property::read(cut, ways, &mut exchange.detail)?;
        let (topic, message) = (text(cut)?, text(cut)?);
        exchange.detail.text("topic", &ways.shown(topic));
        exchange.detail.text("message", &ways.shown(message));
        exchange.put(field::WILL_TOPIC, Side::Client, topic);
        exchange.put(field::WILL_MESSAGE, Side::Client, message);
        Some(())
    })();
    exchange.detail.end();
    outcome
}

fn connect_ack(cut: &mut Cut<'_>, ways: Ways, exchange: &mut Exchange<Document>) -> Option<()> {
    let (flags, code) = (cut.byte()?, cut.byte()?);
    let side = Side::Server;
    exchange.put_number(field::SESSION_PRESENT, side, flags & 1);
    exchange.put_number(field::REASON, side, code);
    exchange.detail.boolean("session_present", flags & 1 != 0);
    exchange.detail.number("return_code", code);
    property::read(cut, ways, &mut exchange.detail)
}

fn publish(
    side: Side,
    fixed: Fixed,
    cut: &mut Cut<'_>,
    ways: Ways,
    exchange: &mut Exchange<Document>,
) -> Option<()> {
    let topic = text(cut)?;
    exchange.put(field::TOPIC, side, topic);
    exchange.detail.text("topic", &ways.shown(topic));
    if fixed.qos() != 0 {
        message_id(cut, &mut exchange.detail)?;
    }
    property::read(cut, ways, &mut exchange.detail)?;
    exchange.put(field::MESSAGE, side, cut.0);
    exchange.detail.text("message", &ways.shown(cut.0));
    Some(())
}

fn message_id(cut: &mut Cut<'_>, document: &mut Document) -> Option<()> {
    document.number("message_id", cut.be16()?);
    Some(())
}

/// A reason, which version 5 may leave out when it is 0.
fn reason(
    side: Side,
    cut: &mut Cut<'_>,
    ways: Ways,
    exchange: &mut Exchange<Document>,
) -> Option<()> {
    if ways.version < 5 {
        return Some(());
    }
    let code = cut.byte().unwrap_or(0);
    exchange.put_number(field::REASON, side, code);
    exchange.detail.number("reason_code", code);
    property::read(cut, ways, &mut exchange.detail)
}

fn subscribe(cut: &mut Cut<'_>, ways: Ways, exchange: &mut Exchange<Document>) -> Option<()> {
    message_id(cut, &mut exchange.detail)?;
    property::read(cut, ways, &mut exchange.detail)?;
    let mut topics = Vec::new();
    while !cut.0.is_empty() && topics.len() < MAX_TOPICS {
        topics.push((text(cut)?, cut.byte()? & 3));
    }
    let mut ways = ways;
    exchange.detail.list("topics", |list| {
        for (topic, qos) in &topics {
            list.object("", |document| {
                document.text("topic", &ways.shown(topic));
                document.number("qos", *qos);
            });
            ways = ways.after(topic);
        }
    });
    for (topic, qos) in topics {
        exchange.put(field::SUBSCRIBED, Side::Client, topic);
        exchange.put_number(field::SUBSCRIBED_QOS, Side::Client, qos);
    }
    Some(())
}

fn unsubscribe(cut: &mut Cut<'_>, ways: Ways, exchange: &mut Exchange<Document>) -> Option<()> {
    message_id(cut, &mut exchange.detail)?;
    property::read(cut, ways, &mut exchange.detail)?;
    let mut topics = Vec::new();
    while !cut.0.is_empty() && topics.len() < MAX_TOPICS {
        topics.push(text(cut)?);
    }
    let mut ways = ways;
    exchange.detail.list("topics", |list| {
        for topic in &topics {
            list.text("", &ways.shown(topic));
            ways = ways.after(topic);
        }
    });
    for topic in topics {
        exchange.put(field::UNSUBSCRIBED, Side::Client, topic);
    }
    Some(())
}

fn codes(
    name: &str,
    side: Side,
    cut: &mut Cut<'_>,
    ways: Ways,
    exchange: &mut Exchange<Document>,
) -> Option<()> {
    message_id(cut, &mut exchange.detail)?;
    property::read(cut, ways, &mut exchange.detail)?;
    let codes = crate::waiting::bounded(cut.0, MAX_TOPICS);
    exchange.detail.list(name, |list| {
        for code in codes {
            list.number("", *code);
        }
    });
    for code in codes {
        exchange.put_number(field::REASON, side, *code);
    }
    Some(())
}
