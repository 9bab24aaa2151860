//! One flow: what is known about a conversation between two ends, in 256 bytes.
//!
//! Fields are laid out by cache line: identity and state, counters, TCP tracking, and
//! what is rarely needed. A packet of an established flow changes the first three.

use wirewatch_decode::{Datagram, from_ip, to_ip};

use crate::conn_state;
use crate::history::{History, Mark, Marks, Seen};
use crate::key::{Direction, End, Key, Scope};
use crate::protocol;
use crate::roles::Opening;
use crate::side::{PerSide, Side};
use crate::standing::Standing;
use crate::tcp::{TcpSide, TcpState};

use std::net::IpAddr;

/// One flow. See the accessors for what it knows.
#[derive(Debug, Clone)]
#[repr(C, align(64))]
pub struct Flow {
    key: Key,
    pub(crate) last: u64,
    /// Application protocol number, for the stages that recognise it; 0 at first.
    pub app: u16,
    interface: u16,
    pub(crate) bits: u8,
    pub(crate) standing: Standing,
    pub(crate) tcp_state: TcpState,
    /// What recognition has tried already, for the stages that do it; 0 at first.
    pub app_tried: u8,

    packets: PerSide<u64>,
    bytes: PerSide<u64>,
    payload: PerSide<u64>,
    /// Bytes of the frames that are not the datagram's: link headers, tags, padding.
    link_bytes: PerSide<u32>,
    pub(crate) seen: Seen,
    ttl: PerSide<Ttl>,

    pub(crate) tcp: PerSide<TcpSide>,

    number: u64,
    first: u64,
    /// Where later stages keep what they know about the flow; zeros at first.
    pub user: [u32; 3],
    pub(crate) marks: Marks,
    pub(crate) handshake: Handshake,
    /// TCP: the client's initial sequence number. ICMP: type and code each way.
    pub(crate) opening: u32,
    pub(crate) lost: PerSide<u32>,
    pub(crate) zero_windows: PerSide<u16>,
}

/// The bits of `Flow::bits`.
pub(crate) mod bits {
    pub(crate) const CLIENT_IS_HIGH: u8 = 1;
    pub(crate) const MIDSTREAM: u8 = 2;
    pub(crate) const ALERTED: u8 = 4;
    pub(crate) const SYN_RTT: u8 = 8;
    pub(crate) const ACK_RTT: u8 = 16;
    /// The opening SYN, with its initial sequence number, was seen.
    pub(crate) const HAS_ISN: u8 = 32;
    pub(crate) const REQUEST_TYPE: u8 = 64;
    pub(crate) const RESPONSE_TYPE: u8 = 128;
}

/// Times of the TCP handshake, in microseconds.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Handshake {
    /// From SYN to SYN/ACK.
    pub(crate) syn: u32,
    /// From SYN/ACK to ACK; before that, when what is waiting for its answer was sent, since the flow began.
    pub(crate) ack: u32,
}

/// The least and the greatest time to live of one direction.
#[derive(Debug, Clone, Copy, Default)]
struct Ttl {
    least: u8,
    greatest: u8,
}

/// How far a flow is, as EVE's `flow.state`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum State {
    /// One direction only, or a TCP handshake that is not finished.
    New,
    /// Both sides speak.
    Established,
    /// TCP: ended by both sides or by a reset.
    Closed,
    /// Someone decided not to look at the rest of the flow.
    Bypassed,
}

impl State {
    /// EVE's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Established => "established",
            Self::Closed => "closed",
            Self::Bypassed => "bypassed",
        }
    }
}

/// Protocols that share timeouts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Class {
    Tcp,
    Udp,
    Icmp,
    Other,
}

impl Class {
    fn of(datagram: &Datagram) -> Self {
        match datagram.protocol {
            protocol::TCP => Self::Tcp,
            protocol::UDP | protocol::UDP_LITE => Self::Udp,
            other if protocol::is_icmp(other, datagram.version) => Self::Icmp,
            _ => Self::Other,
        }
    }
}

