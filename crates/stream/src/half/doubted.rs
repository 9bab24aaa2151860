//! Segments with a wrong checksum, until their receiver says whether it took them.
//!
//! Their receiver drops them, as a rule, and what comes again with a right checksum is what counts. Where it
//! acknowledges what never came again, the checksum was not wrong on the wire: the capture was made before a
//! network card filled it in, or was edited. The last segments of a capture are believed too, when nothing of
//! their receiver was seen after them.

use std::ops::Range;

use arrayvec::ArrayVec;

use crate::Fate;
use crate::delivery::Context;
use crate::half::Half;
use crate::pool::{Pool, Use};

/// Segments kept per direction: more than a sender has under way before the first acknowledgement (RFC 6928).
const MOST: usize = 16;

/// Segments with a wrong checksum, in the order of their arrival.
#[derive(Debug)]
pub(crate) struct Doubted {
    segments: ArrayVec<Segment, MOST>,
    /// Nothing more comes.
    is_last: bool,
}

impl Doubted {
    /// One without a segment, when there is memory for it.
    fn new(pool: &mut Pool) -> Option<Box<Self>> {
        if !pool.has_room(size_of::<Self>()) {
            return None;
        }
        pool.charge(size_of::<Self>());
        Some(Box::new(Self {
            segments: ArrayVec::new(),
            is_last: false,
        }))
    }

    /// Gives all memory back; gives how many bytes the segments had.
    fn give_back(self, pool: &mut Pool) -> u64 {
        let mut dropped = 0;
        for segment in self.segments {
            dropped += segment.bytes.len() as u64;
            pool.give(segment.bytes);
        }
        pool.discharge(size_of::<Self>());
        dropped
    }
}

#[derive(Debug)]
struct Segment {
    start: u64,
    /// What it acknowledges of the other direction.
    acknowledgement: Option<u32>,
    /// Whether its receiver said something after it.
    is_answered: bool,
    bytes: Vec<u8>,
}

impl Segment {
    fn end(&self) -> u64 {
        self.start.saturating_add(self.bytes.len() as u64)
    }
}

impl Half {
    /// Whether any is kept.
    #[inline]
    pub(crate) fn doubts(&self) -> bool {
        self.doubted.is_some()
    }

    /// Keeps a segment with a wrong checksum; false when there is no use or no place for it.
    pub(crate) fn doubt(
        &mut self,
        context: &mut Context<'_, '_>,
        offset: i64,
        acknowledgement: Option<u32>,
        payload: &[u8],
    ) -> bool {
        let Ok(start) = u64::try_from(offset) else {
            return false;
        };
        let end = start.saturating_add(payload.len() as u64);
        let is_useful = self.is_started() && !self.is_over() && end > self.head.next;
        if !is_useful || !self.allows(end) {
            return false;
        }
        if self.doubted.is_none() {
            self.doubted = Doubted::new(context.pool);
        }
        let Some(doubted) = self.doubted.as_mut().filter(|one| !one.segments.is_full()) else {
            return false;
        };
        let Some(mut bytes) = context.pool.take(payload.len(), Use::Piece) else {
            return false;
        };
        bytes.extend_from_slice(payload);
        doubted.segments.push(Segment {
            start,
            acknowledgement,
            is_answered: false,
            bytes,
        });
        true
    }

    /// The receiver said something: what it does not acknowledge it does not have.
    #[cold]
    pub(crate) fn note_answer(&mut self) {
        for segment in self
            .doubted
            .iter_mut()
            .flat_map(|doubted| &mut doubted.segments)
        {
            segment.is_answered = true;
        }
    }

    /// Nothing more comes: who is silent has not refused.
    pub(super) fn note_last(&mut self) {
        if let Some(doubted) = &mut self.doubted {
            doubted.is_last = true;
        }
    }

    /// What segments acknowledge that will count when `acked` is acknowledged; their receiver has it as well.
    pub(crate) fn believed(&self, acked: u64) -> impl Iterator<Item = u32> {
        let doubted = self.doubted.iter().flat_map(|doubted| &doubted.segments);
        let taken = move |segment: &&Segment| segment.end() <= acked;
        doubted
            .filter(taken)
            .filter_map(|segment| segment.acknowledgement)
    }

    /// Takes what the receiver acknowledged and only segments with a wrong checksum have, up to the first hole.
    #[cold]
    pub(super) fn confirm(&mut self, context: &mut Context<'_, '_>, on_arrival: bool) {
        while let Some((bytes, used)) = self.confirmed(context) {
            let used = bytes.get(used).unwrap_or_default();
            context.counters.acknowledged_wrong += 1;
            context.counters.bad_checksum_bytes += (bytes.len() - used.len()) as u64;
            self.flush(context);
            let usual = std::mem::replace(&mut context.fate, Fate::Doubted);
            self.take(context, used, on_arrival);
            context.fate = usual;
            context.pool.give(bytes);
        }
    }

    /// A segment that has the next byte, which the receiver has (or may have, at the end) and nothing else has, and
    /// which part of it is meant.
    fn confirmed(&mut self, context: &mut Context<'_, '_>) -> Option<(Vec<u8>, Range<usize>)> {
        let next = self.head.next;
        let doubted = self.doubted.as_mut()?;
        doubted.segments.retain(|segment| {
            let is_old = segment.end() <= next;
            if is_old {
                context.counters.bad_checksum_bytes += segment.bytes.len() as u64;
                context.pool.give(std::mem::take(&mut segment.bytes));
            }
            !is_old
        });
        if doubted.segments.is_empty() {
            self.drop_doubted(context.pool);
            return None;
        }
        let behind = self.backlog.as_ref().and_then(|backlog| backlog.first());
        let limit = behind.map_or(u64::MAX, |piece| piece.start);
        let (acked, is_last) = (self.head.acked, doubted.is_last);
        let at = doubted.segments.iter().position(|segment| {
            let is_taken = segment.end().min(limit) <= acked;
            segment.start <= next && next < limit && (is_taken || is_last && !segment.is_answered)
        })?;
        let segment = doubted.segments.remove(at);
        let end = segment.end().min(limit);
        let used = (next - segment.start) as usize..(end - segment.start) as usize;
        Some((segment.bytes, used))
    }

    /// Drops them; gives how many bytes they had.
    pub(crate) fn drop_doubted(&mut self, pool: &mut Pool) -> u64 {
        let doubted = self.doubted.take();
        doubted.map_or(0, |doubted| doubted.give_back(pool))
    }
}
