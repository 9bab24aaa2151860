//! The three-way handshake and how long its two halves took.
//!
//! The time of a repeated SYN or SYN/ACK replaces the first one's, because the answer
//! cannot be told apart; a lost SYN would otherwise look like a second of round trip.

use wirewatch_decode::flags;

use super::{Segment, TcpState};
use crate::flow::{Flow, bits};
use crate::side::Side;

/// Follows the handshake, on the state before this segment.
#[inline]
pub(super) fn follow(flow: &mut Flow, segment: &Segment<'_>) {
    if matches!(
        flow.tcp_state,
        TcpState::New | TcpState::SynSent | TcpState::SynRecv
    ) {
        follow_early(flow, segment);
    }
}

fn follow_early(flow: &mut Flow, segment: &Segment<'_>) {
    let since_first = microseconds(flow.first_ts(), segment.ts);
    if segment.has(flags::SYN) {
        note_options(flow, segment);
        let acknowledges = segment.has(flags::ACK);
        if segment.side == Side::ToServer && !acknowledges {
            flow.opening = segment.header.sequence;
            flow.bits |= bits::HAS_ISN;
        }
        if segment.side == Side::ToClient
            && acknowledges
            && flow.has(bits::HAS_ISN)
            && !flow.has(bits::SYN_RTT)
        {
            flow.handshake.syn = since_first.saturating_sub(flow.handshake.ack);
            flow.bits |= bits::SYN_RTT;
        }
        flow.handshake.ack = since_first;
    } else if is_final(flow, segment) {
        flow.handshake.ack = since_first.saturating_sub(flow.handshake.ack);
        flow.bits |= bits::ACK_RTT;
    }
}

/// Whether this is the client's acknowledgement of the server's SYN.
fn is_final(flow: &Flow, segment: &Segment<'_>) -> bool {
    flow.tcp_state == TcpState::SynRecv
        && segment.side == Side::ToServer
        && segment.has(flags::ACK)
        && !segment.has(flags::RST)
        && !flow.has(bits::ACK_RTT)
}

/// Takes the window scale from a SYN.
fn note_options(flow: &mut Flow, segment: &Segment<'_>) {
    let sender = flow.tcp.get_mut(segment.side);
    let scale = segment.header.window_scale.saturating_sub(1).min(14);
    sender.marks = sender.marks & !super::SCALE | scale;
}

fn microseconds(from: u64, to: u64) -> u32 {
    u32::try_from(to.saturating_sub(from) / 1000).unwrap_or(u32::MAX)
}
