//! What becomes certain: acknowledged bytes, gaps, the end.

use crate::delivery::{Content, Context};
use crate::half::{Half, marks};
use crate::{Event, Fate};

impl Half {
    /// Takes an acknowledgement, which was found valid, into account.
    #[inline]
    pub(crate) fn acknowledge(&mut self, offset: u64) {
        self.head.acked = self.head.acked.max(offset);
    }

    /// Delivers what can be: what was acknowledged or need not be, gaps that the receiver did not have, the end.
    #[inline]
    pub(crate) fn settle(&mut self, context: &mut Context<'_, '_>, on_arrival: bool) {
        self.release(context, on_arrival);
        if self.doubted.is_some() {
            self.confirm(context, on_arrival);
        }
        if self.backlog.is_some() {
            self.settle_backlog(context, on_arrival);
        }
        if self.head.has(marks::FIN | marks::OVER) {
            self.settle_end(context);
        }
    }

    #[inline]
    fn release(&mut self, context: &mut Context<'_, '_>, on_arrival: bool) {
        if self.run.is_empty() {
            return;
        }
        if on_arrival || self.head.acked >= self.head.next {
            self.flush(context);
            return;
        }
        let start = self.settled();
        let ready = self.head.acked.saturating_sub(start) as usize;
        if let Some(bytes) = self
            .run
            .bytes()
            .get(..ready)
            .filter(|bytes| !bytes.is_empty())
        {
            context.data(&mut self.head, start, bytes);
            self.run.consume(context.pool, ready);
        }
    }

    #[cold]
    fn settle_backlog(&mut self, context: &mut Context<'_, '_>, on_arrival: bool) {
        while let Some(backlog) = &mut self.backlog {
            let Some(start) = backlog.first().map(|piece| piece.start) else {
                self.drop_backlog(context.pool);
                break;
            };
            if start <= self.head.next {
                if let Some(piece) = backlog.take_first() {
                    self.take(context, piece.bytes(), on_arrival);
                    context.pool.give(piece.into_buffer());
                }
                self.release(context, on_arrival);
                if self.doubted.is_some() {
                    self.confirm(context, on_arrival);
                }
            } else if self.head.acked > start {
                self.skip_to(context, start);
            } else if backlog.len() > context.config.max_segments_per_side {
                context.counters.segment_limit += 1;
                context.events.add(Event::SegmentLimit);
                self.skip_to(context, start);
            } else {
                break;
            }
        }
    }

    /// Gives the bytes up to `offset` up.
    fn skip_to(&mut self, context: &mut Context<'_, '_>, offset: u64) {
        self.flush(context);
        let start = self.head.next;
        self.head.next = offset;
        if self.head.acked > start {
            context.events.add(Event::Gap);
        }
        context.gap(&mut self.head, start, offset - start);
    }

    #[cold]
    fn settle_end(&mut self, context: &mut Context<'_, '_>) {
        if self.head.has(marks::OVER) {
            context.counters.depth_bytes += self.drop_bytes(context.pool);
            return;
        }
        let is_unseen = self.head.next < self.head.fin
            && self.head.acked > self.head.fin
            && self.backlog.is_none();
        if is_unseen {
            self.skip_to(context, self.head.fin);
        }
        if self.run.is_empty() && self.head.next >= self.head.fin && !self.head.has(marks::ENDED) {
            self.head.marks |= marks::ENDED;
            context.end(&self.head, self.head.next, Content::Eof);
        }
    }

    /// Delivers everything in order, acknowledged or not.
    pub(crate) fn hurry(&mut self, context: &mut Context<'_, '_>) {
        self.let_go();
        self.settle(context, true);
    }

    /// Delivers all that is left, with the gaps between.
    pub(crate) fn finish(&mut self, context: &mut Context<'_, '_>, is_reset: bool) {
        if self.is_over() || !self.is_started() {
            return;
        }
        context.fate = Fate::Read;
        if !is_reset {
            self.note_last();
        }
        self.hurry(context);
        context.fate = if is_reset { Fate::Unread } else { Fate::Read };
        while let Some(start) = self.backlog.as_ref().and_then(|backlog| backlog.first()) {
            let start = start.start;
            self.skip_to(context, start);
            self.settle(context, true);
        }
        // An acknowledgement of one more than was seen is about a FIN.
        let end = if self.head.has(marks::FIN) {
            self.head.fin
        } else {
            self.head.acked.saturating_sub(1)
        };
        if end > self.head.next && !self.is_over() {
            self.skip_to(context, end);
        }
        self.settle(context, true);
    }
}
