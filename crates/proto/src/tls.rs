//! TLS 1.0 to 1.3, SSL 3, and SSL 2's hellos (RFC 8446, RFC 5246): the readable part of a session.
//!
//! The parser is done as soon as both sides have begun to encrypt, so that the rest of the stream
//! costs nothing. What it finds is kept in a [`Handshake`](handshake::Handshake), which DTLS and QUIC
//! share.

mod certificate;
mod der;
mod distinguished;
pub(crate) mod fields;
pub(crate) mod fingerprint;
pub(crate) mod handshake;
pub(crate) mod hello;
mod messages;
pub(crate) mod names;
pub(crate) mod ocsp;
pub(crate) mod read;
mod records;
mod report;
mod shape;
mod spans;
mod ssl2;
#[cfg(test)]
pub(crate) mod tests;
mod values;

use crate::application::{Application, Facts, Next, Parser};
use crate::protocol::Side;
use crate::sink::Sink;
use fields::event;
use handshake::{Carrier, Handshake, Sides};
use messages::Messages;
use records::{Records, Wrong, content};
use spans::Spans;
use ssl2::{Found, Gathering, Hello};

/// TLS over TCP.
pub(crate) static TLS: Application = Application {
    names: &["tls"],
    new: |facts| Box::new(Session::new(facts)),
    frames: spans::NAMES,
    buffers: fields::BUFFERS,
    numbers: fields::NUMBERS,
    events: event::EVENTS,
};

/// Records in a piece of the stream that are usual: a flight of a handshake has about 10. More are
/// read, but told: who cuts a hello into many wants to hide it.
const MAX_RECORDS: usize = 256;

/// A TLS session.
struct Session {
    handshake: Handshake,
    sides: Sides<Half>,
    /// Present when somebody asks for them.
    spans: Option<Box<Sides<Spans>>>,
}

/// What one side sends.
#[derive(Default)]
struct Half {
    /// Present until the first record shows that it is not SSL 2's.
    first: Option<Gathering>,
    records: Records,
    messages: Messages,
    /// Whether it said that what follows is encrypted; TLS 1.3 says so for show only.
    changed_cipher: bool,
    /// Whether what follows is encrypted.
    is_encrypted: bool,
    /// Whether nothing more of it is of interest.
    is_over: bool,
    /// Bytes that its last heartbeat request had, and claimed to have.
    heartbeat: Option<u16>,
}

impl Session {
    fn new(facts: &Facts) -> Self {
        let half = || Half {
            first: Some(Gathering::default()),
            ..Half::default()
        };
        Self {
            handshake: Handshake::new(&TLS, Carrier::Tcp, facts.limits.tls_parts),
            sides: Sides {
                client: half(),
                server: half(),
            },
            spans: None,
        }
    }

    /// The first bytes of a side: SSL 2's hello, or nothing special.
    fn first(&mut self, side: Side, piece: &[u8], sink: &mut dyn Sink) {
        let half = self.sides.of_mut(side);
        let Some(gathering) = &mut half.first else {
            return self.records(side, piece, sink);
        };
        let found = gathering.next(piece);
        match found {
            Found::Unsure => {}
            Found::Other => {
                half.first = None;
                self.records(side, piece, sink);
            }
            Found::Hello(hello, rest) => {
                half.first = None;
                self.ssl2(side, &hello, sink);
                if !rest.is_empty() && !self.sides.of(side).is_over {
                    self.records(side, rest, sink);
                }
            }
            Found::Broken => {
                self.handshake
                    .wrong(side, &event::INVALID_SSLV2_HEADER, sink);
                self.give_up(side);
            }
        }
    }

    fn ssl2(&mut self, side: Side, body: &[u8], sink: &mut dyn Sink) {
        match Hello::read(body) {
            Some(Hello::Client {
                version,
                challenge,
                has_session,
            }) if side == Side::Client => {
                self.handshake
                    .old_client(version, challenge, has_session, sink);
            }
            Some(Hello::Server {
                version,
                certificate,
            }) if side == Side::Server => {
                self.handshake.old_server(version, certificate, sink);
                self.sides.client.is_over = true;
                self.sides.server.is_over = true;
            }
            Some(Hello::Error) => {
                let what = &event::ERROR_MESSAGE_ENCOUNTERED;
                self.handshake.wrong(side, what, sink);
                self.give_up(side);
            }
            _ => {
                let what = &event::INVALID_SSLV2_HEADER;
                self.handshake.wrong(side, what, sink);
                self.give_up(side);
            }
        }
    }

