//! HTTP/1 (RFC 9112): requests, answers, and what travels in them.
//!
//! The parser reads what some widespread server or browser would accept. Where receivers differ, it takes
//! the reading that shows more; what is odd is told as an event.

pub(crate) mod body;
pub(crate) mod buffer;
mod coding;
mod connection;
pub(crate) mod event;
pub(crate) mod exchange;
pub(crate) mod head;
pub(crate) mod lane;
pub(crate) mod line;
mod login;
pub(crate) mod message;
mod multipart;
pub(crate) mod names;
#[cfg(test)]
mod tests;
pub(crate) mod uri;

use std::collections::VecDeque;

use memchr::{memchr, memmem};

use crate::application::{Application, COMPLETE, Event, Facts, Next, Parser, Transaction};
use crate::ntlmssp::Talk;
use crate::protocol::Side;
use crate::sink::{Frame, Sink};
use body::{Framing, Piece};
use exchange::{Exchange, HEAD};
use head::HeadEnd;
use lane::{Lane, State, Told};
use line::Begins;
use names::tell;

/// HTTP/1.
pub(crate) static HTTP: Application = Application {
    names: &["http"],
    new: |facts| Box::new(Http::new(facts)),
    frames: &["request", "response"],
    buffers: buffer::HTTP1_BUFFERS,
    numbers: names::NUMBERS,
    events: event::ALL,
};

/// Bytes of a head that are kept. Servers allow 8 to 16 KiB; browsers up to 256 KiB, but nothing that
/// matters comes that late.
const MAX_HEAD: usize = 64 << 10;

/// Bytes of a first line that is no status line, until it counts as a body (HTTP/0.9).
const MAX_ODD_LINE: usize = 1 << 10;

/// Requests that wait for their answers. Browsers send one at a time, other clients a handful.
const MAX_WAITING: usize = 64;

/// Bytes that exchanges of one flow hold; then the oldest ones are told as they are.
const MAX_HELD: usize = 512 << 10;

/// Bytes that a client sends behind a `CONNECT` before it is answered: a TLS handshake fits.
const MAX_TUNNEL: usize = 16 << 10;

/// The parser of one flow.
struct Http {
    client: Lane,
    server: Lane,
    /// Those that are not told yet, in the order of their requests.
    exchanges: VecDeque<Exchange>,
    next_exchange: u64,
    next_file: u32,
    server_port: u16,
    /// The host that was told last.
    host: Vec<u8>,
    /// The head of the request that asked for HTTP/2, when that was agreed.
    upgraded: Vec<u8>,
    /// A login with NTLM that goes on: it is one of the connection, not of a request.
    ntlm: Option<Box<Talk>>,
}

/// What comes after some bytes.
enum After {
    More,
    Switch(Option<&'static str>),
}

/// What became of some bytes.
enum Step {
    /// So many were taken; there is more to do with the rest.
    Take(usize),
    /// So many were taken; the rest is too short.
    Wait(usize),
    /// So many were taken; the rest is something else.
    Switch(usize, Option<&'static str>),
}

impl Parser for Http {
    fn data(&mut self, side: Side, bytes: &[u8], sink: &mut dyn Sink) -> Next {
        let mut joined = std::mem::take(&mut self.lane(side).rest);
        let is_joined = !joined.is_empty();
        if is_joined {
            joined.extend_from_slice(bytes);
        }
        let input = if is_joined { &joined } else { bytes };
        let (taken, after) = self.run(side, input, false, sink);
        if let After::Switch(to) = after {
            let rest = input.get(taken..).unwrap_or_default();
            let rest = rest.len().saturating_sub(empty_lines(rest));
            let rest = rest.min(bytes.len());
            return Next::Switch { rest, to };
        }
        if is_joined {
            joined.drain(..taken.min(joined.len()));
        } else {
            joined.extend_from_slice(bytes.get(taken..).unwrap_or_default());
        }
        self.lane(side).rest = joined;
        Next::More
    }

