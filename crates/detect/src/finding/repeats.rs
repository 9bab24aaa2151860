//! One finding of each identity per interval.

use std::fmt::Write as _;

use foldhash::fast::RandomState;
use hashbrown::HashMap;

use super::{Finding, Key};

/// Identities remembered at once (about 8 MB). When there are more, findings are told
/// rather than forgotten, and counted.
pub const MAX_REMEMBERED: usize = 65_536;
/// How long the same finding stays quiet, an hour, in nanoseconds.
const DEFAULT_INTERVAL: i64 = 3_600_000_000_000;

#[derive(Debug, Clone, Copy)]
struct Told {
    quiet_until: i64,
    severity: u8,
    repeats: u32,
}

/// Remembers what was told, so that the same thing is told once per interval.
#[derive(Debug)]
pub struct Repeats {
    interval: i64,
    told: HashMap<Key, Told, RandomState>,
    next_sweep: i64,
    suppressed: u64,
    unremembered: u64,
}

impl Default for Repeats {
    fn default() -> Self {
        Self::new(DEFAULT_INTERVAL)
    }
}

impl Repeats {
    /// Tells each identity once per `interval` nanoseconds of capture time.
    pub fn new(interval: i64) -> Self {
        Self {
            interval,
            told: HashMap::default(),
            next_sweep: 0,
            suppressed: 0,
            unremembered: 0,
        }
    }

    /// Gives the finding back when it should be told. A worse severity is always told.
    pub fn tell(&mut self, mut finding: Finding) -> Option<Finding> {
        let (ts, severity) = (finding.ts, finding.severity);
        let quiet_until = ts.saturating_add(self.interval);
        let fresh = Told {
            quiet_until,
            severity,
            repeats: 0,
        };
        if let Some(told) = self.told.get_mut(&finding.key) {
            if ts < told.quiet_until && severity >= told.severity {
                told.repeats = told.repeats.saturating_add(1);
                self.suppressed += 1;
                return None;
            }
            mention(&mut finding, told.repeats);
            *told = fresh;
            return Some(finding);
        }
        self.make_room(ts);
        if self.told.len() < MAX_REMEMBERED {
            self.told.insert(finding.key, fresh);
        } else {
            self.unremembered += 1;
        }
        Some(finding)
    }

    /// Forgets what has expired, at most once a second, when the table is full.
    fn make_room(&mut self, ts: i64) {
        if self.told.len() >= MAX_REMEMBERED && ts >= self.next_sweep {
            self.next_sweep = ts.saturating_add(1_000_000_000);
            self.told.retain(|_, told| told.quiet_until > ts);
        }
    }

    /// Findings that were not told because they repeated another.
    pub fn suppressed(&self) -> u64 {
        self.suppressed
    }

    /// Findings that were told without being remembered, because the table was full.
    pub fn unremembered(&self) -> u64 {
        self.unremembered
    }
}

fn mention(finding: &mut Finding, repeats: u32) {
    if repeats == 0 {
        return;
    }
    let comma = if finding.evidence.len() > 2 { "," } else { "" };
    finding.evidence.pop();
    let _ = write!(finding.evidence, "{comma}\"repeats_not_told\":{repeats}}}");
    let _ = write!(finding.signature, " ({repeats} repeats were not told)");
}
