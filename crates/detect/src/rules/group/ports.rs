//! Rules by the ports they name.
//!
//! What is looked for at some ports only is not looked for elsewhere: the ports are cut where any rule's
//! start or end, and each piece has the rules of its own beside those of all ports.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use super::super::compiled::{Compiled, Gate};
use super::super::literal::{FEW_LITERALS, FEWEST, Literal, Literals};
use super::super::variables::Ports;

/// Elementary port ranges one rule is listed in; a rule with more is asked for every port, as
/// the lists would otherwise grow with the square of the rules.
const MAX_RANGES: usize = 64;
/// Ports a rule names are a better filter than a short literal when they are this few.
const FEW_PORTS: u32 = 4_096;

/// Whether the ports that a rule names leave it few packets.
pub(super) fn names_few_ports(rule: &Compiled) -> bool {
    let few = |ports: &Option<Arc<Ports>>| {
        ports.as_ref().is_some_and(|ports| {
            let sizes = ports
                .intervals()
                .iter()
                .map(|(low, high)| u32::from(high - low) + 1);
            ports.intervals().len() < MAX_RANGES && sizes.sum::<u32>() <= FEW_PORTS
        })
    };
    let header = &rule.header;
    let decisive = if header.destination_ports.is_some() {
        &header.destination_ports
    } else {
        &header.source_ports
    };
    !header.both_ways && few(decisive)
}

type Gated = (Gate, u32);

/// The rules of some ports.
#[derive(Debug, Default)]
pub(super) struct Piece {
    /// Those that must be asked, apart by whether they can match without payload.
    pub(super) always: Vec<Gated>,
    pub(super) with_payload: Vec<Gated>,
    /// Those with a literal.
    pub(super) literals: Option<Arc<Literals>>,
}

/// Rules by the port they name.
#[derive(Debug, Default)]
pub(super) struct PortIndex {
    pub(super) any: Piece,
    pub(super) by_source: PortRanges,
    pub(super) by_destination: PortRanges,
}

/// Literals in the form that is searched, once for all groups that look for the same.
#[derive(Debug, Default)]
pub(super) struct Shared {
    known: HashMap<Vec<Identity>, Arc<Literals>>,
}

/// A rule, and which bytes of it are looked for: where they are in memory, and how many.
type Identity = (u32, usize, usize);

impl Shared {
    fn literals(&mut self, literals: Vec<Literal<'_>>) -> Option<Arc<Literals>> {
        if literals.is_empty() {
            return None;
        }
        let identity = |one: &Literal<'_>| (one.rule, one.bytes.as_ptr() as usize, one.bytes.len());
        let key = literals.iter().map(identity).collect();
        let known = self.known.entry(key);
        let built = known.or_insert_with(|| Arc::new(Literals::new(literals.into_iter())));
        Some(Arc::clone(built))
    }
}

/// How a rule comes to be asked.
#[derive(Debug, Clone)]
enum Way<'a> {
    Asked(Gated),
    Found(Literal<'a>),
}

