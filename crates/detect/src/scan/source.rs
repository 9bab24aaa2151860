//! What is remembered of one source.

use std::collections::VecDeque;

use super::{Attempt, scope::Weight, sketch::Sketch};

/// Targets kept per source, 16 KB: twice the highest floor, so that a scan among other
/// failures still shows. The oldest goes first.
pub(super) const MAX_TRIES: usize = 512;
/// Scans told per source before they are told as one.
pub(super) const MAX_TOLD: usize = 3;

const SLOTS: usize = 32;

/// One source of flows.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) address: u128,
    pub(super) last_seen: i64,
    /// Distinct targets without an answer so far, oldest first.
    pub(super) tries: VecDeque<Try>,
    pub(super) answers: Option<Box<Answers>>,
    pub(super) told: Vec<Told>,
    /// Whether the shard will come back when the newest attempts have waited long enough.
    pub(super) is_due: bool,
}

/// One target that a source tried.
#[derive(Debug, Clone, Copy)]
pub(super) struct Try {
    pub(super) destination: u128,
    pub(super) ts: i64,
    pub(super) port: u16,
    pub(super) protocol: u8,
    pub(super) state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// No answer yet; the flag tells whether silence counts.
    Pending { silence_counts: bool },
    /// Refused or given up.
    Failed,
    /// A stealth probe.
    Stealth,
}

impl Try {
    pub(super) fn has_failed(&self, now: i64, answer: i64) -> bool {
        match self.state {
            State::Failed => true,
            State::Pending {
                silence_counts: true,
            } => now.saturating_sub(self.ts) >= answer,
            State::Pending { .. } | State::Stealth => false,
        }
    }

    fn is_for(&self, attempt: &Attempt) -> bool {
        self.port == attempt.port
            && self.destination == attempt.destination
            && self.protocol == attempt.protocol
    }
}

/// First contacts that were answered, counted per host and per port in a few slots. Two that
/// share a slot make a source look better than it is, never worse.
#[derive(Debug, Default)]
pub(super) struct Answers {
    hosts: [u8; SLOTS],
    ports: [u8; SLOTS],
    recent: [u32; SLOTS],
    next: u8,
    halved: i64,
}

/// What kind of scan was told, and how far it has come since.
#[derive(Debug)]
pub(super) struct Told {
    pub(super) scan: Scan,
    pub(super) sketch: Sketch,
    /// The next power of ten that is told.
    pub(super) next: u64,
    pub(super) first: i64,
    pub(super) last: i64,
    pub(super) severity: u8,
}

/// What was scanned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scan {
    Ports { destination: u128, protocol: u8 },
    Hosts { protocol: u8, port: u16 },
    Network,
    Stealth,
}

impl Scan {
    pub(super) fn covers(self, attempt: &Attempt) -> bool {
        match self {
            Self::Ports {
                destination,
                protocol,
            } => destination == attempt.destination && protocol == attempt.protocol,
            Self::Hosts { protocol, port } => port == attempt.port && protocol == attempt.protocol,
            Self::Network => true,
            Self::Stealth => false,
        }
    }

    /// A hash of what is counted: ports, hosts, or pairs of them.
    pub(super) fn target(self, destination: u128, port: u16) -> u64 {
        match self {
            Self::Ports { .. } => spread(u128::from(port)),
            Self::Hosts { .. } => spread(destination),
            Self::Network | Self::Stealth => spread(destination ^ (u128::from(port) << 64)),
        }
    }
}

impl Source {
    pub(super) fn new(address: u128, ts: i64) -> Self {
        Self {
            address,
            last_seen: ts,
            tries: VecDeque::new(),
            answers: None,
            told: Vec::new(),
            is_due: false,
        }
    }

    /// Remembers a target, or that it was tried again.
    pub(super) fn remember(&mut self, attempt: &Attempt, state: State, oldest: i64) {
        while self.tries.front().is_some_and(|front| front.ts < oldest) {
            self.tries.pop_front();
        }
        if self.position(attempt).is_some() {
            return;
        }
        if self.tries.len() >= MAX_TRIES {
            self.tries.pop_front();
        }
        self.tries.push_back(Try {
            destination: attempt.destination,
            ts: attempt.ts,
            port: attempt.port,
            protocol: attempt.protocol,
            state,
        });
    }

    /// Where a target is; the newest are the likeliest.
    pub(super) fn position(&self, attempt: &Attempt) -> Option<usize> {
        self.tries.iter().rposition(|target| target.is_for(attempt))
    }

    pub(super) fn answered(&mut self, attempt: &Attempt, window: i64) {
        if let Some(position) = self.position(attempt) {
            self.tries.remove(position);
        }
        self.answers.get_or_insert_default().count(attempt, window);
    }

    /// Answered first contacts with a host, about.
    pub(super) fn answers_of_host(&self, destination: u128) -> usize {
        self.answers.as_ref().map_or(0, |answers| {
            at(&answers.hosts, spread(destination)) as usize
        })
    }

    /// Answered first contacts on a port, about.
    pub(super) fn answers_on_port(&self, protocol: u8, port: u16) -> usize {
        self.answers.as_ref().map_or(0, |answers| {
            at(&answers.ports, port_hash(protocol, port)) as usize
        })
    }
}

impl Answers {
    fn count(&mut self, attempt: &Attempt, window: i64) {
        if attempt.ts.saturating_sub(self.halved) > window {
            self.halved = attempt.ts;
            for count in self.hosts.iter_mut().chain(&mut self.ports) {
                *count /= 2;
            }
        }
        let port = port_hash(attempt.protocol, attempt.port);
        let pair = (spread(attempt.destination) ^ port.rotate_left(17)) as u32 | 1;
        if self.recent.contains(&pair) {
            return;
        }
        if let Some(slot) = self.recent.get_mut(usize::from(self.next) % SLOTS) {
            *slot = pair;
        }
        self.next = self.next.wrapping_add(1);
        bump(&mut self.hosts, spread(attempt.destination));
        bump(&mut self.ports, port);
    }
}

pub(super) fn silence(weight: Weight) -> State {
    State::Pending {
        silence_counts: weight == Weight::Full,
    }
}

fn port_hash(protocol: u8, port: u16) -> u64 {
    spread(u128::from(port) | u128::from(protocol) << 16)
}

fn at(counts: &[u8; SLOTS], hash: u64) -> u8 {
    counts
        .get((hash >> 59) as usize)
        .copied()
        .unwrap_or_default()
}

fn bump(counts: &mut [u8; SLOTS], hash: u64) {
    if let Some(count) = counts.get_mut((hash >> 59) as usize) {
        *count = count.saturating_add(1);
    }
}

/// A fixed mixing of bits (the finaliser of `SplitMix64`); the sketch needs all of them.
fn spread(value: u128) -> u64 {
    let mut state = (value as u64) ^ ((value >> 64) as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    state = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    state = (state ^ (state >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    state ^ (state >> 31)
}
