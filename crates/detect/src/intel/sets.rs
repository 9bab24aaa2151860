//! Sets of entries that cover the same addresses or the same name.
//!
//! Most entries of a list share one set ("list 3, one address"), so that the tables
//! hold a number per address and nothing else.

use foldhash::fast::RandomState;
use hashbrown::HashMap;

/// One entry, without its address or name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Match {
    pub(super) list: u16,
    pub(super) note: u16,
    /// The only port meant, 0 for all.
    pub(super) port: u16,
    /// Length of the prefix for addresses, code of the scope for names.
    pub(super) prefix: u8,
    /// The note says that the host only attacks.
    pub(super) is_attacker: bool,
}

/// Every set, end to end. Set 0 is the empty one.
#[derive(Debug, Default)]
pub(super) struct Sets {
    ends: Vec<u32>,
    entries: Vec<Match>,
}

#[derive(Debug)]
pub(super) struct SetsBuilder {
    sets: Sets,
    numbers: HashMap<Box<[Match]>, u32, RandomState>,
}

impl Sets {
    pub(super) fn builder() -> SetsBuilder {
        SetsBuilder {
            sets: Self {
                ends: vec![0],
                entries: Vec::new(),
            },
            numbers: HashMap::default(),
        }
    }

    /// The entries of a set, the most specific first.
    pub(super) fn get(&self, set: u32) -> &[Match] {
        let set = set as usize;
        let start = set.checked_sub(1).and_then(|before| self.ends.get(before));
        match (start, self.ends.get(set)) {
            (Some(&start), Some(&end)) => self
                .entries
                .get(start as usize..end as usize)
                .unwrap_or_default(),
            _ => &[],
        }
    }

    pub(super) fn size_bytes(&self) -> usize {
        self.ends.capacity() * 4 + self.entries.capacity() * size_of::<Match>()
    }
}

impl SetsBuilder {
    /// The number of a set with these entries.
    pub(super) fn number(&mut self, entries: &[Match]) -> u32 {
        if entries.is_empty() {
            return 0;
        }
        if let Some(number) = self.numbers.get(entries) {
            return *number;
        }
        let number = self.sets.ends.len() as u32;
        self.sets.entries.extend_from_slice(entries);
        self.sets.ends.push(self.sets.entries.len() as u32);
        self.numbers.insert(entries.into(), number);
        number
    }

    pub(super) fn freeze(mut self) -> Sets {
        self.sets.ends.shrink_to_fit();
        self.sets.entries.shrink_to_fit();
        self.sets
    }
}
