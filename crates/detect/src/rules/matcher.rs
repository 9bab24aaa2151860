//! One worker's rule matching: gate, prefilter, verification, alerts.

use std::sync::Arc;

use wirewatch_decode::{Datagram, Fault};

use super::buffer::Inspected;
use super::check::{MAX_STEPS, MAX_VARIABLES, RegexCopies, Run};
use super::compiled::{Compiled, situation};
use super::group::Group;
use super::protocol::{AppProtocol, Transport};
use super::rule::{Action, Rule};
use super::set::RuleSet;
use super::state::{FlowRules, RuleState};
use super::threshold::Verdict;

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

/// What a payload stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Origin {
    /// A packet's payload, for rules about packets and about streams: until streams are put together.
    #[default]
    PacketAndStream,
    /// A packet's payload only.
    Packet,
    /// Bytes of a stream, put together.
    Stream,
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
    /// Its direction, when its flow is known.
    pub direction: Option<Direction>,
    /// Whether its flow is established: the handshake is complete, or both sides have spoken.
    pub established: bool,
    /// The application protocol of its flow, as far as recognised.
    pub app_protocol: Option<AppProtocol>,
    /// What decoding found wrong.
    pub faults: &'a [Option<Fault>],
}

/// What is to be told about a match beside the rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MatchInfo {
    /// The rule's action, or what a rate filter made of it.
    pub action: Action,
}

