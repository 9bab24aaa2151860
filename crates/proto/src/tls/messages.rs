//! Handshake messages out of the bytes of records, which may cut them anywhere.

/// Bytes of one handshake message that is read. Chains of certificates are rarely above 20 KB; with
/// post-quantum signatures they may reach 60 KB.
const MAX_MESSAGE: usize = 64 << 10;
/// Type and length.
const HEADER: usize = 4;

/// Puts messages together. A message that lies whole in one piece is not copied.
#[derive(Debug, Default)]
pub(super) struct Messages {
    pending: Vec<u8>,
    /// Whether `pending` was given out and is to be forgotten.
    is_used: bool,
    /// Bytes that are left of a message that is too long.
    skip: usize,
}

/// What came out of a piece.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next<'a> {
    /// A whole message: its type and its body.
    Message(u8, &'a [u8]),
    /// A whole message whose body was gathered: it is in [`Messages::gathered`] until the next call.
    Gathered(u8),
    /// A message that is too long to be kept begins here.
    TooLong(u8),
    /// The piece is used up.
    Nothing,
}

impl Messages {
    /// The next message of a piece, which becomes shorter by what was used.
    pub(super) fn next<'a>(&mut self, piece: &mut &'a [u8]) -> Next<'a> {
        if std::mem::take(&mut self.is_used) {
            self.pending.clear();
        }
        let skipped = self.skip.min(piece.len());
        self.skip -= skipped;
        *piece = piece.get(skipped..).unwrap_or_default();
        if piece.is_empty() {
            return Next::Nothing;
        }
        if self.pending.is_empty()
            && let Some((number, length)) = header(piece)
            && let Some((message, rest)) = piece.split_at_checked(HEADER + length)
        {
            *piece = rest;
            return Next::Message(number, message.get(HEADER..).unwrap_or_default());
        }
        self.gather(piece)
    }

    fn gather<'a>(&mut self, piece: &mut &'a [u8]) -> Next<'a> {
        self.fill(piece, HEADER);
        let Some((number, length)) = header(&self.pending) else {
            return Next::Nothing;
        };
        if length > MAX_MESSAGE {
            self.pending.clear();
            self.skip = length.saturating_sub(piece.len());
            *piece = piece.get(length..).unwrap_or_default();
            return Next::TooLong(number);
        }
        self.fill(piece, HEADER + length);
        if self.pending.len() < HEADER + length {
            return Next::Nothing;
        }
        self.is_used = true;
        Next::Gathered(number)
    }

    /// The body of the message that was put together last.
    pub(super) fn gathered(&self) -> &[u8] {
        self.pending.get(HEADER..).unwrap_or_default()
    }

    /// Takes from the piece until so many bytes are there.
    fn fill(&mut self, piece: &mut &[u8], length: usize) {
        let wanted = length.saturating_sub(self.pending.len()).min(piece.len());
        let (taken, rest) = piece.split_at_checked(wanted).unwrap_or((*piece, &[]));
        self.pending.extend_from_slice(taken);
        *piece = rest;
    }

    /// Forgets an unfinished message.
    pub(super) fn reset(&mut self) {
        self.pending.clear();
        self.is_used = false;
        self.skip = 0;
    }

    /// Bytes that wait for the rest of their message.
    pub(super) fn waiting(&self) -> usize {
        if self.is_used { 0 } else { self.pending.len() }
    }

    pub(super) fn held(&self) -> usize {
        self.pending.capacity()
    }
}

fn header(bytes: &[u8]) -> Option<(u8, usize)> {
    let [number, high, middle, low] = *bytes.first_chunk::<HEADER>()?;
    let length = u32::from_be_bytes([0, high, middle, low]);
    Some((number, length as usize))
}
