//! PostgreSQL: who logs in, what is asked, and how much comes back.
//!
//! Frontend/backend protocol 3 ("Message Flow" and "Message Formats" of the PostgreSQL manual).
//! A transaction is a request with its answer; one number counts those from 1, as Suricata does, which leaves out
//! queries of the extended protocol.

#![allow(clippy::doc_markdown, reason = "product names are not code")]

mod log;
mod message;

use std::collections::VecDeque;

use wirewatch_records::{PgsqlRow, Row};

use crate::application::{Application, COMPLETE, Facts, Next, Parser};
use crate::document::Document;
use crate::exchange::{Detail, Exchange, event, fields as many};
use crate::protocol::Side;
use crate::sink::{Fact, Sink};
use crate::waiting::{Cut, Sides, Step, Waiting, bounded, drive};

/// The parser.
pub(crate) static PGSQL: Application = Application {
    names: &["pgsql"],
    new: |_: &Facts| Box::new(Pgsql::default()),
    frames: &[],
    buffers: &[many("pgsql.query", Side::Client, COMPLETE)],
    numbers: &[],
    events: &[
        event(
            "pgsql.invalid_length",
            "A message says that it is shorter than its head.",
        ),
        event(
            "pgsql.malformed_request",
            "A request is not what its type says.",
        ),
        event(
            "pgsql.malformed_response",
            "An answer is not what its type says.",
        ),
        event(
            "pgsql.too_many_transactions",
            "More requests wait for an answer than any client sends.",
        ),
    ],
};

const QUERY: usize = 0;

const INVALID_LENGTH: usize = 0;
const MALFORMED_REQUEST: usize = 1;
const MALFORMED_RESPONSE: usize = 2;
const TOO_MANY: usize = 3;

/// A message that is read; of a longer one only its beginning.
const MAX_MESSAGE: usize = 16 << 10;
/// Requests that wait for their answer.
const MAX_PENDING: usize = 32;
/// Columns of a row: PostgreSQL's own maximum.
const MAX_COLUMNS: u32 = 1664;
/// Queries of a batch that are told; drivers send one or a few at a time.
const MAX_QUERIES: usize = 32;
/// A user's name that is kept.
const MAX_NAME: usize = 256;

/// What a request is, as far as its answer depends on it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Kind {
    Tls,
    Startup,
    Password,
    #[default]
    Query,
    /// Messages of the extended protocol up to the one that asks for an answer.
    Batch,
    CopyIn,
}

impl Kind {
    /// Whether it belongs to the beginning of a connection, which an error ends.
    fn is_login(self) -> bool {
        matches!(self, Self::Tls | Self::Startup | Self::Password)
    }
}

/// A request and its answer.
#[derive(Debug)]
struct Talk {
    kind: Kind,
    /// Its place among the requests that are counted.
    number: Option<u64>,
    request: Document,
    response: Document,
    parameters: Document,
    rows: u64,
    row_bytes: u64,
    copied: (u64, u64),
    /// What the log has of a login.
    session: Option<Box<log::Session>>,
    /// Prepared statements that are asked for by their names.
    statements: Vec<String>,
    /// Whether a command was completed, and the first thing that went wrong.
    is_completed: bool,
    has_columns: bool,
    failure: Option<Vec<u8>>,
}

impl Default for Talk {
    fn default() -> Self {
        let document = || Document::new(|_, _, _| {});
        Self {
            kind: Kind::default(),
            number: None,
            request: document(),
            response: document(),
            parameters: document(),
            rows: 0,
            row_bytes: 0,
            copied: (0, 0),
            session: None,
            statements: Vec::new(),
            is_completed: false,
            has_columns: false,
            failure: None,
        }
    }
}

impl Talk {
    /// Queries in messages of their own, which other messages then ask to be executed.
    fn batch(exchange: &Exchange<Self>, request: &mut Document) {
        if exchange.first(QUERY).is_some() {
            request.list("extended_queries", |list| {
                for query in exchange.all(QUERY) {
                    list.text("", query);
                }
            });
        }
        let statements = &exchange.detail.statements;
        if !statements.is_empty() {
            request.list("statements", |list| {
                for name in statements {
                    list.text("", name.as_bytes());
                }
            });
        }
    }
}

