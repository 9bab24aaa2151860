//! LDAP 3 (RFC 4511) over TCP and, for finding domain controllers, over UDP (RFC 1798).
//!
//! An operation is a transaction: a request with all its answers. After a login with GSS-SPNEGO the
//! messages stand in signed or sealed envelopes (RFC 4752); signed ones are read on.

mod envelope;
mod filter;
mod name;
mod operation;

#[cfg(test)]
mod tests;

use wirewatch_records::{LdapOperationRow, LdapRow, LdapSearchRow, Row};

use crate::application::{Application, Facts, Field, Next, Parser};
use crate::der::{Elements, Extent, extent};
use crate::exchange::{Detail, Exchange, field, fields};
use crate::ntlmssp::Talk;
use crate::protocol::{Side, Transport};
use crate::sink::{Fact, Frame, Sink};
use crate::stray;
use crate::waiting::{Sides, Step, Waiting, bounded, drive};
use operation::{Facets, Read};

/// The parser.
pub(crate) static LDAP: Application = Application {
    names: &["ldap"],
    new: |facts| Box::new(Ldap::new(facts)),
    frames: &["pdu"],
    buffers: &[
        field("ldap.request.dn", Side::Client, crate::COMPLETE),
        fields("ldap.responses.dn", Side::Server, 1),
        fields("ldap.request.attribute_type", Side::Client, crate::COMPLETE),
        fields("ldap.responses.attribute_type", Side::Server, 1),
        fields("ldap.responses.message", Side::Server, 1),
    ],
    numbers: &[
        field("ldap.request.operation", Side::Client, crate::COMPLETE),
        fields("ldap.responses.operation", Side::Server, 1),
        fields("ldap.responses.result_code", Side::Server, 1),
        COUNT_FIELD,
    ],
    events: &[
        crate::exchange::event("ldap.invalid_data", "A message cannot be read."),
        crate::exchange::event(
            "ldap.too_many_transactions",
            "Too many operations wait for their answers.",
        ),
        crate::exchange::event("ldap.request_not_found", "An answer belongs to no request."),
        crate::exchange::event("ldap.incomplete_data", "A datagram ends inside a message."),
        crate::exchange::event(
            "ldap.unknown_operation",
            "A message holds an operation that is not assigned.",
        ),
        crate::exchange::event("ldap.missing_operation", "A message holds no operation."),
    ],
};

/// A message, in the list of frames.
const PDU: u8 = 0;

const COUNT_FIELD: Field = field("ldap.responses.count", Side::Server, 1);

const REQUEST_DN: usize = 0;
const RESPONSE_DN: usize = 1;
const REQUEST_ATTRIBUTE: usize = 2;
const RESPONSE_ATTRIBUTE: usize = 3;
const RESPONSE_MESSAGE: usize = 4;
const REQUEST_OPERATION: usize = 0;
const RESPONSE_OPERATION: usize = 1;
const RESULT_CODE: usize = 2;
const COUNT: usize = 3;
const INVALID: usize = 0;
const TOO_MANY: usize = 1;
const REQUEST_NOT_FOUND: usize = 2;
const INCOMPLETE: usize = 3;
const UNKNOWN_OPERATION: usize = 4;
const MISSING_OPERATION: usize = 5;

/// The longest message that is read; of a longer one, its beginning is.
const MAX_MESSAGE: usize = 32 << 10;
/// Operations that wait for their answers; clients have a few under way.
const MAX_PENDING: usize = 64;
/// Answers of which rules are asked one by one, and which the record has. A search may find millions.
const MAX_ANSWERS: u8 = 32;
/// Bytes of all answers in the record.
const MAX_RECORD: usize = 32 << 10;

const BIND: u8 = 0;
const BIND_RESPONSE: u8 = 1;
/// `saslBindInProgress`.
const LOGIN_GOES_ON: i64 = 14;
const UNBIND: u8 = 2;
const SEARCH: u8 = 3;
const SEARCH_ENTRY: u8 = 4;
const SEARCH_REFERENCE: u8 = 19;
const ABANDON: u8 = 16;
const EXTENDED: u8 = 23;
const EXTENDED_RESPONSE: u8 = 24;
const INTERMEDIATE: u8 = 25;

/// An operation with its answers.
#[derive(Debug, Default)]
struct Known {
    message: i64,
    /// What it is, when the request was seen.
    operation: Option<u8>,
    request: Option<String>,
    responses: String,
    answers: u32,
    asked: Facets,
    entries: u32,
    /// Result code and what the server says about it.
    result: Option<(i64, Box<[u8]>)>,
}

