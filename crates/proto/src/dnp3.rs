//! DNP3: what a control centre asks of an outstation, and in which state that says it is.
//!
//! IEEE 1815: link frames (9), the transport function (8), application messages (4). Each message is a
//! transaction; Zeek's log pairs them.

mod application_layer;
mod object;

use wirewatch_records::{Dnp3ExchangeRow, Dnp3Row, Kind, Row};

use crate::application::{Application, COMPLETE, Facts, Field, Next, Parser};
use crate::document::Document;
use crate::exchange::{Exchange, either, event};
use crate::protocol::Side;
use crate::sink::Sink;
use crate::waiting::{Sides, Step, Waiting, bounded, drive};
use application_layer::Message;

/// The parser.
pub(crate) static DNP3: Application = Application {
    names: &["dnp3"],
    new: |_: &Facts| Box::new(Dnp3::default()),
    frames: &[],
    buffers: &[either("dnp3.data", COMPLETE)],
    numbers: &[
        either("dnp3_func", COMPLETE),
        either("dnp3_ind", COMPLETE),
        Field {
            many: true,
            ..either("dnp3_obj", COMPLETE)
        },
    ],
    events: &[
        event(
            "dnp3.flooded",
            "More requests follow each other without a response than any device takes.",
        ),
        event(
            "dnp3.len_too_small",
            "A link frame is shorter than its head.",
        ),
        event(
            "dnp3.bad_link_crc",
            "The check of a link frame's head is wrong.",
        ),
        event(
            "dnp3.bad_transport_crc",
            "The check of a block of data is wrong.",
        ),
        event(
            "dnp3.malformed",
            "A message's objects are not what their heads say.",
        ),
        event(
            "dnp3.too_long_reassembly",
            "A message in many frames is longer than any device takes.",
        ),
        event(
            "dnp3.unknown_object",
            "A message holds points of an object that is not known; what is behind it is not read.",
        ),
        event(
            "dnp3.too_many_objects",
            "A message holds more objects than are read.",
        ),
    ],
};

const DATA: usize = 0;
const FUNCTION: usize = 0;
const INDICATIONS: usize = 1;
/// Group and variation of an object, 256 times the one and the other.
const OBJECT: usize = 2;

const FLOODED: usize = 0;
const LEN_TOO_SMALL: usize = 1;
const BAD_LINK_CRC: usize = 2;
const BAD_TRANSPORT_CRC: usize = 3;
const MALFORMED: usize = 4;
const TOO_LONG: usize = 5;
const UNKNOWN_OBJECT: usize = 6;
const TOO_MANY_OBJECTS: usize = 7;

/// The function that confirms an answer.
const CONFIRM: u8 = 0;
/// Start, length, control, destination, source, check.
const LINK_HEAD: usize = 10;
/// Data come in blocks of 16 bytes with a check of two.
const BLOCK: usize = 16;
/// An application message; devices send at most 2048 bytes at once.
const MAX_MESSAGE: usize = 8 << 10;

/// Requests in a row that want a response and get none; control centres ask one thing at a time.
const MAX_UNANSWERED: u16 = 32;

/// What a link frame says of itself.
#[derive(Debug, Clone, Copy)]
struct Link {
    control: u8,
    destination: u16,
    source: u16,
}

#[derive(Default)]
struct Dnp3 {
    waiting: Sides<Waiting>,
    /// An application message in the making.
    message: Sides<Vec<u8>>,
    /// Whether the message in the making has become too long.
    is_too_long: Sides<bool>,
    next: u64,
    /// The request whose answer Zeek's log waits for.
    asked: Option<u8>,
    /// Requests since the last response.
    unanswered: u16,
}

