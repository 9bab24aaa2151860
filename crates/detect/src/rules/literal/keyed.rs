//! Literals that are a whole buffer, or with which it ends: looked up, and not searched for.
//!
//! Names of servers and hosts are most of them. A look-up compares all of a literal's bytes, so that names that
//! begin alike (`www.`) or lie in one another make no candidates.

use std::collections::HashMap;

use super::ByteSet;

/// Longest literal that is looked up, which bounds what is read of a long buffer: names have at most 253 bytes.
pub(super) const LONGEST: usize = 255;

type Rules = HashMap<Box<[u8]>, Vec<u32>, foldhash::fast::FixedState>;

/// Rules by what a buffer is or ends with, in lower case.
#[derive(Debug, Default)]
pub(super) struct Keyed {
    lengths: Vec<Length>,
    rules: Rules,
}

/// How long some of the literals are, and what they can begin with: most ends of a name begin with a dot.
#[derive(Debug)]
struct Length {
    bytes: usize,
    first: ByteSet,
}

impl Keyed {
    pub(super) fn add(&mut self, literal: &[u8], rule: u32) {
        let Some(first) = literal.first() else {
            return;
        };
        let place = self
            .lengths
            .binary_search_by_key(&literal.len(), |known| known.bytes);
        let place = place.unwrap_or_else(|place| {
            let length = Length {
                bytes: literal.len(),
                first: ByteSet::default(),
            };
            self.lengths.insert(place, length);
            place
        });
        if let Some(length) = self.lengths.get_mut(place) {
            length.first.add(*first);
        }
        let key = literal.to_ascii_lowercase().into_boxed_slice();
        self.rules.entry(key).or_default().push(rule);
    }

    /// How many different ones there are.
    pub(super) fn count(&self) -> usize {
        self.rules.len()
    }

    /// Adds the rules whose literal is all of `bytes`.
    #[inline]
    pub(super) fn whole(&self, bytes: &[u8], candidates: &mut Vec<u32>) {
        let length = self
            .lengths
            .binary_search_by_key(&bytes.len(), |known| known.bytes);
        let length = length.ok().and_then(|place| self.lengths.get(place));
        if length.is_some_and(|length| length.begins(bytes)) {
            self.look_up(bytes, candidates);
        }
    }

    /// Adds the rules whose literal `bytes` end with.
    #[inline]
    pub(super) fn ends(&self, bytes: &[u8], candidates: &mut Vec<u32>) {
        for length in &self.lengths {
            let Some(start) = bytes.len().checked_sub(length.bytes) else {
                return;
            };
            let end = bytes.get(start..).unwrap_or_default();
            if length.begins(end) {
                self.look_up(end, candidates);
            }
        }
    }

    fn look_up(&self, bytes: &[u8], candidates: &mut Vec<u32>) {
        let mut folded = [0; LONGEST];
        let Some(folded) = folded.get_mut(..bytes.len()) else {
            return;
        };
        folded.copy_from_slice(bytes);
        folded.make_ascii_lowercase();
        if let Some(rules) = self.rules.get(&*folded) {
            candidates.extend_from_slice(rules);
        }
    }
}

impl Length {
    #[inline]
    fn begins(&self, bytes: &[u8]) -> bool {
        bytes.first().is_some_and(|byte| self.first.has(*byte))
    }
}

#[cfg(test)]
mod tests;
