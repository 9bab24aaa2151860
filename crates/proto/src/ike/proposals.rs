//! What is offered or chosen in an agreement: proposals, and the transforms in them.
//!
//! RFC 2408, sections 3.5 and 3.6, and RFC 7296, section 3.3. All of them are read here for what is odd about them; what is
//! told of an answer is its first one's ([`Chosen`](super::message::Chosen)).

use super::message::attribute;
use crate::cursor::Cursor;

/// Proposals of one agreement that are read; clients offer a few.
const MAX_PROPOSALS: usize = 64;
/// Transforms that are read of all of them.
const MAX_TRANSFORMS: usize = 512;

/// Proposals.
#[derive(Debug, Default)]
pub(super) struct Proposals {
    /// How many there are.
    pub(super) count: usize,
    /// What the first one is for: IKE itself, AH or ESP.
    pub(super) protocol: u8,
    /// Whether a transform has a number that nobody assigned.
    pub(super) has_unknown: bool,
}

impl Proposals {
    /// Reads all of them; none when they do not fit.
    pub(super) fn read(major: u8, bytes: &[u8]) -> Option<Self> {
        let mut all = Self::default();
        let (mut cursor, mut left) = (Cursor::new(bytes), MAX_TRANSFORMS);
        while !cursor.is_empty() && all.count < MAX_PROPOSALS {
            let (_next, _reserved, length) = (cursor.u8()?, cursor.u8()?, cursor.u16()?);
            let mut body = Cursor::new(cursor.take(usize::from(length).checked_sub(4)?)?);
            let (_number, protocol) = (body.u8()?, body.u8()?);
            let (spi_size, transforms) = (body.u8()?, body.u8()?);
            body.take(spi_size.into())?;
            if all.count == 0 {
                all.protocol = protocol;
            }
            all.count += 1;
            for _ in 0..usize::from(transforms).min(left) {
                all.transform(major, protocol, &mut body)?;
                left -= 1;
            }
            if left > 0 && !body.is_empty() {
                return None;
            }
        }
        (all.count > 0).then_some(all)
    }

    fn transform(&mut self, major: u8, protocol: u8, body: &mut Cursor<'_>) -> Option<()> {
        let (_next, _reserved, length) = (body.u8()?, body.u8()?, body.u16()?);
        let mut inside = Cursor::new(body.take(usize::from(length).checked_sub(4)?)?);
        let (first, _second, number) = (inside.u8()?, inside.u8()?, inside.u16()?);
        if major == 2 {
            self.has_unknown |= is_unknown(first, number);
            return Some(());
        }
        // In version 1 the attributes say what is meant; those of AH and ESP have other numbers.
        while !inside.is_empty() {
            let (kind, value) = attribute(&mut inside)?;
            self.has_unknown |= protocol == OWN && is_unknown_attribute(kind, value);
        }
        Some(())
    }
}

/// IKE's own agreement, and authentication alone (RFC 7296, section 3.3.1; the same in RFC 2407, section 4.4.1).
pub(super) const OWN: u8 = 1;
pub(super) const AH: u8 = 2;

/// Whether nobody assigned a transform of version 2; those for private use are known to who uses them.
fn is_unknown(kind: u8, number: u16) -> bool {
    /// Where private use begins.
    const PRIVATE: u16 = 1_024;
    let is_known = match kind {
        // Encryption, pseudorandom function, integrity, group, sequence numbers.
        1 => matches!(number, 1..=9 | 11..=16 | 18..=35),
        2 => matches!(number, 1..=9),
        3 => matches!(number, 0..=14),
        4 => matches!(number, 0..=2 | 5 | 14..=37),
        5 => matches!(number, 0..=2),
        // Further exchanges of keys (RFC 9370), and kinds for private use.
        _ => matches!(kind, 6..=13 | 241..),
    };
    !is_known && number < PRIVATE
}

/// The same of the values of version 1 (RFC 2409, appendix A).
fn is_unknown_attribute(kind: u16, value: u32) -> bool {
    match kind {
        1 => !matches!(value, 1..=8 | 65_001..),
        2 => !matches!(value, 1..=6 | 65_001..),
        // Those of logins by name and password begin earlier.
        3 => !matches!(value, 1..=11 | 64_000..),
        4 => !matches!(value, 1..=34 | 32_768..),
        _ => false,
    }
}