/// Why a record of a flow was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum EndReason {
    /// Silent for longer than its timeout.
    Timeout,
    /// The input ended.
    Shutdown,
    /// The caller ended it.
    Forced,
    /// A new TCP connection between the same ports began.
    TcpReuse,
    /// The table was full, and this was among the oldest flows that were never answered.
    EvictedNew,
    /// The table was full, and this flow was closed.
    EvictedClosed,
    /// The table was full, and this was the longest silent flow of those looked at.
    EvictedIdle,
    /// The flow goes on: an intermediate record by the active timeout.
    Active,
}

impl EndReason {
    /// Every reason, in the order of its number.
    pub(crate) const ALL: [Self; 8] = [
        Self::Timeout,
        Self::Shutdown,
        Self::Forced,
        Self::TcpReuse,
        Self::EvictedNew,
        Self::EvictedClosed,
        Self::EvictedIdle,
        Self::Active,
    ];

    /// EVE's `flow.reason`.
    pub fn eve_name(self) -> &'static str {
        match self {
            Self::Timeout => "timeout",
            Self::Shutdown => "shutdown",
            Self::TcpReuse => "tcp_reuse",
            Self::Forced | Self::EvictedNew | Self::EvictedClosed | Self::EvictedIdle => "forced",
            Self::Active => "unknown",
        }
    }
}

/// Type and code of the first ICMP message each way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IcmpTypes {
    /// Of the host that asked, or that sent a one-way message.
    pub request: Option<(u8, u8)>,
    /// Of the host that answered.
    pub response: Option<(u8, u8)>,
}

/// Where a packet was captured and what it weighs: what the datagram itself does not know.
#[derive(Debug, Clone, Copy)]
pub struct Packet {
    /// Capture time in nanoseconds since the epoch.
    pub ts: u64,
    /// Length of the whole frame on the wire; of all frames together for a reassembled datagram.
    pub wire_bytes: u64,
    /// 1, or the number of fragments of a reassembled datagram.
    pub packets: u32,
    /// Number of the interface.
    pub interface: u16,
}

impl Flow {
    pub(crate) fn new(
        key: Key,
        direction: Direction,
        opening: Opening,
        number: u64,
        datagram: &Datagram,
        packet: &Packet,
    ) -> Self {
        let mut bits = 0;
        if opening.by_sender == (direction == Direction::FromHigh) {
            bits |= bits::CLIENT_IS_HIGH;
        }
        if opening.midstream {
            bits |= bits::MIDSTREAM;
        }
        let mut flow = Self {
            key,
            last: packet.ts,
            app: 0,
            interface: packet.interface,
            bits,
            standing: Standing::new(Class::of(datagram)),
            tcp_state: TcpState::New,
            app_tried: 0,
            packets: PerSide::default(),
            bytes: PerSide::default(),
            payload: PerSide::default(),
            link_bytes: PerSide::default(),
            seen: Seen::default(),
            ttl: PerSide::default(),
            tcp: PerSide::default(),
            number,
            first: packet.ts,
            user: [0; 3],
            marks: Marks::default(),
            handshake: Handshake::default(),
            opening: 0,
            lost: PerSide::default(),
            zero_windows: PerSide::default(),
        };
        if !opening.by_sender && matches!(flow.standing.class(), Class::Tcp | Class::Udp) {
            flow.mark(Mark::Flipped, Side::ToServer);
        }
        flow
    }

    /// Adds a packet's weight.
    #[inline]
    pub(crate) fn count(&mut self, side: Side, datagram: &Datagram, packet: &Packet) {
        self.last = self.last.max(packet.ts);
        let packets = self.packets.get_mut(side);
        let is_first = *packets == 0;
        *packets += u64::from(packet.packets);
        *self.bytes.get_mut(side) += packet.wire_bytes;
        let link = packet
            .wire_bytes
            .saturating_sub(u64::from(datagram.ip_length));
        let link_bytes = self.link_bytes.get_mut(side);
        *link_bytes = link_bytes.saturating_add(link as u32);
        *self.payload.get_mut(side) += u64::from(datagram.payload_wire_length);
        let ttl = self.ttl.get_mut(side);
        ttl.greatest = ttl.greatest.max(datagram.ttl);
        ttl.least = if is_first {
            datagram.ttl
        } else {
            ttl.least.min(datagram.ttl)
        };
    }

