//! One direction of a connection: what its sender said, as far as its receiver can have read it.
//!
//! Places are 64-bit offsets from the first byte, so that sequence numbers may wrap.

use wirewatch_flow::Side;

use crate::backlog::Backlog;
use crate::delivery::{Content, Context};
use crate::pool::Pool;
use crate::run::Run;
use crate::{Counters, Event};

mod arrival;
mod doubted;
mod settling;
mod stamps;
mod urgent;

use doubted::Doubted;
use urgent::Places;

/// The largest window there can be (65,535 << 14, RFC 7323): bytes further apart are not related.
const LARGEST_WINDOW: u64 = 1 << 30;

/// The bits of `Head::marks`.
mod marks {
    /// The first byte's sequence number is known.
    pub(super) const STARTED: u16 = 1;
    /// Something of the sender was seen.
    pub(super) const SEEN: u16 = 2;
    /// Its SYN was seen.
    pub(super) const SYN: u16 = 4;
    /// That SYN had the window scale option.
    pub(super) const SCALED: u16 = 8;
    /// The receiver's window is known.
    pub(super) const EDGE: u16 = 16;
    /// Its FIN was seen.
    pub(super) const FIN: u16 = 32;
    /// The end was told.
    pub(super) const ENDED: u16 = 64;
    /// A reset was told.
    pub(super) const RESET: u16 = 128;
    /// The data of the SYN wait for the SYN/ACK, in whatever mode.
    pub(super) const HELD: u16 = 256;
    /// The depth was reached.
    pub(super) const OVER: u16 = 512;
    /// Nobody inspects this direction any more.
    pub(super) const STOPPED: u16 = 1024;
    /// That the reset was not believed was noticed.
    pub(super) const DOUBTED: u16 = 2048;
    /// A timestamp of its sender is known.
    pub(super) const STAMPED: u16 = 4096;
    /// A segment of its sender with data was seen.
    pub(super) const HEARD: u16 = 8192;
}

/// Everything about a direction but its bytes.
#[derive(Debug)]
pub(crate) struct Head {
    /// Where the next byte in order goes.
    pub(crate) next: u64,
    /// The first byte that the receiver has not acknowledged.
    acked: u64,
    /// The first byte beyond the receiver's window.
    edge: u64,
    /// Where the FIN is.
    fin: u64,
    /// Bytes delivered at most; 0 for as many as of any stream.
    pub(crate) depth: u64,
    /// Urgent bytes to leave out.
    pub(crate) urgent: Option<Box<Places>>,
    /// Sequence number of the first byte.
    base: u32,
    /// Urgent bytes that were left out; wraps, as they are few.
    pub(crate) skipped: u32,
    /// The sender's timestamp that the receiver has (`TS.Recent` of RFC 7323).
    pub(crate) stamp: u32,
    /// The first of its SYNs' timestamps.
    pub(crate) first_stamp: u32,
    marks: u16,
    /// The window scale of its sender.
    scale: u8,
    pub(crate) side: Side,
}

impl Head {
    #[inline]
    fn has(&self, mark: u16) -> bool {
        self.marks & mark != 0
    }

    /// Whether nothing is delivered any more.
    #[inline]
    pub(crate) fn is_over(&self) -> bool {
        self.has(marks::OVER | marks::STOPPED)
    }

    pub(crate) fn set_over(&mut self) {
        self.marks |= marks::OVER;
    }
}

/// One direction.
#[derive(Debug)]
pub(crate) struct Half {
    pub(crate) head: Head,
    run: Run,
    backlog: Option<Box<Backlog>>,
    doubted: Option<Box<Doubted>>,
    /// The most wide holes there were at once.
    pub(crate) wide_holes: u8,
}

impl Half {
    /// Reads from its cache lines.
    #[inline]
    pub(crate) fn touch(&self) -> u64 {
        self.head.next
            ^ u64::from(self.head.marks)
            ^ self.run.len() as u64
            ^ u64::from(self.wide_holes)
    }

    pub(crate) fn new(side: Side) -> Self {
        Self {
            head: Head {
                next: 0,
                acked: 0,
                edge: 0,
                fin: 0,
                depth: 0,
                urgent: None,
                base: 0,
                skipped: 0,
                stamp: 0,
                first_stamp: 0,
                marks: 0,
                scale: 0,
                side,
            },
            run: Run::default(),
            backlog: None,
            doubted: None,
            wide_holes: 0,
        }
    }

