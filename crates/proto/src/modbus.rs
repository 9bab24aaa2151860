//! Modbus: which functions are asked of which unit, and what it answers.
//!
//! MODBUS Messaging on TCP/IP (section 3, the header) and MODBUS Application Protocol 1.1b (functions).
//! A transaction is a request with the answer of the same number.

mod check;
mod function;

use std::collections::VecDeque;

use wirewatch_records::{Kind, ModbusMessageRow, ModbusRow, Row};

use crate::application::{Application, COMPLETE, Facts, Next, Parser};
use crate::document::Document;
use crate::exchange::{Exchange, event, field as one, fields};
use crate::protocol::Side;
use crate::sink::Sink;
use crate::waiting::{Cut, Sides, Step, Waiting, drive};
use check::Asked;

/// The parser.
pub(crate) static MODBUS: Application = Application {
    names: &["modbus"],
    new: |_: &Facts| Box::new(Modbus::default()),
    frames: &[],
    buffers: &[],
    numbers: &[
        one("modbus.function", Side::Client, COMPLETE),
        one("modbus.unit", Side::Client, COMPLETE),
        one("modbus.address", Side::Client, COMPLETE),
        one("modbus.exception", Side::Server, COMPLETE),
        one("modbus.last_address", Side::Client, COMPLETE),
        one("modbus.subfunction", Side::Client, COMPLETE),
        fields("modbus.write", Side::Client, COMPLETE),
    ],
    events: &[
        event(
            "modbus.invalid_protocol_id",
            "A message names another protocol than 0.",
        ),
        event(
            "modbus.invalid_length",
            "A message has a length that cannot be.",
        ),
        event(
            "modbus.invalid_function_code",
            "A request is for function 0 or one above 127.",
        ),
        event("modbus.unsolicited_response", "An answer has no request."),
        event(
            "modbus.flooded",
            "More requests wait for an answer than any device takes.",
        ),
        event(
            "modbus.invalid_unit_identifier",
            "A message is for a unit between 248 and 254, which are reserved.",
        ),
        event(
            "modbus.invalid_value",
            "A request is for more than one message can hold or beyond the last address, or a number of bytes is wrong.",
        ),
        event(
            "modbus.invalid_exception_code",
            "An exception has a number that is not assigned.",
        ),
        event(
            "modbus.value_mismatch",
            "An answer is for another function than its request, or repeats or holds something else than was asked for.",
        ),
    ],
};

const FUNCTION: usize = 0;
const UNIT: usize = 1;
const ADDRESS: usize = 2;
const EXCEPTION: usize = 3;
const LAST_ADDRESS: usize = 4;
const SUBFUNCTION: usize = 5;
/// What is written, with its address in the higher 16 bits.
const WRITE: usize = 6;

const INVALID_PROTOCOL: usize = 0;
const INVALID_LENGTH: usize = 1;
const INVALID_FUNCTION: usize = 2;
const UNSOLICITED: usize = 3;
const FLOODED: usize = 4;
const INVALID_UNIT: usize = 5;
const INVALID_VALUE: usize = 6;
const INVALID_EXCEPTION: usize = 7;
const VALUE_MISMATCH: usize = 8;

/// Number, protocol, length, unit, function.
const HEAD: usize = 8;
/// The longest message: a header of 7 bytes and 253 more; some devices send longer ones.
const MAX_LENGTH: u16 = 1024;
/// Requests that wait for an answer; devices take 16.
const MAX_PENDING: usize = 32;

#[derive(Default)]
struct Modbus {
    waiting: Sides<Waiting>,
    pending: VecDeque<Open>,
    next: u64,
}

/// A request that is not answered yet.
struct Open {
    number: u16,
    asked: Asked,
    exchange: Box<Exchange<Document>>,
}

fn row(exchange: &Exchange<Document>, document: &str, put: &mut dyn FnMut(&Row<'_>)) {
    let _ = exchange;
    put(&ModbusRow { modbus: document }.into());
}

impl Parser for Modbus {
    fn data(&mut self, side: Side, bytes: &[u8], sink: &mut dyn Sink) -> Next {
        let most = usize::from(MAX_LENGTH) + HEAD;
        drive!(self.waiting, side, bytes, most, |bytes| {
            self.step(side, bytes, sink)
        })
    }

    fn gap(&mut self, side: Side, length: u64, _: &mut dyn Sink) -> Next {
        self.waiting.lose(side, length)
    }

    fn end(&mut self, side: Side, sink: &mut dyn Sink) {
        if side == Side::Server {
            while let Some(mut open) = self.pending.pop_front() {
                open.exchange.finish(Side::Client, sink);
            }
        }
    }

    fn held(&self) -> usize {
        let pending = self.pending.iter();
        let pending = pending
            .map(|open| &open.exchange)
            .map(|one| one.held() + one.detail.held() + size_of::<Exchange<Document>>());
        self.waiting.held() + pending.sum::<usize>()
    }
}

/// A message after its header.
#[derive(Debug, Clone, Copy)]
struct Message<'a> {
    number: u16,
    protocol: u16,
    length: u16,
    unit: u8,
    function: u8,
    rest: &'a [u8],
}

