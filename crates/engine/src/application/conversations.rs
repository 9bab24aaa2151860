//! One worker's conversations: those that go on, and what is left of those that are over.

use std::sync::Arc;

use wirewatch_decode::Datagram;
use wirewatch_flow::{Flow, Side, TcpState};
use wirewatch_stream::{Events, StreamIndex, Streams};

use super::conversation::{BOTH, Conversation, Phase};
use super::reader::Reader;
use super::{Chunks, Config, Counts, Desk, Ledger, Oddities, Rest, Shared, TCP, UDP, proto_side};
use crate::counters::Protocols;
use crate::judge::Sight;
use crate::recogniser::DONE;

/// Of the memory for parsers one part in so many may be taken by bytes that wait for rules.
const WAITING_PART: usize = 4;

/// `Flow::user[0]`: the conversation is over; the rest is the place of its ledger.
const LEDGER: u32 = 1 << 31;

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

impl Applications {
    pub(crate) fn new(config: Config, shared: Arc<Shared>) -> Self {
        let mut conversations = Vec::new();
        // Pages that no conversation uses stay untouched; when this fails the array grows as it is used.
        let _ = conversations.try_reserve_exact(config.max_conversations);
        Self {
            streams: Streams::new(config.streams),
            conversations,
            free: Vec::new(),
            ledgers: Vec::new(),
            free_ledgers: Vec::new(),
            shared,
            rest: Rest {
                most_held: config.parser_bytes,
                limits: config.limits,
                unread: config.unread.clone(),
                depths: config.depths.clone(),
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

    /// Reads what a packet of this flow needs of its conversation; gives the number of its stream.
    #[inline]
    pub(crate) fn touch(&self, flow: &Flow) -> (u64, Option<StreamIndex>) {
        let slot = flow.user[0].checked_sub(1);
        let conversation = slot.and_then(|slot| self.conversations.get(slot as usize));
        conversation.map_or((0, None), |one| (one.touch(), one.stream))
    }

    /// Reads what a segment needs of its stream.
    #[inline]
    pub(crate) fn touch_stream(&self, stream: StreamIndex) -> u64 {
        self.streams.touch(stream)
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
        if let Some(frames) = &mut reader.conversation.frames {
            frames.tell_waiting(Some(proto_side(side)), reader.flow, reader.desk);
        }
        let events = self
            .streams
            .segment(index, side, datagram, payload, &mut |delivery| {
                reader.deliver(delivery);
            });
        if let Some(depth) = reader.conversation.depth.take() {
            self.streams.set_depth(index, depth);
        }
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
            reader.tell_spans();
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
