//! The application layer of one worker: streams are put together, protocols recognised, parsers fed.
//!
//! Each flow with payload has a [`Conversation`] until nothing of it interests any more; what
//! its parser tells goes through a [`Teller`] to rules, records, files and names.

use std::sync::Arc;

use wirewatch_decode::Datagram;
use wirewatch_flow::{Flow, Side, TcpState};
use wirewatch_proto::{Facts, Limits, Next, Recognition, Transport, recognise, recognise_series};
use wirewatch_records::Kind;
use wirewatch_stream::{
    Config as StreamConfig, Content, Delivery, Event, Events, StreamIndex, Streams,
};

use crate::counters::Protocols;
use crate::emit::Emitter;
use crate::judge::{Judge, Out, Sight};
use crate::link_addresses::Mac;
use crate::origin;
use crate::pipeline::Ways;
use crate::recogniser::{self, DONE, LOOKS, MAX_LOOKS};
use crate::tally::Tally;
use crate::tunnels;

mod conversation;
mod file;
mod frames;
mod guest;
mod hashes;
mod notable;
mod range;
mod shared;
mod teller;
mod watched;

use conversation::{BOTH, Conversation, Pending, Phase, bit};
pub(crate) use conversation::{Ledger, Proxied};
pub(crate) use file::FileWays;
pub(crate) use frames::Shown;
use frames::{Frames, Told};
use guest::Guest;
pub(crate) use shared::Shared;
pub(crate) use teller::members;
use teller::{Teller, show_file};
pub(crate) use watched::Chunks;

/// How often a flow may change its protocol: a proxy, STARTTLS and an upgrade are three.
const MAX_SWITCHES: u8 = 6;

/// Of the memory for parsers one part in so many may be taken by bytes that wait for rules.
const WAITING_PART: usize = 4;

/// `Flow::user[2]`: the payload of the rest says nothing, as when it is encrypted.
pub(crate) const QUIET: u32 = 1 << 16;

/// `Flow::user[2]`: the number of the protocol that was spoken before the first change, 0 for none.
pub(crate) const FIRST_APP: u32 = 0xffff;

/// `Flow::user[0]`: the conversation is over; the rest is the place of its ledger.
const LEDGER: u32 = 1 << 31;

pub(crate) const TCP: u8 = 6;
const UDP: u8 = 17;

/// The packet at hand, for records.
#[derive(Clone, Copy)]
pub(crate) struct At<'a> {
    pub(crate) ts: i64,
    /// The packet itself; none when the end of a flow is at hand.
    pub(crate) sight: Option<&'a Sight<'a>>,
    /// Link addresses of the client and the server, known without a packet.
    pub(crate) ends: Option<(Mac, Mac)>,
    /// VLANs that the flow began in, known without a packet.
    pub(crate) vlans: Option<[u16; 3]>,
    pub(crate) interface: &'a str,
    pub(crate) ways: &'a Ways,
}

impl<'a> At<'a> {
    pub(crate) fn iface(&self) -> Option<&'a str> {
        self.ways.live.then_some(self.interface)
    }

    /// The packet's number in the capture file.
    pub(crate) fn number(&self) -> Option<u64> {
        let sight = self.sight.filter(|_| !self.ways.live)?;
        Some(sight.packet.number)
    }

    /// The VLANs of a flow; of its packet at hand, where flows are told apart without them.
    pub(crate) fn vlans(&self, flow: &Flow) -> [u16; 3] {
        if self.ways.vlans_apart {
            return flow.scope().vlans;
        }
        let of_packet = self.sight.map(origin::vlans);
        of_packet.or(self.vlans).unwrap_or_default()
    }
}

/// What telling needs besides the flow.
pub(crate) struct Desk<'a> {
    pub(crate) emitter: &'a mut Emitter,
    pub(crate) judge: Option<&'a mut Judge>,
    pub(crate) tally: &'a mut Tally,
    pub(crate) comments: &'a mut String,
    pub(crate) shared: &'a Shared,
    pub(crate) at: At<'a>,
}

impl<'a> Desk<'a> {
    /// Detection, the packet at hand, and where alerts go; nothing when nothing is detected.
    pub(crate) fn judge(&mut self) -> Option<(&mut Judge, At<'a>, Out<'_>)> {
        let out = Out {
            emitter: self.emitter,
            tally: self.tally,
            comments: self.comments,
        };
        Some((self.judge.as_deref_mut()?, self.at, out))
    }
}

