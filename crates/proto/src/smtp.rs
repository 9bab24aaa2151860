//! SMTP: who sends mail to whom, what it says and carries, and who logs in.
//!
//! RFC 5321 (commands and replies), RFC 2920 (pipelining), RFC 3030 (BDAT), RFC 3207 (STARTTLS),
//! RFC 4954 (AUTH). A transaction is a mail with the commands that lead to it.

mod letter;
mod replies;
mod table;

use std::collections::VecDeque;

use crate::application::{Facts, Next, Parser, Transaction};
use crate::exchange::Exchange;
use crate::mime::MAX_LINE;
use crate::protocol::Side;
use crate::sasl::Login;
use crate::sink::{Frame, Sink};
use crate::waiting::{Sides, Step, Waiting, bounded, drive, line, split};
use letter::Letter;
pub(crate) use table::SMTP;
use table::{
    BODY_DONE, COMMAND_LINE, COMMANDS, DATA, DUPLICATE_FIELDS, ENVELOPE, INVALID_BDAT,
    INVALID_PIPELINED_SEQUENCE, LONG_CHUNK, LONG_COMMAND, LONG_REPLY, TRUNCATED_LINE,
    UNPARSABLE_CONTENT, field,
};

/// Commands that wait for their reply; servers take no more at once.
const MAX_PENDING: usize = 64;
/// Mails that wait for their last reply.
const MAX_FINISHING: usize = 4;
/// A command line; RFC 5321 allows 512 bytes, extensions more.
const MAX_COMMAND: usize = 4 << 10;
/// A value that is kept.
const MAX_VALUE: usize = 1 << 10;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Command {
    Hello,
    StartTls,
    Auth,
    Data,
    EndOfData,
    Other,
}

/// What the client's next bytes are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Phase {
    #[default]
    Commands,
    /// A message up to a line with a dot.
    Data,
    /// So many bytes of a message, the last of it or not.
    Chunk(u64, bool),
}

struct Smtp {
    facts: Facts,
    waiting: Sides<Waiting>,
    pending: VecDeque<Command>,
    phase: Phase,
    mail: Option<Box<Exchange<Letter>>>,
    finishing: VecDeque<Box<Exchange<Letter>>>,
    next: u64,
    next_file: u32,
    helo: Vec<u8>,
    new_helo: Vec<u8>,
    login: Login,
    /// Whether a chunk is over and no command has come since.
    is_behind_chunk: bool,
    is_greeted: bool,
    has_ended: Sides<bool>,
    /// Events that were told without a mail, a bit each.
    told: u32,
}

impl Parser for Smtp {
    fn data(&mut self, side: Side, bytes: &[u8], sink: &mut dyn Sink) -> Next {
        drive!(self.waiting, side, bytes, MAX_LINE, |bytes| {
            match side {
                Side::Client => self.client(bytes, sink),
                Side::Server => self.server(bytes, sink),
            }
        })
    }

    fn gap(&mut self, side: Side, length: u64, _: &mut dyn Sink) -> Next {
        self.waiting.mut_of(side).lose(length);
        let message = self
            .mail
            .as_mut()
            .and_then(|mail| mail.detail.message.as_mut());
        if side == Side::Client && self.phase != Phase::Commands {
            if let Some(message) = message {
                message.gap();
            }
            if let Phase::Chunk(left, _) = &mut self.phase {
                *left = left.saturating_sub(length);
            }
        }
        Next::More
    }

    fn end(&mut self, side: Side, sink: &mut dyn Sink) {
        if side == Side::Client && self.phase != Phase::Commands {
            self.message_end(false, sink);
        }
        *self.has_ended.mut_of(side) = true;
        if self.is_over() {
            while let Some(mail) = self.finishing.pop_front() {
                Self::put_out(mail, sink);
            }
            self.finish(sink);
        }
    }

    fn transaction(&self, id: u64) -> Option<&dyn Transaction> {
        let mut mails = self.mail.iter().chain(&self.finishing);
        let mail = mails.find(|mail| mail.id() == id)?;
        Some(&**mail)
    }

    fn held(&self) -> usize {
        let mails = self.mail.iter().chain(&self.finishing).map(|mail| {
            let message = mail
                .detail
                .message
                .as_ref()
                .map_or(0, |message| message.held());
            mail.held() + message + size_of::<Exchange<Letter>>()
        });
        self.waiting.held() + mails.sum::<usize>()
    }
}

