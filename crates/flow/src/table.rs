//! The flow table of one worker: bounded, without locks, on capture time.
//!
//! A packet belongs to the flow with its key, unless that flow was silent for longer
//! than its timeout, lies further in the future than that (files out of order), or
//! the packet opens a new TCP connection: then the old flow ends and a new one begins.
//! This is decided per packet, so results do not depend on how often
//! [`Table::expire`] is called; that only finds flows to which nothing comes any more.

use std::hash::{BuildHasher, Hasher};
use std::hint::black_box;

use foldhash::SharedSeed;
use foldhash::quality::SeedableRandomState;
use wirewatch_decode::{Datagram, Tunnel};

use crate::clock::Clock;
use crate::config::Config;
use crate::flow::{Class, EndReason, Flow, Packet, State};
use crate::history::Mark;
use crate::index::Index;
use crate::key::{Key, Lookup, Scope};
use crate::lists::Lists;
use crate::roles::{self, Opening};
use crate::side::Side;
use crate::standing::Standing;
use crate::syns::Syns;
use crate::tcp::{self, TcpEvents, TcpState};
use crate::wheel::Wheel;

use ending::Remaining;

mod ending;
mod eviction;

pub use ending::Counters;

/// Flows of the order in which they are given up, and free slots.
const NEW: u32 = 0;
const CLOSED: u32 = 1;
const OTHER: u32 = 2;
const FREE: u32 = 3;
const LISTS: u32 = 4;

/// Where a hash gets its seed from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seed {
    /// From the system, another one for each table, so that nobody can choose colliding flows.
    Random,
    /// A number, for tests. Nothing visible depends on it.
    Fixed(u64),
}

/// Which flow, until it ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FlowIndex(u32);

/// What a packet did to its flow.
#[derive(Debug, Clone, Copy)]
pub struct Update {
    /// The flow, for [`Table::get`].
    pub flow: FlowIndex,
    /// Which way the packet travels.
    pub side: Side,
    /// Whether the flow began with this packet.
    pub is_new: bool,
    /// Whether the flow's state became established with this packet.
    pub became_established: bool,
    /// What was noticed about a TCP segment.
    pub tcp: TcpEvents,
}

/// The flow table of one worker.
#[derive(Debug)]
pub struct Table {
    config: Config,
    max_flows: usize,
    hasher: SeedableRandomState,
    index: Index,
    flows: Vec<Flow>,
    lists: Lists,
    wheel: Wheel,
    clock: Clock,
    syns: Syns,
    timeouts: [u64; Standing::TIMEOUTS],
    emergency_timeouts: [u64; Standing::TIMEOUTS],
    in_emergency: bool,
    last_number: u64,
    /// Where sampling and sweeping go on.
    hand: u32,
    live: usize,
    counters: Counters,
    /// Whether a slot was used again, so that flows no longer lie in the order in which they began.
    is_mixed: bool,
    /// What [`Table::finish`] has still to end.
    remaining: Option<Remaining>,
    /// Flows that ended, to be taken out by the caller after each group of packets.
    /// Grows by at most two per packet and by a bounded number per call of [`Table::expire`].
    pub ended: Vec<Flow>,
}

impl Table {
    /// Bytes per flow of a full table, links and index included.
    pub const BYTES_PER_FLOW: usize = size_of::<Flow>() + 2 * Lists::BYTES_PER_NODE + 22;

    /// An empty table.
    pub fn new(config: Config, seed: Seed) -> Self {
        let max_flows = config.bounded_flows();
        let mut flows = Vec::new();
        // Pages that no flow uses stay untouched; when this fails the table grows as it is used.
        let _ = flows.try_reserve_exact(max_flows);
        Self {
            max_flows,
            hasher: hasher(seed),
            index: Index::new(),
            flows,
            lists: Lists::new(LISTS, max_flows),
            wheel: Wheel::new(max_flows),
            clock: Clock::default(),
            syns: Syns::default(),
            timeouts: config.timeouts.nanoseconds(),
            emergency_timeouts: config.emergency.nanoseconds(),
            in_emergency: false,
            last_number: u64::from(config.worker) << 45,
            hand: 0,
            live: 0,
            counters: Counters::default(),
            is_mixed: false,
            remaining: None,
            ended: Vec::new(),
            config,
        }
    }

