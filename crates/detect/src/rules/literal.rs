//! The prefilter: which of many literals may be in some bytes, in one pass over them.
//!
//! Literals are sorted by length into three tables, each looking at a few bytes at a time and
//! moving on by as many as its shortest literal allows. Two folded bytes, three or four are
//! hashed into a bitmap that fits the first-level cache; only where it has a bit is a literal
//! compared. A few literals are found by vector instructions instead. Literals that can stand at one
//! place only are not searched for at all: those that must be all of the bytes or their end are looked
//! up in hash tables, others are compared by their first bytes. Those that can stand near the beginning
//! only are searched for there. Unless a few are wanted as they are, everything is in lower case, the
//! bytes copied once for that: rules verify their own contents.

mod few;
mod floating;
mod folding;
mod keyed;
mod window;

use std::collections::HashMap;

use floating::{Floating, Gathered};
pub(crate) use folding::Folding;
use keyed::Keyed;

use super::check::{Check, Content};
use super::compiled::{Fast, Inspection};
use super::number::Comparison;

/// Shortest literal that can be looked for; shorter ones are everywhere.
pub(crate) const MIN_LITERAL: usize = 2;
/// Bytes of an anchored literal that are compared before its rules are candidates.
pub(crate) const ANCHOR: usize = 4;
/// How far from the beginning literals may end that are looked for there only.
pub(crate) const NEAR: usize = 256;

/// One literal of one rule.
#[derive(Debug, Clone)]
pub(crate) struct Literal<'a> {
    pub(crate) bytes: &'a [u8],
    any_case: bool,
    stands: Stands,
    pub(crate) rule: u32,
}

/// Where a literal can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stands {
    /// It is all that there is.
    Alone,
    /// At the end.
    AtEnd,
    /// At this place only.
    At(usize),
    /// Anywhere, or so that it ends before a place.
    Before(Option<usize>),
}

impl<'a> Literal<'a> {
    /// The literal of a rule that is at `fast`.
    pub(crate) fn new(inspection: &'a Inspection, fast: Fast, rule: u32) -> Option<Self> {
        let content = inspection.content(fast.check)?;
        let cut = || {
            let end = fast.skip.checked_add(fast.length)?;
            content.pattern.get(fast.skip..end)
        };
        // Looking up the whole content costs no more than a part.
        let (stands, bytes) = match looked_up(inspection, content) {
            Some(stands) => (stands, &*content.pattern),
            None => match content.fixed_place() {
                Some(place) => (Stands::At(place + fast.skip), cut()?),
                None => (Stands::Before(content.reach()), cut()?),
            },
        };
        Some(Self {
            bytes,
            any_case: content.nocase,
            stands,
            rule,
        })
    }

    /// Where it is and how it begins, when it is at one place.
    pub(crate) fn anchor(&self) -> Option<(usize, u32)> {
        let start = self.bytes.get(..ANCHOR)?;
        match self.stands {
            Stands::At(place) => Some((place, anchor_key(start))),
            _ => None,
        }
    }

    /// The same, for a rule that only concerns payloads of at most so many bytes.
    pub(crate) fn within(self, most: u16) -> Self {
        let most = usize::from(most);
        let stands = match self.stands {
            Stands::Before(reach) => {
                let reach = reach.unwrap_or(usize::MAX).min(most);
                // The largest number stands for all payloads.
                Stands::Before((reach < usize::from(u16::MAX)).then_some(reach))
            }
            other => other,
        };
        Self { stands, ..self }
    }

    /// Whether it has to be searched for.
    pub(crate) fn floats(&self) -> bool {
        matches!(self.stands, Stands::Before(_))
    }

    /// Whether it has to be searched for beyond the beginning.
    pub(crate) fn is_far(&self) -> bool {
        match self.stands {
            Stands::Before(reach) => reach.is_none_or(|reach| reach > NEAR),
            _ => false,
        }
    }

    /// Whether it is looked up in a table, whatever its length.
    pub(crate) fn is_looked_up(&self) -> bool {
        matches!(self.stands, Stands::Alone | Stands::AtEnd)
    }
}

/// How a content is looked up, when it must be all of a buffer or its end.
fn looked_up(inspection: &Inspection, content: &Content) -> Option<Stands> {
    let length = content.length();
    if content.negated || !(1..=keyed::LONGEST).contains(&length) {
        return None;
    }
    let is_size = |check: &Check| matches!(check, Check::Size(Comparison::Equal(size)) if *size == length as u64);
    let is_whole = content.endswith && content.fixed_place() == Some(0)
        || inspection.checks.iter().any(is_size);
    match (is_whole, content.endswith) {
        (true, _) => Some(Stands::Alone),
        (false, true) => Some(Stands::AtEnd),
        (false, false) => None,
    }
}

/// Literals in the form that is searched.
#[derive(Debug, Default)]
pub(crate) struct Literals {
    /// Those that are all of the bytes.
    alone: Keyed,
    /// Those at the end of the bytes.
    at_end: Keyed,
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
        let (mut alone, mut at_end) = (Keyed::default(), Keyed::default());
        let mut anchored: HashMap<(usize, usize), Vec<(u32, u32)>> = HashMap::new();
        for literal in literals {
            let (bytes, rule) = (literal.bytes, literal.rule);
            match literal.stands {
                Stands::Alone => alone.add(bytes, rule),
                Stands::AtEnd => at_end.add(bytes, rule),
                Stands::At(place) => {
                    let length = bytes.len().min(ANCHOR);
                    let key = anchor_key(bytes.get(..length).unwrap_or_default());
                    let entries = anchored.entry((place, length)).or_default();
                    entries.push((key, rule));
                }
                Stands::Before(Some(reach)) if reach <= NEAR => {
                    near.add(bytes, rule, literal.any_case, reach);
                }
                Stands::Before(_) => far.add(bytes, rule, literal.any_case, usize::MAX),
            }
        }
        let mut anchored: Vec<_> = anchored.into_iter().map(Anchored::new).collect();
        anchored.sort_unstable_by_key(|one| (one.place, one.length));
        Self {
            alone,
            at_end,
            anchored,
            near: Floating::new(&near),
            far: Floating::new(&far),
        }
    }

    /// How many different ones there are, those at one place apart.
    pub(crate) fn count(&self) -> usize {
        let looked_up = self.alone.count() + self.at_end.count();
        looked_up + self.near.count() + self.far.count()
    }

    /// Adds the rules whose literal is in `bytes` to `candidates`, some more than once.
    pub(crate) fn scan(&self, bytes: &[u8], folded: &mut Vec<u8>, candidates: &mut Vec<u32>) {
        self.scan_folding(&mut Folding::new(bytes, folded), candidates);
    }

    /// The same for bytes that others look at, too.
    pub(crate) fn scan_folding(&self, text: &mut Folding<'_>, candidates: &mut Vec<u32>) {
        let bytes = text.bytes();
        self.alone.whole(bytes, candidates);
        self.at_end.ends(bytes, candidates);
        for anchored in &self.anchored {
            candidates.extend_from_slice(anchored.rules(bytes));
        }
        self.near.scan(text, candidates);
        self.far.scan(text, candidates);
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
