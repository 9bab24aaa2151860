//! Kerberos 5 (RFC 4120) over TCP and UDP: tickets that are asked for and given.
//!
//! Only what is readable is read: names, realms, kinds of encryption and errors. Tickets are opaque.

mod message;
mod name;
mod ticket;

#[cfg(test)]
mod tests;

pub(crate) use ticket::{Ticket, in_token as ticket_in_token};

use wirewatch_records::{KerberosRow, Krb5Row, Row};

use crate::application::{Application, Facts, Field, Next, Parser};
use crate::exchange::{Detail, Exchange, either, event, field};
use crate::protocol::{Side, Transport};
use crate::sink::{Fact, Sink};
use crate::stray;
use crate::waiting::{Sides, Step, Waiting, drive};
use message::{Message, What};

/// The parser.
pub(crate) static KRB5: Application = Application {
    names: &["krb5"],
    new: |facts| Box::new(Krb5::new(facts)),
    frames: &[],
    buffers: &[many("krb5.cname"), many("krb5.sname")],
    numbers: &[
        either("krb5_msg_type", crate::COMPLETE),
        field("krb5_err_code", Side::Server, crate::COMPLETE),
        field("krb5.ticket_encryption", Side::Server, crate::COMPLETE),
        field("krb5.weak_encryption", Side::Server, crate::COMPLETE),
    ],
    events: &[
        event("krb5.malformed_data", "A message cannot be read."),
        event(
            "krb5.weak_encryption",
            "A key that can be broken encrypts an answer.",
        ),
    ],
};

const fn many(name: &'static str) -> Field {
    Field {
        many: true,
        ..either(name, crate::COMPLETE)
    }
}

const CLIENT_NAME: usize = 0;
const SERVICE_NAME: usize = 1;
const MESSAGE_TYPE: usize = 0;
const ERROR_CODE: usize = 1;
const TICKET_ENCRYPTION: usize = 2;
const WEAK_ENCRYPTION: usize = 3;
const MALFORMED: usize = 0;
const WEAK: usize = 1;

/// The longest message that is read; tickets with many groups reach 64 KB.
const MAX_MESSAGE: usize = 1 << 16;
/// Requests that wait for their answer. Clients wait before they ask again.
const MAX_PENDING: usize = 16;

/// What is known of an exchange.
#[derive(Debug, Default)]
struct Known {
    asked: Option<Message>,
    answer: Option<Message>,
}

/// One flow.
#[derive(Debug)]
struct Krb5 {
    transport: Transport,
    waiting: Sides<Waiting>,
    pending: Vec<Exchange<Known>>,
    next_id: u64,
}

impl Krb5 {
    fn new(facts: &Facts) -> Self {
        Self {
            transport: facts.transport,
            waiting: Sides::default(),
            pending: Vec::new(),
            next_id: 0,
        }
    }

    /// A message behind its length (RFC 4120, section 7.2.2).
    fn step(&mut self, side: Side, bytes: &[u8], sink: &mut dyn Sink) -> Step {
        const LENGTH: usize = 4;
        let Some((length, rest)) = bytes.split_first_chunk::<LENGTH>() else {
            return Step::More;
        };
        let length = u32::from_be_bytes(*length) & 0x7fff_ffff;
        if length as usize > MAX_MESSAGE {
            self.malformed(side, sink);
            return Step::Stop(Next::DoneWithSide);
        }
        let Some(message) = rest.get(..length as usize) else {
            return Step::More;
        };
        self.message(side, message, sink);
        Step::Used(LENGTH.saturating_add(length as usize))
    }

    fn message(&mut self, side: Side, bytes: &[u8], sink: &mut dyn Sink) {
        let Some(message) = Message::read(bytes) else {
            return self.malformed(side, sink);
        };
        match message.what {
            What::Request { .. } => self.asked(message, sink),
            What::Reply { .. } | What::Error { .. } => self.answered(message, sink),
        }
    }

    fn asked(&mut self, message: Message, sink: &mut dyn Sink) {
        if self.pending.len() >= MAX_PENDING {
            self.pending.remove(0).finish(Side::Client, sink);
        }
        let mut exchange = self.exchange();
        fill(&mut exchange, Side::Client, &message);
        exchange.detail.asked = Some(message);
        exchange.reach(Side::Client, crate::COMPLETE, sink);
        self.pending.push(exchange);
    }

    fn malformed(&mut self, side: Side, sink: &mut dyn Sink) {
        if let Some(event) = KRB5.events.get(MALFORMED) {
            stray::tell(&mut self.next_id, &KRB5, side, event, sink);
        }
    }

    fn exchange(&mut self) -> Exchange<Known> {
        let id = self.next_id;
        self.next_id = self.next_id.wrapping_add(1);
        Exchange::new(id, &KRB5, Known::default())
    }

    fn answered(&mut self, message: Message, sink: &mut dyn Sink) {
        let place = self
            .pending
            .iter()
            .position(|each| message.answers(each.detail.asked.as_ref()));
        let mut exchange = match place {
            Some(place) => self.pending.remove(place),
            None => self.exchange(),
        };
        fill(&mut exchange, Side::Server, &message);
        if let Some(kind) = message.encryption() {
            let is_weak = name::is_weak(kind);
            exchange.put_number(WEAK_ENCRYPTION, Side::Server, u8::from(is_weak));
            if is_weak {
                exchange.event(Side::Server, WEAK, sink);
            }
        }
        exchange.detail.answer = Some(message);
        exchange.detail.learn(sink);
        exchange.finish(Side::Client, sink);
    }
}

