//! Several capture files as one source, in time order.
//!
//! Files wait, sorted by the time of their first packet, until the packets handed out
//! have come that far. Open files are lanes: each has at most one group of packets
//! found ahead, and a heap tells whose next packet is the oldest. One file is the
//! simplest case of the same.

mod probe;

#[cfg(test)]
mod tests;

use std::array;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::path::PathBuf;
use std::time::Duration;

use crate::file::{Advance, FileOptions, Listing, Names, Notices, Origin, Reader, Record, refused};
use crate::{Counters, Error, Event, MAX_GROUP, Packet, Polled, Source};

/// A source of one or more capture files.
pub(crate) struct Files<'a> {
    options: FileOptions,
    waiting: VecDeque<Waiting<'a>>,
    /// Open files; closed ones leave their slot to the next.
    lanes: Vec<Option<Lane<'a>>>,
    heads: BinaryHeap<Reverse<Head>>,
    /// Slots of lanes with no packets ahead.
    starved: Vec<usize>,
    names: Names,
    notices: Notices,
    counters: Counters,
    failure: Option<Error>,
    told_late: bool,
    /// Bytes of all files, unless one is a pipe.
    total: Option<u64>,
    /// Bytes of the files that are done.
    finished: u64,
}

/// A file whose time has not come.
struct Waiting<'a> {
    /// Time of its first packet; as early as possible where that is not known.
    first: i64,
    /// Its place among the inputs, which decides between equal times.
    place: u32,
    file: Unopened<'a>,
}

enum Unopened<'a> {
    Path(PathBuf, u64),
    /// A stream, open from the start.
    Open(Box<Reader<'a>>),
}

struct Lane<'a> {
    reader: Box<Reader<'a>>,
    place: u32,
    /// Which of the reader's records is next.
    next: usize,
}

/// The next packet of a lane. The order of the fields is the order of packets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Head {
    ts: i64,
    place: u32,
    slot: usize,
}

/// One packet chosen for the next group.
#[derive(Clone, Copy)]
struct Pick {
    slot: usize,
    record: Record,
}

impl Lane<'_> {
    fn head(&self, slot: usize) -> Option<Head> {
        let record = self.reader.records().get(self.next)?;
        Some(Head {
            ts: record.ts,
            place: self.place,
            slot,
        })
    }
}

impl<'a> Files<'a> {
    fn empty(options: &FileOptions) -> Self {
        Self {
            options: options.clone(),
            waiting: VecDeque::new(),
            lanes: Vec::new(),
            heads: BinaryHeap::new(),
            starved: Vec::new(),
            names: Names::default(),
            notices: Notices::default(),
            counters: Counters::default(),
            failure: None,
            told_late: false,
            total: Some(0),
            finished: 0,
        }
    }

    /// A source of one input that is open already.
    pub(crate) fn of_one(origin: Origin<'a>, path: PathBuf, options: &FileOptions) -> Self {
        let mut files = Self::empty(options);
        files.total = origin.size;
        let reader = Reader::new(origin, path, 0, options.window);
        files.add_lane(Box::new(reader), 0);
        files
    }

    /// Looks into all files and puts them in order.
    ///
    /// # Errors
    /// When nothing among them can be read, or a named one does not exist.
    pub(crate) fn open(mut listing: Listing, options: &FileOptions) -> Result<Self, Error> {
        let mut files = Self::empty(options);
        files.notices = std::mem::take(&mut listing.notices);
        files.look_into(&listing)?;
        if files.waiting.is_empty() {
            return Err(files.failure.unwrap_or_else(|| no_captures(&listing)));
        }
        let waiting = files.waiting.make_contiguous();
        waiting.sort_by_key(|file| (file.first, file.place));
        Ok(files)
    }

    /// Gets packets for every lane that has none ahead. False when one must be waited for.
    fn feed(&mut self) -> bool {
        while let Some(&slot) = self.starved.last() {
            if !self.feed_lane(slot) {
                return false;
            }
            self.starved.pop();
        }
        true
    }

    fn feed_lane(&mut self, slot: usize) -> bool {
        let Some(Some(lane)) = self.lanes.get_mut(slot) else {
            return true;
        };
        lane.next = 0;
        let advance = lane.reader.advance(&mut self.names);
        self.counters.skipped_blocks += lane.reader.skipped();
        match advance {
            Ok(Advance::Ready) => self.heads.extend(lane.head(slot).map(Reverse)),
            Ok(Advance::Idle) => return false,
            Ok(Advance::End) => self.close(slot),
            Err(error) => {
                self.close(slot);
                self.note_failure(error);
            }
        }
        true
    }

