//! Segments that their receivers drop for their TCP timestamps (RFC 7323).
//!
//! Whoever wants to hide something from a monitor may send a reset or other data with a timestamp that the
//! receiver refuses.

use wirewatch_decode::flags;

use super::{Segment, Stream};
use crate::Event;
use crate::delivery::Context;

impl Stream {
    /// Whether the receiver takes a segment with these timestamps: its sender's, and the one that it gives back.
    #[inline]
    pub(super) fn is_timely(
        &mut self,
        context: &mut Context<'_, '_>,
        segment: &Segment<'_>,
        (stamp, echo): (u32, u32),
    ) -> bool {
        let (sender, receiver) = self.pair(segment.side);
        let is_first_answer = segment.has(flags::ACK) && receiver.has_syn() && !sender.is_started();
        // A SYN without a timestamp gets an answer without one (RFC 7323, section 3.2).
        let is_wrong_answer =
            is_first_answer && echo != 0 && !(receiver.is_stamped() && receiver.has_sent(echo));
        if (is_wrong_answer || sender.is_stale(stamp))
            && !self.takes_stale(context, segment, is_wrong_answer)
        {
            return false;
        }
        let sender = self.half_mut(segment.side);
        if !sender.is_stale(stamp) {
            sender.note_stamp(segment.tcp.sequence, stamp);
        }
        true
    }

    /// Tells of a segment with an old timestamp; true when it counts all the same.
    ///
    /// An empty one does nothing, and is often only late. A SYN may open another connection, and a reset is
    /// exempt (section 5.2) unless it answers a SYN.
    #[cold]
    fn takes_stale(
        &mut self,
        context: &mut Context<'_, '_>,
        segment: &Segment<'_>,
        is_wrong_answer: bool,
    ) -> bool {
        let is_first_syn = segment.has(flags::SYN) && !segment.has(flags::ACK);
        let is_plain = !segment.has(flags::SYN | flags::FIN);
        if is_first_syn || !is_wrong_answer && is_plain && segment.length == 0 {
            return true;
        }
        let gives_in = self.reject(context, Event::InvalidTimestamp);
        if gives_in {
            self.half_mut(segment.side).forget_stamp();
        }
        gives_in
    }
}