impl Modbus {
    fn step(&mut self, side: Side, bytes: &[u8], sink: &mut dyn Sink) -> Step {
        let mut cut = Cut(bytes);
        let (Some(number), Some(protocol), Some(length)) = (cut.be16(), cut.be16(), cut.be16())
        else {
            return Step::More;
        };
        if !(2..=MAX_LENGTH).contains(&length) {
            self.fault(side, INVALID_LENGTH, sink);
            return Step::Stop(Next::DoneWithSide);
        }
        let Some(body) = cut.take(usize::from(length)) else {
            return Step::More;
        };
        if protocol != 0 {
            self.fault(side, INVALID_PROTOCOL, sink);
        }
        if let [unit, function, rest @ ..] = body {
            let message = Message {
                number,
                protocol,
                length,
                unit: *unit,
                function: *function,
                rest,
            };
            self.message(side, message, sink);
        }
        Step::Used(usize::from(length).saturating_add(6))
    }

    fn begin(&mut self) -> Box<Exchange<Document>> {
        let id = self.next;
        self.next = id.saturating_add(1);
        let mut exchange = Exchange::new(id, &MODBUS, Document::new(row));
        exchange.detail.number("id", id.saturating_add(1));
        Box::new(exchange)
    }

    fn fault(&mut self, side: Side, event: usize, sink: &mut dyn Sink) {
        let mut exchange = self.begin();
        exchange.event(side, event, sink);
        exchange.close(sink);
    }

    fn message(&mut self, side: Side, message: Message<'_>, sink: &mut dyn Sink) {
        self.tell(side, message, sink);
        match side {
            Side::Client => self.request(message, sink),
            Side::Server => self.answer(message, sink),
        }
    }

    /// Zeek has a row for each message.
    fn tell(&self, side: Side, message: Message<'_>, sink: &mut dyn Sink) {
        if !sink.wants(Kind::ModbusMessage) {
            return;
        }
        let function = function::name(message.function);
        let exception = exception_code(message).map(function::exception);
        let row = ModbusMessageRow {
            transaction: message.number,
            unit: message.unit,
            function: &function,
            direction: if side == Side::Client { "REQ" } else { "RESP" },
            exception,
        };
        sink.record(Some(self.next), Side::Client, &row.into());
    }

    fn request(&mut self, message: Message<'_>, sink: &mut dyn Sink) {
        let mut exchange = self.begin();
        exchange.put_number(FUNCTION, Side::Client, message.function);
        exchange.put_number(UNIT, Side::Client, message.unit);
        if let Some(address) = function::address(message.function, message.rest) {
            let count = function::quantity(message.function, message.rest);
            let last = u32::from(address).saturating_add(u32::from(count.saturating_sub(1)));
            exchange.put_number(ADDRESS, Side::Client, address);
            exchange.put_number(LAST_ADDRESS, Side::Client, last);
        }
        if let Some(subfunction) = function::subfunction(message.function, message.rest) {
            exchange.put_number(SUBFUNCTION, Side::Client, subfunction);
        }
        function::written(message.function, message.rest, |address, value| {
            let both = u32::from(address) << 16 | u32::from(value);
            exchange.put_number(WRITE, Side::Client, both);
        });
        if !(1..128).contains(&message.function) {
            exchange.event(Side::Client, INVALID_FUNCTION, sink);
        }
        if !check::is_unit(message.unit) {
            exchange.event(Side::Client, INVALID_UNIT, sink);
        }
        if !check::is_right_request(message.function, message.rest) {
            exchange.event(Side::Client, INVALID_VALUE, sink);
        }
        exchange.detail.object("request", |request| {
            write(message, request);
            function::request(message.function, message.rest, request);
        });
        exchange.reach(Side::Client, COMPLETE, sink);
        if self.pending.len() >= MAX_PENDING
            && let Some(mut oldest) = self.pending.pop_front()
        {
            exchange.event(Side::Client, FLOODED, sink);
            oldest.exchange.finish(Side::Client, sink);
        }
        self.pending.push_back(Open {
            number: message.number,
            asked: Asked::new(message.function, message.rest),
            exchange,
        });
    }

    fn answer(&mut self, message: Message<'_>, sink: &mut dyn Sink) {
        let mut pending = self.pending.iter();
        let place = pending.position(|open| open.number == message.number);
        let found = place.and_then(|place| self.pending.remove(place));
        let mut exchange = if let Some(open) = found {
            let mut exchange = open.exchange;
            if !open.asked.is_answered_by(message.function, message.rest) {
                exchange.event(Side::Server, VALUE_MISMATCH, sink);
            }
            exchange
        } else {
            let mut exchange = self.begin();
            exchange.event(Side::Server, UNSOLICITED, sink);
            exchange
        };
        exchange.detail.object("response", |response| {
            write(message, response);
            if let Some(code) = exception_code(message) {
                response.object("exception", |inner| {
                    inner.number("raw", code);
                    inner.text("code", function::exception(code).as_bytes());
                });
            }
        });
        if !check::is_unit(message.unit) {
            exchange.event(Side::Server, INVALID_UNIT, sink);
        }
        if !check::is_right_answer(message.function, message.rest) {
            exchange.event(Side::Server, INVALID_VALUE, sink);
        }
        if let Some(code) = exception_code(message) {
            if !check::is_exception(code) {
                exchange.event(Side::Server, INVALID_EXCEPTION, sink);
            }
            exchange.put_number(EXCEPTION, Side::Server, code);
        }
        exchange.finish(Side::Client, sink);
    }
}

fn exception_code(message: Message<'_>) -> Option<u8> {
    let first = message.rest.first().filter(|_| message.function >= 128);
    first.copied()
}

fn write(message: Message<'_>, document: &mut Document) {
    document.number("transaction_id", message.number);
    document.number("protocol_id", message.protocol);
    document.number("unit_id", message.unit);
    document.number("function_raw", message.function);
    document.text("function_code", function::name(message.function).as_bytes());
    document.number("length", message.length);
}

#[cfg(test)]
mod tests;
