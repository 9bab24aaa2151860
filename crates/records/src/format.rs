//! Numbers, addresses, times and bytes as text, by hand: these run for every record.

mod address;
mod bytes;
mod time;

pub use address::{ip, ip_full, mac};
pub use bytes::base64;
pub(crate) use bytes::{MAX_BINARY_BYTES, bounded, printable, text, wire};
pub use bytes::{MAX_TEXT_BYTES, digits, hex, number};
pub(crate) use time::{date_time, seconds};
pub use time::{iso, time_of_day};

#[cfg(test)]
mod tests;

/// The decimal digits of 0 to 99, two each.
const PAIRS: &[u8; 200] = b"0001020304050607080910111213141516171819\
2021222324252627282930313233343536373839\
4041424344454647484950515253545556575859\
6061626364656667686970717273747576777879\
8081828384858687888990919293949596979899";

/// Two decimal digits; values above 99 keep their last two.
#[inline]
fn pair(value: u32) -> [u8; 2] {
    let start = (value % 100) as usize * 2;
    match PAIRS.get(start..start + 2) {
        Some(&[tens, units]) => [tens, units],
        _ => *b"00",
    }
}
