//! Literals that have to be searched for, by length.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use super::few::{Few, MOST};
use super::folding::Folding;
use super::window::{Four, Three, Two, Width, WindowTable};

/// Lengths of the literals that are neither long nor short.
const MEDIUM: RangeInclusive<usize> = 4..=6;

/// Literals before they are made into tables.
#[derive(Debug, Default)]
pub(super) struct Gathered<'a> {
    literals: Vec<(&'a [u8], u32)>,
    /// Whether some of them are in any case.
    any_case: bool,
    reach: usize,
}

impl<'a> Gathered<'a> {
    /// Adds what a rule looks for, which ends before `reach`.
    pub(super) fn add(&mut self, bytes: &'a [u8], rule: u32, any_case: bool, reach: usize) {
        self.literals.push((bytes, rule));
        self.any_case |= any_case;
        self.reach = self.reach.max(reach);
    }

    /// The rules by literal, in order.
    fn by_literal(&self, fold: bool) -> BTreeMap<Vec<u8>, Vec<u32>> {
        let mut rules: BTreeMap<Vec<u8>, Vec<u32>> = BTreeMap::new();
        for (bytes, rule) in &self.literals {
            let bytes = if fold {
                bytes.to_ascii_lowercase()
            } else {
                bytes.to_vec()
            };
            rules.entry(bytes).or_default().push(*rule);
        }
        rules
    }
}

/// Literals in the form that is searched.
#[derive(Debug, Default)]
pub(super) struct Floating {
    /// All but the short ones, when those are few.
    few: Option<Few>,
    /// Whether those few are looked for in the bytes as they are, and not in lower case.
    is_exact: bool,
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
    pub(super) fn new(gathered: &Gathered<'_>) -> Self {
        let is_exact = !gathered.any_case && gathered.literals.len() <= MOST;
        let literals = gathered.by_literal(!is_exact);
        let mut built = Self {
            is_exact,
            reach: gathered.reach,
            ..Self::default()
        };
        let mut not_short = Vec::new();
        let (mut short, mut medium) = (Vec::new(), Vec::new());
        for (number, (bytes, rules)) in (0_u32..).zip(&literals) {
            built.rules.push(rules);
            let folded = bytes.to_ascii_lowercase();
            if bytes.len() >= *MEDIUM.start() {
                not_short.push((number, bytes.as_slice()));
            }
            match bytes.len() {
                length if length < *MEDIUM.start() => short.push((number, folded)),
                length if length > *MEDIUM.end() => built.long.add(number, &folded),
                _ => medium.push((number, folded)),
            }
        }
        built.long.prepare();
        built.few = Few::new(&not_short);
        built.medium = Table::new(&borrowed(&medium));
        built.short = Table::new(&borrowed(&short));
        built
    }

    /// How many different ones there are.
    pub(super) fn count(&self) -> usize {
        self.rules.ends.len()
    }

    /// Adds the rules whose literal is there.
    pub(super) fn scan(&self, text: &mut Folding<'_>, candidates: &mut Vec<u32>) {
        if self.reach == 0 {
            return;
        }
        let mut found = |literal| candidates.extend_from_slice(self.rules.of(literal));
        let is_done = self.few.as_ref().is_some_and(|few| {
            if self.is_exact {
                few.scan(text.exact(self.reach), &mut found)
            } else {
                few.scan(text.folded(self.reach), &mut found)
            }
        });
        if is_done && self.short.windows.is_empty() {
            return;
        }
        let folded = text.folded(self.reach);
        if !is_done {
            self.long.scan(folded, &mut found);
            self.medium.scan(folded, &mut found);
        }
        self.short.scan(folded, &mut found);
    }
}

fn borrowed(literals: &[(u32, Vec<u8>)]) -> Vec<(u32, &[u8])> {
    let literals = literals.iter();
    literals
        .map(|(number, bytes)| (*number, bytes.as_slice()))
        .collect()
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
