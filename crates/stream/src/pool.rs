//! Buffers of a few sizes that are used again, within a fixed amount of memory.
//!
//! The last buffer given back is the first to be taken, so that many short flows
//! share a few that are in the cache.

use crate::backlog::Backlog;

/// The smallest buffer, for the single bytes of interactive sessions.
const SMALLEST: usize = 128;
/// Sizes double up to 8 MiB, twice what may wait for its acknowledgement.
const CLASSES: usize = 17;
/// Of the memory, the part of unused buffers that is kept at most.
const KEPT_PART: usize = 8;
/// Bytes in order get no more than three quarters, so that the rest is there for what is behind holes.
const RUN_PART: (usize, usize) = (3, 4);

/// Backlogs kept for the next hole, and the most bytes that one of them may have.
const SPARES: usize = 16;
const SPARE_BYTES: usize = 1536;

/// What a buffer is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Use {
    /// Bytes in order; they can be delivered early instead.
    Run,
    /// Bytes behind a hole.
    Piece,
}

/// The buffers, and everything else that counts against the limit.
#[derive(Debug)]
pub(crate) struct Pool {
    free: [Vec<Vec<u8>>; CLASSES],
    free_bytes: usize,
    // Boxed, as streams have them: handing one over moves a pointer.
    #[allow(clippy::vec_box)]
    spares: Vec<Box<Backlog>>,
    used: usize,
    limit: usize,
}

impl Pool {
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            free: Default::default(),
            free_bytes: 0,
            spares: Vec::new(),
            used: 0,
            limit,
        }
    }

    /// Bytes taken, unused buffers included.
    pub(crate) fn used(&self) -> usize {
        self.used
    }

    /// Counts memory that is not a buffer.
    pub(crate) fn charge(&mut self, bytes: usize) {
        self.used = self.used.saturating_add(bytes);
    }

    /// Memory that is not a buffer was given back.
    pub(crate) fn discharge(&mut self, bytes: usize) {
        self.used = self.used.saturating_sub(bytes);
    }

    /// Whether so much more memory can be used.
    #[inline]
    pub(crate) fn has_room(&self, bytes: usize) -> bool {
        self.used.saturating_add(bytes) <= self.limit
    }

    /// An empty buffer for at least so many bytes.
    #[inline]
    pub(crate) fn take(&mut self, bytes: usize, purpose: Use) -> Option<Vec<u8>> {
        let class = class_of(bytes);
        if let Some(buffer) = self.free.get_mut(class)?.pop() {
            self.free_bytes = self.free_bytes.saturating_sub(buffer.capacity());
            return Some(buffer);
        }
        self.allocate(class, purpose)
    }

    #[cold]
    fn allocate(&mut self, class: usize, purpose: Use) -> Option<Vec<u8>> {
        let bytes = SMALLEST << class;
        let limit = match purpose {
            Use::Run => self.limit / RUN_PART.1 * RUN_PART.0,
            Use::Piece => self.limit,
        };
        if self.used.saturating_add(bytes) > limit {
            self.trim();
        }
        if self.used.saturating_add(bytes) > limit {
            return None;
        }
        let mut buffer = Vec::new();
        buffer.try_reserve_exact(bytes).ok()?;
        self.used += buffer.capacity();
        Some(buffer)
    }

    /// Takes a buffer back.
    #[inline]
    pub(crate) fn give(&mut self, mut buffer: Vec<u8>) {
        let capacity = buffer.capacity();
        if capacity == 0 {
            return;
        }
        buffer.clear();
        let kept = self.free_bytes + capacity <= self.limit / KEPT_PART;
        match self.free.get_mut(class_of(capacity)) {
            Some(list) if kept => {
                self.free_bytes += capacity;
                list.push(buffer);
            }
            _ => self.used = self.used.saturating_sub(capacity),
        }
    }

    /// An empty backlog.
    pub(crate) fn take_backlog(&mut self) -> Option<Box<Backlog>> {
        if let Some(spare) = self.spares.pop() {
            return Some(spare);
        }
        let backlog = Box::<Backlog>::default();
        if !self.has_room(backlog.overhead()) {
            return None;
        }
        self.charge(backlog.overhead());
        Some(backlog)
    }

    /// Takes an empty backlog back.
    pub(crate) fn give_backlog(&mut self, backlog: Box<Backlog>) {
        if self.spares.len() < SPARES && backlog.overhead() <= SPARE_BYTES {
            self.spares.push(backlog);
        } else {
            self.discharge(backlog.overhead());
        }
    }

    /// Gives all unused buffers back to the system.
    pub(crate) fn trim(&mut self) {
        for list in &mut self.free {
            *list = Vec::new();
        }
        self.used = self.used.saturating_sub(self.free_bytes);
        self.free_bytes = 0;
    }
}

/// The smallest class whose buffers hold so many bytes.
fn class_of(bytes: usize) -> usize {
    let units = bytes.div_ceil(SMALLEST).max(1);
    units.next_power_of_two().trailing_zeros() as usize
}