    fn add_lane(&mut self, reader: Box<Reader<'a>>, place: u32) {
        let lane = Lane {
            reader,
            place,
            next: 0,
        };
        let free = self.lanes.iter().position(Option::is_none);
        let slot = free.unwrap_or(self.lanes.len());
        match self.lanes.get_mut(slot) {
            Some(empty) => *empty = Some(lane),
            None => self.lanes.push(Some(lane)),
        }
        self.starved.push(slot);
    }

    fn close(&mut self, slot: usize) {
        if let Some(lane) = self.lanes.get_mut(slot).and_then(Option::take) {
            self.finished += lane.reader.size().unwrap_or_default();
        }
    }

    /// The first damage is kept for the end, the others are told as they come.
    fn note_failure(&mut self, error: Error) {
        if self.failure.is_none() {
            self.failure = Some(error);
        } else {
            self.notices.add("capture.damaged", error.to_string());
        }
    }

    fn open_lanes(&self) -> usize {
        self.lanes.iter().flatten().count()
    }

    fn can_open(&self) -> bool {
        self.open_lanes() < self.options.open_limit.max(1)
    }

    /// Opens the next file if its time has come. True when it did.
    fn open_due(&mut self) -> bool {
        let Some(next) = self.waiting.front() else {
            return false;
        };
        let due = self.heads.peek().is_none_or(|head| next.first <= head.0.ts);
        if due && !self.can_open() {
            self.tell_late();
        }
        due && self.can_open() && self.open_next()
    }

    fn open_next(&mut self) -> bool {
        let Some(next) = self.waiting.pop_front() else {
            return false;
        };
        match next.file {
            Unopened::Open(reader) => self.add_lane(reader, next.place),
            Unopened::Path(path, size) => match Origin::open(&path) {
                Ok(origin) => {
                    let reader = Reader::new(origin, path, next.place, self.options.window);
                    self.add_lane(Box::new(reader), next.place);
                }
                Err(error) => {
                    self.finished += size;
                    self.note_failure(refused(&path, error));
                }
            },
        }
        true
    }

    fn tell_late(&mut self) {
        if !std::mem::replace(&mut self.told_late, true) {
            let limit = self.options.open_limit;
            let message = format!(
                "more than {limit} files overlap in time; packets of the others come late and out of order"
            );
            self.notices.add("capture.out_of_order", message);
        }
    }

    /// Packets from here on must wait for the next file to be opened, or for its
    /// being late to be told.
    fn horizon(&self) -> Option<i64> {
        let next = self.waiting.front()?;
        (self.can_open() || !self.told_late).then_some(next.first)
    }

