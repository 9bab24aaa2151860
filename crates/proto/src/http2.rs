//! HTTP/2 (RFC 9113), in the clear: with prior knowledge, or after an upgrade of HTTP/1.
//!
//! A stream's messages are exchanges as HTTP/1 has them, so that the same rules and records fit. What
//! belongs to the connection as a whole is an exchange of its own per frame, with stream 0.

pub(crate) mod event;
mod frame;
mod hpack;
pub(crate) mod stream;
#[cfg(test)]
mod tests;

use crate::application::{Application, COMPLETE, Event, Facts, Limits, Next, Parser};
use crate::http::body::Framing;
use crate::http::exchange::{Exchange, HEAD, Half};
use crate::http::head::{Head, HeadEnd};
use crate::http::lane::{Lane, Told};
use crate::http::names::{self, tell};
use crate::http::{line, message};
use crate::protocol::Side;
use crate::sink::{Fact, Frame, Sink};
use frame::{FrameHead, kind};
use stream::Beside;

/// HTTP/2.
pub(crate) static HTTP2: Application = Application {
    names: &["http2", "doh2"],
    new: |facts| Box::new(Http2::new(facts)),
    frames: &["pdu", "hdr", "data"],
    buffers: stream::buffers(),
    numbers: stream::ALL_NUMBERS,
    events: event::ALL,
};

/// What a client begins with (section 3.4).
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// Bytes of a frame that is looked at as a whole. All but bodies fit in 16 KiB unless both sides agree.
const MAX_FRAME: usize = 64 << 10;

/// Bytes of a block of headers in several frames.
const MAX_BLOCK: usize = 64 << 10;

/// Streams that are open at once; browsers and servers agree on 100 to 256.
const MAX_STREAMS: usize = 128;

/// Bytes that streams of one flow hold; then the oldest ones are told as they are.
const MAX_HELD: usize = 1 << 20;

/// The parser of one flow.
struct Http2 {
    is_midstream: bool,
    limits: Limits,
    client: SideState,
    server: SideState,
    streams: Vec<Stream>,
    next_exchange: u64,
    next_file: u32,
    /// The highest stream that each side opened: the server's have even numbers.
    highest: [u32; 2],
    /// The host that was told last.
    host: Vec<u8>,
}

/// One side's frames.
#[derive(Debug)]
struct SideState {
    place: Place,
    rest: Vec<u8>,
    headers: hpack::Decoder,
    /// The block of headers that goes on in the next frame.
    block: Option<Block>,
    has_ended: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Preface,
    /// Before a frame's head.
    Frame,
    /// In a body's frame: the stream, bytes left, how many of them are padding, whether it is the last.
    Data {
        stream: u32,
        left: usize,
        padding: usize,
        is_last: bool,
    },
    /// In a frame that is passed over.
    Skip(usize),
    Over,
}

#[derive(Debug)]
struct Block {
    stream: u32,
    ends_stream: bool,
    bytes: Vec<u8>,
}

#[derive(Debug)]
struct Stream {
    id: u32,
    exchange: Exchange,
    client: Lane,
    server: Lane,
}

impl SideState {
    fn new(place: Place) -> Self {
        Self {
            place,
            rest: Vec::new(),
            headers: hpack::Decoder::default(),
            block: None,
            has_ended: false,
        }
    }
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

    fn held(&self) -> usize {
        self.exchange
            .held()
            .saturating_add(self.client.held())
            .saturating_add(self.server.held())
    }
}

/// The spans of a frame that begins `rest` bytes before the end of what is at hand.
fn tell_spans(side: Side, rest: usize, length: usize, sink: &mut dyn Sink) {
    sink.frame(Frame::new(
        0,
        side,
        rest,
        frame::HEAD.saturating_add(length),
    ));
    sink.frame(Frame::new(1, side, rest, frame::HEAD));
    let rest = rest.saturating_sub(frame::HEAD);
    sink.frame(Frame::new(2, side, rest, length));
}

