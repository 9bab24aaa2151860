//! The states of a TCP connection, seen from the server.
//!
//! RFC 9293, section 3.3.2, with what is observed in place of what is sent and received. A client that
//! closes first therefore leads to `close_wait`, a server to `fin_wait1`.

use wirewatch_decode::flags;

use super::{Segment, TcpEvents};
use crate::flow::{Flow, State};
use crate::side::Side;

/// State of a TCP connection; the names are EVE's `tcp.state`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
#[allow(missing_docs)]
pub enum TcpState {
    New,
    SynSent,
    SynRecv,
    Established,
    FinWait1,
    FinWait2,
    TimeWait,
    LastAck,
    CloseWait,
    Closing,
    Closed,
}

impl TcpState {
    /// EVE's name; `none` before anything was seen.
    pub fn name(self) -> &'static str {
        match self {
            Self::New => "none",
            Self::SynSent => "syn_sent",
            Self::SynRecv => "syn_recv",
            Self::Established => "established",
            Self::FinWait1 => "fin_wait1",
            Self::FinWait2 => "fin_wait2",
            Self::TimeWait => "time_wait",
            Self::LastAck => "last_ack",
            Self::CloseWait => "close_wait",
            Self::Closing => "closing",
            Self::Closed => "closed",
        }
    }
}

/// Moves the connection on; sequence and acknowledgement of the segment are accounted for already.
#[inline]
pub(super) fn follow(flow: &mut Flow, segment: &Segment<'_>, events: &mut TcpEvents) {
    let control = segment.header.flags & (flags::SYN | flags::FIN | flags::RST);
    if flow.tcp_state == TcpState::Established && control == 0 {
        return;
    }
    let before = flow.tcp_state;
    let after = next(flow, segment);
    flow.tcp_state = after;
    if after != before {
        note(before, after, events);
    }
}

fn note(before: TcpState, after: TcpState, events: &mut TcpEvents) {
    if after == TcpState::Closed {
        events.add(TcpEvents::CLOSED);
    }
    if matches!(before, TcpState::SynSent | TcpState::SynRecv)
        && (TcpState::Established..TcpState::Closed).contains(&after)
    {
        events.add(TcpEvents::HANDSHAKE);
    }
}

fn next(flow: &Flow, segment: &Segment<'_>) -> TcpState {
    let state = flow.tcp_state;
    if segment.has(flags::RST) {
        return TcpState::Closed;
    }
    if state < TcpState::Established {
        let opened = open(flow, segment);
        return if opened >= TcpState::Established && segment.has(flags::FIN) {
            close(flow, segment, opened)
        } else {
            opened
        };
    }
    close(flow, segment, state)
}

/// The states up to [`TcpState::Established`].
fn open(flow: &Flow, segment: &Segment<'_>) -> TcpState {
    let (syn, ack) = (segment.has(flags::SYN), segment.has(flags::ACK));
    match (flow.tcp_state, segment.side) {
        (TcpState::New, Side::ToServer) if syn && !ack => TcpState::SynSent,
        // The ordinary answer, also when it is all that was seen, or the second SYN of a simultaneous open.
        (TcpState::New, _) | (TcpState::SynSent, Side::ToClient) if syn => TcpState::SynRecv,
        (TcpState::SynRecv, Side::ToServer) if ack && !server_syn_acknowledged(flow) => {
            TcpState::SynRecv
        }
        (TcpState::SynRecv, Side::ToServer) if ack => TcpState::Established,
        (state, _) if syn => state,
        // Joined late, or the SYN/ACK was not captured. Without any answer it stays at the SYN.
        (TcpState::New, _) => TcpState::Established,
        (TcpState::SynSent, Side::ToClient) if ack => TcpState::Established,
        (TcpState::SynRecv, Side::ToClient) if ack && segment.payload > 0 => TcpState::Established,
        (state, _) => state,
    }
}

fn server_syn_acknowledged(flow: &Flow) -> bool {
    let server = flow.tcp.get(Side::ToClient);
    let client = flow.tcp.get(Side::ToServer);
    // The server may have sent data already, which need not be acknowledged.
    !server.is_synchronised()
        || client.has_acknowledged(server.next)
        || server.flags & flags::PSH != 0
}

/// The states after it. A FIN has been acknowledged when everything its sender sent has been.
fn close(flow: &Flow, segment: &Segment<'_>, state: TcpState) -> TcpState {
    let fin = segment.has(flags::FIN);
    let acknowledged = |side: Side| {
        let sender = flow.tcp.get(side);
        sender.is_synchronised() && flow.tcp.get(side.other()).has_acknowledged(sender.next)
    };
    match (state, segment.side) {
        (TcpState::Established, Side::ToServer) if fin => TcpState::CloseWait,
        (TcpState::Established, Side::ToClient) if fin => TcpState::FinWait1,
        (TcpState::CloseWait, Side::ToClient) if fin => TcpState::LastAck,
        (TcpState::FinWait1, Side::ToServer) if fin && acknowledged(Side::ToClient) => {
            TcpState::TimeWait
        }
        (TcpState::FinWait1, Side::ToServer) if fin => TcpState::Closing,
        (TcpState::FinWait1, Side::ToServer) if acknowledged(Side::ToClient) => TcpState::FinWait2,
        (TcpState::FinWait2, Side::ToServer) if fin => TcpState::TimeWait,
        (TcpState::Closing, _) if acknowledged(Side::ToClient) => TcpState::TimeWait,
        (TcpState::LastAck, _) if acknowledged(Side::ToClient) => TcpState::Closed,
        (TcpState::TimeWait, Side::ToClient) if acknowledged(Side::ToServer) => TcpState::Closed,
        _ => state,
    }
}

/// The flow state that goes with a connection state; `both` says whether both sides have spoken.
pub(crate) fn flow_state(state: TcpState, both: bool) -> State {
    match state {
        TcpState::LastAck | TcpState::TimeWait | TcpState::Closed => State::Closed,
        TcpState::New | TcpState::SynSent | TcpState::SynRecv => State::New,
        _ if both => State::Established,
        _ => State::New,
    }
}