fn row(_: &Exchange<Document>, document: &str, put: &mut dyn FnMut(&Row<'_>)) {
    put(&Dnp3Row { dnp3: document }.into());
}

impl Parser for Dnp3 {
    fn data(&mut self, side: Side, bytes: &[u8], sink: &mut dyn Sink) -> Next {
        drive!(self.waiting, side, bytes, 512, |bytes| {
            self.frame(side, bytes, sink)
        })
    }

    fn gap(&mut self, side: Side, length: u64, _: &mut dyn Sink) -> Next {
        self.waiting.mut_of(side).lose(length);
        self.message.mut_of(side).clear();
        Next::More
    }

    fn end(&mut self, side: Side, sink: &mut dyn Sink) {
        if side == Side::Server && self.asked.is_some() {
            self.log(None, sink);
        }
    }

    fn held(&self) -> usize {
        let waiting = self.waiting.held();
        waiting + self.message.client.capacity() + self.message.server.capacity()
    }
}

impl Dnp3 {
    /// A link frame; bytes before its start are passed over.
    fn frame(&mut self, side: Side, bytes: &[u8], sink: &mut dyn Sink) -> Step {
        match bytes {
            [5] => return Step::More,
            [5, 0x64, ..] => {}
            _ => {
                let start = bytes.iter().skip(1).position(|byte| *byte == 5);
                return Step::Used(start.map_or(bytes.len(), |start| start.saturating_add(1)));
            }
        }
        let Some(&[_, _, length, control, d0, d1, s0, s1, c0, c1]) =
            bytes.first_chunk::<LINK_HEAD>()
        else {
            return Step::More;
        };
        let Some(data_bytes) = usize::from(length).checked_sub(5) else {
            self.fault(side, LEN_TOO_SMALL, sink);
            return Step::Used(2);
        };
        let whole = LINK_HEAD + data_bytes + data_bytes.div_ceil(BLOCK) * 2;
        let Some(blocks) = bytes.get(LINK_HEAD..whole) else {
            return Step::More;
        };
        if crc(bounded(bytes, 8)) != u16::from_le_bytes([c0, c1]) {
            self.fault(side, BAD_LINK_CRC, sink);
        }
        let link = Link {
            control,
            destination: u16::from_le_bytes([d0, d1]),
            source: u16::from_le_bytes([s0, s1]),
        };
        if data_bytes > 1 {
            self.blocks(side, link, blocks, sink);
        }
        Step::Used(whole)
    }

    /// The data of a frame: a byte of the transport function, then a part of a message.
    fn blocks(&mut self, side: Side, link: Link, blocks: &[u8], sink: &mut dyn Sink) {
        let mut data = Vec::with_capacity(blocks.len());
        let mut is_good = true;
        for block in blocks.chunks(BLOCK + 2) {
            let (content, check) = block.split_at(block.len().saturating_sub(2));
            is_good &= check == crc(content).to_le_bytes();
            data.extend_from_slice(content);
        }
        if !is_good {
            self.fault(side, BAD_TRANSPORT_CRC, sink);
        }
        let Some((transport, part)) = data.split_first() else {
            return;
        };
        self.collect(side, transport & 0x40 != 0, part, sink);
        if transport & 0x80 != 0 && !*self.is_too_long.of(side) {
            let message = std::mem::take(self.message.mut_of(side));
            self.message(side, link, &message, sink);
        }
    }

    /// A part of a message; the first of what would become too long is told, the rest passed over.
    fn collect(&mut self, side: Side, is_first: bool, part: &[u8], sink: &mut dyn Sink) {
        let message = self.message.mut_of(side);
        let is_too_long = self.is_too_long.mut_of(side);
        if is_first {
            message.clear();
            *is_too_long = false;
        }
        if *is_too_long {
            return;
        }
        if message.len().saturating_add(part.len()) > MAX_MESSAGE {
            *is_too_long = true;
            *message = Vec::new();
            return self.fault(side, TOO_LONG, sink);
        }
        message.extend_from_slice(part);
    }

    fn begin(&mut self) -> Exchange<Document> {
        let id = self.next;
        self.next = id.saturating_add(1);
        Exchange::new(id, &DNP3, Document::new(row))
    }

    fn fault(&mut self, side: Side, event: usize, sink: &mut dyn Sink) {
        let mut exchange = self.begin();
        exchange.event(side, event, sink);
        exchange.close(sink);
    }

    fn message(&mut self, side: Side, link: Link, bytes: &[u8], sink: &mut dyn Sink) {
        let Some(message) = Message::read(bytes) else {
            return self.fault(side, MALFORMED, sink);
        };
        let mut exchange = self.begin();
        exchange.put(DATA, side, message.objects);
        exchange.put_number(FUNCTION, side, message.function);
        if let Some(indications) = message.indications {
            exchange.put_number(INDICATIONS, side, indications);
        }
        link.write(message.kind(), &mut exchange.detail);
        let objects = message.write(&mut exchange.detail);
        for object in &objects.seen {
            exchange.put_number(OBJECT, side, *object);
        }
        if objects.has_unknown {
            exchange.event(side, UNKNOWN_OBJECT, sink);
        }
        if objects.has_more {
            exchange.event(side, TOO_MANY_OBJECTS, sink);
        }
        self.unanswered = match (message.indications, message.wants_response()) {
            (Some(_), _) => 0,
            (None, true) => self.unanswered.saturating_add(1),
            (None, false) => self.unanswered,
        };
        if self.unanswered == MAX_UNANSWERED.saturating_add(1) {
            exchange.event(side, FLOODED, sink);
        }
        if message.function == CONFIRM {
            // As in Suricata, what only confirms has no record.
            exchange.close(sink);
        } else {
            exchange.finish(Side::Client, sink);
        }
        self.pair(message, sink);
    }

    /// Zeek's row: an answer with the last request before it, which may be a confirmation.
    fn pair(&mut self, message: Message<'_>, sink: &mut dyn Sink) {
        if message.indications.is_none() {
            self.asked = Some(message.function);
            return;
        }
        self.log(Some(message), sink);
    }

    fn log(&mut self, answer: Option<Message<'_>>, sink: &mut dyn Sink) {
        let asked = self.asked.take();
        if sink.wants(Kind::Dnp3Exchange) {
            let row = Dnp3ExchangeRow {
                request: asked.map(application_layer::name),
                reply: answer.map(|answer| application_layer::name(answer.function)),
                indications: answer.and_then(|answer| answer.indications),
            };
            sink.record(Some(self.next), Side::Client, &row.into());
        }
    }
}

impl Link {
    fn write(self, kind: &str, document: &mut Document) {
        document.text("type", kind.as_bytes());
        document.object("control", |control| {
            control.boolean("dir", self.control & 0x80 != 0);
            control.boolean("pri", self.control & 0x40 != 0);
            control.boolean("fcb", self.control & 0x20 != 0);
            control.boolean("fcv", self.control & 0x10 != 0);
            control.number("function_code", self.control & 0x0f);
        });
        document.number("src", self.source);
        document.number("dst", self.destination);
    }
}

/// The check of a block: polynomial 0x3d65, reflected, inverted at the end.
fn crc(bytes: &[u8]) -> u16 {
    let sum = bytes.iter().fold(0_u16, |sum, byte| {
        (0..8).fold(sum ^ u16::from(*byte), |sum, _| {
            if sum & 1 == 0 {
                sum >> 1
            } else {
                sum >> 1 ^ 0xa6bc
            }
        })
    });
    !sum
}

#[cfg(test)]
mod tests;
