//! WebSocket (RFC 6455), reached by an upgrade of HTTP/1.
//!
//! Each frame is a transaction. Its payload is what was said: unmasked, with what earlier frames of the
//! same message said before it, and decompressed when the message is (RFC 7692).

#[cfg(test)]
mod tests;

use std::borrow::Cow;

use flate2::{Decompress, FlushDecompress, Status};
use wirewatch_records::{Kind, Row, WebsocketRow};

use crate::application::{Application, COMPLETE, Event, Facts, Field, Next, Parser, Transaction};
use crate::protocol::Side;
use crate::sink::{Frame as Span, Sink};

/// WebSocket.
pub(crate) static WEBSOCKET: Application = Application {
    names: &["websocket"],
    new: |_: &Facts| Box::new(WebSocket::default()),
    frames: &["pdu", "header", "data"],
    buffers: &[Field {
        name: "websocket.payload",
        side: None,
        progress: COMPLETE,
        many: false,
    }],
    numbers: &[
        number("websocket.opcode"),
        number("websocket.mask"),
        number("websocket.flags"),
    ],
    events: &[SKIP_END_OF_PAYLOAD, REASSEMBLY_LIMIT_REACHED],
};

const fn number(name: &'static str) -> Field {
    Field {
        name,
        side: None,
        progress: COMPLETE,
        many: false,
    }
}

/// Bytes of a frame, and of a message in several frames, that rules look at.
const MAX_PAYLOAD: usize = 64 << 10;

/// Bytes that a compressed message may have; more of it is not decompressed.
const MAX_PLAIN: usize = 256 << 10;

const SKIP_END_OF_PAYLOAD: Event = Event {
    code: "websocket.skip_end_of_payload",
    description: "A frame is longer than is kept; its end is passed over.",
};

const REASSEMBLY_LIMIT_REACHED: Event = Event {
    code: "websocket.reassembly_limit_reached",
    description: "A message in several frames is longer than is kept.",
};

static LONG_FRAME: Event = SKIP_END_OF_PAYLOAD;
static LONG_MESSAGE: Event = REASSEMBLY_LIMIT_REACHED;

/// The parser of one flow.
#[derive(Debug, Default)]
struct WebSocket {
    client: Lane,
    server: Lane,
    next: u64,
}

/// One side's frames.
#[derive(Debug, Default)]
struct Lane {
    /// The beginning of a frame's head.
    rest: Vec<u8>,
    frame: Option<Frame>,
    /// Earlier frames of the message at hand, as they came.
    message: Vec<u8>,
    /// Whether the message at hand is compressed.
    is_packed: bool,
    inflater: Option<Box<Decompress>>,
    is_lost: bool,
}

/// A frame that is coming.
#[derive(Debug)]
struct Frame {
    /// The bits of the first byte without the opcode.
    flags: u8,
    opcode: u8,
    mask: Option<[u8; 4]>,
    left: u64,
    /// Bytes of its head.
    head: usize,
    /// The payload so far, unmasked.
    payload: Vec<u8>,
    seen: u64,
}

/// A frame as rules and records see it.
struct Message<'a> {
    id: u64,
    side: Side,
    frame: &'a Frame,
    payload: &'a [u8],
    events: Vec<&'static Event>,
}

impl Parser for WebSocket {
    fn data(&mut self, side: Side, bytes: &[u8], sink: &mut dyn Sink) -> Next {
        let mut rest = bytes;
        while !rest.is_empty() {
            let lane = self.lane(side);
            if lane.is_lost {
                return Next::DoneWithSide;
            }
            if lane.frame.is_none() && !lane.begin(&mut rest) {
                break;
            }
            if self.lane(side).take(&mut rest) {
                self.tell(side, Some(rest.len()), sink);
            }
        }
        Next::More
    }

    fn gap(&mut self, side: Side, length: u64, _: &mut dyn Sink) -> Next {
        let lane = self.lane(side);
        lane.inflater = None;
        match &mut lane.frame {
            Some(frame) if frame.left > length => {
                frame.left = frame.left.saturating_sub(length);
                frame.seen = frame.seen.saturating_add(length);
            }
            _ => lane.is_lost = true,
        }
        Next::More
    }

    fn end(&mut self, side: Side, sink: &mut dyn Sink) {
        if self.lane(side).frame.is_some() {
            self.tell(side, None, sink);
        }
    }

