//! Sequence and acknowledgement numbers: what is new, repeated, late or missing.
//!
//! Of the bytes missing at any moment only one range is kept per side: from the first
//! missing byte to the last, with their number. A segment inside of it is late; one
//! below everything sent and outside of it is a repetition.

use wirewatch_decode::flags;

use super::{
    ACKNOWLEDGED, LARGEST_WINDOW, SYNCHRONISED, Segment, TcpEvents, TcpSide, TcpState, sides,
};
use crate::flow::Flow;
use crate::history::Mark;
use crate::side::Side;

/// A reset is believed this far ahead of the data even if the window says less:
/// windows may be scaled by a factor that was not seen.
const RESET_TOLERANCE: u32 = 1 << 16;

/// Whether the segment can belong to the connection at all.
///
/// Resets are held to the window, since they end the flow (RFC 5961, section 3); everything else
/// may be as far off as the largest window.
pub(super) fn is_plausible(flow: &Flow, segment: &Segment<'_>) -> bool {
    let (sender, receiver) = sides(flow, segment.side);
    if segment.has(flags::RST) && flow.tcp_state != TcpState::New {
        return is_plausible_reset(flow, segment, sender, receiver);
    }
    if !sender.is_synchronised() || segment.length() == 0 {
        return true;
    }
    let ahead = segment.header.sequence.wrapping_sub(sender.next);
    ahead < LARGEST_WINDOW || ahead.wrapping_neg() <= LARGEST_WINDOW
}

fn is_plausible_reset(
    flow: &Flow,
    segment: &Segment<'_>,
    sender: &TcpSide,
    receiver: &TcpSide,
) -> bool {
    if flow.tcp_state == TcpState::SynSent && segment.side == Side::ToClient {
        let acknowledged = segment.header.acknowledgement.wrapping_sub(flow.opening);
        let sent = receiver.next.wrapping_sub(flow.opening);
        return !segment.has(flags::ACK) || (1..=sent).contains(&acknowledged);
    }
    if !sender.is_synchronised() {
        return true;
    }
    let window = receiver.scaled_window().max(RESET_TOLERANCE);
    let ahead = segment.header.sequence.wrapping_sub(sender.next);
    // Below the data there may be a reset that answers an old segment: it carries what that acknowledged.
    ahead <= window || ahead.wrapping_neg() <= window
}

/// Takes the segment's place in the sequence space into account.
#[inline]
pub(super) fn follow_data(flow: &mut Flow, segment: &Segment<'_>, events: &mut TcpEvents) {
    let length = segment.length();
    let sequence = segment.header.sequence;
    let sender = flow.tcp.get_mut(segment.side);
    if !sender.is_synchronised() {
        if !segment.has(flags::RST) || length > 0 {
            sender.marks |= SYNCHRONISED;
            sender.next = sequence.wrapping_add(length);
        }
        return;
    }
    let ahead = sequence.wrapping_sub(sender.next);
    if ahead == 0 {
        sender.next = sequence.wrapping_add(length);
    } else if segment.has(flags::RST) {
        // A reset's number need not be the next one.
    } else if ahead <= LARGEST_WINDOW {
        if length > 0 {
            open_hole(flow, segment, ahead, events);
        }
    } else {
        follow_old(flow, segment, ahead.wrapping_neg(), events);
    }
}

/// The segment begins `ahead` bytes after what was sent.
#[cold]
fn open_hole(flow: &mut Flow, segment: &Segment<'_>, ahead: u32, events: &mut TcpEvents) {
    let sequence = segment.header.sequence;
    let sender = flow.tcp.get_mut(segment.side);
    if sender.missing == 0 {
        sender.hole_start = sender.next;
    }
    sender.hole_end = sequence;
    sender.missing = sender.missing.saturating_add(ahead);
    sender.next = sequence.wrapping_add(segment.length());
    let lost = flow.lost.get_mut(segment.side);
    *lost = lost.saturating_add(ahead);
    flow.mark(Mark::Gap, segment.side);
    events.add(TcpEvents::GAP);
}

/// The segment begins `behind` bytes before the end of what was sent.
#[cold]
fn follow_old(flow: &mut Flow, segment: &Segment<'_>, behind: u32, events: &mut TcpEvents) {
    let length = segment.length();
    if is_keep_alive(flow, segment, behind) {
        events.add(TcpEvents::KEEP_ALIVE);
        return;
    }
    if length == 0 {
        return;
    }
    if length > behind {
        let sender = flow.tcp.get_mut(segment.side);
        sender.next = segment.header.sequence.wrapping_add(length);
    }
    let filled = fill_hole(flow, segment, length.min(behind));
    let sender = flow.tcp.get_mut(segment.side);
    if filled {
        sender.out_of_order = sender.out_of_order.saturating_add(1);
        events.add(TcpEvents::OUT_OF_ORDER);
    } else if length <= behind {
        sender.retransmissions = sender.retransmissions.saturating_add(1);
        if segment.payload > 0 {
            flow.mark(Mark::Retransmission, segment.side);
        }
        events.add(TcpEvents::RETRANSMISSION);
    }
}