impl Parser for Http2 {
    fn data(&mut self, side: Side, bytes: &[u8], sink: &mut dyn Sink) -> Next {
        let mut joined = std::mem::take(&mut self.side(side).rest);
        let taken;
        if joined.is_empty() {
            taken = self.run(side, bytes, sink);
            joined.extend_from_slice(bytes.get(taken..).unwrap_or_default());
        } else {
            joined.extend_from_slice(bytes);
            taken = self.run(side, &joined, sink);
            joined.drain(..taken.min(joined.len()));
        }
        self.side(side).rest = joined;
        if self.client.place == Place::Over && self.server.place == Place::Over {
            return Next::Done;
        }
        Next::More
    }

    fn gap(&mut self, side: Side, length: u64, sink: &mut dyn Sink) -> Next {
        self.side(side).rest = Vec::new();
        let missing = usize::try_from(length).unwrap_or(usize::MAX);
        match self.side(side).place {
            Place::Data {
                stream,
                left,
                padding,
                is_last,
            } if missing <= left => {
                let left = left.saturating_sub(missing);
                self.side(side).place = Place::Data {
                    stream,
                    left,
                    padding,
                    is_last,
                };
                self.with(stream, side, sink, |lane, told| {
                    lane.body_gap(length, told);
                });
                self.after_data(side, sink);
            }
            Place::Skip(left) if missing < left => {
                self.side(side).place = Place::Skip(left.saturating_sub(missing));
            }
            Place::Skip(left) if missing == left => self.side(side).place = Place::Frame,
            // Where the next frame begins is not known.
            _ => self.side(side).place = Place::Over,
        }
        Next::More
    }

    fn end(&mut self, side: Side, sink: &mut dyn Sink) {
        self.side(side).has_ended = true;
        if self.client.has_ended && self.server.has_ended {
            while !self.streams.is_empty() {
                self.give_up(0, sink);
            }
        }
    }

    fn held(&self) -> usize {
        let of = |side: &SideState| {
            let block = side.block.as_ref().map_or(0, |block| block.bytes.len());
            side.rest
                .capacity()
                .saturating_add(side.headers.held())
                .saturating_add(block)
        };
        self.streams
            .iter()
            .map(Stream::held)
            .sum::<usize>()
            .saturating_add(of(&self.client))
            .saturating_add(of(&self.server))
    }
}

impl Http2 {
    fn new(facts: &Facts) -> Self {
        Self {
            is_midstream: facts.midstream,
            limits: facts.limits,
            client: SideState::new(Place::Preface),
            server: SideState::new(Place::Frame),
            streams: Vec::new(),
            next_exchange: 0,
            next_file: 0,
            highest: [0; 2],
            host: Vec::new(),
        }
    }

    fn side(&mut self, side: Side) -> &mut SideState {
        match side {
            Side::Client => &mut self.client,
            Side::Server => &mut self.server,
        }
    }

    /// Takes what can be taken; says how much.
    fn run(&mut self, side: Side, input: &[u8], sink: &mut dyn Sink) -> usize {
        let mut at = 0_usize;
        while let Some(rest) = input.get(at..).filter(|rest| !rest.is_empty()) {
            let Some(taken) = self.step(side, rest, sink) else {
                break;
            };
            at = at.saturating_add(taken);
        }
        at
    }

    /// How much was taken; none when more is needed.
    fn step(&mut self, side: Side, input: &[u8], sink: &mut dyn Sink) -> Option<usize> {
        match self.side(side).place {
            Place::Preface => {
                if input.starts_with(PREFACE) {
                    self.side(side).place = Place::Frame;
                    return Some(PREFACE.len());
                }
                if PREFACE.starts_with(input) {
                    return None;
                }
                if line::begins_request(input) == line::Begins::Yes {
                    return self.upgraded(input, sink);
                }
                if !self.is_midstream {
                    sink.anomaly(None, side, &event::INVALID_CLIENT_MAGIC);
                }
                self.side(side).place = Place::Frame;
                Some(0)
            }
            Place::Frame => self.frame(side, input, sink),
            Place::Data {
                stream,
                left,
                padding,
                is_last,
            } => {
                let taken = left.min(input.len());
                let content = left.saturating_sub(padding).min(taken);
                let bytes = input.get(..content).unwrap_or_default();
                self.side(side).place = Place::Data {
                    stream,
                    left: left.saturating_sub(taken),
                    padding,
                    is_last,
                };
                self.with(stream, side, sink, |lane, told| lane.body(bytes, told));
                self.after_data(side, sink);
                Some(taken)
            }
            Place::Skip(left) => {
                let taken = left.min(input.len());
                self.side(side).place = match left.saturating_sub(taken) {
                    0 => Place::Frame,
                    left => Place::Skip(left),
                };
                Some(taken)
            }
            Place::Over => Some(input.len()),
        }
    }