    /// Notes the type and code of the first ICMP message each way.
    pub(crate) fn note_icmp(&mut self, side: Side, datagram: &Datagram) {
        let bit = match side {
            Side::ToServer => bits::REQUEST_TYPE,
            Side::ToClient => bits::RESPONSE_TYPE,
        };
        if !self.has(bit) {
            self.bits |= bit;
            let types = [datagram.source_port as u8, datagram.destination_port as u8];
            let shift = side as u32 * 16;
            self.opening |= u32::from(u16::from_le_bytes(types)) << shift;
        }
    }

    /// Records a letter of the history.
    #[inline]
    pub(crate) fn mark(&mut self, mark: Mark, side: Side) {
        self.marks.record(&mut self.seen, mark, side);
    }

    pub(crate) fn seen(&self, mark: Mark, side: Side) -> bool {
        self.seen.has(mark, side)
    }

    #[inline]
    pub(crate) fn has(&self, bit: u8) -> bool {
        self.bits & bit != 0
    }

    /// Which side of this flow a packet of its key travels to.
    #[inline]
    pub(crate) fn side(&self, direction: Direction) -> Side {
        if (direction == Direction::FromHigh) == self.has(bits::CLIENT_IS_HIGH) {
            Side::ToServer
        } else {
            Side::ToClient
        }
    }

    /// Reads from each cache line a packet changes.
    #[inline]
    pub(crate) fn touch(&self) -> u64 {
        self.last
            ^ self.payload.to_server
            ^ u64::from(self.tcp.to_client.first_word())
            ^ self.number
    }

    /// Makes the slot one that no key matches.
    pub(crate) fn clear_key(&mut self) {
        self.key = Key::default();
    }

    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    /// A number that is unique within the run and fits in the 53 bits of a JSON number.
    ///
    /// Flows get consecutive numbers per worker, mixed one-to-one so that the
    /// identifiers of neighbours do not look alike.
    pub fn id(&self) -> u64 {
        const BITS: u64 = (1 << 53) - 1;
        let mut id = self.number & BITS;
        id = id.wrapping_mul(0x001a_036e_2d0d_9f4b) & BITS;
        id ^= id >> 27;
        id = id.wrapping_mul(0x000b_1f94_d049_bb13) & BITS;
        id ^ id >> 29
    }

    /// The flow's identity.
    pub fn key(&self) -> &Key {
        &self.key
    }

    pub(crate) fn client_end(&self) -> End {
        if self.has(bits::CLIENT_IS_HIGH) {
            self.key.high()
        } else {
            self.key.low()
        }
    }

    pub(crate) fn server_end(&self) -> End {
        if self.has(bits::CLIENT_IS_HIGH) {
            self.key.low()
        } else {
            self.key.high()
        }
    }

    /// Address of the host that opened the flow.
    pub fn client_ip(&self) -> IpAddr {
        to_ip(self.client_end().address, self.key.version())
    }

    /// Address of the other host.
    pub fn server_ip(&self) -> IpAddr {
        to_ip(self.server_end().address, self.key.version())
    }

    /// Addresses of the opener and of the other host, in the form of [`from_ip`].
    pub fn addresses(&self) -> [u128; 2] {
        [self.client_end().address, self.server_end().address]
    }

    /// Whether one of the ends has this address.
    pub fn involves(&self, ip: IpAddr) -> bool {
        let address = from_ip(ip);
        address == self.client_end().address || address == self.server_end().address
    }

    /// Port of the host that opened the flow; 0 for protocols without ports.
    pub fn client_port(&self) -> u16 {
        self.port(self.client_end())
    }

    /// Port of the other host; 0 for protocols without ports.
    pub fn server_port(&self) -> u16 {
        self.port(self.server_end())
    }

    fn port(&self, end: End) -> u16 {
        if protocol::has_ports(self.protocol()) {
            end.port
        } else {
            0
        }
    }