impl Smtp {
    fn new(facts: &Facts) -> Self {
        Self {
            facts: *facts,
            waiting: Sides::default(),
            pending: VecDeque::new(),
            phase: Phase::default(),
            mail: None,
            finishing: VecDeque::new(),
            next: 0,
            next_file: 0,
            helo: Vec::new(),
            new_helo: Vec::new(),
            login: Login::None,
            is_behind_chunk: false,
            is_greeted: facts.midstream,
            has_ended: Sides::default(),
            told: 0,
        }
    }

    /// Behind the server's end the client may still have said something; without a server, its end is all.
    fn is_over(&self) -> bool {
        self.has_ended.client && (self.has_ended.server || !self.is_greeted)
    }

    fn client(&mut self, bytes: &[u8], sink: &mut dyn Sink) -> Step {
        match self.phase {
            Phase::Commands => {
                let Some((line, length)) = line(bytes) else {
                    return self.long_line(bytes, Side::Client, sink);
                };
                if line.len() > MAX_COMMAND {
                    self.event(Side::Client, LONG_COMMAND, sink);
                }
                self.command(line, sink);
                let frame = Frame::new(COMMAND_LINE, Side::Client, bytes.len(), length);
                let transaction = self.transaction();
                sink.frame(Frame {
                    transaction,
                    ..frame
                });
                if self.phase != Phase::Commands {
                    let rest = bytes.len().saturating_sub(length);
                    let frame = Frame::open(DATA, Side::Client, rest);
                    sink.frame(Frame {
                        transaction,
                        ..frame
                    });
                }
                Step::Used(length)
            }
            Phase::Data => self.data_line(bytes, sink),
            Phase::Chunk(left, is_last) => self.chunk(bytes, left, is_last, sink),
        }
    }

    /// A line without an end: wait for it, unless it is too long to be one.
    fn long_line(&mut self, bytes: &[u8], side: Side, sink: &mut dyn Sink) -> Step {
        if bytes.len() < MAX_LINE {
            return Step::More;
        }
        let event = if side == Side::Client {
            LONG_COMMAND
        } else {
            LONG_REPLY
        };
        self.event(side, event, sink);
        self.event(side, TRUNCATED_LINE, sink);
        Step::Used(bytes.len())
    }

    /// A line of a message, of which a dot alone ends it (RFC 5321, section 4.5.2).
    fn data_line(&mut self, bytes: &[u8], sink: &mut dyn Sink) -> Step {
        let Some((line, length)) = line(bytes) else {
            if bytes.len() < MAX_LINE {
                return Step::More;
            }
            let piece = bounded(bytes, MAX_LINE);
            self.event(Side::Client, TRUNCATED_LINE, sink);
            self.message_line(piece, None, sink);
            return Step::Used(piece.len());
        };
        if line.len() >= MAX_LINE {
            self.event(Side::Client, TRUNCATED_LINE, sink);
        }
        if line == b"." {
            sink.frame_end(DATA, Side::Client, bytes.len(), self.transaction());
            self.message_end(true, sink);
            self.expect_reply(Command::EndOfData);
            return Step::Used(length);
        }
        // `DATA` is the last of a group: what follows waits for its reply (RFC 2920, section 3.1).
        if self.is_greeted && !self.facts.midstream && self.pending.back() == Some(&Command::Data) {
            self.event(Side::Client, INVALID_PIPELINED_SEQUENCE, sink);
        }
        let is_bare = length == line.len().saturating_add(1);
        let line = line.strip_prefix(b".").unwrap_or(line);
        self.message_line(line, Some(if is_bare { b"\n" } else { b"\r\n" }), sink);
        Step::Used(length)
    }

    /// Bytes of a chunk, whose lines may go on in the next one (RFC 3030, section 2).
    fn chunk(&mut self, bytes: &[u8], left: u64, is_last: bool, sink: &mut dyn Sink) -> Step {
        let here = bounded(bytes, usize::try_from(left).unwrap_or(usize::MAX));
        let used = match line(here) {
            Some((line, length)) => {
                let is_bare = length == line.len().saturating_add(1);
                self.message_line(line, Some(if is_bare { b"\n" } else { b"\r\n" }), sink);
                length
            }
            // A line break may be cut: its first half waits for the other.
            None if (here.len() as u64) < left && here.len() < MAX_LINE => return Step::More,
            None => {
                let piece = bounded(here, MAX_LINE);
                self.message_line(piece, None, sink);
                piece.len()
            }
        };
        let left = left.saturating_sub(used as u64);
        self.phase = Phase::Chunk(left, is_last);
        if left == 0 {
            let rest = bytes.len().saturating_sub(used);
            sink.frame_end(DATA, Side::Client, rest, self.transaction());
            self.chunk_end(is_last, sink);
        }
        Step::Used(used)
    }

