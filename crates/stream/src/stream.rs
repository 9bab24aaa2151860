//! One connection: what a segment means for both of its directions.

use wirewatch_decode::{Datagram, Tcp, flags};
use wirewatch_flow::Side;

use crate::delivery::Context;
use crate::half::Half;
use crate::{Config, Event, Urgent};

mod ending;
mod handshake;
mod timestamps;

/// So many segments in a row that do not fit the window are not a mistake: the capture lost
/// what moved the window. Three duplicate acknowledgements make TCP believe in a loss; this is safely more.
const RESYNCHRONISE_AFTER: u8 = 8;

/// A connection.
#[derive(Debug)]
pub(crate) struct Stream {
    to_server: Half,
    to_client: Half,
    /// Segments in a row that did not fit the window.
    rejected: u8,
    /// Sequence number and window scale of a second SYN/ACK, which the client may have accepted instead.
    second_answer: Option<(u32, u8)>,
    /// Whether a SYN was seen.
    is_opened: bool,
    /// Whether the slot is in use.
    pub(crate) is_live: bool,
    /// Whether it is in the list of streams with something behind a hole.
    pub(crate) is_listed: bool,
}

/// The part of a segment that matters here.
#[derive(Debug, Clone, Copy)]
struct Segment<'a> {
    tcp: &'a Tcp,
    side: Side,
    payload: &'a [u8],
    /// How long the payload was on the wire.
    length: u32,
}

impl Segment<'_> {
    #[inline]
    fn has(&self, flag: u8) -> bool {
        self.tcp.flags & flag != 0
    }
}

/// Whether the sender's bytes need no acknowledgement. Where nothing of the receiver has been seen the first
/// wait for one more segment, as it may be only the beginning of the connection that is missing.
#[inline]
fn on_arrival(config: &Config, sender: &Half, receiver: &Half) -> bool {
    let is_alone = || config.async_oneside && !receiver.is_seen() && sender.is_heard();
    (config.inline || is_alone()) && !sender.is_held()
}

/// Segments of the other direction with a wrong checksum turn out to be right: who sent them had read what they
/// acknowledge.
#[cold]
fn believe(context: &mut Context<'_, '_>, sender: &mut Half, receiver: &Half, acked: u64) {
    let known = sender.highest();
    let answered = receiver.believed(acked).map(|ack| sender.offset_of(ack));
    let answered = answered.filter_map(|offset| u64::try_from(offset).ok());
    if let Some(answered) = answered.filter(|offset| *offset <= known).max() {
        sender.acknowledge(answered);
        let on_arrival = on_arrival(context.config, sender, receiver);
        sender.settle(context, on_arrival);
    }
}

impl Stream {
    pub(crate) fn new() -> Self {
        Self {
            to_server: Half::new(Side::ToServer),
            to_client: Half::new(Side::ToClient),
            rejected: 0,
            second_answer: None,
            is_opened: false,
            is_live: true,
            is_listed: false,
        }
    }

    pub(crate) fn half(&self, side: Side) -> &Half {
        match side {
            Side::ToServer => &self.to_server,
            Side::ToClient => &self.to_client,
        }
    }

    pub(crate) fn half_mut(&mut self, side: Side) -> &mut Half {
        self.pair(side).0
    }

    /// What travels to `side`, and what travels back.
    #[inline]
    fn pair(&mut self, side: Side) -> (&mut Half, &mut Half) {
        match side {
            Side::ToServer => (&mut self.to_server, &mut self.to_client),
            Side::ToClient => (&mut self.to_client, &mut self.to_server),
        }
    }

    /// Reads from each cache line that a segment changes.
    #[inline]
    pub(crate) fn touch(&self) -> u64 {
        self.to_server.touch() ^ self.to_client.touch() ^ u64::from(self.is_live)
    }

    pub(crate) fn has_backlog(&self) -> bool {
        self.to_server.has_backlog() || self.to_client.has_backlog()
    }

    /// Bytes missing before what is kept behind holes.
    pub(crate) fn hole(&self) -> u64 {
        self.to_server.hole().saturating_add(self.to_client.hole())
    }

    /// The most wide holes on the way to the server and to the client.
    pub(crate) fn wide_holes(&self) -> [u8; 2] {
        [self.to_server.wide_holes, self.to_client.wide_holes]
    }

    /// Takes a segment into account.
    #[inline]
    pub(crate) fn segment(
        &mut self,
        context: &mut Context<'_, '_>,
        side: Side,
        datagram: &Datagram,
        payload: &[u8],
    ) {
        if self.to_server.is_over() && self.to_client.is_over() {
            self.half(side)
                .count_unwanted(context.counters, payload.len());
            return;
        }
        if datagram.bad_checksum {
            self.doubt(context, side, datagram, payload);
            return;
        }
        let segment = Segment {
            tcp: &datagram.tcp,
            side,
            payload,
            length: datagram.payload_wire_length,
        };
        if let Some(stamps) = segment.tcp.timestamps
            && !self.is_timely(context, &segment, stamps)
        {
            context.counters.out_of_window_bytes += segment.payload.len() as u64;
            return;
        }
        if segment.has(flags::SYN) {
            self.synchronise(context, &segment);
        } else if segment.has(flags::RST) {
            self.reset(context, &segment);
        } else {
            self.usual(context, &segment);
        }
    }

