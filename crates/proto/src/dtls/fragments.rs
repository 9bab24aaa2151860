//! Handshake messages out of DTLS fragments (RFC 6347, section 4.2.3).

use crate::tls::read::Reader;

/// Bytes of one message that is put together; see TLS's maximum.
const MAX_MESSAGE: usize = 64 << 10;
/// Messages that are put together at once; a flight has up to 5, most of them in one piece.
const MAX_OPEN: usize = 3;
/// Messages of a side that are read. Their numbers begin at 0 and a handshake has about 5 per side.
const MAX_NUMBER: u16 = 63;
/// Pieces of one message between which bytes are missing. Fragments rarely change places.
const MAX_PIECES: usize = 16;

/// A part of a message.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Fragment<'a> {
    kind: u8,
    length: usize,
    number: u16,
    offset: usize,
    body: &'a [u8],
}

impl<'a> Fragment<'a> {
    pub(super) fn read(reader: &mut Reader<'a>) -> Option<Self> {
        let kind = reader.u8()?;
        let length = reader.u24()? as usize;
        let number = reader.u16()?;
        let offset = reader.u24()? as usize;
        let body = reader.vector24()?;
        (offset + body.len() <= length).then_some(Self {
            kind,
            length,
            number,
            offset,
            body,
        })
    }
}

/// One side's messages.
#[derive(Debug, Default)]
pub(super) struct Fragments {
    /// A bit per message that is done.
    done: u64,
    open: Vec<Open>,
}

/// A message of which parts are missing.
#[derive(Debug)]
struct Open {
    number: u16,
    bytes: Vec<u8>,
    /// What is there: begin and end, in order.
    there: Vec<(usize, usize)>,
}

impl Fragments {
    /// Takes a fragment and tells the message that it completes.
    pub(super) fn take(&mut self, fragment: &Fragment<'_>, message: impl FnOnce(u8, &[u8])) {
        if fragment.number > MAX_NUMBER || fragment.length > MAX_MESSAGE {
            return;
        }
        let bit = 1u64 << fragment.number;
        if self.done & bit != 0 {
            return;
        }
        if fragment.body.len() == fragment.length {
            self.done |= bit;
            self.open.retain(|open| open.number != fragment.number);
            return message(fragment.kind, fragment.body);
        }
        let mut open = self.open_for(fragment);
        open.put(fragment);
        if open.is_complete() {
            self.done |= bit;
            message(fragment.kind, &open.bytes);
        } else {
            self.open.push(open);
        }
    }

    /// Takes out the message that a fragment belongs to, or begins it.
    fn open_for(&mut self, fragment: &Fragment<'_>) -> Open {
        let found = self
            .open
            .iter()
            .position(|open| open.number == fragment.number && open.bytes.len() == fragment.length);
        if let Some(position) = found {
            return self.open.remove(position);
        }
        self.open.retain(|open| open.number != fragment.number);
        if self.open.len() >= MAX_OPEN {
            self.open.remove(0);
        }
        Open {
            number: fragment.number,
            bytes: vec![0; fragment.length],
            there: Vec::new(),
        }
    }

    pub(super) fn held(&self) -> usize {
        self.open.iter().map(|open| open.bytes.capacity()).sum()
    }
}

impl Open {
    fn put(&mut self, fragment: &Fragment<'_>) {
        let (begin, end) = (fragment.offset, fragment.offset + fragment.body.len());
        if self.there.len() >= MAX_PIECES {
            return;
        }
        if let Some(room) = self.bytes.get_mut(begin..end) {
            room.copy_from_slice(fragment.body);
            self.there.push((begin, end));
            self.there.sort_unstable();
            self.there.dedup_by(|next, before| {
                let touches = next.0 <= before.1;
                if touches {
                    before.1 = before.1.max(next.1);
                }
                touches
            });
        }
    }

    fn is_complete(&self) -> bool {
        self.there == [(0, self.bytes.len())]
    }
}
