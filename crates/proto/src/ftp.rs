//! FTP's control connection: commands, replies, logins, and which data connections will come.
//!
//! RFC 959, RFC 2428 (EPRT and EPSV), RFC 4217 (TLS). A transaction is a command with its replies;
//! the server's greeting is one without a command.

mod data;
mod place;
mod record;

use std::collections::VecDeque;
use std::net::IpAddr;

use crate::application::{Application, COMPLETE, Facts, Next, Parser};
use crate::exchange::{Exchange, either, event, field as one, fields as many};
use crate::protocol::Side;
use crate::sink::{Fact, Sink};
use crate::waiting::{Sides, Step, Waiting, bounded, drive, line, split};
pub(crate) use data::FTP_DATA;
use record::Dialogue;

/// The parser.
pub(crate) static FTP: Application = Application {
    names: &["ftp"],
    new: |facts| Box::new(Ftp::new(facts)),
    frames: &[],
    buffers: &[
        one("ftp.command", Side::Client, ASKED),
        one("ftp.command_data", Side::Client, ASKED),
        many("ftp.reply", Side::Server, COMPLETE),
        many("ftp.completion_code", Side::Server, COMPLETE),
    ],
    numbers: &[
        either("ftp.dynamic_port", COMPLETE),
        either("ftp.mode", COMPLETE),
        one("ftp.reply_received", Side::Server, COMPLETE),
        one("ftpbounce", Side::Client, ASKED),
    ],
    events: &[
        event(
            "ftp.request_command_too_long",
            "A command is longer than is read of it.",
        ),
        event(
            "ftp.response_command_too_long",
            "A line of a reply is longer than is read of it.",
        ),
        event(
            "ftp.file_before_port",
            "A file was asked for before a data connection was agreed on.",
        ),
        event(
            "ftp.too_many_transactions",
            "More commands wait for their replies than are kept; nothing more is read.",
        ),
    ],
};

mod field {
    pub(super) const COMMAND: usize = 0;
    pub(super) const COMMAND_DATA: usize = 1;
    pub(super) const REPLY: usize = 2;
    pub(super) const COMPLETION_CODE: usize = 3;
    pub(super) const DYNAMIC_PORT: usize = 0;
    pub(super) const MODE: usize = 1;
    pub(super) const REPLY_RECEIVED: usize = 2;
    pub(super) const BOUNCE: usize = 3;
}

const COMMAND_TOO_LONG: usize = 0;
const REPLY_TOO_LONG: usize = 1;
const FILE_BEFORE_PORT: usize = 2;
const TOO_MANY: usize = 3;

/// The command was read; what its answer adds to it is not known yet.
const ASKED: u8 = 1;
/// A line that is read at most, whatever is set: longer than any path.
const MAX_LINE: usize = 64 << 10;
/// Commands that wait for their reply where no replies are seen.
const MAX_PENDING: usize = 64;
/// Commands that wait for their reply at most, whatever is set; no client sends as many ahead.
const MAX_TRANSACTIONS: usize = 1 << 10;
/// Lines of a reply that are kept; a listing of help has fewer.
const MAX_REPLIES: u16 = 64;
/// A user's name and a folder that are remembered.
const MAX_NAME: usize = 1024;

struct Ftp {
    facts: Facts,
    waiting: Sides<Waiting>,
    /// Bytes of a line that are read; the rest of a longer one is left out, as servers do.
    max_line: usize,
    /// Commands that may wait for their replies.
    max_pending: usize,
    /// Whether the rest of a line that was too long is passed over.
    is_cut: Sides<bool>,
    pending: VecDeque<Box<Exchange<Dialogue>>>,
    next: u64,
    /// The code of a reply that has further lines.
    unfinished: Option<u16>,
    replies: u16,
    session: Session,
}

/// What commands before this one have set.
#[derive(Debug, Default)]
struct Session {
    user: Vec<u8>,
    password: Option<Vec<u8>>,
    folder: Vec<u8>,
    /// Where the next data connection goes.
    place: Option<(IpAddr, u16)>,
    /// What was asked for before that was known.
    early: Option<Vec<u8>>,
}

