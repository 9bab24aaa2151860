//! Capture time as the table sees it: what packets say, without believing every packet.
//!
//! Time follows the newest packet. A jump (more than an hour ahead, or more than a
//! minute back) is believed only after several packets in a row agree on it, so one
//! frame with a broken clock neither ends every flow nor stops time, while a
//! pause of the network or the next file of a list is followed within a few packets.

/// Nanoseconds in a second.
pub(crate) const SECOND: u64 = 1_000_000_000;
/// A longer silence is possible but rare, and then only costs a few packets of waiting.
const AHEAD: u64 = 3600 * SECOND;
/// More than any reordering between receive queues or merged captures.
const BACK: u64 = 60 * SECOND;
/// Packets in a row that must agree on a jump.
const CONFIRMATIONS: u8 = 16;

#[derive(Debug, Default)]
pub(crate) struct Clock {
    now: u64,
    jump: u64,
    confirmations: u8,
    started: bool,
}

impl Clock {
    /// Takes a packet's time into account.
    #[inline]
    pub(crate) fn observe(&mut self, ts: u64) {
        if self.started && ts.wrapping_sub(self.now) < AHEAD {
            self.now = ts;
            self.confirmations = 0;
        } else {
            self.observe_unusual(ts);
        }
    }

    #[cold]
    fn observe_unusual(&mut self, ts: u64) {
        if !self.started {
            self.started = true;
            self.now = ts;
        } else if near(ts, self.now) {
            self.now = self.now.max(ts);
            self.confirmations = 0;
        } else if self.confirmations > 0 && near(ts, self.jump) {
            self.jump = self.jump.max(ts);
            self.confirmations += 1;
            if self.confirmations >= CONFIRMATIONS {
                self.now = self.jump;
                self.confirmations = 0;
            }
        } else {
            self.jump = ts;
            self.confirmations = 1;
        }
    }

    pub(crate) fn now(&self) -> u64 {
        self.now
    }

    /// Whether this time is one to which a jump is about to be believed.
    pub(crate) fn may_become(&self, ts: u64) -> bool {
        self.confirmations > 0 && near(ts, self.jump)
    }
}

fn near(ts: u64, reference: u64) -> bool {
    ts.saturating_sub(reference) < AHEAD && reference.saturating_sub(ts) < BACK
}

#[cfg(test)]
mod tests;