    fn gap(&mut self, side: Side, length: u64, sink: &mut dyn Sink) -> Next {
        self.missing(side, length, sink);
        Next::More
    }

    fn end(&mut self, side: Side, sink: &mut dyn Sink) {
        let rest = std::mem::take(&mut self.lane(side).rest);
        self.run(side, &rest, true, sink);
        self.lane(side).has_ended = true;
        let complete = matches!(
            self.lane(side).state,
            State::Behind | State::UntilEnd | State::Maybe(_) | State::Unexpected
        );
        if self.is_in_message(side) {
            self.finish(side, complete, sink);
        }
        if self.client.has_ended && self.server.has_ended {
            while !self.exchanges.is_empty() {
                self.give_up_oldest(sink);
            }
        }
    }

    fn transaction(&self, id: u64) -> Option<&dyn Transaction> {
        let exchange = self.exchanges.iter().find(|known| known.id == id)?;
        Some(exchange)
    }

    fn held(&self) -> usize {
        self.exchanges
            .iter()
            .map(Exchange::held)
            .sum::<usize>()
            .saturating_add(self.client.held())
            .saturating_add(self.server.held())
    }

    fn kept(&mut self, side: Side) -> Vec<u8> {
        let mut rest = std::mem::take(&mut self.lane(side).rest);
        if side == Side::Client && !self.upgraded.is_empty() {
            // HTTP/2's first stream answers this request (RFC 7540, section 3.2).
            rest.splice(..0, std::mem::take(&mut self.upgraded));
        } else {
            rest.drain(..empty_lines(&rest).min(rest.len()));
        }
        rest
    }
}

impl Http {
    fn new(facts: &Facts) -> Self {
        Self {
            client: Lane::new(Side::Client, facts.midstream, &facts.limits),
            server: Lane::new(Side::Server, facts.midstream, &facts.limits),
            exchanges: VecDeque::new(),
            next_exchange: 0,
            next_file: 0,
            server_port: facts.server_port,
            host: Vec::new(),
            upgraded: Vec::new(),
            ntlm: None,
        }
    }

    fn lane(&mut self, side: Side) -> &mut Lane {
        match side {
            Side::Client => &mut self.client,
            Side::Server => &mut self.server,
        }
    }

    /// Takes what can be taken; says how much, and whether the rest is something else.
    fn run(
        &mut self,
        side: Side,
        input: &[u8],
        is_last: bool,
        sink: &mut dyn Sink,
    ) -> (usize, After) {
        let mut at = 0_usize;
        loop {
            let rest = input.get(at..).unwrap_or_default();
            if rest.is_empty() {
                return (at, After::More);
            }
            let step = self.step(side, rest, is_last, sink);
            let (Step::Take(taken) | Step::Wait(taken) | Step::Switch(taken, _)) = step;
            at = at.saturating_add(taken);
            self.tell_span(side, rest.len(), input.len().saturating_sub(at), sink);
            match step {
                Step::Take(_) => {}
                Step::Wait(_) => return (at, After::More),
                Step::Switch(_, to) => return (at, After::Switch(to)),
            }
        }
    }

    /// A message's span begins when its head was read, `before` bytes before the end of what is at hand, and
    /// ends when nothing of it is awaited any more: `left` bytes before that end.
    fn tell_span(&mut self, side: Side, before: usize, left: usize, sink: &mut dyn Sink) {
        let kind = side as u8;
        let lane = self.lane(side);
        let is_inside = matches!(
            lane.state,
            State::LongHead(_)
                | State::Length(_)
                | State::Chunked(..)
                | State::Behind
                | State::UntilEnd
                | State::Maybe(_)
                | State::Unexpected
        );
        let is_head = std::mem::take(&mut lane.has_head);
        let was_inside = std::mem::replace(&mut lane.in_span, is_inside);
        let id = lane.exchange;
        let exchange = self.exchanges.iter().find(|known| known.id == id);
        let exchange = exchange.map(|exchange| exchange as &dyn Transaction);
        if is_head {
            let span = Frame {
                transaction: exchange,
                ..Frame::open(kind, side, before)
            };
            sink.frame(span);
        }
        if (is_head || was_inside) && !is_inside {
            sink.frame_end(kind, side, left, exchange);
        }
    }

