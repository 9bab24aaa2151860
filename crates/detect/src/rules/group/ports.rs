//! Rules without a literal, by the ports they name.

use std::ops::Range;
use std::sync::Arc;

use super::super::compiled::{Compiled, Gate};
use super::super::variables::Ports;

/// Elementary port ranges one rule is listed in; a rule with more is asked for every port, as
/// the lists would otherwise grow with the square of the rules.
pub(super) const MAX_RANGES: usize = 64;

pub(super) type Gated = (Gate, u32);

/// Rules that must be asked, apart by whether they can match without payload.
#[derive(Debug, Default)]
pub(super) struct Lists {
    pub(super) always: Vec<Gated>,
    pub(super) with_payload: Vec<Gated>,
}

impl Lists {
    fn push(&mut self, rule: Gated) {
        if rule.0.least_payload == 0 {
            self.always.push(rule);
        } else {
            self.with_payload.push(rule);
        }
    }
}

/// Rules by the port they name.
#[derive(Debug, Default)]
pub(super) struct PortIndex {
    pub(super) has_rules: bool,
    pub(super) any: Lists,
    pub(super) by_source: PortRanges,
    pub(super) by_destination: PortRanges,
}

impl PortIndex {
    pub(super) fn new(rules: &[(u32, &Compiled)]) -> Self {
        let mut any = Lists::default();
        let (mut sources, mut destinations) = (Vec::new(), Vec::new());
        for (number, rule) in rules {
            let gated = (rule.gate, *number);
            match rule.header.decisive_ports() {
                Some((ports, true)) => destinations.push((Arc::clone(ports), gated)),
                Some((ports, false)) => sources.push((Arc::clone(ports), gated)),
                None => any.push(gated),
            }
        }
        Self {
            has_rules: !rules.is_empty(),
            by_source: PortRanges::new(&sources, &mut any),
            by_destination: PortRanges::new(&destinations, &mut any),
            any,
        }
    }
}

/// Ports cut into pieces within which none of some intervals starts or ends.
#[derive(Debug, Default)]
pub(super) struct Pieces {
    pub(super) starts: Vec<u16>,
}

impl Pieces {
    pub(super) fn new<'a>(intervals: impl Iterator<Item = &'a (u16, u16)>) -> Self {
        let mut starts = vec![0];
        for (low, high) in intervals {
            starts.push(*low);
            starts.extend(high.checked_add(1));
        }
        starts.sort_unstable();
        starts.dedup();
        Self { starts }
    }

    /// The piece that a port is in.
    #[inline]
    pub(super) fn at(&self, port: u16) -> Option<usize> {
        let after = self.starts.partition_point(|start| *start <= port);
        after.checked_sub(1)
    }

    /// The pieces of an interval.
    fn of(&self, (low, high): (u16, u16)) -> Range<usize> {
        let first = self.starts.partition_point(|start| *start < low);
        let after = self.starts.partition_point(|start| *start <= high);
        first..after
    }
}

/// The rules of each piece of the ports.
#[derive(Debug, Default)]
pub(super) struct PortRanges {
    pieces: Pieces,
    lists: Vec<Lists>,
}

impl PortRanges {
    fn new(rules: &[(Arc<Ports>, Gated)], any: &mut Lists) -> Self {
        if rules.is_empty() {
            return Self::default();
        }
        let pieces = Pieces::new(rules.iter().flat_map(|(ports, _)| ports.intervals()));
        let mut lists: Vec<Lists> = pieces.starts.iter().map(|_| Lists::default()).collect();
        for (ports, gated) in rules {
            let named = ports.intervals().iter().map(|range| pieces.of(*range));
            let count: usize = named.clone().map(|range| range.len()).sum();
            if count > MAX_RANGES {
                any.push(*gated);
                continue;
            }
            for list in named.flatten() {
                if let Some(list) = lists.get_mut(list) {
                    list.push(*gated);
                }
            }
        }
        Self { pieces, lists }
    }

    #[inline]
    pub(super) fn at(&self, port: u16) -> Option<&Lists> {
        self.lists.get(self.pieces.at(port)?)
    }
}
