//! Literals that have to be searched for, by length.

use std::collections::HashMap;
use std::ops::RangeInclusive;

use super::few::Few;
use super::window::{Four, Three, Two, Width, WindowTable};

/// Lengths of the literals that are neither long nor short.
const MEDIUM: RangeInclusive<usize> = 4..=6;

/// Literals before they are made into tables.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    rules: HashMap<Vec<u8>, Vec<u32>>,
    reach: usize,
}

impl Gathered {
    /// Adds what a rule looks for, which ends before `reach`.
    pub(super) fn add(&mut self, bytes: &[u8], rule: u32, reach: usize) {
        let rules = self.rules.entry(bytes.to_ascii_lowercase());
        rules.or_default().push(rule);
        self.reach = self.reach.max(reach);
    }
}

/// Literals in the form that is searched.
#[derive(Debug, Default)]
pub(super) struct Floating {
    long: WindowTable<Four>,
    medium: Table<Three>,
    short: Table<Two>,
    rules: RuleLists,
    /// Where the last of them ends at the latest.
    reach: usize,
}

/// Literals that windows find at the cost of several looks at each byte, and vector instructions more
/// quickly, when they are few.
#[derive(Debug, Default)]
struct Table<W> {
    few: Option<Few>,
    windows: WindowTable<W>,
}

impl<W: Width> Table<W> {
    fn new(literals: &[(u32, &[u8])]) -> Self {
        let mut windows = WindowTable::default();
        for (number, bytes) in literals {
            windows.add(*number, bytes);
        }
        windows.prepare();
        Self {
            few: Few::new(literals),
            windows,
        }
    }

    #[inline]
    fn scan(&self, folded: &[u8], found: &mut impl FnMut(u32)) {
        let few = self.few.as_ref();
        if !few.is_some_and(|few| few.scan(folded, found)) {
            self.windows.scan(folded, found);
        }
    }
}

/// Rules by literal: one slice per literal.
#[derive(Debug, Default)]
struct RuleLists {
    ends: Vec<u32>,
    rules: Vec<u32>,
}

impl Floating {
    pub(super) fn new(gathered: Gathered) -> Self {
        let mut literals: Vec<_> = gathered.rules.into_iter().collect();
        literals.sort_unstable();
        let mut built = Self {
            reach: gathered.reach,
            ..Self::default()
        };
        let (mut short, mut medium) = (Vec::new(), Vec::new());
        for (number, (bytes, rules)) in (0_u32..).zip(&literals) {
            built.rules.push(rules);
            match bytes.len() {
                length if length < *MEDIUM.start() => short.push((number, bytes.as_slice())),
                length if length > *MEDIUM.end() => built.long.add(number, bytes),
                _ => medium.push((number, bytes.as_slice())),
            }
        }
        built.long.prepare();
        built.medium = Table::new(&medium);
        built.short = Table::new(&short);
        built
    }

    /// How many different ones there are.
    pub(super) fn count(&self) -> usize {
        self.rules.ends.len()
    }

    /// Bytes from the beginning that have to be looked at.
    pub(super) fn reach(&self) -> usize {
        self.reach
    }

    /// Adds the rules whose literal is in `folded`, which is in lower case.
    pub(super) fn scan(&self, folded: &[u8], candidates: &mut Vec<u32>) {
        if self.reach == 0 {
            return;
        }
        let folded = folded.get(..self.reach).unwrap_or(folded);
        let mut found = |literal| candidates.extend_from_slice(self.rules.of(literal));
        self.long.scan(folded, &mut found);
        self.medium.scan(folded, &mut found);
        self.short.scan(folded, &mut found);
    }
}

impl RuleLists {
    fn push(&mut self, rules: &[u32]) {
        self.rules.extend_from_slice(rules);
        self.ends
            .push(u32::try_from(self.rules.len()).unwrap_or(u32::MAX));
    }

    fn of(&self, literal: u32) -> &[u32] {
        let place = literal as usize;
        let start = place
            .checked_sub(1)
            .and_then(|before| self.ends.get(before));
        let start = start.copied().unwrap_or_default() as usize;
        let end = self.ends.get(place).copied().unwrap_or_default() as usize;
        self.rules.get(start..end).unwrap_or_default()
    }
}
