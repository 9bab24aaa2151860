//! What rules remember of a flow's open transactions and files.

use std::collections::VecDeque;

use wirewatch_proto::{COMPLETE, Side};

/// Open transactions remembered per flow. Ordinary flows have one or two, pipelines some
/// dozens; when there are more the one that began first is forgotten, and its rules would be asked anew.
const MAX_OPEN: usize = 256;
/// Rules that wait for later fields of one transaction; real sets have less than ten.
const MAX_WAITING: usize = 256;
/// Bits of one transaction that rules set; real sets have some.
const MAX_BITS: usize = 64;
/// Rules remembered per flow for what they matched elsewhere: in payloads, streams and files.
const MAX_NOTES: usize = 256;

/// A rule that waits, and the side it looks from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Waiting {
    pub(crate) rule: u32,
    pub(crate) side: Side,
}

/// One transaction that has not come to its end.
#[derive(Debug)]
pub(crate) struct Open {
    id: u64,
    application: u8,
    /// The progress each side had when rules were last asked.
    seen: [Option<u8>; 2],
    /// Events each side's rules have been asked about.
    events: [u16; 2],
    /// Events its rules were asked about when it had nothing more to say.
    late: [u16; 2],
    pub(crate) waiting: Vec<Waiting>,
    /// Of a transaction that adds values to fields after rules were asked about them.
    growth: Option<Box<Growth>>,
    /// Names of the bits that are set.
    bits: Vec<u16>,
}

/// How far rules have been asked about growing fields.
#[derive(Debug, Default)]
struct Growth {
    /// Values that each side's prefilters have seen, by their number.
    seen: [Vec<u16>; 2],
    /// Rules that have matched.
    matched: Vec<Waiting>,
}

/// All of a flow's.
#[derive(Debug, Default)]
pub(crate) struct OpenTransactions {
    /// By number and application: numbers rise, so that most come last and go first.
    open: VecDeque<Open>,
    /// The transaction that rules are asked about at the moment.
    current: Option<(u8, u64)>,
    /// Rules whose payload matched and whose transaction has not.
    payloads: Vec<u32>,
    /// Rules whose transaction matched and whose payload has not.
    transactions: Vec<(u32, u64)>,
    /// Rules that a side's stream has alerted.
    streams: Vec<(u32, Side)>,
    /// Rules that a file has alerted.
    files: Vec<(u32, u32)>,
    /// Transactions of which no records are put out.
    hidden: Vec<(u8, u64)>,
}

impl OpenTransactions {
    /// The transaction's memory, and whether another had to make place.
    pub(crate) fn of(&mut self, application: usize, id: u64) -> (Option<&mut Open>, bool) {
        let application = u8::try_from(application).unwrap_or(u8::MAX);
        let mut evicted = false;
        let place = self.place(application, id).unwrap_or_else(|mut place| {
            if self.open.len() >= MAX_OPEN {
                self.open.pop_front();
                place = place.saturating_sub(1);
                evicted = true;
            }
            let open = Open {
                id,
                application,
                seen: [None; 2],
                events: [0; 2],
                late: [0; 2],
                waiting: Vec::new(),
                growth: None,
                bits: Vec::new(),
            };
            self.open.insert(place, open);
            place
        });
        (self.open.get_mut(place), evicted)
    }

    /// Where a transaction is, or would be.
    fn place(&self, application: u8, id: u64) -> Result<usize, usize> {
        let key = |open: &Open| (open.id, open.application);
        // Mostly it is the newest.
        match self.open.back().map(key) {
            Some(last) if last == (id, application) => return Ok(self.open.len() - 1),
            Some(last) if last > (id, application) => {}
            _ => return Err(self.open.len()),
        }
        self.open.binary_search_by_key(&(id, application), key)
    }

    /// From here on rules are asked about this transaction, or about none.
    pub(crate) fn enter(&mut self, transaction: Option<(usize, u64)>) {
        self.current =
            transaction.map(|(application, id)| (u8::try_from(application).unwrap_or(u8::MAX), id));
    }

    /// No records of the transaction at hand are put out.
    pub(crate) fn hide(&mut self) {
        let Some(current) = self
            .current
            .filter(|current| !self.hidden.contains(current))
        else {
            return;
        };
        if self.hidden.len() >= MAX_OPEN {
            self.hidden.remove(0);
        }
        self.hidden.push(current);
    }

    pub(crate) fn hides(&self, application: usize, transaction: u64) -> bool {
        let is_meant = |(of, id): &(u8, u64)| usize::from(*of) == application && *id == transaction;
        self.hidden.iter().any(is_meant)
    }

    fn current(&self) -> Option<usize> {
        let (application, id) = self.current?;
        self.place(application, id).ok()
    }

    /// Whether a bit of the transaction at hand is set; none when there is no such transaction.
    pub(crate) fn bit(&self, name: u16) -> Option<bool> {
        let open = self.open.get(self.current()?)?;
        Some(open.bits.contains(&name))
    }

    /// Changes a bit of the transaction at hand.
    pub(crate) fn write_bit(&mut self, name: u16, change: fn(bool) -> bool) {
        let Some(open) = self.current().and_then(|place| self.open.get_mut(place)) else {
            return;
        };
        let is_set = open.bits.contains(&name);
        if !change(is_set) {
            open.bits.retain(|known| *known != name);
        } else if !is_set && open.bits.len() < MAX_BITS {
            open.bits.push(name);
        }
    }

