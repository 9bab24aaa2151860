//! A bounded table of small values per host, host pair or rule, shared by the workers.
//!
//! It is only reached when a rule that asks for it has otherwise matched, so its locks are off
//! the packet's common road. Memory is fixed: buckets of four, where the longest untouched
//! entry makes place. A flood of addresses can thus push out counters, at worst giving an alert
//! too many or too few; it is counted, and the table cannot grow.

use std::hash::BuildHasher;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use foldhash::fast::RandomState;

/// Entries of a table with the default size: 4 MiB, some hours of a busy site's alerting hosts.
pub(crate) const DEFAULT_ENTRIES: usize = 65_536;
const WAYS: usize = 4;

/// What a value is kept for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct HostKey {
    /// Rule or name, and which use of it.
    pub(crate) id: (u32, u32),
    pub(crate) first: u128,
    pub(crate) second: u128,
}

#[derive(Debug, Clone, Copy)]
struct Entry<V> {
    key: HostKey,
    touched: i64,
    value: V,
}

type Bucket<V> = [Option<Entry<V>>; WAYS];

/// The table.
#[derive(Debug)]
pub(crate) struct HostTable<V> {
    buckets: Box<[Mutex<Bucket<V>>]>,
    hasher: RandomState,
    evicted: AtomicU64,
    /// Whether anything was ever put in.
    used: AtomicBool,
}

impl<V: Copy + Default> HostTable<V> {
    pub(crate) fn new(entries: usize) -> Self {
        let buckets = (entries / WAYS).max(1);
        Self {
            buckets: (0..buckets).map(|_| Mutex::new([None; WAYS])).collect(),
            hasher: RandomState::default(),
            evicted: AtomicU64::new(0),
            used: AtomicBool::new(false),
        }
    }

    /// Works on the key's value; a new one starts as the default.
    pub(crate) fn update<R>(
        &self,
        key: HostKey,
        now: i64,
        work: impl FnOnce(&mut V) -> R,
    ) -> Option<R> {
        let mut bucket = self
            .bucket(&key)?
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let place = Self::place(&bucket, &key);
        let slot = bucket.get_mut(place)?;
        let entry = match slot {
            Some(entry) if entry.key == key => entry,
            other => {
                if other.is_some() {
                    self.evicted.fetch_add(1, Ordering::Relaxed);
                }
                self.used.store(true, Ordering::Release);
                other.insert(Entry {
                    key,
                    touched: now,
                    value: V::default(),
                })
            }
        };
        entry.touched = now;
        Some(work(&mut entry.value))
    }

    /// The key's value, when it has one.
    pub(crate) fn get(&self, key: HostKey) -> Option<V> {
        let bucket = self
            .bucket(&key)?
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let mut entries = bucket.iter().flatten();
        entries
            .find(|entry| entry.key == key)
            .map(|entry| entry.value)
    }

    /// Whether nothing was ever put in, which is told without a lock.
    #[inline]
    pub(crate) fn is_unused(&self) -> bool {
        !self.used.load(Ordering::Acquire)
    }

    /// Entries that had to make place.
    pub(crate) fn evicted(&self) -> u64 {
        self.evicted.load(Ordering::Relaxed)
    }

    fn bucket(&self, key: &HostKey) -> Option<&Mutex<Bucket<V>>> {
        let hash = self.hasher.hash_one(key) as usize;
        self.buckets.get(hash.checked_rem(self.buckets.len())?)
    }

    /// The key's own place, else a free one, else the longest untouched.
    fn place(bucket: &Bucket<V>, key: &HostKey) -> usize {
        let rank = |slot: &Option<Entry<V>>| match slot {
            Some(entry) if entry.key == *key => (0, 0),
            None => (1, 0),
            Some(entry) => (2, entry.touched),
        };
        let best = bucket.iter().enumerate().min_by_key(|(_, slot)| rank(slot));
        best.map_or(0, |(place, _)| place)
    }
}
