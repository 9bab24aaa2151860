//! Bytes in order that wait for their acknowledgement: one pooled buffer, used up from its front.

use crate::pool::{Pool, Use};

/// Bytes in order; without a buffer while there are none.
#[derive(Debug, Default)]
pub(crate) struct Run {
    bytes: Vec<u8>,
    /// How many at the front were delivered.
    start: u32,
}

impl Run {
    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.bytes.len() - self.start as usize
    }

    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        self.bytes.get(self.start as usize..).unwrap_or_default()
    }

    /// Appends bytes; false when there is no memory for them.
    #[inline]
    pub(crate) fn push(&mut self, pool: &mut Pool, bytes: &[u8]) -> bool {
        if self.bytes.capacity() - self.bytes.len() < bytes.len()
            && !self.make_room(pool, bytes.len())
        {
            return false;
        }
        self.bytes.extend_from_slice(bytes);
        true
    }

    fn make_room(&mut self, pool: &mut Pool, more: usize) -> bool {
        let needed = self.len() + more;
        if needed <= self.bytes.capacity() / 2 {
            // At most half is moved and at least half was delivered: each byte moves once on average.
            self.bytes.drain(..self.start as usize);
            self.start = 0;
            return true;
        }
        let Some(mut larger) = pool.take(needed.saturating_mul(2), Use::Run) else {
            return false;
        };
        larger.extend_from_slice(self.bytes());
        pool.give(std::mem::replace(&mut self.bytes, larger));
        self.start = 0;
        true
    }

    /// Forgets so many bytes at the front.
    #[inline]
    pub(crate) fn consume(&mut self, pool: &mut Pool, count: usize) {
        if count >= self.len() {
            self.clear(pool);
        } else {
            self.start += count as u32;
        }
    }

    /// Forgets all but so many bytes.
    pub(crate) fn truncate(&mut self, pool: &mut Pool, count: usize) {
        if count == 0 {
            self.clear(pool);
        } else {
            self.bytes.truncate(self.start as usize + count);
        }
    }

    #[inline]
    pub(crate) fn clear(&mut self, pool: &mut Pool) {
        self.start = 0;
        pool.give(std::mem::take(&mut self.bytes));
    }
}