/// RFC 9293, section 3.8.4: one byte, or none, just before what comes next.
fn is_keep_alive(flow: &Flow, segment: &Segment<'_>, behind: u32) -> bool {
    behind == 1
        && segment.payload <= 1
        && segment.header.flags & (flags::SYN | flags::FIN | flags::RST | flags::ACK) == flags::ACK
        && !matches!(flow.tcp_state, TcpState::SynSent | TcpState::SynRecv)
        && flow.tcp.get(segment.side).flags & flags::FIN == 0
        && is_acknowledged(flow, segment)
}

/// Whether the receiver has acknowledged the byte before what comes next, if it acknowledged anything.
fn is_acknowledged(flow: &Flow, segment: &Segment<'_>) -> bool {
    let (sender, receiver) = sides(flow, segment.side);
    !receiver.is_acknowledging() || receiver.has_acknowledged(sender.next)
}

/// Counts `length` bytes from the segment's start as arrived if they are in the hole.
fn fill_hole(flow: &mut Flow, segment: &Segment<'_>, length: u32) -> bool {
    let start = segment.header.sequence;
    let sender = flow.tcp.get_mut(segment.side);
    let size = sender.hole_end.wrapping_sub(sender.hole_start);
    if sender.missing == 0 {
        return false;
    }
    let from = signed(start.wrapping_sub(sender.hole_start)).max(0);
    let until =
        (signed(start.wrapping_sub(sender.hole_start)) + i64::from(length)).min(size.into());
    let Ok(inside) = u32::try_from(until - from) else {
        return false;
    };
    if inside == 0 {
        return false;
    }
    let filled = inside.min(sender.missing);
    sender.missing -= filled;
    if from == 0 {
        sender.hole_start = sender.hole_start.wrapping_add(inside);
    } else if until == i64::from(size) {
        sender.hole_end = sender.hole_end.wrapping_sub(inside);
    }
    let lost = flow.lost.get_mut(segment.side);
    *lost = lost.saturating_sub(filled);
    true
}

fn signed(distance: u32) -> i64 {
    i64::from(distance.cast_signed())
}

/// Takes the acknowledgement and the window into account.
#[inline]
pub(super) fn follow_ack(flow: &mut Flow, segment: &Segment<'_>, events: &mut TcpEvents) {
    let (sender, receiver) = flow.tcp.pair_mut(segment.side);
    let window_before = sender.window;
    sender.window = segment.header.window;
    if segment.has(flags::ACK) {
        let ack = segment.header.acknowledgement;
        let ahead = ack.wrapping_sub(sender.ack);
        if !sender.is_acknowledging() {
            sender.marks |= ACKNOWLEDGED;
            sender.ack = ack;
        } else if ahead == 0 {
            let repeats = segment.is_pure_ack()
                && segment.header.window == window_before
                && receiver.is_synchronised()
                && receiver.next.wrapping_sub(ack).wrapping_sub(1) < LARGEST_WINDOW
                && sender.next == segment.header.sequence;
            if repeats {
                events.add(TcpEvents::DUPLICATE_ACK);
            }
        } else if ahead < LARGEST_WINDOW {
            sender.ack = ack;
        }
        give_up_hole(flow, segment);
    }
    if segment.header.window == 0 && !segment.has(flags::RST) && !segment.has(flags::SYN) {
        note_zero_window(flow, segment.side, window_before, events);
    }
}

/// What the receiver has acknowledged arrived there, so it will not be sent again: its loss is ours.
#[inline]
fn give_up_hole(flow: &mut Flow, segment: &Segment<'_>) {
    let (acknowledging, sender) = flow.tcp.pair_mut(segment.side);
    if sender.missing != 0 && acknowledging.has_acknowledged(sender.hole_end) {
        sender.missing = 0;
    }
}

#[cold]
fn note_zero_window(flow: &mut Flow, side: Side, before: u16, events: &mut TcpEvents) {
    flow.mark(Mark::ZeroWindow, side);
    if before == 0 && *flow.zero_windows.get(side) > 0 {
        return;
    }
    let count = flow.zero_windows.get_mut(side);
    *count = count.saturating_add(1);
    events.add(TcpEvents::ZERO_WINDOW);
}

/// Bytes the receiver acknowledged beyond the last one seen of the sender to `side`.
pub(super) fn acknowledged_unseen(flow: &Flow, side: Side) -> u32 {
    let (sender, receiver) = sides(flow, side);
    if !sender.is_synchronised() || !receiver.is_acknowledging() {
        return 0;
    }
    // A FIN that was not seen takes one number and no byte.
    let unseen = receiver.ack.wrapping_sub(sender.next);
    if unseen < LARGEST_WINDOW {
        unseen.saturating_sub(u32::from(sender.flags & flags::FIN == 0))
    } else {
        0
    }
}
