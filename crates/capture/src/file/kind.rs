//! What a file is, by its first bytes; its name says nothing.

use super::fields::ByteOrder;

/// How many bytes are enough to tell: a pcap header. Every capture has as many.
pub(crate) const ENOUGH: usize = 24;

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A pcap file.
    Pcap(PcapKind),
    /// A pcapng file; each section has its own byte order.
    Pcapng,
    /// Compressed by gzip.
    Gzip,
    /// Compressed by zstd.
    Zstd,
    /// No capture; what it looks like, where that is known.
    Other(Option<&'static str>),
}

/// The variants of pcap, told by the magic number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PcapKind {
    pub(crate) order: ByteOrder,
    /// Nanoseconds in one unit of the fraction of a second.
    pub(crate) unit: u32,
    /// Bytes in front of each packet.
    pub(crate) header: usize,
}

/// Formats that are handed to a network tool by mistake, and how to go on.
const OTHERS: &[(&[u8], &str)] = &[
    (b"\xfd7zXZ\0", "xz data; unpack it first"),
    (b"BZh", "bzip2 data; unpack it first"),
    (b"\x04\x22\x4d\x18", "lz4 data; unpack it first"),
    (b"PK\x03\x04", "a zip archive; unpack it first"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive; unpack it first"),
    (b"Rar!", "a rar archive; unpack it first"),
    (b"snoop\0\0\0", "a snoop capture; convert it with editcap"),
    (
        b"GMBU",
        "a Network Monitor capture; convert it with editcap",
    ),
    (
        b"RTSS",
        "a Network Monitor capture; convert it with editcap",
    ),
    (
        b"TRSNIFF data",
        "a Sniffer capture; convert it with editcap",
    ),
    (
        b"iptrace 1.0",
        "an iptrace capture; convert it with editcap",
    ),
    (b"PAR1", "a Parquet file"),
    (b"SQLite format 3\0", "an SQLite database"),
    (b"%PDF", "a PDF document"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a Windows program"),
    (b"\x89PNG", "a picture"),
    (b"{", "JSON"),
];

/// Tells what a file is that starts with these bytes.
pub(crate) fn recognise(start: &[u8]) -> Kind {
    match start.first_chunk() {
        Some([0x0a, 0x0d, 0x0d, 0x0a]) => Kind::Pcapng,
        Some([0x1f, 0x8b, ..]) => Kind::Gzip,
        // The second is a skippable frame, which parallel compressors put first (RFC 8878, 3.1.2).
        Some([0x28, 0xb5, 0x2f, 0xfd] | [0x50..=0x5f, 0x2a, 0x4d, 0x18]) => Kind::Zstd,
        Some(magic) => pcap(*magic).map_or_else(|| Kind::Other(other(start)), Kind::Pcap),
        None => Kind::Other(other(start)),
    }
}

fn pcap(magic: [u8; 4]) -> Option<PcapKind> {
    let variant = |order, unit, header| PcapKind {
        order,
        unit,
        header,
    };
    Some(match magic {
        [0xa1, 0xb2, 0xc3, 0xd4] => variant(ByteOrder::Big, 1_000, 16),
        [0xd4, 0xc3, 0xb2, 0xa1] => variant(ByteOrder::Little, 1_000, 16),
        [0xa1, 0xb2, 0x3c, 0x4d] => variant(ByteOrder::Big, 1, 16),
        [0x4d, 0x3c, 0xb2, 0xa1] => variant(ByteOrder::Little, 1, 16),
        // Kuznetzov's patch of 1998: interface, protocol and packet type follow the lengths.
        [0xa1, 0xb2, 0xcd, 0x34] => variant(ByteOrder::Big, 1_000, 24),
        [0x34, 0xcd, 0xb2, 0xa1] => variant(ByteOrder::Little, 1_000, 24),
        _ => return None,
    })
}

fn other(start: &[u8]) -> Option<&'static str> {
    let known = OTHERS.iter().find(|(magic, _)| start.starts_with(magic));
    let text = |byte: &u8| byte.is_ascii_graphic() || byte.is_ascii_whitespace();
    match known {
        Some((_, name)) => Some(name),
        None if !start.is_empty() && start.iter().all(text) => Some("text"),
        None => None,
    }
}

/// The sentence for a file that is no capture.
pub(crate) fn not_a_capture(start: &[u8], looks_like: Option<&str>) -> String {
    match (start, looks_like) {
        ([], _) => "the file is empty".to_owned(),
        (_, Some(name)) => format!("this is no capture file; it looks like {name}"),
        ([a, b, c, d, ..], None) => {
            format!(
                "this is no capture file; it starts with the bytes {a:02x} {b:02x} {c:02x} {d:02x}"
            )
        }
        (_, None) => "the file is too short to be a capture".to_owned(),
    }
}