impl Parser for Ftp {
    fn data(&mut self, side: Side, bytes: &[u8], sink: &mut dyn Sink) -> Next {
        drive!(self.waiting, side, bytes, self.max_line, |bytes| {
            self.step(side, bytes, sink)
        })
    }

    fn gap(&mut self, side: Side, length: u64, _: &mut dyn Sink) -> Next {
        self.waiting.mut_of(side).lose(length);
        // The line that was lost in part is none.
        *self.is_cut.mut_of(side) = true;
        Next::More
    }

    fn end(&mut self, side: Side, sink: &mut dyn Sink) {
        if side == Side::Server || self.replies == 0 {
            while let Some(dialogue) = self.pending.pop_front() {
                self.finish(dialogue, sink);
            }
        }
    }

    fn held(&self) -> usize {
        let pending = self
            .pending
            .iter()
            .map(|one| one.held() + size_of::<Exchange<Dialogue>>());
        let session = &self.session;
        let session = session.user.capacity() + session.folder.capacity();
        self.waiting.held() + pending.sum::<usize>() + session
    }
}

impl Ftp {
    fn new(facts: &Facts) -> Self {
        Self {
            facts: *facts,
            waiting: Sides::default(),
            max_line: (facts.limits.ftp_line as usize).clamp(1, MAX_LINE),
            max_pending: (facts.limits.ftp_transactions as usize).clamp(1, MAX_TRANSACTIONS),
            is_cut: Sides::default(),
            pending: VecDeque::new(),
            next: 0,
            unfinished: None,
            replies: 0,
            session: Session {
                folder: b".".to_vec(),
                ..Session::default()
            },
        }
    }

    fn step(&mut self, side: Side, bytes: &[u8], sink: &mut dyn Sink) -> Step {
        let most = self.max_line;
        let whole = line(bytes).filter(|(line, _)| line.len() <= most);
        if *self.is_cut.of(side) {
            let end = bytes.iter().position(|byte| *byte == b'\n');
            *self.is_cut.mut_of(side) = end.is_none();
            return Step::Used(end.map_or(bytes.len(), |end| end.saturating_add(1)));
        }
        let (line, length, is_long) = match whole {
            Some((line, length)) => (line, length, false),
            None if bytes.len() < most => return Step::More,
            None => (bounded(bytes, most), most, true),
        };
        *self.is_cut.mut_of(side) = is_long;
        match side {
            Side::Client if self.is_full(line) => {
                self.give_up(sink);
                return Step::Stop(Next::Done);
            }
            Side::Client => self.command(line, is_long, sink),
            Side::Server => {
                if self.reply(line, is_long, sink) {
                    return Step::Switch(length, Some("tls"));
                }
            }
        }
        Step::Used(length)
    }

    /// Whether a further command would wait behind more than may.
    fn is_full(&self, line: &[u8]) -> bool {
        !line.is_empty() && self.replies > 0 && self.pending.len() >= self.max_pending
    }

    /// Nothing more is read: who sends so many commands ahead is no usual client.
    fn give_up(&mut self, sink: &mut dyn Sink) {
        if let Some(dialogue) = self.pending.back_mut() {
            dialogue.event(Side::Client, TOO_MANY, sink);
        }
        while let Some(dialogue) = self.pending.pop_front() {
            self.finish(dialogue, sink);
        }
    }

