//! The prefilter: which of many literals may be in some bytes, in one pass over them.
//!
//! Literals are sorted by length into three tables, each looking at a few bytes at a time and
//! moving on by as many as its shortest literal allows. Two folded bytes, three or four are
//! hashed into a bitmap that fits the first-level cache; only where it has a bit is a literal
//! compared. A few literals of medium length are found by vector instructions instead. Literals that can stand at one place only are not searched for at all.
//! Everything is in lower case, the bytes copied once for that: rules verify their own contents.

mod few;
mod window;

use std::collections::HashMap;
use std::ops::RangeInclusive;

use few::Few;
use window::{Four, Three, Two, WindowTable};

/// Shortest literal that can be looked for; shorter ones are everywhere.
pub(crate) const MIN_LITERAL: usize = 2;
/// Bytes of an anchored literal that are compared before its rules are candidates.
const ANCHOR: usize = 4;
/// Lengths of the literals that are neither long nor short.
const MEDIUM: RangeInclusive<usize> = 4..=6;

/// One literal of one rule.
#[derive(Debug, Clone)]
pub(crate) struct Literal<'a> {
    pub(crate) bytes: &'a [u8],
    /// The only place it can be at.
    pub(crate) place: Option<usize>,
    pub(crate) rule: u32,
}

/// Literals in the form that is searched.
#[derive(Debug, Default)]
pub(crate) struct Literals {
    long: WindowTable<Four>,
    /// Finds what `medium` has, when that is little.
    few: Option<Few>,
    medium: WindowTable<Three>,
    short: WindowTable<Two>,
    anchored: Vec<Anchored>,
    rules: RuleLists,
}

/// Rules by literal: one slice per literal.
#[derive(Debug, Default)]
struct RuleLists {
    ends: Vec<u32>,
    rules: Vec<u32>,
}

/// Literals that stand at one place, by their first bytes.
#[derive(Debug)]
struct Anchored {
    place: usize,
    length: usize,
    /// What the first and the last of the bytes can be: most payloads need no more.
    first: ByteSet,
    last: ByteSet,
    by_prefix: HashMap<u32, Vec<u32>, foldhash::fast::FixedState>,
}

/// A set of bytes, in either case.
#[derive(Debug, Default)]
struct ByteSet([u64; 4]);

impl ByteSet {
    fn add(&mut self, byte: u8) {
        for byte in [byte.to_ascii_lowercase(), byte.to_ascii_uppercase()] {
            if let Some(word) = self.0.get_mut(usize::from(byte >> 6)) {
                *word |= 1 << (byte & 63);
            }
        }
    }

    #[inline]
    fn has(&self, byte: u8) -> bool {
        let word = self.0.get(usize::from(byte >> 6)).copied();
        word.unwrap_or_default() >> (byte & 63) & 1 != 0
    }
}

impl Literals {
    pub(crate) fn new<'a>(literals: impl Iterator<Item = Literal<'a>>) -> Self {
        let mut floating: HashMap<Vec<u8>, Vec<u32>> = HashMap::new();
        let mut anchored: HashMap<(usize, usize), Vec<(u32, u32)>> = HashMap::new();
        for literal in literals {
            let folded = literal.bytes.to_ascii_lowercase();
            match literal.place {
                Some(place) => {
                    let length = folded.len().min(ANCHOR);
                    let key = anchor_key(folded.get(..length).unwrap_or_default());
                    let entries = anchored.entry((place, length)).or_default();
                    entries.push((key, literal.rule));
                }
                None => floating.entry(folded).or_default().push(literal.rule),
            }
        }
        let mut floating: Vec<_> = floating.into_iter().collect();
        floating.sort_unstable();
        let mut built = Self::default();
        for (number, (bytes, rules)) in (0_u32..).zip(&floating) {
            built.rules.push(rules);
            match bytes.len() {
                length if length < *MEDIUM.start() => built.short.add(number, bytes),
                length if length > *MEDIUM.end() => built.long.add(number, bytes),
                _ => built.medium.add(number, bytes),
            }
        }
        let medium = (0_u32..).zip(&floating);
        let medium: Vec<(u32, &[u8])> = medium
            .map(|(number, (bytes, _))| (number, bytes.as_slice()))
            .filter(|(_, bytes)| MEDIUM.contains(&bytes.len()))
            .collect();
        built.few = Few::new(&medium);
        built.short.prepare();
        built.medium.prepare();
        built.long.prepare();
        built.anchored = anchored.into_iter().map(Anchored::new).collect();
        built
            .anchored
            .sort_unstable_by_key(|one| (one.place, one.length));
        built
    }

    /// How many different ones there are, those at one place apart.
    pub(crate) fn count(&self) -> usize {
        self.rules.ends.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rules.rules.is_empty() && self.anchored.is_empty()
    }

    /// Adds the rules whose literal is in `bytes` to `candidates`, some more than once.
    pub(crate) fn scan(&self, bytes: &[u8], folded: &mut Vec<u8>, candidates: &mut Vec<u32>) {
        for anchored in &self.anchored {
            candidates.extend_from_slice(anchored.rules(bytes));
        }
        folded.clear();
        folded.extend(bytes.iter().map(u8::to_ascii_lowercase));
        let mut found = |literal| candidates.extend_from_slice(self.rules.of(literal));
        self.long.scan(folded, &mut found);
        let few = self.few.as_ref();
        if !few.is_some_and(|few| few.scan(folded, &mut found)) {
            self.medium.scan(folded, &mut found);
        }
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

impl Anchored {
    fn new(((place, length), entries): ((usize, usize), Vec<(u32, u32)>)) -> Self {
        let mut built = Self {
            place,
            length,
            first: ByteSet::default(),
            last: ByteSet::default(),
            by_prefix: HashMap::default(),
        };
        for (key, rule) in entries {
            // The last byte is the key's lowest.
            let highest = 8 * length.saturating_sub(1);
            built.first.add((key >> highest) as u8);
            built.last.add(key as u8);
            built.by_prefix.entry(key).or_default().push(rule);
        }
        built
    }

    #[inline]
    fn rules(&self, bytes: &[u8]) -> &[u32] {
        let Some(prefix) = bytes.get(self.place..self.place + self.length) else {
            return &[];
        };
        let can_start = prefix.first().is_some_and(|byte| self.first.has(*byte));
        if !can_start || !prefix.last().is_some_and(|byte| self.last.has(*byte)) {
            return &[];
        }
        let rules = self.by_prefix.get(&anchor_key(prefix));
        rules.map(Vec::as_slice).unwrap_or_default()
    }
}

/// Up to four bytes, folded, as one number.
fn anchor_key(bytes: &[u8]) -> u32 {
    let fold = |key, byte: &u8| key << 8 | u32::from(byte.to_ascii_lowercase());
    bytes.iter().fold(0, fold)
}
