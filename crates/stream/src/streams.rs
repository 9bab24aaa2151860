//! The streams of one worker, within one amount of memory.
//!
//! When memory runs out, unused buffers go first, then what is behind holes: of the sixteen streams
//! that have waited longest for a hole to be filled, the one that misses most bytes loses what it has
//! behind its hole, and of equals the one that waited longest. What is in order is not lost but delivered early.

use std::num::NonZeroU32;

use wirewatch_decode::{Datagram, flags};
use wirewatch_flow::Side;

use crate::delivery::Context;
use crate::pool::Pool;
use crate::stream::Stream;
use crate::{Config, Counters, Delivery, Events, Fate};

mod waiting;

use waiting::Waiting;

/// Memory kept free for one segment: its bytes in the largest buffer that they can need, and a full list of pieces that grows.
const HEADROOM: usize = 256 << 10;
/// Streams evicted per segment at most, so that no single one takes long.
const MAX_EVICTIONS: usize = 8;
/// Streams looked at per eviction.
const SAMPLE: usize = 16;

/// Which stream, until it is closed. Fits into a word that is 0 while there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct StreamIndex(NonZeroU32);

impl StreamIndex {
    /// The index as a number other than 0.
    pub fn to_word(self) -> u32 {
        self.0.get()
    }

    /// The index that gave this number; `None` for 0.
    pub fn from_word(word: u32) -> Option<Self> {
        NonZeroU32::new(word).map(Self)
    }

    fn slot(self) -> usize {
        self.0.get() as usize - 1
    }
}

/// All streams of one worker.
#[derive(Debug)]
pub struct Streams {
    config: Config,
    /// Streams at once.
    most: usize,
    /// Memory to keep free for one segment.
    headroom: usize,
    slots: Vec<Stream>,
    free: Vec<u32>,
    waiting: Waiting,
    pool: Pool,
    counters: Counters,
}

impl Streams {
    /// Bytes per stream, without what it keeps.
    pub const BYTES_PER_STREAM: usize =
        size_of::<Stream>() + size_of::<u32>() + Waiting::BYTES_PER_NODE;

    /// Without a stream.
    pub fn new(config: Config) -> Self {
        let fitting = config.memory_bytes / 2 / Self::BYTES_PER_STREAM;
        // Indices are 32 bits wide, and two of them have a meaning of their own.
        let max_streams = config.max_streams.min(fitting).min(u32::MAX as usize - 2);
        let mut slots = Vec::new();
        // Pages that no stream uses stay untouched; when this fails the array grows as it is used.
        let _ = slots.try_reserve_exact(max_streams);
        Self {
            config,
            most: max_streams,
            headroom: HEADROOM.min(config.memory_bytes / 8),
            slots,
            free: Vec::new(),
            waiting: Waiting::new(max_streams),
            pool: Pool::new(config.memory_bytes),
            counters: Counters::default(),
        }
    }

    /// Makes place for the stream of a connection, whose first segment is `datagram`.
    ///
    /// While nearly all places are taken a lone SYN gets none, so that a flood of
    /// them leaves some for connections that are answered: ask again with the next segment.
    pub fn open(&mut self, datagram: &Datagram) -> Option<StreamIndex> {
        let live = self.len();
        let is_lone_syn = datagram.payload_wire_length == 0
            && datagram.tcp.flags & (flags::SYN | flags::ACK) == flags::SYN;
        let allowed = if is_lone_syn {
            self.most - self.most / 8
        } else {
            self.most
        };
        if live >= allowed || !self.has_place() {
            self.counters.refused += 1;
            return None;
        }
        let slot = self.place(Stream::new());
        self.counters.opened += 1;
        self.counters.peak = self.counters.peak.max(live as u64 + 1);
        NonZeroU32::new(slot + 1).map(StreamIndex)
    }

    fn has_place(&mut self) -> bool {
        if !self.free.is_empty() || self.pool.has_room(Self::BYTES_PER_STREAM) {
            return true;
        }
        self.make_room(None);
        self.pool.has_room(Self::BYTES_PER_STREAM)
    }

    fn place(&mut self, stream: Stream) -> u32 {
        let free = self.free.pop();
        if let Some(slot) = free
            && let Some(place) = self.slots.get_mut(slot as usize)
        {
            *place = stream;
            return slot;
        }
        self.pool.charge(Self::BYTES_PER_STREAM);
        self.slots.push(stream);
        self.slots.len() as u32 - 1
    }

    /// Reads from each cache line of a stream that a segment changes, see [`wirewatch_flow::Table::touch`].
    #[inline]
    pub fn touch(&self, index: StreamIndex) -> u64 {
        self.slots.get(index.slot()).map_or(0, Stream::touch)
    }

