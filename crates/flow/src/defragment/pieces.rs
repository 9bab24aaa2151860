//! The fragments of one datagram: pieces that do not overlap, in order of their offset.

use std::ops::Range;

use super::Policy;

/// Pieces kept per datagram. The largest datagram over the smallest IPv4 link (68 bytes, RFC 791) has 1,366
/// fragments; more would only be sent to make work, since inserting takes time for each piece.
const MAX_PIECES: usize = 2048;

/// What a fragment was to those that came before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Added {
    New,
    /// The same range with the same bytes as before.
    Duplicate,
    Overlapping,
    /// There is no room for more pieces.
    TooMany,
}

/// What is left of a fragment after others took their part.
#[derive(Debug, Clone)]
struct Piece {
    range: Range<u32>,
    /// The range of the fragment as it came, which the policy compares.
    fragment: Range<u32>,
    /// Where the byte at `range.start` is in `Pieces::data`.
    data: u32,
}

impl Piece {
    fn part(&self, range: Range<u32>) -> Self {
        Self {
            data: self.data + (range.start - self.range.start),
            range,
            fragment: self.fragment.clone(),
        }
    }
}

#[derive(Debug, Default)]
pub(super) struct Pieces {
    parts: Vec<Piece>,
    data: Vec<u8>,
    /// Where the datagram ends, once its last fragment came; the first such fragment counts.
    end: Option<u32>,
    /// Bytes covered by pieces.
    covered: u32,
}

impl Pieces {
    /// Adds a fragment's bytes.
    pub(super) fn add(&mut self, offset: u32, data: &[u8], is_last: bool, policy: Policy) -> Added {
        let fragment = offset..offset + data.len() as u32;
        let reached = self.parts.last().map_or(0, |piece| piece.range.end);
        let other_end = is_last && self.end.unwrap_or(fragment.end.max(reached)) != fragment.end;
        let touched = self.touched(&fragment);
        if !touched.is_empty() && self.is_same(&fragment, data, &touched) && !other_end {
            if is_last {
                self.end = Some(fragment.end);
            }
            return Added::Duplicate;
        }
        // A fragment can split one piece and fill the gaps between all it touches.
        if self.parts.len() + touched.len() + 2 > MAX_PIECES {
            return Added::TooMany;
        }
        if is_last && self.end.is_none() {
            self.end = Some(fragment.end);
        }
        let added = if touched.is_empty() && !other_end {
            Added::New
        } else {
            Added::Overlapping
        };
        self.insert(fragment, data, touched, policy);
        added
    }

    /// The pieces that a range overlaps.
    fn touched(&self, range: &Range<u32>) -> Range<usize> {
        let from = self
            .parts
            .partition_point(|piece| piece.range.end <= range.start);
        let until = self
            .parts
            .partition_point(|piece| piece.range.start < range.end);
        from..until.max(from)
    }

    /// Whether the touched pieces already have exactly these bytes.
    fn is_same(&self, fragment: &Range<u32>, data: &[u8], touched: &Range<usize>) -> bool {
        let mut at = fragment.start;
        for piece in self.parts.get(touched.clone()).unwrap_or_default() {
            let range = piece.range.start.max(fragment.start)..piece.range.end.min(fragment.end);
            let offset = (range.start - fragment.start) as usize;
            let mine = data.get(offset..offset + range.len());
            if range.start != at || mine != Some(self.bytes_of(&piece.part_within(&range))) {
                return false;
            }
            at = range.end;
        }
        at == fragment.end
    }

    fn insert(&mut self, fragment: Range<u32>, data: &[u8], touched: Range<usize>, policy: Policy) {
        let start = self.data.len() as u32;
        self.data.extend_from_slice(data);
        let whole = Piece {
            range: fragment.clone(),
            fragment,
            data: start,
        };
        if touched.is_empty() {
            self.covered += whole.range.len() as u32;
            self.parts.insert(touched.start, whole);
            return;
        }
        let old: Vec<Piece> = self.parts.get(touched.clone()).unwrap_or_default().to_vec();
        let mixed = mix(&old, &whole, policy);
        let covered =
            |pieces: &[Piece]| -> u32 { pieces.iter().map(|piece| piece.range.len() as u32).sum() };
        self.covered = self.covered - covered(&old) + covered(&mixed);
        self.parts.splice(touched, mixed);
    }

    fn bytes_of(&self, piece: &Piece) -> &[u8] {
        let start = piece.data as usize;
        self.data
            .get(start..start + piece.range.len())
            .unwrap_or_default()
    }

    /// The length of the data, when all of it is there.
    pub(super) fn complete_length(&self) -> Option<u32> {
        let end = self.end?;
        // Fewer bytes than that in all cannot be complete, which spares looking at the pieces.
        if self.covered < end {
            return None;
        }
        let mut at = 0;
        for piece in &self.parts {
            if piece.range.start != at || at >= end {
                break;
            }
            at = piece.range.end;
        }
        (at >= end).then_some(end)
    }

    /// Appends the first `length` bytes to `output`.
    pub(super) fn write(&self, length: u32, output: &mut Vec<u8>) {
        for piece in &self.parts {
            let end = piece.range.end.min(length);
            if piece.range.start < end {
                output.extend_from_slice(self.bytes_of(&piece.part(piece.range.start..end)));
            }
        }
    }

    /// Memory held.
    pub(super) fn bytes(&self) -> usize {
        self.data.capacity() + self.parts.capacity() * size_of::<Piece>()
    }
}

impl Piece {
    fn part_within(&self, range: &Range<u32>) -> Self {
        self.part(range.clone())
    }
}

/// The pieces that result where `new` meets `old`, which are in order and each overlap it.
fn mix(old: &[Piece], new: &Piece, policy: Policy) -> Vec<Piece> {
    let mut mixed = Vec::with_capacity(old.len() * 2 + 1);
    // What of `new` is not decided yet begins here.
    let mut at = new.range.start;
    for piece in old {
        if policy.later_wins(&piece.fragment, &new.fragment) {
            if piece.range.start < new.range.start {
                mixed.push(piece.part(piece.range.start..new.range.start));
            }
            if piece.range.end > new.range.end {
                mixed.push(new.part(at..new.range.end));
                mixed.push(piece.part(new.range.end..piece.range.end));
                at = new.range.end;
            }
        } else {
            if piece.range.start > at {
                mixed.push(new.part(at..piece.range.start));
            }
            mixed.push(piece.clone());
            at = piece.range.end.min(new.range.end);
        }
    }
    if at < new.range.end {
        mixed.push(new.part(at..new.range.end));
    }
    mixed
}

#[cfg(test)]
mod tests;