    fn records(&mut self, side: Side, piece: &[u8], sink: &mut dyn Sink) {
        let mut rest = piece;
        for count in 0usize.. {
            if count == MAX_RECORDS {
                self.handshake.wrong(side, &event::TOO_MANY_RECORDS, sink);
            }
            let half = self.sides.of_mut(side);
            match half.records.next(&mut rest) {
                records::Next::Nothing => return,
                records::Next::Handshake(body) => self.messages(side, body, sink),
                records::Next::Other => self.other(side, sink),
                records::Next::Data => self.encrypted_data(side),
                records::Next::Wrong(wrong) => {
                    let what = match wrong {
                        Wrong::Type => &event::INVALID_RECORD_TYPE,
                        Wrong::Version => &event::INVALID_RECORD_VERSION,
                        Wrong::Length => &event::INVALID_TLS_HEADER,
                    };
                    self.handshake.wrong(side, what, sink);
                    self.give_up(side);
                }
            }
            if self.sides.of(side).is_over {
                return;
            }
        }
    }

    fn messages(&mut self, side: Side, mut body: &[u8], sink: &mut dyn Sink) {
        let half = self.sides.of_mut(side);
        if half.changed_cipher && !self.handshake.is_tls13() {
            return;
        }
        loop {
            match half.messages.next(&mut body) {
                messages::Next::Message(kind, message) => {
                    self.handshake.message(side, kind, message, sink);
                }
                messages::Next::Gathered(kind) => {
                    let message = half.messages.gathered();
                    self.handshake.message(side, kind, message, sink);
                }
                messages::Next::TooLong(kind) => {
                    let what = if handshake::is_known(kind) {
                        &event::HANDSHAKE_INVALID_LENGTH
                    } else {
                        &event::INVALID_HANDSHAKE_MESSAGE
                    };
                    self.handshake.wrong(side, what, sink);
                }
                messages::Next::Nothing => return,
            }
        }
    }

    /// A record of another type is complete.
    fn other(&mut self, side: Side, sink: &mut dyn Sink) {
        let half = self.sides.of_mut(side);
        let (kind, length) = (half.records.kind, half.records.length);
        let expected = match kind {
            content::ALERT => 2,
            content::CHANGE_CIPHER => 1,
            _ => length,
        };
        // Where the beginning was not seen, it may be encrypted.
        if length != expected && !half.changed_cipher && self.handshake.client.seen {
            let what = &event::INVALID_SSL_RECORD;
            self.handshake.wrong(side, what, sink);
        }
        let half = self.sides.of_mut(side);
        match (kind, half.records.start()) {
            (content::ALERT, [level, number])
                if !half.changed_cipher || self.handshake.is_tls13() =>
            {
                let (level, number) = (*level, *number);
                let is_right = matches!(level, 1 | 2) && names::alert(number).is_some();
                if !is_right && self.handshake.client.seen {
                    self.handshake.wrong(side, &event::INVALID_ALERT, sink);
                }
                self.handshake.alert(side, number);
                if level == 2 {
                    self.give_up(Side::Client);
                    self.give_up(Side::Server);
                }
            }
            (content::CHANGE_CIPHER, _) => {
                if half.messages.waiting() > 0 {
                    half.messages.reset();
                }
                half.changed_cipher = true;
                self.handshake.change_cipher(side, sink);
                self.begin_encryption(side);
            }
            (content::HEARTBEAT, start) => {
                let start = start.first_chunk::<3>().copied();
                self.heartbeat(side, start, length, sink);
            }
            _ => {}
        }
    }

    /// Encryption begins with this record, unless it is the one that TLS 1.3 sends for show.
    fn begin_encryption(&mut self, side: Side) {
        if self.handshake.is_tls13() || !self.handshake.server.seen {
            return;
        }
        let half = self.sides.of_mut(side);
        half.is_encrypted = true;
        half.is_over = true;
        let both = self.sides.client.is_encrypted && self.sides.server.is_encrypted;
        self.handshake.established = both;
    }

    fn encrypted_data(&mut self, side: Side) {
        let half = self.sides.of_mut(side);
        half.is_encrypted = true;
        half.is_over = true;
        let both = self.sides.client.is_encrypted && self.sides.server.is_encrypted;
        self.handshake.established = both && self.handshake.server.seen;
    }

