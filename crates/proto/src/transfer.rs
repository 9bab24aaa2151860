//! A file on its way: pieces at offsets become one stream.
//!
//! Clients ask for several pieces at once and servers answer in any order, and programs jump about in
//! files. A piece ahead of its turn waits; when too much waits, what is missing is told as a gap.

use crate::application::Transaction;
use crate::protocol::Side;
use crate::sink::{FilePart, Sink};

/// Bytes that wait for their turn in all files of a flow: two reads of the usual megabyte are too
/// many to keep, four of 64 KiB are not.
pub(crate) const MAX_AHEAD: usize = 256 << 10;

/// Pieces that wait in one file. Pieces that touch are one.
const MAX_PIECES: usize = 64;

/// Why pieces do not wait any longer, and what is missing between them is told as gaps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Full {
    /// They have too many bytes.
    Size,
    /// There are too many of them.
    Count,
}

/// One direction of an open file.
#[derive(Debug)]
pub(crate) struct Transfer<T> {
    /// The exchange that this is, for records.
    pub(crate) exchange: T,
    side: Side,
    number: u32,
    next: u64,
    ahead: Vec<(u64, Vec<u8>)>,
    gaps: bool,
}

impl<T: Transaction> Transfer<T> {
    /// Begins a file.
    pub(crate) fn open(
        exchange: T,
        side: Side,
        number: u32,
        name: &[u8],
        announced: Option<u64>,
        sink: &mut dyn Sink,
    ) -> Self {
        sink.file(
            &exchange,
            side,
            number,
            FilePart::Open {
                name,
                size: announced,
            },
        );
        Self {
            exchange,
            side,
            number,
            next: 0,
            ahead: Vec::new(),
            gaps: false,
        }
    }

    /// Whether the byte at this offset was told already.
    pub(crate) fn repeats(&self, offset: u64) -> bool {
        offset < self.next
    }

    /// Takes a piece. `free` is what may still wait in the flow. Says when too much waited.
    pub(crate) fn put(
        &mut self,
        offset: u64,
        bytes: &[u8],
        free: &mut usize,
        sink: &mut dyn Sink,
    ) -> Option<Full> {
        if offset > self.next {
            return self.wait(offset, bytes, free, sink);
        }
        let known = usize::try_from(self.next - offset).unwrap_or(usize::MAX);
        if let Some(new) = bytes.get(known..).filter(|new| !new.is_empty()) {
            self.tell(new, sink);
        }
        if !self.ahead.is_empty() {
            self.catch_up(free, sink);
        }
        None
    }

    /// So many bytes at this offset were not captured.
    pub(crate) fn lose(&mut self, offset: u64, length: u64, free: &mut usize, sink: &mut dyn Sink) {
        let end = offset.saturating_add(length);
        if offset <= self.next && end > self.next {
            self.skip_to(end, sink);
            self.catch_up(free, sink);
        }
    }

    /// Ends the file and gives its exchange. It is complete when somebody closed it.
    pub(crate) fn close(mut self, ended: bool, free: &mut usize, sink: &mut dyn Sink) -> T {
        self.give_up(free, sink);
        let complete = ended && !self.gaps;
        sink.file(
            &self.exchange,
            self.side,
            self.number,
            FilePart::Close { complete },
        );
        self.exchange
    }

    /// Bytes that wait for their turn.
    pub(crate) fn held(&self) -> usize {
        self.ahead.iter().map(|(_, bytes)| bytes.capacity()).sum()
    }

    fn tell(&mut self, bytes: &[u8], sink: &mut dyn Sink) {
        self.next = self.next.saturating_add(bytes.len() as u64);
        sink.file(
            &self.exchange,
            self.side,
            self.number,
            FilePart::Data(bytes),
        );
    }

    fn skip_to(&mut self, offset: u64, sink: &mut dyn Sink) {
        let missing = offset.saturating_sub(self.next);
        if missing > 0 {
            self.gaps = true;
            self.next = offset;
            sink.file(
                &self.exchange,
                self.side,
                self.number,
                FilePart::Gap(missing),
            );
        }
    }

    fn wait(
        &mut self,
        offset: u64,
        bytes: &[u8],
        free: &mut usize,
        sink: &mut dyn Sink,
    ) -> Option<Full> {
        let full = if bytes.len() > *free {
            Some(Full::Size)
        } else {
            (self.ahead.len() >= MAX_PIECES).then_some(Full::Count)
        };
        if full.is_some() {
            self.give_up(free, sink);
            if offset > self.next {
                self.skip_to(offset, sink);
            }
            self.put(offset, bytes, free, sink);
            return full;
        }
        *free = free.saturating_sub(bytes.len());
        let touching = self
            .ahead
            .iter_mut()
            .find(|(start, piece)| start.saturating_add(piece.len() as u64) == offset);
        match touching {
            Some((_, piece)) => piece.extend_from_slice(bytes),
            None => self.ahead.push((offset, bytes.to_vec())),
        }
        None
    }

    /// Tells the pieces whose turn has come.
    fn catch_up(&mut self, free: &mut usize, sink: &mut dyn Sink) {
        while let Some(turn) = self.ahead.iter().position(|(start, _)| *start <= self.next) {
            self.take(turn, free, sink);
        }
    }

    /// Tells all pieces, with gaps between them.
    fn give_up(&mut self, free: &mut usize, sink: &mut dyn Sink) {
        while let Some(turn) =
            (0..self.ahead.len()).min_by_key(|turn| self.ahead.get(*turn).map(|piece| piece.0))
        {
            let start = self.ahead.get(turn).map_or(0, |piece| piece.0);
            self.skip_to(start, sink);
            self.take(turn, free, sink);
        }
    }

    fn take(&mut self, turn: usize, free: &mut usize, sink: &mut dyn Sink) {
        let (start, piece) = self.ahead.swap_remove(turn);
        *free = free.saturating_add(piece.len());
        let known = usize::try_from(self.next.saturating_sub(start)).unwrap_or(usize::MAX);
        if let Some(new) = piece.get(known..).filter(|new| !new.is_empty()) {
            self.tell(new, sink);
        }
    }
}
