//! The pcapng format: sections of blocks, each with its length at both ends
//! (draft-ietf-opsawg-pcapng).
//!
//! Only packets and interfaces are looked into. Everything else (names, secrets,
//! statistics, custom and unknown blocks) is passed over without being held in
//! memory, and counted.

mod options;

use options::Clock;

use super::fields::ByteOrder;
use super::names::{Label, Names};
use super::record::{Batch, RECORD_LIMIT, Record, Stop, link_type, too_long};
use crate::SNAP_LIMIT;

const SECTION_HEADER: [u8; 4] = [0x0a, 0x0d, 0x0d, 0x0a];
const INTERFACE_DESCRIPTION: u32 = 1;
const OLD_PACKET: u32 = 2;
const SIMPLE_PACKET: u32 = 3;
const ENHANCED_PACKET: u32 = 6;

/// Type and length in front of a block, and the length again behind it.
const FRAME: u32 = 12;

/// Type and length in front of a block.
const FRAME_START: usize = 8;

/// What a section header block has at least: frame, magic, version and section length.
const SECTION_START: usize = 24;

/// The most interfaces in one section. Captures of "any" have a few dozen; more
/// would let a file of empty interfaces fill the memory.
const INTERFACE_LIMIT: usize = 4_096;

#[derive(Debug)]
pub(crate) struct Pcapng {
    order: ByteOrder,
    interfaces: Vec<Interface>,
    /// A block that is being passed over.
    passing: Option<Passing>,
    /// Time of the newest packet: simple packets have none of their own.
    newest: i64,
    label: Label,
}

#[derive(Debug)]
struct Interface {
    number: u32,
    link: u16,
    snap_length: u32,
    clock: Clock,
}

#[derive(Debug)]
struct Passing {
    left: u64,
    length: u32,
    counted: bool,
}

/// What a packet block says in front of the bytes.
struct Header {
    interface: u32,
    /// In units of the interface's clock.
    ticks: Option<u64>,
    captured: u32,
    original: u32,
    /// Where the bytes begin in the block's body.
    data: usize,
}

impl Pcapng {
    pub(crate) fn new(label: Label) -> Self {
        Self {
            order: ByteOrder::Little,
            interfaces: Vec::new(),
            passing: None,
            newest: 0,
            label,
        }
    }

    /// Finds the packets in the window, and says how many bytes they take and why it stopped.
    pub(crate) fn read(
        &mut self,
        window: &[u8],
        batch: &mut Batch,
        names: &mut Names,
    ) -> (usize, Stop) {
        let mut at = 0;
        while !batch.is_full() {
            match self.block(window.get(at..).unwrap_or_default(), at, batch, names) {
                Ok(used) => at += used,
                Err(stop) => return (at, stop),
            }
        }
        (at, Stop::Full)
    }

    /// Reads what is next, `at` bytes into the window, and returns its length.
    #[inline]
    fn block(
        &mut self,
        rest: &[u8],
        at: usize,
        batch: &mut Batch,
        names: &mut Names,
    ) -> Result<usize, Stop> {
        if self.passing.is_some() {
            return self.pass_over(rest, batch);
        }
        let start = rest.get(..FRAME_START).ok_or(Stop::Need(FRAME_START))?;
        if start.starts_with(&SECTION_HEADER) {
            return self.section(rest);
        }
        let kind = self.order.u32(start, 0).unwrap_or_default();
        let length = checked_length(self.order.u32(start, 4).unwrap_or_default())?;
        match kind {
            ENHANCED_PACKET => {
                let body = self.body(rest, length)?;
                let record = self.record(self.enhanced_packet(body), body, at)?;
                batch.records.push(record);
                Ok(length as usize)
            }
            INTERFACE_DESCRIPTION => {
                self.interface(self.body(rest, length)?, names)?;
                Ok(length as usize)
            }
            OLD_PACKET | SIMPLE_PACKET => {
                let body = self.body(rest, length)?;
                let record = self.record(self.rare_packet(kind, body), body, at)?;
                batch.records.push(record);
                Ok(length as usize)
            }
            _ => {
                self.pass(FRAME_START, length, true);
                Ok(FRAME_START)
            }
        }
    }

