//! Literals found by hashing a few bytes at every so many places.

use std::marker::PhantomData;
use std::ops::Range;

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

/// Words of the largest bitmap: 16 KiB, which stay in the first-level cache. A window has two bits
/// of one word, so that some thousand literals let less than two percent of other windows through.
/// Few literals use the first words only: payloads go through the bitmaps of several groups of
/// rules in turn, and those should stay in the cache together.
const WORD_BITS: usize = 11;
const WORDS: usize = 1 << WORD_BITS;
/// Words of the smallest bitmap: four cache lines.
const LEAST_WORDS: usize = 32;
/// Lists of entries, at most twice as many as there are words: the first bits of a hash say which.
const LIST_BITS: usize = 12;
/// How far a run of one byte must reach before and after a window's start to be passed over.
const RUN_BEFORE: usize = 16;
const RUN_AFTER: usize = 16;
/// Bytes taken at once: four windows, whose bits are joined for one branch.
const BLOCK: usize = 16;

/// The literals of one width.
#[derive(Debug, Default)]
pub(super) struct WindowTable<W> {
    /// Two bits per hash; none without literals.
    bitmap: Option<Box<Bitmap>>,
    /// The bits of a hash that choose a list.
    list_mask: u32,
    /// Where the entries of each list start; one more for the last one's end.
    starts: Box<[u32]>,
    entries: Vec<Entry>,
    bytes: Vec<u8>,
    /// Bytes of which literals have whole windows.
    uniform: Vec<Uniform>,
    width: PhantomData<W>,
}

/// A byte that fills windows.
#[derive(Debug, Clone, Copy)]
struct Uniform {
    byte: u8,
    /// Whether each literal with such a window has another byte close by, so that none of them is
    /// in the middle of a long run.
    ends_runs: bool,
}

/// One window of one literal.
#[derive(Debug, Clone, Copy)]
struct Entry {
    window: u32,
    /// Four more bytes of the literal, or fewer when it is shorter, and where they are from the
    /// window's start: compared before anything else is touched.
    tag: u32,
    tag_at: i16,
    literal: u32,
    /// Where the literal's bytes start and how many they are.
    start: u32,
    length: u16,
    /// How far the window is from the literal's start.
    back: u16,
}

const MULTIPLIER: u32 = 0x9e37_79b1;

/// Bits for the windows that literals have.
#[derive(Debug)]
struct Bitmap {
    /// The words that are used, less one.
    mask: u32,
    words: [u64; WORDS],
}

impl Bitmap {
    fn for_windows(windows: usize) -> Self {
        let used = (windows / 2).next_power_of_two().clamp(LEAST_WORDS, WORDS);
        Self {
            mask: (used - 1) as u32,
            words: [0; WORDS],
        }
    }

    fn add(&mut self, window: u32) {
        let hash = hash(window);
        let place = self.place(hash);
        if let Some(word) = self.words.get_mut(place) {
            *word |= bits_of(hash);
        }
    }

    #[inline]
    fn place(&self, hash: u32) -> usize {
        (hash >> (32 - WORD_BITS) & self.mask) as usize & (WORDS - 1)
    }

    /// Whether a literal may have this window.
    #[inline]
    fn may_have(&self, window: u32) -> bool {
        let hash = hash(window);
        let bits = bits_of(hash);
        let word = self.words.get(self.place(hash)).copied();
        word.unwrap_or_default() & bits == bits
    }
}

impl<W: Width> WindowTable<W> {
    pub(super) fn add(&mut self, literal: u32, folded: &[u8]) {
        let start = u32::try_from(self.bytes.len()).unwrap_or(u32::MAX);
        self.bytes.extend_from_slice(folded);
        let best = best_region(folded, W::BYTES + W::STEP - 1);
        for back in best..best + W::STEP {
            let Some(window) = folded.get(back..back + W::BYTES) else {
                continue;
            };
            let tag_at = tag_place(folded, back, W::BYTES);
            let tag = folded.get(tag_at..).and_then(|rest| rest.first_chunk());
            let distance = signed_distance(back, tag_at).filter(|_| tag.is_some());
            self.note_uniform(folded, back);
            self.entries.push(Entry {
                window: number(window),
                tag: tag.map_or(0, |tag| u32::from_le_bytes(*tag)),
                tag_at: distance.unwrap_or(NO_TAG),
                literal,
                start,
                length: u16::try_from(folded.len()).unwrap_or(u16::MAX),
                back: u16::try_from(back).unwrap_or(u16::MAX),
            });
        }
    }

