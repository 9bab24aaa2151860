//! Headers of QUIC packets (RFC 9000, section 17; RFC 9369, section 3.2), and of Google's before.

use crate::tls::read::Reader;

/// Bytes of a connection identifier (RFC 9000, section 17.2).
const MAX_ID: usize = 20;

/// A version as on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Version(pub(super) u32);

impl Version {
    /// Google's, with tags instead of TLS.
    pub(super) fn is_google(self) -> bool {
        self.0 >> 16 == 0x5130 && self.0 != 0x5130_3530
    }

    /// Version 2 numbers its packet types differently.
    fn is_second(self) -> bool {
        self.0 == 0x6b33_43cf
    }

    /// Whether it exists only to make the server say what it speaks (RFC 9000, section 15).
    pub(super) fn is_reserved(self) -> bool {
        self.0 & 0x0f0f_0f0f == 0x0a0a_0a0a
    }

    /// Whether it is a version of the IETF's, or a draft of one.
    pub(super) fn is_standard(self) -> bool {
        self.0 == 1 || self.is_second() || self.0 >> 8 == 0x00ff_0000
    }

    /// Whether its Initial packets can be read.
    pub(super) fn is_known(self) -> bool {
        self.is_second()
            || self.is_reserved()
            || matches!(
                self.0,
                1 | 0xff00_0015
                    ..=0xff00_0040
                        | 0xface_b001
                        | 0xface_b002
                        | 0x5130_3530
                        | 0x5430_3530
                        | 0x5430_3531
            )
    }
}

/// Set in the first byte of all packets (RFC 9000, section 17).
const FIXED_BIT: u8 = 0x40;

/// An Initial packet, protected.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Initial<'a> {
    /// From the first byte to the length.
    pub(super) header: &'a [u8],
    /// Packet number and payload.
    pub(super) protected: &'a [u8],
}

/// What a packet is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Kind<'a> {
    Initial(Initial<'a>),
    ZeroRtt,
    Handshake,
    Retry,
    Negotiation,
    /// Of a version that cannot be read.
    Unknown,
    /// Google's, from behind the header on.
    Google(&'a [u8]),
    /// Encrypted data.
    Short,
    /// Without the bit that all packets have: what a datagram is filled up with, or another protocol's.
    Discarded,
}

/// A packet's header.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Packet<'a> {
    pub(super) version: Version,
    pub(super) destination: &'a [u8],
    pub(super) source: &'a [u8],
    pub(super) kind: Kind<'a>,
}

impl<'a> Packet<'a> {
    /// Reads the next packet of a datagram, which becomes shorter by it.
    pub(super) fn read(datagram: &mut &'a [u8]) -> Option<Self> {
        let whole = *datagram;
        let first = *whole.first()?;
        if first & 0x80 == 0 {
            *datagram = &[];
            return Self::short(first, whole);
        }
        let mut reader = Reader(whole.get(1..)?);
        let version = Version(reader.u32()?);
        if version.is_google() {
            *datagram = &[];
            return Self::google_long(first, version, reader);
        }
        if first & FIXED_BIT == 0 && version.0 != 0 && !version.is_known() {
            *datagram = &[];
            return Some(Self::without_header(Kind::Discarded));
        }
        let destination = identifier(&mut reader)?;
        let source = identifier(&mut reader)?;
        let packet = |kind| Self {
            version,
            destination,
            source,
            kind,
        };
        if version.0 == 0 || !version.is_known() {
            *datagram = &[];
            let kind = if version.0 == 0 {
                Kind::Negotiation
            } else {
                Kind::Unknown
            };
            return Some(packet(kind));
        }
        // Version 2 shifted the numbers of types by one.
        let number = (first >> 4 & 3).wrapping_sub(u8::from(version.is_second())) & 3;
        if number == 3 {
            *datagram = &[];
            return Some(packet(Kind::Retry));
        }
        if number == 0 {
            let length = varint(&mut reader)?;
            reader.take(length)?;
        }
        let length = varint(&mut reader)?;
        let header = whole.get(..whole.len().checked_sub(reader.0.len())?)?;
        let protected = reader.take(length)?;
        *datagram = reader.0;
        Some(packet(match number {
            0 => Kind::Initial(Initial { header, protected }),
            1 => Kind::ZeroRtt,
            _ => Kind::Handshake,
        }))
    }

    fn without_header(kind: Kind<'a>) -> Self {
        Self {
            version: Version::default(),
            destination: &[],
            source: &[],
            kind,
        }
    }

    /// A packet with a short header, or with Google's public one before its version 46.
    fn short(first: u8, whole: &'a [u8]) -> Option<Self> {
        let short = Self::without_header(if first & FIXED_BIT == 0 {
            Kind::Discarded
        } else {
            Kind::Short
        });
        // The version, an identifier of eight bytes, no reset.
        if first & 0x0b != 0x09 {
            return Some(short);
        }
        let mut reader = Reader(whole.get(1..)?);
        let destination = reader.take(8)?;
        let version = Version(reader.u32()?);
        if !version.is_google() {
            return Some(short);
        }
        reader.take(match first >> 4 & 3 {
            0 => 1,
            1 => 2,
            2 => 4,
            _ => 6,
        })?;
        Some(Self {
            version,
            destination,
            source: &[],
            kind: Kind::Google(reader.0),
        })
    }

    /// Google's version 46: both lengths in one byte, nothing is protected.
    fn google_long(first: u8, version: Version, mut reader: Reader<'a>) -> Option<Self> {
        let lengths = reader.u8()?;
        let length = |bits: u8| match bits {
            0 => 0,
            bits => usize::from(bits) + 3,
        };
        let destination = reader.take(length(lengths >> 4))?;
        let source = reader.take(length(lengths & 15))?;
        reader.take(usize::from(first & 3) + 1)?;
        Some(Self {
            version,
            destination,
            source,
            kind: Kind::Google(reader.0),
        })
    }
}

fn identifier<'a>(reader: &mut Reader<'a>) -> Option<&'a [u8]> {
    reader.vector8().filter(|id| id.len() <= MAX_ID)
}

/// A number of 1, 2, 4 or 8 bytes (RFC 9000, section 16).
pub(super) fn varint(reader: &mut Reader<'_>) -> Option<usize> {
    let first = reader.u8()?;
    let more = (1usize << (first >> 6)) - 1;
    let rest = reader.take(more)?;
    let start = u64::from(first & 0x3f);
    let value = rest
        .iter()
        .fold(start, |value, byte| value << 8 | u64::from(*byte));
    usize::try_from(value).ok()
}
