//! When to look at which flow again: a wheel with one list per second.
//!
//! A flow waits in the list of the second in which it would end if nothing more came.
//! Packets do not move it; when its second comes it has either been silent, or waits anew.
//! So a flow is looked at once per timeout, however many packets it has.

use arrayvec::ArrayVec;

use crate::lists::Lists;

/// Seconds on the wheel, more than most timeouts; a longer one is waited for in several turns.
const SECONDS: u64 = 1024;

/// Slots given at once: enough for memory to be read for all of them together.
const MAX_DUE: usize = 32;

/// Slots whose second has come.
pub(crate) type Due = ArrayVec<u32, MAX_DUE>;

#[derive(Debug)]
pub(crate) struct Wheel {
    lists: Lists,
    /// The last second whose list has been emptied.
    second: u64,
}

impl Wheel {
    pub(crate) fn new(nodes: usize) -> Self {
        Self {
            lists: Lists::new(SECONDS as u32, nodes),
            second: 0,
        }
    }

    /// Makes sure that a slot can wait.
    pub(crate) fn ensure(&mut self, slot: u32) {
        self.lists.ensure(slot);
    }

    /// Lets a slot wait for a second, or for the end of this turn if that comes first.
    pub(crate) fn schedule(&mut self, slot: u32, second: u64) {
        // The list after `second` may be the one being emptied.
        let reachable = second.clamp(self.second + 2, self.second + SECONDS - 1);
        self.lists.push_back((reachable % SECONDS) as u32, slot);
    }

    /// Lets a slot wait no more.
    pub(crate) fn cancel(&mut self, slot: u32) {
        self.lists.unlink(slot);
    }

    /// Prepares for time to be at `second`: a leap empties each list once, a step back starts anew from there.
    pub(crate) fn aim(&mut self, second: u64) {
        if second < self.second {
            self.second = second;
        } else if second - self.second > SECONDS {
            self.second = second - SECONDS;
        }
    }

    /// The next slots that wait for one second up to `until`; they stay until they are cancelled.
    /// Gives the second as well.
    pub(crate) fn due(&mut self, until: u64) -> Option<(Due, u64)> {
        while self.second < until {
            let next = self.second + 1;
            let waiting = self.lists.nodes((next % SECONDS) as u32);
            let due: Due = waiting.take(MAX_DUE).collect();
            if !due.is_empty() {
                return Some((due, next));
            }
            self.second = next;
        }
        None
    }

    pub(crate) fn bytes(&self) -> usize {
        self.lists.bytes()
    }
}

#[cfg(test)]
mod tests;
