//! A transaction whose values lie one after the other in one piece of memory.
//!
//! Most protocols have a handful of short values per transaction; two small allocations hold them
//! all, and rules and records find them by number.

use std::borrow::Cow;

use wirewatch_records::Row;

use crate::application::{Application, COMPLETE, Event, Field, Transaction};
use crate::protocol::Side;
use crate::sink::Sink;
use crate::waiting::{Sides, bounded};

/// Bytes of all values of a transaction; more come only from somebody who fills tables.
const MAX_BYTES: usize = 64 << 10;
/// Values of a transaction, for the same reason.
const MAX_VALUES: usize = 512;
/// Kinds of trouble that are kept of one transaction.
const MAX_EVENTS: usize = 16;

/// What a protocol keeps beside the values, and how it makes the record.
pub(crate) trait Detail: Sized {
    /// Gives the record as far as it is known.
    fn row(exchange: &Exchange<Self>, put: &mut dyn FnMut(&Row<'_>));

    /// Whether a side that is not complete may add values to fields that rules were asked about.
    fn grows(side: Side) -> bool {
        let _ = side;
        false
    }
}

/// A transaction of a protocol with `D` beside its values.
#[derive(Debug)]
pub(crate) struct Exchange<D> {
    id: u64,
    application: &'static Application,
    progress: Sides<u8>,
    bytes: Vec<u8>,
    values: Vec<Value>,
    numbers: Vec<(u8, Side, u64)>,
    events: Vec<&'static Event>,
    pub(crate) detail: D,
}

#[derive(Debug, Clone, Copy)]
struct Value {
    buffer: u8,
    side: Side,
    start: u32,
    end: u32,
}

impl<D: Detail> Exchange<D> {
    pub(crate) fn new(id: u64, application: &'static Application, detail: D) -> Self {
        Self {
            id,
            application,
            progress: Sides::default(),
            bytes: Vec::new(),
            values: Vec::new(),
            numbers: Vec::new(),
            events: Vec::new(),
            detail,
        }
    }

    pub(crate) fn id(&self) -> u64 {
        self.id
    }

    /// Makes place for so many values and bytes at once, where they are known before.
    pub(crate) fn reserve(&mut self, values: usize, bytes: usize) {
        self.values.reserve(values.min(MAX_VALUES));
        self.bytes.reserve(bytes.min(MAX_BYTES));
    }

    /// Adds a value; what is beyond the bounds is left out.
    pub(crate) fn put(&mut self, buffer: usize, side: Side, value: &[u8]) {
        let free = MAX_BYTES.saturating_sub(self.bytes.len());
        if self.values.len() < MAX_VALUES && (free > 0 || value.is_empty()) {
            let start = self.bytes.len() as u32;
            self.bytes.extend_from_slice(bounded(value, free));
            self.values.push(Value {
                buffer: buffer as u8,
                side,
                start,
                end: self.bytes.len() as u32,
            });
        }
    }

    /// Adds a number.
    pub(crate) fn put_number(&mut self, number: usize, side: Side, value: impl Into<u64>) {
        if self.numbers.len() < MAX_VALUES {
            self.numbers.push((number as u8, side, value.into()));
        }
    }

    /// Sets a number of which there is one, such as a count.
    pub(crate) fn set_number(&mut self, number: usize, side: Side, value: impl Into<u64>) {
        let mut numbers = self.numbers.iter_mut();
        let known = numbers.find(|(known, from, _)| usize::from(*known) == number && *from == side);
        match known {
            Some((_, _, known)) => *known = value.into(),
            None => self.put_number(number, side, value),
        }
    }

    /// Every value of a buffer, whoever sent it.
    pub(crate) fn all(&self, buffer: usize) -> impl Iterator<Item = &[u8]> {
        let values = self.values.iter();
        let values = values.filter(move |value| usize::from(value.buffer) == buffer);
        values.map(|value| self.slice(value))
    }

    /// A buffer's first value.
    pub(crate) fn first(&self, buffer: usize) -> Option<&[u8]> {
        self.all(buffer).next()
    }

    /// A buffer's first value of one side.
    pub(crate) fn said(&self, buffer: usize, side: Side) -> Option<&[u8]> {
        self.nth(buffer, side, 0)
    }

    /// A number's first value.
    pub(crate) fn count(&self, number: usize) -> Option<u64> {
        let mut numbers = self.numbers.iter();
        let found = numbers.find(|(known, _, _)| usize::from(*known) == number);
        found.map(|(_, _, value)| *value)
    }

    fn nth(&self, buffer: usize, side: Side, index: usize) -> Option<&[u8]> {
        let values = self.values.iter();
        let mut values =
            values.filter(|value| usize::from(value.buffer) == buffer && value.side == side);
        values.nth(index).map(|value| self.slice(value))
    }

    fn slice(&self, value: &Value) -> &[u8] {
        let range = value.start as usize..value.end as usize;
        self.bytes.get(range).unwrap_or_default()
    }

    /// The transaction has come further: rules look at it.
    pub(crate) fn reach(&mut self, side: Side, progress: u8, sink: &mut dyn Sink) {
        let known = self.progress.mut_of(side);
        if *known < progress {
            *known = progress;
            sink.progress(self, side);
        }
    }

    /// Both sides are complete.
    pub(crate) fn close(&mut self, sink: &mut dyn Sink) {
        self.reach(Side::Client, COMPLETE, sink);
        self.reach(Side::Server, COMPLETE, sink);
    }

    /// Both sides are complete, and the record is put out.
    pub(crate) fn finish(&mut self, side: Side, sink: &mut dyn Sink) {
        self.close(sink);
        let id = self.id;
        D::row(self, &mut |row| {
            if sink.wants(row.kind()) {
                sink.record(Some(id), side, row);
            }
        });
    }

    /// One side's message was all there is to it: rules look at it, and the record is put out.
    pub(crate) fn single(&mut self, side: Side, sink: &mut dyn Sink) {
        self.reach(side, COMPLETE, sink);
        let id = self.id;
        D::row(self, &mut |row| {
            if sink.wants(row.kind()) {
                sink.record(Some(id), side, row);
            }
        });
    }

    /// The event with this number of the application; each is told once.
    pub(crate) fn event(&mut self, side: Side, event: usize, sink: &mut dyn Sink) {
        let Some(event) = self.application.events.get(event) else {
            return;
        };
        let known = self.events.iter().any(|known| std::ptr::eq(*known, event));
        if !known && self.events.len() < MAX_EVENTS {
            self.events.push(event);
            sink.anomaly(Some(self.id), side, event);
        }
    }

    /// Bytes of memory beside itself.
    pub(crate) fn held(&self) -> usize {
        self.bytes.capacity() + self.values.capacity() * 12 + self.numbers.capacity() * 16
    }
}

impl<D: Detail> Transaction for Exchange<D> {
    fn id(&self) -> u64 {
        self.id
    }

    fn application(&self) -> &'static Application {
        self.application
    }

    fn progress(&self, side: Side) -> u8 {
        *self.progress.of(side)
    }

    fn buffer(&self, buffer: usize, side: Side, index: usize) -> Option<Cow<'_, [u8]>> {
        self.nth(buffer, side, index).map(Cow::Borrowed)
    }

