//! Plays a capture file as slowly as it was recorded, or by a factor of it.

use std::time::{Duration, Instant};

use wirewatch_capture::{Counters, Error, Event, MAX_GROUP, Packet, Polled, Source};

/// A pause in the recording longer than this is shortened to it: nobody watches nothing.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// A source whose packets come when they are due.
pub(crate) struct Paced {
    source: Box<dyn Source>,
    factor: f64,
    waiting: Vec<Held>,
    next: usize,
    last_ts: Option<i64>,
    due: Instant,
}

/// A packet that was read before it is due.
struct Held {
    ts: i64,
    number: u64,
    interface: u32,
    link: u16,
    wire_length: u32,
    bytes: Vec<u8>,
}

impl Paced {
    /// Plays `source` at `factor` times the speed it was captured with.
    pub(crate) fn new(source: Box<dyn Source>, factor: f64) -> Self {
        Self {
            source,
            factor: factor.max(0.001),
            waiting: Vec::with_capacity(MAX_GROUP),
            next: 0,
            last_ts: None,
            due: Instant::now(),
        }
    }

    fn read_ahead(&mut self, wait: Duration) -> Result<Polled, Error> {
        self.waiting.clear();
        self.next = 0;
        let waiting = &mut self.waiting;
        self.source.poll(wait, &mut |packets| {
            waiting.extend(packets.iter().map(|packet| Held {
                ts: packet.ts,
                number: packet.number,
                interface: packet.interface,
                link: packet.link,
                wire_length: packet.wire_length,
                bytes: packet.bytes.to_vec(),
            }));
        })
    }
}

impl Source for Paced {
    fn poll(
        &mut self,
        wait: Duration,
        take: &mut dyn FnMut(&[Packet<'_>]),
    ) -> Result<Polled, Error> {
        if self.next >= self.waiting.len()
            && let done @ (Polled::End | Polled::Idle) = self.read_ahead(wait)?
        {
            return Ok(done);
        }
        let Some(held) = self.waiting.get(self.next) else {
            return Ok(Polled::Idle);
        };
        if let Some(last) = self.last_ts.replace(held.ts) {
            let gap = Duration::from_nanos(held.ts.saturating_sub(last).max(0).cast_unsigned());
            self.due += gap
                .min(LONGEST_PAUSE)
                .div_f64(self.factor)
                .min(LONGEST_PAUSE);
        }
        let now = Instant::now();
        if self.due > now + wait {
            std::thread::sleep(wait);
            self.last_ts = None;
            return Ok(Polled::Idle);
        }
        std::thread::sleep(self.due.saturating_duration_since(now));
        take(&[Packet {
            ts: held.ts,
            number: held.number,
            interface: held.interface,
            link: held.link,
            wire_length: held.wire_length,
            checksum_pending: false,
            bytes: &held.bytes,
        }]);
        self.next += 1;
        Ok(Polled::Packets(1))
    }

    fn interfaces(&self) -> Vec<String> {
        self.source.interfaces()
    }

    fn counters(&self) -> Counters {
        self.source.counters()
    }

    fn events(&mut self) -> Vec<Event> {
        self.source.events()
    }

    fn progress(&self) -> Option<f64> {
        self.source.progress()
    }
}
