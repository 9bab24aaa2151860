//! Messages in a stream: each has its length before it (RFC 1035, section 4.2.2).

use super::message::Header;

/// The bytes of one side that are not a whole message yet; at most one message, 64 KiB.
#[derive(Debug, Default)]
pub(super) struct Pieces {
    rest: Vec<u8>,
    /// Bytes are missing, so that it is not known where a message begins.
    lost: bool,
}

impl Pieces {
    /// Takes bytes and hands out every message that is complete, with how many bytes are behind it,
    /// until it is told to stop.
    pub(super) fn feed(&mut self, bytes: &[u8], take: &mut dyn FnMut(&[u8], usize) -> bool) {
        let mut bytes = bytes;
        if self.lost {
            if !begins(bytes) {
                return;
            }
            self.lost = false;
        }
        if !self.rest.is_empty() {
            bytes = self.complete(bytes);
            let Some(message) = first(&self.rest) else {
                return;
            };
            let go_on = take(message, bytes.len());
            self.rest.clear();
            if !go_on {
                return;
            }
        }
        while let Some(message) = first(bytes) {
            let behind = bytes.get(2 + message.len()..).unwrap_or_default();
            if !take(message, behind.len()) {
                return;
            }
            bytes = behind;
        }
        self.rest.extend_from_slice(bytes);
    }

    /// Moves what the message at hand still lacks out of `bytes`; gives what is left of them.
    fn complete<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        let mut bytes = bytes;
        while first(&self.rest).is_none() {
            let whole = match self.rest.as_slice() {
                [high, low, ..] => 2 + usize::from(u16::from_be_bytes([*high, *low])),
                _ => 2,
            };
            let missing = whole.saturating_sub(self.rest.len()).min(bytes.len());
            if missing == 0 {
                break;
            }
            let (now, later) = bytes.split_at(missing);
            self.rest.extend_from_slice(now);
            bytes = later;
        }
        bytes
    }

    /// Bytes are missing here.
    pub(super) fn lose(&mut self) {
        self.rest = Vec::new();
        self.lost = true;
    }

    pub(super) fn held(&self) -> usize {
        self.rest.capacity()
    }
}

/// The first message, when it is complete.
fn first(bytes: &[u8]) -> Option<&[u8]> {
    let (length, rest) = bytes.split_first_chunk::<2>()?;
    rest.get(..usize::from(u16::from_be_bytes(*length)))
}

/// Whether a message could begin here.
fn begins(bytes: &[u8]) -> bool {
    let Some((length, rest)) = bytes.split_first_chunk::<2>() else {
        return false;
    };
    let long_enough = usize::from(u16::from_be_bytes(*length)) >= Header::LENGTH;
    long_enough && Header::read(rest).is_some_and(Header::is_plausible)
}