    fn number(&self, number: usize, side: Side, index: usize) -> Option<u64> {
        let numbers = self.numbers.iter();
        let mut numbers =
            numbers.filter(|(known, from, _)| usize::from(*known) == number && *from == side);
        numbers.nth(index).map(|(_, _, value)| *value)
    }

    fn grows(&self, side: Side) -> bool {
        D::grows(side) && *self.progress.of(side) < COMPLETE
    }

    fn events(&self) -> &[&'static Event] {
        &self.events
    }

    fn row(&self, put: &mut dyn FnMut(&Row<'_>)) {
        D::row(self, put);
    }
}

/// A field that only one side sends.
pub(crate) const fn field(name: &'static str, side: Side, progress: u8) -> Field {
    Field {
        name,
        side: Some(side),
        progress,
        many: false,
    }
}

/// A field of one side of which a transaction can have several.
pub(crate) const fn fields(name: &'static str, side: Side, progress: u8) -> Field {
    Field {
        many: true,
        ..field(name, side, progress)
    }
}

/// A field that either side sends.
pub(crate) const fn either(name: &'static str, progress: u8) -> Field {
    Field {
        name,
        side: None,
        progress,
        many: false,
    }
}

/// Something that can be wrong.
pub(crate) const fn event(code: &'static str, description: &'static str) -> Event {
    Event { code, description }
}
