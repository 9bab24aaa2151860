//! Packets out: a pcapng file that others can read while it grows.
//!
//! The file is written in place, not under a temporary name, so that it can be
//! followed. It is locked against a second writer, and a file that is being read is
//! refused: it would be emptied before it is read, or grow for ever.
//!
//! Format: draft-ietf-opsawg-pcapng; one section, little-endian, nanoseconds.

mod block;
mod target;

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::{Packet, SNAP_LIMIT};
use block::Block;

/// Bytes collected before they are written: a write every few hundred packets.
const BUFFER: usize = 256 * 1024;

/// The longest comment written, in bytes. An option can hold 65,535; what is said
/// about a packet (alerts, a note) fits here, and thousands of them stay small.
pub const COMMENT_LIMIT: usize = 4_000;

/// The longest interface name written, in bytes, as for those read.
const NAME_LIMIT: usize = 256;

const SECTION: u32 = 0x0a0d_0d0a;
const INTERFACE: u32 = 1;
const STATISTICS: u32 = 5;
const ENHANCED_PACKET: u32 = 6;

/// Packets lost at an interface, for the file's statistics.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Drops {
    /// Packets the interface received, those that were lost included.
    pub received: u64,
    /// Packets the interface dropped before the kernel saw them.
    pub interface: u64,
    /// Packets the kernel dropped because nobody fetched them in time.
    pub kernel: u64,
}

/// A pcapng file that is being written.
///
/// Dropping it without [`PcapngWriter::finish`] leaves a valid file, but errors of the
/// last write go unseen and statistics are missing.
#[derive(Debug)]
pub struct PcapngWriter {
    path: PathBuf,
    file: BufWriter<File>,
    interfaces: HashMap<Origin, Interface>,
    block: Block,
}

/// Refuses to write to a file that is being read: one of `inputs`, also by another name, or
/// in a folder among them. Writing would destroy what is read.
///
/// # Errors
/// Says which of the two it is; the path is in the message.
pub fn check_not_read(path: &Path, inputs: &[PathBuf]) -> io::Result<()> {
    target::check(path, inputs).map_err(|error| named(path, &error))
}

/// Where a packet is from: one interface number of a source has one link type, but
/// nothing in the file forces it to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Origin {
    interface: u32,
    link: u16,
}

#[derive(Debug)]
struct Interface {
    /// Its number in this file.
    number: u32,
    newest: i64,
    drops: Option<Drops>,
}

impl PcapngWriter {
    /// Creates the file, or empties the one that is there.
    ///
    /// # Errors
    /// When it cannot be created, is one of `inputs` or lies in a folder among them, or
    /// is being written by someone else. The path is in the message.
    pub fn create(path: &Path, inputs: &[PathBuf]) -> io::Result<Self> {
        let file = target::open(path, inputs).map_err(|error| named(path, &error))?;
        let mut writer = Self {
            path: path.to_owned(),
            file: BufWriter::with_capacity(BUFFER, file),
            interfaces: HashMap::new(),
            block: Block::new(),
        };
        writer.section()?;
        writer.flush()?;
        Ok(writer)
    }

    /// Writes a packet, and its interface before it when it is the first from there.
    /// A comment longer than [`COMMENT_LIMIT`] is cut, and a packet at [`SNAP_LIMIT`].
    ///
    /// # Errors
    /// When the file cannot be written, for instance because the disk is full.
    pub fn write(
        &mut self,
        packet: &Packet<'_>,
        interface_name: &str,
        comment: Option<&str>,
    ) -> io::Result<()> {
        let origin = Origin {
            interface: packet.interface,
            link: packet.link,
        };
        let number = match self.interfaces.get_mut(&origin) {
            Some(interface) => {
                interface.newest = interface.newest.max(packet.ts);
                interface.number
            }
            None => self.add_interface(origin, interface_name, packet.ts)?,
        };
        let bytes = packet
            .bytes
            .get(..SNAP_LIMIT as usize)
            .unwrap_or(packet.bytes);
        self.block.start(ENHANCED_PACKET);
        self.block.u32(number);
        self.block.time(packet.ts);
        self.block.u32(bytes.len() as u32);
        self.block.u32(packet.wire_length.max(bytes.len() as u32));
        self.block.padded(bytes);
        self.block
            .comment(cut(comment.unwrap_or_default(), COMMENT_LIMIT));
        self.put()
    }

    /// Sets what was lost at an interface so far; the last figures are written at the end.
    /// An interface that no packet came from is not in the file and has none.
    pub fn set_drops(&mut self, interface: u32, drops: Drops) {
        let known = self.interfaces.iter_mut();
        for (_, known) in known.filter(|(origin, _)| origin.interface == interface) {
            known.drops = Some(drops);
        }
    }

    /// Writes what was collected, so that those who follow the file see it.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn flush(&mut self) -> io::Result<()> {
        self.file.flush().map_err(|error| named(&self.path, &error))
    }

    /// Writes the statistics and whatever was collected, and closes the file.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn finish(mut self) -> io::Result<()> {
        let mut interfaces: Vec<_> = std::mem::take(&mut self.interfaces).into_values().collect();
        interfaces.sort_by_key(|interface| interface.number);
        for interface in interfaces {
            if let Some(drops) = interface.drops {
                self.statistics(&interface, drops)?;
            }
        }
        self.flush()
    }

    fn section(&mut self) -> io::Result<()> {
        self.block.start(SECTION);
        self.block.u32(0x1a2b_3c4d);
        self.block.u16(1);
        self.block.u16(0);
        self.block.u64(u64::MAX); // the length is not known beforehand
        self.block.option(
            4,
            concat!("wirewatch ", env!("CARGO_PKG_VERSION")).as_bytes(),
        );
        self.block.end_of_options();
        self.put()
    }

    fn add_interface(&mut self, origin: Origin, name: &str, newest: i64) -> io::Result<u32> {
        let number = self.interfaces.len() as u32;
        self.block.start(INTERFACE);
        self.block.u16(origin.link);
        self.block.u16(0);
        self.block.u32(SNAP_LIMIT);
        self.block.option(2, cut(name, NAME_LIMIT).as_bytes());
        self.block.option(9, &[9]); // nanoseconds
        self.block.end_of_options();
        self.put()?;
        let interface = Interface {
            number,
            newest,
            drops: None,
        };
        self.interfaces.insert(origin, interface);
        Ok(number)
    }

    fn statistics(&mut self, interface: &Interface, drops: Drops) -> io::Result<()> {
        self.block.start(STATISTICS);
        self.block.u32(interface.number);
        self.block.time(interface.newest);
        self.block.option(4, &drops.received.to_le_bytes());
        self.block.option(5, &drops.interface.to_le_bytes());
        self.block.option(7, &drops.kernel.to_le_bytes());
        self.block.end_of_options();
        self.put()
    }

    fn put(&mut self) -> io::Result<()> {
        let written = self.file.write_all(self.block.finish());
        written.map_err(|error| named(&self.path, &error))
    }
}

/// At most `limit` bytes of a text, and no half of a letter.
fn cut(text: &str, limit: usize) -> &str {
    let mut ends = (0..=limit.min(text.len())).rev();
    let end = ends.find(|&end| text.is_char_boundary(end));
    text.get(..end.unwrap_or_default()).unwrap_or_default()
}

/// The error with the file it is about.
fn named(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}
