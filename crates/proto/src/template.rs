//! The smallest parser there is, an example for those who write one.
//!
//! Suricata's guide for developers has the same protocol for the same purpose: each message is `LENGTH:TEXT`, the
//! client asks, and the server answers. Its rules read both as `template.buffer`.

use std::collections::VecDeque;

use wirewatch_records::Row;

use crate::application::{Application, COMPLETE, Facts, Field, Next, Parser, Transaction};
use crate::exchange::{Detail, Exchange, either};
use crate::protocol::Side;
use crate::sink::Sink;
use crate::waiting::{Sides, Step, Waiting, drive};

/// Digits of a length: no text is longer than 9,999 bytes, so that none has to be kept in parts.
const MAX_DIGITS: usize = 4;
/// A message with its length.
const MAX_MESSAGE: usize = 10_000 + MAX_DIGITS;
/// Questions that wait for their answer.
const MAX_OPEN: usize = 16;

/// The example.
pub(crate) static TEMPLATE: Application = Application {
    names: &["template"],
    new: |_: &Facts| Box::new(Template::default()),
    frames: &[],
    buffers: BUFFERS,
    numbers: &[],
    events: &[],
};

const BUFFERS: &[Field] = &[either("template.buffer", COMPLETE)];

#[derive(Default)]
struct Template {
    next_id: u64,
    open: VecDeque<Exchange<Texts>>,
    waiting: Sides<Waiting>,
}

/// A question and its answer; they have no record of their own.
#[derive(Debug)]
struct Texts;

impl Detail for Texts {
    fn row(_: &Exchange<Self>, _: &mut dyn FnMut(&Row<'_>)) {}
}

/// What stands at the beginning of some bytes.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Message<'a> {
    /// A text, and how many bytes it takes with its length.
    Whole(&'a [u8], usize),
    /// The beginning of one.
    Part,
    /// Something else.
    None,
}

/// Reads `LENGTH:TEXT`.
pub(crate) fn message(bytes: &[u8]) -> Message<'_> {
    let digits = bytes
        .iter()
        .take(MAX_DIGITS)
        .take_while(|b| b.is_ascii_digit());
    let digits = digits.count();
    match bytes.split_at_checked(digits) {
        Some((_, [])) if (1..MAX_DIGITS).contains(&digits) => Message::Part,
        Some((length, [b':', text @ ..])) => {
            let length = std::str::from_utf8(length)
                .ok()
                .and_then(|text| text.parse().ok());
            match length.map(|length: usize| (text.get(..length), length)) {
                Some((Some(text), length)) => Message::Whole(text, digits + 1 + length),
                Some((None, _)) => Message::Part,
                None => Message::None,
            }
        }
        _ => Message::None,
    }
}

impl Template {
    fn said(&mut self, side: Side, text: &[u8], sink: &mut dyn Sink) {
        if side == Side::Client {
            if self.open.len() >= MAX_OPEN
                && let Some(mut oldest) = self.open.pop_front()
            {
                oldest.finish(Side::Client, sink);
            }
            let mut exchange = Exchange::new(self.next_id, &TEMPLATE, Texts);
            self.next_id = self.next_id.saturating_add(1);
            exchange.put(0, side, text);
            exchange.reach(side, COMPLETE, sink);
            self.open.push_back(exchange);
        } else if let Some(mut exchange) = self.open.pop_front() {
            exchange.put(0, side, text);
            exchange.finish(side, sink);
        }
    }
}

impl Parser for Template {
    fn data(&mut self, side: Side, bytes: &[u8], sink: &mut dyn Sink) -> Next {
        drive!(self.waiting, side, bytes, MAX_MESSAGE, |bytes| {
            match message(bytes) {
                Message::Whole(text, length) => {
                    self.said(side, text, sink);
                    Step::Used(length)
                }
                Message::Part => Step::More,
                Message::None => Step::Stop(Next::Done),
            }
        })
    }

    /// Where the next message begins is not known behind a gap.
    fn gap(&mut self, _: Side, _: u64, _: &mut dyn Sink) -> Next {
        Next::Done
    }

    fn end(&mut self, side: Side, sink: &mut dyn Sink) {
        if side == Side::Server {
            for mut exchange in self.open.drain(..) {
                exchange.finish(Side::Client, sink);
            }
        }
    }

    fn transaction(&self, id: u64) -> Option<&dyn Transaction> {
        let exchange = self.open.iter().find(|exchange| exchange.id() == id)?;
        Some(exchange)
    }

    fn held(&self) -> usize {
        let open = self.open.iter().map(Exchange::held);
        open.sum::<usize>() + self.waiting.client.held() + self.waiting.server.held()
    }
}

#[cfg(test)]
mod tests;