/// One flow.
#[derive(Debug)]
struct Ldap {
    transport: Transport,
    waiting: Sides<Waiting>,
    pending: Vec<Exchange<Known>>,
    next_id: u64,
    /// Somebody logged in so that messages may stand in envelopes.
    enveloped: bool,
    /// What is left of the envelope that each side's messages stand in, and bytes behind it.
    inside: Sides<(u64, u64)>,
    /// The next messages are TLS's.
    secured: bool,
    /// Whether requests may not have been seen.
    has_gaps: bool,
    /// A login with NTLM that goes on.
    ntlm: Talk,
}

impl Ldap {
    fn new(facts: &Facts) -> Self {
        Self {
            transport: facts.transport,
            waiting: Sides::default(),
            pending: Vec::new(),
            next_id: 0,
            enveloped: false,
            inside: Sides::default(),
            secured: false,
            has_gaps: facts.midstream,
            ntlm: Talk::default(),
        }
    }

    fn step(&mut self, side: Side, bytes: &[u8], sink: &mut dyn Sink) -> Step {
        let (left, _) = *self.inside.of(side);
        if left > 0 {
            return self.inside(side, left, bytes, sink);
        }
        if self.enveloped && bytes.first() != Some(&0x30) {
            return self.envelope(side, bytes);
        }
        let length = match extent(bytes) {
            Extent::Known(length) if bytes.first() == Some(&0x30) => length,
            Extent::Unsure if bytes.first() == Some(&0x30) => return Step::More,
            _ => return self.invalid(side, sink),
        };
        let most = usize::try_from(length).map_or(MAX_MESSAGE, |length| length.min(MAX_MESSAGE));
        let Some(message) = bytes.get(..most) else {
            return Step::More;
        };
        sink.frame(Frame::new(PDU, side, bytes.len(), whole(length)));
        if !self.message(side, message, sink) {
            return self.invalid(side, sink);
        }
        if self.secured {
            return Step::Switch(most, Some("tls"));
        }
        Step::Skip(length)
    }

    /// Messages that are signed or sealed, behind a length.
    fn envelope(&mut self, side: Side, bytes: &[u8]) -> Step {
        let Some((length, rest)) = bytes.split_first_chunk() else {
            return Step::More;
        };
        let length = u64::from(u32::from_be_bytes(*length));
        if rest.len() < envelope::HEADER && (rest.len() as u64) < length {
            return Step::More;
        }
        let Some((before, after)) = envelope::frame(rest) else {
            return Step::Skip(length.saturating_add(4));
        };
        let content = length.saturating_sub(before.saturating_add(after));
        *self.inside.mut_of(side) = (content, after);
        Step::Skip(before.saturating_add(4))
    }

    /// A message in an envelope of which so much is left.
    fn inside(&mut self, side: Side, left: u64, bytes: &[u8], sink: &mut dyn Sink) -> Step {
        let length = match extent(bytes) {
            Extent::Known(length) if bytes.first() == Some(&0x30) => length.min(left),
            Extent::Unsure if bytes.first() == Some(&0x30) => return Step::More,
            _ => left,
        };
        let most = usize::try_from(length).map_or(MAX_MESSAGE, |length| length.min(MAX_MESSAGE));
        let Some(message) = bytes.get(..most) else {
            return Step::More;
        };
        sink.frame(Frame::new(PDU, side, bytes.len(), whole(length)));
        self.message(side, message, sink);
        let (left, after) = self.inside.mut_of(side);
        *left = left.saturating_sub(length);
        let after = if *left == 0 { *after } else { 0 };
        Step::Skip(length.saturating_add(after))
    }

    /// A message; false when it is none.
    fn message(&mut self, side: Side, bytes: &[u8], sink: &mut dyn Sink) -> bool {
        let read = || {
            let mut fields = Elements(bytes).enter(0x30)?;
            let number = fields.next_if(0x02)?.number()?;
            Some((number, fields))
        };
        let Some((number, mut fields)) = read() else {
            return false;
        };
        if fields.0.is_empty() {
            self.stray(side, MISSING_OPERATION, sink);
        }
        let Some(operation) = fields.next() else {
            return false;
        };
        if !operation::is_assigned(operation) {
            self.stray(side, UNKNOWN_OPERATION, sink);
            return false;
        }
        let Some(read) = operation::read(operation) else {
            return false;
        };
        if read.is_request {
            self.asked(number, read, sink);
        } else {
            self.answered(side, number, read, sink);
        }
        true
    }

    fn exchange(&mut self, message: i64) -> Exchange<Known> {
        let id = self.next_id;
        self.next_id = self.next_id.wrapping_add(1);
        Exchange::new(
            id,
            &LDAP,
            Known {
                message,
                ..Known::default()
            },
        )
    }

