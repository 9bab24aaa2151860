//! Syslog over UDP (RFC 5424, RFC 3164): a number for what and how bad, and text.

#[cfg(test)]
mod tests;

use wirewatch_records::{Row, SyslogRow};

use crate::application::{Application, COMPLETE, Facts, Field, Next, Parser};
use crate::exchange::{Detail, Exchange, either};
use crate::protocol::Side;
use crate::sink::Sink;
use crate::waiting::bounded;

/// Bytes of a message that are kept: as many as every receiver should take (RFC 5426, section 3.2).
const MAX_MESSAGE: usize = 2048;

/// Syslog.
pub(crate) static SYSLOG: Application = Application {
    names: &["syslog"],
    new: |_: &Facts| Box::new(Syslog { next_id: 0 }),
    frames: &[],
    buffers: BUFFERS,
    numbers: NUMBERS,
    events: &[],
};

const BUFFERS: &[Field] = &[either("syslog.message", COMPLETE)];
const NUMBERS: &[Field] = &[
    either("syslog.facility", COMPLETE),
    either("syslog.severity", COMPLETE),
];

const FACILITIES: [&str; 24] = [
    "KERN", "USER", "MAIL", "DAEMON", "AUTH", "SYSLOG", "LPR", "NEWS", "UUCP", "CRON", "AUTHPRIV",
    "FTP", "NTP", "AUDIT", "ALERT", "CLOCK", "LOCAL0", "LOCAL1", "LOCAL2", "LOCAL3", "LOCAL4",
    "LOCAL5", "LOCAL6", "LOCAL7",
];
const SEVERITIES: [&str; 8] = [
    "EMERG", "ALERT", "CRIT", "ERR", "WARNING", "NOTICE", "INFO", "DEBUG",
];
/// What Zeek calls a message that does not begin with a priority.
const UNSPECIFIED: &str = "UNSPECIFIED";

struct Syslog {
    next_id: u64,
}

#[derive(Debug)]
struct Priority(Option<u16>);

impl Detail for Priority {
    fn row(exchange: &Exchange<Self>, put: &mut dyn FnMut(&Row<'_>)) {
        let priority = exchange.detail.0;
        let facility = priority.and_then(|priority| FACILITIES.get(usize::from(priority / 8)));
        let severity = priority.and_then(|priority| SEVERITIES.get(usize::from(priority % 8)));
        put(&SyslogRow {
            facility: facility.unwrap_or(&UNSPECIFIED),
            severity: severity.unwrap_or(&UNSPECIFIED),
            message: exchange.first(0).unwrap_or_default(),
        }
        .into());
    }
}

/// The priority, when there is one, and what comes after it.
fn priority(bytes: &[u8]) -> (Option<u16>, &[u8]) {
    let parts = bytes
        .strip_prefix(b"<")
        .and_then(|rest| rest.split_at_checked(rest.iter().take(4).position(|b| *b == b'>')?));
    let Some((digits, rest)) = parts else {
        return (None, bytes);
    };
    let number = std::str::from_utf8(digits)
        .ok()
        .and_then(|d| d.parse().ok());
    match number {
        Some(number @ 0..=999) => (Some(number), rest.get(1..).unwrap_or_default()),
        _ => (None, bytes),
    }
}

impl Parser for Syslog {
    fn data(&mut self, side: Side, bytes: &[u8], sink: &mut dyn Sink) -> Next {
        let (number, text) = priority(bytes);
        let mut exchange = Exchange::new(self.next_id, &SYSLOG, Priority(number));
        self.next_id += 1;
        exchange.put(0, side, bounded(text, MAX_MESSAGE));
        if let Some(number) = number {
            exchange.put_number(0, side, number / 8);
            exchange.put_number(1, side, number % 8);
        }
        exchange.single(side, sink);
        Next::More
    }

    fn gap(&mut self, _: Side, _: u64, _: &mut dyn Sink) -> Next {
        Next::Done
    }

    fn end(&mut self, _: Side, _: &mut dyn Sink) {}
}
