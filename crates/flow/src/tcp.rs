//! What TCP headers tell about a connection: its state, its handshake, what was lost or sent again.
//!
//! RFC 9293 for states (seen from the server, as EVE's `tcp.state` has them),
//! RFC 7323 for window scale. Sequence numbers wrap, so they are only compared by their distance.

use wirewatch_decode::{Datagram, Tcp, flags};

use crate::flow::{Flow, State, bits};
use crate::history::Mark;
use crate::side::{PerSide, Side};

mod handshake;
mod sequence;
mod state;

pub use state::TcpState;
pub(crate) use state::flow_state;

/// What is tracked of one sender, in half a cache line.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct TcpSide {
    /// The sequence number after the last byte sent.
    next: u32,
    /// The highest acknowledgement sent.
    ack: u32,
    /// The range in which bytes are missing that may still come, empty when `missing` is 0.
    hole_start: u32,
    hole_end: u32,
    /// How many bytes of that range are missing.
    missing: u32,
    retransmissions: u32,
    out_of_order: u32,
    /// The last window, as in the header.
    window: u16,
    /// Every flag sent.
    flags: u8,
    /// The window scale in the low bits, and [`SYNCHRONISED`] and [`ACKNOWLEDGED`].
    marks: u8,
}

/// `next` is known.
const SYNCHRONISED: u8 = 0x80;
/// `ack` is known.
const ACKNOWLEDGED: u8 = 0x40;
/// Window scale; RFC 7323, section 2.3 allows 14.
const SCALE: u8 = 0x0f;
/// The largest window there can be (65,535 << 14): sequence numbers further apart are not related.
const LARGEST_WINDOW: u32 = 1 << 30;

impl TcpSide {
    #[inline]
    pub(crate) fn first_word(&self) -> u32 {
        self.next
    }

    fn is_synchronised(self) -> bool {
        self.marks & SYNCHRONISED != 0
    }

    fn is_acknowledging(self) -> bool {
        self.marks & ACKNOWLEDGED != 0
    }

    fn scaled_window(self) -> u32 {
        u32::from(self.window) << (self.marks & SCALE).min(14)
    }

    /// Whether this side has acknowledged everything up to `sequence`.
    fn has_acknowledged(self, sequence: u32) -> bool {
        self.is_acknowledging() && self.ack.wrapping_sub(sequence) < LARGEST_WINDOW
    }
}

/// What was noticed about one segment, as a set of bits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TcpEvents(u16);

impl TcpEvents {
    /// The handshake finished with this segment.
    pub const HANDSHAKE: Self = Self(1);
    /// Everything in it was sent before.
    pub const RETRANSMISSION: Self = Self(1 << 1);
    /// It fills (part of) a gap that an earlier segment left.
    pub const OUT_OF_ORDER: Self = Self(1 << 2);
    /// Bytes before it were not seen.
    pub const GAP: Self = Self(1 << 3);
    /// It only asks whether the other side is there (RFC 9293, section 3.8.4).
    pub const KEEP_ALIVE: Self = Self(1 << 4);
    /// The receiver's buffer became full.
    pub const ZERO_WINDOW: Self = Self(1 << 5);
    /// It acknowledges what was acknowledged before, while data is outstanding.
    pub const DUPLICATE_ACK: Self = Self(1 << 6);
    /// Its sequence number has nothing to do with the connection; it changed nothing.
    pub const OUT_OF_WINDOW: Self = Self(1 << 7);
    /// The connection ended with this segment.
    pub const CLOSED: Self = Self(1 << 8);
    /// Its checksum is wrong; it only counts as a packet.
    pub const BAD_CHECKSUM: Self = Self(1 << 9);
    /// It began a new connection in place of an old one between the same ports.
    pub const REUSED: Self = Self(1 << 10);
    /// It did so once more after many of which none was answered.
    pub const SYN_FLOOD: Self = Self(1 << 11);

    /// Whether all of these were noticed.
    pub fn contains(self, events: Self) -> bool {
        self.0 & events.0 == events.0
    }

    /// Whether nothing was noticed.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub(crate) fn add(&mut self, events: Self) {
        self.0 |= events.0;
    }
}

/// A segment as the tracking sees it.
#[derive(Debug, Clone, Copy)]
struct Segment<'a> {
    header: &'a Tcp,
    side: Side,
    /// Payload bytes by the headers.
    payload: u32,
    ts: u64,
}

impl Segment<'_> {
    fn has(&self, flag: u8) -> bool {
        self.header.flags & flag != 0
    }

    /// The part of the sequence space it takes: SYN and FIN count as a byte each.
    fn length(&self) -> u32 {
        self.payload + u32::from(self.has(flags::SYN)) + u32::from(self.has(flags::FIN))
    }

    fn is_pure_ack(&self) -> bool {
        self.payload == 0
            && self.header.flags & (flags::SYN | flags::FIN | flags::RST | flags::ACK) == flags::ACK
    }
}

