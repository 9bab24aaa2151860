//! The streams that are open, and how they end.

use crate::application::{COMPLETE, Event, Limits};
use crate::http::exchange::Exchange;
use crate::http::lane::{Lane, Told};
use crate::http::names::tell;
use crate::protocol::Side;
use crate::sink::Sink;
use crate::stray;
use crate::waiting::other;

use super::stream::{Beside, Said};
use super::{HTTP2, Http2, event};

/// Streams that are open at once; browsers and servers agree on 100 to 256.
const MAX_STREAMS: usize = 128;

/// Bytes that streams of one flow hold; then the oldest ones are told as they are.
const MAX_HELD: usize = 1 << 20;

/// One stream with what both sides say in it.
#[derive(Debug)]
pub(super) struct Stream {
    pub(super) id: u32,
    pub(super) exchange: Exchange,
    pub(super) client: Lane,
    pub(super) server: Lane,
}

impl Stream {
    fn new(id: u32, exchange: u64, limits: &Limits) -> Self {
        let mut exchange = Exchange::new(exchange, &HTTP2);
        exchange.stream = Some(Box::new(Beside::new(id)));
        Self {
            id,
            exchange,
            client: Lane::new(Side::Client, false, limits),
            server: Lane::new(Side::Server, false, limits),
        }
    }

    pub(super) fn held(&self) -> usize {
        self.exchange
            .held()
            .saturating_add(self.client.held())
            .saturating_add(self.server.held())
    }
}

impl Http2 {
    pub(super) fn take_number(&mut self) -> u64 {
        let id = self.next_exchange;
        self.next_exchange = id.saturating_add(1);
        id
    }

    /// Something is wrong that belongs to no stream that is open.
    pub(super) fn stray(&mut self, side: Side, event: &'static Event, sink: &mut dyn Sink) {
        stray::tell(&mut self.next_exchange, &HTTP2, side, event, sink);
    }

    /// Both sides of a stream are over.
    pub(super) fn reset(&mut self, stream: u32, side: Side, sink: &mut dyn Sink) {
        for side in [side, other(side)] {
            self.finish(stream, side, false, sink);
        }
    }

    /// Notes what a side says in a stream that is open.
    pub(super) fn beside(&mut self, stream: u32, side: Side, say: impl FnOnce(&mut Said)) {
        let found = self.streams.iter_mut().find(|known| known.id == stream);
        if let Some(beside) = found.and_then(|found| found.exchange.stream.as_mut()) {
            say(beside.said(side));
        }
    }

    /// Opens a stream unless it is open.
    pub(super) fn open(&mut self, id: u32, side: Side, sink: &mut dyn Sink) {
        if self.streams.iter().any(|stream| stream.id == id) {
            return;
        }
        if let Some(highest) = self.highest.get_mut((id & 1) as usize) {
            let is_used_again = id <= *highest;
            *highest = id.max(*highest);
            if is_used_again {
                self.stray(side, &event::STREAM_ID_REUSE, sink);
            }
        }
        self.stream(id, sink);
    }

    /// The position of a stream; a new one when it is not open.
    pub(super) fn stream(&mut self, id: u32, sink: &mut dyn Sink) -> usize {
        if let Some(index) = self.streams.iter().position(|stream| stream.id == id) {
            return index;
        }
        while self.streams.len() >= MAX_STREAMS
            || (!self.streams.is_empty() && self.streams_hold() > MAX_HELD)
        {
            self.stray(Side::Client, &event::TOO_MANY_STREAMS, sink);
            self.give_up(0, sink);
        }
        let number = self.take_number();
        self.streams.push(Stream::new(id, number, &self.limits));
        self.streams.len().saturating_sub(1)
    }

    pub(super) fn streams_hold(&self) -> usize {
        self.streams.iter().map(Stream::held).sum()
    }

    /// Does something with a stream's message.
    pub(super) fn with(
        &mut self,
        stream: u32,
        side: Side,
        sink: &mut dyn Sink,
        act: impl FnOnce(&mut Lane, &mut Told<'_>),
    ) {
        let found = self.streams.iter_mut().find(|known| known.id == stream);
        let Some(stream) = found else {
            return;
        };
        let lane = match side {
            Side::Client => &mut stream.client,
            Side::Server => &mut stream.server,
        };
        let mut told = Told {
            exchange: &mut stream.exchange,
            next_file: &mut self.next_file,
            sink,
        };
        act(lane, &mut told);
    }

    /// A side of a stream is over; tells the stream when that was the last of it.
    pub(super) fn finish(&mut self, stream: u32, side: Side, complete: bool, sink: &mut dyn Sink) {
        let Some(index) = self.streams.iter().position(|known| known.id == stream) else {
            return;
        };
        let progress = |known: &Stream| known.exchange.half(side).progress;
        if self.streams.get(index).map_or(COMPLETE, progress) < COMPLETE {
            self.with(stream, side, sink, |lane, told| lane.finish(complete, told));
        }
        if self
            .streams
            .get(index)
            .is_some_and(|known| known.exchange.is_complete())
        {
            let stream = self.streams.remove(index);
            tell(&stream.exchange, sink);
        }
    }

    /// Tells a stream as it is.
    pub(super) fn give_up(&mut self, index: usize, sink: &mut dyn Sink) {
        let Some(id) = self.streams.get(index).map(|stream| stream.id) else {
            return;
        };
        for side in [Side::Client, Side::Server] {
            self.finish(id, side, false, sink);
        }
    }
}