/// Settings of one worker's application layer.
#[derive(Debug, Clone)]
pub(crate) struct Config {
    pub(crate) streams: StreamConfig,
    /// Memory that parsers may hold, in bytes.
    pub(crate) parser_bytes: usize,
    /// Conversations at once.
    pub(crate) max_conversations: usize,
    /// Whether rules read streams whatever their protocol is.
    pub(crate) watch_streams: bool,
    /// How much of a stream they see at a time.
    pub(crate) chunks: Chunks,
    /// How far parsers read.
    pub(crate) limits: Limits,
    /// Protocols that are recognised, but not read.
    pub(crate) unread: Vec<String>,
}

/// What was done and left undone.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Counts {
    /// Flows that were recognised.
    pub(crate) recognised: u64,
    /// Flows not looked at because too many were.
    pub(crate) shed: u64,
    /// Flows whose parser was given up because parsers held too much memory.
    pub(crate) parsers_shed: u64,
    /// Parsers that began.
    pub(crate) parsers: u64,
    /// Files not followed because too many were open in one flow.
    pub(crate) files_shed: u64,
}

impl Counts {
    /// Adds another worker's.
    pub(crate) fn add(&mut self, other: &Self) {
        self.recognised += other.recognised;
        self.shed += other.shed;
        self.parsers_shed += other.parsers_shed;
        self.parsers += other.parsers;
        self.files_shed += other.files_shed;
    }
}

/// What was odd about a segment.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Oddities {
    /// All of it, for rules.
    pub(crate) all: Events,
    /// What was not told of the flow before, for records.
    pub(crate) new: Events,
}

impl Oddities {
    /// Something that was found elsewhere, and is told of each packet.
    #[cold]
    pub(crate) fn add(&mut self, event: Event) {
        self.all.add(event);
        self.new.add(event);
    }
}

/// One worker's application layer.
pub(crate) struct Applications {
    config: Config,
    streams: Streams,
    conversations: Vec<Conversation>,
    free: Vec<u32>,
    /// Of flows whose conversation is over and that have not ended: as many as there are flows at most.
    ledgers: Vec<Ledger>,
    free_ledgers: Vec<u32>,
    pub(crate) shared: Arc<Shared>,
    rest: Rest,
}

/// What conversations share within a worker.
#[derive(Default)]
struct Rest {
    counts: Counts,
    by_protocol: Protocols,
    /// Bytes all parsers hold together.
    held: usize,
    most_held: usize,
    /// Bytes all streams keep for rules together.
    waiting: usize,
    limits: Limits,
    /// Protocols that are recognised, but not read.
    unread: Vec<String>,
}

/// What a side sends as the flow calls it.
pub(crate) fn flow_side(side: wirewatch_proto::Side) -> Side {
    match side {
        wirewatch_proto::Side::Client => Side::ToServer,
        wirewatch_proto::Side::Server => Side::ToClient,
    }
}

/// The side of a flow as parsers call it.
pub(crate) fn proto_side(side: Side) -> wirewatch_proto::Side {
    match side {
        Side::ToServer => wirewatch_proto::Side::Client,
        Side::ToClient => wirewatch_proto::Side::Server,
    }
}

impl Applications {
    pub(crate) fn new(config: Config, shared: Arc<Shared>) -> Self {
        Self {
            streams: Streams::new(config.streams),
            conversations: Vec::new(),
            free: Vec::new(),
            ledgers: Vec::new(),
            free_ledgers: Vec::new(),
            shared,
            rest: Rest {
                most_held: config.parser_bytes,
                limits: config.limits,
                unread: config.unread.clone(),
                ..Rest::default()
            },
            config,
        }
    }

    pub(crate) fn counts(&self) -> Counts {
        self.rest.counts
    }

    /// Flows recognised, by protocol.
    pub(crate) fn by_protocol(&self) -> &Protocols {
        &self.rest.by_protocol
    }

    /// What reassembly did.
    pub(crate) fn stream_counters(&self) -> &wirewatch_stream::Counters {
        self.streams.counters()
    }

    /// Whether a flow has something that is to be ended with it.
    #[inline]
    pub(crate) fn has(flow: &Flow) -> bool {
        flow.user[0] != 0
    }

    /// Whether this packet of a flow matters here.
    #[inline]
    pub(crate) fn concerns(flow: &Flow, payload: &[u8]) -> bool {
        if crate::flow_record::is_bypassed(flow) {
            return false;
        }
        if flow.user[0].cast_signed() > 0 {
            return flow.protocol() == TCP || !payload.is_empty();
        }
        flow.app_tried & DONE == 0 && (flow.protocol() == TCP || !payload.is_empty())
    }

