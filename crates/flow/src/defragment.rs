//! Puts fragmented IP datagrams together again, within a fixed amount of memory.
//!
//! RFC 791 and RFC 8200, section 4.5. When fragments overlap, operating systems differ
//! in whose bytes they keep; [`Policy`] says which to follow. Overlapping IPv6 fragments make
//! hosts discard the datagram (RFC 5722); here they are put together all the same by default, as
//! Suricata does, because what an old host accepts must not be hidden, and a fault tells.

use std::hash::BuildHasher;

use foldhash::quality::RandomState;
use hashbrown::HashTable;
use wirewatch_decode::{Datagram, Fault, Fragment};

use crate::clock::SECOND;
use crate::flow::Packet;
use crate::key::Scope;
use crate::lists::Lists;

mod pieces;
mod policy;
mod rebuild;

use pieces::{Added, Pieces};
pub use policy::Policy;

/// What an IP datagram can be at most: its length has 16 bits.
const MAX_DATAGRAM: usize = 65_535;
/// Bookkeeping of one incomplete datagram, counted against the memory limit beside its bytes.
const OVERHEAD: usize = size_of::<Partial>() + 32;

/// Settings of a defragmenter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DefragmentConfig {
    /// Incomplete datagrams kept at once; the oldest goes first.
    pub max_datagrams: usize,
    /// Memory for their fragments, bookkeeping included.
    pub max_bytes: usize,
    /// Seconds after the first fragment when a datagram is given up (RFC 8200: 60).
    pub timeout_s: u32,
    /// Whose bytes are kept where fragments overlap.
    pub policy: Policy,
    /// Whether overlapping IPv6 fragments make the datagram be discarded, as RFC 5722 demands of hosts.
    pub drop_ipv6_overlaps: bool,
}

impl Default for DefragmentConfig {
    fn default() -> Self {
        Self {
            max_datagrams: 65_535,
            max_bytes: 32 << 20,
            timeout_s: 60,
            policy: Policy::Bsd,
            drop_ipv6_overlaps: false,
        }
    }
}

/// What a fragment led to.
#[derive(Debug, Clone, Copy, Default)]
pub struct Outcome<'a> {
    /// The whole datagram, if this was the last missing fragment.
    pub complete: Option<Reassembled<'a>>,
    /// What is wrong with the fragment.
    pub fault: Option<Fault>,
}

/// A datagram that was put together.
#[derive(Debug, Clone, Copy)]
pub struct Reassembled<'a> {
    /// An IP header without a trace of fragments, and everything behind it.
    pub bytes: &'a [u8],
    /// How many packets it came in.
    pub packets: u32,
    /// The bytes of their frames on the wire.
    pub wire_bytes: u64,
    /// When the first of them came, in nanoseconds.
    pub first_ts: u64,
}

/// What a defragmenter did so far. Each fragment is in exactly one of `kept`, `duplicates` and the refused.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DefragmentCounters {
    /// Fragments that came.
    pub fragments: u64,
    /// Fragments that had something new.
    pub kept: u64,
    /// Fragments that repeated others in full.
    pub duplicates: u64,
    /// Fragments refused because they end beyond the largest datagram.
    pub too_large: u64,
    /// Fragments refused because they have no bytes.
    pub empty: u64,
    /// Fragments refused because the capture has only a part of them.
    pub cut: u64,
    /// Fragments refused because their datagram has too many pieces.
    pub too_many_pieces: u64,
    /// Fragments that overlapped others.
    pub overlaps: u64,
    /// Datagrams put together.
    pub reassembled: u64,
    /// Datagrams that were still incomplete after the timeout.
    pub timeout: u64,
    /// Datagrams given up to stay within `max_datagrams`.
    pub evicted_count: u64,
    /// Datagrams given up to stay within `max_bytes`.
    pub evicted_memory: u64,
    /// Datagrams discarded because IPv6 fragments overlapped, or because together they are too large.
    pub discarded: u64,
}

/// Fragments of one datagram have these in common.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
struct PartialKey {
    source: u128,
    destination: u128,
    identification: u32,
    /// Of IPv4 only: in IPv6 it stands in each fragment's header and only the first one's counts.
    protocol: u8,
    version: u8,
    scope: Scope,
}

impl PartialKey {
    fn new(datagram: &Datagram, fragment: &Fragment, scope: &Scope) -> Self {
        Self {
            source: datagram.source,
            destination: datagram.destination,
            identification: datagram.identification,
            protocol: if datagram.version == 4 {
                fragment.next_protocol
            } else {
                0
            },
            version: datagram.version,
            scope: *scope,
        }
    }
}

/// An incomplete datagram.
#[derive(Debug, Default)]
struct Partial {
    key: PartialKey,
    first_ts: u64,
    wire_bytes: u64,
    packets: u32,
    /// The first fragment's IP headers, as they are rebuilt; empty until it comes.
    headers: Vec<u8>,
    pieces: Pieces,
}

