//! Packets on their way to a Python callback.

use std::sync::Arc;

use wirewatch_capture::Packet;
use wirewatch_decode::{Datagram, Decoded, Frame};

/// Packets per batch: enough that the hand-over costs nothing per packet.
const MAX_ENTRIES: usize = 1_024;
/// Bytes per batch, so that large packets do not make large batches.
const MAX_BYTES: usize = 1 << 20;

/// Some packets with what decoding found in them.
#[derive(Debug, Default)]
pub struct PacketBatch {
    /// The captured bytes of all packets, one after another.
    pub bytes: Vec<u8>,
    /// The packets.
    pub entries: Vec<Entry>,
    /// Names of the interfaces they refer to.
    pub interfaces: Arc<Vec<String>>,
}

/// One packet of a [`PacketBatch`].
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    /// When it was captured, nanoseconds since 1970.
    pub ts: i64,
    /// Its number in the source.
    pub number: u64,
    /// Index into [`PacketBatch::interfaces`].
    pub interface: u32,
    /// Link type.
    pub link: u16,
    /// Length on the wire.
    pub wire_length: u32,
    /// Where its bytes start.
    pub start: u32,
    /// How many were captured.
    pub length: u32,
    /// The link layer.
    pub frame: Frame,
    /// The outermost IP datagram, if there is one.
    pub datagram: Option<Datagram>,
    /// Its flow, 0 if it has none.
    pub flow_id: u64,
}

impl PacketBatch {
    /// Takes a copy of a packet.
    pub(crate) fn push(&mut self, packet: &Packet<'_>, decoded: &Decoded, flow_id: u64) {
        let start = self.bytes.len() as u32;
        self.bytes.extend_from_slice(packet.bytes);
        self.entries.push(Entry {
            ts: packet.ts,
            number: packet.number,
            interface: packet.interface,
            link: packet.link,
            wire_length: packet.wire_length,
            start,
            length: packet.bytes.len() as u32,
            frame: decoded.frame,
            datagram: decoded.datagrams().first().copied(),
            flow_id,
        });
    }

    /// Whether it should go on its way.
    pub(crate) fn is_full(&self) -> bool {
        self.entries.len() >= MAX_ENTRIES || self.bytes.len() >= MAX_BYTES
    }

    /// The captured bytes of one of its packets.
    pub fn bytes_of(&self, entry: &Entry) -> &[u8] {
        let start = entry.start as usize;
        self.bytes
            .get(start..start + entry.length as usize)
            .unwrap_or_default()
    }
}