    fn step(&mut self, side: Side, input: &[u8], is_last: bool, sink: &mut dyn Sink) -> Step {
        match &mut self.lane(side).state {
            State::Start => match side {
                Side::Client => self.start_request(input, is_last, sink),
                Side::Server => {
                    self.answered(sink);
                    self.start_response(input, is_last, sink)
                }
            },
            State::Head => self.head(side, input, is_last, sink),
            State::LongHead(framing) => {
                let framing = *framing;
                let strict = memmem::find(input, b"\n\r\n").map(|at| at.saturating_add(3));
                let loose = memmem::find(input, b"\n\n").map(|at| at.saturating_add(2));
                match strict.into_iter().chain(loose).min() {
                    None => Step::Wait(input.len().saturating_sub(2)),
                    Some(end) => {
                        self.enter(side, framing, sink);
                        Step::Take(end)
                    }
                }
            }
            State::Length(left) => {
                let left = *left;
                let taken = usize::try_from(left).map_or(input.len(), |left| left.min(input.len()));
                let left = left.saturating_sub(taken as u64);
                self.lane(side).state = State::Length(left);
                self.body(side, input.get(..taken).unwrap_or_default(), sink);
                if left > 0 {
                    return Step::Take(taken);
                }
                if side == Side::Server && self.is_last_answer() {
                    self.server.state = State::Behind;
                } else {
                    self.finish(side, true, sink);
                }
                Step::Take(taken)
            }
            State::Behind => self.behind(input, is_last, sink),
            State::Chunked(..) => self.chunk(side, input, is_last, sink),
            State::UntilEnd => {
                self.body(side, input, sink);
                Step::Take(input.len())
            }
            State::Maybe(framing) => {
                let framing = *framing;
                self.maybe(side, framing, input, is_last, sink)
            }
            State::Unexpected => {
                let mut in_line = self.lane(side).in_line;
                let (taken, found) = search(side, input, &mut in_line, is_last);
                self.lane(side).in_line = in_line;
                self.body(side, input.get(..taken).unwrap_or_default(), sink);
                if found {
                    self.finish(side, true, sink);
                    self.begin_head(side);
                    return Step::Take(taken);
                }
                Step::Wait(taken)
            }
            State::Beyond => {
                self.with(side, sink, Lane::went_on);
                self.finish(side, false, sink);
                self.lane(side).state = State::Lost;
                Step::Take(0)
            }
            State::Lost => {
                let mut in_line = self.lane(side).in_line;
                let (taken, found) = search(side, input, &mut in_line, is_last);
                self.lane(side).in_line = in_line;
                if found {
                    if side == Side::Server {
                        self.answered(sink);
                    }
                    self.begin_head(side);
                    return Step::Take(taken);
                }
                Step::Wait(taken)
            }
            State::Tunnel if input.len() <= MAX_TUNNEL => Step::Wait(0),
            State::Tunnel => {
                self.stray(side, &event::UNKNOWN_ERROR, sink);
                self.lane(side).state = State::Over;
                Step::Take(input.len())
            }
            State::Over => Step::Take(input.len()),
        }
    }

    fn begin_head(&mut self, side: Side) {
        let lane = self.lane(side);
        lane.state = State::Head;
        lane.head_end = HeadEnd::default();
        lane.in_line = false;
    }

    fn start_request(&mut self, input: &[u8], is_last: bool, sink: &mut dyn Sink) -> Step {
        let leading = line::leading(input);
        let text = input.get(leading..).unwrap_or_default();
        if text.is_empty() {
            return Step::Wait(leading);
        }
        let begins = match self.client.messages {
            0 => Begins::Yes,
            _ => line::begins_request(text),
        };
        match begins {
            Begins::Yes => self.begin_head(Side::Client),
            Begins::Unsure if !is_last => return Step::Wait(leading),
            Begins::Unsure | Begins::No => {
                self.stray(Side::Client, &event::REQUEST_BODY_UNEXPECTED, sink);
                self.client.state = State::Lost;
            }
        }
        Step::Take(leading)
    }