    /// The inside of a block that must be whole to be read.
    #[inline]
    fn body<'b>(&self, rest: &'b [u8], length: u32) -> Result<&'b [u8], Stop> {
        let length = length as usize;
        if length > RECORD_LIMIT {
            return Err(Stop::damaged(format!(
                "a packet or interface block claims {length} bytes, more than the {RECORD_LIMIT} that are possible"
            )));
        }
        let block = rest.get(..length).ok_or(Stop::Need(length))?;
        let end = length - 4;
        if self.order.u32(block, end) != Some(length as u32) {
            return Err(lengths_disagree());
        }
        Ok(block.get(FRAME_START..end).unwrap_or_default())
    }

    fn section(&mut self, rest: &[u8]) -> Result<usize, Stop> {
        let start = rest.get(..SECTION_START).ok_or(Stop::Need(SECTION_START))?;
        self.order = match start.get(8..12) {
            Some([0x1a, 0x2b, 0x3c, 0x4d]) => ByteOrder::Big,
            Some([0x4d, 0x3c, 0x2b, 0x1a]) => ByteOrder::Little,
            _ => return Err(Stop::damaged("a section has no byte-order magic")),
        };
        let major = self.order.u16(start, 12).unwrap_or_default();
        if major != 1 {
            return Err(Stop::damaged(format!(
                "a section has version {major}, but only version 1 is defined"
            )));
        }
        let length = checked_length(self.order.u32(start, 4).unwrap_or_default())?;
        if (length as usize) < SECTION_START + 4 {
            return Err(Stop::damaged("a section header is too short"));
        }
        self.interfaces.clear();
        self.pass(SECTION_START, length, false);
        Ok(SECTION_START)
    }

    fn interface(&mut self, body: &[u8], names: &mut Names) -> Result<(), Stop> {
        if self.interfaces.len() >= INTERFACE_LIMIT {
            return Err(Stop::damaged(format!(
                "a section has more than {INTERFACE_LIMIT} interfaces"
            )));
        }
        let (Some(link), Some(snap_length)) = (self.order.u16(body, 0), self.order.u32(body, 4))
        else {
            return Err(Stop::damaged("an interface block is too short"));
        };
        let link = link_type(link);
        let options = options::read(self.order, body.get(8..).unwrap_or_default());
        let index = self.interfaces.len() as u32;
        self.interfaces.push(Interface {
            number: names.number(&self.label, index, link, options.name),
            link,
            snap_length,
            clock: options.clock,
        });
        Ok(())
    }

    #[inline]
    fn enhanced_packet(&self, body: &[u8]) -> Option<Header> {
        let body = body.get(..20)?;
        Some(Header {
            interface: self.order.u32(body, 0)?,
            ticks: Some(self.ticks(body, 4)?),
            captured: self.order.u32(body, 12)?,
            original: self.order.u32(body, 16)?,
            data: 20,
        })
    }

    /// The two kinds of packets that current writers do not write.
    #[cold]
    fn rare_packet(&self, kind: u32, body: &[u8]) -> Option<Header> {
        match kind {
            OLD_PACKET => self.old_packet(body),
            _ => self.simple_packet(body),
        }
    }

    /// The block that the enhanced one replaced; it counts its drops where that has half of the interface.
    fn old_packet(&self, body: &[u8]) -> Option<Header> {
        Some(Header {
            interface: u32::from(self.order.u16(body, 0)?),
            ticks: Some(self.ticks(body, 4)?),
            captured: self.order.u32(body, 12)?,
            original: self.order.u32(body, 16)?,
            data: 20,
        })
    }

    /// A packet of the first interface that says nothing but its length on the wire.
    fn simple_packet(&self, body: &[u8]) -> Option<Header> {
        let original = self.order.u32(body, 0)?;
        let snap_length = match self.interfaces.first() {
            Some(interface) if interface.snap_length > 0 => interface.snap_length,
            _ => u32::MAX,
        };
        let held = body.len() as u32 - 4;
        Some(Header {
            interface: 0,
            ticks: None,
            captured: original.min(snap_length).min(held),
            original,
            data: 4,
        })
    }

    #[inline]
    fn ticks(&self, body: &[u8], offset: usize) -> Option<u64> {
        let high = self.order.u32(body, offset)?;
        let low = self.order.u32(body, offset + 4)?;
        Some(u64::from(high) << 32 | u64::from(low))
    }

    /// The packet of a block that begins `at` bytes into the window.
    #[inline]
    fn record(&mut self, header: Option<Header>, body: &[u8], at: usize) -> Result<Record, Stop> {
        let Some(header) = header else {
            return Err(Stop::damaged(
                "a packet block is too short for its own header",
            ));
        };
        let Some(interface) = self.interfaces.get(header.interface as usize) else {
            return Err(Stop::damaged(format!(
                "a packet is from interface {}, which its section does not have",
                header.interface
            )));
        };
        if header.captured > SNAP_LIMIT {
            return Err(too_long(header.captured));
        }
        if header.data + header.captured as usize > body.len() {
            return Err(Stop::damaged("a packet is longer than the block it is in"));
        }
        if let Some(ticks) = header.ticks {
            self.newest = interface.clock.nanoseconds(ticks);
        }
        Ok(Record {
            ts: self.newest,
            start: at + FRAME_START + header.data,
            length: header.captured,
            wire_length: header.original,
            interface: interface.number,
            link: interface.link,
        })
    }

    /// Passes over the rest of a block of which `read` bytes have been read.
    fn pass(&mut self, read: usize, length: u32, counted: bool) {
        self.passing = Some(Passing {
            left: u64::from(length) - read as u64 - 4,
            length,
            counted,
        });
    }

    fn pass_over(&mut self, rest: &[u8], batch: &mut Batch) -> Result<usize, Stop> {
        let Some(passing) = self.passing.as_mut().filter(|passing| passing.left > 0) else {
            return self.passed(rest, batch);
        };
        if rest.is_empty() {
            return Err(Stop::Need(1));
        }
        let used = passing.left.min(rest.len() as u64);
        passing.left -= used;
        Ok(used as usize)
    }

    fn passed(&mut self, rest: &[u8], batch: &mut Batch) -> Result<usize, Stop> {
        let length = self.order.u32(rest, 0).ok_or(Stop::Need(4))?;
        match self.passing.take() {
            Some(passing) if passing.length != length => Err(lengths_disagree()),
            Some(passing) => {
                batch.skipped += u64::from(passing.counted);
                Ok(4)
            }
            None => Ok(0),
        }
    }

    /// What is wrong when the file ends with `left` bytes that are no whole block.
    pub(crate) fn cut(&self, left: usize) -> Option<&'static str> {
        (left > 0 || self.passing.is_some()).then_some("the file ends in the middle of a block")
    }
}

#[inline]
fn checked_length(length: u32) -> Result<u32, Stop> {
    if length < FRAME || !length.is_multiple_of(4) {
        return Err(Stop::damaged(format!(
            "a block claims {length} bytes, which no block can have"
        )));
    }
    Ok(length)
}

fn lengths_disagree() -> Stop {
    Stop::damaged("the lengths at both ends of a block disagree")
}
