//! IMAP: commands, answers, who logs in, and where TLS begins. What the mails say is not read.
//!
//! RFC 9051: commands with tags (section 6), STARTTLS (6.2.1), AUTHENTICATE (6.2.2), LOGIN (6.2.3), responses (7), literals (4.3). A
//! transaction is a command with its answer.

mod request;

use std::collections::VecDeque;

use wirewatch_records::{ImapRow, Row};

use crate::application::{Application, COMPLETE, Facts, Next, Parser};
use crate::exchange::{Detail, Exchange, event, field as one, fields as many};
use crate::protocol::Side;
use crate::sasl::Login;
use crate::sink::Sink;
use crate::waiting::{Sides, Step, Waiting, bounded, drive, line, split};
use request::{Line, literal};

/// The parser.
pub(crate) static IMAP: Application = Application {
    names: &["imap"],
    new: |_: &Facts| Box::new(Imap::default()),
    frames: &[],
    buffers: &[
        one("imap.tag", Side::Client, COMPLETE),
        one("imap.command", Side::Client, COMPLETE),
        one("imap.args", Side::Client, COMPLETE),
        one("imap.status", Side::Server, COMPLETE),
        one("imap.response", Side::Server, COMPLETE),
        many("imap.data", Side::Server, COMPLETE),
    ],
    numbers: &[],
    events: &[event(
        "imap.too_many_transactions",
        "More commands wait for an answer than any client sends.",
    )],
};

const TAG: usize = 0;
const COMMAND: usize = 1;
const ARGUMENTS: usize = 2;
const STATUS: usize = 3;
const TEXT: usize = 4;
const DATA: usize = 5;

const TOO_MANY: usize = 0;

/// A line that is read; RFC 7162 asks servers to take 8 KiB, and what matters stands before that.
const MAX_LINE: usize = 4 << 10;
/// Bytes of a command that are kept, and of a line of an answer.
const MAX_TEXT: usize = 256;
/// Commands that wait for their answer.
const MAX_PENDING: usize = 32;
/// Lines before an answer that are kept: capabilities and folders, not all flags of a thousand mails.
const MAX_DATA: u8 = 32;

/// What is kept beside the values of a command.
#[derive(Debug, Default)]
struct Known {
    lines: u8,
}

impl Detail for Known {
    fn row(exchange: &Exchange<Self>, put: &mut dyn FnMut(&Row<'_>)) {
        let data: Vec<_> = exchange.all(DATA).map(String::from_utf8_lossy).collect();
        let data: Vec<&str> = data.iter().map(|text| &**text).collect();
        let row = ImapRow {
            tx_id: exchange.id(),
            tag: exchange.first(TAG),
            command: exchange.first(COMMAND),
            arguments: exchange.first(ARGUMENTS),
            status: exchange.first(STATUS),
            text: exchange.first(TEXT),
            data: &data,
        };
        put(&row.into());
    }
}

#[derive(Default)]
struct Imap {
    waiting: Sides<Waiting>,
    pending: VecDeque<Exchange<Known>>,
    next: u64,
    /// The command that goes on behind a literal.
    request: Line,
    login: Login,
    /// The tag of the command that logs in.
    login_tag: Vec<u8>,
    /// What the server says next goes on a line that a literal stood in.
    is_inside: bool,
    is_greeted: bool,
}

impl Parser for Imap {
    fn data(&mut self, side: Side, bytes: &[u8], sink: &mut dyn Sink) -> Next {
        drive!(self.waiting, side, bytes, MAX_LINE * 2, |bytes| {
            let (line, length) = match line(bounded(bytes, MAX_LINE)) {
                Some(found) => found,
                None if bytes.len() < MAX_LINE => return Step::More,
                None => (bounded(bytes, MAX_LINE), bytes.len()),
            };
            match side {
                Side::Client => self.request(line, length, bytes, sink),
                Side::Server => self.response(line, length, sink),
            }
        })
    }

    fn gap(&mut self, side: Side, length: u64, _: &mut dyn Sink) -> Next {
        self.waiting.mut_of(side).lose(length);
        match side {
            Side::Client => self.request = Line::default(),
            Side::Server => self.is_inside = false,
        }
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
            .map(|one| one.held() + size_of::<Exchange<Known>>());
        self.waiting.held() + pending.sum::<usize>() + self.request.held() + self.login.held()
    }
}

impl Imap {
    /// A line of the client, or a part of one with the literal behind it.
    fn request(&mut self, line: &[u8], length: usize, bytes: &[u8], sink: &mut dyn Sink) -> Step {
        if self.login.goes_on() && self.request.is_empty() {
            self.login.line(line);
            return Step::Used(length);
        }
        let Some((before, size)) = literal(line) else {
            self.request.add(line);
            let whole = std::mem::take(&mut self.request);
            self.command(&whole, sink);
            return Step::Used(length);
        };
        if size > MAX_TEXT as u64 {
            self.request.add(line);
            return Step::Skip(size.saturating_add(length as u64));
        }
        let end = length.saturating_add(size as usize);
        let Some(value) = bytes.get(length..end) else {
            return Step::More;
        };
        self.request.add(before);
        self.request.add_value(value);
        Step::Used(end)
    }