    /// The request of HTTP/1 that asked for HTTP/2 is the first stream's (RFC 7540, section 3.2). It
    /// comes whole, before the preface. Its headers were told with HTTP/1; what says which answer this
    /// is is told again.
    fn upgraded(&mut self, input: &[u8], sink: &mut dyn Sink) -> Option<usize> {
        let length = HeadEnd::default().find(input, true).unwrap_or(input.len());
        let mut head = Head::default();
        head.read(input.get(..length)?, Side::Client, &mut |_| {});
        let line = line::request(head.line(), &mut |_| {});
        let mut list = List::default();
        list.push(b":method", head.part(line.method));
        list.push(b":path", head.part(line.uri.unwrap_or_default()));
        list.push(b":authority", head.find(b"Host").unwrap_or_default());
        self.open(1, Side::Client, sink);
        let block = Block {
            stream: 1,
            ends_stream: true,
            bytes: Vec::new(),
        };
        self.message(Side::Client, Side::Client, &block, &list, Vec::new(), sink);
        Some(length)
    }

    /// Ends a body's frame when all of it was there.
    fn after_data(&mut self, side: Side, sink: &mut dyn Sink) {
        if let Place::Data {
            stream,
            left: 0,
            is_last,
            ..
        } = self.side(side).place
        {
            self.side(side).place = Place::Frame;
            if is_last {
                self.finish(stream, side, true, sink);
            }
        }
    }

    fn frame(&mut self, side: Side, input: &[u8], sink: &mut dyn Sink) -> Option<usize> {
        let head = FrameHead::read(input)?;
        let goes_on = self.side(side).block.as_ref().map(|block| block.stream);
        if !head.is_plausible() {
            sink.anomaly(None, side, &event::INVALID_FRAME_HEADER);
            self.side(side).place = Place::Over;
            return Some(0);
        }
        if goes_on.is_some_and(|stream| head.kind != kind::CONTINUATION || head.stream != stream) {
            sink.anomaly(None, side, &event::EXTRA_HEADER_DATA);
            self.side(side).block = None;
        }
        if head.length > MAX_FRAME {
            sink.anomaly(None, side, &event::LONG_FRAME_DATA);
        }
        if head.kind == kind::DATA {
            let taken = self.data_frame(side, head, input, sink)?;
            tell_spans(side, input.len(), head.length, sink);
            return Some(taken);
        }
        if head.length > MAX_FRAME {
            self.side(side).place = Place::Skip(head.length);
            tell_spans(side, input.len(), head.length, sink);
            return Some(frame::HEAD);
        }
        let end = frame::HEAD.saturating_add(head.length);
        let payload = input.get(frame::HEAD..end)?;
        tell_spans(side, input.len(), head.length, sink);
        self.whole_frame(side, head, payload, sink);
        Some(end)
    }

    fn data_frame(
        &mut self,
        side: Side,
        head: FrameHead,
        input: &[u8],
        sink: &mut dyn Sink,
    ) -> Option<usize> {
        let (mut taken, mut left, mut padding) = (frame::HEAD, head.length, 0);
        if head.is_padded() && left > 0 {
            padding = usize::from(*input.get(taken)?);
            taken = taken.saturating_add(1);
            left = left.saturating_sub(1);
            if padding > left {
                sink.anomaly(None, side, &event::INVALID_FRAME_DATA);
                padding = left;
            }
        }
        if head.stream == 0 {
            sink.anomaly(None, side, &event::DATA_STREAM_ZERO);
        } else {
            self.beside(head.stream, side, |said| said.kinds.keep(kind::DATA));
        }
        self.side(side).place = Place::Data {
            stream: head.stream,
            left,
            padding,
            is_last: head.ends_stream(),
        };
        self.after_data(side, sink);
        Some(taken)
    }