    fn start_response(&mut self, input: &[u8], is_last: bool, sink: &mut dyn Sink) -> Step {
        let leading = line::leading(input);
        let text = input.get(leading..).unwrap_or_default();
        if text.is_empty() {
            return Step::Wait(leading);
        }
        match line::begins_response(text) {
            Begins::Yes => {
                self.begin_head(Side::Server);
                return Step::Take(leading);
            }
            Begins::Unsure if !is_last => return Step::Wait(leading),
            Begins::Unsure | Begins::No => {}
        }
        if self.server.messages > 0 {
            self.stray(Side::Server, &event::RESPONSE_BODY_UNEXPECTED, sink);
            self.server.state = State::Lost;
            return Step::Take(leading);
        }
        // One odd line before the status line is passed over, as browsers do.
        match memchr(b'\n', text) {
            None if text.len() <= MAX_ODD_LINE && !is_last => return Step::Wait(leading),
            None => {}
            Some(end) => {
                let behind = text.get(end..).unwrap_or_default();
                let spaces = line::leading(behind);
                match line::begins_response(behind.get(spaces..).unwrap_or_default()) {
                    Begins::Yes => return Step::Take(leading.saturating_add(end)),
                    Begins::Unsure if !is_last => return Step::Wait(leading),
                    Begins::Unsure | Begins::No => {}
                }
            }
        }
        self.simple_response(sink);
        Step::Take(leading)
    }

    /// Something stands where a message should.
    fn stray(&mut self, side: Side, event: &'static Event, sink: &mut dyn Sink) {
        let id = self.lane(side).exchange;
        match self.exchanges.iter_mut().find(|known| known.id == id) {
            Some(exchange) => {
                if let Some(event) = exchange.is_wrong(event) {
                    sink.anomaly(Some(id), side, event);
                }
            }
            None => sink.anomaly(Some(id), side, event),
        }
    }

    fn head(&mut self, side: Side, input: &[u8], is_last: bool, sink: &mut dyn Sink) -> Step {
        let found = self.lane(side).head_end.find(input, is_last);
        let (length, is_long) = match found {
            Some(length) => (length, length > MAX_HEAD),
            None if input.len() > MAX_HEAD => (input.len(), true),
            None if is_last => (input.len(), false),
            None => return Step::Wait(0),
        };
        let raw = input.get(..length.min(MAX_HEAD)).unwrap_or(input);
        self.lane(side).has_head = true;
        let outcome = match side {
            Side::Client => self.request(raw, sink),
            Side::Server => self.response(raw, sink),
        };
        if is_long {
            self.stray(
                side,
                match side {
                    Side::Client => &event::REQUEST_FIELD_TOO_LONG,
                    Side::Server => &event::RESPONSE_FIELD_TOO_LONG,
                },
                sink,
            );
        }
        match outcome {
            Outcome::Switch(to) => return Step::Switch(length, to),
            Outcome::Body(framing) if is_long && found.is_none() => {
                self.lane(side).state = State::LongHead(framing);
                return Step::Take(length.saturating_sub(2));
            }
            Outcome::Body(framing) => self.enter(side, framing, sink),
            Outcome::Maybe(framing) => self.lane(side).state = State::Maybe(framing),
            Outcome::Interim => self.lane(side).state = State::Start,
            Outcome::Tunnel => {}
        }
        Step::Take(length)
    }

    /// Enters the body of the message at hand.
    fn enter(&mut self, side: Side, framing: Framing, sink: &mut dyn Sink) {
        if framing == Framing::Empty {
            return self.finish(side, true, sink);
        }
        self.with(side, sink, |lane, told| lane.begin_body(framing, told));
    }

