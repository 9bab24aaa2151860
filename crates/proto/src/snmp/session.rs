//! All messages of one flow, counted as in Zeek's snmp.log.

use wirewatch_records::SnmpSessionRow;

use super::message::Message;
use crate::protocol::Side;
use crate::sink::Sink;

/// What a flow's messages were about.
#[derive(Debug, Default)]
pub(super) struct Session {
    version: u8,
    start: i64,
    last: i64,
    community: Option<Vec<u8>>,
    get_requests: u32,
    get_bulk_requests: u32,
    get_responses: u32,
    set_requests: u32,
    description: Option<Vec<u8>>,
    up_since: Option<i64>,
}

impl Session {
    /// Counts a message.
    pub(super) fn take(&mut self, message: &Message, now: i64) {
        if self.version == 0 {
            self.version = message.version;
            self.start = now;
            self.community.clone_from(&message.community);
        }
        self.last = now;
        let count = message.variables.len() as u32;
        let counter = match message.pdu {
            Some(0 | 1) => &mut self.get_requests,
            Some(2) => &mut self.get_responses,
            Some(3) => &mut self.set_requests,
            Some(5) => &mut self.get_bulk_requests,
            _ => return,
        };
        *counter = counter.saturating_add(count);
        if message.pdu == Some(2) {
            if message.description.is_some() {
                self.description.clone_from(&message.description);
            }
            if let Some(uptime) = message.uptime {
                self.up_since = Some(now / 1000 - i64::from(uptime) * 10_000);
            }
        }
    }

    /// Puts out the row, if there was a message.
    pub(super) fn put(&mut self, sink: &mut dyn Sink) {
        let Self { version, .. } = *self;
        if version == 0 {
            return;
        }
        let row = SnmpSessionRow {
            start: self.start / 1000,
            duration_us: ((self.last - self.start) / 1000).unsigned_abs(),
            version: match version {
                1 => "1",
                2 => "2c",
                _ => "3",
            },
            community: self.community.as_deref(),
            get_requests: self.get_requests,
            get_bulk_requests: self.get_bulk_requests,
            get_responses: self.get_responses,
            set_requests: self.set_requests,
            display_string: self.description.as_deref(),
            up_since: self.up_since,
        };
        sink.record(None, Side::Client, &row.into());
        *self = Self::default();
    }
}
