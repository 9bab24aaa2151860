//! SSDP, by which `UPnP` devices find each other (`UPnP` Device Architecture 2.0, chapter 1).

#[cfg(test)]
mod tests;

use wirewatch_records::{Row, SsdpRow};

use crate::application::{Application, COMPLETE, Facts, Field, Next, Parser};
use crate::exchange::{Detail, Exchange, either};
use crate::protocol::Side;
use crate::sink::Sink;
use crate::waiting::bounded;

/// Lines of one message that are read; right ones have about a dozen.
const MAX_LINES: usize = 64;
/// Bytes of a value that are kept.
const MAX_VALUE: usize = 512;

/// SSDP.
pub(crate) static SSDP: Application = Application {
    names: &["ssdp"],
    new: |_: &Facts| Box::new(Ssdp { next_id: 0 }),
    frames: &[],
    buffers: BUFFERS,
    numbers: &[],
    events: &[],
};

const BUFFERS: &[Field] = &[
    either("ssdp.method", COMPLETE),
    either("ssdp.target", COMPLETE),
    either("ssdp.notification", COMPLETE),
    either("ssdp.usn", COMPLETE),
    either("ssdp.server", COMPLETE),
    either("ssdp.location", COMPLETE),
    either("ssdp.user_agent", COMPLETE),
];
/// Headers with the buffer that they belong to.
const HEADERS: [(&[u8], usize); 7] = [
    (b"st", 1),
    (b"nt", 1),
    (b"nts", 2),
    (b"usn", 3),
    (b"server", 4),
    (b"location", 5),
    (b"user-agent", 6),
];

struct Ssdp {
    next_id: u64,
}

#[derive(Debug)]
struct Message;

impl Detail for Message {
    fn row(exchange: &Exchange<Self>, put: &mut dyn FnMut(&Row<'_>)) {
        put(&SsdpRow {
            method: exchange.first(0).unwrap_or_default(),
            target: exchange.first(1),
            notification: exchange.first(2),
            usn: exchange.first(3),
            server: exchange.first(4),
            location: exchange.first(5),
            user_agent: exchange.first(6),
        }
        .into());
    }
}

impl Parser for Ssdp {
    fn data(&mut self, side: Side, bytes: &[u8], sink: &mut dyn Sink) -> Next {
        let mut lines = bytes.split(|byte| *byte == b'\n').take(MAX_LINES);
        let mut words = lines.next().unwrap_or_default().split(|byte| *byte == b' ');
        let (Some(first), Some(second)) = (words.next(), words.next()) else {
            return Next::More;
        };
        let method = if first.starts_with(b"HTTP/") {
            second
        } else {
            first
        };
        let mut exchange = Exchange::new(self.next_id, &SSDP, Message);
        self.next_id += 1;
        exchange.put(0, side, bounded(method, MAX_VALUE));
        for line in lines {
            let Some(colon) = line.iter().position(|byte| *byte == b':') else {
                continue;
            };
            let (name, value) = line.split_at(colon);
            let value = value.get(1..).unwrap_or_default().trim_ascii();
            let known = HEADERS
                .iter()
                .find(|(known, _)| name.eq_ignore_ascii_case(known));
            if let Some((_, buffer)) = known {
                exchange.put(*buffer, side, bounded(value, MAX_VALUE));
            }
        }
        exchange.single(side, sink);
        Next::More
    }

    fn gap(&mut self, _: Side, _: u64, _: &mut dyn Sink) -> Next {
        Next::Done
    }

    fn end(&mut self, _: Side, _: &mut dyn Sink) {}
}
