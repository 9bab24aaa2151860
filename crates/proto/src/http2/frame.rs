//! Frames of HTTP/2 (RFC 9113, sections 4 and 6).

/// Bytes of a frame's head.
pub(super) const HEAD: usize = 9;

/// What a frame is.
pub(super) mod kind {
    pub(in super::super) const DATA: u8 = 0;
    pub(in super::super) const HEADERS: u8 = 1;
    pub(in super::super) const PRIORITY: u8 = 2;
    pub(in super::super) const RST_STREAM: u8 = 3;
    pub(in super::super) const SETTINGS: u8 = 4;
    pub(in super::super) const PUSH_PROMISE: u8 = 5;
    pub(in super::super) const GOAWAY: u8 = 7;
    pub(in super::super) const WINDOW_UPDATE: u8 = 8;
    pub(in super::super) const CONTINUATION: u8 = 9;
    /// `PRIORITY_UPDATE` (RFC 9218) is the highest in use.
    pub(in super::super) const LAST: u8 = 16;
}

const END_STREAM: u8 = 0x01;
const END_HEADERS: u8 = 0x04;
const PADDED: u8 = 0x08;
const PRIORITY: u8 = 0x20;

/// A frame's head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FrameHead {
    pub(super) length: usize,
    pub(super) kind: u8,
    flags: u8,
    pub(super) stream: u32,
}

impl FrameHead {
    /// Reads a frame's head at the beginning of the bytes; none when there are too few.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let [a, b, c, kind, flags, stream @ ..] = bytes.first_chunk::<HEAD>()?;
        Some(Self {
            length: u32::from_be_bytes([0, *a, *b, *c]) as usize,
            kind: *kind,
            flags: *flags,
            stream: u32::from_be_bytes(*stream) & 0x7fff_ffff,
        })
    }

    /// Whether it can be one.
    pub(super) fn is_plausible(self) -> bool {
        self.kind <= kind::LAST
    }

    pub(super) fn ends_stream(self) -> bool {
        self.flags & END_STREAM != 0 && matches!(self.kind, kind::DATA | kind::HEADERS)
    }

    pub(super) fn ends_headers(self) -> bool {
        self.flags & END_HEADERS != 0
    }

    pub(super) fn is_padded(self) -> bool {
        self.flags & PADDED != 0
    }

    /// The block of headers in a whole frame, and the weight beside it.
    pub(super) fn headers(self, payload: &[u8]) -> Option<(&[u8], Option<u8>)> {
        let mut block = payload;
        if self.is_padded() {
            let (padding, rest) = block.split_first()?;
            block = rest.get(..rest.len().checked_sub(usize::from(*padding))?)?;
        }
        let mut weight = None;
        if self.kind == kind::HEADERS && self.flags & PRIORITY != 0 {
            weight = block.get(4).copied();
            block = block.get(5..)?;
        }
        Some((block, weight))
    }
}

/// A number of four bytes at an offset.
pub(super) fn number(payload: &[u8], at: usize) -> Option<u32> {
    let bytes = payload.get(at..)?.first_chunk::<4>()?;
    Some(u32::from_be_bytes(*bytes))
}

/// The settings in a frame: their numbers and values.
pub(super) fn settings(payload: &[u8]) -> impl Iterator<Item = (u16, u32)> {
    payload.chunks_exact(6).filter_map(|setting| {
        let id = setting.first_chunk::<2>()?;
        Some((u16::from_be_bytes(*id), number(setting, 2)?))
    })
}
