//! HTTP/2 (RFC 9113), in the clear: with prior knowledge, or after an upgrade of HTTP/1.
//!
//! A stream's messages are exchanges as HTTP/1 has them, so that the same rules and records fit. What
//! belongs to the connection as a whole is an exchange of its own per frame, with stream 0.

pub(crate) mod event;
mod frame;
mod headers;
mod hpack;
mod list;
pub(crate) mod stream;
mod streams;
#[cfg(test)]
mod tests;

use crate::application::{Application, COMPLETE, Facts, Limits, Next, Parser};
use crate::http::exchange::Exchange;
use crate::http::line;
use crate::http::names::tell;
use crate::protocol::Side;
use crate::sink::{Frame, Sink};
use crate::waiting::other;
use frame::{FrameHead, kind};
use headers::Block;
use stream::Beside;
use streams::Stream;

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
                    self.stray(side, &event::INVALID_CLIENT_MAGIC, sink);
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
            self.stray(side, &event::INVALID_FRAME_HEADER, sink);
            self.side(side).place = Place::Over;
            return Some(0);
        }
        if goes_on.is_some_and(|stream| head.kind != kind::CONTINUATION || head.stream != stream) {
            self.stray(side, &event::EXTRA_HEADER_DATA, sink);
            self.side(side).block = None;
        }
        if head.length > MAX_FRAME {
            self.stray(side, &event::LONG_FRAME_DATA, sink);
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
                self.stray(side, &event::INVALID_FRAME_DATA, sink);
                padding = left;
            }
        }
        if head.stream == 0 {
            self.stray(side, &event::DATA_STREAM_ZERO, sink);
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
            return self.stray(side, &event::INVALID_FRAME_LENGTH, sink);
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
}
