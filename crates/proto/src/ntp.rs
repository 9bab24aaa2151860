//! NTP, the network time protocol (RFC 5905): each message is a transaction of its own.

#[cfg(test)]
mod tests;

use wirewatch_records::{NtpRow, Row, format};

use crate::application::{Application, COMPLETE, Event, Facts, Field, Next, Parser};
use crate::cursor::Cursor;
use crate::exchange::{Detail, Exchange, either, event};
use crate::protocol::Side;
use crate::sink::Sink;
use crate::stray;

/// Bytes of the fixed part that all timing messages have.
const HEADER: usize = 48;
/// Seconds from NTP's epoch, 1900, to the one of Unix.
const UNIX_EPOCH: i64 = 2_208_988_800;
/// The longest interval that is told, 36 hours as a power of two (RFC 5905, section 7.2).
const MAX_POLL: u8 = 17;

/// NTP.
pub(crate) static NTP: Application = Application {
    names: &["ntp"],
    new: |facts: &Facts| Box::new(Ntp::new(facts)),
    frames: &[],
    buffers: &[either("ntp.reference_id", COMPLETE)],
    numbers: NUMBERS,
    events: EVENTS,
};

static EVENTS: &[Event] = &[
    event("ntp.malformed_data", "A message is shorter than any."),
    event("ntp.not_request", "A client answers."),
    event("ntp.not_response", "A server asks."),
    event(
        "ntp.unsolicited_response",
        "A server answers more often than it was asked, and not what it was asked.",
    ),
];

const MALFORMED: usize = 0;
const NOT_REQUEST: usize = 1;
const NOT_RESPONSE: usize = 2;
const UNSOLICITED: usize = 3;

/// The port of servers. Servers that ask each other use it on both sides, and nobody knows who began.
const PORT: u16 = 123;
/// Who asks, and who answers (RFC 5905, section 3).
const CLIENT: u8 = 3;
const SERVER: u8 = 4;
/// Requests of which it is remembered when they were sent.
const MAX_ASKED: usize = 8;

const NUMBERS: &[Field] = &[
    either("ntp.version", COMPLETE),
    either("ntp.mode", COMPLETE),
    either("ntp.stratum", COMPLETE),
];

struct Ntp {
    next_id: u64,
    /// Whether it is known who asks whom.
    has_sides: bool,
    /// When the last requests say that they were sent, which answers repeat.
    asked: [u64; MAX_ASKED],
    requests: usize,
    responses: usize,
}

impl Ntp {
    fn new(facts: &Facts) -> Self {
        Self {
            next_id: 0,
            has_sides: facts.server_port == PORT && facts.client_port != PORT,
            asked: [0; MAX_ASKED],
            requests: 0,
            responses: 0,
        }
    }

    /// What is odd about who says this.
    fn odd(&mut self, side: Side, message: &Message) -> Option<usize> {
        let [_, origin, _, sent] = message.clock.as_ref().filter(|_| self.has_sides)?.times;
        match (side, message.mode) {
            (Side::Client, SERVER) => Some(NOT_REQUEST),
            (Side::Server, CLIENT) => Some(NOT_RESPONSE),
            (Side::Client, CLIENT) => {
                if let Some(slot) = self.asked.get_mut(self.requests % MAX_ASKED) {
                    *slot = sent;
                }
                self.requests = self.requests.wrapping_add(1);
                None
            }
            // A flow that begins with an answer began earlier.
            (Side::Server, SERVER) if self.requests > 0 => {
                self.responses = self.responses.wrapping_add(1);
                let is_known = self.asked.contains(&origin);
                (self.responses > self.requests && !is_known).then_some(UNSOLICITED)
            }
            _ => None,
        }
    }
}

/// What a message says of its sender's clock.
#[derive(Debug, Clone, Copy)]
struct Clock {
    stratum: u8,
    poll: u8,
    precision: i8,
    root_delay: u32,
    root_dispersion: u32,
    reference_id: [u8; 4],
    times: [u64; 4],
    extensions: u8,
}

#[derive(Debug)]
struct Message {
    version: u8,
    mode: u8,
    clock: Option<Clock>,
}

impl Clock {
    fn read(bytes: &[u8]) -> Option<Self> {
        let mut cursor = Cursor::at(bytes, 1);
        let (stratum, poll) = (cursor.u8()?, cursor.u8()?);
        let precision = cursor.u8()?.cast_signed();
        let (root_delay, root_dispersion) = (cursor.u32()?, cursor.u32()?);
        let reference_id = cursor.u32()?.to_be_bytes();
        let times = [cursor.u64()?, cursor.u64()?, cursor.u64()?, cursor.u64()?];
        Some(Self {
            stratum,
            poll,
            precision,
            root_delay,
            root_dispersion,
            reference_id,
            times,
            extensions: extensions(bytes.get(HEADER..).unwrap_or_default()),
        })
    }