    /// The bytes a table takes when it holds this many flows.
    pub fn bytes_for(flows: usize) -> usize {
        flows * (size_of::<Flow>() + 2 * Lists::BYTES_PER_NODE) + Index::bytes_for(flows)
    }

    /// The key of a datagram and its hash; `None` when its transport header, which flows of its protocol need, is missing.
    #[allow(clippy::inline_always)] // so that it is written where it is kept, not copied there in pieces
    #[inline(always)]
    pub fn key(&self, datagram: &Datagram, scope: &Scope) -> Option<Lookup> {
        let mut scope = *scope;
        if !self.config.use_vlan {
            scope.vlans = [0; 3];
        }
        if !self.config.use_tunnel {
            scope.tunnel = 0;
        }
        let (key, direction) = Key::new(datagram, &scope)?;
        Some(Lookup {
            key,
            hash: self.hash(key.words()),
            direction,
            hint: u32::MAX,
        })
    }

    /// A number for the tunnel whose outer datagram has this key, for [`Scope::tunnel`]. Never 0.
    pub fn tunnel_key(&self, outer: &Key, kind: Tunnel, identifier: u32) -> u32 {
        ((self.hash(outer.tunnel_words(kind, identifier)) >> 32) as u32).max(1)
    }

    #[inline]
    fn hash(&self, words: [u128; 3]) -> u64 {
        let mut hasher = self.hasher.build_hasher();
        for word in words {
            hasher.write_u128(word);
        }
        hasher.finish()
    }

    /// Reads what updates of these keys will read, all at once.
    ///
    /// The reads do not depend on each other, so the processor waits for all of them together. Worth it
    /// for groups of packets when flows are more than the caches hold.
    pub fn touch(&self, lookups: &mut [Lookup]) {
        let entries = lookups
            .iter()
            .fold(0, |all, lookup| all ^ self.index.first_entry(lookup.hash));
        black_box(entries);
        let mut read = 0;
        for lookup in lookups {
            lookup.hint = self.index.candidate(lookup.hash);
            if let Some(flow) = self.flows.get(lookup.hint as usize) {
                read ^= flow.touch();
            }
        }
        black_box(read);
    }

    /// The flow that a packet of this key most likely belongs to, after [`Self::touch`].
    #[inline]
    pub fn likely(&self, lookup: &Lookup) -> Option<&Flow> {
        self.flows.get(lookup.hint as usize)
    }

    /// Takes a packet into account, in the order of arrival.
    #[inline]
    pub fn update(&mut self, lookup: &Lookup, datagram: &Datagram, packet: &Packet) -> Update {
        self.clock.observe(packet.ts);
        let (mut reused, mut is_flood) = (false, false);
        let mut found = self.find(lookup);
        if let Some(slot) = found
            && let Some(reason) = self.replaced(slot, lookup, datagram, packet)
        {
            is_flood = self.is_flood(slot, lookup.hash, reason);
            self.end(slot, reason);
            reused = reason == EndReason::TcpReuse;
            found = None;
        }
        let slot = found.unwrap_or_else(|| self.begin(lookup, datagram, packet));
        let mut update = self.apply(slot, lookup, datagram, packet);
        update.is_new = found.is_none();
        if reused {
            update.tcp.add(TcpEvents::REUSED);
        }
        if is_flood {
            update.tcp.add(TcpEvents::SYN_FLOOD);
        }
        update
    }

    /// Whether a connection that takes the place of this one is one of too many that nobody answers.
    #[cold]
    fn is_flood(&mut self, slot: u32, hash: u64, reason: EndReason) -> bool {
        let flow = self.flows.get(slot as usize);
        let is_unanswered = flow.is_some_and(|flow| flow.tcp_state() == TcpState::SynSent);
        if reason == EndReason::TcpReuse && is_unanswered {
            return self.syns.again(hash);
        }
        self.syns.forget(hash);
        false
    }

