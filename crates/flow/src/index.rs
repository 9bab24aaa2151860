//! Finds slots by the hash of their key: open addressing, one 8-byte word per entry.
//!
//! An entry holds the upper 32 bits of the hash beside the slot, so that a look-up reads
//! one cache line here and one of the right flow. Its home is the top of those bits,
//! which makes growing a pass over this array alone. Deleting moves later entries back,
//! so there are no tombstones and a flood leaves no trace.

/// Entries of the smallest index.
const SMALLEST_BITS: u32 = 10;
/// How many entries [`Index::candidate`] looks at: one or two cache lines.
const CANDIDATE_PROBES: usize = 8;
/// The most entries an index can have: flows are numbered with 32 bits.
const LARGEST_BITS: u32 = 31;

#[derive(Debug)]
pub(crate) struct Index {
    /// Zero, or the hash's upper half above the slot plus one.
    entries: Vec<u64>,
    bits: u32,
    used: usize,
}

impl Index {
    pub(crate) fn new() -> Self {
        Self {
            entries: vec![0; 1 << SMALLEST_BITS],
            bits: SMALLEST_BITS,
            used: 0,
        }
    }

    /// The bytes an index for `flows` flows takes at most.
    pub(crate) fn bytes_for(flows: usize) -> usize {
        let mut entries = 1_usize << SMALLEST_BITS;
        while is_full(flows, entries) {
            entries *= 2;
        }
        entries * size_of::<u64>()
    }

    /// The slot whose entry has this hash and which `is_match` accepts.
    #[inline]
    pub(crate) fn find(&self, hash: u64, mut is_match: impl FnMut(u32) -> bool) -> Option<u32> {
        let tag = (hash >> 32) as u32;
        let mask = self.mask();
        let mut position = self.home(tag);
        while let Some(&entry) = self.entries.get(position) {
            if entry == 0 {
                return None;
            }
            if (entry >> 32) as u32 == tag {
                let slot = (entry as u32).wrapping_sub(1);
                if is_match(slot) {
                    return Some(slot);
                }
            }
            position = (position + 1) & mask;
        }
        None
    }

    /// The slot that probably has this hash, by the index alone; `u32::MAX` when there is none.
    #[inline]
    pub(crate) fn candidate(&self, hash: u64) -> u32 {
        let tag = (hash >> 32) as u32;
        let mask = self.mask();
        let mut position = self.home(tag);
        for _ in 0..CANDIDATE_PROBES {
            let entry = self.entry(position);
            if entry == 0 {
                break;
            }
            if (entry >> 32) as u32 == tag {
                return (entry as u32).wrapping_sub(1);
            }
            position = (position + 1) & mask;
        }
        u32::MAX
    }

    /// The first entry a look-up of this hash reads.
    #[inline]
    pub(crate) fn first_entry(&self, hash: u64) -> u64 {
        self.entry(self.home((hash >> 32) as u32))
    }

    /// Adds a slot that is not there yet.
    pub(crate) fn insert(&mut self, hash: u64, slot: u32) {
        if is_full(self.used + 1, self.entries.len()) && self.bits < LARGEST_BITS {
            self.grow();
        }
        self.used += 1;
        self.place(hash >> 32 << 32 | u64::from(slot.wrapping_add(1)));
    }

    /// Removes a slot.
    pub(crate) fn remove(&mut self, hash: u64, slot: u32) {
        let wanted = hash >> 32 << 32 | u64::from(slot.wrapping_add(1));
        let mask = self.mask();
        let mut position = self.home((hash >> 32) as u32);
        while self.entry(position) != wanted {
            if self.entry(position) == 0 {
                return;
            }
            position = (position + 1) & mask;
        }
        self.used -= 1;
        self.close_gap(position);
    }

    /// Moves entries that were pushed behind `gap` back to where they want to be.
    fn close_gap(&mut self, mut gap: usize) {
        let mask = self.mask();
        let mut position = gap;
        loop {
            position = (position + 1) & mask;
            let entry = self.entry(position);
            if entry == 0 {
                break;
            }
            let home = self.home((entry >> 32) as u32);
            if position.wrapping_sub(home) & mask >= position.wrapping_sub(gap) & mask {
                self.set(gap, entry);
                gap = position;
            }
        }
        self.set(gap, 0);
    }

    fn grow(&mut self) {
        let old = std::mem::take(&mut self.entries);
        self.bits += 1;
        self.entries = vec![0; 1 << self.bits];
        for entry in old {
            if entry != 0 {
                self.place(entry);
            }
        }
    }

    fn place(&mut self, entry: u64) {
        let mask = self.mask();
        let mut position = self.home((entry >> 32) as u32);
        while self.entry(position) != 0 {
            position = (position + 1) & mask;
        }
        self.set(position, entry);
    }

    #[inline]
    fn home(&self, tag: u32) -> usize {
        (tag >> (32 - self.bits)) as usize
    }

    #[inline]
    fn mask(&self) -> usize {
        self.entries.len() - 1
    }

    #[inline]
    fn entry(&self, position: usize) -> u64 {
        self.entries.get(position).copied().unwrap_or_default()
    }

    fn set(&mut self, position: usize, entry: u64) {
        if let Some(place) = self.entries.get_mut(position) {
            *place = entry;
        }
    }

    pub(crate) fn bytes(&self) -> usize {
        self.entries.capacity() * size_of::<u64>()
    }
}

/// Whether this many entries are more than three quarters, where probing gets slow.
fn is_full(used: usize, entries: usize) -> bool {
    used > entries / 4 * 3
}

#[cfg(test)]
mod tests;
