//! SNMP, versions 1 to 3: management of networks (RFC 1157, RFC 3416, RFC 3412, RFC 3414).
//!
//! Each message is a transaction of its own; all of one flow are also counted for Zeek's snmp.log.

mod message;
mod session;
#[cfg(test)]
mod tests;

use wirewatch_records::{Kind, Row, SnmpRow};

use crate::application::{Application, COMPLETE, Event, Facts, Field, Next, Parser};
use crate::exchange::{Detail, Exchange, either};
use crate::protocol::Side;
use crate::sink::{Fact, Frame, Sink};
use message::Message;
use session::Session;

/// SNMP.
pub(crate) static SNMP: Application = Application {
    names: &["snmp"],
    new: |_: &Facts| Box::new(Snmp::default()),
    frames: &["pdu"],
    buffers: BUFFERS,
    numbers: NUMBERS,
    events: &[MALFORMED_DATA, UNKNOWN_SECURITY_MODEL, VERSION_MISMATCH],
};

const BUFFERS: &[Field] = &[
    either("snmp.community", COMPLETE),
    either("snmp.usm", COMPLETE),
];
const NUMBERS: &[Field] = &[
    either("snmp.version", COMPLETE),
    either("snmp.pdu_type", COMPLETE),
];
const MALFORMED_DATA: Event = Event {
    code: "snmp.malformed_data",
    description: "An SNMP message cannot be read.",
};
const UNKNOWN_SECURITY_MODEL: Event = Event {
    code: "snmp.unknown_security_model",
    description: "An SNMP message is secured in a way that is not known.",
};
const VERSION_MISMATCH: Event = Event {
    code: "snmp.version_mismatch",
    description: "An SNMP message has another version than those before it in its flow.",
};

#[derive(Default)]
struct Snmp {
    next_id: u64,
    version: Option<u8>,
    session: Session,
    /// Whether it was told that the community, which serves as a password, can be read.
    is_told: bool,
}

impl Detail for Message {
    fn row(exchange: &Exchange<Self>, put: &mut dyn FnMut(&Row<'_>)) {
        let message = &exchange.detail;
        let variables: Vec<&str> = message.variables.iter().map(String::as_str).collect();
        put(&SnmpRow {
            version: message.version,
            community: message.community.as_deref(),
            usm: message.user.as_deref(),
            encrypted: message.is_encrypted,
            pdu_type: message.pdu.and_then(message::pdu_name),
            error: message.error.and_then(message::error_name),
            trap_type: message.trap.and_then(message::trap_name),
            trap_oid: message.trap_oid.as_deref(),
            trap_address: message.trap_address.map(Into::into),
            vars: &variables,
        }
        .into());
    }
}

/// A community that everybody knows and that therefore gives nothing away.
const WELL_KNOWN: &[u8] = b"public";

impl Snmp {
    /// Versions 1 and 2 send their password readable (RFC 3584, section 5.2.1): told once in a flow.
    fn tell(&mut self, community: &[u8], sink: &mut dyn Sink) {
        if !self.is_told && !community.is_empty() && community != WELL_KNOWN {
            self.is_told = true;
            sink.learn(Fact::Login {
                user: b"",
                plain_password: true,
                accepted: None,
            });
        }
    }
}

impl Parser for Snmp {
    fn data(&mut self, side: Side, bytes: &[u8], sink: &mut dyn Sink) -> Next {
        let (message, is_whole) = Message::read(bytes);
        if message.version == 0 {
            return Next::More;
        }
        if sink.wants(Kind::SnmpSession) {
            self.session.take(&message, sink.time());
        }
        let version = message.version;
        let mut exchange = Exchange::new(self.next_id, &SNMP, message);
        self.next_id += 1;
        sink.frame(Frame {
            transaction: Some(&exchange),
            ..Frame::new(0, side, bytes.len(), bytes.len())
        });
        if let Some(community) = exchange.detail.community.clone() {
            exchange.put(0, side, &community);
            self.tell(&community, sink);
        }
        if let Some(user) = exchange.detail.user.clone() {
            exchange.put(1, side, &user);
        }
        exchange.put_number(0, side, version);
        if let Some(pdu) = exchange.detail.pdu {
            exchange.put_number(1, side, pdu);
        }
        if !is_whole {
            exchange.event(side, 0, sink);
        }
        if exchange.detail.has_unknown_security {
            exchange.event(side, 1, sink);
        }
        if *self.version.get_or_insert(version) != version {
            exchange.event(side, 2, sink);
        }
        exchange.single(side, sink);
        Next::More
    }

    fn gap(&mut self, _: Side, _: u64, _: &mut dyn Sink) -> Next {
        Next::Done
    }

    fn end(&mut self, side: Side, sink: &mut dyn Sink) {
        if side == Side::Server {
            self.session.put(sink);
        }
    }
}
