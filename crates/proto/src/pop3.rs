//! POP3: commands, answers, and who logs in.
//!
//! RFC 1939, RFC 2449 (CAPA), RFC 2595 (STLS), RFC 5034 (AUTH). A transaction is a command with its answer.

use std::collections::VecDeque;

use wirewatch_records::{Pop3Row, Row};

use crate::application::{Application, COMPLETE, Facts, Next, Parser};
use crate::exchange::{Detail, Exchange, event, field as one, fields as many};
use crate::protocol::Side;
use crate::sasl::Login;
use crate::sink::{Fact, Sink};
use crate::waiting::{Sides, Step, Waiting, bounded, drive, line, split};

/// The parser.
pub(crate) static POP3: Application = Application {
    names: &["pop3"],
    new: |_: &Facts| Box::new(Pop3::default()),
    frames: &[],
    buffers: &[
        one("pop3.command", Side::Client, COMPLETE),
        many("pop3.args", Side::Client, COMPLETE),
        one("pop3.response", Side::Server, COMPLETE),
    ],
    numbers: &[],
    events: &[
        event(
            "pop3.too_many_transactions",
            "More commands wait for an answer than any client sends.",
        ),
        event(
            "pop3.command_too_long",
            "A command is longer than is read of it.",
        ),
        event(
            "pop3.response_too_long",
            "A line of an answer is longer than is read of it.",
        ),
        event(
            "pop3.unknown_command",
            "A command is none of POP3's or of its extensions.",
        ),
        event(
            "pop3.incorrect_argument_count",
            "A command has more or fewer arguments than it can have.",
        ),
    ],
};

const COMMAND: usize = 0;
const ARGUMENTS: usize = 1;
const HEADER: usize = 2;
const DATA: usize = 3;

const TOO_MANY: usize = 0;
const COMMAND_TOO_LONG: usize = 1;
const RESPONSE_TOO_LONG: usize = 2;
const UNKNOWN_COMMAND: usize = 3;
const ARGUMENT_COUNT: usize = 4;

/// A line that is read; commands have at most 255 bytes, lines of mails 1000.
const MAX_LINE: usize = 4 << 10;
/// Commands that wait for their answer.
const MAX_PENDING: usize = 32;
/// Lines of an answer that are kept: capabilities and short lists, not mails.
const MAX_DATA: u16 = 32;
/// Bytes kept of such a line.
const MAX_DATA_LINE: usize = 256;
/// Words of a command.
const MAX_ARGUMENTS: usize = 8;

/// What stands for a command where the client's line belongs to an `AUTH`.
const SASL: &[u8] = b"<SASL DATA>";

#[derive(Debug, Default)]
struct Answer {
    success: Option<bool>,
    lines: u16,
    has_data: bool,
}

impl Detail for Answer {
    fn row(exchange: &Exchange<Self>, put: &mut dyn FnMut(&Row<'_>)) {
        let texts = |number| {
            exchange
                .all(number)
                .map(String::from_utf8_lossy)
                .collect::<Vec<_>>()
        };
        let (arguments, data) = (texts(ARGUMENTS), texts(DATA));
        let arguments: Vec<&str> = arguments.iter().map(|text| &**text).collect();
        let data: Vec<&str> = data.iter().map(|text| &**text).collect();
        let success = exchange.detail.success;
        let row = Pop3Row {
            tx_id: exchange.id(),
            command: exchange.first(COMMAND),
            arguments: &arguments,
            success,
            status: success.map(|success| if success { "OK" } else { "ERR" }),
            header: exchange.first(HEADER),
            data: &data,
        };
        put(&row.into());
    }
}

#[derive(Default)]
struct Pop3 {
    waiting: Sides<Waiting>,
    pending: VecDeque<Exchange<Answer>>,
    next: u64,
    user: Vec<u8>,
    has_password: bool,
    sasl: Login,
    /// Whether the client's next lines belong to an `AUTH`.
    in_auth: bool,
    /// Whether the server has not ended an `AUTH`, so that any line may belong to it.
    in_login: bool,
    is_greeted: bool,
}

impl Parser for Pop3 {
    fn data(&mut self, side: Side, bytes: &[u8], sink: &mut dyn Sink) -> Next {
        drive!(self.waiting, side, bytes, MAX_LINE, |bytes| {
            let (line, length) = match line(bytes) {
                Some(found) => found,
                None if bytes.len() < MAX_LINE => return Step::More,
                None => (bounded(bytes, MAX_LINE), bytes.len()),
            };
            if side == Side::Client {
                self.command(line, sink);
                return Step::Used(length);
            }
            if self.answer(line, sink) {
                return Step::Switch(length, Some("tls"));
            }
            Step::Used(length)
        })
    }

    fn gap(&mut self, side: Side, length: u64, _: &mut dyn Sink) -> Next {
        self.waiting.mut_of(side).lose(length);
        Next::More
    }

    fn end(&mut self, side: Side, sink: &mut dyn Sink) {
        if side == Side::Server || !self.is_greeted {
            while let Some(mut exchange) = self.pending.pop_front() {
                exchange.finish(Side::Client, sink);
            }
        }
    }

    fn held(&self) -> usize {
        let pending = self
            .pending
            .iter()
            .map(|one| one.held() + size_of::<Exchange<Answer>>());
        self.waiting.held() + self.sasl.held() + pending.sum::<usize>()
    }
}

impl Pop3 {
    fn begin(&mut self) -> Exchange<Answer> {
        let id = self.next;
        self.next = id.saturating_add(1);
        Exchange::new(id, &POP3, Answer::default())
    }

