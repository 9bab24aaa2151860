//! TCP timestamps of one direction: which segments are too old to count (RFC 7323, section 5).

use crate::half::{Half, marks};

/// Whether `one` is older than `other`; timestamps wrap.
fn is_older(one: u32, other: u32) -> bool {
    one.wrapping_sub(other).cast_signed() < 0
}

impl Half {
    /// Whether a timestamp of the sender is known.
    #[inline]
    pub(crate) fn is_stamped(&self) -> bool {
        self.head.has(marks::STAMPED)
    }

    /// Whether the receiver has a later timestamp.
    #[inline]
    pub(crate) fn is_stale(&self, stamp: u32) -> bool {
        self.is_stamped() && is_older(stamp, self.head.stamp)
    }

    /// Whether one of the SYNs that were seen of the sender had this timestamp, or one between theirs.
    pub(crate) fn has_sent(&self, stamp: u32) -> bool {
        !is_older(stamp, self.head.first_stamp) && !is_older(self.head.stamp, stamp)
    }

    /// Notes the timestamp of a segment that follows on what the receiver has. Some systems send 0 in SYNs
    /// and something else behind.
    #[inline]
    pub(crate) fn note_stamp(&mut self, sequence: u32, stamp: u32) {
        let follows = self.offset_of(sequence) <= self.head.acked.cast_signed();
        if stamp == 0 || self.is_started() && !follows {
            return;
        }
        if !self.is_stamped() {
            self.head.first_stamp = stamp;
        }
        self.head.stamp = stamp;
        self.head.marks |= marks::STAMPED;
    }

    /// Takes any timestamp from here on.
    pub(crate) fn forget_stamp(&mut self) {
        self.head.marks &= !marks::STAMPED;
    }
}
