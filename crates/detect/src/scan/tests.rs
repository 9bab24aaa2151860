mod benign;
mod limits;
mod scans;

use super::{Attempt, Outcome, SECOND, ScanConfig, ScanTracker};
use crate::finding::{Finding, Repeats};

const TCP: u8 = 6;
const UDP: u8 = 17;
const MILLISECOND: i64 = SECOND / 1000;
/// 192.168.1.0
const HOME: u128 = 0xffff_c0a8_0100;
/// 198.51.100.0, as every outside network here a large one
const WORLD: u128 = 0xffff_c633_0000;
const US: u128 = HOME + 10;
const THEM: u128 = WORLD + 7;

/// A network that plays events to a tracker and collects what it tells.
struct Play {
    tracker: ScanTracker,
    told: Vec<Finding>,
    repeats: Repeats,
    now: i64,
}

impl Play {
    fn new() -> Self {
        Self::with(ScanConfig::default())
    }

    fn with(config: ScanConfig) -> Self {
        Self {
            tracker: ScanTracker::new(config),
            told: Vec::new(),
            repeats: Repeats::default(),
            now: 1_700_000_000 * SECOND,
        }
    }

    fn wait(&mut self, time: i64) {
        self.now += time;
        let mut found = Vec::new();
        self.tracker.advance(self.now, &mut found);
        self.keep(found);
    }

    fn keep(&mut self, found: Vec<Finding>) {
        let fresh = found.into_iter().filter_map(|one| self.repeats.tell(one));
        self.told.extend(fresh);
    }

    fn attempt(&self, from: u128, to: u128, protocol: u8, port: u16) -> Attempt {
        Attempt {
            ts: self.now,
            source: from,
            destination: to,
            protocol,
            source_port: 50_000,
            port,
        }
    }

    /// A flow that is opened now, and what becomes of it at once, if anything.
    fn flow(&mut self, from: u128, to: u128, protocol: u8, port: u16, outcome: Option<Outcome>) {
        let attempt = self.attempt(from, to, protocol, port);
        let mut found = Vec::new();
        self.tracker.attempt(&attempt, &mut found);
        if let Some(outcome) = outcome {
            self.tracker.outcome(&attempt, outcome, &mut found);
        }
        self.keep(found);
    }

    fn finish(mut self) -> Vec<Finding> {
        let mut found = Vec::new();
        self.tracker.finish(self.now, &mut found);
        self.keep(found);
        self.told
    }

    fn detectors(self) -> Vec<&'static str> {
        self.finish()
            .iter()
            .map(|finding| finding.detector)
            .collect()
    }
}
