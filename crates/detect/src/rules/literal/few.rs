//! A few short literals, looked for all at once by the vector instructions of `aho-corasick`.
//!
//! Faster than windows as long as there are few of them and few of them are there; what has many
//! hits is left to the windows, whose cost is bounded.

use aho_corasick::Span;
use aho_corasick::packed::{Config, MatchKind, Searcher};

/// More than this many are quicker found by windows.
const MOST: usize = 48;
/// Hits after which the windows take over, and how many more for each so many bytes.
const MAX_HITS: usize = 16;
const BYTES_PER_HIT: usize = 64;

/// The literals and the search for them.
#[derive(Debug)]
pub(super) struct Few {
    searcher: Searcher,
    literals: Vec<Known>,
}

#[derive(Debug)]
struct Known {
    number: u32,
    bytes: Box<[u8]>,
    /// Others that can stand at the same place: those it begins with, or that begin with it.
    kin: Vec<u32>,
}

impl Few {
    /// The search for these literals, in lower case and by number; none when there are too many, or
    /// when the processor cannot do it.
    pub(super) fn new(literals: &[(u32, &[u8])]) -> Option<Self> {
        if literals.is_empty() || literals.len() > MOST {
            return None;
        }
        let mut builder = Config::new().match_kind(MatchKind::LeftmostFirst).builder();
        builder.extend(literals.iter().map(|(_, bytes)| bytes));
        let searcher = builder.build()?;
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
            searcher,
            literals: known.collect(),
        })
    }

    /// Calls `found` with each literal that is in `bytes`, which are in lower case; `false` where there
    /// were too many and the rest was not looked at.
    pub(super) fn scan(&self, bytes: &[u8], found: &mut impl FnMut(u32)) -> bool {
        let mut start = 0;
        for _ in 0..MAX_HITS + bytes.len() / BYTES_PER_HIT {
            let span = Span::from(start..bytes.len());
            let Some(hit) = self.searcher.find_in(bytes, span) else {
                return true;
            };
            let here = bytes.get(hit.start()..).unwrap_or_default();
            if let Some(known) = self.literals.get(hit.pattern().as_usize()) {
                found(known.number);
                for kin in &known.kin {
                    match self.literals.get(*kin as usize) {
                        Some(kin) if here.starts_with(&kin.bytes) => found(kin.number),
                        _ => {}
                    }
                }
            }
            start = hit.start() + 1;
        }
        false
    }
}

#[cfg(test)]
mod tests;
