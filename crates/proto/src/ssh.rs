//! SSH up to its encryption: who speaks which software, what they agree on, and a guess at the login.
//!
//! RFC 4253: identification lines (4.2), binary packets (6), key exchange (7). What is encrypted is
//! not read; its sizes tell whether the server accepted somebody, see [`login`].
//! HASSH is the MD5 of what a side offers, which tells implementations apart.

mod key_exchange;
mod login;

use wirewatch_records::{Row, SshLoginRow, SshRow};

use crate::application::{Application, Facts, Next, Parser};
use crate::exchange::{Detail, Exchange, either, event, field};
use crate::protocol::Side;
use crate::sink::{Fact, Frame, Sink};
use crate::waiting::{Sides, Step, Waiting, drive, line};
use key_exchange::{Offer, fingerprint, host_key};
use login::Guess;

/// The parser.
pub(crate) static SSH: Application = Application {
    names: &["ssh"],
    new: |facts| Box::new(Ssh::new(facts)),
    frames: &["record.pdu", "record.hdr", "record.data"],
    buffers: &[
        either("ssh.proto", BANNER),
        either("ssh.software", BANNER),
        field("ssh.hassh", Side::Client, KEY_EXCHANGE),
        field("ssh.hassh.string", Side::Client, KEY_EXCHANGE),
        field("ssh.hassh.server", Side::Server, KEY_EXCHANGE),
        field("ssh.hassh.server.string", Side::Server, KEY_EXCHANGE),
    ],
    numbers: &[],
    events: &[
        event(
            "ssh.invalid_banner",
            "An identification line is not `SSH-version-software`.",
        ),
        event(
            "ssh.long_banner",
            "An identification line is longer than 255 bytes.",
        ),
        event(
            "ssh.invalid_record",
            "A packet before encryption has a length that cannot be.",
        ),
        event(
            "ssh.long_kex_record",
            "A key exchange message is longer than any software sends.",
        ),
    ],
};

const PROTO: usize = 0;
const SOFTWARE: usize = 1;
const HASSH: usize = 2;
const HASSH_STRING: usize = 3;
const SERVER_HASSH: usize = 4;
const SERVER_HASSH_STRING: usize = 5;

/// The side has said who it is.
const BANNER: u8 = 1;
/// The side has said what it can do.
const KEY_EXCHANGE: u8 = 2;

const INVALID_BANNER: usize = 0;
const LONG_BANNER: usize = 1;
const INVALID_RECORD: usize = 2;
const LONG_KEX_RECORD: usize = 3;

/// The longest identification line, its line break included (RFC 4253, section 4.2).
const MAX_BANNER: usize = 255;
/// Lines that a server may say before that one; more is no greeting.
const MAX_GREETING_LINES: u8 = 32;
/// The longest packet an implementation must take is 35,000 bytes (RFC 4253, section 6.1); some send more.
const MAX_PACKET: u32 = 1 << 16;
/// A key exchange message that is read; those seen are below 4 KB.
const MAX_KEPT: usize = 16 << 10;

const KEXINIT: u8 = 20;
const NEWKEYS: u8 = 21;
const KEX_REPLY: u8 = 31;
const GROUP_EXCHANGE_REPLY: u8 = 33;

/// What a side is at.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Phase {
    #[default]
    Banner,
    Packets,
    Encrypted,
}

struct Ssh {
    facts: Facts,
    exchange: Exchange<Nothing>,
    phase: Sides<Phase>,
    waiting: Sides<Waiting>,
    banner: Sides<Vec<u8>>,
    offer: Sides<Option<Box<Offer>>>,
    host_key: Option<String>,
    greeting_lines: u8,
    guess: Guess,
    is_told: bool,
    is_over: bool,
}

/// SSH keeps nothing beside the values.
#[derive(Debug)]
struct Nothing;

impl Detail for Nothing {
    fn row(exchange: &Exchange<Self>, put: &mut dyn FnMut(&Row<'_>)) {
        let text = |buffer| std::str::from_utf8(exchange.first(buffer)?).ok();
        let row = SshRow {
            client_proto: exchange.said(PROTO, Side::Client),
            client_software: exchange.said(SOFTWARE, Side::Client),
            client_hassh: text(HASSH),
            client_hassh_string: exchange.first(HASSH_STRING),
            server_proto: exchange.said(PROTO, Side::Server),
            server_software: exchange.said(SOFTWARE, Side::Server),
            server_hassh: text(SERVER_HASSH),
            server_hassh_string: exchange.first(SERVER_HASSH_STRING),
        };
        put(&row.into());
    }
}

impl Parser for Ssh {
    fn data(&mut self, side: Side, bytes: &[u8], sink: &mut dyn Sink) -> Next {
        if *self.phase.of(side) == Phase::Encrypted {
            return self.encrypted(side, bytes.len(), sink);
        }
        let next = drive!(self.waiting, side, bytes, MAX_KEPT + 8, |bytes| {
            self.step(side, bytes, sink)
        });
        if next == Next::Done {
            self.close(sink);
        }
        next
    }