    /// Heartbleed before encryption (RFC 6520, section 4): a request claims more than it has.
    fn heartbeat(&mut self, side: Side, start: Option<[u8; 3]>, length: u16, sink: &mut dyn Sink) {
        /// Type, length and the least padding.
        const AROUND: u32 = 3 + 16;
        let handshake = &mut self.handshake;
        handshake.note(side, 'b');
        handshake.wrong(side, &event::HEARTBEAT_MESSAGE, sink);
        if self.sides.of(side).changed_cipher {
            return;
        }
        let Some([kind, high, low]) = start else {
            return handshake.wrong(side, &event::INVALID_HEARTBEAT_MESSAGE, sink);
        };
        let claimed = u16::from_be_bytes([high, low]);
        match kind {
            1 if u32::from(claimed) + AROUND > u32::from(length) => {
                handshake.wrong(side, &event::OVERFLOW_HEARTBEAT_MESSAGE, sink);
                self.sides.of_mut(side).heartbeat = Some(length);
            }
            1 => self.sides.of_mut(side).heartbeat = Some(length),
            2 => {
                let asked = self.sides.of_mut(other_side(side)).heartbeat.take();
                if asked.is_some_and(|asked| length > asked) {
                    handshake.wrong(side, &event::DATALEAK_HEARTBEAT_MISMATCH, sink);
                }
            }
            _ => handshake.wrong(side, &event::INVALID_HEARTBEAT_MESSAGE, sink),
        }
    }

    /// Nothing more is expected of a side.
    fn give_up(&mut self, side: Side) {
        self.sides.of_mut(side).is_over = true;
    }

    fn next(&mut self, sink: &mut dyn Sink) -> Next {
        match (self.sides.client.is_over, self.sides.server.is_over) {
            (true, true) => {
                self.handshake.finish(sink);
                Next::Done
            }
            (false, false) => Next::More,
            _ => Next::DoneWithSide,
        }
    }
}

fn other_side(side: Side) -> Side {
    match side {
        Side::Client => Side::Server,
        Side::Server => Side::Client,
    }
}

impl Parser for Session {
    fn frames_wanted(&mut self) {
        self.spans = Some(Box::new(Sides {
            client: Spans::default(),
            server: Spans::default(),
        }));
    }

    fn data(&mut self, side: Side, bytes: &[u8], sink: &mut dyn Sink) -> Next {
        if let Some(spans) = &mut self.spans {
            spans.of_mut(side).read(side, bytes, &self.handshake, sink);
        }
        if !self.sides.of(side).is_over {
            self.first(side, bytes, sink);
            if side == Side::Client {
                self.handshake.begins(side, sink);
            }
        }
        if self.sides.of(side).is_over || self.sides.of(other_side(side)).is_over {
            return self.next_of(side, sink);
        }
        Next::More
    }

    fn about(&mut self, about: &[u8]) {
        let known = crate::PROTOCOLS.iter().map(|protocol| protocol.name);
        self.handshake.from_protocol = known.into_iter().find(|name| name.as_bytes() == about);
    }

    fn gap(&mut self, side: Side, length: u64, sink: &mut dyn Sink) -> Next {
        if let Some(spans) = &mut self.spans {
            spans.of_mut(side).skip(length);
        }
        let half = self.sides.of_mut(side);
        half.messages.reset();
        let in_body = half.first.is_none() && half.records.skip(length);
        if !in_body {
            half.is_over = true;
        }
        self.next_of(side, sink)
    }

    fn end(&mut self, side: Side, sink: &mut dyn Sink) {
        self.give_up(side);
        self.next(sink);
    }

    fn held(&self) -> usize {
        let half =
            |half: &Half| half.messages.held() + half.first.as_ref().map_or(0, Gathering::held);
        half(&self.sides.client) + half(&self.sides.server) + self.handshake.held()
    }
}

impl Session {
    /// What becomes of the flow after a call for this side.
    fn next_of(&mut self, side: Side, sink: &mut dyn Sink) -> Next {
        match self.next(sink) {
            Next::DoneWithSide if !self.sides.of(side).is_over => Next::More,
            Next::DoneWithSide | Next::Done if self.spans.is_some() => Next::More,
            next => next,
        }
    }
}