    fn body(&mut self, side: Side, bytes: &[u8], sink: &mut dyn Sink) {
        self.with(side, sink, |lane, told| lane.body(bytes, told));
    }

    /// Nothing can follow the last answer of a connection but more of its body, when its length was announced
    /// too small (RFC 9112, section 6.3): clients that read until the connection closes get it.
    fn is_last_answer(&mut self) -> bool {
        let exchange = self.current(Side::Server);
        exchange.is_some_and(|exchange| body::is_last(&exchange.response.head))
    }

    /// Decides whether what follows the last answer is one more, or belongs to its body, as spaces do.
    fn behind(&mut self, input: &[u8], is_last: bool, sink: &mut dyn Sink) -> Step {
        let leading = line::leading(input);
        let text = input.get(leading..).unwrap_or_default();
        let begins = match text {
            [] if input.len() <= MAX_ODD_LINE => Begins::Unsure,
            [] => Begins::No,
            _ => line::begins_response(text),
        };
        match begins {
            Begins::Unsure if !is_last => return Step::Wait(0),
            Begins::Yes => {
                let spaces = input.get(..leading).unwrap_or_default();
                self.body(Side::Server, spaces, sink);
                self.finish(Side::Server, true, sink);
                return Step::Take(leading);
            }
            Begins::Unsure | Begins::No => self.server.state = State::UntilEnd,
        }
        Step::Take(0)
    }

    fn chunk(&mut self, side: Side, input: &[u8], is_last: bool, sink: &mut dyn Sink) -> Step {
        let State::Chunked(chunks, otherwise) = &mut self.lane(side).state else {
            return Step::Wait(0);
        };
        let otherwise = *otherwise;
        let piece = chunks.next(input, is_last);
        if chunks.extension {
            chunks.extension = false;
            let event = match side {
                Side::Client => &event::REQUEST_CHUNK_EXTENSION,
                Side::Server => &event::RESPONSE_CHUNK_EXTENSION,
            };
            self.stray(side, event, sink);
        }
        match piece {
            Piece::Data { data, taken } => {
                self.body(side, data, sink);
                return Step::Take(taken);
            }
            Piece::Skipped(taken) => {
                self.with(side, sink, |lane, told| lane.count(taken, told));
                return Step::Take(taken);
            }
            Piece::End(taken) => {
                self.with(side, sink, |lane, told| lane.count(taken, told));
                self.finish(side, true, sink);
                return Step::Take(taken);
            }
            Piece::More => return Step::Wait(0),
            Piece::NotChunked | Piece::Broken => {}
        }
        let event = match side {
            Side::Client => &event::INVALID_REQUEST_CHUNK_LEN,
            Side::Server => &event::INVALID_RESPONSE_CHUNK_LEN,
        };
        self.stray(side, event, sink);
        self.lane(side).state = match (piece, otherwise, side) {
            (Piece::NotChunked, Some(length), _) if length > 0 => State::Length(length),
            (_, _, Side::Client) => State::Unexpected,
            (_, _, Side::Server) => State::UntilEnd,
        };
        Step::Take(0)
    }

    /// Decides whether a message that should have no body has one.
    fn maybe(
        &mut self,
        side: Side,
        framing: Framing,
        input: &[u8],
        is_last: bool,
        sink: &mut dyn Sink,
    ) -> Step {
        let leading = match side {
            Side::Client => line::leading(input),
            Side::Server => 0,
        };
        let text = input.get(leading..).unwrap_or_default();
        if text.is_empty() {
            return Step::Wait(leading);
        }
        let begins = match side {
            Side::Client => line::begins_request(text),
            Side::Server => line::begins_response(text),
        };
        match begins {
            Begins::Unsure if !is_last => return Step::Wait(leading),
            Begins::Yes => self.no_body(side, sink),
            Begins::Unsure | Begins::No => {
                if side == Side::Client {
                    self.stray(side, &event::REQUEST_BODY_UNEXPECTED, sink);
                }
                self.with(side, sink, |lane, told| lane.begin_body(framing, told));
            }
        }
        Step::Take(leading)
    }

