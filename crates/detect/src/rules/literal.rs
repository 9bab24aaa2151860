//! The prefilter: which of many literals may be in some bytes, in one pass over them.
//!
//! Literals are sorted by length into three tables, each looking at a few bytes at a time and
//! moving on by as many as its shortest literal allows. Two folded bytes, three or four are
//! hashed into a bitmap that fits the first-level cache; only where it has a bit is a literal
//! compared. A few literals of medium length are found by vector instructions instead. Literals
//! that can stand at one place only are not searched for at all, and those that can stand near the
//! beginning only are searched for there. Everything is in lower case, the bytes copied once for
//! that: rules verify their own contents.

mod few;
mod floating;
mod window;

use std::collections::HashMap;

use floating::{Floating, Gathered};

use super::check::Content;

/// Shortest literal that can be looked for; shorter ones are everywhere.
pub(crate) const MIN_LITERAL: usize = 2;
/// Bytes of an anchored literal that are compared before its rules are candidates.
pub(crate) const ANCHOR: usize = 4;
/// How far from the beginning literals may end that are looked for there only.
const NEAR: usize = 256;

/// One literal of one rule.
#[derive(Debug, Clone)]
pub(crate) struct Literal<'a> {
    pub(crate) bytes: &'a [u8],
    /// The only place it can be at.
    place: Option<usize>,
    /// Where it ends at the latest.
    reach: Option<usize>,
    pub(crate) rule: u32,
}

impl<'a> Literal<'a> {
    /// The bytes from `skip` on of a content; `rule` asks for it.
    pub(crate) fn new(content: &Content, skip: usize, bytes: &'a [u8], rule: u32) -> Self {
        Self {
            bytes,
            place: content.fixed_place().map(|place| place + skip),
            reach: content.reach(),
            rule,
        }
    }

    /// Where it is and how it begins, when it is at one place.
    pub(crate) fn anchor(&self) -> Option<(usize, u32)> {
        let start = self.bytes.get(..ANCHOR)?;
        Some((self.place?, anchor_key(start)))
    }

    /// The same, for a rule that only concerns payloads of at most so many bytes.
    pub(crate) fn within(self, most: u16) -> Self {
        let most = usize::from(most);
        let reach = self.reach.unwrap_or(usize::MAX).min(most);
        Self {
            // The largest number stands for all payloads.
            reach: (reach < usize::from(u16::MAX)).then_some(reach),
            ..self
        }
    }

    /// Whether it has to be searched for.
    pub(crate) fn floats(&self) -> bool {
        self.place.is_none()
    }
}

/// Literals in the form that is searched.
#[derive(Debug, Default)]
pub(crate) struct Literals {
    anchored: Vec<Anchored>,
    /// Those that end within the first bytes.
    near: Floating,
    far: Floating,
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
        let mut near = Gathered::default();
        let mut far = Gathered::default();
        let mut anchored: HashMap<(usize, usize), Vec<(u32, u32)>> = HashMap::new();
        for literal in literals {
            if let Some(place) = literal.place {
                let length = literal.bytes.len().min(ANCHOR);
                let key = anchor_key(literal.bytes.get(..length).unwrap_or_default());
                let entries = anchored.entry((place, length)).or_default();
                entries.push((key, literal.rule));
                continue;
            }
            match literal.reach.filter(|reach| *reach <= NEAR) {
                Some(reach) => near.add(literal.bytes, literal.rule, reach),
                None => far.add(literal.bytes, literal.rule, usize::MAX),
            }
        }
        let mut anchored: Vec<_> = anchored.into_iter().map(Anchored::new).collect();
        anchored.sort_unstable_by_key(|one| (one.place, one.length));
        Self {
            anchored,
            near: Floating::new(near),
            far: Floating::new(far),
        }
    }

    /// How many different ones there are, those at one place apart.
    pub(crate) fn count(&self) -> usize {
        self.near.count() + self.far.count()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.count() == 0 && self.anchored.is_empty()
    }

    /// Adds the rules whose literal is in `bytes` to `candidates`, some more than once.
    pub(crate) fn scan(&self, bytes: &[u8], folded: &mut Vec<u8>, candidates: &mut Vec<u32>) {
        for anchored in &self.anchored {
            candidates.extend_from_slice(anchored.rules(bytes));
        }
        let reach = self.near.reach().max(self.far.reach());
        let reached = bytes.get(..reach).unwrap_or(bytes);
        folded.clear();
        folded.extend(reached.iter().map(u8::to_ascii_lowercase));
        self.near.scan(folded, candidates);
        self.far.scan(folded, candidates);
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
