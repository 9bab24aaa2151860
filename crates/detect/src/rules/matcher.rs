//! One worker's rule matching: gate, prefilter, verification, alerts.

mod conclude;
mod explain;
mod file;
mod frame;
mod inspection;
#[cfg(test)]
mod naive;
mod stream;
mod transaction;

use std::sync::Arc;

use wirewatch_decode::{Datagram, Fault, Frame};
use wirewatch_proto::{Application, Side};

use super::check::{MAX_STEPS, RegexCopies};
use super::compiled::{Compiled, situation};
use super::facts::FlowFacts;
use super::group::Candidates;
use super::headers::Known;
use super::note::Notes;
use super::protocol::{AppProtocol, Transport};
use super::rule::{Action, Rule};
use super::set::RuleSet;
use super::state::{FlowRules, RuleState};
use super::tag;
use super::watch::{Laps, Watch};
use conclude::Scene;
use inspection::Inspection;

pub use file::{FileFacts, FileState};
pub use frame::FrameFacts;
pub use stream::STREAM_OVERLAP;

/// Candidate rules kept for one packet; what a flood of literals in one packet would add is
/// counted and left out.
const MAX_CANDIDATES: usize = 4_096;

/// Which way a packet goes in its flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// From the side that started the flow.
    ToServer,
    /// Back to it.
    ToClient,
}

impl Direction {
    /// The direction of what a side sends.
    pub fn of(side: Side) -> Self {
        match side {
            Side::Client => Self::ToServer,
            Side::Server => Self::ToClient,
        }
    }
}

/// What a payload stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Origin {
    /// A packet's payload, for rules about packets and about streams: a datagram's, or that of
    /// a segment that no stream takes.
    #[default]
    PacketAndStream,
    /// The payload of a segment whose bytes rules see as a stream, too.
    Packet,
    /// Bytes of a stream, put together.
    Stream,
}

/// The frame that a packet came in.
#[derive(Debug, Clone, Copy)]
pub struct LinkView<'a> {
    /// Its bytes.
    pub bytes: &'a [u8],
    /// What is where in them.
    pub frame: &'a Frame,
}

/// What rules see of a packet.
#[derive(Debug, Clone, Copy)]
pub struct PacketView<'a> {
    /// Its headers; one of version 0 when the frame has no IP datagram.
    pub datagram: &'a Datagram,
    /// The bytes that the datagram's offsets refer to.
    pub bytes: &'a [u8],
    /// The transport's payload.
    pub payload: &'a [u8],
    /// What the payload stands for.
    pub origin: Origin,
    /// The VLAN tags of its frame, from the outside in; those that are not there are 0.
    pub vlans: [u16; 3],
    /// The frame it came in; none when there is none, or when the datagram was in a tunnel.
    pub link: Option<LinkView<'a>>,
    /// Its direction, when its flow is known.
    pub direction: Option<Direction>,
    /// Whether its flow is established: the handshake is complete, or both sides have spoken.
    pub established: bool,
    /// The application protocol of its flow, as far as recognised.
    pub app_protocol: Option<AppProtocol>,
    /// Whether its flow's application protocol was looked for and not recognised.
    pub unrecognised: bool,
    /// What decoding found wrong.
    pub faults: &'a [Option<Fault>],
}

/// What is to be told about a match beside the rule.
#[derive(Debug, Clone, Copy)]
pub struct MatchInfo<'a> {
    /// The rule's number in its set.
    pub rule: u32,
    /// The rule's action, or what a rate filter made of it.
    pub action: Action,
    /// The number of the transaction that matched, when one did.
    pub transaction: Option<u64>,
    /// Whether bytes of a stream matched, and not those of the packet.
    pub stream: bool,
    /// Whether the rule asks to keep the file that matched.
    pub store_file: bool,
    /// What was captured and found in lists.
    pub notes: &'a Notes,
    /// What rules remember of the flow.
    pub flow: &'a FlowRules,
}

/// What a matcher has done and left undone.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MatchCounters {
    /// Packets that were inspected.
    pub packets: u64,
    /// Times a transaction came further.
    pub transactions: u64,
    /// Transactions that were forgotten before their end.
    pub transactions_evicted: u64,
    /// Rules that could not wait for a transaction's later fields.
    pub waiting_limit: u64,
    /// Rules that were looked at after the prefilter.
    pub verified: u64,
    /// Rules that matched, silent ones included.
    pub matched: u64,
    /// Matches that were told.
    pub alerts: u64,
    /// Matches a threshold or suppression silenced.
    pub silenced: u64,
    /// Matches beyond the alerts one packet may have.
    pub alert_overflow: u64,
    /// Packets whose search reached its step limit.
    pub step_limit: u64,
    /// Packets with more candidate rules than are kept.
    pub candidate_limit: u64,
    /// Expressions that reached their backtracking limit.
    pub regex_limit: u64,
}