impl Partial {
    fn bytes(&self) -> usize {
        OVERHEAD + self.headers.capacity() + self.pieces.bytes()
    }
}

/// A fragment's bytes; without those after the last full eight when more fragments follow, as Linux does,
/// because nothing can continue them.
fn bytes_of<'f>(fragment: &Fragment, frame: &'f [u8]) -> &'f [u8] {
    let start = fragment.data_offset as usize;
    let length = fragment.data_length as usize;
    let usable = if fragment.more {
        length / 8 * 8
    } else {
        length
    };
    frame
        .get(start..start.saturating_add(usable))
        .unwrap_or_default()
}

/// Incomplete datagrams of one worker.
#[derive(Debug)]
pub struct Defragmenter {
    config: DefragmentConfig,
    hasher: RandomState,
    index: HashTable<u32>,
    partials: Vec<Partial>,
    /// Two lists: incomplete datagrams by age, and free places.
    lists: Lists,
    live: usize,
    bytes: usize,
    output: Vec<u8>,
    counters: DefragmentCounters,
}

const BY_AGE: u32 = 0;
const FREE: u32 = 1;

impl Defragmenter {
    /// A defragmenter without datagrams.
    pub fn new(config: DefragmentConfig) -> Self {
        Self {
            config,
            hasher: RandomState::default(),
            index: HashTable::new(),
            partials: Vec::new(),
            lists: Lists::new(2, 0),
            live: 0,
            bytes: 0,
            output: Vec::new(),
            counters: DefragmentCounters::default(),
        }
    }