    fn chunk_end(&mut self, is_last: bool, sink: &mut dyn Sink) {
        self.is_behind_chunk = true;
        if is_last {
            self.message_end(true, sink);
            self.expect_reply(Command::EndOfData);
        } else {
            self.phase = Phase::Commands;
            self.expect_reply(Command::Other);
        }
    }

    fn message_line(&mut self, line: &[u8], end: Option<&'static [u8]>, sink: &mut dyn Sink) {
        if let Some(mail) = &mut self.mail {
            letter::read(mail, sink, |message, tell| message.line(line, end, tell));
        }
    }

    fn message_end(&mut self, complete: bool, sink: &mut dyn Sink) {
        self.phase = Phase::Commands;
        let Some(mut mail) = self.mail.take() else {
            return;
        };
        letter::read(&mut mail, sink, |message, tell| message.end(complete, tell));
        mail.detail.is_complete = complete;
        self.next_file = mail.detail.next_file();
        mail.reach(Side::Client, BODY_DONE, sink);
        if self.finishing.len() >= MAX_FINISHING
            && let Some(oldest) = self.finishing.pop_front()
        {
            Self::put_out(oldest, sink);
        }
        self.finishing.push_back(mail);
    }

    fn command(&mut self, line: &[u8], sink: &mut dyn Sink) {
        if self.login.goes_on() {
            return self.login.line(line);
        }
        let (verb, rest) = split(line, b' ');
        let rest = rest.trim_ascii();
        self.look_at(line, verb, sink);
        let is = |name: &[u8]| verb.eq_ignore_ascii_case(name);
        let kind = if is(b"EHLO") || is(b"HELO") || is(b"LHLO") {
            self.hello(rest, sink);
            Command::Hello
        } else if is(b"MAIL") {
            self.mail_from(rest, sink);
            Command::Other
        } else if is(b"RCPT") {
            let address = address(rest);
            self.mail().put(field::RCPT_TO, Side::Client, address);
            Command::Other
        } else if is(b"DATA") {
            self.message_begin(Phase::Data, sink);
            Command::Data
        } else if is(b"BDAT") {
            return self.bdat(rest, sink);
        } else if is(b"AUTH") {
            self.login = Login::begin(rest);
            Command::Auth
        } else if is(b"STARTTLS") {
            self.mail();
            Command::StartTls
        } else if is(b"RSET") {
            self.reset(sink);
            Command::Other
        } else {
            Command::Other
        };
        self.expect_reply(kind);
    }

    /// Tells what is odd about a line that should be a command.
    fn look_at(&mut self, line: &[u8], verb: &[u8], sink: &mut dyn Sink) {
        let mut verbs = VERBS.iter();
        let is_known = verbs.any(|known| verb.eq_ignore_ascii_case(known.as_bytes()));
        if std::mem::take(&mut self.is_behind_chunk) && !is_known {
            self.event(Side::Client, LONG_CHUNK, sink);
        } else if !is_known && line.iter().any(|byte| is_binary(*byte)) {
            self.event(Side::Client, UNPARSABLE_CONTENT, sink);
        }
    }

    /// The transaction that the client's last line belongs to.
    fn transaction(&self) -> Option<&dyn Transaction> {
        let mail = self
            .mail
            .as_deref()
            .or(self.finishing.back().map(|mail| &**mail));
        mail.map(|mail| mail as &dyn Transaction)
    }

    /// The transaction that the server's next reply belongs to: what comes before the reply to a message's
    /// end is still about that one.
    fn answered(&self) -> Option<&dyn Transaction> {
        let ends = self.pending.contains(&Command::EndOfData);
        let first = self.finishing.front().filter(|_| ends);
        let mail = first.map(|mail| &**mail).or(self.mail.as_deref());
        mail.map(|mail| mail as &dyn Transaction)
    }

    fn expect_reply(&mut self, command: Command) {
        if self.pending.len() < MAX_PENDING {
            self.pending.push_back(command);
        }
    }