/// A worker's matcher. The rules are shared; what changes per packet is here.
#[derive(Debug)]
pub struct Matcher {
    rules: Arc<RuleSet>,
    state: Arc<RuleState>,
    candidates: Vec<u32>,
    /// Rules that the packet at hand met but for what is remembered: what its streams hold may change that.
    undecided: Vec<u32>,
    /// Whether something was remembered since those were noted.
    has_news: bool,
    /// Headers that cover the packet at hand, or do not.
    known: Known,
    /// The payload in lower case.
    folded: Vec<u8>,
    regexes: RegexCopies,
    counters: MatchCounters,
    told_of: ToldOf,
    /// Sizes of the flow at hand.
    facts: FlowFacts,
    wants_facts: bool,
    tags: bool,
    wants_bare: bool,
    /// What is measured and explained; none unless somebody asked.
    watch: Option<Box<Watch>>,
}

impl Matcher {
    /// A matcher with cross-flow state of its own.
    pub fn new(rules: Arc<RuleSet>) -> Self {
        Self::with_state(rules, Arc::default())
    }

    /// A matcher that shares cross-flow state with others.
    pub fn with_state(rules: Arc<RuleSet>, state: Arc<RuleState>) -> Self {
        Self {
            candidates: Vec::with_capacity(MAX_CANDIDATES),
            undecided: Vec::new(),
            has_news: false,
            known: Known::default(),
            folded: Vec::new(),
            regexes: rules.regexes.clone(),
            counters: MatchCounters::default(),
            told_of: ToldOf::default(),
            facts: FlowFacts::default(),
            wants_facts: rules.wants_flow_facts(),
            tags: rules.tags(),
            wants_bare: rules.wants_frames_without_ip(),
            watch: Watch::new(&state.board.wish, &rules),
            rules,
            state,
        }
    }

    /// The rules at hand.
    pub fn rule_set(&self) -> &RuleSet {
        &self.rules
    }

    /// Goes on with other rules. What is remembered of flows and hosts stays.
    pub fn renew(&mut self, rules: Arc<RuleSet>) {
        self.publish();
        let counters = self.counters();
        let state = Arc::clone(&self.state);
        *self = Self::with_state(rules, state);
        self.counters = counters;
    }

    /// What was done so far.
    pub fn counters(&self) -> MatchCounters {
        MatchCounters {
            regex_limit: self.counters.regex_limit + self.regexes.limit_hits,
            ..self.counters
        }
    }

    /// Whether any rule is about transactions of this application.
    pub fn wants_transactions(&self, application: &'static Application) -> bool {
        let index = self.rules.applications.index_of(application);
        index.is_some_and(|index| self.rules.applications.concern(index))
    }

    /// Whether any rule could match a TCP stream of this protocol between these ends.
    pub fn wants_stream(
        &self,
        app: Option<AppProtocol>,
        direction: Direction,
        ends: &Datagram,
    ) -> bool {
        let group = self.rules.groups.of(Transport::Tcp, app, Some(direction));
        group.is_some_and(|group| {
            let rules = &self.rules.rules;
            let mut readers = group.readers.rules.iter();
            group.readers.any
                || readers.any(|number| {
                    let compiled = rules.get(*number as usize);
                    compiled.is_some_and(|compiled| compiled.header.covers(ends, true))
                })
        })
    }

    /// The number of the packet that is shown next, for those who look at rules at work.
    #[inline]
    pub fn at_packet(&mut self, number: impl FnOnce() -> Option<u64>) {
        if let Some(watch) = &mut self.watch {
            watch.packet = number().or(watch.packet);
        }
    }

    /// Adds what was measured and explained to what other workers saw, at the end of a run.
    pub fn publish(&mut self) {
        if let Some(watch) = self.watch.take() {
            self.state.board.add(watch.watched);
        }
    }

    /// Whether any rule asks for the sizes or the age of its flow.
    pub fn wants_flow_facts(&self) -> bool {
        self.wants_facts
    }

    /// Whether any rule is about frames without an IP datagram.
    #[inline]
    pub fn wants_frames_without_ip(&self) -> bool {
        self.wants_bare
    }

    /// Whether any rule tags packets.
    #[inline]
    pub fn tags(&self) -> bool {
        self.tags
    }

    /// Whether a packet of so many bytes is to be kept because a rule tagged its flow or a host.
    pub fn is_tagged(
        &self,
        datagram: &Datagram,
        bytes: u32,
        now: i64,
        flow: Option<&mut FlowRules>,
    ) -> bool {
        tag::takes(datagram, bytes, now, flow, &self.state)
    }

