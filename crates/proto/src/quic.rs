//! QUIC 1 and 2, its later drafts, and Google's own versions (RFC 9000, RFC 9001, RFC 9369).
//!
//! Initial packets are protected with keys that anybody can compute; what they hold is TLS's hellos.
//! Only as many are decrypted as the two hellos take; then the flow is done with.

mod crypto;
mod google;
mod header;
mod hello;
mod keys;
#[cfg(test)]
mod tests;

use wirewatch_records::{Kind as RecordKind, QuicSessionRow};

use crate::application::{Application, Event, Facts, Next, Parser};
use crate::exchange::event;
use crate::protocol::Side;
use crate::sink::{Frame, Sink};
use crate::stray;
use crate::tls::fingerprint::hex;
use crate::tls::handshake::{Carrier, Handshake, Sides, readable};
use crypto::{Crypto, Fault};
use header::{Initial, Kind, Packet, Version};
use hello::Hello;
use keys::Keys;

/// QUIC over UDP.
pub(crate) static QUIC: Application = Application {
    names: &["quic"],
    new: |facts| Box::new(Session::new(facts)),
    frames: &["pdu"],
    buffers: hello::BUFFERS,
    numbers: &[],
    events: EVENTS,
};

static EVENTS: &[Event] = &[
    event(
        "quic.failed_decrypt",
        "A client's first packet that is not protected as its version demands.",
    ),
    event(
        "quic.error_on_header",
        "A datagram whose first packet has no header that can be read.",
    ),
    event(
        "quic.error_on_data",
        "A first packet whose frames cannot be read, or do not belong there.",
    ),
    event(
        "quic.crypto_frag_too_long",
        "A hello that is longer than is put together, or comes in too many pieces.",
    ),
];

const FAILED_DECRYPT: usize = 0;
const ERROR_ON_HEADER: usize = 1;
const ERROR_ON_DATA: usize = 2;
const HELLO_TOO_LONG: usize = 3;

/// Datagrams until the hellos must have come: large ones take 2 or 3, some get lost and are repeated.
const MAX_DATAGRAMS: u16 = 64;
/// Letters of the history.
const MAX_HISTORY: usize = 100;
/// How often keys are computed in one flow: a retry and a second connection on the same ports need
/// new ones; without a limit each packet could ask for them.
const MAX_KEYS: u8 = 6;

/// Versions with different keys, the likelier ones first.
const LIKELY: [Version; 4] = [
    Version(1),
    Version(0xff00_001d),
    Version(0xff00_0017),
    Version(0x6b33_43cf),
];

/// What is told of a flow.
struct Session {
    handshake: Handshake,
    keys: Option<Keys>,
    /// What the keys were computed from.
    key_identifier: Vec<u8>,
    key_version: Version,
    keys_made: u8,
    crypto: Sides<Crypto>,
    /// Whether this side's hello was told.
    told: Sides<bool>,
    /// The payload at hand.
    plain: Vec<u8>,
    version: Version,
    client_destination: Vec<u8>,
    client_source: Vec<u8>,
    server_source: Vec<u8>,
    history: String,
    /// Packets of encrypted data.
    short: Sides<u64>,
    transactions: u64,
    datagrams: u16,
    /// Events that were told, a bit each.
    told_events: u8,
    is_over: bool,
}

impl Session {
    fn new(facts: &Facts) -> Self {
        Self {
            handshake: Handshake::new(&QUIC, Carrier::Quic, facts.limits.tls_parts),
            keys: None,
            key_identifier: Vec::new(),
            key_version: Version::default(),
            keys_made: 0,
            crypto: Sides::default(),
            told: Sides::default(),
            plain: Vec::new(),
            version: Version::default(),
            client_destination: Vec::new(),
            client_source: Vec::new(),
            server_source: Vec::new(),
            history: String::new(),
            short: Sides::default(),
            transactions: 0,
            datagrams: 0,
            told_events: 0,
            is_over: false,
        }
    }