    fn gap(&mut self, side: Side, length: u64, sink: &mut dyn Sink) -> Next {
        if *self.phase.of(side) == Phase::Encrypted || self.waiting.mut_of(side).lose(length) {
            return Next::More;
        }
        self.close(sink);
        Next::Done
    }

    fn end(&mut self, side: Side, sink: &mut dyn Sink) {
        // The login is told when both have finished, or it is known to be over.
        if std::mem::replace(&mut self.guess.ended, true) || side == Side::Server {
            self.close(sink);
        }
    }

    fn held(&self) -> usize {
        let offers = [&self.offer.client, &self.offer.server];
        let offers = offers.into_iter().flatten().map(|offer| offer.held());
        let waiting = self.waiting.held();
        self.exchange.held() + waiting + offers.sum::<usize>()
    }
}

impl Ssh {
    fn new(facts: &Facts) -> Self {
        Self {
            facts: *facts,
            exchange: Exchange::new(0, &SSH, Nothing),
            phase: Sides::default(),
            waiting: Sides::default(),
            banner: Sides::default(),
            offer: Sides::default(),
            host_key: None,
            greeting_lines: 0,
            guess: Guess::default(),
            is_told: false,
            is_over: false,
        }
    }

    fn step(&mut self, side: Side, bytes: &[u8], sink: &mut dyn Sink) -> Step {
        match self.phase.of(side) {
            Phase::Banner => self.banner(side, bytes, sink),
            Phase::Packets => self.packet(side, bytes, sink),
            // What comes in one piece with the last readable packet has no size of its own.
            Phase::Encrypted => Step::Used(bytes.len()),
        }
    }

    /// The line that begins with `SSH-`, and lines before it that only a server may say.
    fn banner(&mut self, side: Side, bytes: &[u8], sink: &mut dyn Sink) -> Step {
        let Some((line, length)) = line(bytes) else {
            if bytes.len() < MAX_BANNER {
                return Step::More;
            }
            self.exchange.event(side, LONG_BANNER, sink);
            return Step::Stop(Next::Done);
        };
        if length > MAX_BANNER {
            self.exchange.event(side, LONG_BANNER, sink);
        }
        if !line.starts_with(b"SSH-") {
            self.greeting_lines = self.greeting_lines.saturating_add(1);
            if side == Side::Server && self.greeting_lines <= MAX_GREETING_LINES {
                return Step::Used(length);
            }
            self.exchange.event(side, INVALID_BANNER, sink);
            return Step::Stop(Next::Done);
        }
        self.identify(side, line, sink);
        Step::Used(length)
    }

    /// `SSH-protoversion-softwareversion SP comments`.
    fn identify(&mut self, side: Side, line: &[u8], sink: &mut dyn Sink) {
        let mut parts = line.splitn(3, |byte| *byte == b'-').skip(1);
        match (parts.next(), parts.next()) {
            (Some(version), Some(rest)) => {
                let software = rest.split(|byte| *byte == b' ').next().unwrap_or_default();
                self.exchange.put(PROTO, side, version);
                self.exchange.put(SOFTWARE, side, software);
            }
            _ => self.exchange.event(side, INVALID_BANNER, sink),
        }
        *self.banner.mut_of(side) = crate::waiting::bounded(line, MAX_BANNER).to_vec();
        *self.phase.mut_of(side) = Phase::Packets;
        self.exchange.reach(side, BANNER, sink);
    }

    /// A packet that is not encrypted yet (RFC 4253, section 6).
    fn packet(&mut self, side: Side, bytes: &[u8], sink: &mut dyn Sink) -> Step {
        if self.version() == Some(1) {
            return self.encrypt(side, bytes.len(), sink);
        }
        let (Some(head), Some(kind)) = (bytes.first_chunk::<5>(), bytes.get(5)) else {
            return Step::More;
        };
        let [a, b, c, d, padding] = *head;
        let length = u32::from_be_bytes([a, b, c, d]);
        if length > MAX_PACKET || length < u32::from(padding).saturating_add(2) {
            self.exchange.event(side, INVALID_RECORD, sink);
            return Step::Stop(Next::Done);
        }
        let whole = length as usize + 4;
        if !matches!(*kind, KEXINIT | NEWKEYS | KEX_REPLY | GROUP_EXCHANGE_REPLY) {
            self.tell_record(side, bytes.len(), whole, sink);
            return Step::Skip(whole as u64);
        }
        if whole > MAX_KEPT {
            self.tell_record(side, bytes.len(), whole, sink);
            if *kind == KEXINIT {
                self.exchange.event(side, LONG_KEX_RECORD, sink);
            }
            return Step::Skip(whole as u64);
        }
        let Some(message) = bytes.get(6..whole) else {
            return Step::More;
        };
        self.tell_record(side, bytes.len(), whole, sink);
        match *kind {
            KEXINIT => self.key_exchange(side, message, sink),
            NEWKEYS => {
                *self.phase.mut_of(side) = Phase::Encrypted;
                self.tell(sink);
            }
            _ => self.host_key(side, *kind, message),
        }
        Step::Used(whole)
    }