    /// Takes a fragment: `datagram` as decoded from `frame`.
    ///
    /// Gives the whole datagram when this was the last missing part. Its bytes are to be decoded as an IP
    /// datagram and stay until the next call. Datagrams that are not fragments are ignored.
    pub fn push(
        &mut self,
        datagram: &Datagram,
        frame: &[u8],
        scope: &Scope,
        packet: &Packet,
    ) -> Outcome<'_> {
        let mut outcome = Outcome::default();
        let Some(fragment) = &datagram.fragment else {
            return outcome;
        };
        self.counters.fragments += 1;
        self.expire(packet.ts);
        self.make_room();
        let data = bytes_of(fragment, frame);
        if let Err(fault) = self.check(datagram, fragment, data) {
            outcome.fault = fault;
            return outcome;
        }
        let place = self.find_or_begin(PartialKey::new(datagram, fragment, scope), packet);
        let headers = (fragment.offset == 0).then(|| rebuild::headers(datagram, fragment, frame));
        outcome.fault = self.add(place, fragment, data, headers, packet);
        outcome.complete = self.complete(place);
        outcome
    }

    /// Refuses a fragment that cannot be kept, with the fault that this is, if it is one.
    fn check(
        &mut self,
        datagram: &Datagram,
        fragment: &Fragment,
        data: &[u8],
    ) -> Result<(), Option<Fault>> {
        let headers = (fragment.data_offset.saturating_sub(datagram.ip_offset) as usize).min(60);
        let (room, fault) = if datagram.version == 4 {
            (MAX_DATAGRAM - headers, Fault::Ipv4FragmentTooLarge)
        } else {
            (MAX_DATAGRAM, Fault::Ipv6FragmentTooLarge)
        };
        if fragment.offset as usize + data.len() > room {
            self.counters.too_large += 1;
            return Err(Some(fault));
        }
        // An empty last fragment would only say where the datagram ends; no host sends one. What the
        // capture cut can never be whole.
        if data.is_empty() {
            self.counters.empty += 1;
            return Err(None);
        }
        if datagram.payload_wire_length > datagram.payload_length {
            self.counters.cut += 1;
            return Err(None);
        }
        Ok(())
    }

    fn find_or_begin(&mut self, key: PartialKey, packet: &Packet) -> u32 {
        let hash = self.hasher.hash_one(key);
        let partials = &self.partials;
        let is_match = |place: &u32| {
            partials
                .get(*place as usize)
                .is_some_and(|partial| partial.key == key)
        };
        if let Some(place) = self.index.find(hash, is_match) {
            return *place;
        }
        if self.live >= self.config.max_datagrams.max(1) {
            self.counters.evicted_count += u64::from(self.drop_oldest());
        }
        let place = self.take_place();
        if let Some(partial) = self.partials.get_mut(place as usize) {
            partial.key = key;
            partial.first_ts = packet.ts;
        }
        let (hasher, partials) = (&self.hasher, &self.partials);
        self.index.insert_unique(hash, place, |place| {
            partials
                .get(*place as usize)
                .map_or(0, |partial| hasher.hash_one(partial.key))
        });
        self.lists.push_back(BY_AGE, place);
        self.live += 1;
        self.bytes += OVERHEAD;
        place
    }

    fn take_place(&mut self) -> u32 {
        if let Some(place) = self.lists.last(FREE) {
            self.lists.unlink(place);
            return place;
        }
        let place = self.partials.len() as u32;
        self.partials.push(Partial::default());
        self.lists.ensure(place);
        place
    }

    fn add(
        &mut self,
        place: u32,
        fragment: &Fragment,
        data: &[u8],
        headers: Option<Vec<u8>>,
        packet: &Packet,
    ) -> Option<Fault> {
        let partial = self.partials.get_mut(place as usize)?;
        let before = partial.bytes();
        partial.packets = partial.packets.saturating_add(packet.packets);
        partial.wire_bytes += packet.wire_bytes;
        if partial.headers.is_empty() {
            partial.headers = headers.unwrap_or_default();
        }
        let added = partial.pieces.add(
            u32::from(fragment.offset),
            data,
            !fragment.more,
            self.config.policy,
        );
        let (after, version) = (partial.bytes(), partial.key.version);
        self.bytes = self.bytes.saturating_sub(before).saturating_add(after);
        let fault = self.note(added, version);
        if added == Added::Overlapping && version == 6 && self.config.drop_ipv6_overlaps {
            self.counters.discarded += 1;
            self.release(place);
        }
        fault
    }

    fn note(&mut self, added: Added, version: u8) -> Option<Fault> {
        match added {
            Added::New => {
                self.counters.kept += 1;
                None
            }
            Added::Duplicate => {
                self.counters.duplicates += 1;
                None
            }
            Added::Overlapping => {
                self.counters.kept += 1;
                self.counters.overlaps += 1;
                Some(if version == 4 {
                    Fault::Ipv4FragmentOverlap
                } else {
                    Fault::Ipv6FragmentOverlap
                })
            }
            Added::TooMany => {
                self.counters.too_many_pieces += 1;
                Some(if version == 4 {
                    Fault::Ipv4FragmentIgnored
                } else {
                    Fault::Ipv6FragmentIgnored
                })
            }
        }
    }

    /// Gives up the oldest datagrams until the memory limit holds. Done before a fragment is taken, so that
    /// the one that completes a datagram never drives it out; the limit is exceeded by one fragment at most.
    fn make_room(&mut self) {
        while self.bytes > self.config.max_bytes && self.drop_oldest() {
            self.counters.evicted_memory += 1;
        }
    }

    fn complete(&mut self, place: u32) -> Option<Reassembled<'_>> {
        let partial = self.partials.get(place as usize)?;
        let length = partial.pieces.complete_length()?;
        if partial.headers.is_empty() {
            return None;
        }
        self.output.clear();
        let fits = rebuild::datagram(&partial.headers, &partial.pieces, length, &mut self.output);
        let (packets, wire_bytes, first_ts) =
            (partial.packets, partial.wire_bytes, partial.first_ts);
        self.release(place);
        if !fits {
            self.counters.discarded += 1;
            return None;
        }
        self.counters.reassembled += 1;
        Some(Reassembled {
            bytes: &self.output,
            packets,
            wire_bytes,
            first_ts,
        })
    }

    /// Gives up datagrams whose time is over. When capture time goes back they wait longer,
    /// and when it leaps ahead they go early: the limits hold either way.
    pub fn expire(&mut self, now: u64) {
        let timeout = u64::from(self.config.timeout_s) * SECOND;
        while let Some(partial) = self
            .lists
            .first(BY_AGE)
            .and_then(|oldest| self.partials.get(oldest as usize))
        {
            if now.saturating_sub(partial.first_ts) <= timeout {
                break;
            }
            self.counters.timeout += u64::from(self.drop_oldest());
        }
    }

    fn drop_oldest(&mut self) -> bool {
        let oldest = self.lists.first(BY_AGE);
        if let Some(place) = oldest {
            self.release(place);
        }
        oldest.is_some()
    }

    /// Frees a place.
    fn release(&mut self, place: u32) {
        let Some(partial) = self.partials.get_mut(place as usize) else {
            return;
        };
        let released = std::mem::take(partial);
        self.bytes = self.bytes.saturating_sub(released.bytes());
        let hash = self.hasher.hash_one(released.key);
        if let Ok(entry) = self.index.find_entry(hash, |other| *other == place) {
            entry.remove();
            self.live -= 1;
        }
        self.lists.unlink(place);
        self.lists.push_back(FREE, place);
    }

    /// Incomplete datagrams at the moment.
    pub fn len(&self) -> usize {
        self.live
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.live == 0
    }

    /// Memory of incomplete datagrams at the moment, in bytes.
    pub fn memory_bytes(&self) -> usize {
        self.bytes
    }

    /// What was done so far.
    pub fn counters(&self) -> &DefragmentCounters {
        &self.counters
    }
}

#[cfg(test)]
mod tests;