/// What a matcher has done and left undone.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MatchCounters {
    /// Packets that were inspected.
    pub packets: u64,
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
    /// The payload in lower case.
    folded: Vec<u8>,
    regexes: RegexCopies,
    counters: MatchCounters,
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
            folded: Vec::new(),
            regexes: rules.regexes.clone(),
            counters: MatchCounters::default(),
            rules,
            state,
        }
    }

    /// What was done so far.
    pub fn counters(&self) -> MatchCounters {
        MatchCounters {
            regex_limit: self.regexes.limit_hits,
            ..self.counters
        }
    }

    /// Inspects one packet at `now` (nanoseconds of packet time) and tells what matched, most
    /// important rule first.
    pub fn inspect(
        &mut self,
        packet: &PacketView<'_>,
        flow: &mut FlowRules,
        now: i64,
        tell: &mut dyn FnMut(&Rule, MatchInfo),
    ) {
        self.counters.packets += 1;
        flow.belong_to(self.rules.id);
        if flow.passed {
            return;
        }
        let situation = look_at(packet, flow);
        self.candidates.clear();
        self.collect(packet, situation);
        if !self.candidates.is_empty() {
            self.verify(packet, situation, flow, now, tell);
        }
    }

    /// The sids of all rules that match, asked one by one without gate, groups and prefilter.
    #[cfg(test)]
    pub(crate) fn ask_all(&mut self, packet: &PacketView<'_>) -> Vec<u32> {
        let mut flow = FlowRules::default();
        let situation = look_at(packet, &mut flow);
        let transport = Transport::of(packet.datagram).bit();
        let concerned = |compiled: &&Compiled| {
            compiled.protocol.transports & transport != 0
                && compiled
                    .direction
                    .is_none_or(|way| packet.direction == Some(way))
                && compiled
                    .protocol
                    .app
                    .is_none_or(|named| packet.app_protocol.is_some_and(|app| named.covers(app)))
                && compiled.gate.needs & !situation == 0
        };
        let rules = Arc::clone(&self.rules);
        let mut matching = Vec::new();
        for compiled in rules.rules.iter().filter(concerned) {
            let mut steps = MAX_STEPS;
            if asks_met(compiled, packet, &flow, 0, &self.state)
                && bytes_match(compiled, packet, &mut steps, &mut self.regexes)
            {
                matching.push(compiled.rule.sid);
            }
        }
        matching
    }

    fn collect(&mut self, packet: &PacketView<'_>, situation: u8) {
        let transport = Transport::of(packet.datagram);
        let groups = &self.rules.groups;
        if let Some(group) = groups.of(transport, packet.app_protocol, packet.direction) {
            let scratch = (&mut self.folded, &mut self.candidates);
            collect_from(group, packet, situation, scratch);
        }
        if !packet.faults.is_empty() {
            self.candidates.extend_from_slice(groups.events());
        }
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
        tell: &mut dyn FnMut(&Rule, MatchInfo),
    ) {
        let mut steps = MAX_STEPS;
        let mut told = 0;
        for &number in &self.candidates {
            let Some(compiled) = self.rules.rules.get(number as usize) else {
                continue;
            };
            self.counters.verified += 1;
            let regexes = &mut self.regexes;
            if !(passes_gate(compiled, packet, situation)
                && asks_met(compiled, packet, flow, now, &self.state)
                && bytes_match(compiled, packet, &mut steps, regexes))
            {
                continue;
            }
            self.counters.matched += 1;
            remember(compiled, packet, flow, now, &self.state);
            if compiled.rule.action == Action::Pass {
                flow.passed |= compiled.passes_flow;
                break;
            }
            if compiled.noalert {
                continue;
            }
            match verdict(compiled, number, packet, flow, now, &self.state) {
                None => self.counters.silenced += 1,
                Some(_) if told >= self.rules.alerts_per_packet => {
                    self.counters.alert_overflow += 1;
                }
                Some(action) => {
                    told += 1;
                    self.counters.alerts += 1;
                    tell(&compiled.rule, MatchInfo { action });
                }
            }
        }
        if steps == 0 {
            self.counters.step_limit += 1;
        }
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

#[inline]
fn payload_size(packet: &PacketView<'_>) -> u16 {
    u16::try_from(packet.payload.len()).unwrap_or(u16::MAX)
}

fn collect_from(
    group: &Group,
    packet: &PacketView<'_>,
    situation: u8,
    (folded, candidates): (&mut Vec<u8>, &mut Vec<u32>),
) {
    let datagram = packet.datagram;
    let (flags, size) = (datagram.tcp.flags, payload_size(packet));
    group.collect_unfiltered(
        (datagram.source_port, datagram.destination_port),
        |gate| gate.is_open(situation, flags, size),
        size != 0,
        candidates,
    );
    if size != 0 && !group.literals.is_empty() {
        group.literals.scan(packet.payload, folded, candidates);
    }
}

fn passes_gate(compiled: &Compiled, packet: &PacketView<'_>, situation: u8) -> bool {
    let flags = packet.datagram.tcp.flags;
    compiled
        .gate
        .is_open(situation, flags, payload_size(packet))
}

/// Header, packet and state, in rising order of cost.
fn asks_met(
    compiled: &Compiled,
    packet: &PacketView<'_>,
    flow: &FlowRules,
    now: i64,
    state: &RuleState,
) -> bool {
    let datagram = packet.datagram;
    let has_ports = matches!(datagram.protocol, 6 | 17 | 132) && datagram.has_transport;
    let mut bits = compiled.host_bits.iter().filter(|bit| bit.is_test());
    compiled.header.covers(datagram, has_ports)
        && compiled.packet_tests.iter().all(|test| test.holds(packet))
        && compiled.flow_tests.iter().all(|test| test.holds(flow))
        && bits.all(|bit| bit.holds(datagram, now, state))
}

fn bytes_match(
    compiled: &Compiled,
    packet: &PacketView<'_>,
    steps: &mut u32,
    regexes: &mut RegexCopies,
) -> bool {
    let mut variables = [0; MAX_VARIABLES];
    compiled.inspections.iter().all(|inspection| {
        let Some(inspected) = Inspected::of(inspection.buffer, packet) else {
            return false;
        };
        let mut run = Run {
            bytes: inspected.bytes,
            variables,
            steps: *steps,
            regexes,
        };
        let holds = run.holds(&inspection.checks);
        *steps = run.steps;
        variables = run.variables;
        holds
    })
}

fn remember(
    compiled: &Compiled,
    packet: &PacketView<'_>,
    flow: &mut FlowRules,
    now: i64,
    state: &RuleState,
) {
    for change in &compiled.flow_changes {
        change.apply(flow);
    }
    for bit in compiled.host_bits.iter().filter(|bit| !bit.is_test()) {
        bit.apply(packet.datagram, now, state);
    }
}

/// The action to tell, none when the match is to be silent.
fn verdict(
    compiled: &Compiled,
    number: u32,
    packet: &PacketView<'_>,
    flow: &mut FlowRules,
    now: i64,
    state: &RuleState,
) -> Option<Action> {
    let rule = &compiled.rule;
    let datagram = packet.datagram;
    if compiled.suppressions.iter().any(|one| one.covers(datagram)) {
        return None;
    }
    let mut action = rule.action;
    for threshold in &compiled.thresholds {
        match threshold.count((rule.gid, rule.sid), number, datagram, flow, state, now) {
            Verdict::Tell => {}
            Verdict::Silence | Verdict::Change(Action::Pass) => return None,
            Verdict::Change(changed) => action = changed,
        }
    }
    Some(action)
}
