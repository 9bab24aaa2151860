//! Payload on its way in: old, next, or behind a hole.

use crate::Event;
use crate::backlog::Arrival;
use crate::config::MAX_UNACKNOWLEDGED;
use crate::delivery::Context;
use crate::half::{Half, marks};

impl Half {
    /// Takes payload in; false when it lies beyond the window.
    #[inline]
    pub(crate) fn accept(
        &mut self,
        context: &mut Context<'_, '_>,
        offset: i64,
        bytes: &[u8],
        on_arrival: bool,
    ) -> bool {
        if offset == self.head.next.cast_signed() && self.backlog.is_none() {
            self.take(context, bytes, on_arrival);
            return true;
        }
        self.accept_odd(context, offset, bytes, on_arrival)
    }

    #[cold]
    fn accept_odd(
        &mut self,
        context: &mut Context<'_, '_>,
        offset: i64,
        bytes: &[u8],
        on_arrival: bool,
    ) -> bool {
        let Some(arrival) = self.without_old(context, offset, bytes) else {
            return true;
        };
        if arrival.start > self.head.next {
            let last_allowed = arrival.start.saturating_add(1);
            if !self.allows(last_allowed) {
                return false;
            }
            context.counters.out_of_order += 1;
        }
        let first = self.backlog.as_ref().and_then(|backlog| backlog.first());
        let is_clear = first.is_none_or(|piece| arrival.end() <= piece.start);
        if arrival.start == self.head.next && is_clear {
            self.take(context, arrival.bytes, on_arrival);
        } else {
            self.keep(context, arrival);
        }
        true
    }

    /// The part of a segment that is not before what comes next, if there is one.
    fn without_old<'a>(
        &self,
        context: &mut Context<'_, '_>,
        offset: i64,
        bytes: &'a [u8],
    ) -> Option<Arrival<'a>> {
        let next = self.head.next.cast_signed();
        let old = usize::try_from(next.saturating_sub(offset).max(0)).unwrap_or(usize::MAX);
        let (old, new) = bytes.split_at_checked(old).unwrap_or((bytes, &[]));
        if !old.is_empty() {
            self.compare_old(context, offset, old);
        }
        let start = offset.max(next).cast_unsigned();
        (!new.is_empty()).then_some(Arrival { start, bytes: new })
    }

    /// Counts bytes that were there before and looks whether they are the same.
    fn compare_old(&self, context: &mut Context<'_, '_>, offset: i64, bytes: &[u8]) {
        let before = usize::try_from(offset.saturating_neg().max(0)).unwrap_or(usize::MAX);
        let is_probe = bytes.len() == 1 && offset + 1 == self.head.next.cast_signed();
        if is_probe && self.run.is_empty() {
            context.counters.keep_alives += 1;
        } else if before > 0 {
            let before = before.min(bytes.len());
            context.counters.before_base_bytes += before as u64;
            context.counters.repeated_bytes += (bytes.len() - before) as u64;
            context.events.add(Event::BeforeBase);
            return;
        }
        context.counters.repeated_bytes += bytes.len() as u64;
        if self.differs(offset, bytes) {
            context.counters.overlaps_different += 1;
            context.events.add(Event::OverlapDifferent);
        }
    }

    /// Whether bytes that are still kept in order are others.
    fn differs(&self, offset: i64, bytes: &[u8]) -> bool {
        let ahead = self.settled().cast_signed().saturating_sub(offset);
        let (skip, at) = if ahead >= 0 {
            (usize::try_from(ahead).unwrap_or(usize::MAX), 0)
        } else {
            (
                0,
                usize::try_from(ahead.saturating_neg()).unwrap_or(usize::MAX),
            )
        };
        let again = bytes.get(skip..).unwrap_or_default();
        let kept = self.run.bytes().get(at..).unwrap_or_default();
        again.iter().zip(kept).any(|(again, kept)| again != kept)
    }

    /// Takes the next bytes in order.
    #[inline]
    pub(super) fn take(&mut self, context: &mut Context<'_, '_>, bytes: &[u8], on_arrival: bool) {
        let start = self.head.next;
        let end = start + bytes.len() as u64;
        if self.head.has(marks::ENDED | marks::RESET) && !bytes.is_empty() {
            self.note_after_end(context);
        }
        if on_arrival || self.head.acked >= end {
            self.deliver_now(context, bytes);
        } else if self.run.len() + bytes.len() <= MAX_UNACKNOWLEDGED
            && self.run.push(context.pool, bytes)
        {
            self.head.next = end;
        } else {
            // What is in order is never thrown away; without room it does not wait.
            context.counters.early_bytes += (self.run.len() + bytes.len()) as u64;
            self.deliver_now(context, bytes);
        }
    }

    #[cold]
    fn note_after_end(&mut self, context: &mut Context<'_, '_>) {
        if self.head.has(marks::ENDED) {
            context.events.add(Event::DataAfterFin);
        }
        if self.head.has(marks::RESET) && !self.head.has(marks::DOUBTED) {
            self.head.marks |= marks::DOUBTED;
            context.events.add(Event::ResetSuspected);
        }
    }

    /// Delivers the next bytes in order straight from the packet, after those that were kept.
    #[inline]
    fn deliver_now(&mut self, context: &mut Context<'_, '_>, bytes: &[u8]) {
        self.flush(context);
        let start = self.head.next;
        self.head.next += bytes.len() as u64;
        context.data(&mut self.head, start, bytes);
    }

    /// Delivers everything in order.
    #[inline]
    pub(super) fn flush(&mut self, context: &mut Context<'_, '_>) {
        if !self.run.is_empty() {
            let start = self.settled();
            context.data(&mut self.head, start, self.run.bytes());
            self.run.clear(context.pool);
        }
    }

    /// Keeps a segment that others precede, or overlap.
    fn keep(&mut self, context: &mut Context<'_, '_>, arrival: Arrival<'_>) {
        if self.backlog.is_none() {
            self.backlog = context.pool.take_backlog();
        }
        let Some(backlog) = &mut self.backlog else {
            context.counters.memory_bytes += arrival.bytes.len() as u64;
            context.events.add(Event::MemoryLimit);
            return;
        };
        let wide = backlog.note_hole(self.head.next, &arrival);
        self.wide_holes = self.wide_holes.max(wide);
        backlog.insert(context, arrival);
    }
}
