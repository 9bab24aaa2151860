//! DTLS 1.0 to 1.3 (RFC 6347, RFC 9147): TLS's handshake in datagrams.
//!
//! Messages come in fragments, twice and out of order; they are put together here and read by the
//! [`Handshake`] that TLS uses too.

mod fragments;
#[cfg(test)]
mod tests;

use crate::application::{Application, Facts, Next, Parser};
use crate::protocol::Side;
use crate::sink::Sink;
use crate::tls::fields::{self, event};
use crate::tls::handshake::{Carrier, Handshake, Sides};
use crate::tls::read::Reader;
use fragments::Fragments;

/// DTLS over UDP.
pub(crate) static DTLS: Application = Application {
    names: &["dtls"],
    new: |facts| Box::new(Session::new(facts)),
    frames: &[],
    buffers: fields::BUFFERS,
    numbers: fields::NUMBERS,
    events: event::EVENTS,
};

/// Datagrams after which a handshake that did not come to an end is given up. Real ones have about
/// 10, some more where many are lost.
const MAX_DATAGRAMS: u32 = 200;

struct Session {
    handshake: Handshake,
    sides: Sides<Half>,
    datagrams: u32,
}

#[derive(Default)]
struct Half {
    fragments: Fragments,
    is_encrypted: bool,
    is_over: bool,
}

/// The header of a record and its body.
struct Record<'a> {
    kind: u8,
    epoch: u16,
    body: &'a [u8],
}

impl<'a> Record<'a> {
    /// Reads one; none when it is no readable record.
    fn read(reader: &mut Reader<'a>) -> Option<Self> {
        let kind = reader.u8()?;
        let version = reader.u16()?;
        let known = matches!(version, 0xfeff | 0xfefd | 0xfefc | 0x0100);
        if !known || !(20..=26).contains(&kind) {
            return None;
        }
        let epoch = reader.u16()?;
        reader.take(6)?;
        let body = reader.vector16()?;
        Some(Self { kind, epoch, body })
    }
}

impl Session {
    fn new(facts: &Facts) -> Self {
        Self {
            handshake: Handshake::new(&DTLS, Carrier::Dtls, facts.limits.tls_parts),
            sides: Sides::default(),
            datagrams: 0,
        }
    }

    fn record(&mut self, side: Side, record: &Record<'_>, sink: &mut dyn Sink) {
        if record.epoch > 0 {
            return self.encrypted(side);
        }
        match (record.kind, record.body) {
            (22, body) => self.fragments(side, body, sink),
            (20, _) => self.handshake.change_cipher(side, sink),
            (21, [level, number]) => {
                self.handshake.alert(side, *number);
                if *level == 2 {
                    self.sides.client.is_over = true;
                    self.sides.server.is_over = true;
                }
            }
            _ => {}
        }
    }

    fn fragments(&mut self, side: Side, body: &[u8], sink: &mut dyn Sink) {
        let mut reader = Reader(body);
        let fragments = &mut self.sides.of_mut(side).fragments;
        while !reader.is_empty() {
            let Some(fragment) = fragments::Fragment::read(&mut reader) else {
                let what = &event::INVALID_HANDSHAKE_MESSAGE;
                return self.handshake.wrong(side, what, sink);
            };
            fragments.take(&fragment, |kind, message| {
                self.handshake.message(side, kind, message, sink);
            });
        }
    }

    fn encrypted(&mut self, side: Side) {
        let half = self.sides.of_mut(side);
        half.is_encrypted = true;
        half.is_over = true;
        let both = self.sides.client.is_encrypted && self.sides.server.is_encrypted;
        self.handshake.established = both && self.handshake.server.seen;
    }

    fn next(&mut self, sink: &mut dyn Sink) -> Next {
        if self.sides.client.is_over && self.sides.server.is_over {
            self.handshake.finish(sink);
            return Next::Done;
        }
        Next::More
    }
}

impl Parser for Session {
    fn data(&mut self, side: Side, bytes: &[u8], sink: &mut dyn Sink) -> Next {
        self.datagrams += 1;
        if self.datagrams > MAX_DATAGRAMS {
            self.handshake.finish(sink);
            return Next::Done;
        }
        let mut reader = Reader(bytes);
        // DTLS 1.3 encrypts with a header of its own (RFC 9147, section 4).
        if bytes.first().is_some_and(|first| first >> 5 == 1) && self.handshake.server.seen {
            self.encrypted(side);
        }
        while !self.sides.of(side).is_over {
            let Some(record) = Record::read(&mut reader) else {
                break;
            };
            self.record(side, &record, sink);
        }
        self.next(sink)
    }

    fn gap(&mut self, _: Side, _: u64, _: &mut dyn Sink) -> Next {
        Next::More
    }

    fn end(&mut self, side: Side, sink: &mut dyn Sink) {
        self.sides.of_mut(side).is_over = true;
        self.next(sink);
    }

    fn held(&self) -> usize {
        self.sides.client.fragments.held()
            + self.sides.server.fragments.held()
            + self.handshake.held()
    }
}