    /// The sizes of the flow that is shown next, for rules that ask for them.
    pub fn flow_facts(&mut self, facts: FlowFacts) {
        self.facts = facts;
    }

    /// Something was odd about a segment: asks the rules about that.
    pub fn stream_event(
        &mut self,
        code: &str,
        packet: &PacketView<'_>,
        flow: &mut FlowRules,
        now: i64,
        tell: &mut dyn FnMut(&Rule, MatchInfo<'_>),
    ) {
        let rules = self.rules.groups.of_stream_event(code);
        if rules.is_empty() {
            return;
        }
        self.candidates.clear();
        self.candidates.extend_from_slice(rules);
        flow.belong_to(self.rules.edition);
        if !flow.is_silent(now) {
            let situation = look_at(packet, flow) | situation::AS_PACKET | situation::AS_STREAM;
            self.verify(packet, situation, flow, now, tell);
        }
    }

    /// Inspects one packet at `now` (nanoseconds of packet time) and tells what matched, most
    /// important rule first.
    pub fn inspect(
        &mut self,
        packet: &PacketView<'_>,
        flow: &mut FlowRules,
        now: i64,
        tell: &mut dyn FnMut(&Rule, MatchInfo<'_>),
    ) {
        self.counters.packets += 1;
        flow.belong_to(self.rules.edition);
        if flow.is_silent(now) {
            return;
        }
        let situation = look_at(packet, flow);
        if self.watch.is_some() {
            self.explain_packet(packet, situation, flow, now, "packet");
        }
        self.candidates.clear();
        self.undecided.clear();
        self.collect(packet, situation);
        if !self.candidates.is_empty() {
            self.verify(packet, situation, flow, now, tell);
            self.has_news = false;
        }
    }

    /// Whether the packet that was inspected last is to be looked at again, as what its streams held has
    /// changed what rules remember.
    #[inline]
    pub fn is_undecided(&self) -> bool {
        self.has_news && !self.undecided.is_empty()
    }

    /// Asks those rules about the packet again that it met but for what was remembered.
    pub fn inspect_again(
        &mut self,
        packet: &PacketView<'_>,
        flow: &mut FlowRules,
        now: i64,
        tell: &mut dyn FnMut(&Rule, MatchInfo<'_>),
    ) {
        std::mem::swap(&mut self.candidates, &mut self.undecided);
        self.undecided.clear();
        if !flow.is_silent(now) {
            let situation = look_at(packet, flow);
            self.verify(packet, situation, flow, now, tell);
        }
        self.undecided.clear();
    }

    fn collect(&mut self, packet: &PacketView<'_>, situation: u8) {
        let transport = Transport::of(packet.datagram);
        let groups = &self.rules.groups;
        if let Some(group) = groups.of(transport, packet.app_protocol, packet.direction) {
            for rules in group.of(packet.origin) {
                let scratch = (&mut self.folded, &mut self.candidates);
                collect_from(rules, packet, situation, scratch);
            }
        }
        if !packet.faults.is_empty() {
            self.candidates.extend_from_slice(groups.events());
        }
        self.sort_candidates(packet.datagram);
    }

    /// Each candidate whose header covers a packet between these ends once, most important rule first.
    fn sort_candidates(&mut self, ends: &Datagram) {
        let headers = &self.rules.headers;
        headers.retain(&mut self.candidates, ends, &mut self.known);
        self.candidates.sort_unstable();
        self.candidates.dedup();
        if self.candidates.len() > MAX_CANDIDATES {
            self.candidates.truncate(MAX_CANDIDATES);
            self.counters.candidate_limit += 1;
        }
    }

    fn verify(
        &mut self,
        packet: &PacketView<'_>,
        situation: u8,
        flow: &mut FlowRules,
        now: i64,
        tell: &mut dyn FnMut(&Rule, MatchInfo<'_>),
    ) {
        let mut steps = MAX_STEPS;
        let mut teller = Teller::new(tell, self.rules.alerts_per_packet);
        let scene = Scene {
            packet,
            now,
            state: &self.state,
            facts: &self.facts,
        };
        let what = match packet.origin {
            Origin::Stream => "stream",
            Origin::Packet | Origin::PacketAndStream => "packet",
        };
        let mut laps = Laps::new(self.watch.as_mut(), what);
        for &number in &self.candidates {
            let Some(compiled) = self.rules.rules.get(number as usize) else {
                continue;
            };
            self.counters.verified += 1;
            laps.next(number);
            if !passes_gate(compiled, packet, situation) {
                continue;
            }
            let mut inspection = Inspection::new(&self.rules, &mut self.regexes, &mut steps);
            if !scene.meets(compiled, flow) {
                if packet.origin == Origin::Packet && compiled.asks_memory() {
                    self.undecided.push(number);
                }
                continue;
            }
            if !inspection.of_packet(compiled, packet) {
                continue;
            }
            if compiled.twice && !self.told_of.is_first(packet, now, number) {
                continue;
            }
            let mut transaction = None;
            if compiled.application.is_some() {
                transaction = flow.transactions().payload_matched(number);
                if transaction.is_none() {
                    continue;
                }
            }
            let found = Found {
                transaction,
                notes: std::mem::take(&mut inspection.notes),
                ..Found::default()
            };
            laps.matched(number, transaction);
            self.has_news |= compiled.changes_memory();
            let goes_on = scene.conclude(
                (number, compiled),
                &found,
                flow,
                &mut self.counters,
                &mut teller,
            );
            if !goes_on {
                break;
            }
        }
        if steps == 0 {
            self.counters.step_limit += 1;
        }
    }
}

/// What a road has found, before it is known whether it is told.
#[derive(Default)]
struct Found {
    transaction: Option<u64>,
    /// Whether it is about a span of a stream.
    stream: bool,
    store_file: bool,
    notes: Notes,
}

/// Tells matches, up to a number.
struct Teller<'a> {
    tell: &'a mut dyn FnMut(&Rule, MatchInfo<'_>),
    left: u32,
}

impl<'a> Teller<'a> {
    fn new(tell: &'a mut dyn FnMut(&Rule, MatchInfo<'_>), most: u32) -> Self {
        Self { tell, left: most }
    }
}

/// The packet at hand, and the rules that its payload or its stream has alerted: those that
/// look at both are told once.
#[derive(Debug, Default)]
struct ToldOf {
    packet: (i64, u128, u32),
    rules: Vec<u32>,
}

impl ToldOf {
    fn is_first(&mut self, packet: &PacketView<'_>, now: i64, rule: u32) -> bool {
        let datagram = packet.datagram;
        let name = (now, datagram.source, datagram.tcp.sequence);
        if self.packet != name {
            self.packet = name;
            self.rules.clear();
        }
        let is_first = !self.rules.contains(&rule);
        if is_first {
            self.rules.push(rule);
        }
        is_first
    }
}

/// The packet in the bits gates are about; marks the direction as seen.
fn look_at(packet: &PacketView<'_>, flow: &mut FlowRules) -> u8 {
    let mut bits = match packet.origin {
        Origin::PacketAndStream => situation::AS_PACKET | situation::AS_STREAM,
        Origin::Packet => situation::AS_PACKET,
        Origin::Stream => situation::AS_STREAM,
    };
    bits |= if packet.established {
        situation::ESTABLISHED
    } else {
        situation::NOT_ESTABLISHED
    };
    let side = u8::from(packet.direction == Some(Direction::ToClient));
    if packet.datagram.version != 0 {
        bits |= situation::HAS_IP;
        if flow.once & (1 << side) == 0 {
            flow.once |= 1 << side;
            bits |= situation::FIRST_IN_DIRECTION;
        }
    }
    if packet.app_protocol.is_some() && flow.once & (4 << side) == 0 {
        flow.once |= 4 << side;
        bits |= situation::FIRST_WITH_APP;
    }
    bits
}

/// A stream's bytes in the bits gates are about.
fn look_at_stream(view: &PacketView<'_>) -> u8 {
    let established = if view.established {
        situation::ESTABLISHED
    } else {
        situation::NOT_ESTABLISHED
    };
    established | situation::AS_STREAM | situation::HAS_IP
}

#[inline]
fn payload_size(packet: &PacketView<'_>) -> u16 {
    u16::try_from(packet.payload.len()).unwrap_or(u16::MAX)
}

fn collect_from(
    rules: &Candidates,
    packet: &PacketView<'_>,
    situation: u8,
    (folded, candidates): (&mut Vec<u8>, &mut Vec<u32>),
) {
    let datagram = packet.datagram;
    let (flags, size) = (datagram.tcp.flags, payload_size(packet));
    rules.collect_unfiltered(
        (datagram.source_port, datagram.destination_port),
        |gate| gate.is_open(situation, flags, size),
        size != 0,
        candidates,
    );
    if size != 0 {
        let ports = (datagram.source_port, datagram.destination_port);
        rules.scan(ports, packet.payload, (folded, candidates));
    }
}

fn passes_gate(compiled: &Compiled, packet: &PacketView<'_>, situation: u8) -> bool {
    let flags = packet.datagram.tcp.flags;
    compiled
        .gate
        .is_open(situation, flags, payload_size(packet))
}
