//! Captures for tests, built byte by byte and independently of the writer.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use super::fields::ByteOrder;
use crate::{Error, Event, FileOptions, Packet, Polled, Source};

pub(crate) const ETHERNET: u16 = 1;

/// A packet that can be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Kept {
    pub(crate) ts: i64,
    pub(crate) number: u64,
    pub(crate) interface: u32,
    pub(crate) link: u16,
    pub(crate) wire_length: u32,
    pub(crate) bytes: Vec<u8>,
}

impl From<&Packet<'_>> for Kept {
    fn from(packet: &Packet<'_>) -> Self {
        Self {
            ts: packet.ts,
            number: packet.number,
            interface: packet.interface,
            link: packet.link,
            wire_length: packet.wire_length,
            bytes: packet.bytes.to_vec(),
        }
    }
}

impl Kept {
    pub(crate) fn packet(&self) -> Packet<'_> {
        Packet {
            ts: self.ts,
            number: self.number,
            interface: self.interface,
            link: self.link,
            wire_length: self.wire_length,
            checksum_pending: false,
            bytes: &self.bytes,
        }
    }
}

/// Everything a source gave until it ended.
#[derive(Debug)]
pub(crate) struct Drained {
    pub(crate) packets: Vec<Kept>,
    pub(crate) error: Option<Error>,
    pub(crate) events: Vec<Event>,
}

impl Drained {
    pub(crate) fn times(&self) -> Vec<i64> {
        self.packets.iter().map(|packet| packet.ts).collect()
    }
}

