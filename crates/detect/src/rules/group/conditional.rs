//! Literals that are looked for in some packets only: those at certain ports, and those that begin in a
//! certain way.
//!
//! Most rules that look through a whole packet also say how it begins ("SMB" at the fifth byte) or which
//! port it goes to. To ask that costs a few instructions, and to search costs some for every byte.

use std::collections::HashMap;
use std::sync::Arc;

use super::super::check::{Check, Content};
use super::super::compiled::{Compiled, Inspection};
use super::super::literal::{Folding, Literal, Literals};
use super::super::variables::Ports;
use super::ports::Pieces;
use super::{Shared, few_ports};

/// Kinds of packets that are told apart: the bits of a word.
const MAX_KINDS: usize = 64;
/// Bytes of the beginning that are compared.
const START: usize = 8;
/// Payloads up to here are small: most rules that name a size mean those.
const SMALL: usize = 512;

type Intervals = Vec<(u16, u16)>;

/// What must hold of a packet for a rule to match it, as far as that is quickly asked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Condition {
    /// The ports it may come from, and go to; none where any will do.
    source: Intervals,
    destination: Intervals,
    /// How its payload may begin; none where that does not matter.
    starts: Vec<Start>,
    /// Whether its payload must be small.
    is_small: bool,
}

/// Bytes of the beginning, in the order of a little-endian number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Start {
    mask: u64,
    value: u64,
    /// How long a payload that begins so must be.
    least: usize,
}

impl Condition {
    /// That of a rule whose literal is in one of its inspections; none where it takes any packet.
    pub(super) fn of(rule: &Compiled, inspection: usize) -> Option<Self> {
        let (source, destination) = match few_ports(rule) {
            Some((ports, true)) => (Intervals::new(), intervals(ports)),
            Some((ports, false)) => (intervals(ports), Intervals::new()),
            None => Default::default(),
        };
        let inspection = rule.inspections.get(inspection)?;
        let condition = Self {
            source,
            destination,
            starts: starts(inspection),
            is_small: usize::from(rule.gate.most_payload) <= SMALL,
        };
        (condition != Self::default()).then_some(condition)
    }
}

fn intervals(ports: &Ports) -> Intervals {
    ports.intervals().to_vec()
}

/// How bytes must begin that an inspection takes, by the content that says most about it.
fn starts(inspection: &Inspection) -> Vec<Start> {
    let contents = inspection.checks.iter().filter_map(|check| match check {
        Check::Content(content) => Some(content),
        _ => None,
    });
    let placed = contents.filter_map(|content| Some((content, places(content)?)));
    let telling = placed.max_by_key(|(content, places)| {
        let bits = 8 * content.length();
        bits.saturating_sub(places.len().ilog2() as usize)
    });
    telling.map_or_else(Vec::new, |(content, places)| {
        places.map(|place| Start::new(content, place)).collect()
    })
}

/// Where among the first bytes a content can be.
fn places(content: &Content) -> Option<std::ops::Range<usize>> {
    let last = content.reach()?.checked_sub(content.length())?;
    let fits = !content.negated && content.length() > 0 && last + content.length() <= START;
    let places = content.first_place()?..last + 1;
    (fits && !places.is_empty()).then_some(places)
}

impl Start {
    fn new(content: &Content, place: usize) -> Self {
        let mut start = Self {
            mask: 0,
            value: 0,
            least: place + content.length(),
        };
        for (at, byte) in (place..).zip(&content.pattern) {
            // Letters differ in one bit from their other case.
            let is_folded = content.nocase && byte.is_ascii_alphabetic();
            let mask = if is_folded { !0x20_u8 } else { !0 };
            start.mask |= u64::from(mask) << (8 * at);
            start.value |= u64::from(byte & mask) << (8 * at);
        }
        start
    }

    #[inline]
    fn is_there(self, first: u64, length: usize) -> bool {
        first & self.mask == self.value && length >= self.least
    }

    /// Whether the first byte may be this one.
    fn takes(self, byte: u8) -> bool {
        byte & self.mask as u8 == self.value as u8
    }
}

/// Literals by what must hold of a packet.
#[derive(Debug, Default)]
pub(super) struct Conditional {
    kinds: Vec<Kind>,
    by_source: PortBits,
    by_destination: PortBits,
    /// The kinds that a payload's first byte leaves possible.
    by_first: Vec<u64>,
}

#[derive(Debug)]
struct Kind {
    starts: Box<[Start]>,
    is_small: bool,
    literals: Arc<Literals>,
}

/// One rule's literal with its condition.
pub(super) type Bound<'a> = (Condition, Literal<'a>);

