//! How often connections were asked for anew, with another number, before one was answered.
//!
//! A client whose SYN stays unanswered repeats it as it was. Many different ones between the same ports come from
//! somebody who floods, or who wants a monitor to follow the wrong one.

/// Different SYNs after the first that are nothing odd: as many as Suricata remembers (`stream.max-syn-queued`).
const MOST: u8 = 10;
/// Pairs of addresses and ports that are counted at once; two that share a place forget each other's count.
const PLACES: usize = 256;

/// Counts by the hash of a flow's key.
#[derive(Debug)]
pub(crate) struct Syns(Box<[(u64, u8); PLACES]>);

impl Default for Syns {
    fn default() -> Self {
        Self(Box::new([(0, 0); PLACES]))
    }
}

impl Syns {
    /// Another SYN came while none was answered; true when that makes too many.
    #[cold]
    pub(crate) fn again(&mut self, hash: u64) -> bool {
        let Some((known, count)) = self.0.get_mut(hash as usize % PLACES) else {
            return false;
        };
        if *known != hash {
            (*known, *count) = (hash, 0);
        }
        *count = count.saturating_add(1);
        *count > MOST
    }

    /// The connection was answered, or is long over.
    #[cold]
    pub(crate) fn forget(&mut self, hash: u64) {
        if let Some((known, count)) = self.0.get_mut(hash as usize % PLACES)
            && *known == hash
        {
            *count = 0;
        }
    }
}