    /// Whether there is none.
    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.bitmap.is_none()
    }

    /// Remembers a window that is one byte over and over.
    fn note_uniform(&mut self, folded: &[u8], back: usize) {
        let window = folded.get(back..back + W::BYTES).unwrap_or_default();
        let Some((byte, rest)) = window.split_first() else {
            return;
        };
        if rest.iter().any(|other| other != byte) {
            return;
        }
        let near = back.saturating_sub(RUN_BEFORE)..folded.len().min(back + RUN_AFTER);
        let near = folded.get(near).unwrap_or_default();
        let ends_runs = near.iter().any(|other| other != byte);
        match self.uniform.iter_mut().find(|known| known.byte == *byte) {
            Some(known) => known.ends_runs &= ends_runs,
            None => self.uniform.push(Uniform {
                byte: *byte,
                ends_runs,
            }),
        }
    }

    /// Whether the windows that start there lie in a run of one byte that no literal can be in.
    #[inline]
    fn is_in_run(&self, bytes: &[u8], starts: Range<usize>) -> bool {
        let around = starts
            .start
            .checked_sub(RUN_BEFORE)
            .and_then(|before| bytes.get(before..starts.end + RUN_AFTER));
        let Some([byte, rest @ ..]) = around else {
            return false;
        };
        // Most are told apart by a look at the other end.
        if rest.last() != Some(byte) || rest.iter().any(|other| other != byte) {
            return false;
        }
        let known = self.uniform.iter().find(|known| known.byte == *byte);
        known.is_none_or(|known| known.ends_runs)
    }

    /// Builds the bitmap and sorts the entries by hash.
    pub(super) fn prepare(&mut self) {
        if self.entries.is_empty() {
            return;
        }
        let mut bitmap = Box::new(Bitmap::for_windows(self.entries.len()));
        self.list_mask = 2 * bitmap.mask + 1;
        let mut counts = vec![0_u32; self.list_mask as usize + 2];
        for entry in &self.entries {
            bitmap.add(entry.window);
            if let Some(count) = counts.get_mut(self.list_of(entry.window) + 1) {
                *count += 1;
            }
        }
        let mut sum = 0;
        for count in &mut counts {
            sum += *count;
            *count = sum;
        }
        let mut entries = std::mem::take(&mut self.entries);
        entries.sort_by_key(|entry| self.list_of(entry.window));
        self.entries = entries;
        self.bitmap = Some(bitmap);
        self.starts = counts.into_boxed_slice();
    }

    /// Calls `found` with each literal that is in `bytes`, which are in lower case.
    #[inline]
    pub(super) fn scan(&self, bytes: &[u8], found: &mut impl FnMut(u32)) {
        let Some(bitmap) = self.bitmap.as_deref() else {
            return;
        };
        for phase in (0..4).step_by(W::STEP) {
            self.scan_phase(bitmap, bytes, phase, found);
        }
    }

    /// Looks at every fourth place from `phase` on.
    #[inline]
    fn scan_phase(&self, bitmap: &Bitmap, bytes: &[u8], phase: usize, found: &mut impl FnMut(u32)) {
        let (blocks, _) = bytes.get(phase..).unwrap_or_default().as_chunks::<BLOCK>();
        for (number, block) in blocks.iter().enumerate() {
            let windows = windows_of::<W>(block);
            let hits = windows.map(|window| bitmap.may_have(window));
            if hits.into_iter().fold(false, |any, hit| any | hit) {
                let block_at = phase + number * BLOCK;
                if self.is_in_run(bytes, block_at..block_at + BLOCK) {
                    continue;
                }
                for (index, window) in windows.into_iter().enumerate() {
                    if bitmap.may_have(window) {
                        self.confirm(bytes, block_at + 4 * index, window, found);
                    }
                }
            }
        }
        let mut at = phase + blocks.len() * BLOCK;
        while let Some(window) = bytes.get(at..at + W::BYTES) {
            let value = number(window);
            if bitmap.may_have(value) {
                self.confirm(bytes, at, value, found);
            }
            at += 4;
        }
    }

    fn list_of(&self, window: u32) -> usize {
        (hash(window) >> (32 - LIST_BITS) & self.list_mask) as usize
    }

    fn confirm(&self, bytes: &[u8], at: usize, window: u32, found: &mut impl FnMut(u32)) {
        let list = self.list_of(window);
        let start = self.starts.get(list).copied().unwrap_or_default() as usize;
        let end = self.starts.get(list + 1).copied().unwrap_or_default() as usize;
        for entry in self.entries.get(start..end).unwrap_or_default() {
            if entry.window == window && entry.has_tag(bytes, at) && self.is_there(entry, bytes, at)
            {
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
            (Some(literal), Some(there)) => there == literal,
            _ => false,
        }
    }
}