    fn command(&mut self, line: &[u8], sink: &mut dyn Sink) {
        let mut exchange = self.begin();
        if line.len() >= MAX_LINE {
            exchange.event(Side::Client, COMMAND_TOO_LONG, sink);
        }
        let (verb, rest) = split(line, b' ');
        let verb = verb.to_ascii_uppercase();
        if !self.in_login {
            let count = rest.split(|byte| *byte == b' ');
            let count = count.filter(|word| !word.is_empty()).count();
            match arguments(&verb) {
                None => exchange.event(Side::Client, UNKNOWN_COMMAND, sink),
                Some((least, most)) if count < least || count > most => {
                    exchange.event(Side::Client, ARGUMENT_COUNT, sink);
                }
                Some(_) => {}
            }
        }
        let is_sasl = self.sasl.goes_on() || self.in_auth && (verb.len() > 4 || verb == b"*");
        if self.sasl.goes_on() {
            self.sasl.line(line);
        }
        if is_sasl {
            exchange.put(COMMAND, Side::Client, SASL);
        } else {
            exchange.put(COMMAND, Side::Client, &verb);
            let words = rest
                .split(|byte| *byte == b' ')
                .filter(|word| !word.is_empty());
            for word in words.take(MAX_ARGUMENTS) {
                exchange.put(ARGUMENTS, Side::Client, word);
            }
        }
        exchange.detail.has_data = match verb.as_slice() {
            b"LIST" | b"UIDL" => rest.is_empty(),
            b"TOP" | b"RETR" | b"CAPA" => true,
            _ => false,
        };
        self.in_login |= verb == b"AUTH";
        self.in_auth = verb == b"AUTH" || self.in_auth && is_sasl;
        match verb.as_slice() {
            b"USER" => self.user = bounded(rest, MAX_DATA_LINE).to_vec(),
            b"APOP" => self.user = bounded(split(rest, b' ').0, MAX_DATA_LINE).to_vec(),
            b"PASS" => self.has_password = true,
            b"AUTH" => self.sasl = Login::begin(rest),
            _ => {}
        }
        exchange.reach(Side::Client, COMPLETE, sink);
        if self.pending.len() >= MAX_PENDING
            && let Some(mut oldest) = self.pending.pop_front()
        {
            exchange.event(Side::Client, TOO_MANY, sink);
            oldest.finish(Side::Client, sink);
        }
        self.pending.push_back(exchange);
    }

    /// A line of an answer; true when TLS begins after it.
    fn answer(&mut self, line: &[u8], sink: &mut dyn Sink) -> bool {
        self.is_greeted = true;
        let mut exchange = match self.pending.pop_front() {
            Some(exchange) => exchange,
            None => self.begin(),
        };
        if line.len() >= MAX_LINE {
            exchange.event(Side::Server, RESPONSE_TOO_LONG, sink);
        }
        if exchange.detail.success.is_some() {
            let is_last = line == b".";
            exchange.detail.lines = exchange.detail.lines.saturating_add(1);
            if !is_last && exchange.detail.lines <= MAX_DATA {
                let line = line.strip_prefix(b".").unwrap_or(line);
                exchange.put(DATA, Side::Server, bounded(line, MAX_DATA_LINE));
            }
            if is_last {
                exchange.finish(Side::Client, sink);
            } else {
                self.pending.push_front(exchange);
            }
            return false;
        }
        let (status, header) = split(line, b' ');
        // A continuation of AUTH is a `+` alone (RFC 5034, section 4).
        let success = matches!(status, b"+OK" | b"+");
        exchange.detail.success = Some(success);
        exchange.put(HEADER, Side::Server, header);
        let has_data = success && exchange.detail.has_data;
        let is_tls = self.act(&exchange, success, status == b"+", sink);
        if has_data {
            self.pending.push_front(exchange);
        } else {
            exchange.finish(Side::Client, sink);
        }
        is_tls
    }

    fn act(
        &mut self,
        exchange: &Exchange<Answer>,
        success: bool,
        goes_on: bool,
        sink: &mut dyn Sink,
    ) -> bool {
        let command = exchange.first(COMMAND).unwrap_or_default();
        if !goes_on {
            self.in_auth = false;
            self.in_login = false;
        }
        match command {
            b"AUTH" | SASL if goes_on => {
                self.sasl.asked(exchange.first(HEADER).unwrap_or_default());
            }
            b"AUTH" | SASL => self.sasl.answered(success, sink),
            b"STLS" => return success,
            b"PASS" | b"APOP" => sink.learn(Fact::Login {
                user: &self.user,
                plain_password: std::mem::take(&mut self.has_password),
                accepted: Some(success),
            }),
            _ => {}
        }
        false
    }
}

/// How many arguments a command has at least and at most (RFC 1939, RFC 2449, RFC 2595, RFC 5034, RFC 6856); none when
/// it is not known. Names and passwords may hold spaces.
fn arguments(verb: &[u8]) -> Option<(usize, usize)> {
    Some(match verb {
        b"USER" | b"PASS" => (1, usize::MAX),
        b"APOP" | b"TOP" => (2, 2),
        b"RETR" | b"DELE" => (1, 1),
        b"LIST" | b"UIDL" | b"LANG" => (0, 1),
        b"AUTH" => (0, 2),
        b"QUIT" | b"STAT" | b"NOOP" | b"RSET" | b"CAPA" | b"STLS" | b"UTF8" => (0, 0),
        _ => return None,
    })
}

#[cfg(test)]
mod tests;
