//! Blocks of headers, in one frame or several, and the messages that they begin or end.

use crate::application::Event;
use crate::http::body::Framing;
use crate::http::exchange::{HEAD, Half};
use crate::http::head::{Head, HeadEnd};
use crate::http::{line, message};
use crate::protocol::Side;
use crate::sink::{Fact, Sink};

use super::frame::{self, FrameHead, kind};
use super::list::{List, asks_for_names, read_message};
use super::{Http2, event, hpack};

/// Bytes of a block of headers in several frames.
const MAX_BLOCK: usize = 64 << 10;

/// A block that is not whole yet.
#[derive(Debug)]
pub(super) struct Block {
    pub(super) stream: u32,
    pub(super) ends_stream: bool,
    pub(super) bytes: Vec<u8>,
}

impl Http2 {
    /// The request of HTTP/1 that asked for HTTP/2 is the first stream's (RFC 7540, section 3.2). It
    /// comes whole, before the preface. Its headers were told with HTTP/1; what says which answer this
    /// is is told again.
    pub(super) fn upgraded(&mut self, input: &[u8], sink: &mut dyn Sink) -> Option<usize> {
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
        // One list of settings comes with it (RFC 7540, section 3.2.1).
        let settings = head.find(b"HTTP2-Settings").and_then(message::base64);
        let is_right = settings.is_some_and(|settings| settings.len().is_multiple_of(6));
        let wrong: &[&Event] = if is_right {
            &[]
        } else {
            &[&event::INVALID_HTTP1_SETTINGS]
        };
        let (side, wrong) = (Side::Client, wrong.to_vec());
        self.message(side, side, &block, &list, wrong, sink);
        Some(length)
    }

    pub(super) fn headers(
        &mut self,
        side: Side,
        head: FrameHead,
        payload: &[u8],
        sink: &mut dyn Sink,
    ) {
        let Some((mut block, weight)) = head.headers(payload) else {
            return self.stray(side, &event::INVALID_FRAME_DATA, sink);
        };
        let mut stream = head.stream;
        if head.kind == kind::PUSH_PROMISE {
            let promised = frame::number(block, 0);
            let (Some(promised), Some(rest)) = (promised, block.get(4..)) else {
                return self.stray(side, &event::INVALID_FRAME_LENGTH, sink);
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

    pub(super) fn continuation(
        &mut self,
        side: Side,
        head: FrameHead,
        payload: &[u8],
        sink: &mut dyn Sink,
    ) {
        let Some(mut block) = self.side(side).block.take() else {
            return self.stray(side, &event::EXTRA_HEADER_DATA, sink);
        };
        if block.bytes.len().saturating_add(payload.len()) > MAX_BLOCK {
            return self.stray(side, &event::REASSEMBLY_LIMIT_REACHED, sink);
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
            if let Some(event) = exchange.is_wrong(event) {
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
                message::tell_basic(exchange, b"authorization", sink);
                message::tell_proxy_login(exchange, sink);
            }
            self.with(block.stream, speaker, sink, |lane, told| {
                lane.begin_body(Framing::UntilEnd, told);
            });
        }
        if block.ends_stream {
            self.finish(block.stream, speaker, true, sink);
        }
    }
}
