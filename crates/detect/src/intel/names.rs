//! Listed names: a hash of each, looked up label by label from the right.

use std::ops::Range;

use hashbrown::HashTable;

use super::{
    line::Scope,
    sets::{Match, Sets, SetsBuilder},
};

/// The longest name that is looked up (RFC 1035, section 2.3.4).
const MAX_NAME: usize = 255;

const ITSELF: u8 = 1;
const BELOW: u8 = 2;

/// Frozen hashes with the set of entries of each. Two names with the same 64-bit hash
/// would share their entries; a million entries make that one chance in 10^13 per name.
#[derive(Debug, Default)]
pub(super) struct Names(HashTable<(u64, u32)>);

/// What was found for a name.
pub(super) struct Found<'a, 'n> {
    pub(super) entry: &'a Match,
    pub(super) set: u32,
    /// Whether the whole name is listed, not one above it.
    pub(super) is_whole: bool,
    name: &'n [u8],
    suffix: Range<usize>,
}

impl Found<'_, '_> {
    pub(super) fn indicator(&self) -> String {
        let suffix = self.name.get(self.suffix.clone()).unwrap_or_default();
        let text = String::from_utf8_lossy(suffix).to_ascii_lowercase();
        if self.entry.prefix == BELOW {
            format!("*.{text}")
        } else {
            text
        }
    }
}

/// How an entry's scope is kept.
pub(super) fn code(scope: Scope, subdomains: bool) -> u8 {
    match scope {
        Scope::Below => BELOW,
        Scope::Tree => ITSELF | BELOW,
        Scope::Usual if subdomains => ITSELF | BELOW,
        Scope::Usual | Scope::Exact => ITSELF,
    }
}

/// Whether an entry with this scope covers a name that is, or is not, wholly listed.
pub(super) fn covers(code: u8, is_whole: bool) -> bool {
    code & if is_whole { ITSELF } else { BELOW } != 0
}

/// Hash of a name, read from its end so that every suffix's hash is met on the way.
pub(super) fn hash(name: &[u8]) -> u64 {
    finish(
        name.iter()
            .rev()
            .fold(SEED, |state, byte| mix(state, *byte)),
    )
}

const SEED: u64 = 0x243f_6a88_85a3_08d3;

#[inline]
fn mix(state: u64, byte: u8) -> u64 {
    (state ^ u64::from(byte.to_ascii_lowercase()))
        .wrapping_mul(0x9e37_79b9_7f4a_7c15)
        .rotate_left(29)
}

#[inline]
fn finish(state: u64) -> u64 {
    let folded = (state ^ (state >> 32)).wrapping_mul(0xd6e8_feb8_6659_fd93);
    folded ^ (folded >> 32)
}

impl Names {
    pub(super) fn freeze(mut entries: Vec<(u64, Match)>, sets: &mut SetsBuilder) -> Self {
        entries.sort_unstable();
        entries.dedup();
        let groups = entries.chunk_by(|one, other| one.0 == other.0);
        let mut table = HashTable::with_capacity(groups.clone().count());
        for group in groups {
            let hash = group.first().map_or(0, |(hash, _)| *hash);
            let same: Vec<Match> = group.iter().map(|(_, entry)| *entry).collect();
            table.insert_unique(hash, (hash, sets.number(&same)), |(hash, _)| *hash);
        }
        Self(table)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn size_bytes(&self) -> usize {
        self.0.allocation_size()
    }

    /// The longest listed suffix of a name, the name itself included.
    pub(super) fn find<'a, 'n>(&self, name: &'n [u8], sets: &'a Sets) -> Option<Found<'a, 'n>> {
        let name = name.strip_suffix(b".").unwrap_or(name);
        if self.0.is_empty() || name.is_empty() || name.len() > MAX_NAME {
            return None;
        }
        let mut state = SEED;
        let mut found = None;
        for (offset, byte) in name.iter().enumerate().rev() {
            if *byte == b'.' {
                let suffix = offset + 1..name.len();
                found = self.probe(name, suffix, state, sets).or(found);
            }
            state = mix(state, *byte);
        }
        self.probe(name, 0..name.len(), state, sets).or(found)
    }

    fn probe<'a, 'n>(
        &self,
        name: &'n [u8],
        suffix: Range<usize>,
        state: u64,
        sets: &'a Sets,
    ) -> Option<Found<'a, 'n>> {
        let hash = finish(state);
        let (_, set) = *self.0.find(hash, |(other, _)| *other == hash)?;
        let is_whole = suffix.start == 0;
        let entry = sets
            .get(set)
            .iter()
            .find(|entry| covers(entry.prefix, is_whole))?;
        Some(Found {
            entry,
            set,
            is_whole,
            name,
            suffix,
        })
    }
}
