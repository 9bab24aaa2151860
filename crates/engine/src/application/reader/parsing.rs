//! Feeds the parser of a conversation, and does what it asks for: more, less, or another protocol.

use wirewatch_flow::Side;
use wirewatch_proto::{Facts, Next, Transport};
use wirewatch_records::Kind;

use super::Reader;
use crate::application::conversation::{Agreed, BOTH, Phase, bit};
use crate::application::frames::{Frames, Told};
use crate::application::teller::Teller;
use crate::application::{FIRST_APP, QUIET, proto_side};
use crate::recogniser::{self, LOOKS};
use crate::tunnels;

/// How often a flow may change its protocol: a proxy, STARTTLS and an upgrade are three.
const MAX_SWITCHES: u8 = 6;

impl Reader<'_, '_> {
    /// Makes the parser of a protocol, or none when there is none.
    pub(super) fn begin(&mut self, name: &'static str, about: &[u8]) {
        let transport = recogniser::transport(self.flow);
        // What the flow spoke before is what a parser is to know when the protocol changes.
        let about = match recogniser::app_name(self.flow) {
            Some(before) if about.is_empty() && self.conversation.switches > 0 => before.as_bytes(),
            _ => about,
        };
        self.flow.app = recogniser::number(name, transport);
        self.rest.by_protocol.recognised(self.flow.app);
        let read = self.is_read(name);
        let Some(application) = wirewatch_proto::application(name).filter(|_| read) else {
            self.over();
            return;
        };
        if self.rest.held > self.rest.most_held {
            self.rest.counts.parsers_shed += 1;
            self.over();
            return;
        }
        if let Some(depth) = self.rest.depths.get(name) {
            self.conversation.depth = Some(*depth);
            self.conversation.files.set_most(*depth);
        }
        let facts = self.facts(name);
        self.rest.counts.parsers += 1;
        self.conversation.application = Some(application);
        self.conversation.done = 0;
        let wants = self.desk.emitter.wants(Kind::Frame)
            || self
                .desk
                .judge
                .as_deref()
                .is_some_and(|judge| judge.wants_frames(application));
        let before = self.conversation.frames.take();
        let mut parser = (application.new)(&facts);
        if wants {
            parser.frames_wanted();
        }
        self.conversation.frames = wants.then(|| {
            let in_stream = transport == Transport::Tcp;
            Box::new(Frames::new(application, in_stream, before.as_deref()))
        });
        if !about.is_empty() {
            parser.about(about);
        }
        self.conversation.phase = Phase::Parsing(parser);
    }

    /// What a parser of this protocol is told of the flow.
    pub(super) fn facts(&self, name: &'static str) -> Facts {
        Facts {
            transport: recogniser::transport(self.flow),
            client: self.flow.client_ip(),
            server: self.flow.server_ip(),
            client_port: self.flow.client_port(),
            server_port: self.flow.server_port(),
            name,
            midstream: self.flow.is_midstream(),
            limits: self.rest.limits,
        }
    }

    /// Whether this protocol is to be read.
    pub(super) fn is_read(&self, name: &str) -> bool {
        !self.rest.unread.iter().any(|unread| unread == name)
    }

    /// The side that speaks another protocol than the flow counts as is read by that one's parser, too.
    #[cold]
    fn guest_reads(&mut self, side: Side, bytes: &[u8]) {
        // It is taken out meanwhile: one that panics is gone.
        let guest = self
            .conversation
            .guest
            .take_if(|guest| guest.side() == side);
        let Some(mut guest) = guest else { return };
        if guest.read(bytes, self.flow, self.desk) {
            self.conversation.guest = Some(guest);
        } else {
            guest.finish(self.flow, self.desk);
        }
    }

    /// Nothing more of this side is read by its own parser.
    pub(super) fn guest_leaves(&mut self, side: Side) {
        let guest = self
            .conversation
            .guest
            .take_if(|guest| guest.side() == side);
        if let Some(guest) = guest {
            guest.finish(self.flow, self.desk);
        }
    }