    /// The flow a packet with this key would belong to, and which way the packet goes; nothing changes.
    pub fn peek(&self, lookup: &Lookup) -> Option<(&Flow, Side)> {
        let flow = self.flows.get(self.find(lookup)? as usize)?;
        Some((flow, flow.side(lookup.direction)))
    }

    /// The same, to keep something in it.
    pub fn peek_mut(&mut self, lookup: &Lookup) -> Option<&mut Flow> {
        let slot = self.find(lookup)?;
        self.flows.get_mut(slot as usize)
    }

    #[inline]
    fn find(&self, lookup: &Lookup) -> Option<u32> {
        let is_match = |slot: u32| {
            self.flows
                .get(slot as usize)
                .is_some_and(|flow| *flow.key() == lookup.key)
        };
        if is_match(lookup.hint) {
            return Some(lookup.hint);
        }
        self.index.find(lookup.hash, is_match)
    }

    /// Why the packet does not belong to the flow that has its key, if it does not.
    #[inline]
    fn replaced(
        &self,
        slot: u32,
        lookup: &Lookup,
        datagram: &Datagram,
        packet: &Packet,
    ) -> Option<EndReason> {
        let flow = self.flows.get(slot as usize)?;
        let timeout = self.timeout(flow);
        // What is not older than the newest packet is not older than the first: that is on a cache line
        // which ordinary packets do not read.
        let last = flow.last_ts();
        if packet.ts > last.saturating_add(timeout)
            || packet.ts < last && packet.ts.saturating_add(timeout) < flow.first_ts()
        {
            return Some(EndReason::Timeout);
        }
        let is_reuse = flow.standing.class() == Class::Tcp
            && tcp::is_reuse(flow, flow.side(lookup.direction), datagram);
        is_reuse.then_some(EndReason::TcpReuse)
    }

    #[inline]
    fn timeout(&self, flow: &Flow) -> u64 {
        let timeouts = if self.in_emergency {
            &self.emergency_timeouts
        } else {
            &self.timeouts
        };
        timeouts
            .get(flow.standing.timeout())
            .copied()
            .unwrap_or_default()
    }

    /// Turns round a flow that has just begun with this packet: what it says is a server's. Gives the update anew.
    #[cold]
    pub fn turn(
        &mut self,
        update: &Update,
        lookup: &Lookup,
        datagram: &Datagram,
        packet: &Packet,
    ) -> Update {
        let Some(flow) = self.flows.get_mut(update.flow.0 as usize) else {
            return *update;
        };
        let opening = Opening {
            by_sender: update.side == Side::ToClient,
            midstream: flow.is_midstream(),
        };
        let (standing, user) = (flow.standing, flow.user);
        *flow = Flow::new(
            lookup.key,
            lookup.direction,
            opening,
            flow.number(),
            datagram,
            packet,
        );
        (flow.standing, flow.user) = (standing, user);
        Update {
            is_new: update.is_new,
            ..self.apply(update.flow.0, lookup, datagram, packet)
        }
    }

    fn begin(&mut self, lookup: &Lookup, datagram: &Datagram, packet: &Packet) -> u32 {
        if self.live >= self.max_flows {
            self.make_room();
        }
        self.last_number += 1;
        let flow = Flow::new(
            lookup.key,
            lookup.direction,
            roles::opening(datagram),
            self.last_number,
            datagram,
            packet,
        );
        let due = self.due_second(&flow, packet.ts / crate::clock::SECOND);
        let slot = self.place(flow);
        self.index.insert(lookup.hash, slot);
        self.lists.push_back(NEW, slot);
        self.wheel.schedule(slot, due);
        self.live += 1;
        self.counters.created += 1;
        self.counters.peak = self.counters.peak.max(self.live as u64);
        slot
    }

    /// Puts a flow into a free slot.
    fn place(&mut self, flow: Flow) -> u32 {
        if let Some(slot) = self.lists.last(FREE) {
            self.lists.unlink(slot);
            self.is_mixed = true;
            if let Some(place) = self.flows.get_mut(slot as usize) {
                *place = flow;
            }
            return slot;
        }
        let slot = self.flows.len() as u32;
        self.flows.push(flow);
        self.lists.ensure(slot);
        self.wheel.ensure(slot);
        slot
    }

