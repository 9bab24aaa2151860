//! Reads one conversation during one packet: what its streams deliver goes to rules, to recognition, or to its parser.

use wirewatch_flow::{Flow, Side};
use wirewatch_stream::{Content, Delivery, Fate};

use super::conversation::{Agreed, Conversation, Phase, bit};
use super::teller::show_file;
use super::{Desk, Rest, proto_side};

mod parsing;
mod recognition;

/// Reads one conversation during one packet.
pub(super) struct Reader<'a, 'b> {
    pub(super) flow: &'a mut Flow,
    pub(super) conversation: &'a mut Conversation,
    pub(super) rest: &'a mut Rest,
    pub(super) desk: &'a mut Desk<'b>,
}

impl Reader<'_, '_> {
    pub(super) fn deliver(&mut self, delivery: Delivery<'_>) {
        match delivery.content {
            _ if delivery.fate == Fate::Unread => self.unread(delivery),
            Content::Data(bytes) if delivery.fate == Fate::Doubted => {
                self.doubted(delivery.side, bytes);
            }
            Content::Data(bytes) => self.data(delivery.side, bytes),
            Content::Gap(length) => self.gap(delivery.side, length),
            Content::Reset => self.end(delivery.side),
            Content::Eof if !self.desk.at.ways.prompt => self.ends(delivery.side),
            Content::Eof | Content::DepthReached => self.finish(delivery.side),
        }
    }

    /// The end of a side was seen. Its parser hears of it when the connection is closed, as those of other
    /// programs do; where somebody may be waiting it is told at once.
    fn ends(&mut self, side: Side) {
        self.conversation.ending |= bit(side);
        if !matches!(self.conversation.phase, Phase::Parsing(_)) {
            self.conversation.watched.hurry(side);
        }
    }

    fn finish(&mut self, side: Side) {
        self.conversation.watched.hurry(side);
        self.end(side);
    }

    /// Tells the ends that were seen, once the connection is closed.
    #[cold]
    pub(super) fn close(&mut self) {
        let ending = std::mem::take(&mut self.conversation.ending);
        for side in [Side::ToServer, Side::ToClient] {
            if ending & bit(side) != 0 {
                self.finish(side);
            }
        }
    }

    /// What nobody read means nothing to a parser; rules see it all the same.
    #[cold]
    fn unread(&mut self, delivery: Delivery<'_>) {
        let conversation = &mut *self.conversation;
        let side = delivery.side;
        let is_watched = conversation.is_watched && conversation.watched_sides & bit(side) != 0;
        match delivery.content {
            Content::Data(_) if conversation.watched.is_seen_ahead => {}
            Content::Data(bytes) if is_watched && !conversation.is_quiet => {
                conversation.watched.push(side, bytes, self.desk.at.ts);
            }
            Content::Gap(length) if is_watched => conversation.watched.gap(side, length),
            _ => {}
        }
    }

    /// Rules saw it as a packet, which is not said twice.
    #[cold]
    fn doubted(&mut self, side: Side, bytes: &[u8]) {
        let conversation = &mut *self.conversation;
        if conversation.is_watched && conversation.watched_sides & bit(side) != 0 {
            conversation.watched.gap(side, bytes.len() as u64);
        }
        self.read(side, bytes);
        if self.conversation.is_watched && self.conversation.watched_as != Some(self.flow.app) {
            self.choose_readers();
        }
    }

    pub(super) fn data(&mut self, side: Side, bytes: &[u8]) {
        let conversation = &mut *self.conversation;
        if !conversation.is_watched || conversation.is_quiet {
            return self.read(side, bytes);
        }
        if conversation.watched_sides & bit(side) != 0 {
            conversation.watched.push(side, bytes, self.desk.at.ts);
        }
        self.read(side, bytes);
        if self.conversation.watched_as != Some(self.flow.app) {
            self.choose_readers();
        }
    }

    /// What the flow speaks is known, or will not be: only sides that a rule could match are kept for rules.
    #[cold]
    fn choose_readers(&mut self) {
        let app = self.flow.app;
        if app == 0 && !matches!(self.conversation.phase, Phase::Over) {
            return;
        }
        self.conversation.watched_as = Some(app);
        let Some(judge) = self.desk.judge.as_deref() else {
            return;
        };
        self.conversation.watched_sides = 0;
        for side in [Side::ToServer, Side::ToClient] {
            if judge.wants_stream(proto_side(side), self.flow) {
                self.conversation.watched_sides |= bit(side);
            } else {
                self.conversation.watched.forget(side);
            }
        }
    }

    fn read(&mut self, side: Side, bytes: &[u8]) {
        match &self.conversation.phase {
            Phase::Parsing(_) => self.parse(side, bytes),
            _ if self.conversation.agreed == Agreed::Tls => self.look_for_tls(side, bytes),
            Phase::New | Phase::Waiting(_) => self.look(side, bytes),
            Phase::Over => {}
        }
    }

    fn gap(&mut self, side: Side, length: u64) {
        if self.conversation.watched_sides & bit(side) != 0 {
            self.conversation.watched.gap(side, length);
        }
        self.guest_leaves(side);
        if self.conversation.agreed == Agreed::Tls {
            self.begin_tls();
        }
        match &mut self.conversation.phase {
            Phase::Waiting(pending) => pending.forget(side),
            Phase::Parsing(_) if self.conversation.done & bit(side) == 0 => {
                if let Some(frames) = &mut self.conversation.frames {
                    frames.gap(proto_side(side), length);
                }
                let next =
                    self.with_parser(|parser, teller| parser.gap(proto_side(side), length, teller));
                self.follow(next, side, &[]);
            }
            _ => {}
        }
    }

    /// Nothing more comes from this side.
    pub(super) fn end(&mut self, side: Side) {
        if self.conversation.ended & bit(side) != 0 {
            return;
        }
        self.conversation.ended |= bit(side);
        self.tell_end(side);
    }

    fn tell_end(&mut self, side: Side) {
        self.guest_leaves(side);
        self.with_parser(|parser, teller| parser.end(proto_side(side), teller));
        self.with_frames(|frames, told| frames.finish(proto_side(side), told));
    }

    pub(super) fn close_files(&mut self) {
        for mut file in self.conversation.files.close() {
            if self.desk.at.ways.files.rules {
                let store = show_file(&file.facts(), None, file.side(), self.flow, self.desk);
                file.keep(store);
            }
            file.tell(self.flow, self.desk, None);
        }
    }

    /// Puts out the records of spans that wait for a packet.
    pub(super) fn tell_spans(&mut self) {
        if let Some(frames) = &mut self.conversation.frames {
            frames.tell_waiting(None, self.flow, self.desk);
        }
    }

    /// Nothing more is tried with this flow.
    fn over(&mut self) {
        self.with_frames(|frames, told| {
            frames.finish(wirewatch_proto::Side::Client, told);
            frames.finish(wirewatch_proto::Side::Server, told);
        });
        self.tell_spans();
        self.close_files();
        self.guest_leaves(Side::ToServer);
        self.guest_leaves(Side::ToClient);
        self.conversation.phase = Phase::Over;
        self.rest.held = self.rest.held.saturating_sub(self.conversation.held);
        self.conversation.held = 0;
    }
}
