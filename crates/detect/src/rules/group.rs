//! Which rules can concern a packet at all: by transport, direction, application protocol and port.

mod conditional;
mod ports;

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use super::compiled::{Compiled, Fast, Gate, situation};
use super::keyword::{EASY, strength};
use super::literal::{Folding, Literal, Literals, MIN_LITERAL};
use super::matcher::{Direction, Origin};
use super::protocol::{AppProtocol, Transport};
use super::variables::Ports;
use conditional::{Condition, Conditional};
use ports::{Lists, MAX_RANGES, PortIndex};

/// Everything the rule set knows about who must be asked.
#[derive(Debug, Default)]
pub(crate) struct Groups {
    /// By transport, then by direction.
    transports: Vec<[Group; 3]>,
    /// By application protocol, then by transport and direction, with the rules of the
    /// transport put in, so that one pass over the payload does for both.
    apps: Vec<Option<Box<[[Group; 3]]>>>,
    /// Rules about decoding faults.
    events: Vec<u32>,
    /// Rules about odd segments, by event.
    stream_events: HashMap<Box<str>, Vec<u32>>,
}

impl Groups {
    pub(crate) fn new(rules: &[Compiled]) -> Self {
        let numbered = || (0_u32..).zip(rules);
        let is_event = Compiled::is_about_faults;
        let shared = RefCell::default();
        let ordinary = || {
            numbered().filter(move |(_, rule)| {
                !is_event(rule) && rule.stream_events.is_empty() && rule.concerns_packets()
            })
        };
        let group = |transport: Transport, app: Option<AppProtocol>| {
            directions(|direction| {
                let concerned = move |rule: &Compiled| {
                    rule.protocol.transports & transport.bit() != 0
                        && rule
                            .protocol
                            .app
                            .is_none_or(|named| app.is_some_and(|app| named.covers(app)))
                        && goes(rule, direction)
                };
                let rules = || ordinary().filter(move |(_, rule)| concerned(rule));
                Group::new(transport, rules, &mut shared.borrow_mut())
            })
        };
        let by_app = |app: AppProtocol| {
            let mut named = rules.iter().filter_map(|rule| rule.protocol.app);
            named.any(|named| named.covers(app)).then(|| {
                let over = |transport| group(transport, Some(app));
                vec![over(Transport::Tcp), over(Transport::Udp)].into_boxed_slice()
            })
        };
        let mut stream_events: HashMap<Box<str>, Vec<u32>> = HashMap::new();
        for (number, rule) in numbered() {
            for code in &rule.stream_events {
                stream_events.entry(code.clone()).or_default().push(number);
            }
        }
        Self {
            stream_events,
            transports: Transport::ALL
                .into_iter()
                .map(|one| group(one, None))
                .collect(),
            apps: AppProtocol::all().map(by_app).collect(),
            events: numbered()
                .filter(|(_, rule)| is_event(rule))
                .map(|(n, _)| n)
                .collect(),
        }
    }

    /// The rules for one kind of packet.
    #[inline]
    pub(crate) fn of(
        &self,
        transport: Transport,
        app: Option<AppProtocol>,
        direction: Option<Direction>,
    ) -> Option<&Group> {
        let by_app = app.and_then(|app| self.apps.get(app.index())?.as_deref());
        let groups = match (by_app, transport) {
            (Some([tcp, _]), Transport::Tcp) => tcp,
            (Some([_, udp]), Transport::Udp) => udp,
            _ => self.transports.get(transport as usize)?,
        };
        groups.get(match direction {
            Some(Direction::ToServer) => 0,
            Some(Direction::ToClient) => 1,
            None => 2,
        })
    }

    /// The rules about one event of a stream.
    pub(crate) fn of_stream_event(&self, code: &str) -> &[u32] {
        let rules = self.stream_events.get(code);
        rules.map(Vec::as_slice).unwrap_or_default()
    }

    pub(crate) fn events(&self) -> &[u32] {
        &self.events
    }
}

fn directions(make: impl Fn(Option<Direction>) -> Group) -> [Group; 3] {
    [
        make(Some(Direction::ToServer)),
        make(Some(Direction::ToClient)),
        make(None),
    ]
}

/// A packet without direction concerns only rules that name none.
fn goes(rule: &Compiled, direction: Option<Direction>) -> bool {
    rule.direction.is_none() || rule.direction == direction
}

/// Rules for one kind of packet, by what its bytes stand for: most rules about TCP are about
/// streams, so that looking for them in each segment as well would be for nothing.
#[derive(Debug, Default)]
pub(crate) struct Group {
    packet: Candidates,
    /// Empty for transports without streams.
    stream: Candidates,
    pub(crate) readers: StreamReaders,
}