    /// Security parameters index of an ESP flow, where decoding gave it.
    pub fn spi(&self) -> Option<u32> {
        let (upper, lower) = (self.key.low().port, self.key.high().port);
        let spi = u32::from(upper) << 16 | u32::from(lower);
        (self.protocol() == protocol::ESP && spi != 0).then_some(spi)
    }

    /// IP protocol number.
    pub fn protocol(&self) -> u8 {
        self.key.protocol()
    }

    /// VLANs and tunnel, without those the configuration ignores.
    pub fn scope(&self) -> Scope {
        self.key.scope()
    }

    /// Bytes of the datagrams that went to `side`, IP headers included.
    pub fn ip_bytes(&self, side: Side) -> u64 {
        self.bytes(side)
            .saturating_sub(u64::from(*self.link_bytes.get(side)))
    }

    /// Time of the first packet, in nanoseconds.
    pub fn first_ts(&self) -> u64 {
        self.first
    }

    /// Time of the newest packet, in nanoseconds.
    pub fn last_ts(&self) -> u64 {
        self.last
    }

    /// Packets that travelled to `side`; each fragment counts.
    pub fn packets(&self, side: Side) -> u64 {
        *self.packets.get(side)
    }

    pub(crate) fn total_packets(&self) -> u64 {
        self.packets.to_server + self.packets.to_client
    }

    /// Bytes of whole frames on the wire that travelled to `side`.
    pub fn bytes(&self, side: Side) -> u64 {
        *self.bytes.get(side)
    }

    /// Bytes of transport payload that travelled to `side`, by the headers; retransmissions count again.
    pub fn payload_bytes(&self, side: Side) -> u64 {
        *self.payload.get(side)
    }

    /// Least and greatest time to live of packets to `side`, zeros when there are none.
    pub fn ttl_range(&self, side: Side) -> (u8, u8) {
        let ttl = self.ttl.get(side);
        (ttl.least, ttl.greatest)
    }

    /// How far the flow is.
    ///
    /// A TCP connection joined late counts as established, as with Suricata, even if only one direction
    /// is seen; the table itself treats it as new until the other side speaks, because such flows are easily forged.
    pub fn state(&self) -> State {
        let joined = self.has(bits::MIDSTREAM)
            && matches!(
                self.tcp_state,
                TcpState::Established
                    | TcpState::FinWait1
                    | TcpState::FinWait2
                    | TcpState::CloseWait
                    | TcpState::Closing
            );
        let state = self.standing.state();
        if state == State::New && joined {
            State::Established
        } else {
            state
        }
    }

    /// Why this record was made; `None` in the table.
    pub fn end_reason(&self) -> Option<EndReason> {
        self.standing.end()
    }

    /// Whether the flow was already going on when its first packet was seen.
    pub fn is_midstream(&self) -> bool {
        self.has(bits::MIDSTREAM)
    }

    /// Whether [`Flow::set_alerted`] was called.
    pub fn is_alerted(&self) -> bool {
        self.has(bits::ALERTED)
    }

    /// Remembers that a rule or detector fired on this flow.
    pub fn set_alerted(&mut self) {
        self.bits |= bits::ALERTED;
    }

    /// Interface of the first packet.
    pub fn interface(&self) -> u16 {
        self.interface
    }

    /// Types and codes of an ICMP flow, `None` for other protocols.
    pub fn icmp_types(&self) -> Option<IcmpTypes> {
        let [kind, code, response_kind, response_code] = self.opening.to_le_bytes();
        (self.standing.class() == Class::Icmp).then_some(IcmpTypes {
            request: self.has(bits::REQUEST_TYPE).then_some((kind, code)),
            response: self
                .has(bits::RESPONSE_TYPE)
                .then_some((response_kind, response_code)),
        })
    }

    /// Zeek's history letters.
    pub fn history(&self) -> History {
        self.marks.text(self.seen)
    }

    /// Zeek's `conn_state`, final once the flow has ended.
    pub fn conn_state(&self) -> &'static str {
        conn_state::conn_state(self)
    }
}

const _: () = assert!(size_of::<Flow>() == 256);

#[cfg(test)]
mod tests;