    fn command(&mut self, line: &[u8], is_long: bool, sink: &mut dyn Sink) {
        // Urgent data of an ABOR may stand before it (RFC 959, page 34).
        let start = line.iter().position(u8::is_ascii);
        let line = line.get(start.unwrap_or(line.len())..).unwrap_or_default();
        if line.is_empty() {
            return;
        }
        let (verb, rest) = split(line, b' ');
        let mut dialogue = self.begin();
        let verb = verb.to_ascii_uppercase();
        dialogue.put(field::COMMAND, Side::Client, &verb);
        if !rest.is_empty() {
            dialogue.put(field::COMMAND_DATA, Side::Client, rest);
        }
        dialogue.detail.is_command_cut = is_long;
        if is_long {
            dialogue.event(Side::Client, COMMAND_TOO_LONG, sink);
        }
        let rest = bounded(rest, MAX_NAME);
        match verb.as_slice() {
            b"USER" => {
                self.session.user = rest.to_vec();
                self.session.password = None;
            }
            b"PASS" => self.session.password = Some(rest.to_vec()),
            b"PORT" => self.active(place::of_port(rest), &mut dialogue, sink),
            b"EPRT" => self.active(place::of_extended_port(rest), &mut dialogue, sink),
            b"RETR" | b"STOR" | b"STOU" | b"APPE" | b"LIST" | b"NLST" | b"MLSD" => {
                self.transfer(bounded(line, MAX_NAME), &mut dialogue, sink);
            }
            _ => {}
        }
        dialogue.reach(Side::Client, ASKED, sink);
        if self.replies == 0
            && self.pending.len() >= MAX_PENDING
            && let Some(oldest) = self.pending.pop_front()
        {
            self.finish(oldest, sink);
        }
        self.pending.push_back(dialogue);
    }

    fn begin(&mut self) -> Box<Exchange<Dialogue>> {
        let id = self.next;
        self.next = id.saturating_add(1);
        Box::new(Exchange::new(id, &FTP, Dialogue::default()))
    }

    /// The client says where it listens.
    fn active(
        &mut self,
        place: Option<(IpAddr, u16)>,
        dialogue: &mut Exchange<Dialogue>,
        sink: &mut dyn Sink,
    ) {
        let Some((address, port)) = place else {
            return;
        };
        let bounces = address.to_canonical() != self.facts.client.to_canonical();
        dialogue.put_number(field::BOUNCE, Side::Client, bounces);
        for side in [Side::Client, Side::Server] {
            dialogue.put_number(field::DYNAMIC_PORT, side, port);
            dialogue.put_number(field::MODE, side, record::ACTIVE);
        }
        dialogue.detail.place = Some((address, port));
        self.agree((address, port), sink);
    }

    /// A data connection will go there; what was asked for already is sent over it.
    fn agree(&mut self, place: (IpAddr, u16), sink: &mut dyn Sink) {
        self.session.place = Some(place);
        if let Some(early) = self.session.early.take() {
            self.expect(&early, sink);
        }
    }

    fn transfer(&mut self, line: &[u8], dialogue: &mut Exchange<Dialogue>, sink: &mut dyn Sink) {
        if self.session.place.is_some() {
            return self.expect(line, sink);
        }
        dialogue.event(Side::Client, FILE_BEFORE_PORT, sink);
        self.session.early = Some(line.to_vec());
    }

    fn expect(&mut self, line: &[u8], sink: &mut dyn Sink) {
        if let Some((server, port)) = self.session.place.take() {
            sink.learn(Fact::Expect {
                server,
                port,
                name: "ftp-data",
                about: line,
            });
        }
    }

