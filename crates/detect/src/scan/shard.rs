//! A share of the sources, behind one lock.

use std::collections::VecDeque;

use foldhash::fast::FixedState;
use hashbrown::{HashMap, HashTable};

use super::{
    Attempt, Outcome, SECOND, ScanConfig, ScanCounters, judge, report,
    scope::Weight,
    source::{MAX_TOLD, Scan, Source, State, Told, Try, silence},
};
use crate::finding::Finding;

/// Slots looked at when room is needed, and per second for what has gone quiet.
const LOOKED_AT: usize = 8;
const SWEPT: usize = 256;
/// A source with hardly any evidence makes room after this long, in nanoseconds. Others stay:
/// whoever could push them out could hide a scan (Maltrail refuses new keys for that reason).
const IDLE: i64 = 10 * SECOND;
const LITTLE_EVIDENCE: usize = 2;
/// Below this many targets no rule can hold, and nothing needs to be judged.
const FEWEST: usize = 5;
/// A source that keeps trying is judged this often, in nanoseconds.
const AGAIN: i64 = SECOND;

#[derive(Debug)]
pub(super) struct Shard {
    max: usize,
    slots: Vec<(u64, Source)>,
    index: HashTable<u32>,
    hand: usize,
    /// Sources to come back to, in the order of time.
    due: VecDeque<(i64, u64, u128)>,
    evicted: u64,
    refused: u64,
}

impl Shard {
    pub(super) fn new(max: usize) -> Self {
        Self {
            max,
            slots: Vec::new(),
            index: HashTable::new(),
            hand: 0,
            due: VecDeque::new(),
            evicted: 0,
            refused: 0,
        }
    }

    pub(super) fn attempt(
        &mut self,
        hash: u64,
        attempt: &Attempt,
        weight: Weight,
        config: &ScanConfig,
        findings: &mut Vec<Finding>,
    ) {
        self.judge_waiting(attempt.ts, config, findings);
        let Some(source) = self.source(hash, attempt, config) else {
            return;
        };
        if goes_on(source, attempt, findings) {
            return;
        }
        let oldest = attempt.ts.saturating_sub(config.slow_window());
        source.remember(attempt, silence(weight), oldest);
        if source.tries.len() < FEWEST {
            return;
        }
        if !source.is_due {
            source.is_due = true;
            let at = attempt.ts.saturating_add(config.answer());
            self.due.push_back((at, hash, attempt.source));
        }
    }

    pub(super) fn outcome(
        &mut self,
        hash: u64,
        attempt: &Attempt,
        outcome: Outcome,
        config: &ScanConfig,
        findings: &mut Vec<Finding>,
    ) {
        let Some(source) = self.find(hash, attempt.source) else {
            return;
        };
        if outcome == Outcome::Answered {
            source.answered(attempt, config.window());
            return;
        }
        let position = source.position(attempt);
        let Some(target) = position.and_then(|position| source.tries.get_mut(position)) else {
            return;
        };
        let silent = matches!(
            target.state,
            State::Pending {
                silence_counts: false
            }
        );
        if outcome == Outcome::Unanswered && silent {
            return;
        }
        target.state = State::Failed;
        let target = *target;
        if source.tries.len() >= FEWEST {
            consider(source, &target, attempt.ts, config, findings);
        }
    }

    pub(super) fn stealth(
        &mut self,
        hash: u64,
        attempt: &Attempt,
        config: &ScanConfig,
        findings: &mut Vec<Finding>,
    ) {
        let Some(source) = self.source(hash, attempt, config) else {
            return;
        };
        if follow(source, attempt, |scan| scan == Scan::Stealth, findings) {
            return;
        }
        let oldest = attempt.ts.saturating_sub(config.slow_window());
        source.remember(attempt, State::Stealth, oldest);
        if judge::is_stealth_scan(source, attempt.ts, config) {
            tell(source, Scan::Stealth, attempt.ts, config, findings);
        }
    }

