//! The record layer (RFC 8446, section 5.1): five bytes of header, then a body of one type.

/// Bytes of a record's header.
const HEADER: usize = 5;
/// Bytes of a body: 2^14 and room for what ciphers add (RFC 5246, section 6.2.3).
pub(super) const MAX_BODY: u16 = (1 << 14) + 2048;
/// Bytes that are kept of a body that is not a handshake's: alerts and heartbeats are told from them.
const MAX_START: usize = 3;

/// The type of a record that is not whole.
const LOST: u8 = 0;

/// Types of records.
pub(super) mod content {
    pub(in crate::tls) const CHANGE_CIPHER: u8 = 20;
    pub(in crate::tls) const ALERT: u8 = 21;
    pub(in crate::tls) const HANDSHAKE: u8 = 22;
    pub(in crate::tls) const DATA: u8 = 23;
    pub(in crate::tls) const HEARTBEAT: u8 = 24;
}

/// One side's records.
#[derive(Debug, Default)]
pub(super) struct Records {
    header: [u8; HEADER],
    header_length: u8,
    pub(super) kind: u8,
    pub(super) length: u16,
    /// Bytes of the body that are still to come.
    remaining: u16,
    start: [u8; MAX_START],
    start_length: u8,
}

/// What is wrong with a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wrong {
    Type,
    Version,
    Length,
}

/// What came out of a piece.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next<'a> {
    /// A part of a handshake record's body.
    Handshake(&'a [u8]),
    /// A record of another type is over; its first bytes are in [`Records::start`].
    Other,
    /// An encrypted record begins; nothing of it is of interest.
    Data,
    /// This is no record.
    Wrong(Wrong),
    /// The piece is used up.
    Nothing,
}

impl Records {
    /// The next part of a piece, which becomes shorter by what was used.
    pub(super) fn next<'a>(&mut self, piece: &mut &'a [u8]) -> Next<'a> {
        loop {
            if self.remaining > 0 {
                let body = self.body(piece);
                if self.kind == content::HANDSHAKE {
                    return if body.is_empty() {
                        Next::Nothing
                    } else {
                        Next::Handshake(body)
                    };
                }
                self.keep(body);
                if self.remaining > 0 {
                    return Next::Nothing;
                }
                if self.kind != content::DATA {
                    return Next::Other;
                }
            }
            if !self.fill_header(piece) {
                return Next::Nothing;
            }
            if let Some(wrong) = self.open() {
                return Next::Wrong(wrong);
            }
            if self.kind == content::DATA {
                return Next::Data;
            }
        }
    }

    /// The first bytes of the body.
    pub(super) fn start(&self) -> &[u8] {
        self.start
            .get(..usize::from(self.start_length))
            .unwrap_or_default()
    }

    /// So many bytes are missing. True when they all belong to the body at hand, whose rest is passed over.
    pub(super) fn skip(&mut self, length: u64) -> bool {
        match u16::try_from(length) {
            Ok(length) if length <= self.remaining => {
                self.remaining -= length;
                self.kind = LOST;
                true
            }
            _ => false,
        }
    }

    /// Whether a header has begun that is not complete.
    fn fill_header(&mut self, piece: &mut &[u8]) -> bool {
        let have = usize::from(self.header_length);
        let room = self.header.get_mut(have..).unwrap_or_default();
        let wanted = room.len().min(piece.len());
        let (taken, rest) = piece.split_at_checked(wanted).unwrap_or((*piece, &[]));
        for (to, from) in room.iter_mut().zip(taken) {
            *to = *from;
        }
        *piece = rest;
        self.header_length += wanted as u8;
        usize::from(self.header_length) == HEADER
    }

    fn open(&mut self) -> Option<Wrong> {
        let [kind, major, _, high, low] = self.header;
        self.header_length = 0;
        self.start_length = 0;
        self.kind = kind;
        self.length = u16::from_be_bytes([high, low]);
        self.remaining = self.length;
        if !(content::CHANGE_CIPHER..=content::HEARTBEAT).contains(&kind) {
            return Some(Wrong::Type);
        }
        // Drafts of TLS 1.3 had versions of their own.
        if !matches!(major, 3 | 0x7f) {
            return Some(Wrong::Version);
        }
        (self.length > MAX_BODY).then_some(Wrong::Length)
    }

    fn body<'a>(&mut self, piece: &mut &'a [u8]) -> &'a [u8] {
        let wanted = usize::from(self.remaining).min(piece.len());
        let (body, rest) = piece.split_at_checked(wanted).unwrap_or((*piece, &[]));
        *piece = rest;
        self.remaining -= wanted as u16;
        body
    }

    fn keep(&mut self, body: &[u8]) {
        let have = usize::from(self.start_length);
        let room = self.start.get_mut(have..).unwrap_or_default();
        for (to, from) in room.iter_mut().zip(body) {
            *to = *from;
            self.start_length += 1;
        }
    }
}
