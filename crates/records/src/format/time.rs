//! Times as text.

use super::pair;

const SECOND_US: i64 = 1_000_000;
const DAY_SECONDS: i64 = 86_400;

/// A time as EVE has it: `2026-01-01T00:00:00.000000+0000`.
#[inline]
pub fn iso(out: &mut Vec<u8>, ts_us: i64) {
    let (mut text, micros) = date_time(ts_us, b'T');
    if let Some(slot) = text.get_mut(20..26) {
        slot.copy_from_slice(&micros);
    }
    out.extend_from_slice(&text);
    out.extend_from_slice(b"+0000");
}

/// The time of day: `00:00:00.000000`.
pub fn time_of_day(out: &mut Vec<u8>, ts_us: i64) {
    let (text, micros) = date_time(ts_us, b'T');
    out.extend_from_slice(text.get(11..20).unwrap_or_default());
    out.extend_from_slice(&micros);
}

/// Seconds with six decimals, as Zeek writes times and intervals.
pub(crate) fn seconds(out: &mut Vec<u8>, us: i64) {
    if us < 0 {
        out.push(b'-');
    }
    super::number(out, us.unsigned_abs() / SECOND_US as u64);
    out.push(b'.');
    out.extend_from_slice(&micro_digits((us.unsigned_abs() % SECOND_US as u64) as u32));
}

/// `2026-01-01T00:00:00.` with six bytes left for the microseconds, and those.
#[inline]
pub(crate) fn date_time(ts_us: i64, separator: u8) -> ([u8; 26], [u8; 6]) {
    let seconds = ts_us.div_euclid(SECOND_US);
    let micros = ts_us.rem_euclid(SECOND_US) as u32;
    let (year, month, day) = civil(seconds.div_euclid(DAY_SECONDS));
    let of_day = seconds.rem_euclid(DAY_SECONDS) as u32;
    let [y1, y2] = pair(year / 100);
    let [y3, y4] = pair(year);
    let [m1, m2] = pair(month);
    let [d1, d2] = pair(day);
    let [h1, h2] = pair(of_day / 3600);
    let [n1, n2] = pair(of_day / 60 % 60);
    let [s1, s2] = pair(of_day % 60);
    let text = [
        y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2, separator, h1, h2, b':', n1, n2, b':', s1, s2,
        b'.', b'0', b'0', b'0', b'0', b'0', b'0',
    ];
    (text, micro_digits(micros))
}

#[inline]
fn micro_digits(micros: u32) -> [u8; 6] {
    let mut digits = [0; 6];
    let pairs = [micros / 10_000, micros / 100, micros];
    for (slot, value) in digits.chunks_exact_mut(2).zip(pairs) {
        slot.copy_from_slice(&pair(value));
    }
    digits
}

/// Year, month and day of a number of days since 1970 (Howard Hinnant's `civil_from_days`).
#[inline]
fn civil(days: i64) -> (u32, u32, u32) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097) as u32;
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    let year = i64::from(year_of_era) + era * 400 + i64::from(month <= 2);
    (year.rem_euclid(10_000) as u32, month, day)
}