/// The part of a literal with the rarest bytes.
pub(super) fn best_region(folded: &[u8], length: usize) -> usize {
    let regions = folded.windows(length).enumerate();
    let best = regions.max_by_key(|(_, region)| super::super::keyword::strength(region));
    best.map_or(0, |(at, _)| at)
}

fn number(window: &[u8]) -> u32 {
    let place = |(at, byte): (usize, &u8)| u32::from(*byte) << (8 * at);
    window.iter().enumerate().map(place).sum()
}

/// The windows at every fourth byte of a block.
#[inline]
fn windows_of<W: Width>(block: &[u8; BLOCK]) -> [u32; 4] {
    let whole = u128::from_le_bytes(*block);
    let (low, high) = (whole as u64, (whole >> 64) as u64);
    [low, low >> 32, high, high >> 32].map(|half| masked::<W>(half as u32))
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
fn hash(window: u32) -> u32 {
    window.wrapping_mul(MULTIPLIER)
}

/// Two bits of a word, chosen by what does not choose the word. Looked up, because shifts by a
/// variable cost more than a load from the first-level cache.
#[inline]
fn bits_of(hash: u32) -> u64 {
    let pair = MASKS.get((hash >> 8 & 0xff) as usize).copied();
    pair.unwrap_or_default()
}

/// Pairs of bits.
#[allow(
    clippy::indexing_slicing,
    reason = "runs in the compiler, which checks it"
)]
static MASKS: [u64; 256] = {
    let mut masks = [0; 256];
    let mut number = 0;
    while number < masks.len() {
        let second = (number / 4 + 1 + 17 * (number % 4)) % 64;
        masks[number] = 1 << (number / 4) | 1 << second;
        number += 1;
    }
    masks
};

/// Places that a tag is looked for at.
const MAX_TAG_PLACES: usize = 64;
/// Marks literals that are too short for a tag.
const NO_TAG: i16 = i16::MIN;

/// Where a literal's tag is: where it tells most beside the window. Bytes that the window has, too,
/// tell little, as runs of one byte are common: zeros above all.
fn tag_place(folded: &[u8], back: usize, width: usize) -> usize {
    let window = folded.get(back..back + width).unwrap_or_default();
    let news = |place: &usize| -> (usize, usize) {
        let outside = (*place..*place + 4).filter(|at| !(back..back + width).contains(at));
        let others = outside.clone().filter_map(|at| folded.get(at));
        let new = others.filter(|byte| !window.contains(byte)).count();
        (new, outside.count())
    };
    let places = 0..folded.len().saturating_sub(3).min(MAX_TAG_PLACES);
    places.max_by_key(news).unwrap_or_default()
}

/// How far it is from one place to another; none when it is further than a tag may be.
fn signed_distance(from: usize, to: usize) -> Option<i16> {
    match to.checked_sub(from) {
        Some(after) => i16::try_from(after).ok(),
        None => i16::try_from(from - to).ok().map(i16::wrapping_neg),
    }
}

impl Entry {
    #[inline]
    fn has_tag(&self, bytes: &[u8], at: usize) -> bool {
        if self.tag_at == NO_TAG {
            return true;
        }
        let place = at.checked_add_signed(self.tag_at.into());
        let there = place.and_then(|place| bytes.get(place..)?.first_chunk());
        there.is_some_and(|there| u32::from_le_bytes(*there) == self.tag)
    }
}

#[cfg(test)]
mod tests;
