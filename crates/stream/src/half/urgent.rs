//! Places of urgent bytes, which are left out of the stream (RFC 6093).

use crate::half::Head;

/// Urgent bytes of one direction that are not delivered yet. A host knows one at a time and has most
/// likely read the others; more than a few are someone hiding something.
const MAX_PLACES: usize = 16;

/// Some offsets, in order.
#[derive(Debug, Default)]
pub(crate) struct Places {
    places: [u64; MAX_PLACES],
    count: usize,
}

impl Places {
    /// Adds an offset; false when there are too many.
    pub(crate) fn add(&mut self, place: u64) -> bool {
        let known = self.places.get(..self.count).unwrap_or_default();
        if known.contains(&place) {
            return true;
        }
        let Some(slot) = self.places.get_mut(self.count) else {
            return false;
        };
        *slot = place;
        self.count += 1;
        if let Some(used) = self.places.get_mut(..self.count) {
            used.sort_unstable();
        }
        true
    }

    /// Takes the first offset below `end` out.
    fn take_below(&mut self, end: u64) -> Option<u64> {
        let first = *self.places.get(..self.count)?.first()?;
        if first >= end {
            return None;
        }
        self.places.rotate_left(1);
        self.count -= 1;
        Some(first)
    }
}

impl Head {
    /// Where the next urgent byte is among `length` bytes from `start` on. It is forgotten with this.
    pub(crate) fn take_urgent(&mut self, start: u64, length: usize) -> Option<usize> {
        let places = self.urgent.as_mut()?;
        let end = start.saturating_add(length as u64);
        let mut found = None;
        while let Some(place) = places.take_below(end) {
            // Places before `start` were in a gap.
            if let Some(at) = place.checked_sub(start) {
                found = Some(at as usize);
                break;
            }
        }
        if places.count == 0 {
            self.urgent = None;
        }
        found
    }
}