    /// Takes a packet of a flow. Gives what was odd about its segment.
    pub(crate) fn packet(
        &mut self,
        flow: &mut Flow,
        side: Side,
        sight: &Sight<'_>,
        desk: &mut Desk<'_>,
    ) -> Oddities {
        let Sight {
            datagram, payload, ..
        } = *sight;
        match flow.protocol() {
            TCP => self.segment(flow, side, datagram, payload, desk),
            UDP => {
                // Whole datagrams are read even with a wrong checksum, which is usual where a
                // machine captures what it sends: no later copy could say something else.
                self.message(flow, side, payload, desk);
                Oddities::default()
            }
            _ => {
                flow.app_tried |= DONE;
                Oddities::default()
            }
        }
    }

    #[inline]
    fn segment(
        &mut self,
        flow: &mut Flow,
        side: Side,
        datagram: &Datagram,
        payload: &[u8],
        desk: &mut Desk<'_>,
    ) -> Oddities {
        if flow.user[0] == 0 {
            // A connection that was refused, or whose end is all that is seen, has nothing to say.
            if payload.is_empty() && datagram.tcp.flags & wirewatch_decode::flags::SYN == 0 {
                return Oddities::default();
            }
            self.begin(flow, Some(datagram), desk);
        }
        let Some(slot) = flow.user[0].checked_sub(1) else {
            return Oddities::default();
        };
        let Some(conversation) = self.conversations.get_mut(slot as usize) else {
            return Oddities::default();
        };
        let Some(index) = conversation.stream else {
            return Oddities::default();
        };
        let mut reader = Reader {
            flow,
            conversation,
            rest: &mut self.rest,
            desk,
        };
        let events = self
            .streams
            .segment(index, side, datagram, payload, &mut |delivery| {
                reader.deliver(delivery);
            });
        if reader.conversation.ending != 0 && reader.flow.tcp_state() == TcpState::Closed {
            reader.close();
        }
        let new = events.bits() & !conversation.told;
        conversation.told |= new;
        if !conversation.has_readers() {
            self.settle(flow, slot);
        }
        Oddities {
            all: events,
            new: Events::from_bits(new),
        }
    }

    /// Whether rules see this flow's bytes as a stream.
    #[inline]
    pub(crate) fn is_watched(&self, flow: &Flow) -> bool {
        let slot = flow.user[0].wrapping_sub(1) as usize;
        let conversation = self.conversations.get(slot);
        conversation.is_some_and(Conversation::has_readers)
    }

    /// Shows rules what a packet added to its flow's streams; after they saw the packet itself.
    pub(crate) fn show_rules(&mut self, flow: &mut Flow, desk: &mut Desk<'_>) {
        let Some(slot) = flow.user[0].checked_sub(1) else {
            return;
        };
        if let Some(conversation) = self.conversations.get_mut(slot as usize) {
            if conversation.is_quiet {
                conversation.watched.show_all(flow, desk);
                conversation.is_watched = false;
            } else {
                // Without memory nothing waits.
                let is_crowded = self.rest.waiting > self.config.parser_bytes / WAITING_PART;
                // Rules are silent about what comes behind the packet for which a flow is dropped.
                let judge = desk.judge.as_ref();
                let is_last = judge.is_some_and(|judge| judge.has_dropped(flow));
                let chunks = if is_crowded || is_last {
                    Chunks::default()
                } else {
                    self.config.chunks
                };
                let sender = desk.at.sight.and_then(|sight| sight.update);
                let sender = sender.map(|update| update.side);
                conversation.watched.show(sender, chunks, flow, desk);
                if chunks.is_sliding
                    && let Some(index) = conversation.stream
                {
                    let watched = &mut conversation.watched;
                    watched.is_seen_ahead |= show_island(&self.streams, index, chunks, flow, desk);
                }
            }
            let held = conversation.watched.held();
            self.rest.waiting = (self.rest.waiting + held).saturating_sub(conversation.waiting);
            conversation.waiting = held;
            self.settle(flow, slot);
        }
    }

    /// Makes a conversation for a flow, if there is room.
    #[cold]
    fn begin(&mut self, flow: &mut Flow, datagram: Option<&Datagram>, desk: &mut Desk<'_>) {
        let stream = match datagram {
            None => None,
            Some(datagram) => match self.streams.open(datagram) {
                None => return,
                some => some,
            },
        };
        let mut conversation = Conversation {
            stream,
            is_watched: self.config.watch_streams && stream.is_some(),
            watched_sides: BOTH,
            ..Conversation::default()
        };
        if flow.app == 0 {
            let mut reader = Reader {
                flow,
                conversation: &mut conversation,
                rest: &mut self.rest,
                desk,
            };
            reader.was_announced();
        }
        let slot = match self.free.pop() {
            Some(slot) => slot,
            None if self.conversations.len() < self.config.max_conversations => {
                self.conversations.push(Conversation::default());
                self.conversations.len() as u32 - 1
            }
            None => {
                self.rest.counts.shed += 1;
                flow.app_tried |= DONE;
                if let Some(index) = stream {
                    self.streams.close(index);
                }
                return;
            }
        };
        if let Some(place) = self.conversations.get_mut(slot as usize) {
            *place = conversation;
            flow.user[0] = slot + 1;
        }
    }

