//! Literals found by hashing a few bytes at every so many places.

use std::marker::PhantomData;

/// How many bytes are hashed, and how far a scan moves on.
pub(super) trait Width: Default {
    const BYTES: usize;
    /// At most the shortest literal's length less `BYTES`, plus one: then one of the places
    /// looked at lies wholly inside each occurrence.
    const STEP: usize;
}

#[derive(Debug, Default)]
pub(super) struct Four;
#[derive(Debug, Default)]
pub(super) struct Three;
#[derive(Debug, Default)]
pub(super) struct Two;

impl Width for Four {
    const BYTES: usize = 4;
    const STEP: usize = 4;
}
impl Width for Three {
    const BYTES: usize = 3;
    const STEP: usize = 2;
}
impl Width for Two {
    const BYTES: usize = 2;
    const STEP: usize = 1;
}

/// Bits of the largest bitmap: 64 KiB, which stays in the second-level cache.
const MAX_BITS: u32 = 19;
const MIN_BITS: u32 = 12;

/// The literals of one width.
#[derive(Debug, Default)]
pub(super) struct WindowTable<W> {
    /// One bit per hash; each word is 64 of them.
    bitmap: Box<[u64]>,
    /// How far a hash is shifted to be a bit's number.
    shift: u32,
    /// Where the entries of a hash end, by the bit's number; in step with `entries`.
    starts: Box<[u32]>,
    entries: Vec<Entry>,
    bytes: Vec<u8>,
    width: PhantomData<W>,
}

/// One window of one literal.
#[derive(Debug, Clone, Copy)]
struct Entry {
    window: u32,
    literal: u32,
    /// Where the literal's bytes start and how many they are.
    start: u32,
    length: u16,
    /// How far the window is from the literal's start.
    back: u16,
}

const MULTIPLIER: u32 = 0x9e37_79b1;

impl<W: Width> WindowTable<W> {
    pub(super) fn add(&mut self, literal: u32, folded: &[u8]) {
        let start = u32::try_from(self.bytes.len()).unwrap_or(u32::MAX);
        self.bytes.extend_from_slice(folded);
        let best = best_region(folded, W::BYTES + W::STEP - 1);
        for back in best..best + W::STEP {
            let Some(window) = folded.get(back..back + W::BYTES) else {
                continue;
            };
            self.entries.push(Entry {
                window: number(window),
                literal,
                start,
                length: u16::try_from(folded.len()).unwrap_or(u16::MAX),
                back: u16::try_from(back).unwrap_or(u16::MAX),
            });
        }
    }

    /// Builds the bitmap and sorts the entries by hash.
    pub(super) fn prepare(&mut self) {
        if self.entries.is_empty() {
            return;
        }
        let wanted = (self.entries.len() * 32).next_power_of_two().ilog2();
        let bits = wanted.clamp(MIN_BITS, MAX_BITS);
        self.shift = 32 - bits;
        let mut bitmap = vec![0_u64; 1 << (bits - 6)];
        let mut counts = vec![0_u32; (1 << bits) + 1];
        for entry in &self.entries {
            let bit = hash(entry.window, self.shift);
            if let Some(word) = bitmap.get_mut(bit >> 6) {
                *word |= 1 << (bit & 63);
            }
            if let Some(count) = counts.get_mut(bit + 1) {
                *count += 1;
            }
        }
        let mut sum = 0;
        for count in &mut counts {
            sum += *count;
            *count = sum;
        }
        let shift = self.shift;
        self.entries.sort_by_key(|entry| hash(entry.window, shift));
        self.bitmap = bitmap.into_boxed_slice();
        self.starts = counts.into_boxed_slice();
    }

    /// Calls `found` with each literal that is in `bytes`.
    #[inline]
    pub(super) fn scan(&self, bytes: &[u8], found: &mut impl FnMut(u32)) {
        if self.entries.is_empty() {
            return;
        }
        // Four bytes are read at each place; the last places have fewer and are padded.
        let mut at = 0;
        for window in bytes.windows(4).step_by(W::STEP) {
            let raw = window
                .first_chunk()
                .map_or(0, |four| u32::from_le_bytes(*four));
            let value = masked::<W>(fold(raw));
            if self.may_hold(value) {
                self.confirm(bytes, at, value, found);
            }
            at += W::STEP;
        }
        while let Some(window) = bytes.get(at..at + W::BYTES) {
            let value = number_of_folded(window);
            if self.may_hold(value) {
                self.confirm(bytes, at, value, found);
            }
            at += W::STEP;
        }
    }

    #[inline]
    fn may_hold(&self, window: u32) -> bool {
        let bit = hash(window, self.shift);
        let word = self.bitmap.get(bit >> 6).copied().unwrap_or_default();
        word >> (bit & 63) & 1 != 0
    }

    #[inline(never)]
    fn confirm(&self, bytes: &[u8], at: usize, window: u32, found: &mut impl FnMut(u32)) {
        let bit = hash(window, self.shift);
        let start = self.starts.get(bit).copied().unwrap_or_default() as usize;
        let end = self.starts.get(bit + 1).copied().unwrap_or_default() as usize;
        for entry in self.entries.get(start..end).unwrap_or_default() {
            if entry.window == window && self.is_there(entry, bytes, at) {
                found(entry.literal);
            }
        }
    }

    fn is_there(&self, entry: &Entry, bytes: &[u8], at: usize) -> bool {
        let start = entry.start as usize;
        let literal = self.bytes.get(start..start + usize::from(entry.length));
        let begin = at.checked_sub(usize::from(entry.back));
        let there = begin.and_then(|begin| bytes.get(begin..begin + usize::from(entry.length)));
        match (literal, there) {
            (Some(literal), Some(there)) => there.eq_ignore_ascii_case(literal),
            _ => false,
        }
    }
}

/// The part of a literal with the rarest bytes.
fn best_region(folded: &[u8], length: usize) -> usize {
    let regions = folded.windows(length).enumerate();
    let best = regions.max_by_key(|(_, region)| super::super::keyword::strength(region));
    best.map_or(0, |(at, _)| at)
}

fn number(window: &[u8]) -> u32 {
    let place = |(at, byte): (usize, &u8)| u32::from(*byte) << (8 * at);
    window.iter().enumerate().map(place).sum()
}

fn number_of_folded(window: &[u8]) -> u32 {
    fold(number(window))
}

#[inline]
fn masked<W: Width>(value: u32) -> u32 {
    match W::BYTES {
        2 => value & 0xffff,
        3 => value & 0x00ff_ffff,
        _ => value,
    }
}

#[inline]
fn hash(window: u32, shift: u32) -> usize {
    (window.wrapping_mul(MULTIPLIER) >> shift) as usize
}

/// ASCII upper case to lower, four bytes at once.
#[inline]
fn fold(value: u32) -> u32 {
    const HIGH: u32 = 0x8080_8080;
    let low = value & !HIGH;
    let at_least_a = low + 0x3f3f_3f3f;
    let beyond_z = low + 0x2525_2525;
    let upper = (at_least_a & !beyond_z & !value) & HIGH;
    value | upper >> 2
}
