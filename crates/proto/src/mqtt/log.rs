//! What Zeek's logs have of MQTT: connections, publications and subscriptions.

use wirewatch_records::{MqttConnectRow, MqttPublishRow, MqttSubscribeRow, Row};

use super::field;
use super::message::Kind;
use crate::application::Transaction;
use crate::document::Document;
use crate::exchange::Exchange;
use crate::protocol::Side;
use crate::waiting::bounded;

/// Bytes of a published message that the log has.
const MAX_PAYLOAD: usize = 100;

/// The row of the message that began the exchange; other messages have none.
pub(super) fn rows(exchange: &Exchange<Document>, put: &mut dyn FnMut(&Row<'_>)) {
    match kinds(exchange).next() {
        Some(Kind::Connect) => connect(exchange, put),
        Some(Kind::Publish) => publish(exchange, put),
        Some(kind @ (Kind::Subscribe | Kind::Unsubscribe)) => subscribe(kind, exchange, put),
        _ => {}
    }
}

/// What the messages are: the client's, then the server's, unless the server began.
fn kinds(exchange: &Exchange<Document>) -> impl Iterator<Item = Kind> {
    let begins = match exchange.said(field::TOPIC, Side::Server) {
        Some(_) => [Side::Server, Side::Client],
        None => [Side::Client, Side::Server],
    };
    begins
        .into_iter()
        .flat_map(|side| numbers(exchange, field::TYPE, side))
        .filter_map(|number| Kind::numbered(u8::try_from(number).ok()?))
}

fn numbers(exchange: &Exchange<Document>, number: usize, side: Side) -> impl Iterator<Item = u64> {
    (0..).map_while(move |index| exchange.number(number, side, index))
}

fn has(exchange: &Exchange<Document>, kind: Kind) -> bool {
    kinds(exchange).any(|known| known == kind)
}

fn connect(exchange: &Exchange<Document>, put: &mut dyn FnMut(&Row<'_>)) {
    let code = exchange.number(field::REASON, Side::Server, 0);
    put(&Row::MqttConnect(MqttConnectRow {
        proto_name: exchange.first(field::PROTOCOL),
        proto_version: exchange.count(field::VERSION).and_then(version),
        client_id: exchange.first(field::CLIENT_ID),
        connect_status: code.map(status),
        will_topic: exchange.first(field::WILL_TOPIC),
        will_payload: exchange.first(field::WILL_MESSAGE),
    }));
}

/// Bridges between brokers set the highest bit.
fn version(number: u64) -> Option<&'static str> {
    Some(match number & 0x7f {
        3 => "3.1",
        4 => "3.1.1",
        5 => "5.0",
        _ => return None,
    })
}

/// The answer to a connection (MQTT 3.1.1, section 3.2.2.3); version 5 has codes of its own.
fn status(code: u64) -> &'static str {
    match code {
        0 => "Connection Accepted",
        1 | 132 => "Refused: unacceptable protocol version",
        2 | 133 => "Refused: identifier rejected",
        3 | 136 => "Refused: server unavailable",
        4 | 134 => "Refused: bad user name or password",
        5 | 135 => "Refused: not authorized",
        _ => "Refused",
    }
}

fn publish(exchange: &Exchange<Document>, put: &mut dyn FnMut(&Row<'_>)) {
    // Of a message that is too long, nothing is known.
    let Some(topic) = exchange.first(field::TOPIC) else {
        return;
    };
    let from_client = exchange.said(field::TOPIC, Side::Client).is_some();
    let side = if from_client {
        Side::Client
    } else {
        Side::Server
    };
    let flags = exchange.number(field::FLAGS, side, 0).unwrap_or(0);
    let (qos, is_whole) = match exchange.number(field::QOS, side, 0) {
        Some(1) => ("at least once", has(exchange, Kind::PublishAck)),
        Some(2) => ("exactly once", has(exchange, Kind::PublishComplete)),
        Some(3) => ("unknown", false),
        _ => ("at most once", true),
    };
    let payload = exchange.first(field::MESSAGE);
    put(&Row::MqttPublish(MqttPublishRow {
        from_client,
        retain: flags & 1 != 0,
        qos,
        status: if is_whole { "ok" } else { "incomplete_qos" },
        topic: Some(topic),
        payload: payload.map(|payload| bounded(payload, MAX_PAYLOAD)),
        payload_len: payload.map_or(0, |payload| payload.len() as u64),
    }));
}

fn subscribe(kind: Kind, exchange: &Exchange<Document>, put: &mut dyn FnMut(&Row<'_>)) {
    let (action, topics, answer) = match kind {
        Kind::Subscribe => ("MQTT::SUBSCRIBE", field::SUBSCRIBED, Kind::SubscribeAck),
        _ => (
            "MQTT::UNSUBSCRIBE",
            field::UNSUBSCRIBED,
            Kind::UnsubscribeAck,
        ),
    };
    let topics: Vec<_> = exchange.all(topics).map(String::from_utf8_lossy).collect();
    let topics: Vec<&str> = topics.iter().map(|topic| &**topic).collect();
    let levels: Vec<u16> = numbers(exchange, field::SUBSCRIBED_QOS, Side::Client)
        .filter_map(|level| u16::try_from(level).ok())
        .collect();
    let granted = exchange.number(field::REASON, Side::Server, 0);
    put(&Row::MqttSubscribe(MqttSubscribeRow {
        action,
        topics: &topics,
        qos_levels: &levels,
        granted_qos_level: granted
            .filter(|_| kind == Kind::Subscribe)
            .and_then(|level| u8::try_from(level).ok()),
        ack: has(exchange, answer),
    }));
}
