//! Reading numbers and sub-ranges from hostile bytes without panics.

/// Big-endian 16 bits at `at`.
pub(crate) fn be16(bytes: &[u8], at: usize) -> Option<u16> {
    array(bytes, at).map(u16::from_be_bytes)
}

/// Big-endian 32 bits at `at`.
pub(crate) fn be32(bytes: &[u8], at: usize) -> Option<u32> {
    array(bytes, at).map(u32::from_be_bytes)
}

/// Little-endian 16 bits at `at`.
pub(crate) fn le16(bytes: &[u8], at: usize) -> Option<u16> {
    array(bytes, at).map(u16::from_le_bytes)
}

/// Little-endian 32 bits at `at`.
pub(crate) fn le32(bytes: &[u8], at: usize) -> Option<u32> {
    array(bytes, at).map(u32::from_le_bytes)
}

/// An IPv4 address at `at`, in the mapped 128-bit form.
pub(crate) fn ipv4_at(bytes: &[u8], at: usize) -> Option<u128> {
    be32(bytes, at).map(mapped)
}

/// An IPv6 address at `at`.
pub(crate) fn ipv6_at(bytes: &[u8], at: usize) -> Option<u128> {
    array(bytes, at).map(u128::from_be_bytes)
}

/// An IPv4 address as `::ffff:a.b.c.d`.
pub(crate) fn mapped(address: u32) -> u128 {
    0xffff_0000_0000 | u128::from(address)
}

fn array<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..)?.first_chunk().copied()
}

/// The part of the frame that a layer may use: what was captured of it, and where it
/// would end had the capture not been cut.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Span {
    pub(crate) start: usize,
    /// Never more than the frame's captured length, never less than `start`.
    pub(crate) end: usize,
    /// Never less than `end`.
    pub(crate) wire_end: usize,
}

impl Span {
    /// The whole of a frame.
    #[inline]
    pub(crate) fn whole(captured: usize, wire: usize) -> Self {
        Self {
            start: 0,
            end: captured,
            wire_end: wire.max(captured),
        }
    }

    /// What follows the first `count` bytes.
    #[inline]
    pub(crate) fn skip(self, count: usize) -> Self {
        let start = self.start.saturating_add(count);
        Self {
            start: start.min(self.end),
            end: self.end,
            wire_end: self.wire_end,
        }
    }

    /// The first `length` bytes, or all when there are fewer.
    #[inline]
    pub(crate) fn limit(self, length: usize) -> Self {
        let wire_end = self.start.saturating_add(length).min(self.wire_end);
        Self {
            start: self.start,
            end: self.end.min(wire_end),
            wire_end,
        }
    }

    /// The first `length` bytes, though the frame has fewer: a header says that there are more.
    /// What is missing then counts as cut.
    #[inline]
    pub(crate) fn claim(self, length: usize) -> Self {
        let wire_end = self.start.saturating_add(length);
        Self {
            start: self.start,
            end: self.end.min(wire_end),
            wire_end,
        }
    }

    /// How many bytes were captured.
    #[inline]
    pub(crate) fn captured(self) -> usize {
        self.end.saturating_sub(self.start)
    }

    /// How many bytes there were on the wire.
    #[inline]
    pub(crate) fn wire(self) -> usize {
        self.wire_end.saturating_sub(self.start)
    }

    /// Whether the capture lacks the end of it.
    #[inline]
    pub(crate) fn is_cut(self) -> bool {
        self.end < self.wire_end
    }

    /// Its captured bytes.
    #[inline]
    pub(crate) fn of(self, bytes: &[u8]) -> &[u8] {
        bytes.get(self.start..self.end).unwrap_or_default()
    }
}
