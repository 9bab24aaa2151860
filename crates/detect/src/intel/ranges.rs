//! Longest-prefix match as sorted boundaries.
//!
//! Networks nest, so all addresses between two neighbouring boundaries are covered by
//! the same entries. IPv4 boundaries are indexed by the upper half of the address, which
//! leaves one cache line of 16-bit lower halves to search; of large tables a bit per /24 says
//! first whether anything is there. IPv6 boundaries are searched
//! only when an entry shares the first 32 bits.

use foldhash::fast::FixedState;
use hashbrown::HashSet;

use super::{
    build::Refusal,
    sets::{Match, SetsBuilder},
};
use crate::finding::{as_v4, show as show_address};

/// What IPv4 prefixes start with in the 128-bit form.
const V4_PREFIX: u8 = 96;

/// From this many boundaries on, two megabytes of bits are worth it.
const LARGE: usize = 32_768;

/// Frozen boundaries.
#[derive(Debug, Default)]
pub(super) struct Ranges {
    /// For each upper half where its boundaries start; one more at the end. Empty without IPv4.
    index: Vec<u32>,
    lower: Vec<u16>,
    sets_v4: Vec<u32>,
    /// A bit for each /24 that has a listed address, 2 MB; only for large tables.
    inhabited: Vec<u64>,
    starts_v6: Vec<u128>,
    sets_v6: Vec<u32>,
    /// The first 32 bits of every IPv6 entry.
    touched: HashSet<u32, FixedState>,
    /// Whether an IPv6 entry is shorter than 32 bits, so that `touched` says nothing.
    has_wide: bool,
}

impl Ranges {
    pub(super) fn freeze(mut entries: Vec<(u128, Match)>, sets: &mut SetsBuilder) -> Self {
        entries.sort_unstable_by_key(|(start, entry)| (*start, entry.prefix, *entry));
        entries.dedup();
        let mut ranges = Self::default();
        for (start, entry) in entries.iter().filter(|(start, _)| as_v4(*start).is_none()) {
            ranges.touched.insert((start >> 96) as u32);
            ranges.has_wide |= entry.prefix < 32;
        }
        let mut boundaries = Vec::new();
        sweep(&entries, sets, |start, set| boundaries.push((start, set)));
        drop(entries);
        ranges.fill(&boundaries);
        ranges
    }

    fn fill(&mut self, boundaries: &[(u128, u32)]) {
        for &(start, set) in boundaries {
            if let Some(start) = as_v4(start) {
                self.index_up_to(start >> 16);
                self.lower.push(start as u16);
                self.sets_v4.push(set);
            } else {
                self.starts_v6.push(start);
                self.sets_v6.push(set);
            }
        }
        if !self.lower.is_empty() {
            self.index_up_to(0x1_0000);
        }
        if self.lower.len() >= LARGE {
            self.mark_inhabited(boundaries);
        }
        self.lower.shrink_to_fit();
        self.sets_v4.shrink_to_fit();
    }

    fn mark_inhabited(&mut self, boundaries: &[(u128, u32)]) {
        self.inhabited = vec![0; 1 << 18];
        for (index, (start, set)) in boundaries.iter().enumerate() {
            let (Some(first), true) = (as_v4(*start), *set != 0) else {
                continue;
            };
            let next = boundaries.get(index + 1).map(|(next, _)| *next);
            let last = next.and_then(|next| as_v4(next - 1)).unwrap_or(u32::MAX);
            for block in first >> 8..=last >> 8 {
                if let Some(word) = self.inhabited.get_mut((block >> 6) as usize) {
                    *word |= 1 << (block & 63);
                }
            }
        }
    }

