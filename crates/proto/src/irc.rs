//! IRC: names, channels, and files that are offered.
//!
//! RFC 2812 (commands), and the description of CTCP and DCC. Only what the client says is told;
//! the server repeats it to others.

use wirewatch_records::{IrcRow, Row};

use crate::application::{Application, COMPLETE, Facts, Next, Parser};
use crate::exchange::{Detail, Exchange, field as one};
use crate::protocol::Side;
use crate::sasl::Login;
use crate::sink::{Fact, Sink};
use crate::waiting::{Sides, Step, Waiting, bounded, drive, line, split};

/// The parser.
pub(crate) static IRC: Application = Application {
    names: &["irc"],
    new: |_: &Facts| Box::new(Irc::default()),
    frames: &[],
    buffers: &[
        one("irc.command", Side::Client, COMPLETE),
        one("irc.nick", Side::Client, COMPLETE),
        one("irc.value", Side::Client, COMPLETE),
    ],
    numbers: &[],
    events: &[],
};

const COMMAND: usize = 0;
const NICK: usize = 1;
const VALUE: usize = 2;
const USER: usize = 3;
const REST: usize = 4;
const FILE: usize = 5;

/// A line has 512 bytes (RFC 2812, section 2.3); tags before it may have 8191 more.
const MAX_LINE: usize = 9 << 10;
/// Answers to STARTTLS, as `IRCv3` numbers them.
const STARTS_TLS: &[u8] = b"670";
const REFUSES_TLS: &[u8] = b"691";
/// A name that is kept.
const MAX_NAME: usize = 128;

/// What a command has beside its values.
#[derive(Debug, Default)]
struct Offer {
    size: Option<u64>,
}

impl Detail for Offer {
    fn row(exchange: &Exchange<Self>, put: &mut dyn FnMut(&Row<'_>)) {
        let row = IrcRow {
            nick: exchange.first(NICK),
            user: exchange.first(USER),
            command: exchange.first(COMMAND).unwrap_or_default(),
            value: exchange.first(VALUE).unwrap_or_default(),
            additional: exchange.first(REST),
            file_name: exchange.first(FILE),
            file_size: exchange.detail.size,
        };
        put(&row.into());
    }
}

#[derive(Default)]
struct Irc {
    waiting: Sides<Waiting>,
    /// Whether the client asked for TLS and was not answered yet.
    asked_tls: bool,
    nick: Vec<u8>,
    user: Vec<u8>,
    /// A password of the connection was sent, which names nobody yet.
    has_password: bool,
    sasl: Login,
    next: u64,
}

impl Parser for Irc {
    fn data(&mut self, side: Side, bytes: &[u8], sink: &mut dyn Sink) -> Next {
        if side == Side::Server && !self.asked_tls {
            return Next::More;
        }
        drive!(self.waiting, side, bytes, MAX_LINE, |bytes| {
            match line(bytes) {
                Some((line, length)) if side == Side::Server => self.answer(line, length),
                Some((line, length)) => {
                    self.command(line, sink);
                    Step::Used(length)
                }
                None => Step::More,
            }
        })
    }

    fn gap(&mut self, side: Side, length: u64, _: &mut dyn Sink) -> Next {
        self.waiting.mut_of(side).lose(length);
        Next::More
    }

    fn end(&mut self, _: Side, _: &mut dyn Sink) {}

    fn held(&self) -> usize {
        let waiting = self.waiting.held();
        waiting + self.nick.capacity() + self.user.capacity() + self.sasl.held()
    }
}

impl Irc {
    /// A line of the server's after the client asked for TLS.
    fn answer(&mut self, line: &[u8], length: usize) -> Step {
        let text = if line.first() == Some(&b':') {
            split(line, b' ').1
        } else {
            line
        };
        match split(text, b' ').0 {
            STARTS_TLS => Step::Switch(length, Some("tls")),
            REFUSES_TLS => {
                self.asked_tls = false;
                Step::Used(length)
            }
            _ => Step::Used(length),
        }
    }