    /// Calls the parser. It is taken out meanwhile: one that panics is gone.
    pub(super) fn with_parser<T>(
        &mut self,
        call: impl FnOnce(&mut dyn wirewatch_proto::Parser, &mut Teller<'_, '_>) -> T,
    ) -> Option<T> {
        let phase = std::mem::replace(&mut self.conversation.phase, Phase::Over);
        let Phase::Parsing(mut parser) = phase else {
            self.conversation.phase = phase;
            return None;
        };
        let mut teller = Teller {
            flow: self.flow,
            files: &mut self.conversation.files,
            frames: self.conversation.frames.as_deref_mut(),
            anomalies: &mut self.conversation.anomalies,
            ledger: &mut self.conversation.ledger,
            watched: &mut self.conversation.watched,
            desk: self.desk,
        };
        let outcome = call(parser.as_mut(), &mut teller);
        let frames = teller.frames.as_deref().map_or(0, Frames::held);
        let guest = self.conversation.guest.as_ref();
        let held =
            parser.held() + teller.files.held() + frames + guest.map_or(0, |guest| guest.held());
        self.rest.held = (self.rest.held + held).saturating_sub(self.conversation.held);
        self.conversation.held = held;
        self.conversation.phase = Phase::Parsing(parser);
        Some(outcome)
    }

    pub(super) fn parse(&mut self, side: Side, bytes: &[u8]) {
        if self.conversation.heard & bit(side) == 0 {
            self.first_words(side, bytes);
        }
        if self.conversation.guest.is_some() {
            self.guest_reads(side, bytes);
        }
        if self.conversation.done & bit(side) != 0 {
            return;
        }
        if let Some(frames) = &mut self.conversation.frames {
            frames.push(proto_side(side), bytes);
        }
        let next = self.with_parser(|parser, teller| parser.data(proto_side(side), bytes, teller));
        self.with_frames(|frames, told| frames.advance(proto_side(side), told));
        self.follow(next, side, bytes);
        if self.rest.held > self.rest.most_held {
            self.shed();
        }
    }

    /// Does something with the spans of the flow, if there are any.
    #[inline]
    pub(super) fn with_frames(&mut self, act: impl FnOnce(&mut Frames, &mut Told<'_, '_>)) {
        if let Some(frames) = &mut self.conversation.frames {
            let mut told = Told {
                flow: self.flow,
                files: &self.conversation.files,
                desk: self.desk,
                transaction: None,
                parser: match &self.conversation.phase {
                    Phase::Parsing(parser) => Some(parser.as_ref()),
                    _ => None,
                },
            };
            act(frames, &mut told);
        }
    }

    /// Parsers hold too much: this one, which has just grown or is the one at hand, goes.
    #[cold]
    fn shed(&mut self) {
        if self.conversation.held > 0 {
            self.rest.counts.parsers_shed += 1;
            self.over();
        }
    }

    pub(super) fn follow(&mut self, next: Option<Next>, side: Side, bytes: &[u8]) {
        match next {
            None | Some(Next::More) => {}
            Some(Next::DoneWithSide) => {
                self.conversation.done |= bit(side);
                if self.conversation.done == BOTH {
                    self.over();
                }
            }
            Some(Next::Done) => {
                // What follows is encrypted or says nothing: rules are not shown it either.
                self.over();
                self.flow.user[2] |= QUIET;
                self.conversation.is_quiet = true;
            }
            Some(Next::Switch { rest, to }) => self.switch(to, side, bytes, rest),
        }
    }

    #[cold]
    fn switch(&mut self, to: Option<&'static str>, side: Side, bytes: &[u8], rest: usize) {
        let kept = match &mut self.conversation.phase {
            Phase::Parsing(parser) => parser.kept(proto_side(side.other())),
            _ => Vec::new(),
        };
        self.over();
        if to.is_none() {
            self.proxied();
        }
        self.conversation.switches += 1;
        if self.flow.user[2] & FIRST_APP == 0 {
            self.flow.user[2] |= u32::from(self.flow.app);
        }
        if self.conversation.switches > MAX_SWITCHES {
            return;
        }
        match to {
            Some(name) if name != "tls" => self.begin(name, &[]),
            _ => {
                // What it was stays its name until more is known.
                self.flow.app_tried &= !LOOKS;
                self.conversation.phase = Phase::New;
                if to.is_some() {
                    self.conversation.agreed = Agreed::Tls;
                }
            }
        }
        if !kept.is_empty() {
            self.read(side.other(), &kept);
        }
        let left = bytes.len().saturating_sub(rest);
        let bytes = bytes.get(left..).unwrap_or_default();
        if !bytes.is_empty() {
            self.read(side, bytes);
        }
    }

    /// What a proxy was asked for begins: it is a tunnel.
    fn proxied(&mut self) {
        self.conversation.ledger.is_passed_on = true;
        if let Some(proxy @ ("socks" | "http")) = recogniser::app_name(self.flow) {
            tunnels::tell_proxy(self.flow, self.desk, proxy);
        }
    }
}