    fn held(&self) -> usize {
        let of = |lane: &Lane| {
            let payload = lane
                .frame
                .as_ref()
                .map_or(0, |frame| frame.payload.capacity());
            // The window and the tables of the decoder.
            let inflater = lane.inflater.as_ref().map_or(0, |_| 48 << 10);
            lane.message
                .capacity()
                .saturating_add(payload)
                .saturating_add(inflater)
        };
        of(&self.client).saturating_add(of(&self.server))
    }
}

impl WebSocket {
    fn lane(&mut self, side: Side) -> &mut Lane {
        match side {
            Side::Client => &mut self.client,
            Side::Server => &mut self.server,
        }
    }

    /// A frame is over, so many bytes before the end of what is at hand when all of it came.
    fn tell(&mut self, side: Side, left: Option<usize>, sink: &mut dyn Sink) {
        let id = self.next;
        self.next = id.saturating_add(1);
        let lane = self.lane(side);
        let Some(mut frame) = lane.frame.take() else {
            return;
        };
        let mut events: Vec<&'static Event> = Vec::new();
        if frame.payload.len() >= MAX_PAYLOAD && frame.seen > MAX_PAYLOAD as u64 {
            events.push(&LONG_FRAME);
        }
        let payload = lane.whole(&mut frame, &mut events);
        let message = Message {
            id,
            side,
            frame: &frame,
            payload: &payload,
            events,
        };
        if let Some(left) = left {
            message.tell_spans(left, sink);
        }
        for event in &message.events {
            sink.anomaly(Some(id), side, event);
        }
        sink.progress(&message, side);
        if sink.wants(Kind::Websocket) {
            message.row(&mut |row| sink.record(Some(id), side, row));
        }
    }
}

impl Message<'_> {
    /// The spans of a frame that ended `left` bytes before the end of what is at hand.
    fn tell_spans(&self, left: usize, sink: &mut dyn Sink) {
        let (head, data) = (self.frame.head, self.frame.seen as usize);
        let behind = left.saturating_add(data);
        let span = |kind, rest, length| Span::new(kind, self.side, rest, length).of(self);
        sink.frame(span(
            0,
            behind.saturating_add(head),
            head.saturating_add(data),
        ));
        sink.frame(span(1, behind.saturating_add(head), head));
        sink.frame(span(2, behind, data));
    }
}

impl Lane {
    /// Reads a frame's head; whether all of it was there.
    fn begin(&mut self, rest: &mut &[u8]) -> bool {
        while let Some((byte, tail)) = rest.split_first() {
            self.rest.push(*byte);
            *rest = tail;
            if let Some(frame) = Frame::read(&self.rest) {
                let head = self.rest.len();
                self.rest.clear();
                self.frame = Some(Frame { head, ..frame });
                return true;
            }
        }
        false
    }

    /// Takes a frame's payload; whether it is complete.
    fn take(&mut self, rest: &mut &[u8]) -> bool {
        let Some(frame) = &mut self.frame else {
            return false;
        };
        let taken = usize::try_from(frame.left).map_or(rest.len(), |left| left.min(rest.len()));
        let (bytes, tail) = rest.split_at_checked(taken).unwrap_or((rest, &[]));
        *rest = tail;
        let room = MAX_PAYLOAD.saturating_sub(frame.payload.len());
        let kept = bytes.get(..room).unwrap_or(bytes);
        let mask = frame.mask.unwrap_or_default();
        let offset = (frame.seen & 3) as usize;
        let keys = mask.iter().cycle().skip(offset);
        frame
            .payload
            .extend(kept.iter().zip(keys).map(|(byte, key)| byte ^ key));
        frame.seen = frame.seen.saturating_add(taken as u64);
        frame.left = frame.left.saturating_sub(taken as u64);
        frame.left == 0
    }

    /// The payload of a frame with what the message said before.
    fn whole(&mut self, frame: &mut Frame, events: &mut Vec<&'static Event>) -> Vec<u8> {
        let own = std::mem::take(&mut frame.payload);
        if frame.opcode >= 8 {
            return own;
        }
        if frame.opcode > 0 {
            self.message.clear();
            self.is_packed = frame.flags & RSV1 != 0;
        }
        let room = MAX_PAYLOAD.saturating_sub(self.message.len());
        if own.len() > room {
            events.push(&LONG_MESSAGE);
        }
        let whole = if self.message.is_empty() {
            own
        } else {
            self.message
                .extend_from_slice(own.get(..room).unwrap_or(&own));
            std::mem::take(&mut self.message)
        };
        if frame.flags & FIN == 0 {
            self.message.clone_from(&whole);
            return whole;
        }
        if self.is_packed {
            return self.unpack(&whole).unwrap_or(whole);
        }
        whole
    }