impl Group {
    fn new<'a, I>(transport: Transport, rules: impl Fn() -> I, shared: &mut Shared) -> Self
    where
        I: Iterator<Item = (u32, &'a Compiled)>,
    {
        let open_to =
            |bit: u8| move |(_, rule): &(u32, &Compiled)| rule.gate.needs & SHOWN & !bit == 0;
        if transport == Transport::Tcp {
            Self {
                packet: Candidates::new(
                    rules().filter(open_to(situation::AS_PACKET)),
                    true,
                    shared,
                ),
                stream: Candidates::new(
                    rules().filter(open_to(situation::AS_STREAM)),
                    false,
                    shared,
                ),
                readers: StreamReaders::new(rules().filter(open_to(situation::AS_STREAM))),
            }
        } else {
            Self {
                packet: Candidates::new(rules(), true, shared),
                stream: Candidates::default(),
                readers: StreamReaders::default(),
            }
        }
    }

    /// The rules to ask of bytes of this origin.
    #[inline]
    pub(crate) fn of(&self, origin: Origin) -> impl Iterator<Item = &Candidates> {
        let (packet, stream) = match origin {
            Origin::Packet => (true, false),
            Origin::Stream => (false, true),
            Origin::PacketAndStream => (true, true),
        };
        let packet = packet.then_some(&self.packet);
        packet.into_iter().chain(stream.then_some(&self.stream))
    }
}

/// The bits of a gate that say what bytes stand for.
const SHOWN: u8 = situation::AS_PACKET | situation::AS_STREAM;

/// Rules by literal, and those without one by port.
#[derive(Debug, Default)]
pub(crate) struct Candidates {
    literals: Arc<Literals>,
    /// Those that are looked for in some packets only.
    conditional: Conditional,
    unfiltered: PortIndex,
}

/// Literals that several groups look for: most applications add few rules to those of all.
#[derive(Debug, Default)]
struct Shared(HashMap<Vec<(u32, bool)>, Arc<Literals>>);

impl Shared {
    fn literals(&mut self, literals: Vec<Literal<'_>>) -> Arc<Literals> {
        let parts = literals.iter().map(|one| (one.rule, one.floats()));
        let known = self.0.entry(parts.collect());
        Arc::clone(known.or_insert_with(|| Arc::new(Literals::new(literals.into_iter()))))
    }
}

/// Rules that can match streams.
#[derive(Debug, Default)]
pub(crate) struct StreamReaders {
    /// One of them is about all addresses and ports, or there are so many that it is not worth asking.
    pub(crate) any: bool,
    pub(crate) rules: Vec<u32>,
}

/// Rules whose addresses and ports are compared with a flow's before its streams are kept for rules.
const MAX_READERS: usize = 128;

impl StreamReaders {
    fn new<'a>(rules: impl Iterator<Item = (u32, &'a Compiled)>) -> Self {
        let mut readers = Self::default();
        for (number, rule) in rules {
            readers.any |= rule.header.is_any() || readers.rules.len() >= MAX_READERS;
            if readers.any {
                break;
            }
            readers.rules.push(number);
        }
        readers
    }
}