    /// Judges what is due and forgets what has gone quiet.
    pub(super) fn advance(&mut self, ts: i64, config: &ScanConfig, findings: &mut Vec<Finding>) {
        self.judge_waiting(ts, config, findings);
        let quiet = ts.saturating_sub(config.slow_window());
        for _ in 0..SWEPT.min(self.slots.len()) {
            self.hand = (self.hand + 1) % self.slots.len().max(1);
            let is_quiet = self
                .slots
                .get(self.hand)
                .is_some_and(|(_, source)| source.last_seen < quiet);
            if is_quiet {
                self.remove(self.hand);
            }
        }
    }

    pub(super) fn counters(&self) -> ScanCounters {
        ScanCounters {
            sources: self.slots.len() as u64,
            evicted: self.evicted,
            refused: self.refused,
        }
    }

    fn judge_waiting(&mut self, ts: i64, config: &ScanConfig, findings: &mut Vec<Finding>) {
        while self.due.front().is_some_and(|(at, ..)| *at <= ts) {
            let Some((at, hash, address)) = self.due.pop_front() else {
                return;
            };
            let Some(source) = self.find(hash, address) else {
                continue;
            };
            source.is_due = false;
            judge_all(source, ts, config, findings);
            let waits = source
                .tries
                .back()
                .is_some_and(|last| last.ts.saturating_add(config.answer()) > at.max(ts));
            if waits && source.tries.len() >= FEWEST {
                source.is_due = true;
                let next = ts.saturating_add(AGAIN);
                self.due.push_back((next, hash, address));
            }
        }
    }

    fn find(&mut self, hash: u64, address: u128) -> Option<&mut Source> {
        let slots = &self.slots;
        let slot = *self.index.find(hash, |slot| {
            slots
                .get(*slot as usize)
                .is_some_and(|(_, source)| source.address == address)
        })?;
        self.slots.get_mut(slot as usize).map(|(_, source)| source)
    }

    /// The source of an attempt, made when there is room.
    fn source(&mut self, hash: u64, attempt: &Attempt, config: &ScanConfig) -> Option<&mut Source> {
        if self.find(hash, attempt.source).is_none() {
            self.insert(hash, attempt, config)?;
        }
        let source = self.find(hash, attempt.source)?;
        source.last_seen = source.last_seen.max(attempt.ts);
        Some(source)
    }

    fn insert(&mut self, hash: u64, attempt: &Attempt, config: &ScanConfig) -> Option<()> {
        if self.slots.len() >= self.max && !self.make_room(attempt.ts, config) {
            self.refused += 1;
            return None;
        }
        let slot = self.slots.len() as u32;
        let slots = &self.slots;
        self.index.insert_unique(hash, slot, |slot| {
            slots.get(*slot as usize).map_or(0, |(hash, _)| *hash)
        });
        self.slots
            .push((hash, Source::new(attempt.source, attempt.ts)));
        Some(())
    }

    fn make_room(&mut self, ts: i64, config: &ScanConfig) -> bool {
        for _ in 0..LOOKED_AT {
            self.hand = (self.hand + 1) % self.slots.len().max(1);
            let Some((_, source)) = self.slots.get(self.hand) else {
                return false;
            };
            let idle = ts.saturating_sub(source.last_seen);
            let little = source.tries.len() <= LITTLE_EVIDENCE && source.told.is_empty();
            if (little && idle > IDLE) || idle > config.slow_window() {
                self.remove(self.hand);
                self.evicted += 1;
                return true;
            }
        }
        false
    }

    /// Removes a slot; the last one takes its place.
    fn remove(&mut self, position: usize) {
        let Some(last) = self.slots.len().checked_sub(1) else {
            return;
        };
        let Some(hash) = self.slots.get(position).map(|(hash, _)| *hash) else {
            return;
        };
        if let Ok(entry) = self
            .index
            .find_entry(hash, |slot| *slot as usize == position)
        {
            entry.remove();
        }
        self.slots.swap_remove(position);
        if let Some((moved, _)) = self.slots.get(position)
            && let Some(slot) = self.index.find_mut(*moved, |slot| *slot as usize == last)
        {
            *slot = position as u32;
        }
    }
}