    /// A message that might have had a body has none.
    fn no_body(&mut self, side: Side, sink: &mut dyn Sink) {
        let is_interim = side == Side::Server
            && self.current(side).is_some_and(|exchange| {
                let code = exchange.status_line.code;
                code.is_some_and(|code| code < 200)
            });
        if is_interim {
            if let Some(exchange) = self.current(side) {
                exchange.response = exchange::Half::default();
            }
            self.server.state = State::Start;
        } else {
            self.finish(side, true, sink);
        }
    }

    /// The server begins to answer: a request of one line (HTTP/0.9), what is behind a request that announced no
    /// body, and a body whose end was not captured end now.
    fn answered(&mut self, sink: &mut dyn Sink) {
        match self.client.state {
            State::Maybe(_) | State::Unexpected if self.exchanges.len() == 1 => {
                self.finish(Side::Client, true, sink);
            }
            State::Beyond if self.exchanges.len() == 1 => {
                self.finish(Side::Client, false, sink);
                self.client.state = State::Lost;
            }
            State::Head if self.exchanges.is_empty() && line::is_simple(&self.client.rest) => {
                let rest = std::mem::take(&mut self.client.rest);
                self.run(Side::Client, &rest, true, sink);
            }
            _ => {}
        }
    }

    /// So many bytes of a side were not captured.
    fn missing(&mut self, side: Side, length: u64, sink: &mut dyn Sink) {
        let lane = self.lane(side);
        lane.rest = Vec::new();
        let (inside, left) = match &mut lane.state {
            State::Length(left) => {
                let inside = length.min(*left);
                *left = left.saturating_sub(inside);
                (inside, *left)
            }
            State::Chunked(chunks, _) => {
                let inside = length.min(chunks.left());
                chunks.skip(inside);
                (inside, u64::from(inside == length))
            }
            State::UntilEnd | State::Unexpected => (length, 1),
            State::Beyond | State::Tunnel | State::Over | State::Lost => return,
            State::Start | State::Head | State::LongHead(_) | State::Behind | State::Maybe(_) => {
                (0, 0)
            }
        };
        if inside > 0 {
            self.with(side, sink, |lane, told| lane.body_gap(inside, told));
        }
        if inside == length && left > 0 {
            return;
        }
        let was_whole = inside == length;
        if inside > 0 && !was_whole && matches!(self.lane(side).state, State::Length(_)) {
            self.lane(side).state = State::Beyond;
            return;
        }
        if self.is_in_message(side) {
            self.finish(side, was_whole, sink);
        }
        if !was_whole {
            self.lane(side).state = State::Lost;
        }
    }

    /// Whether a side is in a message whose head was read.
    fn is_in_message(&mut self, side: Side) -> bool {
        self.current(side).is_some_and(|exchange| {
            let progress = exchange.half(side).progress;
            (HEAD..COMPLETE).contains(&progress)
        })
    }

    /// The exchange that a side is in.
    fn current(&mut self, side: Side) -> Option<&mut Exchange> {
        let id = self.lane(side).exchange;
        self.exchanges.iter_mut().find(|known| known.id == id)
    }

