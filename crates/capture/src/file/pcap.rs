//! The pcap format: a header of 24 bytes, then packets with 16 bytes in front of each
//! (draft-ietf-opsawg-pcap).

use super::kind::PcapKind;
use super::names::{Label, Names};
use super::record::{Batch, Record, Stop, link_type, too_long};
use crate::SNAP_LIMIT;

const NANOSECONDS: i64 = 1_000_000_000;

/// Where the link type is in the file header. Its upper 16 bits tell the length of
/// the frame check sequence and are of no use here.
const LINK_TYPE: usize = 20;

/// Bytes of the file header.
const FILE_HEADER: usize = 24;

#[derive(Debug)]
pub(crate) struct Pcap {
    kind: PcapKind,
    /// Known once the file header has been read.
    interface: Option<Interface>,
    label: Label,
}

#[derive(Debug, Clone, Copy)]
struct Interface {
    number: u32,
    link: u16,
}

struct Header {
    ts: i64,
    captured: u32,
    original: u32,
}

impl Pcap {
    pub(crate) fn new(kind: PcapKind, label: Label) -> Self {
        Self {
            kind,
            interface: None,
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
        let Some(interface) = self.interface else {
            return self.file_header(window, names);
        };
        let mut at = 0;
        while !batch.is_full() {
            let rest = window.get(at..).unwrap_or_default();
            let Some(header) = self.header(rest) else {
                return (at, Stop::Need(self.kind.header));
            };
            if header.captured > SNAP_LIMIT {
                return (at, too_long(header.captured));
            }
            let length = self.kind.header + header.captured as usize;
            if rest.len() < length {
                return (at, Stop::Need(length));
            }
            batch.records.push(Record {
                ts: header.ts,
                start: at + self.kind.header,
                length: header.captured,
                wire_length: header.original,
                interface: interface.number,
                link: interface.link,
            });
            at += length;
        }
        (at, Stop::Full)
    }

    fn file_header(&mut self, window: &[u8], names: &mut Names) -> (usize, Stop) {
        let Some(link) = self.kind.order.u32(window, LINK_TYPE) else {
            return (0, Stop::Need(FILE_HEADER));
        };
        let link = link_type(link as u16);
        self.interface = Some(Interface {
            number: names.number(&self.label, 0, link, None),
            link,
        });
        (FILE_HEADER, Stop::Need(0))
    }

    #[inline]
    fn header(&self, bytes: &[u8]) -> Option<Header> {
        let order = self.kind.order;
        let bytes = bytes.get(..self.kind.header)?;
        let seconds = i64::from(order.u32(bytes, 0)?);
        let fraction = i64::from(order.u32(bytes, 4)?) * i64::from(self.kind.unit);
        Some(Header {
            ts: seconds * NANOSECONDS + fraction,
            captured: order.u32(bytes, 8)?,
            original: order.u32(bytes, 12)?,
        })
    }

    /// What is wrong when the file ends with `left` bytes that are no whole packet.
    pub(crate) fn cut(&self, left: usize) -> Option<&'static str> {
        match (self.interface, left) {
            (None, _) => Some("the file ends in the middle of its header"),
            (Some(_), 0) => None,
            (Some(_), _) => Some("the file ends in the middle of a packet"),
        }
    }
}