    /// The spans of a packet: its length, padding and message number are the header.
    fn tell_record(&self, side: Side, rest: usize, whole: usize, sink: &mut dyn Sink) {
        const HEADER: usize = 6;
        let span = |kind, before: usize, length| {
            let frame = Frame::new(kind, side, rest.saturating_sub(before), length);
            frame.of(&self.exchange)
        };
        sink.frame(span(0, 0, whole));
        sink.frame(span(1, 0, HEADER));
        sink.frame(span(2, HEADER, whole.saturating_sub(HEADER)));
    }

    fn key_exchange(&mut self, side: Side, message: &[u8], sink: &mut dyn Sink) {
        let Some(offer) = Offer::read(message) else {
            return self.exchange.event(side, INVALID_RECORD, sink);
        };
        let (hash, string) = match side {
            Side::Client => (HASSH, HASSH_STRING),
            Side::Server => (SERVER_HASSH, SERVER_HASSH_STRING),
        };
        let text = offer.hassh_string(side);
        self.exchange.put(hash, side, fingerprint(&text).as_bytes());
        self.exchange.put(string, side, &text);
        *self.offer.mut_of(side) = Some(Box::new(offer));
        self.exchange.reach(side, KEY_EXCHANGE, sink);
        if self.offer.client.is_some() && self.offer.server.is_some() {
            self.tell(sink);
        }
    }

    /// The server's host key: the first member of its answer, whose number depends on the method.
    fn host_key(&mut self, side: Side, kind: u8, message: &[u8]) {
        let method = self.agreed(Offer::key_exchange);
        let in_group =
            method.is_some_and(|name| name.starts_with(b"diffie-hellman-group-exchange"));
        let expected = if in_group {
            GROUP_EXCHANGE_REPLY
        } else {
            KEX_REPLY
        };
        if side == Side::Server && kind == expected {
            self.host_key = host_key(message);
        }
    }

    fn encrypt(&mut self, side: Side, length: usize, sink: &mut dyn Sink) -> Step {
        *self.phase.mut_of(side) = Phase::Encrypted;
        self.tell(sink);
        Step::Used(length)
    }

    /// Sizes alone: was somebody let in?
    fn encrypted(&mut self, side: Side, length: usize, sink: &mut dyn Sink) -> Next {
        let compressed = self.agreed(Offer::compression_to_client);
        let is_plain = compressed.is_none_or(|name| name == b"none");
        if self.version() == Some(2) && is_plain && !self.guess.see(side, length) {
            return Next::More;
        }
        self.close(sink);
        Next::Done
    }

    /// Puts the record out, once, when what it tells is known.
    fn tell(&mut self, sink: &mut dyn Sink) {
        let said = !self.banner.client.is_empty() || !self.banner.server.is_empty();
        if said && !std::mem::replace(&mut self.is_told, true) {
            self.exchange.finish(Side::Client, sink);
        }
    }

    fn close(&mut self, sink: &mut dyn Sink) {
        self.tell(sink);
        let said = !self.banner.client.is_empty() || !self.banner.server.is_empty();
        if !said || std::mem::replace(&mut self.is_over, true) {
            return;
        }
        if let Some(accepted) = self.guess.accepted {
            sink.learn(Fact::Login {
                user: b"",
                plain_password: false,
                accepted: Some(accepted),
            });
        }
        let row = SshLoginRow {
            version: self.version(),
            accepted: self.guess.accepted,
            attempts: self.guess.attempts,
            direction: login::direction(self.facts.client, self.facts.server),
            client: said_by(&self.banner.client),
            server: said_by(&self.banner.server),
            cipher: self.agreed(Offer::cipher_to_server),
            mac: self.agreed(Offer::mac_to_server),
            compression: self.agreed(Offer::compression_to_server),
            key_exchange: self.agreed(Offer::key_exchange),
            host_key_algorithm: self.agreed(Offer::host_key),
            host_key_fingerprint: self.host_key.as_deref(),
        };
        sink.record(Some(0), Side::Client, &row.into());
    }

    /// The first of the client's names that the server has too (RFC 4253, section 7.1).
    fn agreed(&self, list: fn(&Offer) -> &[u8]) -> Option<&[u8]> {
        let (client, server) = (self.offer.client.as_ref()?, self.offer.server.as_ref()?);
        let names = |list: &'static u8| move |byte: &u8| byte == list;
        let mut wanted = list(client).split(names(&b','));
        wanted.find(|name| list(server).split(names(&b',')).any(|known| known == *name))
    }

    /// The protocol's version: `1.99` is spoken by servers that know both.
    fn version(&self) -> Option<u8> {
        let versions = [Side::Client, Side::Server].map(|side| self.exchange.said(PROTO, side));
        let is_old = |version: &&[u8]| version.starts_with(b"1.") && *version != b"1.99";
        let mut known = versions.iter().flatten().peekable();
        known.peek()?;
        Some(if known.any(is_old) { 1 } else { 2 })
    }
}

fn said_by(banner: &[u8]) -> Option<&[u8]> {
    (!banner.is_empty()).then_some(banner)
}

#[cfg(test)]
mod tests;