    /// The mail at hand, begun when there is none.
    fn mail(&mut self) -> &mut Exchange<Letter> {
        let (facts, file, helo) = (&self.facts, self.next_file, &self.helo);
        let next = &mut self.next;
        self.mail.get_or_insert_with(|| {
            let mail = letter::begin(*next, facts, file, helo);
            *next = next.saturating_add(1);
            Box::new(mail)
        })
    }

    fn hello(&mut self, name: &[u8], sink: &mut dyn Sink) {
        let name = bounded(name, MAX_VALUE);
        if self.helo.is_empty() {
            self.helo = name.to_vec();
            self.mail();
        } else {
            self.event(Side::Client, DUPLICATE_FIELDS, sink);
            self.new_helo = name.to_vec();
        }
        if let Some(mail) = &mut self.mail {
            mail.reach(Side::Client, COMMANDS, sink);
        }
    }

    fn mail_from(&mut self, rest: &[u8], sink: &mut dyn Sink) {
        let address = address(rest);
        let mail = self.mail();
        if std::mem::replace(&mut mail.detail.has_sender, true) {
            return mail.event(Side::Client, DUPLICATE_FIELDS, sink);
        }
        mail.put(field::MAIL_FROM, Side::Client, address);
    }

    fn message_begin(&mut self, phase: Phase, sink: &mut dyn Sink) {
        self.phase = phase;
        let mail = self.mail();
        mail.reach(Side::Client, ENVELOPE, sink);
        if mail.detail.message.is_none() {
            mail.detail.message = Some(mail.detail.new_message());
        }
    }

    fn bdat(&mut self, rest: &[u8], sink: &mut dyn Sink) {
        let (length, last) = split(rest, b' ');
        let last = last.trim_ascii();
        let is_last = last.eq_ignore_ascii_case(b"LAST");
        let length = std::str::from_utf8(length)
            .ok()
            .and_then(|text| text.parse::<u32>().ok());
        let Some(length) = length.filter(|_| last.is_empty() || is_last) else {
            self.event(Side::Client, INVALID_BDAT, sink);
            return self.expect_reply(Command::Other);
        };
        self.message_begin(Phase::Chunk(u64::from(length), is_last), sink);
        if length == 0 {
            self.chunk_end(is_last, sink);
        }
    }

    /// The envelope is given up; what was begun is told.
    fn reset(&mut self, sink: &mut dyn Sink) {
        if self
            .mail
            .as_ref()
            .is_some_and(|mail| mail.detail.has_sender)
        {
            self.finish(sink);
        }
    }

    /// Puts the mail at hand out, complete or not.
    fn finish(&mut self, sink: &mut dyn Sink) {
        if let Some(mail) = self.mail.take() {
            Self::put_out(mail, sink);
        }
    }

    fn put_out(mut mail: Box<Exchange<Letter>>, sink: &mut dyn Sink) {
        letter::close_file(&mut mail, sink);
        mail.finish(Side::Client, sink);
    }

    /// Tells an event of the mail at hand, or of the last one; without any, of one that is nothing else,
    /// and then once per flow.
    fn event(&mut self, side: Side, event: usize, sink: &mut dyn Sink) {
        if let Some(mail) = self.mail.as_mut().or(self.finishing.back_mut()) {
            return mail.event(side, event, sink);
        }
        let bit = 1_u32.checked_shl(event as u32).unwrap_or(0);
        if self.told & bit != 0 {
            return;
        }
        self.told |= bit;
        let mut mail = letter::begin(self.next, &self.facts, self.next_file, b"");
        self.next = self.next.saturating_add(1);
        mail.event(side, event, sink);
        mail.close(sink);
    }
}

/// The commands of SMTP and its extensions.
const VERBS: [&str; 19] = [
    "EHLO", "HELO", "LHLO", "MAIL", "RCPT", "DATA", "BDAT", "AUTH", "STARTTLS", "RSET", "NOOP",
    "QUIT", "VRFY", "EXPN", "HELP", "ETRN", "ATRN", "XCLIENT", "XFORWARD",
];

/// Whether a byte is never in a text, in whatever script.
fn is_binary(byte: u8) -> bool {
    byte.is_ascii_control() && !byte.is_ascii_whitespace()
}

/// The address after `FROM:` or `TO:`, without parameters.
fn address(rest: &[u8]) -> &[u8] {
    let (_, address) = split(rest, b':');
    let (address, _) = split(address.trim_ascii_start(), b' ');
    bounded(address, MAX_VALUE)
}

#[cfg(test)]
mod tests;
