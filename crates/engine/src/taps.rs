//! Whole packets on their way out: to a Python callback, to a capture file.

use std::sync::{Arc, Mutex, PoisonError};

use wirewatch_capture::bpf::Filter;
use wirewatch_capture::{Packet, PcapngWriter, SNAP_LIMIT};
use wirewatch_decode::Decoded;

use crate::outlet::{Outlet, Update};
use crate::packets::PacketBatch;
use crate::pipeline::interface;

/// A capture file that all workers write to; `None` once it failed.
pub(crate) type SharedWriter = Arc<Mutex<Written>>;

/// The capture file and what became of it.
#[derive(Debug, Default)]
pub(crate) struct Written {
    pub(crate) writer: Option<PcapngWriter>,
    pub(crate) failure: Option<String>,
}

/// Which packets a callback wants.
#[derive(Debug, Clone)]
pub(crate) struct Wish {
    pub(crate) filter: Option<String>,
}

/// The taps of one worker.
#[derive(Debug, Default)]
pub(crate) struct Taps {
    writer: Option<SharedWriter>,
    wish: Option<Wish>,
    /// The wish's filter, compiled for the link type of the latest packet.
    filter: Option<(u16, Filter)>,
    batch: PacketBatch,
    /// Packets that could not be written.
    pub(crate) not_written: u64,
}

impl Taps {
    pub(crate) fn new(writer: Option<SharedWriter>, wish: Option<Wish>) -> Self {
        Self {
            writer,
            wish,
            ..Self::default()
        }
    }

    /// Whether anyone wants packets.
    #[inline]
    pub(crate) fn any(&self) -> bool {
        self.writer.is_some() || self.wish.is_some()
    }

    /// Takes a packet. `comments` is what its alerts said.
    pub(crate) fn packet(
        &mut self,
        packet: &Packet<'_>,
        decoded: &Decoded,
        flow_id: u64,
        interfaces: &Arc<Vec<String>>,
        comments: &str,
    ) {
        if self.writer.is_some() {
            self.write(packet, interface(interfaces, packet.interface), comments);
        }
        if self.wish.is_some() && self.passes(packet) {
            if self.batch.entries.is_empty() {
                self.batch.interfaces = Arc::clone(interfaces);
            }
            self.batch.push(packet, decoded, flow_id);
        }
    }

    /// Hands over the packets for the callback when there are enough of them.
    pub(crate) fn hand_over(&mut self, outlet: &mut Outlet) {
        if self.batch.is_full() {
            self.flush(outlet);
        }
    }

    /// Hands over what waits.
    pub(crate) fn flush(&mut self, outlet: &mut Outlet) {
        if !self.batch.entries.is_empty() {
            outlet.send(Update::Packets(std::mem::take(&mut self.batch)));
        }
    }

    pub(crate) fn finish(&mut self, outlet: &mut Outlet) {
        self.flush(outlet);
    }

    fn passes(&mut self, packet: &Packet<'_>) -> bool {
        let Some(expression) = self.wish.as_ref().and_then(|wish| wish.filter.as_ref()) else {
            return true;
        };
        if self
            .filter
            .as_ref()
            .is_none_or(|(link, _)| *link != packet.link)
        {
            let compiled = Filter::compile(expression, packet.link, SNAP_LIMIT);
            self.filter = compiled.ok().map(|filter| (packet.link, filter));
        }
        let verdict =
            |(_, filter): &(u16, Filter)| filter.matches(packet.bytes, packet.wire_length);
        self.filter.as_ref().is_some_and(verdict)
    }

    #[cold]
    fn write(&mut self, packet: &Packet<'_>, interface: &str, comments: &str) {
        let Some(shared) = &self.writer else {
            return;
        };
        let mut written = shared.lock().unwrap_or_else(PoisonError::into_inner);
        let comment = (!comments.is_empty()).then(|| comments.trim_end());
        let Some(writer) = &mut written.writer else {
            self.not_written += 1;
            return;
        };
        if let Err(error) = writer.write(packet, interface, comment) {
            self.not_written += 1;
            written.failure = Some(format!("{error}; nothing more is written to it"));
            written.writer = None;
        }
    }
}
