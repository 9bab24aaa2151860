//! How flows end: by silence, at the end of the input, or because the caller says so.

use std::hint::black_box;
use std::ops::Range;
use std::vec::IntoIter;

use super::{FREE, FlowIndex, LISTS, Table};
use crate::clock::SECOND;
use crate::flow::{EndReason, Flow};
use crate::index::Index;
use crate::lists::Lists;
use crate::wheel::Wheel;

/// Flows looked at in one call of [`Table::expire`]: some tens of microseconds.
const VISITS: usize = 1024;
/// Slots looked at in one call while the table is nearly full.
const SWEEP: u32 = 128;

/// Numbers per flow up to which flows are put in order by a place for each number: that takes no
/// more memory than sorting them.
const SPARSENESS: u64 = 4;
/// No slot has this number.
const FREE_PLACE: u32 = u32::MAX;

/// What a table did so far. Each flow that began is live or counted under one reason.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counters {
    /// Flows that began.
    pub created: u64,
    /// The most flows there were at once.
    pub peak: u64,
    /// Flows that were silent for too long.
    pub timeout: u64,
    /// Flows that ended with the input.
    pub shutdown: u64,
    /// Flows the caller ended.
    pub forced: u64,
    /// Flows replaced by a new TCP connection.
    pub tcp_reuse: u64,
    /// Unanswered flows given up because the table was full.
    pub evicted_new: u64,
    /// Closed flows given up because the table was full.
    pub evicted_closed: u64,
    /// Silent flows given up because the table was full.
    pub evicted_idle: u64,
    /// Intermediate records.
    pub active: u64,
    /// How often the table became so full that the emergency timeouts held.
    pub emergencies: u64,
}

/// Slots whose flows are still to be ended at the end of the input, in the order in which they began.
#[derive(Debug)]
pub(super) enum Remaining {
    /// All slots: no slot was used twice.
    AsTheyLie(Range<u32>),
    /// Sorted by the numbers of their flows.
    Ordered(IntoIter<u32>),
}

impl Iterator for Remaining {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        match self {
            Self::AsTheyLie(slots) => slots.next(),
            Self::Ordered(slots) => slots.next(),
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        match self {
            Self::AsTheyLie(slots) => slots.size_hint(),
            Self::Ordered(slots) => slots.size_hint(),
        }
    }
}

impl ExactSizeIterator for Remaining {}

impl Counters {
    fn of(&mut self, reason: EndReason) -> &mut u64 {
        match reason {
            EndReason::Timeout => &mut self.timeout,
            EndReason::Shutdown => &mut self.shutdown,
            EndReason::Forced => &mut self.forced,
            EndReason::TcpReuse => &mut self.tcp_reuse,
            EndReason::EvictedNew => &mut self.evicted_new,
            EndReason::EvictedClosed => &mut self.evicted_closed,
            EndReason::EvictedIdle => &mut self.evicted_idle,
            EndReason::Active => &mut self.active,
        }
    }
}

impl Table {
    /// Ends flows that have been silent for too long at this capture time.
    ///
    /// To be called after each group of packets with the time of the last, and now and then when
    /// there are none. Does a bounded amount of work and says whether there is more to do.
    pub fn expire(&mut self, now: u64) -> bool {
        self.clock.observe(now);
        self.watch_pressure();
        let second = self.clock.now() / SECOND;
        self.wheel.aim(second);
        let mut visits = 0;
        while visits < VISITS {
            let Some((due, visited)) = self.wheel.due(second) else {
                return false;
            };
            self.touch_slots(&due);
            for slot in &due {
                self.visit(*slot, visited);
            }
            visits += due.len();
        }
        true
    }

    /// Reads what ending these flows will read, all at once; see [`Table::touch`].
    fn touch_slots(&self, slots: &[u32]) {
        let mut read = 0;
        for slot in slots {
            if let Some(flow) = self.flows.get(*slot as usize) {
                let entry = self.index.first_entry(self.hash(flow.key().words()));
                read ^= flow.touch() ^ entry ^ u64::from(self.lists.touch(*slot));
            }
        }
        black_box(read);
    }

    /// Looks at a flow whose second has come.
    fn visit(&mut self, slot: u32, second: u64) {
        self.wheel.cancel(slot);
        let Some(flow) = self.flows.get(slot as usize) else {
            return;
        };
        if self.is_silent(flow) {
            self.end(slot, EndReason::Timeout);
            return;
        }
        if self.is_report_due(flow, second) {
            let mut report = flow.clone();
            report.standing.set_end(EndReason::Active);
            self.ended.push(report);
            self.counters.active += 1;
        }
        self.reschedule(slot);
    }

    /// Whether the flow's timeout has passed, or lies in a future that time has come back from.
    fn is_silent(&self, flow: &Flow) -> bool {
        let (now, last, timeout) = (self.clock.now(), flow.last_ts(), self.timeout(flow));
        let is_ahead = now.saturating_add(timeout) < last;
        last.saturating_add(timeout) < now || is_ahead && !self.clock.may_become(last)
    }

    /// Lets a flow wait for its timeout or its next report.
    pub(super) fn reschedule(&mut self, slot: u32) {
        if let Some(flow) = self.flows.get(slot as usize) {
            let second = self.due_second(flow, self.clock.now() / SECOND);
            self.wheel.schedule(slot, second);
        }
    }