    /// What the clock follows: a name near the reference, an address far from it.
    fn reference(&self) -> Vec<u8> {
        if self.stratum <= 1 {
            return self.reference_id.to_vec();
        }
        let mut out = Vec::new();
        format::ip(&mut out, self.reference_id.into());
        out
    }
}

/// Counts extension fields (RFC 7822): the last 20 bytes or less are an authenticator.
fn extensions(bytes: &[u8]) -> u8 {
    let mut count = 0u8;
    let mut rest = bytes;
    while rest.len() > 24 {
        let length = match rest {
            [_, _, high, low, ..] => usize::from(u16::from_be_bytes([*high, *low])),
            _ => 0,
        };
        match rest.get(length..) {
            Some(after) if length >= 16 && length % 4 == 0 => rest = after,
            _ => break,
        }
        count = count.saturating_add(1);
    }
    count
}

/// A timestamp in microseconds since 1970; 0 when it is not set.
fn time(timestamp: u64) -> i64 {
    if timestamp == 0 {
        return 0;
    }
    let seconds = (timestamp >> 32).cast_signed() - UNIX_EPOCH;
    let fraction = ((timestamp & 0xffff_ffff) * 1_000_000) >> 32;
    seconds * 1_000_000 + fraction.cast_signed()
}

/// A fixed-point number of seconds, 16 bits before the point, in microseconds.
fn short(value: u32) -> u64 {
    (u64::from(value) * 1_000_000) >> 16
}

/// 2 to a negative power of seconds, in microseconds.
fn precision(exponent: i8) -> u64 {
    1_000_000u64
        .checked_shr(u32::from(exponent.unsigned_abs()))
        .filter(|_| exponent <= 0)
        .unwrap_or(0)
}

impl Detail for Message {
    fn row(exchange: &Exchange<Self>, put: &mut dyn FnMut(&Row<'_>)) {
        let message = &exchange.detail;
        let clock = message.clock.as_ref();
        let [reference_time, origin_time, receive_time, transmit_time] =
            clock.map_or([None; 4], |clock| clock.times.map(time).map(Some));
        let [a, b, c, d] = clock.map_or([0; 4], |clock| clock.reference_id);
        let reference_id = format!("{a:02x}:{b:02x}:{c:02x}:{d:02x}");
        let reference = clock.map(Clock::reference);
        put(&NtpRow {
            version: message.version,
            mode: message.mode,
            stratum: clock.map(|clock| clock.stratum),
            poll: clock.map(|clock| clock.poll),
            poll_us: clock
                .filter(|clock| clock.poll <= MAX_POLL)
                .map(|clock| 1_000_000 << clock.poll),
            precision_us: clock.map(|clock| precision(clock.precision)),
            root_delay_us: clock.map(|clock| short(clock.root_delay)),
            root_dispersion_us: clock.map(|clock| short(clock.root_dispersion)),
            reference_id: clock.map(|_| reference_id.as_str()),
            reference: reference.as_deref(),
            reference_time,
            origin_time,
            receive_time,
            transmit_time,
            extensions: clock.map(|clock| clock.extensions),
        }
        .into());
    }
}

impl Parser for Ntp {
    fn data(&mut self, side: Side, bytes: &[u8], sink: &mut dyn Sink) -> Next {
        let Some(first) = bytes.first() else {
            return Next::More;
        };
        let (version, mode) = (first >> 3 & 7, first & 7);
        let clock = Some(bytes).filter(|_| mode < 6).and_then(Clock::read);
        if clock.is_none() && mode < 6 {
            if let Some(event) = EVENTS.get(MALFORMED) {
                stray::tell(&mut self.next_id, &NTP, side, event, sink);
            }
            return Next::More;
        }
        let message = Message {
            version,
            mode,
            clock,
        };
        let odd = self.odd(side, &message);
        let mut exchange = Exchange::new(self.next_id, &NTP, message);
        self.next_id += 1;
        if let Some(event) = odd {
            exchange.event(side, event, sink);
        }
        exchange.put_number(0, side, version);
        exchange.put_number(1, side, mode);
        if let Some(clock) = clock {
            exchange.put_number(2, side, clock.stratum);
            exchange.put(0, side, &clock.reference_id);
        }
        exchange.single(side, sink);
        Next::More
    }

    fn gap(&mut self, _: Side, _: u64, _: &mut dyn Sink) -> Next {
        Next::Done
    }

    fn end(&mut self, _: Side, _: &mut dyn Sink) {}
}