    fn whole_frame(&mut self, side: Side, head: FrameHead, payload: &[u8], sink: &mut dyn Sink) {
        match head.kind {
            kind::HEADERS | kind::PUSH_PROMISE => self.headers(side, head, payload, sink),
            kind::CONTINUATION => self.continuation(side, head, payload, sink),
            _ => self.other_frame(side, head, payload, sink),
        }
    }

    fn headers(&mut self, side: Side, head: FrameHead, payload: &[u8], sink: &mut dyn Sink) {
        let Some((mut block, weight)) = head.headers(payload) else {
            return sink.anomaly(None, side, &event::INVALID_FRAME_DATA);
        };
        let mut stream = head.stream;
        if head.kind == kind::PUSH_PROMISE {
            let promised = frame::number(block, 0);
            let (Some(promised), Some(rest)) = (promised, block.get(4..)) else {
                return sink.anomaly(None, side, &event::INVALID_FRAME_LENGTH);
            };
            stream = promised & 0x7fff_ffff;
            block = rest;
        }
        self.open(stream, side, sink);
        self.beside(stream, side, |said| {
            said.kinds.keep(head.kind);
            said.priority = weight.or(said.priority);
        });
        let whole = Block {
            stream,
            ends_stream: head.ends_stream(),
            bytes: Vec::new(),
        };
        if head.ends_headers() {
            let is_promise = head.kind == kind::PUSH_PROMISE;
            return self.block(side, &whole, block, is_promise, sink);
        }
        let bytes = block.to_vec();
        self.side(side).block = Some(Block { bytes, ..whole });
    }

    fn continuation(&mut self, side: Side, head: FrameHead, payload: &[u8], sink: &mut dyn Sink) {
        let Some(mut block) = self.side(side).block.take() else {
            return sink.anomaly(None, side, &event::EXTRA_HEADER_DATA);
        };
        if block.bytes.len().saturating_add(payload.len()) > MAX_BLOCK {
            return sink.anomaly(None, side, &event::EXTRA_HEADER_DATA);
        }
        block.bytes.extend_from_slice(payload);
        if head.ends_headers() {
            let bytes = std::mem::take(&mut block.bytes);
            return self.block(side, &block, &bytes, false, sink);
        }
        self.side(side).block = Some(block);
    }