fn fill(exchange: &mut Exchange<Known>, side: Side, message: &Message) {
    for part in &message.client {
        exchange.put(CLIENT_NAME, side, part);
    }
    for part in &message.service {
        exchange.put(SERVICE_NAME, side, part);
    }
    exchange.put_number(MESSAGE_TYPE, side, message.kind);
    match &message.what {
        What::Error { code } => exchange.put_number(ERROR_CODE, side, *code),
        What::Reply {
            ticket: Some(kind), ..
        } => {
            // Kinds below 0 are somebody's own; rules write them as they are.
            exchange.put_number(TICKET_ENCRYPTION, side, kind.cast_unsigned());
        }
        _ => {}
    }
}

impl Known {
    /// Tells who logged in, or could not.
    fn learn(&self, sink: &mut dyn Sink) {
        const FIRST_TICKET: u8 = 11;
        const PREAUTHENTICATION_REQUIRED: u32 = 25;
        let client = self
            .asked
            .iter()
            .chain(&self.answer)
            .map(|each| name::joined(&each.client))
            .find(|name| !name.is_empty());
        let accepted = match self
            .answer
            .as_ref()
            .map(|answer| (answer.kind, &answer.what))
        {
            Some((FIRST_TICKET, _)) => Some(true),
            Some((_, What::Error { code })) if *code != PREAUTHENTICATION_REQUIRED => self
                .asked
                .as_ref()
                .filter(|asked| asked.kind == 10)
                .map(|_| false),
            _ => None,
        };
        if let (Some(user), Some(_)) = (client, accepted) {
            sink.learn(Fact::Login {
                user: &user,
                plain_password: false,
                accepted,
            });
        }
    }

    /// What Zeek's log has of it.
    fn log(&self, put: &mut dyn FnMut(&Row<'_>)) {
        const PREAUTHENTICATION_REQUIRED: u32 = 25;
        let Some(answer) = &self.answer else {
            return;
        };
        let error = match answer.what {
            // The usual way of saying which encryption is wanted.
            What::Error {
                code: PREAUTHENTICATION_REQUIRED,
            } => return,
            What::Error { .. } if !answer.text.is_empty() => Some(&*answer.text),
            What::Error { code } => Some(name::error(code).as_bytes()),
            _ => None,
        };
        let first = matches!(self.asked.as_ref().unwrap_or(answer).kind, 10 | 11);
        let client = [self.asked.as_ref(), Some(answer)]
            .into_iter()
            .flatten()
            .find(|each| !each.client.is_empty());
        let client = client.map(|each| [&name::joined(&each.client), &each.realm[..]].join(&b'/'));
        let service = [self.asked.as_ref(), Some(answer)]
            .into_iter()
            .flatten()
            .find(|each| !each.service.is_empty());
        let service = service.map(|each| name::joined(&each.service));
        let asked = self.asked.as_ref().and_then(Message::asks);
        put(&Row::Kerberos(KerberosRow {
            request_type: if first { "AS" } else { "TGS" },
            client: client.as_deref(),
            service: service.as_deref(),
            success: Some(error.is_none()),
            error_msg: error,
            valid_from: asked.and_then(|asked| asked.from),
            till: asked.and_then(|asked| asked.till),
            cipher: answer.encryption().map(name::encryption),
            forwardable: asked.map(|asked| asked.forwardable),
            renewable: asked.map(|asked| asked.renewable),
        }));
    }
}

impl Detail for Known {
    fn row(exchange: &Exchange<Self>, put: &mut dyn FnMut(&Row<'_>)) {
        const EMPTY: &[u8] = b"<empty>";
        let known = &exchange.detail;
        let Some(last) = known.answer.as_ref().or(known.asked.as_ref()) else {
            return;
        };
        let shown = |name: Vec<u8>| {
            if name.is_empty() {
                EMPTY.to_vec()
            } else {
                name
            }
        };
        let ticket = match last.what {
            What::Reply { ticket, .. } => ticket,
            _ => None,
        };
        let code = match last.what {
            What::Error { code } => Some(code),
            _ => None,
        };
        let asked = known
            .asked
            .as_ref()
            .map_or("UNKNOWN", |asked| name::message(asked.kind));
        put(&Row::Krb5(Krb5Row {
            msg_type: name::message(last.kind),
            cname: &shown(name::joined(&last.client)),
            realm: &shown(last.realm.to_vec()),
            sname: &shown(name::joined(&last.service)),
            encryption: last.encryption().map_or("<none>", name::encryption),
            weak_encryption: last.encryption().is_some_and(name::is_weak),
            ticket_encryption: ticket.map(name::encryption),
            ticket_weak_encryption: ticket.map(name::is_weak),
            error_code: code.map(name::error),
            failed_request: code.map(|_| asked),
        }));
        known.log(put);
    }
}

impl Parser for Krb5 {
    fn data(&mut self, side: Side, bytes: &[u8], sink: &mut dyn Sink) -> Next {
        if self.transport == Transport::Udp {
            self.message(side, bytes, sink);
            return Next::More;
        }
        drive!(self.waiting, side, bytes, MAX_MESSAGE + 4, |rest| {
            self.step(side, rest, sink)
        })
    }

    fn gap(&mut self, side: Side, length: u64, _: &mut dyn Sink) -> Next {
        self.waiting.lose(side, length)
    }

    fn end(&mut self, side: Side, sink: &mut dyn Sink) {
        if side == Side::Server {
            for mut exchange in std::mem::take(&mut self.pending) {
                exchange.finish(Side::Client, sink);
            }
        }
    }

    fn held(&self) -> usize {
        const EXCHANGE: usize = 512;
        let pending = self.pending.iter().map(|each| each.held() + EXCHANGE);
        pending.sum::<usize>() + self.waiting.held()
    }
}