    fn packet(&mut self, side: Side, packet: &Packet<'_>, sink: &mut dyn Sink) {
        match &packet.kind {
            Kind::Initial(initial) => {
                self.introduce(side, packet);
                self.note(side, 'i');
                self.initial(side, packet, initial, sink);
            }
            Kind::ZeroRtt => self.note(side, 'z'),
            Kind::Handshake => self.note(side, 'h'),
            Kind::Retry => {
                self.note(side, 'r');
                self.retry();
            }
            Kind::Negotiation => {
                self.note(side, 'v');
                self.retry();
            }
            Kind::Unknown => {
                self.introduce(side, packet);
                self.note(side, 'u');
            }
            Kind::Google(frames) => {
                self.introduce(side, packet);
                self.google(side, frames, sink);
            }
            Kind::Discarded if !self.version.is_google() => self.note(side, 'x'),
            Kind::Short | Kind::Discarded => self.encrypted(side),
        }
    }

    /// Keeps version and identifiers of the first packets.
    fn introduce(&mut self, side: Side, packet: &Packet<'_>) {
        match side {
            Side::Client if self.client_destination.is_empty() => {
                self.version = packet.version;
                self.client_destination = packet.destination.to_vec();
                self.client_source = packet.source.to_vec();
            }
            Side::Server if self.server_source.is_empty() => {
                self.server_source = packet.source.to_vec();
            }
            _ => {}
        }
    }

    /// The server wants the client to say hello again, to another identifier or in another version.
    fn retry(&mut self) {
        self.keys = None;
        self.crypto.client.reset();
        self.told.client = false;
    }

    fn initial(
        &mut self,
        side: Side,
        packet: &Packet<'_>,
        initial: &Initial<'_>,
        sink: &mut dyn Sink,
    ) {
        if *self.told.of(side) || !self.open(side, packet, initial, sink) {
            return;
        }
        let plain = std::mem::take(&mut self.plain);
        let mut crypto = std::mem::take(self.crypto.of_mut(side));
        if let Some(message) = crypto.frames(&plain) {
            self.hello(side, packet.version, message, sink);
            crypto = Crypto::default();
        }
        let fault = crypto.fault.take();
        *self.crypto.of_mut(side) = crypto;
        self.plain = plain;
        match fault {
            // Google's last versions have frames of their own.
            Some(Fault::Broken) if packet.version.is_standard() => {
                self.wrong(side, ERROR_ON_DATA, sink);
            }
            Some(Fault::TooLong) => self.wrong(side, HELLO_TOO_LONG, sink),
            _ => {}
        }
    }

    /// Something is wrong; told once in a flow.
    fn wrong(&mut self, side: Side, event: usize, sink: &mut dyn Sink) {
        let bit = 1_u8.wrapping_shl(event as u32);
        if self.told_events & bit == 0
            && let Some(event) = EVENTS.get(event)
        {
            self.told_events |= bit;
            stray::tell(&mut self.transactions, &QUIC, side, event, sink);
        }
    }

    /// Decrypts a packet into `plain`.
    fn open(
        &mut self,
        side: Side,
        packet: &Packet<'_>,
        initial: &Initial<'_>,
        sink: &mut dyn Sink,
    ) -> bool {
        if let Some(keys) = &self.keys
            && keys.open(side, initial, &mut self.plain)
        {
            return true;
        }
        let is_new = self.keys.is_none()
            || packet.destination != self.key_identifier
            || packet.version != self.key_version;
        if side == Side::Server || !is_new || self.keys_made >= MAX_KEYS {
            return false;
        }
        self.keys_made += 1;
        // A reserved version has the keys of a real one, which only trying tells.
        let as_spoken = [packet.version];
        let candidates = if packet.version.is_reserved() {
            LIKELY.as_slice()
        } else {
            as_spoken.as_slice()
        };
        let opening = candidates.iter().find_map(|version| {
            let keys = Keys::new(*version, packet.destination)?;
            keys.open(side, initial, &mut self.plain).then_some(keys)
        });
        let opened = opening.is_some();
        if opened || self.keys.is_none() {
            self.keys = opening;
            self.key_identifier = packet.destination.to_vec();
            self.key_version = packet.version;
        }
        if !opened {
            self.wrong(side, FAILED_DECRYPT, sink);
        }
        opened
    }

    /// A whole message of the handshake.
    fn hello(&mut self, side: Side, version: Version, message: &[u8], sink: &mut dyn Sink) {
        let [number, _, _, _, body @ ..] = message else {
            return;
        };
        let hello = if message.starts_with(b"CHLO") {
            google::Hello::find(message, version.0)
                .map(|found| Hello::google(self.transactions, side, version, found))
        } else {
            self.note(side, 's');
            self.handshake.message(side, *number, body, sink);
            Hello::tls(self.transactions, side, version, *number, body)
        };
        if let Some(hello) = hello {
            *self.told.of_mut(side) = true;
            self.tell(side, &hello, sink);
        }
    }

