//! Where the next packets lie in a window, found before they are handed out.
//!
//! Positions instead of slices let several files be read ahead and merged, and the
//! packets be made of all their windows at once.

use crate::{MAX_GROUP, Packet, SNAP_LIMIT};

/// `LINKTYPE_RAW`: packets that start with an IP header.
const RAW_IP: u16 = 101;

/// The most bytes one packet and what belongs to it (header, options) may take in a
/// file: the longest packet, and comments many times longer than any seen.
pub(crate) const RECORD_LIMIT: usize = 4 * SNAP_LIMIT as usize;

/// One packet, as a place in its file's window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Record {
    pub(crate) ts: i64,
    pub(crate) start: usize,
    pub(crate) length: u32,
    pub(crate) wire_length: u32,
    pub(crate) interface: u32,
    pub(crate) link: u16,
}

impl Record {
    /// The packet itself, out of the window that the record was found in.
    #[inline]
    pub(crate) fn packet<'w>(&self, window: &'w [u8], number: u64) -> Packet<'w> {
        let end = self.start + self.length as usize;
        Packet {
            ts: self.ts,
            number,
            interface: self.interface,
            link: self.link,
            wire_length: self.wire_length.max(self.length),
            checksum_pending: false,
            bytes: window.get(self.start..end).unwrap_or_default(),
        }
    }
}

/// What a parser found in a window: at most one group of packets.
#[derive(Debug)]
pub(crate) struct Batch {
    pub(crate) records: Vec<Record>,
    /// Blocks that were no packets and were passed over.
    pub(crate) skipped: u64,
}

impl Batch {
    pub(crate) fn new() -> Self {
        Self {
            records: Vec::with_capacity(MAX_GROUP),
            skipped: 0,
        }
    }

    #[inline]
    pub(crate) fn is_full(&self) -> bool {
        self.records.len() >= MAX_GROUP
    }
}

/// Why a parser stopped.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// The batch is full.
    Full,
    /// It needs this many bytes from where it stopped.
    Need(usize),
    /// The file is damaged where it stopped.
    Damaged(String),
}

impl Stop {
    pub(crate) fn damaged(reason: impl Into<String>) -> Self {
        Self::Damaged(reason.into())
    }
}

/// What a file's link type means, as a LINKTYPE_ number. Old files carry the number
/// that their system used for raw IP (12, on OpenBSD 14) instead of the common one.
pub(crate) fn link_type(written: u16) -> u16 {
    match written {
        12 | 14 => RAW_IP,
        other => other,
    }
}

/// What is said about a packet that claims to be longer than any can be.
pub(crate) fn too_long(captured: u32) -> Stop {
    Stop::damaged(format!(
        "a packet claims {captured} captured bytes, more than the {SNAP_LIMIT} that are possible"
    ))
}