/// Rules before they are sorted by port.
#[derive(Debug, Default)]
pub(super) struct Gathered<'a> {
    any: Vec<Way<'a>>,
    sources: Vec<(Arc<Ports>, Way<'a>)>,
    destinations: Vec<(Arc<Ports>, Way<'a>)>,
}

impl<'a> Gathered<'a> {
    /// A rule that is asked whatever the payload is.
    pub(super) fn add_asked(&mut self, number: u32, rule: &Compiled) {
        self.add(Way::Asked((rule.gate, number)), rule);
    }

    /// A rule that is found by a literal, and looked for at all ports.
    pub(super) fn add_found(&mut self, literal: Literal<'a>) {
        self.any.push(Way::Found(literal));
    }

    /// Rules that name few ports and are found by literals anywhere in payloads, beside `common` ones of all
    /// ports that are. Many are found in one pass as fast as some, but not as fast as few: so all are
    /// looked for at all ports, unless that makes them few; then as many as leave them so, first those of
    /// ports with the fewest, as a pass of their own costs more than they do.
    pub(super) fn add_of_ports(&mut self, found: Vec<(Literal<'a>, &'a Compiled)>, common: usize) {
        let tiers = [FEWEST, FEW_LITERALS];
        let room = tiers.into_iter().find(|most| common <= *most);
        let mut room = room.map_or(usize::MAX, |most| most - common);
        let key = |rule: &Compiled| {
            let header = &rule.header;
            let ports = header.destination_ports.as_ref();
            let ports = ports.or(header.source_ports.as_ref());
            ports.map(|ports| ports.intervals().to_vec())
        };
        let mut by_ports: HashMap<_, Vec<_>> = HashMap::new();
        for (literal, rule) in found {
            by_ports.entry(key(rule)).or_default().push((literal, rule));
        }
        let mut by_ports: Vec<_> = by_ports.into_iter().collect();
        by_ports.sort_by(|(a, of_a), (b, of_b)| (of_a.len(), a).cmp(&(of_b.len(), b)));
        for (_, found) in by_ports {
            let fits = found.len() <= room;
            room = if fits { room - found.len() } else { 0 };
            for (literal, rule) in found {
                if fits {
                    self.add_found(literal);
                } else {
                    self.add(Way::Found(literal), rule);
                }
            }
        }
    }

    fn add(&mut self, way: Way<'a>, rule: &Compiled) {
        let header = &rule.header;
        match (&header.source_ports, &header.destination_ports) {
            _ if header.both_ways => self.any.push(way),
            (_, Some(ports)) => self.destinations.push((Arc::clone(ports), way)),
            (Some(ports), None) => self.sources.push((Arc::clone(ports), way)),
            (None, None) => self.any.push(way),
        }
    }

    pub(super) fn finish(mut self, shared: &mut Shared) -> PortIndex {
        PortIndex {
            by_source: PortRanges::new(&self.sources, &mut self.any, shared),
            by_destination: PortRanges::new(&self.destinations, &mut self.any, shared),
            any: Piece::new(self.any, shared),
        }
    }
}

impl Piece {
    fn new(ways: Vec<Way<'_>>, shared: &mut Shared) -> Self {
        let mut piece = Self::default();
        let mut literals = Vec::new();
        for way in ways {
            match way {
                Way::Asked(gated) if gated.0.least_payload == 0 => piece.always.push(gated),
                Way::Asked(gated) => piece.with_payload.push(gated),
                Way::Found(literal) => literals.push(literal),
            }
        }
        piece.literals = shared.literals(literals);
        piece
    }
}

/// Ports cut where any rule's ports start or end, with the rules of each piece.
#[derive(Debug, Default)]
pub(super) struct PortRanges {
    starts: Vec<u16>,
    pieces: Vec<Piece>,
}

impl PortRanges {
    fn new<'a>(
        rules: &[(Arc<Ports>, Way<'a>)],
        any: &mut Vec<Way<'a>>,
        shared: &mut Shared,
    ) -> Self {
        if rules.is_empty() {
            return Self::default();
        }
        let mut starts = vec![0];
        for (low, high) in rules.iter().flat_map(|(ports, _)| ports.intervals()) {
            starts.push(*low);
            starts.extend(high.checked_add(1));
        }
        starts.sort_unstable();
        starts.dedup();
        let mut lists: Vec<Vec<Way<'a>>> = starts.iter().map(|_| Vec::new()).collect();
        for (ports, way) in rules {
            let ranges = ports.intervals().iter();
            let ranges = ranges.map(|range| pieces(&starts, *range));
            let count: usize = ranges.clone().map(|range| range.len()).sum();
            if count > MAX_RANGES {
                any.push(way.clone());
                continue;
            }
            for place in ranges.flatten() {
                if let Some(list) = lists.get_mut(place) {
                    list.push(way.clone());
                }
            }
        }
        let lists = lists.into_iter();
        Self {
            starts,
            pieces: lists.map(|list| Piece::new(list, shared)).collect(),
        }
    }

    #[inline]
    pub(super) fn at(&self, port: u16) -> Option<&Piece> {
        let after = self.starts.partition_point(|start| *start <= port);
        self.pieces.get(after.checked_sub(1)?)
    }
}

fn pieces(starts: &[u16], (low, high): (u16, u16)) -> Range<usize> {
    let first = starts.partition_point(|start| *start < low);
    let after = starts.partition_point(|start| *start <= high);
    first..after
}
