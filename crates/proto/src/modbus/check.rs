//! Whether values are as the application protocol has them (1.1b3, section 6), and whether an answer fits its request.

use crate::waiting::Cut;

/// Bytes of a request that are kept for its answer: what an answer repeats is among them.
pub(super) const KEPT: usize = 6;

/// What an answer is compared with.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Asked {
    function: u8,
    kept: [u8; KEPT],
    length: usize,
}

impl Asked {
    pub(super) fn new(function: u8, rest: &[u8]) -> Self {
        let mut kept = [0; KEPT];
        for (place, byte) in kept.iter_mut().zip(rest) {
            *place = *byte;
        }
        Self {
            function,
            kept,
            length: rest.len().min(KEPT),
        }
    }

    fn rest(&self) -> &[u8] {
        self.kept.get(..self.length).unwrap_or_default()
    }

    /// Whether an answer is for the same function and repeats what it has to, or has as many values as were asked for.
    pub(super) fn is_answered_by(&self, function: u8, rest: &[u8]) -> bool {
        if function >= 128 {
            return function & 0x7f == self.function;
        }
        if function != self.function {
            return false;
        }
        let asked = self.rest();
        let repeats = |length: usize| match (asked.get(..length), rest.get(..length)) {
            (Some(asked), Some(answered)) => asked == answered,
            // What is cut off says nothing.
            _ => true,
        };
        match function {
            1..=4 | 23 => match (quantity(asked), rest.first()) {
                (Some(count), Some(bytes)) => usize::from(*bytes) == size(function, count),
                _ => true,
            },
            5 | 6 | 15 | 16 => repeats(4),
            22 => repeats(6),
            _ => true,
        }
    }
}

/// The number behind an address.
fn quantity(rest: &[u8]) -> Option<u16> {
    let mut cut = Cut(rest);
    cut.be16()?;
    cut.be16()
}

/// Bytes of so many coils or registers.
fn size(function: u8, count: u16) -> usize {
    match function {
        1 | 2 | 15 => usize::from(count).div_ceil(8),
        _ => usize::from(count).saturating_mul(2),
    }
}

/// Whether what a request asks for or writes can be.
pub(super) fn is_right_request(function: u8, rest: &[u8]) -> bool {
    let Some(count) = quantity(rest) else {
        return true;
    };
    let most = match function {
        1 | 2 => 2_000,
        3 | 4 | 23 => 125,
        15 => 1_968,
        16 => 123,
        5 => return matches!(count, 0 | 0xff00),
        _ => return true,
    };
    let ends = Cut(rest)
        .be16()
        .unwrap_or(0)
        .checked_add(count.saturating_sub(1));
    let is_in_range = (1..=most).contains(&count) && ends.is_some();
    is_in_range
        && match function {
            15 | 16 => has_values(function, count, rest.get(4..)),
            23 => {
                let written = rest.get(6..).and_then(|rest| Cut(rest).be16());
                written.is_none_or(|count| {
                    (1..=121).contains(&count) && has_values(function, count, rest.get(8..))
                })
            }
            _ => true,
        }
}

/// Whether the number of bytes before values fits how many there should be.
fn has_values(function: u8, count: u16, rest: Option<&[u8]>) -> bool {
    let bytes = rest.and_then(<[u8]>::first);
    bytes.is_none_or(|bytes| usize::from(*bytes) == size(function, count))
}

/// Whether the number of bytes of an answer is that of the bytes behind it.
pub(super) fn is_right_answer(function: u8, rest: &[u8]) -> bool {
    match (function, rest.split_first()) {
        (1..=4 | 23, Some((bytes, values))) => usize::from(*bytes) == values.len() && *bytes > 0,
        _ => true,
    }
}

/// Whether a unit is one that is assigned: one of a line, all of them, or the device itself that speaks TCP
/// (messaging guide, section 4.4.2.2).
pub(super) fn is_unit(unit: u8) -> bool {
    matches!(unit, 0..=247 | 255)
}

/// Whether an exception is one of section 7, or the one that older devices had.
pub(super) fn is_exception(code: u8) -> bool {
    matches!(code, 1..=8 | 10 | 11)
}
