//! Finds out what a conversation speaks: by the first bytes of both sides, by announcement, by how datagrams follow each other.

use wirewatch_flow::Side;
use wirewatch_proto::{
    Event, MISMATCH, NO_TLS, Recognition, Transport, UNEXPECTED, recognise, recognise_series,
};

use super::Reader;
use crate::application::conversation::{Agreed, Pending, Phase, bit};
use crate::application::guest::Guest;
use crate::application::{TCP, proto_side, teller};
use crate::recogniser::{self, LOOKS, MAX_LOOKS};

impl Reader<'_, '_> {
    /// Whether another flow has announced this one; asked when it begins and again at its first bytes, for
    /// FTP's clients connect before they say what for.
    pub(in crate::application) fn was_announced(&mut self) -> bool {
        let shared = self.desk.shared;
        if !matches!(self.conversation.phase, Phase::New) || !shared.is_expecting() {
            return false;
        }
        let (server, port) = (self.flow.server_ip(), self.flow.server_port());
        let expected = shared.take_expected(server, port, self.desk.at.ts);
        if let Some(expected) = &expected {
            self.begin(expected.name, &expected.about);
        }
        matches!(self.conversation.phase, Phase::Parsing(_))
    }

    /// Tries to find out what the flow speaks.
    pub(super) fn look(&mut self, side: Side, bytes: &[u8]) {
        if self.was_announced() {
            return self.parse(side, bytes);
        }
        let flow = &mut *self.flow;
        let looks = (flow.app_tried & LOOKS).saturating_add(1).min(LOOKS);
        flow.app_tried = flow.app_tried & !LOOKS | looks;
        let ports = (flow.client_port(), flow.server_port());
        let transport = recogniser::transport(self.flow);
        let alone = match side {
            Side::ToServer => (bytes, &[][..]),
            Side::ToClient => (&[][..], bytes),
        };
        let outcome = match &mut self.conversation.phase {
            Phase::Waiting(pending) if transport == Transport::Tcp => {
                if pending.push(side, bytes) {
                    let (client, server) = (pending.of(Side::ToServer), pending.of(Side::ToClient));
                    recognise(transport, ports, client, server)
                } else {
                    Recognition::Unknown
                }
            }
            Phase::Waiting(pending) => {
                pending.push_latest(side, bytes);
                match recognise(transport, ports, alone.0, alone.1) {
                    Recognition::Known(protocol) => Recognition::Known(protocol),
                    _ => in_series(ports, pending),
                }
            }
            _ => recognise(transport, ports, alone.0, alone.1),
        };
        match outcome {
            Recognition::Known(protocol) => self.known(protocol.name, side, bytes),
            Recognition::Unsure if looks < MAX_LOOKS => self.wait(side, bytes),
            Recognition::Unsure | Recognition::Unknown => self.over(),
        }
    }

    /// The first bytes after STARTTLS.
    #[cold]
    pub(super) fn look_for_tls(&mut self, side: Side, bytes: &[u8]) {
        if begins_tls(bytes) {
            self.begin_tls();
            self.read(side, bytes);
        } else {
            self.conversation.agreed = Agreed::Otherwise;
            self.tell(&NO_TLS, side);
            self.look(side, bytes);
        }
    }

    /// TLS, as was agreed.
    pub(super) fn begin_tls(&mut self) {
        self.conversation.agreed = Agreed::Nothing;
        self.begin("tls", &[]);
    }

    fn tell(&mut self, event: &Event, side: Side) {
        teller::flow_event(event, self.flow, self.desk, proto_side(side));
    }

    /// Keeps the first piece; later ones are kept where they are looked at.
    fn wait(&mut self, side: Side, bytes: &[u8]) {
        if matches!(self.conversation.phase, Phase::New) {
            let mut pending = Box::<Pending>::default();
            self.conversation.phase = if pending.push(side, bytes) {
                Phase::Waiting(pending)
            } else {
                Phase::Over
            };
        }
    }

    /// The protocol was recognised: its parser gets all that came so far.
    fn known(&mut self, name: &'static str, side: Side, bytes: &[u8]) {
        self.rest.counts.recognised += 1;
        let before = std::mem::take(&mut self.conversation.phase);
        self.begin(name, &[]);
        if std::mem::take(&mut self.conversation.agreed) == Agreed::Otherwise {
            self.tell(&UNEXPECTED, side);
        }
        match before {
            Phase::Waiting(pending) => {
                for (side, piece) in pending.pieces() {
                    self.read(side, piece);
                }
            }
            _ => self.read(side, bytes),
        }
        for side in [Side::ToServer, Side::ToClient] {
            if self.conversation.ended & bit(side) != 0 {
                self.tell_end(side);
            }
        }
    }

    /// The first bytes of a side, when what the flow speaks is known from the other one's: they should be of
    /// the same protocol.
    #[cold]
    pub(super) fn first_words(&mut self, side: Side, bytes: &[u8]) {
        let is_first = self.conversation.heard == 0;
        self.conversation.heard |= bit(side);
        if is_first || self.flow.protocol() != TCP || self.conversation.switches > 0 {
            return;
        }
        // No ports, so that nothing is guessed.
        let (client, server) = match side {
            Side::ToServer => (bytes, &[][..]),
            Side::ToClient => (&[][..], bytes),
        };
        let Recognition::Known(other) = recognise(Transport::Tcp, (0, 0), client, server) else {
            return;
        };
        let number = recogniser::number(other.name, Transport::Tcp);
        let is_read = |name| wirewatch_proto::application(name).is_some();
        let spoken = recogniser::app_name(self.flow);
        if number == self.flow.app || !is_read(other.name) || !spoken.is_some_and(is_read) {
            return;
        }
        let ledger = &mut self.conversation.ledger;
        match side {
            Side::ToServer => ledger.to_server = number,
            Side::ToClient => ledger.to_client = number,
        }
        self.tell(&MISMATCH, side);
        if self.is_read(other.name) {
            self.conversation.guest = Guest::new(&self.facts(other.name), side).map(Box::new);
        }
    }
}

/// Whether bytes begin like a record of TLS (RFC 8446, section 5.1) or the hello of SSL 2.
fn begins_tls(bytes: &[u8]) -> bool {
    match bytes {
        [20..=24] | [20..=24, 3, ..] => true,
        [length, _, kind, ..] => length & 0x80 != 0 && *kind == 1,
        _ => false,
    }
}

/// What the datagrams of a flow are by how they follow each other.
fn in_series(ports: (u16, u16), pending: &Pending) -> Recognition {
    let datagrams = pending.pieces();
    let datagrams = datagrams.map(|(side, bytes)| (proto_side(side), bytes));
    match recognise_series(ports, datagrams) {
        Some(protocol) => Recognition::Known(protocol),
        None => Recognition::Unsure,
    }
}