    #[inline]
    pub(crate) fn is_started(&self) -> bool {
        self.head.has(marks::STARTED)
    }

    pub(crate) fn is_seen(&self) -> bool {
        self.head.has(marks::SEEN)
    }

    pub(crate) fn has_syn(&self) -> bool {
        self.head.has(marks::SYN)
    }

    #[inline]
    pub(crate) fn is_held(&self) -> bool {
        self.head.has(marks::HELD)
    }

    pub(crate) fn is_reset(&self) -> bool {
        self.head.has(marks::RESET)
    }

    #[inline]
    pub(crate) fn is_over(&self) -> bool {
        self.head.is_over()
    }

    #[inline]
    pub(crate) fn has_backlog(&self) -> bool {
        self.backlog.is_some() || self.doubted.is_some()
    }

    #[inline]
    pub(crate) fn see(&mut self) {
        self.head.marks |= marks::SEEN;
    }

    #[inline]
    pub(crate) fn is_heard(&self) -> bool {
        self.head.has(marks::HEARD)
    }

    #[inline]
    pub(crate) fn hear(&mut self) {
        self.head.marks |= marks::HEARD;
    }

    pub(crate) fn hold(&mut self) {
        self.head.marks |= marks::HELD;
    }

    #[inline]
    pub(crate) fn let_go(&mut self) {
        self.head.marks &= !marks::HELD;
    }

    /// Sets the sequence number of the first byte.
    pub(crate) fn start(&mut self, sequence: u32) {
        self.head.base = sequence;
        self.head.marks |= marks::STARTED;
    }

    pub(crate) fn note_syn(&mut self, window_scale: u8) {
        self.head.marks |= marks::SYN;
        if let Some(scale) = window_scale.checked_sub(1) {
            self.head.marks |= marks::SCALED;
            // RFC 7323, section 2.3: more is taken for 14.
            self.head.scale = scale.min(14);
        }
    }

    /// The window in a segment of this direction's sender. When a handshake was not seen, its
    /// scale may be anything, so the largest is assumed.
    pub(crate) fn scaled(&self, window: u16, other: &Self) -> u64 {
        let window = u64::from(window);
        if !self.has_syn() || !other.has_syn() {
            window << 14
        } else if self.head.has(marks::SCALED) && other.head.has(marks::SCALED) {
            window << self.head.scale
        } else {
            window
        }
    }

    /// The offset of a sequence number; negative before the first byte.
    #[inline]
    pub(crate) fn offset_of(&self, sequence: u32) -> i64 {
        let next = self.head.base.wrapping_add(self.head.next as u32);
        let distance = sequence.wrapping_sub(next).cast_signed();
        self.head
            .next
            .cast_signed()
            .wrapping_add(i64::from(distance))
    }

    #[inline]
    pub(crate) fn acked(&self) -> u64 {
        self.head.acked
    }

    /// The end of all that was seen of the sender, a FIN included.
    pub(crate) fn highest(&self) -> u64 {
        let behind = self.backlog.as_ref().and_then(|backlog| backlog.end());
        let data = behind.unwrap_or(0).max(self.head.next);
        if self.head.has(marks::FIN) {
            data.max(self.head.fin.saturating_add(1))
        } else {
            data
        }
    }

    /// Whether the receiver's window lets a byte or acknowledgement lie there.
    pub(crate) fn allows(&self, offset: u64) -> bool {
        let edge = if self.head.has(marks::EDGE) {
            self.head.edge
        } else {
            self.head.next.saturating_add(LARGEST_WINDOW)
        };
        offset <= edge
    }

    #[inline]
    pub(crate) fn widen(&mut self, edge: u64) {
        self.head.marks |= marks::EDGE;
        self.head.edge = self.head.edge.max(edge);
    }

    /// Lets anything in until the receiver says what its window is.
    pub(crate) fn forget_window(&mut self) {
        self.head.marks &= !marks::EDGE;
        self.head.edge = 0;
    }

    /// Whether nothing was told of this direction yet.
    pub(crate) fn is_untold(&self) -> bool {
        let told = marks::ENDED | marks::RESET | marks::OVER | marks::STOPPED;
        self.settled() == 0 && !self.head.has(told)
    }

