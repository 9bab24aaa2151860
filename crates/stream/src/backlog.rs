//! Bytes behind a hole: pieces of segments that do not overlap any more, in order.

use std::collections::VecDeque;
use std::ops::Range;

use crate::Event;
use crate::delivery::Context;
use crate::pool::{Pool, Use};

/// A part of a segment.
#[derive(Debug)]
pub(crate) struct Piece {
    pub(crate) start: u64,
    /// Bounds of the segment, as policies compare them.
    origin: Range<u64>,
    buffer: Vec<u8>,
    /// Bytes at the buffer's front that others replaced.
    skip: u32,
}

impl Piece {
    pub(crate) fn bytes(&self) -> &[u8] {
        self.buffer.get(self.skip as usize..).unwrap_or_default()
    }

    pub(crate) fn end(&self) -> u64 {
        self.start + self.bytes().len() as u64
    }

    pub(crate) fn into_buffer(self) -> Vec<u8> {
        self.buffer
    }
}

/// A segment on its way in.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Arrival<'a> {
    pub(crate) start: u64,
    pub(crate) bytes: &'a [u8],
}

impl<'a> Arrival<'a> {
    pub(crate) fn end(&self) -> u64 {
        self.start + self.bytes.len() as u64
    }

    /// The bytes of a range within it.
    fn part(&self, range: &Range<u64>) -> &'a [u8] {
        self.bytes
            .get(distance(self.start, range.start)..distance(self.start, range.end))
            .unwrap_or_default()
    }
}

/// How far `to` lies behind `from`.
fn distance(from: u64, to: u64) -> usize {
    to.saturating_sub(from) as usize
}

/// The pieces of one direction.
#[derive(Debug, Default)]
pub(crate) struct Backlog {
    pieces: VecDeque<Piece>,
    /// Wide holes that were opened since it was empty.
    wide_holes: u8,
}

/// Holes that are as wide separate regions: more than a window is with the usual scale.
pub(crate) const WIDE_HOLE: u64 = 262_144;

impl Backlog {
    /// Bytes of bookkeeping, for the memory limit.
    pub(crate) fn overhead(&self) -> usize {
        size_of::<Self>() + self.pieces.capacity() * size_of::<Piece>()
    }

    pub(crate) fn len(&self) -> usize {
        self.pieces.len()
    }

    pub(crate) fn first(&self) -> Option<&Piece> {
        self.pieces.front()
    }

    pub(crate) fn end(&self) -> Option<u64> {
        self.pieces.back().map(Piece::end)
    }

    pub(crate) fn take_first(&mut self) -> Option<Piece> {
        self.pieces.pop_front()
    }

    /// Drops all pieces; gives the number of their bytes.
    pub(crate) fn clear(&mut self, pool: &mut Pool) -> u64 {
        let mut bytes = 0;
        self.wide_holes = 0;
        for piece in self.pieces.drain(..) {
            bytes += piece.bytes().len() as u64;
            pool.give(piece.buffer);
        }
        bytes
    }

    /// The bytes around an offset that no hole separates from it, up to `reach` to either side.
    pub(crate) fn around(&self, offset: u64, reach: usize) -> Vec<u8> {
        let at = self.pieces.partition_point(|piece| piece.end() <= offset);
        let here = self.pieces.get(at);
        if here.is_none_or(|piece| piece.start > offset) {
            return Vec::new();
        }
        let far = reach as u64;
        let touches = |first: usize, second: usize| {
            let (first, second) = (self.pieces.get(first), self.pieces.get(second));
            first
                .zip(second)
                .is_some_and(|(first, second)| first.end() == second.start)
        };
        let is_near = |piece: &Piece| piece.end().saturating_add(far) > offset;
        let mut first = at;
        while first > 0
            && touches(first - 1, first)
            && self.pieces.get(first - 1).is_some_and(is_near)
        {
            first -= 1;
        }
        let mut bytes = Vec::new();
        let end = offset.saturating_add(far);
        for (number, piece) in self.pieces.iter().enumerate().skip(first) {
            if piece.start >= end || number > first && !touches(number - 1, number) {
                break;
            }
            let skipped = distance(piece.start, offset.saturating_sub(far));
            let kept = distance(piece.start, end).min(piece.bytes().len());
            bytes.extend_from_slice(piece.bytes().get(skipped..kept).unwrap_or_default());
        }
        bytes
    }

    /// Notes that a segment is to come behind a hole, where `next` is the first byte that is missing. Gives
    /// how many of the holes are wide.
    pub(crate) fn note_hole(&mut self, next: u64, arrival: &Arrival<'_>) -> u8 {
        let behind = self.end().unwrap_or(next).max(next);
        let is_wide = arrival.start.saturating_sub(behind) >= WIDE_HOLE;
        self.wide_holes = self.wide_holes.saturating_add(u8::from(is_wide));
        self.wide_holes
    }