/// Whether the attempt belongs to a scan that was told already.
fn goes_on(source: &mut Source, attempt: &Attempt, findings: &mut Vec<Finding>) -> bool {
    if source.told.is_empty() {
        return false;
    }
    follow(source, attempt, |scan| scan.covers(attempt), findings)
}

/// Counts an attempt in with a scan that was told, and tells again at each power of ten.
fn follow(
    source: &mut Source,
    attempt: &Attempt,
    wanted: impl Fn(Scan) -> bool,
    findings: &mut Vec<Finding>,
) -> bool {
    let address = source.address;
    let Some(told) = source.told.iter_mut().find(|told| wanted(told.scan)) else {
        return false;
    };
    told.last = told.last.max(attempt.ts);
    let target = told.scan.target(attempt.destination, attempt.port);
    if !told.sketch.add(target) {
        return true;
    }
    let count = told.sketch.estimate();
    if count >= told.next {
        findings.push(report::again(address, told));
        told.next = told.next.saturating_mul(10);
    }
    true
}

/// Judges the hosts and ports that were tried often enough to matter, and the newest target.
fn judge_all(source: &mut Source, now: i64, config: &ScanConfig, findings: &mut Vec<Finding>) {
    let mut tally = Tally::of(source);
    let mut position = source.tries.len();
    let mut is_newest = true;
    while let Some(before) = position.checked_sub(1) {
        position = before;
        let Some(target) = source.tries.get(position).copied() else {
            return;
        };
        let matters = is_newest || tally.take(&target, config);
        is_newest = false;
        if matters
            && target.state != State::Stealth
            && consider(source, &target, now, config, findings)
        {
            // A scan that was told takes its targets away.
            tally = Tally::of(source);
            position = source.tries.len();
        }
    }
}

/// How often each host and each port was tried.
struct Tally {
    hosts: HashMap<(u128, u8), usize, FixedState>,
    ports: HashMap<(u16, u8), usize, FixedState>,
}

impl Tally {
    fn of(source: &Source) -> Self {
        let mut tally = Self {
            hosts: HashMap::default(),
            ports: HashMap::default(),
        };
        for target in &source.tries {
            *tally
                .hosts
                .entry((target.destination, target.protocol))
                .or_default() += 1;
            *tally
                .ports
                .entry((target.port, target.protocol))
                .or_default() += 1;
        }
        tally
    }

    /// Whether the target's host or port has enough tries, each told once.
    fn take(&mut self, target: &Try, config: &ScanConfig) -> bool {
        let host = self.hosts.get_mut(&(target.destination, target.protocol));
        let is_host = host.is_some_and(|count| std::mem::take(count) >= config.ports);
        let port = self.ports.get_mut(&(target.port, target.protocol));
        let is_port = port.is_some_and(|count| std::mem::take(count) >= config.hosts);
        is_host || is_port
    }
}

/// Tells of the scan that a target is part of.
fn consider(
    source: &mut Source,
    target: &Try,
    now: i64,
    config: &ScanConfig,
    findings: &mut Vec<Finding>,
) -> bool {
    let Some(scan) = judge::judge(source, target, now, config) else {
        return false;
    };
    tell(source, scan, now, config, findings);
    true
}

/// Tells a scan, and from then on counts its targets without keeping them.
fn tell(
    source: &mut Source,
    scan: Scan,
    now: i64,
    config: &ScanConfig,
    findings: &mut Vec<Finding>,
) {
    let quiet = now.saturating_sub(config.slow_window());
    source.told.retain(|told| told.last >= quiet);
    let scan = if source.told.len() >= MAX_TOLD {
        Scan::Network
    } else {
        scan
    };
    let mut told = Told {
        scan,
        sketch: super::sketch::Sketch::default(),
        next: 100,
        first: now,
        last: now,
        severity: report::severity(source.address, scan, config),
    };
    let targets = report::targets(source, scan);
    for target in &targets {
        told.first = told.first.min(target.ts);
        told.sketch
            .add(scan.target(target.destination, target.port));
    }
    findings.push(report::first(source, scan, &targets, now, config));
    while told.next <= targets.len() as u64 {
        told.next = told.next.saturating_mul(10);
    }
    source.tries.retain(|target| !report::is_part(scan, target));
    source.told.push(told);
}
