//! Files that come in parts, put together (RFC 9110, section 14): whoever asks for them piece by piece,
//! over several connections at once, gets one file all the same.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use foldhash::fast::RandomState;
use hashbrown::HashMap;

use super::file::{FileWays, OpenFile};

/// Files that are put together at once; few programs download in parts, one or two files at a time.
const MAX_WHOLES: usize = 256;
/// Bytes of one part; programs that ask for parts ask for some megabytes.
pub(super) const MAX_PART: u64 = 8 << 20;
/// Bytes of parts that wait for the ones before them, all files together.
const MAX_WAITING: usize = 32 << 20;
/// Parts of one file that wait; players and updaters have a few under way.
const MAX_PARTS: usize = 1_024;
/// A file of which nothing has come for so long may be forgotten, nanoseconds of capture time.
const FORGOTTEN_AFTER: i64 = 60_000_000_000;

/// A part of a file, as it is gathered.
#[derive(Debug)]
pub(crate) struct Part {
    /// Which file it is of: where it was asked for.
    pub(super) whole: Box<[u8]>,
    pub(super) start: u64,
    /// The byte behind its last one.
    pub(super) end: u64,
    /// Bytes of the whole file.
    pub(super) size: u64,
    pub(super) bytes: Vec<u8>,
}

/// Files that are put together; shared by all workers.
#[derive(Default)]
pub(crate) struct Wholes {
    inner: Mutex<Inner>,
    /// Files given up: too many, too large, or never completed when their place was needed.
    pub(crate) given_up: AtomicU64,
    next: AtomicU64,
}

#[derive(Default)]
struct Inner {
    wholes: HashMap<Box<[u8]>, Whole, RandomState>,
    waiting: usize,
}

struct Whole {
    /// What came without a hole so far.
    file: OpenFile,
    size: u64,
    /// Later parts by where they begin.
    parts: BTreeMap<u64, Vec<u8>>,
    ts: i64,
}

impl std::fmt::Debug for Wholes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Wholes").finish_non_exhaustive()
    }
}

impl Wholes {
    /// Adds a part that is complete; gives the file when that was the last one missing. `begin` makes
    /// the file when it is the first.
    pub(crate) fn add(
        &self,
        part: Part,
        now: i64,
        ways: &FileWays,
        begin: impl FnOnce(u32) -> OpenFile,
    ) -> Option<OpenFile> {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let key = part.whole.clone();
        if inner
            .wholes
            .get(&key)
            .is_some_and(|whole| whole.size != part.size)
        {
            self.give_up(&mut inner, &key);
        }
        if !inner.wholes.contains_key(&key) {
            if inner.wholes.len() >= MAX_WHOLES {
                self.forget(&mut inner, now);
            }
            if inner.wholes.len() >= MAX_WHOLES {
                self.given_up.fetch_add(1, Ordering::Relaxed);
                return None;
            }
            // The upper half of the numbers is theirs; parsers count from 0.
            let number = self.next.fetch_add(1, Ordering::Relaxed) as u32 | 1 << 31;
            let whole = Whole {
                file: begin(number),
                size: part.size,
                parts: BTreeMap::new(),
                ts: now,
            };
            inner.wholes.insert(key.clone(), whole);
        }
        let Inner { wholes, waiting } = &mut *inner;
        let whole = wholes.get_mut(&key)?;
        whole.ts = now;
        if !whole.take(part, waiting, ways) {
            self.give_up(&mut inner, &key);
            return None;
        }
        if whole.file.size() < whole.size {
            return None;
        }
        let whole = inner.remove(&key)?;
        Some(whole.file)
    }

    fn give_up(&self, inner: &mut Inner, key: &[u8]) {
        inner.remove(key);
        self.given_up.fetch_add(1, Ordering::Relaxed);
    }

    /// Forgets the files of which nothing has come for long.
    #[cold]
    fn forget(&self, inner: &mut Inner, now: i64) {
        let Inner { wholes, waiting } = inner;
        let before = wholes.len();
        wholes.retain(|_, whole| {
            let stays = now.saturating_sub(whole.ts) < FORGOTTEN_AFTER;
            if !stays {
                *waiting = waiting.saturating_sub(whole.waiting());
            }
            stays
        });
        let forgotten = (before - wholes.len()) as u64;
        self.given_up.fetch_add(forgotten, Ordering::Relaxed);
    }
}