    #[allow(clippy::inline_always)] // its answer would go through memory in pieces: a stall per packet
    #[inline(always)]
    fn apply(
        &mut self,
        slot: u32,
        lookup: &Lookup,
        datagram: &Datagram,
        packet: &Packet,
    ) -> Update {
        let mut update = Update {
            flow: FlowIndex(slot),
            side: Side::ToServer,
            is_new: false,
            became_established: false,
            tcp: TcpEvents::default(),
        };
        let Some(flow) = self.flows.get_mut(slot as usize) else {
            return update;
        };
        update.side = flow.side(lookup.direction);
        match flow.standing.class() {
            Class::Tcp => update.tcp = tcp::track(flow, update.side, datagram, packet.ts),
            Class::Udp if datagram.payload_wire_length > 0 => flow.mark(Mark::Data, update.side),
            Class::Icmp => flow.note_icmp(update.side, datagram),
            _ => {}
        }
        flow.count(update.side, datagram, packet);
        let before = flow.standing.state();
        let after = state_after(flow);
        if after != before {
            flow.standing.set_state(after);
            self.change_state(slot, after);
            update.became_established = after == State::Established;
        }
        update
    }

    /// Moves a flow to where its new state says: once or twice in its life.
    fn change_state(&mut self, slot: u32, state: State) {
        let list = match state {
            State::New => NEW,
            State::Closed => CLOSED,
            State::Established | State::Bypassed => OTHER,
        };
        self.lists.unlink(slot);
        self.lists.push_back(list, slot);
        if matches!(state, State::Closed | State::Bypassed) {
            self.wheel.cancel(slot);
            self.reschedule(slot);
        }
    }

    /// The flow of a packet, until it ends.
    #[inline]
    pub fn get(&self, flow: FlowIndex) -> Option<&Flow> {
        self.flows
            .get(flow.0 as usize)
            .filter(|flow| flow.key().version() != 0)
    }

    /// The flow of a packet, to keep something in it.
    #[inline]
    pub fn get_mut(&mut self, flow: FlowIndex) -> Option<&mut Flow> {
        self.flows
            .get_mut(flow.0 as usize)
            .filter(|flow| flow.key().version() != 0)
    }

    /// Marks a flow as one that is not looked at any more; it goes on being counted.
    pub fn bypass(&mut self, flow: FlowIndex) {
        if let Some(found) = self.get_mut(flow) {
            found.standing.set_state(State::Bypassed);
            self.change_state(flow.0, State::Bypassed);
        }
    }

    /// How many flows there are.
    pub fn len(&self) -> usize {
        self.live
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.live == 0
    }

    /// Whether the table is so full that the emergency timeouts hold.
    pub fn is_in_emergency(&self) -> bool {
        self.in_emergency
    }

    /// What the table did so far.
    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    /// The time the table believes it is, in nanoseconds of capture time.
    pub fn now(&self) -> u64 {
        self.clock.now()
    }

    /// Memory in use for flows, links and index, in bytes.
    pub fn memory_bytes(&self) -> usize {
        self.flows.len() * size_of::<Flow>()
            + self.lists.bytes()
            + self.wheel.bytes()
            + self.index.bytes()
    }
}

#[inline]
fn state_after(flow: &Flow) -> State {
    match flow.standing.state() {
        State::Bypassed => State::Bypassed,
        _ if flow.standing.class() == Class::Tcp => {
            let both = flow.packets(Side::ToServer) > 0 && flow.packets(Side::ToClient) > 0;
            tcp::flow_state(flow.tcp_state, both)
        }
        State::New if flow.packets(Side::ToServer) > 0 && flow.packets(Side::ToClient) > 0 => {
            State::Established
        }
        state => state,
    }
}

fn hasher(seed: Seed) -> SeedableRandomState {
    match seed {
        Seed::Random => SeedableRandomState::random(),
        Seed::Fixed(seed) => SeedableRandomState::with_seed(seed, SharedSeed::global_fixed()),
    }
}

#[cfg(test)]
mod tests;