    /// Takes a segment into account, in the order of capture. `payload` is what was captured
    /// of its payload. Calls `deliver` with everything that became certain, for either side.
    #[inline]
    pub fn segment(
        &mut self,
        index: StreamIndex,
        side: Side,
        datagram: &Datagram,
        payload: &[u8],
        deliver: &mut dyn FnMut(Delivery<'_>),
    ) -> Events {
        self.counters.segments += 1;
        self.counters.payload_bytes += payload.len() as u64;
        if datagram.bad_checksum && (payload.is_empty() || !self.config.believe_acknowledged) {
            self.counters.bad_checksum_bytes += payload.len() as u64;
            return Events::default();
        }
        if !payload.is_empty() && !self.pool.has_room(self.headroom) {
            self.make_room(Some(index));
        }
        let Some(stream) = self
            .slots
            .get_mut(index.slot())
            .filter(|stream| stream.is_live)
        else {
            self.counters.unfollowed_bytes += payload.len() as u64;
            return Events::default();
        };
        let mut context = Context {
            config: &self.config,
            pool: &mut self.pool,
            counters: &mut self.counters,
            deliver,
            events: Events::default(),
            fate: Fate::Read,
        };
        stream.segment(&mut context, side, datagram, payload);
        let events = context.events;
        if stream.has_backlog() != stream.is_listed {
            self.relist(index.slot());
        }
        events
    }

    /// Whether the stream waits for a hole to be filled changed.
    #[cold]
    fn relist(&mut self, slot: usize) {
        let Some(stream) = self.slots.get_mut(slot) else {
            return;
        };
        stream.is_listed = stream.has_backlog();
        if stream.is_listed {
            self.waiting.push(slot as u32);
        } else {
            self.waiting.remove(slot as u32);
        }
    }

    /// Delivers so many bytes of each direction of this stream, whatever holds for others; 0 for all.
    pub fn set_depth(&mut self, index: StreamIndex, depth: u64) {
        let depth = if depth == 0 { u64::MAX } else { depth };
        if let Some(stream) = self.slots.get_mut(index.slot()) {
            for side in [Side::ToServer, Side::ToClient] {
                stream.half_mut(side).head.depth = depth;
            }
        }
    }

    /// Looks no further at one direction: from now on it costs nothing.
    pub fn stop(&mut self, index: StreamIndex, side: Side) {
        if let Some(stream) = self.slots.get_mut(index.slot()) {
            self.counters.discarded_bytes += stream.half_mut(side).stop(&mut self.pool);
            if stream.has_backlog() != stream.is_listed {
                self.relist(index.slot());
            }
        }
    }

    /// The most wide holes that what travelled to the server and to the client had at once.
    pub fn wide_holes(&self, index: StreamIndex) -> [u8; 2] {
        let stream = self.slots.get(index.slot());
        stream.map(Stream::wide_holes).unwrap_or_default()
    }

    /// What is kept behind a hole of a direction where this sequence number lies: up to `reach` bytes before
    /// it and from it on, without a further hole. Empty when it lies behind none.
    pub fn island(&self, index: StreamIndex, side: Side, sequence: u32, reach: usize) -> Vec<u8> {
        let stream = self.slots.get(index.slot());
        let stream = stream.filter(|stream| stream.has_backlog());
        stream.map_or_else(Vec::new, |stream| stream.half(side).island(sequence, reach))
    }

    /// Delivers all that is left of a stream, with the gaps between, and closes it.
    pub fn finish(&mut self, index: StreamIndex, deliver: &mut dyn FnMut(Delivery<'_>)) -> Events {
        let Some(stream) = self
            .slots
            .get_mut(index.slot())
            .filter(|stream| stream.is_live)
        else {
            return Events::default();
        };
        let mut context = Context {
            config: &self.config,
            pool: &mut self.pool,
            counters: &mut self.counters,
            deliver,
            events: Events::default(),
            fate: Fate::Read,
        };
        stream.finish(&mut context);
        let events = context.events;
        self.close(index);
        events
    }

    /// Forgets a stream and what it keeps.
    pub fn close(&mut self, index: StreamIndex) {
        let Some(stream) = self
            .slots
            .get_mut(index.slot())
            .filter(|stream| stream.is_live)
        else {
            return;
        };
        stream.is_live = false;
        for side in [Side::ToServer, Side::ToClient] {
            self.counters.discarded_bytes += stream.half_mut(side).drop_bytes(&mut self.pool);
        }
        if stream.is_listed {
            self.relist(index.slot());
        }
        self.free.push(index.slot() as u32);
    }

    /// Gives memory back until there is enough for a segment, if that can be done.
    #[cold]
    fn make_room(&mut self, except: Option<StreamIndex>) {
        self.pool.trim();
        for _ in 0..MAX_EVICTIONS {
            if self.pool.has_room(self.headroom) {
                return;
            }
            let Some(victim) = self.victim(except) else {
                return;
            };
            self.evict(victim);
        }
    }

    /// The stream whose bytes behind holes are of the least use.
    fn victim(&self, except: Option<StreamIndex>) -> Option<u32> {
        let kept = except.map(StreamIndex::slot);
        self.waiting
            .iter()
            .filter(|slot| Some(*slot as usize) != kept)
            .take(SAMPLE)
            .filter_map(|slot| Some((slot, self.slots.get(slot as usize)?.hole())))
            .reduce(|best, next| if next.1 > best.1 { next } else { best })
            .map(|(slot, _)| slot)
    }

    fn evict(&mut self, slot: u32) {
        if let Some(stream) = self.slots.get_mut(slot as usize) {
            self.counters.evicted += 1;
            for side in [Side::ToServer, Side::ToClient] {
                let half = stream.half_mut(side);
                let dropped = half.drop_backlog(&mut self.pool) + half.drop_doubted(&mut self.pool);
                self.counters.evicted_bytes += dropped;
            }
        }
        self.relist(slot as usize);
        // Its buffers are of use only when they fit what comes next.
        self.pool.trim();
    }

    /// Streams that are open.
    pub fn len(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes used, never more than [`Config::memory_bytes`].
    pub fn memory_bytes(&self) -> usize {
        self.pool.used()
    }

    /// What happened so far.
    pub fn counters(&self) -> &Counters {
        &self.counters
    }
}