impl Candidates {
    /// Those for packets, or for streams: what a stream's part begins with depends on how it was cut.
    fn new<'a>(
        rules: impl Iterator<Item = (u32, &'a Compiled)>,
        of_packets: bool,
        shared: &mut Shared,
    ) -> Self {
        let mut literals = Vec::new();
        let mut bound = Vec::new();
        let mut unfiltered = Vec::new();
        let mut short = Vec::new();
        let rules: Vec<_> = rules.collect();
        let mut anchors: HashMap<(usize, u32), usize> = HashMap::new();
        for (number, rule) in &rules {
            if let Some(anchor) = anchor(*number, rule).and_then(|one| one.anchor()) {
                *anchors.entry(anchor).or_default() += 1;
            }
        }
        let is_rare = |literal: &Literal<'_>| {
            let sharing = literal.anchor().and_then(|anchor| anchors.get(&anchor));
            sharing.is_some_and(|rules| *rules <= MAX_SHARING)
        };
        for (number, rule) in rules {
            let anchor = anchor(number, rule).filter(is_rare);
            match anchor.or_else(|| literal(number, rule)) {
                Some(literal) if is_short(&literal) => short.push((literal, rule)),
                Some(literal) => match of_packets.then(|| condition(rule, &literal)).flatten() {
                    Some(condition) => bound.push((condition, literal)),
                    None => literals.push(literal),
                },
                None => unfiltered.push((number, rule)),
            }
        }
        if short.len() <= FEW_SHORT {
            unfiltered.extend(short.iter().map(|(literal, rule)| (literal.rule, *rule)));
        } else {
            literals.extend(short.into_iter().map(|(literal, _)| literal));
        }
        let (conditional, rest) = Conditional::new(bound, shared);
        literals.extend(rest);
        Self {
            literals: shared.literals(literals),
            conditional,
            unfiltered: PortIndex::new(&unfiltered),
        }
    }

    /// The literals, those for some packets only as well.
    pub(crate) fn literals(&self) -> impl Iterator<Item = &Literals> {
        std::iter::once(&*self.literals).chain(self.conditional.literals())
    }

    /// Adds the rules whose literal is in these bytes.
    #[inline]
    pub(crate) fn scan(
        &self,
        ports: (u16, u16),
        bytes: &[u8],
        (folded, candidates): (&mut Vec<u8>, &mut Vec<u32>),
    ) {
        let mut text = Folding::new(bytes, folded);
        self.literals.scan_folding(&mut text, candidates);
        self.conditional.scan(ports, &mut text, candidates);
    }

    /// Adds the rules without a literal that this packet's ports and gate let through.
    #[inline]
    pub(crate) fn collect_unfiltered(
        &self,
        ports: (u16, u16),
        open: impl Fn(Gate) -> bool,
        has_payload: bool,
        candidates: &mut Vec<u32>,
    ) {
        if !self.unfiltered.has_rules {
            return;
        }
        let mut collect = |lists: &Lists| {
            let with_payload = if has_payload {
                &*lists.with_payload
            } else {
                &[]
            };
            for (gate, rule) in lists.always.iter().chain(with_payload) {
                if open(*gate) {
                    candidates.push(*rule);
                }
            }
        };
        collect(&self.unfiltered.any);
        self.unfiltered
            .by_source
            .at(ports.0)
            .into_iter()
            .for_each(&mut collect);
        self.unfiltered
            .by_destination
            .at(ports.1)
            .into_iter()
            .for_each(&mut collect);
    }
}

/// Looking for literals of two or three bytes means looking at every byte; so few rules are
/// better asked each time.
const FEW_SHORT: usize = 16;

fn is_short(literal: &Literal<'_>) -> bool {
    literal.floats() && literal.bytes.len() < 4
}

/// Ports a rule names are a better filter than a short literal when they are this few.
const FEW_PORTS: u32 = 4_096;
/// Literals this long cost least to look for.
const LONG_LITERAL: usize = 7;
/// Literals this long cost little, when they are not of the commonest bytes.
const MEDIUM_LITERAL: usize = 4;

/// Rules that begin alike at one place and are found by that: where more do, their payloads are
/// common, and what each looks for further on is the better filter.
const MAX_SHARING: usize = 8;

fn anchor(number: u32, rule: &Compiled) -> Option<Literal<'_>> {
    literal_at(number, rule, rule.anchor?)
}

/// The content that a rule is found by. What stands near the beginning costs little to look for,
/// wherever the rule's author would look.
fn sought(number: u32, rule: &Compiled) -> Option<Fast> {
    let fast = rule.fast?;
    let is_far = literal_at(number, rule, fast).is_some_and(|literal| literal.is_far());
    Some(rule.near.filter(|_| is_far).unwrap_or(fast))
}

fn literal_at(number: u32, rule: &Compiled, fast: Fast) -> Option<Literal<'_>> {
    let (_, literal) = rule.literal_at(fast, number)?;
    Some(literal.within(rule.gate.most_payload))
}

fn literal(number: u32, rule: &Compiled) -> Option<Literal<'_>> {
    let literal = literal_at(number, rule, sought(number, rule)?)?;
    let worth = match literal.bytes.len() {
        _ if !literal.floats() && !literal.is_looked_up() => true,
        LONG_LITERAL.. => true,
        MEDIUM_LITERAL.. if strength(literal.bytes) >= EASY => true,
        MIN_LITERAL.. => !names_few_ports(rule),
        _ => false,
    };
    worth.then_some(literal)
}

fn names_few_ports(rule: &Compiled) -> bool {
    few_ports(rule).is_some()
}

/// The ports that tell most about whether a rule concerns a packet, and whether it goes to them, when
/// they are few.
fn few_ports(rule: &Compiled) -> Option<(&Ports, bool)> {
    let (decisive, is_destination) = rule.header.decisive_ports()?;
    let sizes = decisive.intervals().iter();
    let sizes = sizes.map(|(low, high)| u32::from(high - low) + 1);
    let are_few = decisive.intervals().len() < MAX_RANGES && sizes.sum::<u32>() <= FEW_PORTS;
    are_few.then_some((&**decisive, is_destination))
}

/// What must hold of a packet for a rule's literal to be worth searching for.
fn condition(rule: &Compiled, literal: &Literal<'_>) -> Option<Condition> {
    let fast = sought(literal.rule, rule).filter(|_| literal.floats())?;
    Condition::of(rule, fast.inspection)
}
