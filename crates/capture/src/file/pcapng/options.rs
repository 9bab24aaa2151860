//! The options of an interface: what it is called, and what its clock counts.

use crate::file::fields::ByteOrder;

const END_OF_OPTIONS: u16 = 0;
const NAME: u16 = 2;
const RESOLUTION: u16 = 9;
const OFFSET: u16 = 14;

const NANOSECONDS: i64 = 1_000_000_000;

/// Turns an interface's timestamps into nanoseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Clock {
    resolution: Resolution,
    /// Nanoseconds to add to each timestamp.
    offset: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Resolution {
    /// Nanoseconds in one tick.
    Coarse(u64),
    /// Ticks in one nanosecond.
    Fine(u64),
    /// Ticks in one second, as a power of two.
    Binary(u32),
}

impl Default for Clock {
    /// Microseconds, unless the interface says otherwise.
    fn default() -> Self {
        Self {
            resolution: Resolution::Coarse(1_000),
            offset: 0,
        }
    }
}

impl Clock {
    /// Times before 1970 and after 2262 become the nearest that can be told.
    #[inline]
    pub(crate) fn nanoseconds(self, ticks: u64) -> i64 {
        let time = match self.resolution {
            Resolution::Coarse(factor) => ticks.saturating_mul(factor),
            Resolution::Fine(divisor) => ticks / divisor.max(1),
            Resolution::Binary(shift) => binary(ticks, shift),
        };
        i64::try_from(time)
            .unwrap_or(i64::MAX)
            .saturating_add(self.offset)
            .max(0)
    }
}

fn binary(ticks: u64, shift: u32) -> u64 {
    let scaled = u128::from(ticks) * NANOSECONDS as u128;
    u64::try_from(scaled >> shift).unwrap_or(u64::MAX)
}

/// `if_tsresol`: a power of ten, or with the highest bit set a power of two (section 4.2).
fn resolution(written: u8) -> Resolution {
    let exponent = u32::from(written & 0x7f);
    match (written & 0x80, exponent) {
        (0, 0..=9) => Resolution::Coarse(10_u64.pow(9 - exponent)),
        (0, _) => Resolution::Fine(10_u64.saturating_pow(exponent - 9)),
        _ => Resolution::Binary(exponent),
    }
}

/// What the options of an interface told.
#[derive(Debug, Default)]
pub(crate) struct Options<'b> {
    pub(crate) name: Option<&'b [u8]>,
    pub(crate) clock: Clock,
}

/// Reads an interface's options as far as they make sense.
pub(crate) fn read(order: ByteOrder, mut bytes: &[u8]) -> Options<'_> {
    let mut found = Options::default();
    while let Some((code, value, rest)) = option(order, bytes) {
        match (code, value) {
            (END_OF_OPTIONS, _) => break,
            (NAME, name) if !name.is_empty() => found.name = Some(until_zero(name)),
            (RESOLUTION, [written, ..]) => found.clock.resolution = resolution(*written),
            (OFFSET, seconds) => {
                let seconds = order.u64(seconds, 0).unwrap_or_default().cast_signed();
                found.clock.offset = seconds.saturating_mul(NANOSECONDS);
            }
            _ => {}
        }
        bytes = rest;
    }
    found
}

/// One option: its code, its value, and what follows its padding (section 3.5).
fn option(order: ByteOrder, bytes: &[u8]) -> Option<(u16, &[u8], &[u8])> {
    let length = usize::from(order.u16(bytes, 2)?);
    let value = bytes.get(4..4 + length)?;
    let rest = bytes
        .get(4 + length.next_multiple_of(4)..)
        .unwrap_or_default();
    Some((order.u16(bytes, 0)?, value, rest))
}

/// Some writers count a final zero byte in.
fn until_zero(name: &[u8]) -> &[u8] {
    name.split(|&byte| byte == 0).next().unwrap_or_default()
}