    fn asked(&mut self, message: i64, read: Read, sink: &mut dyn Sink) {
        if self.pending.len() >= MAX_PENDING {
            let mut oldest = self.pending.remove(0);
            self.has_gaps = true;
            oldest.event(Side::Client, TOO_MANY, sink);
            oldest.finish(Side::Client, sink);
        }
        let mut exchange = self.exchange(message);
        exchange.put(REQUEST_DN, Side::Client, &read.name);
        for attribute in &read.attributes {
            exchange.put(REQUEST_ATTRIBUTE, Side::Client, attribute);
        }
        if let Some(said) = &read.credentials {
            self.ntlm.hear(said);
        }
        exchange.put_number(REQUEST_OPERATION, Side::Client, read.operation);
        exchange.detail.operation = Some(read.operation);
        exchange.detail.request = Some(object(message, &read));
        exchange.detail.asked = read.facets;
        exchange.reach(Side::Client, crate::COMPLETE, sink);
        if matches!(read.operation, UNBIND | ABANDON) {
            exchange.finish(Side::Client, sink);
        } else {
            self.pending.push(exchange);
        }
    }

    fn answered(&mut self, side: Side, message: i64, read: Read, sink: &mut dyn Sink) {
        let place = self
            .pending
            .iter()
            .position(|each| each.detail.message == message);
        let known = place.map(|place| self.pending.remove(place));
        let mut exchange = if let Some(known) = known {
            known
        } else {
            let mut exchange = self.exchange(message);
            // What the server says on its own has the number 0 (RFC 4511, section 4.4).
            if message != 0 && !self.has_gaps {
                exchange.event(side, REQUEST_NOT_FOUND, sink);
            }
            exchange
        };
        exchange.answer(message, &read, sink);
        if matches!(
            read.operation,
            SEARCH_ENTRY | SEARCH_REFERENCE | INTERMEDIATE
        ) {
            return self.pending.push(exchange);
        }
        exchange.detail.result = read.result;
        self.consequences(&exchange.detail);
        if let Some(said) = &read.credentials {
            self.ntlm.hear(said);
            let code = exchange.detail.result.as_ref().map(|(code, _)| *code);
            if code != Some(LOGIN_GOES_ON) {
                let id = Some(crate::Transaction::id(&exchange));
                self.ntlm.answered(code == Some(0), id, sink);
            }
        }
        exchange.detail.learn(sink);
        exchange.finish(side_of_record(&exchange.detail, side), sink);
    }

    fn invalid(&mut self, side: Side, sink: &mut dyn Sink) -> Step {
        self.stray(side, INVALID, sink);
        Step::Stop(Next::DoneWithSide)
    }

    /// Something is wrong that belongs to no operation.
    fn stray(&mut self, side: Side, event: usize, sink: &mut dyn Sink) {
        if let Some(event) = LDAP.events.get(event) {
            stray::tell(&mut self.next_id, &LDAP, side, event, sink);
        }
    }

    /// What an accepted operation changes in the flow.
    fn consequences(&mut self, known: &Known) {
        const START_TLS: &[u8] = b"1.3.6.1.4.1.1466.20037";
        let success = known.result.as_ref().is_some_and(|(code, _)| *code == 0);
        match known.operation {
            Some(BIND) => self.enveloped |= success && !known.asked.argument.is_empty(),
            Some(EXTENDED) => self.secured = success && *known.asked.object == *START_TLS,
            _ => {}
        }
    }
}

/// Whether a datagram holds less than all of the message at its beginning.
fn is_cut(bytes: &[u8]) -> bool {
    bytes.first() == Some(&0x30)
        && match extent(bytes) {
            Extent::Known(length) => length > bytes.len() as u64,
            Extent::Unsure => true,
            Extent::Wrong => false,
        }
}

/// Nobody asked for what the server says on its own.
fn side_of_record(known: &Known, side: Side) -> Side {
    if known.operation.is_none() {
        side
    } else {
        Side::Client
    }
}

impl Exchange<Known> {
    fn answer(&mut self, message: i64, read: &Read, sink: &mut dyn Sink) {
        self.detail.answers = self.detail.answers.saturating_add(1);
        self.detail.entries = self
            .detail
            .entries
            .saturating_add(u32::from(read.operation == SEARCH_ENTRY));
        let known = self.detail.answers;
        self.set_number(COUNT, Side::Server, known);
        let last = !matches!(
            read.operation,
            SEARCH_ENTRY | SEARCH_REFERENCE | INTERMEDIATE
        );
        if known > u32::from(MAX_ANSWERS) && !last {
            return;
        }
        if let Some(name) = &read.matched {
            self.put(RESPONSE_DN, Side::Server, name);
        }
        for attribute in &read.attributes {
            self.put(RESPONSE_ATTRIBUTE, Side::Server, attribute);
        }
        self.put_number(RESPONSE_OPERATION, Side::Server, read.operation);
        if let Some((code, text)) = &read.result {
            self.put(RESPONSE_MESSAGE, Side::Server, text);
            self.put_number(RESULT_CODE, Side::Server, code.unsigned_abs());
        }
        self.detail.add(&object(message, read));
        if !last {
            self.reach(Side::Server, known as u8, sink);
        }
    }
}