impl Inner {
    fn remove(&mut self, key: &[u8]) -> Option<Whole> {
        let whole = self.wholes.remove(key)?;
        self.waiting = self.waiting.saturating_sub(whole.waiting());
        Some(whole)
    }
}

impl Whole {
    fn waiting(&self) -> usize {
        self.parts.values().map(Vec::len).sum()
    }

    /// Takes a part, and what waited for it; false when there is no room.
    fn take(&mut self, part: Part, waiting: &mut usize, ways: &FileWays) -> bool {
        if part.start > self.file.size() {
            return self.keep(part, waiting);
        }
        self.append(part.start, &part.bytes, ways);
        while let Some(entry) = self.parts.first_entry() {
            if *entry.key() > self.file.size() {
                break;
            }
            let (start, bytes) = entry.remove_entry();
            *waiting = waiting.saturating_sub(bytes.len());
            self.append(start, &bytes, ways);
        }
        true
    }

    fn keep(&mut self, part: Part, waiting: &mut usize) -> bool {
        let known = self.parts.get(&part.start).map_or(0, Vec::len);
        if known >= part.bytes.len() {
            return true;
        }
        let after = waiting.saturating_sub(known) + part.bytes.len();
        if after > MAX_WAITING || self.parts.len() >= MAX_PARTS {
            return false;
        }
        *waiting = after;
        self.parts.insert(part.start, part.bytes);
        true
    }

    /// Adds what of some bytes is new.
    fn append(&mut self, start: u64, bytes: &[u8], ways: &FileWays) {
        let known = self.file.size().saturating_sub(start);
        let known = usize::try_from(known).unwrap_or(usize::MAX);
        if let Some(fresh) = bytes.get(known..).filter(|fresh| !fresh.is_empty()) {
            self.file.data(fresh, ways);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(start: u64, bytes: &[u8], size: u64) -> Part {
        Part {
            whole: b"example.com/a"[..].into(),
            start,
            end: start + bytes.len() as u64,
            size,
            bytes: bytes.to_vec(),
        }
    }

    fn add(wholes: &Wholes, part: Part, now: i64) -> Option<OpenFile> {
        let ways = FileWays::default();
        let begin = |number| OpenFile::new(&ways, 0, wirewatch_proto::Side::Server, number, b"a");
        wholes.add(part, now, &ways, begin)
    }

    #[test]
    fn parts_in_any_order_and_overlapping_are_one_file() {
        let wholes = Wholes::default();
        assert!(add(&wholes, part(6, b"6789", 10), 0).is_none());
        assert!(add(&wholes, part(6, b"67", 10), 0).is_none());
        assert!(add(&wholes, part(0, b"0123", 10), 0).is_none());
        let file = add(&wholes, part(2, b"23456", 10), 0).unwrap();
        assert_eq!((file.size(), file.head()), (10, &b"0123456789"[..]));
        assert_eq!(wholes.inner.lock().unwrap().waiting, 0);
    }

    #[test]
    fn a_file_that_changes_its_size_begins_anew() {
        let wholes = Wholes::default();
        assert!(add(&wholes, part(0, b"01", 10), 0).is_none());
        assert!(add(&wholes, part(0, b"01", 4), 0).is_none());
        assert!(add(&wholes, part(2, b"23", 4), 0).is_some());
        assert_eq!(wholes.given_up.load(Ordering::Relaxed), 1);
    }

    #[test]
    fn old_files_make_room_for_new_ones_and_are_counted() {
        let wholes = Wholes::default();
        for number in 0..=MAX_WHOLES {
            let whole = number.to_string().into_bytes().into();
            let part = Part {
                whole,
                ..part(0, b"01", 10)
            };
            let now = if number == MAX_WHOLES {
                FORGOTTEN_AFTER
            } else {
                0
            };
            add(&wholes, part, now);
        }
        assert_eq!(wholes.inner.lock().unwrap().wholes.len(), 1);
        assert_eq!(wholes.given_up.load(Ordering::Relaxed), MAX_WHOLES as u64);
    }

    #[test]
    fn what_waits_is_bounded() {
        let wholes = Wholes::default();
        let bytes = vec![0; MAX_PART as usize];
        for number in 1..=5_u64 {
            add(&wholes, part(number * (MAX_PART + 1), &bytes, 1 << 40), 0);
        }
        assert_eq!(wholes.given_up.load(Ordering::Relaxed), 1);
        assert_eq!(wholes.inner.lock().unwrap().waiting, 0);
    }
}