impl Conditional {
    /// Those of these literals; gives back what has no place, the rarest conditions.
    pub(super) fn new<'a>(bound: Vec<Bound<'a>>, shared: &mut Shared) -> (Self, Vec<Literal<'a>>) {
        let mut kinds: HashMap<Condition, Vec<Literal<'a>>> = HashMap::new();
        for (condition, literal) in bound {
            kinds.entry(condition).or_default().push(literal);
        }
        let mut kinds: Vec<_> = kinds.into_iter().collect();
        kinds.sort_unstable_by(|a, b| b.1.len().cmp(&a.1.len()).then_with(|| a.0.cmp(&b.0)));
        let rest = kinds.split_off(kinds.len().min(MAX_KINDS));
        let rest = rest.into_iter().flat_map(|(_, literals)| literals);
        let ports = |of: fn(&Condition) -> &Intervals| {
            let intervals: Vec<_> = kinds.iter().map(|kind| of(&kind.0)).collect();
            PortBits::new(&intervals)
        };
        let built = Self {
            by_source: ports(|condition| &condition.source),
            by_destination: ports(|condition| &condition.destination),
            by_first: (0..=u8::MAX).map(|byte| possible(&kinds, byte)).collect(),
            kinds: kinds
                .into_iter()
                .map(|(condition, literals)| Kind {
                    starts: condition.starts.into(),
                    is_small: condition.is_small,
                    literals: shared.literals(literals),
                })
                .collect(),
        };
        (built, rest.collect())
    }

    /// Adds the rules whose literal is in a packet that meets their condition.
    #[inline]
    pub(super) fn scan(
        &self,
        (source, destination): (u16, u16),
        text: &mut Folding<'_>,
        candidates: &mut Vec<u32>,
    ) {
        let bytes = text.bytes();
        let by_first = bytes
            .first()
            .and_then(|byte| self.by_first.get(usize::from(*byte)));
        let mut live = by_first.copied().unwrap_or_default();
        if live != 0 {
            live &= self.by_source.at(source) & self.by_destination.at(destination);
        }
        if live == 0 {
            return;
        }
        let first = first_bytes(bytes);
        while live != 0 {
            let kind = self.kinds.get(live.trailing_zeros() as usize);
            live &= live - 1;
            if let Some(kind) = kind.filter(|kind| kind.takes(first, bytes.len())) {
                kind.literals.scan_folding(text, candidates);
            }
        }
    }

    pub(super) fn literals(&self) -> impl Iterator<Item = &Literals> {
        self.kinds.iter().map(|kind| &*kind.literals)
    }
}

/// The first bytes as a number, with zeros for what is not there.
#[inline]
fn first_bytes(bytes: &[u8]) -> u64 {
    match bytes.first_chunk::<START>() {
        Some(first) => u64::from_le_bytes(*first),
        None => (0..)
            .zip(bytes)
            .fold(0, |all, (at, byte)| all | u64::from(*byte) << (8 * at)),
    }
}

/// The kinds whose payloads may begin with a byte, as bits.
fn possible(kinds: &[(Condition, Vec<Literal<'_>>)], byte: u8) -> u64 {
    let possible = kinds.iter().map(|(condition, _)| {
        let mut starts = condition.starts.iter();
        condition.starts.is_empty() || starts.any(|start| start.takes(byte))
    });
    bits(possible)
}

fn bits(set: impl Iterator<Item = bool>) -> u64 {
    (0..)
        .zip(set)
        .fold(0, |all, (at, is_set)| all | u64::from(is_set) << at)
}

impl Kind {
    #[inline]
    fn takes(&self, first: u64, length: usize) -> bool {
        let begins = self.starts.is_empty()
            || self
                .starts
                .iter()
                .any(|start| start.is_there(first, length));
        begins && (!self.is_small || length <= SMALL)
    }
}

/// The kinds of each piece of the ports, as bits.
#[derive(Debug, Default)]
struct PortBits {
    pieces: Pieces,
    kinds: Vec<u64>,
}

impl PortBits {
    fn new(kinds: &[&Intervals]) -> Self {
        let pieces = Pieces::new(kinds.iter().copied().flatten());
        let at = |port: &u16| {
            bits(kinds.iter().map(|intervals| {
                let mut around = intervals.iter();
                intervals.is_empty() || around.any(|(low, high)| (low..=high).contains(&port))
            }))
        };
        Self {
            kinds: pieces.starts.iter().map(at).collect(),
            pieces,
        }
    }

    #[inline]
    fn at(&self, port: u16) -> u64 {
        let piece = self.pieces.at(port);
        let kinds = piece.and_then(|piece| self.kinds.get(piece));
        kinds.copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests;