pub(crate) fn drain(source: &mut dyn Source) -> Drained {
    let mut packets = Vec::new();
    let error = loop {
        let mut take = |group: &[Packet<'_>]| packets.extend(group.iter().map(Kept::from));
        match source.poll(Duration::from_secs(10), &mut take) {
            Ok(Polled::Packets(_) | Polled::Idle) => {}
            Ok(Polled::End) => break None,
            Err(error) => break Some(error),
        }
    };
    let after = source.poll(Duration::ZERO, &mut |_| panic!("packets after the end"));
    assert!(matches!(after, Ok(Polled::End)), "{after:?}");
    Drained {
        packets,
        error,
        events: source.events(),
    }
}

/// Reads bytes with windows of several sizes, which must not make a difference.
pub(crate) fn read(bytes: &[u8]) -> (Vec<Kept>, Result<u64, Error>) {
    let whole = read_with_window(bytes, bytes.len().max(1));
    for window in [1, 7, 100] {
        let other = read_with_window(bytes, window);
        assert_eq!(other.0, whole.0, "window of {window}");
        assert_eq!(
            format!("{:?}", other.1),
            format!("{:?}", whole.1),
            "window of {window}"
        );
    }
    whole
}

fn read_with_window(bytes: &[u8], window: usize) -> (Vec<Kept>, Result<u64, Error>) {
    let options = FileOptions {
        window,
        ..FileOptions::default()
    };
    let mut packets = Vec::new();
    let result = super::read_bytes_with(bytes, &options, &mut |group| {
        packets.extend(group.iter().map(Kept::from));
    });
    (packets, result)
}

pub(crate) fn u16s(order: ByteOrder, value: u16) -> [u8; 2] {
    match order {
        ByteOrder::Little => value.to_le_bytes(),
        ByteOrder::Big => value.to_be_bytes(),
    }
}

pub(crate) fn u32s(order: ByteOrder, value: u32) -> [u8; 4] {
    match order {
        ByteOrder::Little => value.to_le_bytes(),
        ByteOrder::Big => value.to_be_bytes(),
    }
}

pub(crate) fn pcap_header(order: ByteOrder, magic: u32, link: u32) -> Vec<u8> {
    let mut bytes = u32s(order, magic).to_vec();
    bytes.extend(u16s(order, 2));
    bytes.extend(u16s(order, 4));
    for field in [0, 0, 65_535, link] {
        bytes.extend(u32s(order, field));
    }
    bytes
}

pub(crate) fn pcap_record(order: ByteOrder, fields: [u32; 4], data: &[u8]) -> Vec<u8> {
    let mut bytes: Vec<u8> = fields
        .iter()
        .flat_map(|&field| u32s(order, field))
        .collect();
    bytes.extend(data);
    bytes
}

/// A little-endian pcap file with one packet of four bytes per second given.
pub(crate) fn pcap_at(seconds: &[u32]) -> Vec<u8> {
    let order = ByteOrder::Little;
    let mut bytes = pcap_header(order, 0xa1b2_c3d4, u32::from(ETHERNET));
    for &second in seconds {
        bytes.extend(pcap_record(order, [second, 0, 4, 4], &second.to_be_bytes()));
    }
    bytes
}

/// A block of a pcapng file.
pub(crate) fn block(order: ByteOrder, kind: u32, body: &[u8]) -> Vec<u8> {
    let padding = body.len().next_multiple_of(4) - body.len();
    let length = (12 + body.len() + padding) as u32;
    let mut bytes = u32s(order, kind).to_vec();
    bytes.extend(u32s(order, length));
    bytes.extend(body);
    bytes.resize(bytes.len() + padding, 0);
    bytes.extend(u32s(order, length));
    bytes
}

pub(crate) fn section(order: ByteOrder) -> Vec<u8> {
    let mut body = u32s(order, 0x1a2b_3c4d).to_vec();
    body.extend(u16s(order, 1));
    body.extend(u16s(order, 0));
    body.extend([0xff; 8]);
    block(order, 0x0a0d_0d0a, &body)
}

pub(crate) fn options(order: ByteOrder, options: &[(u16, &[u8])]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (code, value) in options {
        bytes.extend(u16s(order, *code));
        bytes.extend(u16s(order, value.len() as u16));
        bytes.extend(*value);
        bytes.resize(bytes.len().next_multiple_of(4), 0);
    }
    bytes.extend([0; 4]);
    bytes
}

pub(crate) fn interface(order: ByteOrder, link: u16, given: &[(u16, &[u8])]) -> Vec<u8> {
    interface_with_snap_length(order, link, 0, given)
}

pub(crate) fn interface_with_snap_length(
    order: ByteOrder,
    link: u16,
    snap_length: u32,
    given: &[(u16, &[u8])],
) -> Vec<u8> {
    let mut body = u16s(order, link).to_vec();
    body.extend([0; 2]);
    body.extend(u32s(order, snap_length));
    body.extend(options(order, given));
    block(order, 1, &body)
}

/// An enhanced packet block.
pub(crate) fn enhanced(order: ByteOrder, interface: u32, ticks: u64, data: &[u8]) -> Vec<u8> {
    let length = data.len() as u32;
    enhanced_with(order, [interface, length, length], ticks, data, &[])
}

pub(crate) fn enhanced_with(
    order: ByteOrder,
    [interface, captured, original]: [u32; 3],
    ticks: u64,
    data: &[u8],
    given: &[(u16, &[u8])],
) -> Vec<u8> {
    let fields = [
        interface,
        (ticks >> 32) as u32,
        ticks as u32,
        captured,
        original,
    ];
    let mut body: Vec<u8> = fields
        .iter()
        .flat_map(|&field| u32s(order, field))
        .collect();
    body.extend(data);
    body.resize(body.len().next_multiple_of(4), 0);
    if !given.is_empty() {
        body.extend(options(order, given));
    }
    block(order, 6, &body)
}

/// A folder that is gone after the test.
pub(crate) struct Folder {
    path: PathBuf,
}

impl Folder {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("wirewatch-capture-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).unwrap();
        Self { path }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Writes a file into the folder, and into a folder of it where the name says so.
    pub(crate) fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.path.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.path);
    }
}
