//! MySQL: who logs in, and which commands are given with which outcome.
//!
//! MySQL's client/server protocol ("Connection Phase" and "Command Phase" of the MySQL internals manual).
//! A transaction is a login or a command with the first packet of its answer.

#![allow(clippy::doc_markdown, reason = "product names are not code")]

mod command;

use wirewatch_records::{MysqlRow, Row};

use crate::application::{Application, COMPLETE, Facts, Next, Parser};
use crate::exchange::{Detail, Exchange, field as one};
use crate::protocol::Side;
use crate::sink::{Fact, Sink};
use crate::waiting::{Cut, Sides, Step, Waiting, bounded, drive};

/// The parser.
pub(crate) static MYSQL: Application = Application {
    names: &["mysql"],
    new: |_: &Facts| Box::new(Mysql::default()),
    frames: &[],
    buffers: &[
        one("mysql.command", Side::Client, COMPLETE),
        one("mysql.argument", Side::Client, COMPLETE),
        one("mysql.response", Side::Server, COMPLETE),
    ],
    numbers: &[],
    events: &[],
};

const COMMAND: usize = 0;
const ARGUMENT: usize = 1;
const RESPONSE: usize = 2;

/// Bytes of a packet that are read.
const MAX_READ: usize = 16 << 10;

const TLS: u32 = 1 << 11;
const PROTOCOL_41: u32 = 1 << 9;
const QUERY_ATTRIBUTES: u32 = 1 << 27;

/// What the client's next packet is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Phase {
    #[default]
    Greeting,
    Login,
    Commands,
}

#[derive(Debug, Default)]
struct Outcome {
    success: Option<bool>,
    rows: Option<u64>,
    is_login: bool,
}

impl Detail for Outcome {
    fn row(exchange: &Exchange<Self>, put: &mut dyn FnMut(&Row<'_>)) {
        let row = MysqlRow {
            tx_id: exchange.id(),
            command: exchange.first(COMMAND).unwrap_or_default(),
            argument: exchange.first(ARGUMENT).unwrap_or_default(),
            success: exchange.detail.success,
            rows: exchange.detail.rows,
            response: exchange.first(RESPONSE),
        };
        put(&row.into());
    }
}

#[derive(Default)]
struct Mysql {
    waiting: Sides<Waiting>,
    pending: Option<Box<Exchange<Outcome>>>,
    next: u64,
    phase: Phase,
    capabilities: u32,
}

impl Parser for Mysql {
    fn data(&mut self, side: Side, bytes: &[u8], sink: &mut dyn Sink) -> Next {
        drive!(self.waiting, side, bytes, MAX_READ + 4, |bytes| {
            self.packet(side, bytes, sink)
        })
    }

    fn gap(&mut self, side: Side, length: u64, sink: &mut dyn Sink) -> Next {
        if self.waiting.mut_of(side).lose(length) {
            return Next::More;
        }
        self.finish(sink);
        Next::Done
    }

    fn end(&mut self, side: Side, sink: &mut dyn Sink) {
        if side == Side::Server {
            self.finish(sink);
        }
    }

    fn held(&self) -> usize {
        let pending = self.pending.as_ref();
        let pending = pending.map_or(0, |one| one.held() + size_of::<Exchange<Outcome>>());
        self.waiting.held() + pending
    }
}

impl Mysql {
    /// Three bytes of length, one of order, and the content.
    fn packet(&mut self, side: Side, bytes: &[u8], sink: &mut dyn Sink) -> Step {
        let Some(&[low, middle, high, order]) = bytes.first_chunk::<4>() else {
            return Step::More;
        };
        let length = u32::from_le_bytes([low, middle, high, 0]) as usize;
        let Some(content) = bytes.get(4..length.min(MAX_READ).saturating_add(4)) else {
            return Step::More;
        };
        match side {
            Side::Client if self.client(order, length, content, sink) => {
                return Step::Switch(length.saturating_add(4), Some("tls"));
            }
            Side::Client => {}
            Side::Server => self.server(content, sink),
        }
        Step::Skip((length as u64).saturating_add(4))
    }

    fn begin(&mut self, command: &[u8], argument: &[u8], is_login: bool, sink: &mut dyn Sink) {
        self.finish(sink);
        let detail = Outcome {
            is_login,
            ..Outcome::default()
        };
        let mut exchange = Exchange::new(self.next, &MYSQL, detail);
        self.next = self.next.saturating_add(1);
        exchange.put(COMMAND, Side::Client, command);
        exchange.put(ARGUMENT, Side::Client, argument);
        exchange.reach(Side::Client, COMPLETE, sink);
        self.pending = Some(Box::new(exchange));
    }

    /// A packet of the client; true when TLS begins after it.
    fn client(&mut self, order: u8, length: usize, content: &[u8], sink: &mut dyn Sink) -> bool {
        match self.phase {
            Phase::Greeting if order == 0 => {
                // The greeting was not seen: this is a command.
                self.phase = Phase::Commands;
            }
            Phase::Greeting => {
                self.phase = Phase::Login;
                return self.login(length, content, sink);
            }
            // Further packets of a login, or of a file that is loaded.
            Phase::Login => return false,
            Phase::Commands => {}
        }
        let Some((code, rest)) = content.split_first().filter(|_| order == 0) else {
            return false;
        };
        let name = command::name(*code);
        let has_attributes = self.capabilities & QUERY_ATTRIBUTES != 0;
        let argument = command::argument(*code, rest, has_attributes);
        self.begin(name.as_bytes(), argument, false, sink);
        if !command::has_answer(*code) {
            self.finish(sink);
        }
        false
    }

    fn login(&mut self, length: usize, content: &[u8], sink: &mut dyn Sink) -> bool {
        let mut cut = Cut(content);
        let capabilities = u32::from(cut.le16().unwrap_or(0));
        let is_new = capabilities & PROTOCOL_41 != 0;
        let upper = if is_new {
            u32::from(cut.le16().unwrap_or(0)) << 16
        } else {
            0
        };
        self.capabilities = capabilities | upper;
        // Asking for TLS is the beginning of a login.
        if capabilities & TLS != 0 && length <= 32 {
            return true;
        }
        cut.take(if is_new { 28 } else { 3 });
        let user = cut.text().unwrap_or_default();
        self.begin(b"login", bounded(user, 256), true, sink);
        false
    }

    fn server(&mut self, content: &[u8], sink: &mut dyn Sink) {
        let Some((kind, rest)) = content.split_first() else {
            return;
        };
        let Some(exchange) = &mut self.pending else {
            return;
        };
        let is_login = exchange.detail.is_login;
        let success = match kind {
            0xff => {
                let message = command::error(rest);
                exchange.put(RESPONSE, Side::Server, message);
                false
            }
            0 => {
                exchange.detail.rows = command::count(&mut Cut(rest));
                true
            }
            // The login goes on.
            1 | 0xfe if is_login => return,
            _ => {
                exchange.detail.rows = Some(0);
                true
            }
        };
        exchange.detail.success = Some(success);
        if is_login {
            self.phase = Phase::Commands;
            sink.learn(Fact::Login {
                user: exchange.first(ARGUMENT).unwrap_or_default(),
                plain_password: false,
                accepted: Some(success),
            });
        }
        self.finish(sink);
    }

    fn finish(&mut self, sink: &mut dyn Sink) {
        if let Some(mut exchange) = self.pending.take() {
            exchange.finish(Side::Client, sink);
        }
    }
}

#[cfg(test)]
mod tests;