    fn hand_out(&mut self, take: &mut dyn FnMut(&[Packet<'_>])) -> usize {
        let count = match self.heads.peek() {
            Some(&Reverse(head)) if self.stands_alone(head.slot) => {
                self.hand_out_lane(head.slot, take)
            }
            Some(_) => self.hand_out_merged(take),
            None => 0,
        };
        self.counters.packets += count as u64;
        count
    }

    /// Whether nothing is to be merged into what this lane has ahead.
    fn stands_alone(&self, slot: usize) -> bool {
        let before = |horizon| self.ahead(slot).iter().all(|record| record.ts < horizon);
        self.heads.len() == 1 && self.horizon().is_none_or(before)
    }

    fn ahead(&self, slot: usize) -> &[Record] {
        let lane = self.lanes.get(slot).and_then(Option::as_ref);
        let records = lane.and_then(|lane| lane.reader.records().get(lane.next..));
        records.unwrap_or_default()
    }

    fn hand_out_lane(&mut self, slot: usize, take: &mut dyn FnMut(&[Packet<'_>])) -> usize {
        self.heads.clear();
        self.starved.push(slot);
        let records = self.ahead(slot);
        let lane = self.lanes.get(slot).and_then(Option::as_ref);
        let window = lane.map_or(&[][..], |lane| lane.reader.window());
        let number = self.counters.packets + 1;
        let group: [Packet<'_>; MAX_GROUP] = array::from_fn(|index| {
            let record = records.get(index);
            record.map_or(Packet::NONE, |r| r.packet(window, number + index as u64))
        });
        let count = records.len();
        self.counters.bytes += give(&group, count, take);
        count
    }

    fn hand_out_merged(&mut self, take: &mut dyn FnMut(&[Packet<'_>])) -> usize {
        let mut picks = [None; MAX_GROUP];
        let count = self.pick(&mut picks);
        let number = self.counters.packets + 1;
        let mut picks = (number..).zip(picks);
        let group: [Packet<'_>; MAX_GROUP] = array::from_fn(|_| match picks.next() {
            Some((number, Some(pick))) => self.packet(pick, number),
            _ => Packet::NONE,
        });
        let bytes = give(&group, count, take);
        self.counters.bytes += bytes;
        count
    }

    fn packet(&self, pick: Pick, number: u64) -> Packet<'_> {
        let lane = self.lanes.get(pick.slot).and_then(Option::as_ref);
        lane.map_or(Packet::NONE, |lane| {
            pick.record.packet(lane.reader.window(), number)
        })
    }

    /// Chooses the oldest packets until a lane has none ahead, and returns their number.
    fn pick(&mut self, picks: &mut [Option<Pick>; MAX_GROUP]) -> usize {
        let horizon = self.horizon();
        let mut count = 0;
        for pick in picks {
            let Some(mut top) = self.heads.peek_mut() else {
                break;
            };
            let Head { ts, slot, .. } = top.0;
            if horizon.is_some_and(|horizon| ts >= horizon) {
                break;
            }
            let Some(Some(lane)) = self.lanes.get_mut(slot) else {
                break;
            };
            let record = lane.reader.records().get(lane.next).copied();
            *pick = record.map(|record| Pick { slot, record });
            count += 1;
            lane.next += 1;
            if let Some(head) = lane.head(slot) {
                *top = Reverse(head);
            } else {
                std::collections::binary_heap::PeekMut::pop(top);
                self.starved.push(slot);
                break;
            }
        }
        count
    }

    fn pipes(&self) -> impl Iterator<Item = &Reader<'a>> {
        let open = self.lanes.iter().flatten().map(|lane| &lane.reader);
        let waiting = self
            .waiting
            .iter()
            .filter_map(|waiting| match &waiting.file {
                Unopened::Open(reader) => Some(reader),
                Unopened::Path(..) => None,
            });
        open.chain(waiting).map(AsRef::as_ref)
    }
}

/// Hands a group over and returns its bytes on the wire.
#[inline]
fn give(group: &[Packet<'_>; MAX_GROUP], count: usize, take: &mut dyn FnMut(&[Packet<'_>])) -> u64 {
    let packets = group.get(..count).unwrap_or_default();
    take(packets);
    packets.iter().map(|p| u64::from(p.wire_length)).sum()
}

fn no_captures(listing: &Listing) -> Error {
    let folders: Vec<_> = listing
        .folders
        .iter()
        .map(|f| f.display().to_string())
        .collect();
    Error::Unusable {
        what: folders.join(", "),
        reason: "there is no capture file (pcap, pcapng, plain or as gzip or zstd) in it"
            .to_owned(),
    }
}

impl Source for Files<'_> {
    fn poll(
        &mut self,
        wait: Duration,
        take: &mut dyn FnMut(&[Packet<'_>]),
    ) -> Result<Polled, Error> {
        if self.total.is_none() {
            self.pipes().for_each(|reader| reader.set_wait(wait));
        }
        loop {
            if !self.feed() {
                return Ok(Polled::Idle);
            }
            if self.open_due() {
                continue;
            }
            let count = self.hand_out(take);
            if count > 0 {
                return Ok(Polled::Packets(count));
            }
            return self.failure.take().map_or(Ok(Polled::End), Err);
        }
    }

    fn interfaces(&self) -> Vec<String> {
        self.names.list()
    }

    fn counters(&self) -> Counters {
        self.counters
    }

    fn events(&mut self) -> Vec<Event> {
        self.notices.take()
    }

    fn progress(&self) -> Option<f64> {
        let total = self.total?;
        let open = self.lanes.iter().flatten();
        let read: u64 = open.map(|lane| lane.reader.bytes_read()).sum();
        if total == 0 {
            return Some(1.0);
        }
        #[allow(clippy::cast_precision_loss)] // a share for the eye
        let share = (self.finished + read) as f64 / total as f64;
        Some(share.min(1.0))
    }
}