    /// A datagram of a protocol that has messages, not streams.
    fn message(&mut self, flow: &mut Flow, side: Side, payload: &[u8], desk: &mut Desk<'_>) {
        if flow.user[0] == 0 {
            self.begin(flow, None, desk);
        }
        let Some(slot) = flow.user[0].checked_sub(1) else {
            return;
        };
        if let Some(conversation) = self.conversations.get_mut(slot as usize) {
            let mut reader = Reader {
                flow,
                conversation,
                rest: &mut self.rest,
                desk,
            };
            reader.data(side, payload);
            self.settle(flow, slot);
        }
    }

    /// Stops what nobody reads any more, and frees the conversation when that is all of it.
    #[inline]
    fn settle(&mut self, flow: &mut Flow, slot: u32) {
        let Some(conversation) = self.conversations.get_mut(slot as usize) else {
            return;
        };
        if !matches!(conversation.phase, Phase::Over) {
            return;
        }
        flow.app_tried |= DONE;
        if !conversation.has_readers() {
            self.free(flow, slot);
        }
    }

    fn free(&mut self, flow: &mut Flow, slot: u32) {
        flow.user[0] = 0;
        let Some(conversation) = self.conversations.get_mut(slot as usize) else {
            return;
        };
        let mut conversation = std::mem::take(conversation);
        self.rest.held = self.rest.held.saturating_sub(conversation.held);
        self.rest.waiting = self.rest.waiting.saturating_sub(conversation.waiting);
        self.rest.counts.files_shed += conversation.files.shed;
        if let Some(index) = conversation.stream {
            conversation.ledger.wide_holes = self.streams.wide_holes(index);
            self.streams.close(index);
        }
        self.free.push(slot);
        if conversation.ledger != Ledger::default() {
            flow.user[0] = self.keep(conversation.ledger) | LEDGER;
        }
    }

    /// A place for a ledger.
    fn keep(&mut self, ledger: Ledger) -> u32 {
        let place = self.free_ledgers.pop().unwrap_or_else(|| {
            self.ledgers.push(Ledger::default());
            self.ledgers.len() as u32 - 1
        });
        if let Some(kept) = self.ledgers.get_mut(place as usize) {
            *kept = ledger;
        }
        place
    }

    /// What a flow's record tells of its conversation.
    pub(crate) fn ledger(&self, flow: &Flow) -> Ledger {
        let place = flow.user[0];
        let found = if place & LEDGER != 0 {
            self.ledgers.get((place & !LEDGER) as usize)
        } else {
            let slot = place.wrapping_sub(1) as usize;
            self.conversations.get(slot).map(|known| &known.ledger)
        };
        found.cloned().unwrap_or_default()
    }

    /// The flow's record was made: its ledger is not needed any more.
    pub(crate) fn forget(&mut self, flow: &mut Flow) {
        if flow.user[0] & LEDGER != 0 {
            self.free_ledgers.push(flow.user[0] & !LEDGER);
            flow.user[0] = 0;
        }
    }

    /// The flow has ended: all that is left is read.
    pub(crate) fn end(&mut self, flow: &mut Flow, desk: &mut Desk<'_>) {
        if flow.user[0] & LEDGER != 0 {
            return;
        }
        let Some(slot) = flow.user[0].checked_sub(1) else {
            return;
        };
        if let Some(conversation) = self.conversations.get_mut(slot as usize) {
            let stream = conversation.stream.take();
            if let Some(index) = stream {
                conversation.ledger.wide_holes = self.streams.wide_holes(index);
            }
            let mut reader = Reader {
                flow,
                conversation,
                rest: &mut self.rest,
                desk,
            };
            if let Some(index) = stream {
                self.streams.finish(index, &mut |delivery| {
                    reader.deliver(delivery);
                });
            }
            reader.end(Side::ToServer);
            reader.end(Side::ToClient);
            reader.close_files();
            if !conversation.watched.is_seen_ahead {
                conversation.watched.show_all(flow, desk);
            }
        }
        self.free(flow, slot);
    }
}