    /// Decompresses a message; none when it is damaged.
    fn unpack(&mut self, packed: &[u8]) -> Option<Vec<u8>> {
        let stream = self
            .inflater
            .get_or_insert_with(|| Box::new(Decompress::new(false)));
        let mut plain = Vec::new();
        // The sender left the end of the last block out (RFC 7692, section 7.2.2).
        for mut rest in [packed, &[0, 0, 0xff, 0xff]] {
            while plain.len() < MAX_PLAIN {
                plain.reserve(4 << 10);
                let (taken, given) = (stream.total_in(), plain.len());
                let status = stream.decompress_vec(rest, &mut plain, FlushDecompress::Sync);
                let taken = stream.total_in().saturating_sub(taken) as usize;
                rest = rest.get(taken..).unwrap_or_default();
                match status {
                    Err(_) => {
                        self.inflater = None;
                        return None;
                    }
                    Ok(Status::StreamEnd) => {
                        self.inflater = None;
                        return Some(plain);
                    }
                    Ok(_) if rest.is_empty() && plain.len() < plain.capacity() => break,
                    Ok(_) if taken == 0 && plain.len() == given => break,
                    Ok(_) => {}
                }
            }
        }
        Some(plain)
    }
}

const FIN: u8 = 0x80;
const RSV1: u8 = 0x40;

impl Frame {
    /// Reads a frame's head (section 5.2); none when it is not complete.
    fn read(bytes: &[u8]) -> Option<Self> {
        let [first, second, rest @ ..] = bytes else {
            return None;
        };
        let (left, rest) = match second & 0x7f {
            126 => {
                let length = rest.first_chunk::<2>()?;
                (u64::from(u16::from_be_bytes(*length)), rest.get(2..)?)
            }
            127 => {
                let length = rest.first_chunk::<8>()?;
                (u64::from_be_bytes(*length), rest.get(8..)?)
            }
            length => (u64::from(length), rest),
        };
        let mask = match second & 0x80 {
            0 => None,
            _ => Some(*rest.first_chunk::<4>()?),
        };
        Some(Self {
            flags: first & 0xf0,
            opcode: first & 0x0f,
            mask,
            left,
            head: 0,
            payload: Vec::new(),
            seen: 0,
        })
    }

    fn mask(&self) -> Option<u32> {
        self.mask.map(u32::from_be_bytes)
    }
}

fn opcode_name(opcode: u8) -> Option<&'static str> {
    Some(match opcode {
        0 => "continuation",
        1 => "text",
        2 => "binary",
        8 => "connection_close",
        9 => "ping",
        10 => "pong",
        _ => return None,
    })
}

impl Transaction for Message<'_> {
    fn id(&self) -> u64 {
        self.id
    }

    fn application(&self) -> &'static Application {
        &WEBSOCKET
    }

    fn progress(&self, side: Side) -> u8 {
        if side == self.side { COMPLETE } else { 0 }
    }

    fn buffer(&self, buffer: usize, side: Side, index: usize) -> Option<Cow<'_, [u8]>> {
        let is_it = buffer == 0 && side == self.side && index == 0;
        is_it.then_some(Cow::Borrowed(self.payload))
    }

    fn number(&self, number: usize, side: Side, index: usize) -> Option<u64> {
        if side != self.side || index > 0 {
            return None;
        }
        match number {
            0 => Some(u64::from(self.frame.opcode)),
            1 => self.frame.mask().map(u64::from),
            2 => Some(u64::from(self.frame.flags)),
            _ => None,
        }
    }

    fn events(&self) -> &[&'static Event] {
        &self.events
    }

    fn row(&self, put: &mut dyn FnMut(&Row<'_>)) {
        let name = opcode_name(self.frame.opcode);
        let other = match name {
            None => format!("unknown-{}", self.frame.opcode),
            Some(_) => String::new(),
        };
        put(&WebsocketRow {
            tx_id: self.id,
            fin: self.frame.flags & FIN != 0,
            mask: self.frame.mask(),
            opcode: name.unwrap_or(&other),
            length: self.frame.seen,
        }
        .into());
    }
}