    fn command(&mut self, line: &[u8], sink: &mut dyn Sink) {
        let line = if matches!(line.first(), Some(b':' | b'@')) {
            split(line, b' ').1
        } else {
            line
        };
        let (verb, rest) = split(line, b' ');
        let verb = verb.to_ascii_uppercase();
        match verb.as_slice() {
            b"NICK" => {
                let nick = word(rest);
                self.tell(b"NICK", nick, None, None, sink);
                self.nick = bounded(nick, MAX_NAME).to_vec();
            }
            b"USER" => {
                let (user, rest) = split(rest, b' ');
                let mut further = rest.to_vec();
                if let Some(colon) = further.windows(2).position(|two| two == b" :") {
                    further.remove(colon.saturating_add(1));
                }
                further.push(b' ');
                self.tell(b"USER", user, Some(&further), None, sink);
                self.user = bounded(user, MAX_NAME).to_vec();
                if std::mem::take(&mut self.has_password) {
                    login(user, sink);
                }
            }
            b"PASS" => self.has_password = true,
            b"OPER" => login(split(rest, b' ').0, sink),
            b"NICKSERV" | b"NS" => self.identify(rest, sink),
            b"AUTHENTICATE" => self.authenticate(rest, sink),
            b"JOIN" => self.tell(b"JOIN", word(rest), Some(b""), None, sink),
            b"PRIVMSG" => self.message(rest, sink),
            b"STARTTLS" => self.asked_tls = true,
            _ => {}
        }
    }

    /// A message may offer a file: `\x01DCC SEND name address port size\x01`.
    fn message(&mut self, rest: &[u8], sink: &mut dyn Sink) {
        let (target, text) = split(rest, b' ');
        let text = text.strip_prefix(b":").unwrap_or(text);
        if split(target, b'@').0.eq_ignore_ascii_case(b"NickServ") {
            return self.identify(text, sink);
        }
        let Some(offer) = text.strip_prefix(b"\x01DCC SEND ") else {
            return;
        };
        let offer = offer.strip_suffix(b"\x01").unwrap_or(offer);
        let mut words = offer.rsplitn(4, |byte| *byte == b' ');
        let size = words
            .next()
            .and_then(|size| std::str::from_utf8(size).ok()?.parse().ok());
        let name = words.nth(2).unwrap_or_default();
        let name = name
            .strip_prefix(b"\"")
            .and_then(|name| name.strip_suffix(b"\""))
            .unwrap_or(name);
        self.tell(b"DCC", target, Some(b""), Some((name, size)), sink);
    }

    /// What is said to the keeper of names: `IDENTIFY [name] password`.
    fn identify(&self, text: &[u8], sink: &mut dyn Sink) {
        let (verb, rest) = split(text.strip_prefix(b":").unwrap_or(text), b' ');
        if verb.eq_ignore_ascii_case(b"IDENTIFY") {
            let (first, second) = split(rest, b' ');
            login(if second.is_empty() { &self.nick } else { first }, sink);
        }
    }

    /// `AUTHENTICATE PLAIN`, then what that method says (`IRCv3`).
    fn authenticate(&mut self, rest: &[u8], sink: &mut dyn Sink) {
        if self.sasl.goes_on() {
            self.sasl.line(rest);
        } else {
            self.sasl = Login::begin(rest);
        }
        self.sasl.tell(None, sink);
    }

    fn tell(
        &mut self,
        command: &[u8],
        value: &[u8],
        rest: Option<&[u8]>,
        file: Option<(&[u8], Option<u64>)>,
        sink: &mut dyn Sink,
    ) {
        let mut exchange = Exchange::new(self.next, &IRC, Offer::default());
        self.next = self.next.saturating_add(1);
        exchange.put(COMMAND, Side::Client, command);
        exchange.put(VALUE, Side::Client, value);
        for (buffer, known) in [(NICK, &self.nick), (USER, &self.user)] {
            if !known.is_empty() {
                exchange.put(buffer, Side::Client, known);
            }
        }
        if let Some(rest) = rest {
            exchange.put(REST, Side::Client, rest);
        }
        if let Some((name, size)) = file {
            exchange.put(FILE, Side::Client, name);
            exchange.detail.size = size;
        }
        exchange.finish(Side::Client, sink);
    }
}

/// Somebody sent a password, which the server's answer is not looked at for.
fn login(user: &[u8], sink: &mut dyn Sink) {
    sink.learn(Fact::Login {
        user: bounded(user, MAX_NAME),
        plain_password: true,
        accepted: None,
    });
}

fn word(text: &[u8]) -> &[u8] {
    let text = text.strip_prefix(b":").unwrap_or(text);
    split(text, b' ').0
}

#[cfg(test)]
mod tests;