    /// A segment with a wrong checksum: nothing in it counts but its bytes, once they are acknowledged.
    #[cold]
    fn doubt(
        &mut self,
        context: &mut Context<'_, '_>,
        side: Side,
        datagram: &Datagram,
        payload: &[u8],
    ) {
        let sender = self.half_mut(side);
        let offset = sender.offset_of(datagram.tcp.sequence);
        let tcp = &datagram.tcp;
        let is_plain = tcp.flags & (flags::SYN | flags::RST) == 0;
        let acknowledgement = (tcp.flags & flags::ACK != 0).then_some(tcp.acknowledgement);
        if !is_plain || !sender.doubt(context, offset, acknowledgement, payload) {
            context.counters.bad_checksum_bytes += payload.len() as u64;
        }
    }

    /// A segment of the connection itself.
    #[inline]
    fn usual(&mut self, context: &mut Context<'_, '_>, segment: &Segment<'_>) {
        if !self.half(segment.side).is_started() && !self.begin_late(context.config, segment) {
            context.counters.unfollowed_bytes += segment.payload.len() as u64;
            return;
        }
        let sender = self.half_mut(segment.side);
        sender.see();
        sender.let_go();
        if segment.has(flags::ACK) && !self.acknowledge(context, segment) {
            context.counters.out_of_window_bytes += segment.payload.len() as u64;
            return;
        }
        if !segment.payload.is_empty() {
            self.payload(context, segment);
        }
        if segment.has(flags::FIN) {
            self.fin(context, segment);
        }
        let (sender, receiver) = self.pair(segment.side);
        let on_arrival = on_arrival(context.config, sender, receiver);
        sender.settle(context, on_arrival);
        if !segment.payload.is_empty() {
            sender.hear();
        }
    }

    /// Whether a sender whose SYN was not seen is followed, from this segment on if it has data.
    ///
    /// Behind a SYN nothing counts but its answer: hosts drop everything else.
    #[cold]
    fn begin_late(&mut self, config: &Config, segment: &Segment<'_>) -> bool {
        if self.is_opened || !config.midstream && !config.async_oneside {
            return false;
        }
        // An empty segment may be a keep-alive, whose number is not the next.
        if segment.length > 0 || segment.has(flags::FIN) {
            self.half_mut(segment.side).start(segment.tcp.sequence);
        }
        true
    }

    /// Takes the acknowledgement into account; false when it is about what cannot have been sent.
    #[inline]
    fn acknowledge(&mut self, context: &mut Context<'_, '_>, segment: &Segment<'_>) -> bool {
        if self.second_answer.is_some() {
            self.choose_answer(context, segment);
        }
        let is_opened = self.is_opened;
        let (sender, receiver) = self.pair(segment.side);
        if !receiver.is_started() {
            // Behind a SYN that was seen comes the acknowledgement of the other, which was not.
            if is_opened && sender.has_syn() {
                receiver.start(segment.tcp.acknowledgement);
            }
            return true;
        }
        let Ok(offset) = u64::try_from(receiver.offset_of(segment.tcp.acknowledgement)) else {
            return true;
        };
        let window = sender.scaled(segment.tcp.window, receiver);
        if offset <= receiver.acked() {
            if receiver.doubts() {
                receiver.note_answer();
            }
            receiver.widen(offset + window);
            return true;
        }
        // A FIN takes one number beyond the window.
        if offset > receiver.highest() && !receiver.allows(offset.saturating_sub(1)) {
            if !self.reject(context, Event::InvalidAck) {
                return false;
            }
            self.half_mut(segment.side.other()).forget_window();
        }
        self.rejected = 0;
        let (sender, receiver) = self.pair(segment.side);
        if receiver.doubts() {
            believe(context, sender, receiver, offset);
            receiver.note_answer();
        }
        receiver.acknowledge(offset);
        receiver.widen(offset + window);
        let on_arrival = on_arrival(context.config, receiver, sender);
        receiver.settle(context, on_arrival);
        true
    }

    #[inline]
    fn payload(&mut self, context: &mut Context<'_, '_>, segment: &Segment<'_>) {
        let (sender, receiver) = self.pair(segment.side);
        if sender.is_over() {
            sender.count_unwanted(context.counters, segment.payload.len());
            return;
        }
        let offset = sender.offset_of(segment.tcp.sequence);
        if segment.has(flags::URG) && context.config.urgent == Urgent::OutOfBand {
            sender.note_urgent(context, offset, segment.tcp.urgent);
        }
        let on_arrival = on_arrival(context.config, sender, receiver);
        if sender.accept(context, offset, segment.payload, on_arrival) {
            return;
        }
        if self.reject(context, Event::OutOfWindow) {
            let sender = self.half_mut(segment.side);
            sender.forget_window();
            if sender.accept(context, offset, segment.payload, on_arrival) {
                return;
            }
        }
        context.counters.out_of_window_bytes += segment.payload.len() as u64;
    }

    /// Counts a segment that does not fit the window; true when the window is to be forgotten.
    #[cold]
    fn reject(&mut self, context: &mut Context<'_, '_>, event: Event) -> bool {
        if self.rejected >= RESYNCHRONISE_AFTER {
            self.rejected = 0;
            context.counters.resynchronised += 1;
            context.events.add(Event::Resynchronised);
            return true;
        }
        self.rejected += 1;
        context.counters.out_of_window += 1;
        context.events.add(event);
        false
    }

    /// Delivers all that is left.
    pub(crate) fn finish(&mut self, context: &mut Context<'_, '_>) {
        let is_reset = self.to_server.is_reset() || self.to_client.is_reset();
        self.to_server.finish(context, is_reset);
        self.to_client.finish(context, is_reset);
    }
}