/// Takes one segment into account. The flow's packet counters do not include it yet.
#[inline]
pub(crate) fn track(flow: &mut Flow, side: Side, datagram: &Datagram, ts: u64) -> TcpEvents {
    let segment = Segment {
        header: &datagram.tcp,
        side,
        payload: datagram.payload_wire_length,
        ts,
    };
    let mut events = TcpEvents::default();
    if datagram.bad_checksum {
        flow.mark(Mark::BadChecksum, side);
        events.add(TcpEvents::BAD_CHECKSUM);
        return events;
    }
    if !sequence::is_plausible(flow, &segment) {
        events.add(TcpEvents::OUT_OF_WINDOW);
        return events;
    }
    record_history(flow, &segment);
    handshake::follow(flow, &segment);
    sequence::follow_data(flow, &segment, &mut events);
    sequence::follow_ack(flow, &segment, &mut events);
    flow.tcp.get_mut(side).flags |= segment.header.flags;
    state::follow(flow, &segment, &mut events);
    events
}

fn record_history(flow: &mut Flow, segment: &Segment<'_>) {
    let side = segment.side;
    if segment.payload > 0 {
        flow.mark(Mark::Data, side);
    }
    if segment.is_pure_ack() {
        flow.mark(Mark::Ack, side);
    }
    if segment.header.flags & (flags::SYN | flags::FIN | flags::RST) != 0 {
        record_control(flow, segment);
    }
}

#[cold]
fn record_control(flow: &mut Flow, segment: &Segment<'_>) {
    let side = segment.side;
    let (syn, fin, rst) = (
        segment.has(flags::SYN),
        segment.has(flags::FIN),
        segment.has(flags::RST),
    );
    if syn && (fin || rst) {
        flow.mark(Mark::MultiFlag, side);
    } else if fin && rst {
        flow.mark(Mark::Inconsistent, side);
    }
    if syn {
        let mark = if segment.has(flags::ACK) {
            Mark::SynAck
        } else {
            Mark::Syn
        };
        flow.mark(mark, side);
    }
    if fin {
        flow.mark(Mark::Fin, side);
    }
    if rst {
        flow.mark(Mark::Reset, side);
    }
}

/// Whether this SYN begins another connection than the one the flow is about.
///
/// It does when the flow is closed or when its initial sequence number is a new one. The
/// second SYN of a simultaneous open belongs to the flow.
pub(crate) fn is_reuse(flow: &Flow, side: Side, datagram: &Datagram) -> bool {
    if datagram.tcp.flags & (flags::SYN | flags::ACK | flags::RST) != flags::SYN
        || datagram.bad_checksum
    {
        return false;
    }
    if flow.standing.state() == State::Closed || flow.tcp_state == TcpState::Closed {
        return true;
    }
    let sender = flow.tcp.get(side);
    match side {
        Side::ToServer if flow.has(bits::HAS_ISN) => datagram.tcp.sequence != flow.opening,
        // Of a flow that was joined late, a SYN just before its data is its own, only reordered.
        Side::ToServer => {
            sender.is_synchronised() && sender.next.wrapping_sub(datagram.tcp.sequence) > 1 << 16
        }
        Side::ToClient => {
            !matches!(flow.tcp_state, TcpState::SynSent | TcpState::SynRecv)
                || sender.is_synchronised() && datagram.tcp.sequence.wrapping_add(1) != sender.next
        }
    }
}

impl Flow {
    /// State of a TCP connection; [`TcpState::New`] for other protocols.
    pub fn tcp_state(&self) -> TcpState {
        self.tcp_state
    }

    /// Every TCP flag seen from the sender of packets to `side`.
    pub fn tcp_flags(&self, side: Side) -> u8 {
        self.tcp.get(side).flags
    }

    /// Segments to `side` that only repeated what was sent before.
    pub fn retransmissions(&self, side: Side) -> u32 {
        self.tcp.get(side).retransmissions
    }

    /// Segments to `side` that came after later ones, and filled the gap.
    pub fn out_of_order(&self, side: Side) -> u32 {
        self.tcp.get(side).out_of_order
    }

    /// Bytes to `side` that never came, up to 4 GiB: gaps that were not filled, and what the receiver acknowledged beyond the last segment seen.
    pub fn lost_bytes(&self, side: Side) -> u32 {
        let lost = *self.lost.get(side);
        lost.saturating_add(sequence::acknowledged_unseen(self, side))
    }

    /// How often the sender of packets to `side` announced a window of zero.
    pub fn zero_windows(&self, side: Side) -> u16 {
        *self.zero_windows.get(side)
    }

    /// Microseconds from SYN to SYN/ACK: the way to the server and back.
    pub fn syn_rtt_us(&self) -> Option<u32> {
        self.has(bits::SYN_RTT).then_some(self.handshake.syn)
    }

    /// Microseconds from SYN/ACK to its ACK: the way to the client and back.
    pub fn ack_rtt_us(&self) -> Option<u32> {
        self.has(bits::ACK_RTT).then_some(self.handshake.ack)
    }

    /// Microseconds of the whole handshake.
    pub fn handshake_us(&self) -> Option<u32> {
        Some(self.syn_rtt_us()?.saturating_add(self.ack_rtt_us()?))
    }

    /// The client's initial sequence number, when its SYN was seen.
    pub fn client_isn(&self) -> Option<u32> {
        self.has(bits::HAS_ISN).then_some(self.opening)
    }
}

/// Both senders' tracking, to look at.
fn sides(flow: &Flow, side: Side) -> (&TcpSide, &TcpSide) {
    let tcp: &PerSide<TcpSide> = &flow.tcp;
    (tcp.get(side), tcp.get(side.other()))
}

#[cfg(test)]
mod tests;