    /// Takes in what the policy lets a segment keep.
    pub(crate) fn insert(&mut self, context: &mut Context<'_, '_>, arrival: Arrival<'_>) {
        let policy = context.config.policy;
        // Compared with what is there by all of it, and kept by what is left at its front.
        let origin = arrival.start..arrival.end();
        let mut trimmed = origin.clone();
        let mut cursor = arrival.start;
        let mut at = self
            .pieces
            .partition_point(|piece| piece.end() <= arrival.start);
        let mut has_other_bytes = false;
        while cursor < arrival.end() {
            let Some(piece) = self
                .pieces
                .get(at)
                .filter(|piece| piece.start < arrival.end())
            else {
                self.add(context, at, arrival, cursor..arrival.end(), &trimmed);
                break;
            };
            if cursor < piece.start {
                let hole = cursor..piece.start;
                cursor = hole.end;
                at += usize::from(self.add(context, at, arrival, hole, &trimmed));
                continue;
            }
            let both = cursor..piece.end().min(arrival.end());
            cursor = both.end;
            let earlier = piece.bytes().get(distance(piece.start, both.start)..);
            has_other_bytes |= earlier.is_none_or(|bytes| !bytes.starts_with(arrival.part(&both)));
            context.counters.repeated_bytes += both.end - both.start;
            if policy.later_wins(&piece.origin, &origin) {
                at = self.carve(context, at, &both);
                at += usize::from(self.add(context, at, arrival, both, &trimmed));
            } else {
                if policy.trims() && both.start == trimmed.start {
                    trimmed.start = both.end;
                }
                at += 1;
            }
        }
        if has_other_bytes {
            context.counters.overlaps_different += 1;
            context.events.add(Event::OverlapDifferent);
        }
    }

    /// Adds a part of a segment as the piece number `at`; false when there is no memory for it.
    fn add(
        &mut self,
        context: &mut Context<'_, '_>,
        at: usize,
        arrival: Arrival<'_>,
        range: Range<u64>,
        origin: &Range<u64>,
    ) -> bool {
        let bytes = arrival.part(&range);
        let Some(mut buffer) = context.pool.take(bytes.len(), Use::Piece) else {
            return refuse(context, bytes.len());
        };
        buffer.extend_from_slice(bytes);
        let piece = Piece {
            start: range.start,
            origin: origin.clone(),
            buffer,
            skip: 0,
        };
        self.place(context, at, piece)
    }

    fn place(&mut self, context: &mut Context<'_, '_>, at: usize, piece: Piece) -> bool {
        if self.pieces.len() == self.pieces.capacity() {
            let before = self.overhead();
            let more = self.pieces.len().max(4);
            if !context.pool.has_room(more * size_of::<Piece>()) {
                let lost = piece.bytes().len();
                context.pool.give(piece.buffer);
                return refuse(context, lost);
            }
            self.pieces.reserve_exact(more);
            context.pool.charge(self.overhead() - before);
        }
        self.pieces.insert(at.min(self.pieces.len()), piece);
        true
    }

    /// Cuts a range out of a piece that contains it; gives where a piece with that range belongs.
    fn carve(&mut self, context: &mut Context<'_, '_>, at: usize, range: &Range<u64>) -> usize {
        let trims = context.config.policy.trims();
        let Some(piece) = self.pieces.get_mut(at) else {
            return at;
        };
        let has_left = piece.start < range.start;
        let has_right = range.end < piece.end();
        let mut right = None;
        if has_left && has_right {
            right = split(context, piece, range.end);
        }
        if has_left {
            let kept = piece.skip as usize + distance(piece.start, range.start);
            piece.buffer.truncate(kept);
            if trims {
                piece.origin.end = range.start;
            }
            if let Some(right) = right {
                self.place(context, at + 1, right);
            }
            return at + 1;
        }
        if has_right {
            piece.skip += distance(piece.start, range.end) as u32;
            piece.start = range.end;
            if trims {
                piece.origin.start = range.end;
            }
        } else if let Some(piece) = self.pieces.remove(at) {
            context.pool.give(piece.buffer);
        }
        at
    }
}

/// A copy of the part of a piece from `start` on.
fn split(context: &mut Context<'_, '_>, piece: &Piece, start: u64) -> Option<Piece> {
    let bytes = piece.bytes().get(distance(piece.start, start)..)?;
    let Some(mut buffer) = context.pool.take(bytes.len(), Use::Piece) else {
        refuse(context, bytes.len());
        return None;
    };
    buffer.extend_from_slice(bytes);
    let trims = context.config.policy.trims();
    let from = if trims { start } else { piece.origin.start };
    Some(Piece {
        start,
        origin: from..piece.origin.end,
        buffer,
        skip: 0,
    })
}

#[cold]
fn refuse(context: &mut Context<'_, '_>, bytes: usize) -> bool {
    context.counters.memory_bytes += bytes as u64;
    context.events.add(Event::MemoryLimit);
    false
}
