//! The pieces of one side's handshake, put in order by their numbers.

/// Pieces that wait for one before them: senders have at most 12 on their way.
const MAX_WAITING: usize = 12;
/// The number of a side's first piece: the packet that begins the session is 0.
const FIRST: u32 = 1;

/// One side's pieces.
#[derive(Debug, Default)]
pub(super) struct Pieces {
    /// Pieces that were told.
    told: u32,
    waiting: Vec<(u32, Box<[u8]>)>,
}

impl Pieces {
    /// Whether a piece was there.
    pub(super) fn has_begun(&self) -> bool {
        self.told > 0 || !self.waiting.is_empty()
    }

    /// Takes a piece and tells those that are next. False when one before it is not to be expected any more.
    pub(super) fn take(&mut self, number: u32, piece: &[u8], mut tell: impl FnMut(&[u8])) -> bool {
        let next = FIRST.saturating_add(self.told);
        if number > next {
            return self.keep(number, piece);
        }
        // What was sent again is known.
        if number == next {
            tell(piece);
            self.told = self.told.saturating_add(1);
            while let Some(piece) = self.next() {
                tell(&piece);
            }
        }
        true
    }

    fn keep(&mut self, number: u32, piece: &[u8]) -> bool {
        if self.waiting.iter().any(|(known, _)| *known == number) {
            return true;
        }
        let has_room = self.waiting.len() < MAX_WAITING;
        if has_room {
            self.waiting.push((number, piece.into()));
        }
        has_room
    }

    /// The piece that waited for what was told last.
    fn next(&mut self) -> Option<Box<[u8]>> {
        let next = FIRST.saturating_add(self.told);
        let place = self
            .waiting
            .iter()
            .position(|(number, _)| *number == next)?;
        self.told = self.told.saturating_add(1);
        Some(self.waiting.swap_remove(place).1)
    }

    pub(super) fn held(&self) -> usize {
        self.waiting.iter().map(|(_, piece)| piece.len()).sum()
    }
}