impl Detail for Talk {
    fn row(exchange: &Exchange<Self>, put: &mut dyn FnMut(&Row<'_>)) {
        let talk = &exchange.detail;
        let mut whole = Document::new(|_, _, _| {});
        if let Some(number) = talk.number {
            whole.number("tx_id", number);
        }
        whole.object("request", |request| {
            request.splice(&talk.request);
            if talk.kind == Kind::Batch {
                Self::batch(exchange, request);
            }
            if talk.copied.0 > 0 {
                request.object("copy_data_in", |copy| {
                    copy.number("msg_count", talk.copied.0);
                    copy.number("data_size", talk.copied.1);
                });
            }
        });
        whole.object("response", |response| {
            response.splice(&talk.response);
            if !talk.parameters.is_empty() {
                response.list("parameter_status", |list| list.splice(&talk.parameters));
            }
            if talk.rows > 0 {
                response.number("data_rows", talk.rows);
                response.number("data_size", talk.row_bytes);
            }
        });
        let row = PgsqlRow {
            tx_id: exchange.id(),
            query: exchange.first(QUERY),
            pgsql: &whole.finished(),
        };
        put(&row.into());
        log::row(exchange, put);
    }
}

#[derive(Default)]
struct Pgsql {
    waiting: Sides<Waiting>,
    pending: VecDeque<Exchange<Talk>>,
    next: u64,
    counted: u64,
    is_started: bool,
    /// Whether the client's next password message answers SASL, and whether it is the first.
    sasl: Option<bool>,
    user: Vec<u8>,
    plain_password: bool,
    asked_plain: bool,
    /// Whether the last request is a batch that goes on.
    in_batch: bool,
}

impl Parser for Pgsql {
    fn data(&mut self, side: Side, bytes: &[u8], sink: &mut dyn Sink) -> Next {
        drive!(self.waiting, side, bytes, MAX_MESSAGE + 8, |bytes| {
            match side {
                Side::Client => self.client(bytes, sink),
                Side::Server => self.server(bytes, sink),
            }
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
        let pending = self.pending.iter().map(|one| {
            let talk = &one.detail;
            let documents = [&talk.request, &talk.response, &talk.parameters];
            one.held()
                + size_of::<Exchange<Talk>>()
                + documents.map(Document::held).iter().sum::<usize>()
        });
        self.waiting.held() + pending.sum::<usize>()
    }
}

impl Pgsql {
    /// Puts a request at the end of those that wait.
    fn ask(&mut self, kind: Kind, sink: &mut dyn Sink, fill: impl FnOnce(&mut Exchange<Talk>)) {
        self.ask_checked(kind, sink, |exchange| {
            fill(exchange);
            Some(())
        });
    }

    /// The same for a request that may not be what it should.
    fn ask_checked(
        &mut self,
        kind: Kind,
        sink: &mut dyn Sink,
        fill: impl FnOnce(&mut Exchange<Talk>) -> Option<()>,
    ) {
        if self.pending.len() >= MAX_PENDING
            && let Some(mut oldest) = self.pending.pop_front()
        {
            oldest.event(Side::Client, TOO_MANY, sink);
            oldest.finish(Side::Client, sink);
        }
        let is_counted = kind != Kind::Batch;
        self.counted = self.counted.saturating_add(u64::from(is_counted));
        let talk = Talk {
            kind,
            number: is_counted.then_some(self.counted),
            ..Talk::default()
        };
        let mut exchange = Exchange::new(self.next, &PGSQL, talk);
        self.next = self.next.saturating_add(1);
        if fill(&mut exchange).is_none() {
            exchange.event(Side::Client, MALFORMED_REQUEST, sink);
        }
        self.in_batch = kind == Kind::Batch;
        if !self.in_batch {
            exchange.reach(Side::Client, COMPLETE, sink);
        }
        self.pending.push_back(exchange);
    }

    /// A message of the extended protocol: queries are prepared, bound and executed, and answered when a message asks for it.
    fn extended(&mut self, kind: u8, message: &[u8], sink: &mut dyn Sink) {
        if !self.in_batch {
            self.ask(Kind::Batch, sink, |_| {});
        }
        let Some(exchange) = self.pending.back_mut() else {
            return;
        };
        let mut cut = Cut(message);
        match kind {
            // Its name, then the query.
            b'P' => match (cut.text(), cut.text()) {
                (Some(_), Some(query)) if exchange.all(QUERY).count() < MAX_QUERIES => {
                    exchange.put(QUERY, Side::Client, query);
                }
                (Some(_), Some(_)) => {}
                // Of a long query there is the beginning.
                (Some(_), None) => exchange.put(QUERY, Side::Client, cut.0),
                _ => exchange.event(Side::Client, MALFORMED_REQUEST, sink),
            },
            // Where it goes, then the statement's name; without one it is the last that was prepared.
            b'B' => match (cut.text(), cut.text()) {
                (Some(_), Some(name)) if !name.is_empty() => {
                    let statements = &mut exchange.detail.statements;
                    if statements.len() < MAX_QUERIES {
                        let name = String::from_utf8_lossy(bounded(name, MAX_NAME));
                        statements.push(name.into_owned());
                    }
                }
                (Some(_), Some(_)) => {}
                _ => exchange.event(Side::Client, MALFORMED_REQUEST, sink),
            },
            b'S' => {
                self.in_batch = false;
                exchange.reach(Side::Client, COMPLETE, sink);
            }
            _ => {}
        }
    }

    fn client(&mut self, bytes: &[u8], sink: &mut dyn Sink) -> Step {
        // The first messages have no type.
        let typed = self.is_started || bytes.first().is_some_and(|byte| *byte != 0);
        let head = usize::from(typed);
        let Some(length) = length(bytes, head) else {
            return Step::More;
        };
        let Some(body) = length.checked_sub(4) else {
            self.fault(Side::Client, INVALID_LENGTH, sink);
            return Step::Stop(Next::Done);
        };
        let kind = bytes.first().copied().unwrap_or_default();
        if typed && kind == b'd' {
            return self.copied(body, length);
        }
        let whole = length.saturating_add(head);
        let read = body.min(MAX_MESSAGE);
        let start = head.saturating_add(4);
        let Some(message) = bytes.get(start..start.saturating_add(read)) else {
            return Step::More;
        };
        if typed {
            self.request(kind, message, sink);
        } else if self.start(message, sink).is_none() {
            self.fault(Side::Client, MALFORMED_REQUEST, sink);
        }
        Step::Skip(whole as u64)
    }

    /// A message that begins the connection, or asks for TLS first.
    fn start(&mut self, message: &[u8], sink: &mut dyn Sink) -> Option<()> {
        let mut cut = Cut(message);
        match (cut.be16()?, cut.be16()?) {
            (1234, 5679) => self.ask(Kind::Tls, sink, |exchange| {
                exchange.detail.request.text("message", b"SSL Request");
            }),
            (1234, 5678) => {
                let (process, secret) = (cut.be32()?, cut.be32()?);
                self.ask(Kind::Query, sink, |exchange| {
                    let request = &mut exchange.detail.request;
                    request.text("message", b"cancel_request");
                    request.number("process_id", process);
                    request.number("secret_key", secret);
                });
                self.finish_all(sink);
            }
            (major, minor) => {
                self.is_started = true;
                let mut user = Vec::new();
                self.ask_checked(Kind::Startup, sink, |exchange| {
                    let request = &mut exchange.detail.request;
                    request.text("protocol_version", format!("{major}.{minor}").as_bytes());
                    message::startup(&mut cut, request, &mut user).filter(|()| major == 3)
                });
                self.user = user;
                let session = log::Session::read(message);
                if let Some(exchange) = self.pending.back_mut() {
                    exchange.detail.session = session.map(Box::new);
                }
            }
        }
        Some(())
    }

    fn request(&mut self, kind: u8, message: &[u8], sink: &mut dyn Sink) {
        match kind {
            b'Q' => {
                let query = message.strip_suffix(b"\0").unwrap_or(message);
                self.ask(Kind::Query, sink, |exchange| {
                    exchange.put(QUERY, Side::Client, query);
                    exchange.detail.request.text("simple_query", query);
                });
            }
            b'p' => self.password(message, sink),
            b'P' | b'B' | b'D' | b'E' | b'S' => self.extended(kind, message, sink),
            b'X' => {
                self.ask(Kind::Query, sink, |exchange| {
                    exchange
                        .detail
                        .request
                        .text("message", b"termination_message");
                });
                self.finish_all(sink);
            }
            b'c' | b'f' => {
                let name: &[u8] = if kind == b'c' {
                    b"copy_done"
                } else {
                    b"copy_fail"
                };
                let is_copy = |one: &Exchange<Talk>| one.detail.kind == Kind::CopyIn;
                match self.pending.iter_mut().rev().find(|one| is_copy(one)) {
                    Some(exchange) => exchange.detail.request.text("message", name),
                    None => self.ask(Kind::CopyIn, sink, |exchange| {
                        exchange.detail.request.text("message", name);
                    }),
                }
            }
            _ => {}
        }
    }

    fn password(&mut self, message: &[u8], sink: &mut dyn Sink) {
        let sasl = self.sasl;
        self.plain_password = self.asked_plain;
        self.sasl = sasl.map(|_| false);
        self.ask(Kind::Password, sink, |exchange| {
            let request = &mut exchange.detail.request;
            match sasl {
                Some(true) => message::sasl_first(message, request),
                Some(false) => request.text("sasl_response", message),
                None => request.boolean("password_redacted", true),
            }
        });
    }

    /// Copied rows are counted, not read.
    fn copied(&mut self, body: usize, length: usize) -> Step {
        let last = self.pending.back_mut();
        if let Some(exchange) = last.filter(|one| one.detail.kind == Kind::CopyIn) {
            let (count, size) = &mut exchange.detail.copied;
            *count = count.saturating_add(1);
            *size = size.saturating_add(body as u64);
        }
        Step::Skip((length as u64).saturating_add(1))
    }

    fn server(&mut self, bytes: &[u8], sink: &mut dyn Sink) -> Step {
        let asked_tls = self
            .pending
            .front()
            .is_some_and(|one| one.detail.kind == Kind::Tls);
        if asked_tls && let Some(answer @ (b'S' | b'N')) = bytes.first() {
            return self.tls(*answer == b'S', sink);
        }
        let (Some(kind), Some(length)) = (bytes.first(), length(bytes, 1)) else {
            return Step::More;
        };
        let Some(body) = length.checked_sub(4) else {
            self.fault(Side::Server, INVALID_LENGTH, sink);
            return Step::Stop(Next::Done);
        };
        // Of a row only the number of columns is read.
        let read = if matches!(kind, b'D' | b'T' | b'd') {
            2
        } else {
            MAX_MESSAGE
        };
        let end = body.min(read).saturating_add(5);
        let Some(message) = bytes.get(5..end) else {
            return Step::More;
        };
        self.answer(*kind, body, message, sink);
        Step::Skip((length as u64).saturating_add(1))
    }

    fn tls(&mut self, accepted: bool, sink: &mut dyn Sink) -> Step {
        if let Some(mut exchange) = self.pending.pop_front() {
            exchange.detail.response.boolean("ssl_accepted", accepted);
            exchange.finish(Side::Client, sink);
        }
        if accepted {
            return Step::Switch(1, Some("tls"));
        }
        Step::Used(1)
    }

    fn answer(&mut self, kind: u8, body: usize, message: &[u8], sink: &mut dyn Sink) {
        let Some(exchange) = self.pending.front_mut() else {
            return;
        };
        let talk = &mut exchange.detail;
        let response = &mut talk.response;
        let mut cut = Cut(message);
        let outcome = match kind {
            b'R' => return self.authentication(message, sink),
            b'S' => message::parameter(&mut cut, &mut talk.parameters),
            b'K' => message::key(&mut cut, response),
            // Several commands in one query are each completed.
            b'C' if std::mem::replace(&mut talk.is_completed, true) => Some(()),
            b'C' => message::text(&mut cut, "command_completed", response),
            b'T' if std::mem::replace(&mut talk.has_columns, true) => Some(()),
            b'T' => message::number(&mut cut, "field_count", response),
            b'D' => cut.be16().map(|columns| {
                let heads = u32::from(columns)
                    .min(MAX_COLUMNS)
                    .saturating_mul(4)
                    .saturating_add(2);
                let size = (body as u64).saturating_sub(u64::from(heads));
                talk.rows = talk.rows.saturating_add(1);
                talk.row_bytes = talk.row_bytes.saturating_add(size);
            }),
            b'E' => {
                talk.failure.get_or_insert_with(|| message::reason(message));
                message::error(&mut cut, response);
                let ends = talk.kind.is_login();
                if ends {
                    self.login(false, sink);
                    self.finish(sink);
                }
                return;
            }
            b'G' | b'H' => return self.copy(kind, message, sink),
            b'Z' => {
                if talk.kind.is_login() {
                    self.login(true, sink);
                }
                return self.finish(sink);
            }
            _ => Some(()),
        };
        if outcome.is_none() {
            exchange.event(Side::Server, MALFORMED_RESPONSE, sink);
        }
    }

    /// What the server wants for a password; that ends the request, but for the last answer.
    fn authentication(&mut self, message: &[u8], sink: &mut dyn Sink) {
        let Some(exchange) = self.pending.front_mut() else {
            return;
        };
        let Some(method) = message::authentication(message, &mut exchange.detail.response) else {
            return exchange.event(Side::Server, MALFORMED_RESPONSE, sink);
        };
        match method {
            message::Method::Accepted | message::Method::SaslFinal => return,
            message::Method::Plain => self.asked_plain = true,
            message::Method::Sasl => self.sasl = Some(true),
            message::Method::Other => {}
        }
        self.finish(sink);
    }

    fn copy(&mut self, kind: u8, message: &[u8], sink: &mut dyn Sink) {
        let name = if kind == b'G' {
            "copy_in_response"
        } else {
            "copy_out_response"
        };
        let columns = Cut(message.get(1..).unwrap_or_default()).be16();
        if let Some(exchange) = self.pending.front_mut() {
            exchange.detail.response.object(name, |copy| {
                copy.number("columns", columns.unwrap_or(0));
            });
        }
        if kind == b'G' {
            self.finish(sink);
            self.ask(Kind::CopyIn, sink, |_| {});
        }
    }

    fn login(&mut self, accepted: bool, sink: &mut dyn Sink) {
        if !self.user.is_empty() {
            sink.learn(Fact::Login {
                user: bounded(&self.user, MAX_NAME),
                plain_password: self.plain_password,
                accepted: Some(accepted),
            });
            self.user = Vec::new();
        }
    }

    fn fault(&mut self, side: Side, event: usize, sink: &mut dyn Sink) {
        match self.pending.back_mut() {
            Some(exchange) => exchange.event(side, event, sink),
            None => self.ask(Kind::Query, sink, |_| {}),
        }
        if let Some(exchange) = self.pending.back_mut() {
            exchange.event(side, event, sink);
        }
    }

    fn finish(&mut self, sink: &mut dyn Sink) {
        if let Some(mut exchange) = self.pending.pop_front() {
            exchange.finish(Side::Client, sink);
        }
    }

    fn finish_all(&mut self, sink: &mut dyn Sink) {
        while !self.pending.is_empty() {
            self.finish(sink);
        }
    }
}

/// The length that a message gives, itself included.
fn length(bytes: &[u8], at: usize) -> Option<usize> {
    let mut cut = Cut(bytes.get(at..)?);
    cut.be32().map(|length| length as usize)
}

#[cfg(test)]
mod tests;
