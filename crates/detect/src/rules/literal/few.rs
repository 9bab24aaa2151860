//! A few literals, looked for all at once by the vector instructions of `aho-corasick` and `memchr`.
//!
//! Faster than windows as long as there are few of them and few of them are there; what has many
//! hits is left to the windows, whose cost is bounded.

use aho_corasick::Span;
use aho_corasick::packed::{Config, MatchKind, Searcher};
use memchr::memmem::Finder;

use super::window::best_region;

/// More than this many are quicker found by windows.
pub(super) const MOST: usize = 48;
/// Hits after which the windows take over, and how many more for each so many bytes.
const MAX_HITS: usize = 16;
const BYTES_PER_HIT: usize = 64;

/// The literals and the search for them.
#[derive(Debug)]
pub(super) struct Few {
    search: Search,
    literals: Vec<Known>,
}

#[derive(Debug)]
enum Search {
    One(Finder<'static>),
    Many(Searcher),
}

impl Search {
    fn new(literals: &[(u32, &[u8])]) -> Option<Self> {
        if let [(_, literal)] = literals {
            return Some(Self::One(Finder::new(literal).into_owned()));
        }
        let mut builder = Config::new().match_kind(MatchKind::LeftmostFirst).builder();
        builder.extend(literals.iter().map(|(_, bytes)| bytes));
        Some(Self::Many(builder.build()?))
    }

    /// Where the next is from a place on, and which.
    #[inline]
    fn next(&self, bytes: &[u8], start: usize) -> Option<(usize, usize)> {
        match self {
            Self::One(finder) => Some((start + finder.find(bytes.get(start..)?)?, 0)),
            Self::Many(searcher) => {
                let hit = searcher.find_in(bytes, Span::from(start..bytes.len()))?;
                Some((hit.start(), hit.pattern().as_usize()))
            }
        }
    }
}

#[derive(Debug)]
struct Known {
    number: u32,
    bytes: Box<[u8]>,
    /// Others that can stand at the same place: those it begins with, or that begin with it.
    kin: Vec<u32>,
}

impl Few {
    /// The search for these literals, by number; none when there are too many, or
    /// when the processor cannot do it.
    pub(super) fn new(literals: &[(u32, &[u8])]) -> Option<Self> {
        if literals.is_empty() || literals.len() > MOST {
            return None;
        }
        let literals: Vec<_> = literals
            .iter()
            .map(|(number, bytes)| (*number, telling(bytes)))
            .collect();
        let literals = literals.as_slice();
        let search = Search::new(literals)?;
        let kin_of = |number: u32, bytes: &[u8]| {
            let is_kin = |(other, others): &&(u32, &[u8])| {
                *other != number && (others.starts_with(bytes) || bytes.starts_with(others))
            };
            (0..)
                .zip(literals)
                .filter(|(_, literal)| is_kin(literal))
                .map(|(place, _)| place)
                .collect()
        };
        let known = literals.iter().map(|(number, bytes)| Known {
            number: *number,
            bytes: (*bytes).into(),
            kin: kin_of(*number, bytes),
        });
        Some(Self {
            search,
            literals: known.collect(),
        })
    }

    /// Calls `found` with each literal that is in `bytes`; `false` where there were too many and the rest
    /// was not looked at.
    pub(super) fn scan(&self, bytes: &[u8], found: &mut impl FnMut(u32)) -> bool {
        let mut start = 0;
        for _ in 0..MAX_HITS + bytes.len() / BYTES_PER_HIT {
            let Some((place, literal)) = self.search.next(bytes, start) else {
                return true;
            };
            let here = bytes.get(place..).unwrap_or_default();
            if let Some(known) = self.literals.get(literal) {
                found(known.number);
                for kin in &known.kin {
                    match self.literals.get(*kin as usize) {
                        Some(kin) if here.starts_with(&kin.bytes) => found(kin.number),
                        _ => {}
                    }
                }
            }
            start = place + 1;
        }
        false
    }
}

/// The first bytes of a literal are looked for and then the others compared. Shorter ones are left whole:
/// what would be left of them would be found too often.
const FIRST: usize = 6;

/// A literal from its rarest bytes on.
fn telling(bytes: &[u8]) -> &[u8] {
    let start = best_region(bytes, FIRST.min(bytes.len()));
    bytes.get(start..).unwrap_or(bytes)
}

#[cfg(test)]
mod tests;
