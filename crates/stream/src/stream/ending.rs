//! FIN and RST: which of them count.

use super::{Segment, Stream};
use crate::Event;
use crate::delivery::Context;
use crate::half::Half;

/// What the receiver of a reset makes of it (RFC 5961, section 3.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    /// Its number is one of those that can be next.
    Exact,
    /// It lies in the window: old hosts believe it, others ask back.
    InWindow,
    /// It has nothing to do with the connection.
    Refused,
}

impl Stream {
    /// Notes where the sender ended its stream.
    #[cold]
    pub(super) fn fin(&mut self, context: &mut Context<'_, '_>, segment: &Segment<'_>) {
        let sender = self.half_mut(segment.side);
        let end = segment.tcp.sequence.wrapping_add(segment.length);
        let offset = sender.offset_of(end);
        if sender.is_started() && !sender.note_fin(offset) {
            context.counters.out_of_window += 1;
            context.events.add(Event::FinOutOfWindow);
        }
    }

    /// Ends both sides' waiting, if the receiver can have believed the reset.
    #[cold]
    pub(super) fn reset(&mut self, context: &mut Context<'_, '_>, segment: &Segment<'_>) {
        context.counters.uninspected_bytes += segment.payload.len() as u64;
        let (sender, receiver) = self.pair(segment.side);
        match judge(sender, receiver, segment) {
            Verdict::Refused => {
                context.counters.out_of_window += 1;
                context.events.add(Event::ResetOutOfWindow);
                return;
            }
            Verdict::InWindow => context.events.add(Event::ResetInexact),
            Verdict::Exact => {}
        }
        if !sender.is_reset() {
            context.counters.resets += 1;
            sender.hurry(context);
            receiver.hurry(context);
            sender.reset(context);
        }
    }
}

fn judge(sender: &Half, receiver: &Half, segment: &Segment<'_>) -> Verdict {
    if !sender.is_started() {
        return judge_refusal(receiver, segment);
    }
    let Ok(offset) = u64::try_from(sender.offset_of(segment.tcp.sequence)) else {
        return Verdict::Refused;
    };
    if (sender.acked()..=sender.highest()).contains(&offset) {
        Verdict::Exact
    } else if offset > sender.acked() && sender.allows(offset) {
        Verdict::InWindow
    } else {
        Verdict::Refused
    }
}

/// Without a number of its own, a reset counts when it acknowledges what was sent: it answers a SYN.
fn judge_refusal(receiver: &Half, segment: &Segment<'_>) -> Verdict {
    let acknowledged = receiver.offset_of(segment.tcp.acknowledgement);
    if !receiver.is_started() || (0..=receiver.highest().cast_signed()).contains(&acknowledged) {
        Verdict::Exact
    } else {
        Verdict::Refused
    }
}