    /// Does something with the message that a side is in.
    fn with(
        &mut self,
        side: Side,
        sink: &mut dyn Sink,
        act: impl FnOnce(&mut Lane, &mut Told<'_>),
    ) {
        let lane = match side {
            Side::Client => &mut self.client,
            Side::Server => &mut self.server,
        };
        let id = lane.exchange;
        let exchange = self.exchanges.iter_mut().find(|known| known.id == id);
        if let Some(exchange) = exchange {
            let next_file = &mut self.next_file;
            let mut told = Told {
                exchange,
                next_file,
                sink,
            };
            act(lane, &mut told);
        }
    }

    /// The message that a side is in is over; tells the exchange when that was the last of it.
    fn finish(&mut self, side: Side, complete: bool, sink: &mut dyn Sink) {
        self.with(side, sink, |lane, told| lane.finish(complete, told));
        self.lane(side).state = State::Start;
        let id = self.lane(side).exchange;
        let position = self.exchanges.iter().position(|known| known.id == id);
        if let Some(position) = position
            && self
                .exchanges
                .get(position)
                .is_some_and(Exchange::is_complete)
            && let Some(exchange) = self.exchanges.remove(position)
        {
            tell(&exchange, sink);
        }
    }

    /// Tells the oldest exchange as it is.
    fn give_up_oldest(&mut self, sink: &mut dyn Sink) {
        let Some(id) = self.exchanges.front().map(|exchange| exchange.id) else {
            return;
        };
        for side in [Side::Client, Side::Server] {
            if self.lane(side).exchange == id && self.is_in_message(side) {
                self.finish(side, false, sink);
                self.lane(side).state = State::Lost;
            }
        }
        if self.exchanges.front().is_some_and(|front| front.id == id)
            && let Some(mut exchange) = self.exchanges.pop_front()
        {
            for side in [Side::Client, Side::Server] {
                exchange.half_mut(side).progress = COMPLETE;
            }
            tell(&exchange, sink);
        }
    }

    /// A new exchange; the oldest ones are given up when there are too many.
    fn new_exchange(&mut self, sink: &mut dyn Sink) -> Exchange {
        while self.exchanges.len() >= MAX_WAITING
            || (!self.exchanges.is_empty() && self.exchanges_hold() > MAX_HELD)
        {
            self.give_up_oldest(sink);
        }
        let id = self.next_exchange;
        self.next_exchange = id.saturating_add(1);
        Exchange::new(id, &HTTP)
    }

    fn exchanges_hold(&self) -> usize {
        self.exchanges.iter().map(Exchange::held).sum()
    }
}

/// What follows a head.
enum Outcome {
    Body(Framing),
    /// A body only if what follows does not look like another message.
    Maybe(Framing),
    /// Another head of the same message.
    Interim,
    /// Whatever the other side agrees to.
    Tunnel,
    /// Something else than HTTP.
    Switch(Option<&'static str>),
}

/// Line breaks at the beginning; some programs send one behind a head.
fn empty_lines(bytes: &[u8]) -> usize {
    let breaks = bytes
        .iter()
        .take_while(|byte| matches!(byte, b'\r' | b'\n'));
    breaks.count()
}

/// Looks for the beginning of a message: how many bytes stand before it, and whether it is there. Bytes
/// that may begin it stay. `in_line` is whether the bytes begin in the middle of a line.
fn search(side: Side, input: &[u8], in_line: &mut bool, is_last: bool) -> (usize, bool) {
    match side {
        Side::Client => search_request(input, in_line, is_last),
        Side::Server => search_response(input, is_last),
    }
}

/// A line that begins with a known method.
fn search_request(input: &[u8], in_line: &mut bool, is_last: bool) -> (usize, bool) {
    let mut at = 0_usize;
    loop {
        let rest = input.get(at..).unwrap_or_default();
        if !*in_line {
            match line::begins_request(rest) {
                Begins::Yes => return (at, true),
                Begins::Unsure if !is_last => return (at, false),
                Begins::Unsure | Begins::No => {}
            }
        }
        let Some(end) = memchr(b'\n', rest) else {
            *in_line = true;
            return (input.len(), false);
        };
        *in_line = false;
        at = at.saturating_add(end).saturating_add(1);
    }
}

/// `HTTP/1.`, anywhere.
fn search_response(input: &[u8], is_last: bool) -> (usize, bool) {
    const NAME: &[u8] = b"HTTP/1.";
    match memmem::find(input, NAME) {
        Some(at) => (at, true),
        None if is_last => (input.len(), false),
        None => (input.len().saturating_sub(NAME.len() - 1), false),
    }
}
