//! `content`: bytes that must, or must not, be somewhere.

use memchr::{memchr2_iter, memmem};

use super::{Operand, Run, to_signed};

/// Windows this short are searched byte by byte: setting up a faster search costs more.
const SHORT_WINDOW: usize = 16;

/// Where a content's window starts counting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Start {
    /// At the start of the buffer (`offset`, `depth`).
    Buffer,
    /// At the end of the last match (`distance`, `within`).
    LastMatch,
}

/// One content with its modifiers.
#[derive(Debug)]
pub(crate) struct Content {
    /// The bytes, in lower case when case is ignored.
    pub(crate) pattern: Box<[u8]>,
    pub(crate) nocase: bool,
    pub(crate) negated: bool,
    pub(crate) start: Start,
    /// `offset` or `distance`.
    pub(crate) skip: Operand,
    /// `depth` or `within`.
    pub(crate) limit: Option<Operand>,
    /// The whole buffer, not the window, must end with the content.
    pub(crate) endswith: bool,
    finder: Option<Box<memmem::Finder<'static>>>,
    /// Place of the pattern's rarest byte, for the search without case.
    rare: usize,
}

impl Content {
    pub(crate) fn new(pattern: Vec<u8>, negated: bool) -> Self {
        Self {
            pattern: pattern.into_boxed_slice(),
            nocase: false,
            negated,
            start: Start::Buffer,
            skip: Operand::Number(0),
            limit: None,
            endswith: false,
            finder: None,
            rare: 0,
        }
    }

    /// Prepares the search once all modifiers are known.
    pub(crate) fn prepare(&mut self) {
        if self.nocase {
            self.pattern.make_ascii_lowercase();
            let places = self.pattern.iter().enumerate();
            let rarest = places.min_by_key(|(_, byte)| commonness(**byte));
            self.rare = rarest.map_or(0, |(place, _)| place);
        } else {
            let finder = memmem::Finder::new(&self.pattern).into_owned();
            self.finder = Some(Box::new(finder));
        }
    }

    pub(crate) fn length(&self) -> usize {
        self.pattern.len()
    }

    /// Whether it looks at the last match or at extracted numbers.
    pub(super) fn depends(&self) -> bool {
        self.start == Start::LastMatch
            || matches!(self.skip, Operand::Variable(_))
            || matches!(self.limit, Some(Operand::Variable(_)))
    }

    /// The only place it can be, when that does not depend on the bytes.
    pub(crate) fn fixed_place(&self) -> Option<usize> {
        match (self.start, self.skip, self.limit) {
            (Start::Buffer, Operand::Number(skip), Some(Operand::Number(limit)))
                if limit == to_signed(self.length()) =>
            {
                usize::try_from(skip).ok()
            }
            _ => None,
        }
    }

    /// Where it begins at the earliest, when that does not depend on the bytes.
    pub(crate) fn first_place(&self) -> Option<usize> {
        match (self.start, self.skip) {
            (Start::Buffer, Operand::Number(skip)) => usize::try_from(skip).ok(),
            _ => None,
        }
    }

    /// Where it ends at the latest, when that does not depend on the bytes.
    pub(crate) fn reach(&self) -> Option<usize> {
        match (self.start, self.skip, self.limit) {
            (Start::Buffer, Operand::Number(skip), Some(Operand::Number(limit))) => {
                usize::try_from(skip.checked_add(limit)?).ok()
            }
            _ => None,
        }
    }

    /// Whether `offset`, `depth` or `startswith` say where it is.
    pub(crate) fn is_placed(&self) -> bool {
        self.start == Start::Buffer && (self.limit.is_some() || self.skip != Operand::Number(0))
    }

    /// Payload bytes needed for it to be there at all.
    pub(crate) fn least_length(&self) -> usize {
        let skip = match (self.start, self.skip) {
            (Start::Buffer, Operand::Number(skip)) => usize::try_from(skip).unwrap_or(0),
            _ => 0,
        };
        self.length().saturating_add(skip)
    }

    /// The part of the buffer it must lie in; none when that is outside or too short.
    pub(super) fn window(&self, run: &Run<'_>, cursor: usize) -> Option<(usize, usize)> {
        let base = match self.start {
            Start::Buffer => 0,
            Start::LastMatch => to_signed(cursor),
        };
        let begin = base.saturating_add(run.value(self.skip));
        let length = run.bytes.len();
        let end = match self.limit {
            Some(limit) => usize::try_from(begin.saturating_add(run.value(limit))).ok()?,
            None => length,
        };
        let begin = usize::try_from(begin.max(0)).ok()?;
        let end = end.min(length);
        let begin = if self.endswith {
            begin.max(length.checked_sub(self.length())?)
        } else {
            begin
        };
        (begin.checked_add(self.length())? <= end).then_some((begin, end))
    }

    /// The first place between `from` and `to`.
    pub(super) fn find(&self, bytes: &[u8], from: usize, to: usize) -> Option<usize> {
        let region = bytes.get(from..to)?;
        let found = if region.len() < SHORT_WINDOW.max(self.length() + 2) {
            self.find_short(region)
        } else if let Some(finder) = &self.finder {
            finder.find(region)
        } else {
            self.find_folded(region)
        };
        found.map(|place| from + place)
    }

    fn find_short(&self, region: &[u8]) -> Option<usize> {
        let mut windows = region.windows(self.length());
        if self.nocase {
            windows.position(|window| window.eq_ignore_ascii_case(&self.pattern))
        } else {
            windows.position(|window| *window == *self.pattern)
        }
    }

    fn find_folded(&self, region: &[u8]) -> Option<usize> {
        let rare = *self.pattern.get(self.rare)?;
        memchr2_iter(rare, rare.to_ascii_uppercase(), region).find_map(|place| {
            let begin = place.checked_sub(self.rare)?;
            let window = region.get(begin..begin + self.length())?;
            window.eq_ignore_ascii_case(&self.pattern).then_some(begin)
        })
    }
}

/// A rough rank of how often a byte is seen in traffic; lower is rarer.
pub(crate) fn commonness(byte: u8) -> u8 {
    match byte {
        0x00 => 250,
        0xff => 200,
        b' ' | b'e' | b't' | b'a' | b'o' | b'i' | b'n' | b's' | b'r' => 180,
        b'h' | b'l' | b'd' | b'c' | b'u' | b'm' | b'p' | b'/' | b'.' | b'\r' | b'\n' => 150,
        0x01 | b'-' | b':' | b'=' | b'0'..=b'9' => 120,
        b'a'..=b'z' => 100,
        b'A'..=b'Z' => 80,
        0x02..=0x1f => 70,
        b'!'..=b'~' => 50,
        _ => 40,
    }
}