    fn command(&mut self, line: &Line, sink: &mut dyn Sink) {
        let (tag, rest) = split(line.text(), b' ');
        let (verb, rest) = split(rest, b' ');
        if verb.is_empty() {
            // The end of IDLE (RFC 2177) has no tag.
            return;
        }
        let verb = verb.to_ascii_uppercase();
        let arguments = match verb.as_slice() {
            b"LOGIN" => {
                let (user, _) = request::word(rest);
                self.login = Login::Given(user.to_vec());
                self.login_tag = tag.to_vec();
                user
            }
            b"AUTHENTICATE" => {
                self.login = Login::begin(rest);
                self.login_tag = tag.to_vec();
                split(rest, b' ').0
            }
            _ => rest,
        };
        let mut exchange = self.begin();
        exchange.put(TAG, Side::Client, tag);
        exchange.put(COMMAND, Side::Client, &verb);
        if !arguments.is_empty() {
            exchange.put(ARGUMENTS, Side::Client, arguments);
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

    fn begin(&mut self) -> Exchange<Known> {
        let id = self.next;
        self.next = id.saturating_add(1);
        Exchange::new(id, &IMAP, Known::default())
    }

    /// A line of the server; what stands in a literal is passed over.
    fn response(&mut self, line: &[u8], length: usize, sink: &mut dyn Sink) -> Step {
        let skipped = literal(line).map(|(_, size)| size);
        let goes_on = std::mem::replace(&mut self.is_inside, skipped.is_some());
        if !goes_on && let Some(next) = self.answer(line, sink) {
            return match next {
                Next::Switch { to, .. } => Step::Switch(length, to),
                next => Step::Stop(next),
            };
        }
        Step::Skip(skipped.unwrap_or(0).saturating_add(length as u64))
    }

    /// What a line of the server means; something when the parser has come to an end.
    fn answer(&mut self, line: &[u8], sink: &mut dyn Sink) -> Option<Next> {
        let (first, rest) = split(line, b' ');
        match first {
            b"+" => self.login.asked(rest),
            b"*" if !self.is_greeted && self.pending.is_empty() => self.greeting(rest, sink),
            b"*" => self.data_line(rest),
            tag => return self.tagged(tag, rest, sink),
        }
        None
    }

    fn greeting(&mut self, rest: &[u8], sink: &mut dyn Sink) {
        self.is_greeted = true;
        let mut exchange = self.begin();
        put_status(&mut exchange, rest);
        exchange.finish(Side::Server, sink);
    }

    fn data_line(&mut self, rest: &[u8]) {
        if let Some(exchange) = self.pending.front_mut()
            && exchange.detail.lines < MAX_DATA
        {
            exchange.detail.lines += 1;
            exchange.put(DATA, Side::Server, bounded(rest, MAX_TEXT));
        }
    }

    fn tagged(&mut self, tag: &[u8], rest: &[u8], sink: &mut dyn Sink) -> Option<Next> {
        self.is_greeted = true;
        let is_meant = |one: &Exchange<Known>| one.first(TAG) == Some(tag);
        let place = self.pending.iter().position(is_meant)?;
        let mut exchange = self.pending.remove(place)?;
        put_status(&mut exchange, rest);
        let accepted = split(rest, b' ').0.eq_ignore_ascii_case(b"OK");
        exchange.finish(Side::Client, sink);
        match exchange.first(COMMAND).unwrap_or_default() {
            b"LOGIN" | b"AUTHENTICATE" if tag == self.login_tag => {
                self.login.answered(accepted, sink);
            }
            b"STARTTLS" if accepted => {
                return Some(Next::Switch {
                    rest: 0,
                    to: Some("tls"),
                });
            }
            // What follows is packed (RFC 4978).
            b"COMPRESS" if accepted => return Some(Next::Done),
            _ => {}
        }
        None
    }
}

/// Keeps the status of an answer and what follows it.
fn put_status(exchange: &mut Exchange<Known>, rest: &[u8]) {
    let (status, text) = split(rest, b' ');
    exchange.put(STATUS, Side::Server, bounded(status, MAX_TEXT));
    exchange.put(TEXT, Side::Server, bounded(text, MAX_TEXT));
}

#[cfg(test)]
mod tests;