    /// Marks where the boundaries of this upper half begin.
    fn index_up_to(&mut self, upper: u32) {
        let position = self.lower.len() as u32;
        while self.index.len() <= upper as usize {
            self.index.push(position);
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.lower.is_empty() && self.starts_v6.is_empty()
    }

    pub(super) fn size_bytes(&self) -> usize {
        self.index.capacity() * 4
            + self.inhabited.capacity() * 8
            + self.lower.capacity() * 2
            + self.sets_v4.capacity() * 4
            + self.starts_v6.capacity() * 16
            + self.sets_v6.capacity() * 4
            + self.touched.capacity() * 5
    }

    /// The set of entries that cover an address.
    #[inline]
    pub(super) fn find(&self, address: u128) -> Option<u32> {
        let set = match as_v4(address) {
            Some(address) => self.find_v4(address)?,
            None => self.find_v6(address)?,
        };
        (set != 0).then_some(set)
    }

    #[inline]
    fn find_v4(&self, address: u32) -> Option<u32> {
        if let Some(word) = self.inhabited.get((address >> 14) as usize)
            && word >> ((address >> 8) & 63) & 1 == 0
        {
            return None;
        }
        let upper = (address >> 16) as usize;
        let start = *self.index.get(upper)? as usize;
        let end = *self.index.get(upper + 1)? as usize;
        let lower = address as u16;
        let within = self
            .lower
            .get(start..end)?
            .partition_point(|boundary| *boundary <= lower);
        let position = (start + within).checked_sub(1)?;
        self.sets_v4.get(position).copied()
    }

    fn find_v6(&self, address: u128) -> Option<u32> {
        if self.starts_v6.is_empty()
            || !(self.has_wide || self.touched.contains(&((address >> 96) as u32)))
        {
            return None;
        }
        let after = self.starts_v6.partition_point(|start| *start <= address);
        self.sets_v6.get(after.checked_sub(1)?).copied()
    }
}

/// Walks sorted, nested networks and gives each boundary with the set that starts there.
fn sweep(entries: &[(u128, Match)], sets: &mut SetsBuilder, mut emit: impl FnMut(u128, u32)) {
    let mut open: Vec<(u128, Match)> = Vec::new();
    let mut rest = entries.iter().peekable();
    let mut last = 0;
    let mut tell = |open: &[(u128, Match)], at: u128, sets: &mut SetsBuilder| {
        let inner_first: Vec<Match> = open.iter().rev().map(|(_, entry)| *entry).collect();
        let set = sets.number(&inner_first);
        if set != last {
            last = set;
            emit(at, set);
        }
    };
    loop {
        let next_start = rest.peek().map(|(start, _)| *start);
        let next_end = open.last().map(|(end, _)| *end);
        match (next_start, next_end) {
            (start, Some(end)) if start.is_none_or(|start| end < start) => {
                while open.last().is_some_and(|(other, _)| *other == end) {
                    open.pop();
                }
                // The very last address has no boundary after it.
                if let Some(after) = end.checked_add(1)
                    && start != Some(after)
                {
                    tell(&open, after, sets);
                }
            }
            (Some(start), _) => {
                while let Some((_, entry)) = rest.next_if(|(other, _)| *other == start) {
                    open.push((last_address(start, entry.prefix), *entry));
                }
                tell(&open, start, sets);
            }
            (None, _) => return,
        }
    }
}

fn last_address(start: u128, prefix: u8) -> u128 {
    start | u128::MAX.checked_shr(u32::from(prefix)).unwrap_or(0)
}

/// Networks that a list hardly means: address in the 128-bit form, length of the prefix.
const SPECIAL: &[(u128, u8)] = &[
    (0xffff_0000_0000, 104), // 0.0.0.0/8
    (0xffff_0a00_0000, 104), // 10.0.0.0/8
    (0xffff_6440_0000, 106), // 100.64.0.0/10
    (0xffff_7f00_0000, 104), // 127.0.0.0/8
    (0xffff_a9fe_0000, 112), // 169.254.0.0/16
    (0xffff_ac10_0000, 108), // 172.16.0.0/12
    (0xffff_c0a8_0000, 112), // 192.168.0.0/16
    (0xffff_e000_0000, 99),  // 224.0.0.0/3, multicast, reserved and broadcast
    (0, 127),                // :: and ::1
    (0xfe80 << 112, 10),     // fe80::/10
    (0xfc00 << 112, 7),      // fc00::/7
    (0xff00 << 112, 8),      // ff00::/8
];

/// The widest networks that are believed: /8 in IPv4, /16 in IPv6.
const WIDEST_V4: u8 = V4_PREFIX + 8;
const WIDEST_V6: u8 = 16;

/// Why a network is not used, if so.
pub(super) fn refuse(address: u128, prefix: u8, allow_private: bool) -> Option<Refusal> {
    let is_v4 = as_v4(address).is_some();
    let widest = if is_v4 { WIDEST_V4 } else { WIDEST_V6 };
    if prefix < widest || (!is_v4 && prefix < V4_PREFIX && address >> 32 == 0) {
        return Some(Refusal::TooWide);
    }
    let overlaps = |&&(special, length): &&(u128, u8)| {
        let shorter = u32::from(length.min(prefix));
        (address ^ special).checked_shr(128 - shorter).unwrap_or(0) == 0
    };
    let is_special = SPECIAL.iter().find(overlaps).is_some();
    (is_special && !allow_private).then_some(Refusal::Special)
}

/// The entry that covered an address, as it could stand in a list.
pub(super) fn show(address: u128, entry: Match) -> String {
    let length = 128_u8.saturating_sub(entry.prefix);
    let mask = u128::MAX.checked_shl(u32::from(length)).unwrap_or(0);
    let base = show_address(address & mask);
    let shown = if base.is_ipv4() {
        entry.prefix.saturating_sub(V4_PREFIX)
    } else {
        entry.prefix
    };
    match (entry.prefix, entry.port) {
        (128, 0) => base.to_string(),
        (128, port) if base.is_ipv4() => format!("{base}:{port}"),
        (128, port) => format!("[{base}]:{port}"),
        _ => format!("{base}/{shown}"),
    }
}