    /// Where the first byte is that was not delivered.
    fn settled(&self) -> u64 {
        self.head.next - self.run.len() as u64
    }

    /// Notes where the sender ended its stream; false when that is beyond the window.
    pub(crate) fn note_fin(&mut self, offset: i64) -> bool {
        let Ok(offset) = u64::try_from(offset) else {
            return false;
        };
        if offset > self.head.next && !self.allows(offset) {
            return false;
        }
        if !self.head.has(marks::ENDED) {
            self.head.marks |= marks::FIN;
            self.head.fin = offset;
        }
        true
    }

    /// Leaves out the byte that the urgent pointer of a segment names.
    pub(crate) fn note_urgent(&mut self, context: &mut Context<'_, '_>, offset: i64, pointer: u16) {
        // The pointer of most hosts is one behind the byte (RFC 6093, section 3.1); 0 is taken for 1.
        let place = offset.saturating_add(i64::from(pointer.max(1)) - 1);
        let settled = self.settled();
        if let Ok(place) = u64::try_from(place)
            && place >= settled
            && !self.head.urgent.get_or_insert_default().add(place)
        {
            context.events.add(Event::UrgentLimit);
        }
    }

    /// Drops what the receiver of a SYN with data did not accept; it will come again.
    pub(crate) fn take_back(&mut self, context: &mut Context<'_, '_>, accepted: u64) {
        let kept = self.run.len().min(accepted as usize);
        let dropped = self.run.len() - kept;
        if dropped > 0 {
            self.run.truncate(context.pool, kept);
            self.head.next -= dropped as u64;
            context.counters.syn_ignored_bytes += dropped as u64;
            context.events.add(Event::SynDataIgnored);
        }
    }

    /// Begins anew with another sequence number, before anything was delivered.
    pub(crate) fn restart(&mut self, context: &mut Context<'_, '_>, sequence: u32) {
        context.counters.syn_ignored_bytes += self.drop_bytes(context.pool);
        self.head = Self::new(self.head.side).head;
        self.start(sequence);
    }

    /// Tells that the sender reset the connection, after everything in order.
    pub(crate) fn reset(&mut self, context: &mut Context<'_, '_>) {
        self.flush(context);
        self.head.marks |= marks::RESET;
        context.end(&self.head, self.head.next, Content::Reset);
    }

    /// Looks no further.
    pub(crate) fn stop(&mut self, pool: &mut Pool) -> u64 {
        self.head.marks |= marks::STOPPED;
        self.drop_bytes(pool)
    }

    /// Drops all that is kept; gives how much it was.
    pub(crate) fn drop_bytes(&mut self, pool: &mut Pool) -> u64 {
        let bytes = self.run.len() as u64;
        self.run.clear(pool);
        self.head.urgent = None;
        bytes + self.drop_doubted(pool) + self.drop_backlog(pool)
    }

    /// Drops what is behind the hole.
    pub(crate) fn drop_backlog(&mut self, pool: &mut Pool) -> u64 {
        let Some(mut backlog) = self.backlog.take() else {
            return 0;
        };
        let bytes = backlog.clear(pool);
        pool.give_backlog(backlog);
        bytes
    }

    /// Bytes missing before the first that is kept behind a hole.
    pub(crate) fn hole(&self) -> u64 {
        let first = self.backlog.as_ref().and_then(|backlog| backlog.first());
        first.map_or(0, |piece| piece.start.saturating_sub(self.head.next))
    }

    /// The bytes behind a hole around a sequence number, up to `reach` to either side.
    pub(crate) fn island(&self, sequence: u32, reach: usize) -> Vec<u8> {
        let offset = u64::try_from(self.offset_of(sequence)).ok();
        let around = |backlog: &Backlog| Some(backlog.around(offset?, reach));
        self.backlog.as_deref().and_then(around).unwrap_or_default()
    }

    /// Counts payload that nobody wants.
    pub(crate) fn count_unwanted(&self, counters: &mut Counters, bytes: usize) {
        if self.head.has(marks::STOPPED) {
            counters.uninspected_bytes += bytes as u64;
        } else {
            counters.depth_bytes += bytes as u64;
        }
    }
}
