//! `threshold`, `detection_filter`, and their kin in threshold files: how often a match is told.

use wirewatch_decode::Datagram;

use super::host_table::HostKey;
use super::rule::Action;
use super::state::{FlowRules, RuleState};

/// What matches are counted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Track {
    Source,
    Destination,
    Both,
    Rule,
    Flow,
}

/// Which matches are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The first `count` of each window.
    Limit,
    /// Every `count`th.
    Threshold,
    /// The `count`th of each window, once.
    Both,
    /// The `count`th, then each after `multiplier` times as many.
    Backoff { multiplier: u32 },
    /// All after the first `count` of a window.
    Detection,
    /// After `count` in a window the action is another for `timeout` nanoseconds.
    Rate { action: Action, timeout: i64 },
}

/// One threshold of one rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Threshold {
    pub(crate) kind: Kind,
    pub(crate) track: Track,
    pub(crate) count: u32,
    /// Nanoseconds.
    pub(crate) window: i64,
    /// What matches must differ in to be counted, if not all are.
    pub(crate) unique: Option<Unique>,
}

/// What counted matches differ in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unique {
    SourcePort,
    DestinationPort,
}

impl Unique {
    fn of(self, datagram: &Datagram) -> u16 {
        match self {
            Self::SourcePort => datagram.source_port,
            Self::DestinationPort => datagram.destination_port,
        }
    }
}

/// How many matches one host, pair, rule or flow has had.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counter {
    start: i64,
    count: u32,
    next: u32,
    changed_until: i64,
}

/// What a threshold says to a match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Tell,
    Silence,
    Change(Action),
}

impl Threshold {
    /// Counts one match of the rule (`id` is its gid and sid, `number` its place) and says what to do.
    pub(crate) fn count(
        &self,
        (gid, sid): (u32, u32),
        number: u32,
        datagram: &Datagram,
        flow: &mut FlowRules,
        state: &RuleState,
        now: i64,
    ) -> Verdict {
        let (first, second) = match self.track {
            Track::Flow => {
                // A detection filter beside a threshold has a counter of its own.
                let use_bit = u32::from(self.kind == Kind::Detection) << 31;
                let counter = flow.counter(number | use_bit);
                return counter.map_or(Verdict::Tell, |counter| self.step(counter, now));
            }
            Track::Source => (datagram.source, 0),
            Track::Destination => (datagram.destination, 0),
            Track::Both => {
                let (one, other) = (datagram.source, datagram.destination);
                (one.min(other), one.max(other))
            }
            Track::Rule => (0, 0),
        };
        let key = HostKey {
            id: (sid, gid << 8 | self.kind_number() << 4 | self.track as u32),
            first,
            second,
        };
        if let Some(unique) = self.unique {
            return self.count_unique(unique.of(datagram), key, state, now);
        }
        let verdict = state
            .counters
            .update(key, now, |counter| self.step(counter, now));
        verdict.unwrap_or(Verdict::Tell)
    }

    /// Counts a match if its port is new in the window. Ports that were seen are entries of their own in the
    /// table, so that there are never more of them than it holds.
    fn count_unique(&self, port: u16, key: HostKey, state: &RuleState, now: i64) -> Verdict {
        let begin = state.counters.update(key, now, |counter| {
            self.renew(counter, now);
            counter.start
        });
        let seen = HostKey {
            id: (key.id.0, key.id.1 | 8),
            // The upper bits of addresses vary least.
            second: key.second ^ (u128::from(port) + 1) << 104,
            ..key
        };
        let is_new = state.counters.update(seen, now, |counter| {
            let is_new = counter.count == 0 || Some(counter.start) != begin;
            (counter.start, counter.count) = (begin.unwrap_or(now), 1);
            is_new
        });
        let count = state.counters.update(key, now, |counter| {
            counter.count = counter
                .count
                .saturating_add(u32::from(is_new == Some(true)));
            counter.count
        });
        match count {
            Some(count) if count <= self.count => Verdict::Silence,
            _ => Verdict::Tell,
        }
    }

    fn kind_number(&self) -> u32 {
        match self.kind {
            Kind::Detection => 1,
            Kind::Rate { .. } => 2,
            _ => 0,
        }
    }

    fn step(&self, counter: &mut Counter, now: i64) -> Verdict {
        let tell = match self.kind {
            Kind::Backoff { multiplier } => self.back_off(counter, multiplier),
            Kind::Rate { action, timeout } => return self.rate(counter, action, timeout, now),
            Kind::Limit => self.advance(counter, now) <= self.count,
            Kind::Both => self.advance(counter, now) == self.count,
            Kind::Detection => self.advance(counter, now) > self.count,
            Kind::Threshold => {
                let reached = self.advance(counter, now) >= self.count;
                if reached {
                    counter.count = 0;
                }
                reached
            }
        };
        if tell {
            Verdict::Tell
        } else {
            Verdict::Silence
        }
    }

    /// Counts within the window, which starts anew with the first match after it.
    fn advance(&self, counter: &mut Counter, now: i64) -> u32 {
        self.renew(counter, now);
        counter.count = counter.count.saturating_add(1);
        counter.count
    }

    fn renew(&self, counter: &mut Counter, now: i64) {
        let fresh = *counter == Counter::default();
        if fresh || now > counter.start.saturating_add(self.window) {
            counter.start = now;
            counter.count = 0;
        }
    }

    fn back_off(&self, counter: &mut Counter, multiplier: u32) -> bool {
        if counter.next == 0 {
            counter.next = self.count.max(1);
        }
        counter.count = counter.count.saturating_add(1);
        let reached = counter.count == counter.next;
        if reached {
            counter.next = counter.next.saturating_mul(multiplier.max(2));
        }
        reached
    }

    fn rate(&self, counter: &mut Counter, action: Action, timeout: i64, now: i64) -> Verdict {
        if now < counter.changed_until {
            return Verdict::Change(action);
        }
        if self.advance(counter, now) > self.count {
            counter.changed_until = now.saturating_add(timeout);
            counter.count = 0;
            return Verdict::Change(action);
        }
        Verdict::Tell
    }
}