    /// Forgets the transaction if it is over on both sides, or on one when it has but that.
    pub(crate) fn close(&mut self, application: usize, id: u64, is_alone: bool) {
        let application = u8::try_from(application).unwrap_or(u8::MAX);
        let over = |open: &Open| {
            let over = |seen: &Option<u8>| *seen == Some(COMPLETE);
            open.seen.iter().all(over) || is_alone && open.seen.iter().any(over)
        };
        if let Ok(place) = self.place(application, id)
            && self.open.get(place).is_some_and(over)
        {
            self.open.remove(place);
        }
    }

    /// A payload matched: the transaction that waits for it, if one does.
    pub(crate) fn payload_matched(&mut self, rule: u32) -> Option<u64> {
        let mut waiting = self.transactions.iter();
        if let Some(place) = waiting.position(|(known, _)| *known == rule) {
            return Some(self.transactions.swap_remove(place).1);
        }
        if !self.payloads.contains(&rule) && self.payloads.len() < MAX_NOTES {
            self.payloads.push(rule);
        }
        None
    }

    /// A transaction matched: whether the payload has.
    pub(crate) fn transaction_matched(&mut self, rule: u32, id: u64) -> bool {
        let mut payloads = self.payloads.iter();
        if let Some(place) = payloads.position(|known| *known == rule) {
            self.payloads.swap_remove(place);
            return true;
        }
        if self.transactions.len() < MAX_NOTES {
            self.transactions.push((rule, id));
        }
        false
    }

    /// Whether the rule has alerted on this side's stream.
    pub(crate) fn has_told_stream(&self, rule: u32, side: Side) -> bool {
        self.streams.contains(&(rule, side))
    }

    pub(crate) fn note_stream(&mut self, rule: u32, side: Side) {
        if self.streams.len() < MAX_NOTES && !self.has_told_stream(rule, side) {
            self.streams.push((rule, side));
        }
    }

    /// Whether it is the first time that the rule matches this file.
    pub(crate) fn is_first_of_file(&mut self, rule: u32, file: u32) -> bool {
        if self.files.contains(&(rule, file)) {
            return false;
        }
        if self.files.len() >= MAX_NOTES {
            self.files.remove(0);
        }
        self.files.push((rule, file));
        true
    }
}

impl Open {
    /// Notes how far a side has come and how many events there are; gives how far it was, and how
    /// many events this and either side's rules have been asked about.
    pub(crate) fn advance(
        &mut self,
        side: Side,
        progress: u8,
        events: usize,
    ) -> (Option<u8>, usize, usize) {
        let place = match side {
            Side::Client => 0,
            Side::Server => 1,
        };
        let events = u16::try_from(events).unwrap_or(u16::MAX);
        let by_any = self.events.into_iter().max().unwrap_or(0).into();
        let seen = self.seen.get_mut(place);
        let known = self.events.get_mut(place);
        let late = self.late.get(place).copied().unwrap_or(0);
        (
            seen.and_then(|seen| seen.replace(progress)),
            known.map_or(0, |known| std::mem::replace(known, events).max(late).into()),
            by_any,
        )
    }

    /// Takes out how many values of growing fields a side's prefilters have seen, if it adds some or did.
    pub(crate) fn take_seen(&mut self, side: Side, grows: bool) -> Option<Vec<u16>> {
        if grows {
            self.growth.get_or_insert_default();
        }
        let seen = self.growth.as_mut()?.seen.get_mut(side as usize)?;
        Some(std::mem::take(seen))
    }

    /// Puts back what was taken out.
    pub(crate) fn put_seen(&mut self, side: Side, values: Vec<u16>) {
        let growth = self.growth.get_or_insert_default();
        if let Some(seen) = growth.seen.get_mut(side as usize) {
            *seen = values;
        }
    }

    /// Whether the rule has matched this growing transaction.
    pub(crate) fn has_matched(&self, rule: Waiting) -> bool {
        let growth = self.growth.as_ref();
        growth.is_some_and(|growth| growth.matched.contains(&rule))
    }

    /// Whether so many rules have matched this growing transaction that no more are asked.
    pub(crate) fn has_matched_enough(&self) -> bool {
        let growth = self.growth.as_ref();
        growth.is_some_and(|growth| growth.matched.len() >= MAX_WAITING)
    }

    /// Notes that the rule has matched, where it could do so again.
    pub(crate) fn note_match(&mut self, rule: Waiting) {
        if let Some(growth) = self.growth.as_mut() {
            growth.matched.push(rule);
        }
    }

    /// Notes how many events there are for a side that has nothing more to say; gives how many its rules
    /// have been asked about. None while more may come, as its rules are asked then.
    pub(crate) fn catch_up(&mut self, side: Side, events: usize) -> Option<usize> {
        let place = match side {
            Side::Client => 0,
            Side::Server => 1,
        };
        if self.seen.get(place).copied().flatten() != Some(COMPLETE) {
            return None;
        }
        let events = u16::try_from(events).unwrap_or(u16::MAX);
        let known = *self.events.get(place)?;
        let late = self.late.get_mut(place)?;
        Some(std::mem::replace(late, events).max(known).into())
    }

    /// Remembers a rule for later; false when too many wait.
    pub(crate) fn wait(&mut self, waiting: Waiting) -> bool {
        if self.waiting.contains(&waiting) {
            return true;
        }
        let room = self.waiting.len() < MAX_WAITING;
        if room {
            self.waiting.push(waiting);
        }
        room
    }
}
