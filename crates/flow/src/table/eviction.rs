//! Which flow to give up when the table is full: the least useful of a few.
//!
//! Unanswered flows first (a SYN flood only consists of them), then closed ones, then
//! of the rest the longest silent of a sample. Work is bounded whatever the traffic.

use super::{CLOSED, NEW, Table};
use crate::flow::EndReason;

/// Of the oldest unanswered flows, the longest silent among this many goes: one-way
/// flows that still get packets (syslog, multicast) are kept before single SYNs.
const UNANSWERED: usize = 8;
/// The sample of established flows.
const SAMPLE: usize = 16;

impl Table {
    /// Ends one flow, so that there is room for another.
    pub(super) fn make_room(&mut self) {
        if let Some(slot) = self.oldest_unanswered() {
            self.end(slot, EndReason::EvictedNew);
        } else if let Some(slot) = self.lists.first(CLOSED) {
            self.end(slot, EndReason::EvictedClosed);
        } else {
            let slot = self.longest_silent_of_sample();
            self.end(slot, EndReason::EvictedIdle);
        }
    }

    fn oldest_unanswered(&mut self) -> Option<u32> {
        let mut victim = self.lists.first(NEW)?;
        for _ in 0..UNANSWERED {
            let slot = self.lists.first(NEW)?;
            if self.has_single_packet(slot) {
                return Some(slot);
            }
            if self.last_of(slot) < self.last_of(victim) {
                victim = slot;
            }
            self.lists.unlink(slot);
            self.lists.push_back(NEW, slot);
        }
        Some(victim)
    }

    fn has_single_packet(&self, slot: u32) -> bool {
        self.flows
            .get(slot as usize)
            .is_some_and(|flow| flow.total_packets() <= 1)
    }

    fn longest_silent_of_sample(&mut self) -> u32 {
        let mut victim = self.next_slot();
        for _ in 1..SAMPLE {
            let slot = self.next_slot();
            if self.last_of(slot) < self.last_of(victim) {
                victim = slot;
            }
        }
        victim
    }

    fn last_of(&self, slot: u32) -> u64 {
        self.flows
            .get(slot as usize)
            .map_or(0, crate::flow::Flow::last_ts)
    }
}