/// One operation as an object.
fn object(message: i64, read: &Read) -> String {
    let mut out = String::with_capacity(read.members.len() + 64);
    out.push_str("{\"operation\":\"");
    out.push_str(read.json_name());
    out.push_str("\",\"message_id\":");
    out.push_str(&message.to_string());
    out.push_str(&read.members);
    out.push('}');
    out
}

impl Known {
    fn add(&mut self, answer: &str) {
        if self.responses.len().saturating_add(answer.len()) < MAX_RECORD {
            self.responses
                .push(if self.responses.is_empty() { '[' } else { ',' });
            self.responses.push_str(answer);
        }
    }

    /// Tells who logged in with a password that all could read.
    fn learn(&self, sink: &mut dyn Sink) {
        if self.operation != Some(BIND) || self.asked.object.is_empty() {
            return;
        }
        let accepted = self.result.as_ref().map(|(code, _)| *code == 0);
        sink.learn(Fact::Login {
            user: &self.asked.object,
            plain_password: self.asked.password,
            accepted,
        });
    }

    /// What Zeek's logs have of it.
    fn log(&self, put: &mut dyn FnMut(&Row<'_>)) {
        let some = |text: &'_ [u8]| (!text.is_empty()).then(|| text.to_vec());
        let result = self.result.as_ref().map(|(code, _)| name::result(*code));
        let diagnostic = self.result.as_ref().and_then(|(_, text)| some(text));
        let message_id = self.message.unsigned_abs();
        match self.operation {
            Some(SEARCH) => put(&Row::LdapSearch(LdapSearchRow {
                message_id,
                scope: self.asked.scope,
                deref_aliases: self.asked.aliases,
                base_object: some(&self.asked.object).as_deref(),
                result_count: self.entries,
                result,
                diagnostic_message: diagnostic.as_deref(),
                filter: some(&self.asked.argument).as_deref(),
            })),
            Some(operation) => put(&Row::LdapOperation(LdapOperationRow {
                message_id,
                version: self.asked.version,
                opcode: name::zeek_operation(operation, &self.asked),
                result,
                diagnostic_message: diagnostic.as_deref(),
                object: some(&name::zeek_object(operation, &self.asked)).as_deref(),
                argument: if self.asked.password {
                    Some(b"REDACTED".to_vec())
                } else {
                    some(&self.asked.argument)
                }
                .as_deref(),
            })),
            None => {}
        }
    }
}

impl Detail for Known {
    /// A search is answered one entry after the other.
    fn grows(side: Side) -> bool {
        side == Side::Server
    }

    fn row(exchange: &Exchange<Self>, put: &mut dyn FnMut(&Row<'_>)) {
        let known = &exchange.detail;
        let responses = (!known.responses.is_empty()).then(|| [&known.responses, "]"].concat());
        put(&Row::Ldap(LdapRow {
            request: known.request.as_deref(),
            responses: responses.as_deref(),
        }));
        known.log(put);
    }
}

/// The length of a span, which may be more than memory can have.
fn whole(length: u64) -> usize {
    usize::try_from(length).unwrap_or(usize::MAX)
}

impl Parser for Ldap {
    fn data(&mut self, side: Side, bytes: &[u8], sink: &mut dyn Sink) -> Next {
        if self.transport == Transport::Udp {
            let mut messages = Elements(bounded(bytes, MAX_MESSAGE));
            let mut rest = messages.0;
            while messages.next().is_some() {
                let length = rest.len().saturating_sub(messages.0.len());
                let beyond = bytes.len().saturating_sub(MAX_MESSAGE);
                let left = rest.len().saturating_add(beyond);
                sink.frame(Frame::new(PDU, side, left, length));
                if is_cut(rest) && bytes.len() <= MAX_MESSAGE {
                    self.stray(side, INCOMPLETE, sink);
                }
                if !self.message(side, rest, sink) {
                    return Next::More;
                }
                rest = messages.0;
            }
            if is_cut(rest) && bytes.len() <= MAX_MESSAGE {
                self.stray(side, INCOMPLETE, sink);
            }
            return Next::More;
        }
        drive!(self.waiting, side, bytes, MAX_MESSAGE + 4, |rest| {
            self.step(side, rest, sink)
        })
    }

    fn gap(&mut self, side: Side, length: u64, _: &mut dyn Sink) -> Next {
        self.has_gaps = true;
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
        let pending = self.pending.iter().map(|each| {
            each.held()
                + each.detail.responses.capacity()
                + each.detail.request.as_ref().map_or(0, String::capacity)
        });
        pending.sum::<usize>() + self.waiting.held()
    }
}