    /// The second in which to look at a flow again.
    pub(super) fn due_second(&self, flow: &Flow, now: u64) -> u64 {
        let silent = flow.last_ts().saturating_add(self.timeout(flow)) / SECOND + 1;
        let interval = u64::from(self.config.active_timeout_s);
        if interval == 0 {
            return silent;
        }
        let began = flow.first_ts().div_ceil(SECOND);
        let intervals = now.saturating_sub(began) / interval + 1;
        silent.min(began.saturating_add(intervals.saturating_mul(interval)))
    }

    /// Whether an intermediate record is due in this second, and there is something new to tell.
    fn is_report_due(&self, flow: &Flow, second: u64) -> bool {
        let interval = u64::from(self.config.active_timeout_s);
        let began = flow.first_ts().div_ceil(SECOND);
        interval != 0
            && second > began
            && (second - began).is_multiple_of(interval)
            && flow.last_ts() / SECOND + interval >= second
    }

    /// Turns emergency on and off, and while it is on looks for flows that its shorter timeouts end.
    fn watch_pressure(&mut self) {
        if self.in_emergency {
            // The same hysteresis as Suricata's: 30 % must be free.
            self.in_emergency = self.live > self.max_flows / 10 * 7;
            self.sweep();
        } else if self.live >= self.max_flows - self.max_flows / 16 {
            self.in_emergency = true;
            self.counters.emergencies += 1;
        }
    }

    fn sweep(&mut self) {
        for _ in 0..SWEEP {
            let slot = self.next_slot();
            let silent = self
                .flows
                .get(slot as usize)
                .is_some_and(|flow| flow.key().version() != 0 && self.is_silent(flow));
            if silent {
                self.end(slot, EndReason::Timeout);
            }
        }
    }

    /// Ends a flow now.
    pub fn end_flow(&mut self, flow: FlowIndex) {
        if self.get(flow).is_some() {
            self.end(flow.0, EndReason::Forced);
        }
    }

    /// Ends what is left at the end of the input, in the order the flows began, at most `limit` at
    /// a time. Says whether there is more; until there is not, the table takes no packets.
    ///
    /// Nothing has to be taken out of the index and the lists one by one: they begin anew at the end.
    pub fn finish(&mut self, limit: usize) -> bool {
        let mut remaining = self.remaining.take().unwrap_or_else(|| self.in_order());
        for slot in remaining.by_ref().take(limit) {
            let is_flow = self
                .flows
                .get(slot as usize)
                .is_some_and(|flow| flow.key().version() != 0);
            if is_flow {
                self.hand_out(slot, EndReason::Shutdown);
            }
        }
        let more = remaining.len() > 0;
        self.remaining = more.then_some(remaining);
        if !more {
            self.begin_anew();
        }
        more
    }

    /// Forgets every slot, when none holds a flow.
    fn begin_anew(&mut self) {
        self.flows.clear();
        self.index = Index::new();
        self.lists = Lists::new(LISTS, self.max_flows);
        self.wheel = Wheel::new(self.max_flows);
        self.is_mixed = false;
        self.hand = 0;
    }

    /// The slots in the order in which their flows began.
    fn in_order(&self) -> Remaining {
        if !self.is_mixed {
            return Remaining::AsTheyLie(0..self.flows.len() as u32);
        }
        let numbered = (0..)
            .zip(&self.flows)
            .filter(|(_, flow)| flow.key().version() != 0)
            .map(|(slot, flow)| (flow.number(), slot));
        let first = numbered.clone().map(|(number, _)| number).min();
        let span = self.last_number - first.unwrap_or(self.last_number) + 1;
        if span <= (self.live as u64).saturating_mul(SPARSENESS) {
            let mut places = vec![FREE_PLACE; span as usize];
            for (number, slot) in numbered {
                let place = number - first.unwrap_or_default();
                if let Some(place) = places.get_mut(place as usize) {
                    *place = slot;
                }
            }
            places.retain(|slot| *slot != FREE_PLACE);
            return Remaining::Ordered(places.into_iter());
        }
        let mut all: Vec<_> = numbered.collect();
        all.sort_unstable();
        let slots: Vec<u32> = all.into_iter().map(|(_, slot)| slot).collect();
        Remaining::Ordered(slots.into_iter())
    }

    /// Takes a flow out of the table and hands it out.
    pub(super) fn end(&mut self, slot: u32, reason: EndReason) {
        let Some(key) = self.flows.get(slot as usize).map(|flow| *flow.key()) else {
            return;
        };
        self.index.remove(self.hash(key.words()), slot);
        self.wheel.cancel(slot);
        self.lists.unlink(slot);
        self.lists.push_back(FREE, slot);
        self.hand_out(slot, reason);
    }

    /// Gives a flow to the caller; its slot is empty afterwards.
    fn hand_out(&mut self, slot: u32, reason: EndReason) {
        self.live -= 1;
        *self.counters.of(reason) += 1;
        if let Some(flow) = self.flows.get_mut(slot as usize) {
            flow.standing.set_end(reason);
            self.ended.push(flow.clone());
            flow.clear_key();
        }
    }

    /// Moves the hand over the slots on by one.
    pub(super) fn next_slot(&mut self) -> u32 {
        self.hand += 1;
        if self.hand as usize >= self.flows.len() {
            self.hand = 0;
        }
        self.hand
    }
}