    fn google(&mut self, side: Side, frames: &[u8], sink: &mut dyn Sink) {
        let found = match side {
            Side::Client => google::Hello::find(frames, self.version.0),
            Side::Server => None,
        };
        if let Some(found) = &found {
            crate::tls::handshake::learn_name(&found.sni, sink);
        }
        let has_hello = found.is_some();
        let found = found.unwrap_or_default();
        let hello = Hello::google(self.transactions, side, self.version, found);
        if has_hello {
            self.tell(side, &hello, sink);
        } else {
            self.transactions += 1;
            sink.progress(&hello, side);
        }
    }

    fn tell(&mut self, side: Side, hello: &Hello, sink: &mut dyn Sink) {
        use crate::application::Transaction as _;
        self.transactions += 1;
        sink.progress(hello, side);
        if sink.wants(RecordKind::Quic) {
            hello.row(&mut |row| sink.record(Some(hello.id()), side, row));
        }
    }

    /// Writes a letter into the history, a capital for the client.
    fn note(&mut self, side: Side, letter: char) {
        if self.history.len() < MAX_HISTORY {
            self.history.push(match side {
                Side::Client => letter.to_ascii_uppercase(),
                Side::Server => letter,
            });
        }
    }

    /// Whether nothing more of the flow is of interest.
    fn is_done(&self, sink: &dyn Sink) -> bool {
        let has_both = self.told.client && self.told.server;
        let wants_history = sink.wants(RecordKind::QuicSession);
        !wants_history && (self.datagrams >= MAX_DATAGRAMS || has_both)
    }

    /// A packet of encrypted data: a letter for the first, and whenever there are twice as many.
    fn encrypted(&mut self, side: Side) {
        let count = self.short.of_mut(side);
        *count = count.saturating_add(1);
        if count.is_power_of_two() {
            self.note(side, 'o');
        }
    }

    fn finish(&mut self, sink: &mut dyn Sink) {
        if std::mem::replace(&mut self.is_over, true) {
            return;
        }
        self.handshake.finish(sink);
        if !sink.wants(RecordKind::QuicSession) || self.history.is_empty() {
            return;
        }
        let client = &self.handshake.client;
        let server_source = hex(&self.server_source);
        let protocol = client.alpn.first().map(|name| readable(name));
        let row = QuicSessionRow {
            version: &zeek_version(self.version),
            client_initial_dcid: &hex(&self.client_destination),
            client_scid: &hex(&self.client_source),
            server_scid: Some(server_source.as_str()).filter(|id| !id.is_empty()),
            server_name: Some(client.sni.as_slice()).filter(|name| !name.is_empty()),
            client_protocol: protocol.as_deref(),
            history: &self.history,
        };
        sink.record(None, Side::Client, &row.into());
    }
}

/// A version as Zeek names it.
fn zeek_version(version: Version) -> String {
    match version.0 {
        0x6b33_43cf => "quicv2".to_owned(),
        1 => "1".to_owned(),
        draft @ 0xff00_0000..=0xff00_00ff => format!("draft-{}", draft & 0xff),
        other => format!("unknown-{other:x}"),
    }
}

impl Parser for Session {
    fn data(&mut self, side: Side, bytes: &[u8], sink: &mut dyn Sink) -> Next {
        self.datagrams = self.datagrams.saturating_add(1);
        let mut rest = bytes;
        while !rest.is_empty() {
            let before = rest.len();
            let Some(packet) = Packet::read(&mut rest) else {
                // What follows a packet in its datagram may be anything.
                if before == bytes.len() {
                    self.wrong(side, ERROR_ON_HEADER, sink);
                }
                break;
            };
            let length = before.saturating_sub(rest.len());
            sink.frame(Frame::new(0, side, before, length));
            self.packet(side, &packet, sink);
        }
        if self.is_done(sink) {
            self.finish(sink);
            return Next::Done;
        }
        Next::More
    }

    fn gap(&mut self, _: Side, _: u64, _: &mut dyn Sink) -> Next {
        Next::More
    }

    fn end(&mut self, _: Side, sink: &mut dyn Sink) {
        self.finish(sink);
    }

    fn held(&self) -> usize {
        self.crypto.client.held()
            + self.crypto.server.held()
            + self.plain.capacity()
            + self.handshake.held()
    }
}