    /// A whole block of headers.
    fn block(
        &mut self,
        side: Side,
        block: &Block,
        bytes: &[u8],
        is_promise: bool,
        sink: &mut dyn Sink,
    ) {
        let mut list = List::default();
        let headers = &mut self.side(side).headers;
        let outcome = headers.read(bytes, &mut |name, value| list.push(name, value));
        // A promise is a request that the server makes in the client's place.
        let speaker = if is_promise { Side::Client } else { side };
        let events: Vec<&'static Event> = match outcome {
            Ok(()) => Vec::new(),
            Err(hpack::Wrong::Invalid) => vec![&event::INVALID_HEADER],
            Err(hpack::Wrong::Overflow) => vec![&event::HEADER_INTEGER_OVERFLOW],
        };
        self.message(side, speaker, block, &list, events, sink);
        if is_promise {
            self.finish(block.stream, speaker, true, sink);
        }
    }

    /// Headers of a message, or behind its body.
    fn message(
        &mut self,
        side: Side,
        speaker: Side,
        block: &Block,
        list: &List,
        mut events: Vec<&'static Event>,
        sink: &mut dyn Sink,
    ) {
        let index = self.stream(block.stream, sink);
        let Some(stream) = self.streams.get_mut(index) else {
            return;
        };
        let exchange = &mut stream.exchange;
        let is_first = exchange.half(speaker).progress < HEAD;
        let mut is_interim = false;
        if is_first {
            events.extend(read_message(exchange, speaker, list));
            is_interim = speaker == Side::Server
                && !block.ends_stream
                && exchange
                    .status_line
                    .code
                    .is_some_and(|code| (100..200).contains(&code));
        } else {
            // Trailers (section 8.1).
            for (name, value) in list.fields() {
                exchange.half_mut(speaker).head.push(name, value);
            }
        }
        for event in events {
            if exchange.is_wrong(event) {
                sink.anomaly(Some(exchange.id), side, event);
            }
        }
        if is_interim {
            exchange.response = Half::default();
            return;
        }
        if is_first {
            exchange.half_mut(speaker).progress = HEAD;
            if asks_for_names(list) {
                sink.learn(Fact::Speaks("doh2"));
            }
            if !block.ends_stream {
                sink.progress(exchange, speaker);
            }
            if speaker == Side::Client {
                message::tell_host(exchange, &mut self.host, sink);
            }
            self.with(block.stream, speaker, sink, |lane, told| {
                lane.begin_body(Framing::UntilEnd, told);
            });
        }
        if block.ends_stream {
            self.finish(block.stream, speaker, true, sink);
        }
    }

    /// A frame without a message.
    fn other_frame(&mut self, side: Side, head: FrameHead, payload: &[u8], sink: &mut dyn Sink) {
        let needed = match head.kind {
            kind::PRIORITY => 5,
            kind::RST_STREAM | kind::WINDOW_UPDATE => 4,
            kind::GOAWAY => 8,
            _ => 0,
        };
        if payload.len() < needed
            || (head.kind == kind::SETTINGS && !payload.len().is_multiple_of(6))
        {
            return sink.anomaly(None, side, &event::INVALID_FRAME_LENGTH);
        }
        let say = |said: &mut stream::Said| {
            said.kinds.keep(head.kind);
            match head.kind {
                kind::PRIORITY => said.priority = payload.get(4).copied(),
                kind::RST_STREAM => said.error = frame::number(payload, 0),
                kind::GOAWAY => said.error = frame::number(payload, 4),
                kind::WINDOW_UPDATE => {
                    let window = frame::number(payload, 0).unwrap_or(0) & 0x7fff_ffff;
                    said.windows.keep(window);
                }
                kind::SETTINGS => {
                    for setting in frame::settings(payload) {
                        said.settings.keep(setting);
                    }
                }
                _ => {}
            }
        };
        if head.stream == 0 {
            return self.connection_frame(side, say, sink);
        }
        // Weights and windows of streams that carry nothing are not worth a transaction.
        if self.streams.iter().all(|stream| stream.id != head.stream) {
            if head.kind != kind::RST_STREAM {
                return self.connection_frame_of(head.stream, side, say, sink);
            }
            return;
        }
        self.beside(head.stream, side, say);
        if head.kind == kind::RST_STREAM {
            self.reset(head.stream, side, sink);
        }
    }

    fn connection_frame(
        &mut self,
        side: Side,
        say: impl FnOnce(&mut stream::Said),
        sink: &mut dyn Sink,
    ) {
        self.connection_frame_of(0, side, say, sink);
    }

    /// A frame that is an exchange of its own.
    fn connection_frame_of(
        &mut self,
        stream: u32,
        side: Side,
        say: impl FnOnce(&mut stream::Said),
        sink: &mut dyn Sink,
    ) {
        let mut beside = Beside::new(stream);
        say(beside.said(side));
        let is_worth = beside.is_worth_telling();
        let mut exchange = Exchange::new(self.take_number(), &HTTP2);
        exchange.stream = Some(Box::new(beside));
        exchange.request.progress = COMPLETE;
        exchange.response.progress = COMPLETE;
        for side in [side, other(side)] {
            sink.progress(&exchange, side);
        }
        if is_worth {
            tell(&exchange, sink);
        }
    }

    fn take_number(&mut self) -> u64 {
        let id = self.next_exchange;
        self.next_exchange = id.saturating_add(1);
        id
    }

    /// Both sides of a stream are over.
    fn reset(&mut self, stream: u32, side: Side, sink: &mut dyn Sink) {
        for side in [side, other(side)] {
            self.finish(stream, side, false, sink);
        }
    }

    /// Notes what a side says in a stream that is open.
    fn beside(&mut self, stream: u32, side: Side, say: impl FnOnce(&mut stream::Said)) {
        let found = self.streams.iter_mut().find(|known| known.id == stream);
        if let Some(beside) = found.and_then(|found| found.exchange.stream.as_mut()) {
            say(beside.said(side));
        }
    }

    /// Opens a stream unless it is open.
    fn open(&mut self, id: u32, side: Side, sink: &mut dyn Sink) {
        if self.streams.iter().any(|stream| stream.id == id) {
            return;
        }
        if let Some(highest) = self.highest.get_mut((id & 1) as usize) {
            if id <= *highest {
                sink.anomaly(None, side, &event::STREAM_ID_REUSE);
            }
            *highest = id.max(*highest);
        }
        self.stream(id, sink);
    }

    /// The position of a stream; a new one when it is not open.
    fn stream(&mut self, id: u32, sink: &mut dyn Sink) -> usize {
        if let Some(index) = self.streams.iter().position(|stream| stream.id == id) {
            return index;
        }
        while self.streams.len() >= MAX_STREAMS
            || (!self.streams.is_empty() && self.streams_hold() > MAX_HELD)
        {
            sink.anomaly(None, Side::Client, &event::TOO_MANY_STREAMS);
            self.give_up(0, sink);
        }
        let number = self.take_number();
        self.streams.push(Stream::new(id, number, &self.limits));
        self.streams.len().saturating_sub(1)
    }

    fn streams_hold(&self) -> usize {
        self.streams.iter().map(Stream::held).sum()
    }

    /// Does something with a stream's message.
    fn with(
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
    fn finish(&mut self, stream: u32, side: Side, complete: bool, sink: &mut dyn Sink) {
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
    fn give_up(&mut self, index: usize, sink: &mut dyn Sink) {
        let Some(id) = self.streams.get(index).map(|stream| stream.id) else {
            return;
        };
        for side in [Side::Client, Side::Server] {
            self.finish(id, side, false, sink);
        }
    }
}

/// Whether a message is DNS over HTTPS (RFC 8484, section 6).
fn asks_for_names(list: &List) -> bool {
    let kinds = [&b"content-type"[..], b"accept"];
    let mut kinds = kinds.into_iter().filter_map(|name| list.find(name));
    kinds.any(names::is_named)
}

fn other(side: Side) -> Side {
    match side {
        Side::Client => Side::Server,
        Side::Server => Side::Client,
    }
}

/// Names and values of a block, one behind the other.
#[derive(Debug, Default)]
struct List {
    bytes: Vec<u8>,
    ends: Vec<(usize, usize)>,
}

impl List {
    fn push(&mut self, name: &[u8], value: &[u8]) {
        self.bytes.extend_from_slice(name);
        let name_end = self.bytes.len();
        self.bytes.extend_from_slice(value);
        self.ends.push((name_end, self.bytes.len()));
    }

    fn fields(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        let mut start = 0;
        self.ends.iter().map(move |(name_end, end)| {
            let name = self.bytes.get(start..*name_end).unwrap_or_default();
            start = *end;
            (name, self.bytes.get(*name_end..*end).unwrap_or_default())
        })
    }

    fn find(&self, wanted: &[u8]) -> Option<&[u8]> {
        self.fields()
            .find(|(name, _)| *name == wanted)
            .map(|(_, value)| value)
    }
}

/// Makes a message of a block of headers: its first line is put together from the pseudo headers, as
/// rules of HTTP/1 expect it.
fn read_message(exchange: &mut Exchange, side: Side, list: &List) -> Vec<&'static Event> {
    let mut events: Vec<&'static Event> = Vec::new();
    let line = match side {
        Side::Client => {
            let method = list.find(b":method").unwrap_or_default();
            let path = list.find(b":path");
            let path = path.or_else(|| list.find(b":authority"));
            [method, b" ", path.unwrap_or_default(), b" HTTP/2\r\n"].concat()
        }
        Side::Server => {
            let status = list.find(b":status").unwrap_or_default();
            [b"HTTP/2 ", status, b"\r\n"].concat()
        }
    };
    let half = exchange.half_mut(side);
    half.head.set(&line);
    for (name, value) in list.fields() {
        half.head.push(name, value);
    }
    match side {
        Side::Client => {
            let authority = list.find(b":authority");
            let host = list.find(b"host");
            if let (Some(authority), Some(host)) = (authority, host)
                && !authority.eq_ignore_ascii_case(host)
            {
                events.push(&event::AUTHORITY_HOST_MISMATCH);
            }
            if authority.is_some_and(|authority| authority.contains(&b'@')) {
                events.push(&event::USERINFO_IN_URI);
            }
            let has_path = list.find(b":path").is_some();
            let host = authority.or(host).map(<[u8]>::to_vec);
            message::set_request(exchange, host, has_path);
        }
        Side::Server => message::set_answer(exchange),
    }
    events
}
