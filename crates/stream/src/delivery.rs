//! What reassembly hands on, and what it needs to do so.

use wirewatch_flow::Side;

use crate::half::Head;
use crate::pool::Pool;
use crate::{Config, Counters, Event, Events};

/// A piece of a stream. Offsets of one direction follow on each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Delivery<'a> {
    /// Which way it travels.
    pub side: Side,
    /// Bytes and gaps of this direction before it.
    pub offset: u64,
    /// What it is.
    pub content: Content<'a>,
    /// How it reached its receiver.
    pub fate: Fate,
}

/// How bytes reached their receiver.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Fate {
    /// As usual.
    #[default]
    Read,
    /// Its receiver did not get so far: it lies behind a hole that was there when the connection was reset.
    Unread,
    /// With a wrong checksum, and its receiver acknowledged it: who looks at such packets for themselves has seen it.
    Doubted,
}

/// What is delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content<'a> {
    /// The next bytes.
    Data(&'a [u8]),
    /// So many bytes are missing and will not come.
    Gap(u64),
    /// The sender has nothing more to say. Bytes that come all the same are delivered.
    Eof,
    /// The sender ended the connection. Bytes that come all the same, from either side, are delivered:
    /// the other host may have had reasons not to accept the reset.
    Reset,
    /// This direction is longer than is inspected; nothing more comes.
    DepthReached,
}

/// What is at hand while one segment is looked at.
pub(crate) struct Context<'a, 'b> {
    pub(crate) config: &'a Config,
    pub(crate) pool: &'a mut Pool,
    pub(crate) counters: &'a mut Counters,
    pub(crate) deliver: &'a mut (dyn FnMut(Delivery<'_>) + 'b),
    pub(crate) events: Events,
    /// How what is delivered reached its receiver.
    pub(crate) fate: Fate,
}

impl Context<'_, '_> {
    #[inline]
    fn put(&mut self, side: Side, offset: u64, content: Content<'_>) {
        (self.deliver)(Delivery {
            side,
            offset,
            content,
            fate: self.fate,
        });
    }

    fn depth(&self, head: &Head) -> u64 {
        let depth = match head.side {
            _ if head.depth != 0 => head.depth,
            Side::ToServer => self.config.depth_to_server,
            Side::ToClient => self.config.depth_to_client,
        };
        if depth == 0 { u64::MAX } else { depth }
    }

    /// Delivers the bytes that begin at `start`, without urgent ones.
    #[inline]
    pub(crate) fn data(&mut self, head: &mut Head, start: u64, bytes: &[u8]) {
        if head.urgent.is_none() {
            self.plain(head, start, bytes);
        } else {
            self.around_urgent(head, start, bytes);
        }
    }

    #[cold]
    fn around_urgent(&mut self, head: &mut Head, mut start: u64, mut bytes: &[u8]) {
        while let Some(at) = head.take_urgent(start, bytes.len()) {
            let (before, rest) = bytes.split_at_checked(at).unwrap_or((bytes, &[]));
            self.plain(head, start, before);
            start += at as u64 + 1;
            bytes = rest.get(1..).unwrap_or_default();
            head.skipped = head.skipped.wrapping_add(1);
            self.counters.urgent_bytes += 1;
        }
        self.plain(head, start, bytes);
    }

    #[inline]
    fn plain(&mut self, head: &mut Head, start: u64, bytes: &[u8]) {
        let offset = start.wrapping_sub(u64::from(head.skipped));
        let left = self.depth(head).saturating_sub(offset);
        if bytes.len() as u64 > left || head.is_over() {
            self.cut(head, offset, bytes, left);
            return;
        }
        if !bytes.is_empty() {
            self.counters.delivered_bytes += bytes.len() as u64;
            self.put(head.side, offset, Content::Data(bytes));
        }
    }

    /// Delivers the part of the bytes that lies within the depth.
    #[cold]
    fn cut(&mut self, head: &mut Head, offset: u64, bytes: &[u8], left: u64) {
        if head.is_over() {
            self.counters.depth_bytes += bytes.len() as u64;
            return;
        }
        let (inside, beyond) = bytes
            .split_at_checked(left as usize)
            .unwrap_or((bytes, &[]));
        if !inside.is_empty() {
            self.counters.delivered_bytes += inside.len() as u64;
            self.put(head.side, offset, Content::Data(inside));
        }
        self.counters.depth_bytes += beyond.len() as u64;
        self.reach_depth(head, offset + inside.len() as u64);
    }

    fn reach_depth(&mut self, head: &mut Head, offset: u64) {
        head.set_over();
        self.counters.depth_reached += 1;
        self.events.add(Event::DepthReached);
        self.put(head.side, offset, Content::DepthReached);
    }

    /// Tells that bytes are missing.
    #[cold]
    pub(crate) fn gap(&mut self, head: &mut Head, start: u64, length: u64) {
        let offset = start.wrapping_sub(u64::from(head.skipped));
        let told = length.min(self.depth(head).saturating_sub(offset));
        if told > 0 && !head.is_over() {
            self.counters.gaps += 1;
            self.counters.gap_bytes += told;
            self.put(head.side, offset, Content::Gap(told));
        }
        if told < length && !head.is_over() {
            self.reach_depth(head, offset + told);
        }
    }

    /// Tells that this direction ended at `offset`.
    #[cold]
    pub(crate) fn end(&mut self, head: &Head, start: u64, content: Content<'_>) {
        if !head.is_over() {
            let offset = start.wrapping_sub(u64::from(head.skipped));
            self.put(head.side, offset, content);
        }
    }
}
