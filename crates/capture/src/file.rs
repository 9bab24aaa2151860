//! Capture files: pcap and pcapng, plain or compressed, from disk or from a pipe.
//!
//! Every input is read through one bounded window (see [`window`]), also a plain
//! file. Mapping was measured against it: on a 280 MB capture of small packets the
//! window costs 2 to 3 ns a packet more, on a 1 GB one of mixed sizes between
//! nothing and 14 ns; in return the process stays at a few hundred kilobytes, a file
//! that is cut while it is read is damage rather than a SIGBUS, and pipes, gzip,
//! zstd and memory take the same road.
//!
//! Formats: draft-ietf-opsawg-pcap and draft-ietf-opsawg-pcapng.

mod fields;
mod kind;
mod listing;
mod names;
mod notices;
mod origin;
mod pcap;
mod pcapng;
mod reader;
mod record;
mod window;

#[cfg(test)]
pub(crate) mod samples;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::time::Duration;

pub(crate) use listing::{Listed, Listing, refused};
pub(crate) use names::Names;
pub(crate) use notices::Notices;
pub use origin::is_awaited;
pub(crate) use origin::{Origin, is_standard_input};
pub(crate) use reader::{Advance, Reader};
pub(crate) use record::Record;

use crate::order::Files;
use crate::{Error, Packet, Polled, Source};

/// How many files are open at once when their time ranges overlap. A sensor farm's
/// rotated files overlap by one per sensor; macOS gives a process 256 descriptors.
const OPEN_LIMIT: usize = 128;

/// Bytes read from a file at once: fits the second-level cache, and larger ones
/// measured no faster.
const WINDOW: usize = 256 * 1024;

/// How capture files are read. The defaults suit everything but tests and tight memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileOptions {
    /// How many files that overlap in time are open and merged at once, at least 1. More
    /// than that overlapping come late and out of order, and an event says so.
    pub open_limit: usize,
    /// Bytes read ahead per open file; grows where a single packet needs more.
    pub window: usize,
}

impl Default for FileOptions {
    fn default() -> Self {
        Self {
            open_limit: OPEN_LIMIT,
            window: WINDOW,
        }
    }
}

/// Opens capture files, all captures in folders, and `-` for standard input, as one
/// source that hands out their packets in time order.
///
/// Files are sorted by the time of their first packet; those that overlap are merged
/// packet by packet. A damaged file does not keep the others from being read: the
/// first damage is returned where the end would be, further ones are events.
/// A pipe is a live source: [`Source::poll`] answers [`Polled::Idle`] while its writer is silent.
///
/// # Errors
/// When an input does not exist or may not be read, when a folder has no capture in
/// it, and when none of the inputs is a capture.
pub fn open_files(inputs: &[PathBuf], options: &FileOptions) -> Result<Box<dyn Source>, Error> {
    let listing = listing::list(inputs)?;
    Ok(Box::new(Files::open(listing, options)?))
}

/// Reads a capture that lies in memory, compressed or not, with the code that reads
/// files, and returns the number of packets.
///
/// # Errors
/// [`Error::Damaged`], after every packet before the damage has been handed out.
pub fn read_bytes(bytes: &[u8], take: &mut dyn FnMut(&[Packet<'_>])) -> Result<u64, Error> {
    read_bytes_with(bytes, &FileOptions::default(), take)
}

pub(crate) fn read_bytes_with(
    bytes: &[u8],
    options: &FileOptions,
    take: &mut dyn FnMut(&[Packet<'_>]),
) -> Result<u64, Error> {
    let mut files = Files::of_one(Origin::memory(bytes), PathBuf::from("memory"), options);
    while files.poll(Duration::ZERO, take)? != Polled::End {}
    Ok(files.counters().packets)
}