/// Shows rules a segment that lies behind a hole, with what touches it there; false when it lies behind none.
fn show_island(
    streams: &Streams,
    index: StreamIndex,
    chunks: Chunks,
    flow: &mut Flow,
    desk: &mut Desk<'_>,
) -> bool {
    let sight = desk.at.sight.filter(|sight| !sight.payload.is_empty());
    let Some((sight, update)) = sight.and_then(|sight| Some((sight, sight.update?))) else {
        return false;
    };
    let (side, sequence) = (update.side, sight.datagram.tcp.sequence);
    let island = streams.island(index, side, sequence, chunks.of(side));
    if !island.is_empty()
        && let Some((judge, at, mut out)) = desk.judge()
    {
        let bytes = (island.as_slice(), island.len());
        judge.stream(proto_side(side), bytes, &island, &at, flow, &mut out);
    }
    !island.is_empty()
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

/// Reads one conversation during one packet.
struct Reader<'a, 'b> {
    flow: &'a mut Flow,
    conversation: &'a mut Conversation,
    rest: &'a mut Rest,
    desk: &'a mut Desk<'b>,
}

impl Reader<'_, '_> {
    fn deliver(&mut self, delivery: Delivery<'_>) {
        if delivery.is_unread {
            return self.unread(delivery);
        }
        match delivery.content {
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
    fn close(&mut self) {
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

    fn data(&mut self, side: Side, bytes: &[u8]) {
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
            Phase::New | Phase::Waiting(_) => self.look(side, bytes),
            Phase::Over => {}
        }
    }

    /// Whether another flow has announced this one; asked when it begins and again at its first bytes, for
    /// FTP's clients connect before they say what for.
    fn was_announced(&mut self) -> bool {
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
    fn look(&mut self, side: Side, bytes: &[u8]) {
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

    /// Makes the parser of a protocol, or none when there is none.
    fn begin(&mut self, name: &'static str, about: &[u8]) {
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
    fn facts(&self, name: &'static str) -> Facts {
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
    fn is_read(&self, name: &str) -> bool {
        !self.rest.unread.iter().any(|unread| unread == name)
    }

    /// The first bytes of a side, when what the flow speaks is known from the other one's: they should be of
    /// the same protocol.
    #[cold]
    fn first_words(&mut self, side: Side, bytes: &[u8]) {
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
        teller::mismatch(self.flow, self.desk, proto_side(side));
        if self.is_read(other.name) {
            self.conversation.guest = Guest::new(&self.facts(other.name), side).map(Box::new);
        }
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
    fn guest_leaves(&mut self, side: Side) {
        let guest = self
            .conversation
            .guest
            .take_if(|guest| guest.side() == side);
        if let Some(guest) = guest {
            guest.finish(self.flow, self.desk);
        }
    }

    /// Calls the parser. It is taken out meanwhile: one that panics is gone.
    fn with_parser<T>(
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

    fn parse(&mut self, side: Side, bytes: &[u8]) {
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
    fn with_frames(&mut self, act: impl FnOnce(&mut Frames, &mut Told<'_, '_>)) {
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

    fn follow(&mut self, next: Option<Next>, side: Side, bytes: &[u8]) {
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
        if let Some(name) = to {
            self.begin(name, &[]);
        } else {
            // What it was stays its name until more is known.
            self.flow.app_tried &= !LOOKS;
            self.conversation.phase = Phase::New;
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
        if let Some(proxy @ ("socks" | "http")) = recogniser::app_name(self.flow) {
            tunnels::tell_proxy(self.flow, self.desk, proxy);
        }
    }

    fn gap(&mut self, side: Side, length: u64) {
        if self.conversation.watched_sides & bit(side) != 0 {
            self.conversation.watched.gap(side, length);
        }
        self.guest_leaves(side);
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
    fn end(&mut self, side: Side) {
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

    fn close_files(&mut self) {
        for mut file in self.conversation.files.close() {
            if self.desk.at.ways.files.rules {
                let store = show_file(&file.facts(), None, file.side(), self.flow, self.desk);
                file.keep(store);
            }
            file.tell(self.flow, self.desk, None);
        }
    }

    /// Nothing more is tried with this flow.
    fn over(&mut self) {
        self.with_frames(|frames, told| {
            frames.finish(wirewatch_proto::Side::Client, told);
            frames.finish(wirewatch_proto::Side::Server, told);
        });
        self.close_files();
        self.guest_leaves(Side::ToServer);
        self.guest_leaves(Side::ToClient);
        self.conversation.phase = Phase::Over;
        self.rest.held = self.rest.held.saturating_sub(self.conversation.held);
        self.conversation.held = 0;
    }
}
