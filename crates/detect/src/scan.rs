//! Who looks for open ports: port scans, host sweeps, both mixed, and stealth probes.
//!
//! State is kept by *source* and shared by all workers, because flows of one scan spread
//! over every worker. The flow table tells of each new flow ([`ScanTracker::attempt`]) and
//! of what became of it ([`ScanTracker::outcome`]); an attempt without an answer counts as
//! failed three seconds of capture time later, so that a scan is told while it runs.
//!
//! What is asked of a source, after threshold random walk (Jung et al., IEEE S&P 2004) and
//! simple-scan: enough distinct targets that failed, in a window, and at least twice as many
//! failures as answered first contacts. A browser, a resolver, a proxy or a monitor is mostly
//! answered; a peer-to-peer client mostly is not, but it tries one port per host and few
//! hosts per port, so only its floor on hosts is higher ([`ScanConfig::hosts_from_local`]).
//!
//! Not counted at all: multicast and broadcast, name and service discovery, traceroute's
//! ports, UDP replies whose question was not seen, and unanswered UDP to high ports without a
//! registered service (media streams, peer-to-peer). TCP attempts are SYN segments only, so
//! backscatter and flows that began before the capture are never attempts.

mod config;
mod judge;
mod report;
mod scope;
mod shard;
mod sketch;
mod source;

use std::{
    hash::BuildHasher,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicI64, Ordering},
    },
};

use foldhash::fast::FixedState;

pub use config::ScanConfig;
use scope::Weight;
pub(crate) use scope::{is_private, within};
use shard::Shard;

use crate::finding::Finding;

const SECOND: i64 = 1_000_000_000;
/// A power of two; enough that workers rarely wait for each other.
const SHARDS: usize = 32;

/// A new flow, as far as scans care.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attempt {
    /// Capture time in nanoseconds.
    pub ts: i64,
    /// Who opened the flow.
    pub source: u128,
    /// Who was called.
    pub destination: u128,
    /// IP protocol number; ICMP has the ports 0.
    pub protocol: u8,
    /// The opener's port.
    pub source_port: u16,
    /// The port that was called.
    pub port: u16,
}

/// What became of a flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// A SYN/ACK, or any datagram back.
    Answered,
    /// A reset, or an ICMP error about it.
    Refused,
    /// The flow timed out without a packet back.
    Unanswered,
}

/// What the tracker has done so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ScanCounters {
    /// Sources that are followed now.
    pub sources: u64,
    /// Sources that were forgotten to make room.
    pub evicted: u64,
    /// Attempts of sources that found no room.
    pub refused: u64,
}

/// Follows every source that opens flows.
#[derive(Debug)]
pub struct ScanTracker {
    config: ScanConfig,
    hasher: FixedState,
    shards: Vec<Mutex<Shard>>,
    next_advance: AtomicI64,
}

impl ScanTracker {
    /// Starts with no source.
    pub fn new(config: ScanConfig) -> Self {
        let per_shard = config.max_sources.div_ceil(SHARDS).max(4);
        Self {
            hasher: FixedState::with_seed(config.seed),
            config,
            shards: (0..SHARDS)
                .map(|_| Mutex::new(Shard::new(per_shard)))
                .collect(),
            next_advance: AtomicI64::new(0),
        }
    }

    /// A flow is new: a SYN, a first datagram, an echo request.
    pub fn attempt(&self, attempt: &Attempt, findings: &mut Vec<Finding>) {
        let weight = scope::weigh(attempt);
        if weight == Weight::None || self.config.ignores(attempt.source) {
            return;
        }
        let hash = self.hash(attempt.source);
        if let Some(mut shard) = self.shard(hash) {
            shard.attempt(hash, attempt, weight, &self.config, findings);
        }
    }

    /// The flow of that attempt was answered, refused, or ended without either.
    pub fn outcome(&self, attempt: &Attempt, outcome: Outcome, findings: &mut Vec<Finding>) {
        if scope::weigh(attempt) == Weight::None || self.config.ignores(attempt.source) {
            return;
        }
        let hash = self.hash(attempt.source);
        if let Some(mut shard) = self.shard(hash) {
            shard.outcome(hash, attempt, outcome, &self.config, findings);
        }
    }

    /// A TCP segment outside of any flow. Only those with flags that nothing but a scanner
    /// sends count: none, FIN alone, FIN with PSH and URG, SYN with FIN. A bare ACK is
    /// ordinary traffic whose beginning was not seen.
    pub fn stray(&self, attempt: &Attempt, flags: u8, findings: &mut Vec<Finding>) {
        const WITHOUT_ECN: u8 = 0x3f;
        let is_probe = matches!(flags & WITHOUT_ECN, 0x00 | 0x01 | 0x29 | 0x03);
        if !is_probe || scope::is_special(attempt) || self.config.ignores(attempt.source) {
            return;
        }
        let hash = self.hash(attempt.source);
        if let Some(mut shard) = self.shard(hash) {
            shard.stealth(hash, attempt, &self.config, findings);
        }
    }

    /// Capture time has come to `ts`: judges sources whose attempts have waited long enough.
    /// May be called as often as one likes, by every worker.
    pub fn advance(&self, ts: i64, findings: &mut Vec<Finding>) {
        let next = self.next_advance.load(Ordering::Relaxed);
        if ts < next {
            return;
        }
        let mine = self.next_advance.compare_exchange(
            next,
            ts.saturating_add(SECOND),
            Ordering::Relaxed,
            Ordering::Relaxed,
        );
        if mine.is_ok() {
            self.judge_due(ts, findings);
        }
    }

    /// The capture is over: nothing that is still waiting will be answered.
    pub fn finish(&self, ts: i64, findings: &mut Vec<Finding>) {
        self.judge_due(ts.saturating_add(self.config.answer()), findings);
    }

    fn judge_due(&self, ts: i64, findings: &mut Vec<Finding>) {
        for shard in &self.shards {
            lock(shard).advance(ts, &self.config, findings);
        }
    }

    /// What has happened so far.
    pub fn counters(&self) -> ScanCounters {
        let mut sum = ScanCounters::default();
        for shard in &self.shards {
            let counters = lock(shard).counters();
            sum.sources += counters.sources;
            sum.evicted += counters.evicted;
            sum.refused += counters.refused;
        }
        sum
    }

    fn hash(&self, source: u128) -> u64 {
        self.hasher.hash_one(source)
    }

    /// The table inside a shard uses the low and the highest bits, so the shard takes others.
    fn shard(&self, hash: u64) -> Option<MutexGuard<'_, Shard>> {
        self.shards.get((hash >> 40) as usize % SHARDS).map(lock)
    }
}

/// A panic while holding the lock costs one source's state, nothing that could be wrong later.
fn lock(shard: &Mutex<Shard>) -> MutexGuard<'_, Shard> {
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