    /// A line of a reply; true when TLS begins after it.
    fn reply(&mut self, line: &[u8], is_long: bool, sink: &mut dyn Sink) -> bool {
        self.replies = self.replies.saturating_add(1);
        let mut dialogue = match self.pending.pop_front() {
            Some(dialogue) => dialogue,
            None => self.begin(),
        };
        let code = reply_code(line);
        let is_last = match (self.unfinished, code) {
            (None, Some(_)) => line.get(3) != Some(&b'-'),
            (Some(open), Some(code)) => open == code && line.get(3) != Some(&b'-'),
            (open, None) => open.is_none(),
        };
        let code = code.filter(|code| self.unfinished.is_none_or(|open| open == *code));
        self.unfinished = if is_last {
            None
        } else {
            self.unfinished.or(code)
        };
        dialogue.detail.take_reply(code, line);
        if dialogue.detail.lines <= MAX_REPLIES {
            if let Some(digits) = line.get(..3).filter(|_| code.is_some()) {
                dialogue.put(field::COMPLETION_CODE, Side::Server, digits);
            }
            let text = if code.is_some() {
                line.get(4..).unwrap_or_default()
            } else {
                line
            };
            dialogue.put(field::REPLY, Side::Server, text);
        }
        if is_long {
            dialogue.detail.is_reply_cut = true;
            dialogue.event(Side::Server, REPLY_TOO_LONG, sink);
        }
        let is_preliminary = dialogue.detail.code < 200 && code.is_some();
        if !is_last || is_preliminary {
            self.pending.push_front(dialogue);
            return false;
        }
        let is_tls = self.act(&mut dialogue, line, sink);
        self.finish(dialogue, sink);
        is_tls
    }

    /// What a command that was answered changes.
    fn act(&mut self, dialogue: &mut Exchange<Dialogue>, line: &[u8], sink: &mut dyn Sink) -> bool {
        let code = dialogue.detail.code;
        let command = dialogue.first(field::COMMAND).unwrap_or_default();
        let argument = dialogue.first(field::COMMAND_DATA).unwrap_or_default();
        match (command, code) {
            (b"USER", 230) => self.login(false, true, sink),
            (b"PASS", 200..300 | 500..600) => self.login(true, code < 300, sink),
            (b"AUTH", 234) => return true,
            (b"CWD", 250) => self.session.folder = place::folder(&self.session.folder, argument),
            (b"CDUP", 200..300) => self.session.folder = place::folder(&self.session.folder, b".."),
            (b"PWD" | b"XPWD", 257) => {
                let named = line.split(|byte| *byte == b'"').nth(1);
                if let Some(folder) = named {
                    self.session.folder = bounded(folder, MAX_NAME).to_vec();
                }
            }
            (b"PASV", 227) => self.passive(place::of_reply(line), dialogue, sink),
            (b"EPSV", 229) => {
                let port = place::of_extended_reply(line);
                self.passive(port.map(|port| (self.facts.server, port)), dialogue, sink);
            }
            _ => {}
        }
        false
    }

    /// The server says where it listens.
    fn passive(
        &mut self,
        place: Option<(IpAddr, u16)>,
        dialogue: &mut Exchange<Dialogue>,
        sink: &mut dyn Sink,
    ) {
        let Some((address, port)) = place else {
            return;
        };
        for side in [Side::Client, Side::Server] {
            dialogue.put_number(field::DYNAMIC_PORT, side, port);
            dialogue.put_number(field::MODE, side, record::PASSIVE);
        }
        dialogue.detail.place = Some((address, port));
        // Behind address translation the reply has another address than the one that is called.
        self.agree((self.facts.server, port), sink);
    }

    fn login(&mut self, plain_password: bool, accepted: bool, sink: &mut dyn Sink) {
        sink.learn(Fact::Login {
            user: &self.session.user,
            plain_password,
            accepted: Some(accepted),
        });
    }

    fn finish(&mut self, mut dialogue: Box<Exchange<Dialogue>>, sink: &mut dyn Sink) {
        let received = dialogue.detail.lines > 0;
        // A greeting answers nothing.
        if dialogue.first(field::COMMAND).is_some() {
            dialogue.put_number(field::REPLY_RECEIVED, Side::Server, received);
        }
        dialogue.finish(Side::Client, sink);
        if received {
            record::command(&dialogue, &self.session, &self.facts, sink);
        }
    }
}

/// The three digits that a reply begins with.
fn reply_code(line: &[u8]) -> Option<u16> {
    let ends = matches!(line.get(3), None | Some(b' ' | b'-'));
    let digits = line
        .get(..3)
        .filter(|digits| ends && digits.iter().all(u8::is_ascii_digit))?;
    std::str::from_utf8(digits).ok()?.parse().ok()
}

#[cfg(test)]
mod tests;
