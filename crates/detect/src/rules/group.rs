//! Which rules can concern a packet at all: by transport, direction, application protocol and port.

mod ports;

use std::cell::RefCell;
use std::collections::HashMap;

use super::compiled::{Compiled, Fast, Gate, situation};
use super::keyword::{EASY, strength};
use super::literal::{Literal, Literals, MIN_LITERAL};
use super::matcher::{Direction, Origin};
use super::protocol::{AppProtocol, Transport};
use ports::{Piece, PortIndex, Shared, names_few_ports};

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
        let ordinary = || {
            numbered().filter(move |(_, rule)| {
                !is_event(rule) && rule.stream_events.is_empty() && rule.concerns_packets()
            })
        };
        let shared = RefCell::new(Shared::default());
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
                packet: Candidates::new(rules().filter(open_to(situation::AS_PACKET)), shared),
                stream: Candidates::new(rules().filter(open_to(situation::AS_STREAM)), shared),
                readers: StreamReaders::new(rules().filter(open_to(situation::AS_STREAM))),
            }
        } else {
            Self {
                packet: Candidates::new(rules(), shared),
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

/// Rules by port, and at each by literal, as far as they have one.
#[derive(Debug, Default)]
pub(crate) struct Candidates {
    ports: PortIndex,
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
    fn new<'a>(rules: impl Iterator<Item = (u32, &'a Compiled)>, shared: &mut Shared) -> Self {
        let mut index = ports::Gathered::default();
        let (mut short, mut far) = (Vec::new(), Vec::new());
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
                Some(literal) if literal.is_far() => far.push((literal, rule)),
                Some(literal) => index.add_found(literal),
                None => index.add_asked(number, rule),
            }
        }
        let is_few = short.len() <= FEW_SHORT;
        for (literal, rule) in short {
            if is_few {
                index.add_asked(literal.rule, rule);
            } else {
                index.add_found(literal);
            }
        }
        let (of_ports, common): (Vec<_>, Vec<_>) =
            far.into_iter().partition(|(_, rule)| names_few_ports(rule));
        index.add_of_ports(of_ports, common.len());
        for (literal, _) in common {
            index.add_found(literal);
        }
        Self {
            ports: index.finish(shared),
        }
    }

    /// What is looked for in payloads at ports that no rule names.
    pub(crate) fn literals(&self) -> Option<&Literals> {
        self.ports.any.literals.as_deref()
    }

    /// Adds the rules that a payload may match: those whose literal is in it, and those without one that
    /// the packet's gate lets through. `folded` is as much of it in lower case as was needed so far.
    #[inline]
    pub(crate) fn collect(
        &self,
        payload: &[u8],
        (source, destination): (u16, u16),
        open: impl Fn(Gate) -> bool,
        folded: &mut Vec<u8>,
        candidates: &mut Vec<u32>,
    ) {
        let mut collect = |piece: &Piece| {
            let asked = piece.always.iter();
            let with_payload = if payload.is_empty() {
                &[]
            } else {
                &*piece.with_payload
            };
            for (gate, rule) in asked.chain(with_payload) {
                if open(*gate) {
                    candidates.push(*rule);
                }
            }
            match &piece.literals {
                Some(literals) if !payload.is_empty() => {
                    literals.scan_more(payload, folded, candidates);
                }
                _ => {}
            }
        };
        collect(&self.ports.any);
        if let Some(piece) = self.ports.by_source.at(source) {
            collect(piece);
        }
        if let Some(piece) = self.ports.by_destination.at(destination) {
            collect(piece);
        }
    }
}

/// Looking for literals of two or three bytes means looking at every byte; so few rules are
/// better asked each time.
const FEW_SHORT: usize = 16;

fn is_short(literal: &Literal<'_>) -> bool {
    literal.floats() && literal.bytes.len() < 4
}

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

fn literal_at(number: u32, rule: &Compiled, fast: Fast) -> Option<Literal<'_>> {
    let (_, literal) = rule.literal_at(fast, number)?;
    Some(literal.within(rule.gate.most_payload))
}

fn literal(number: u32, rule: &Compiled) -> Option<Literal<'_>> {
    let literal = literal_at(number, rule, rule.fast?)?;
    let worth = match literal.bytes.len() {
        _ if !literal.floats() && !literal.is_looked_up() => true,
        LONG_LITERAL.. => true,
        MEDIUM_LITERAL.. if strength(literal.bytes) >= EASY => true,
        MIN_LITERAL.. => !names_few_ports(rule),
        _ => false,
    };
    worth.then_some(literal)
}
