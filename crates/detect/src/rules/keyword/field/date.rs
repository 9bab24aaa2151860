//! Dates of certificates, as rules write them: `2026-11`, `2026-11-22`, `2026-11-22T23:51:40`.

use super::super::super::number::Comparison;
use super::super::super::problem::Fault;
use super::super::super::syntax::Word;

/// Whether the values of a keyword are seconds since 1970.
pub(super) fn is_date(keyword: &str) -> bool {
    matches!(keyword, "tls_cert_notbefore" | "tls_cert_notafter")
}

/// Reads `DATE`, `<DATE`, `>DATE` or `DATE<>DATE`.
pub(super) fn comparison(word: Word<'_>) -> Result<Comparison, Fault> {
    let word = word.trim();
    if let Some((low, high)) = word.text.split_once("<>") {
        let at = word.at + low.len() + 2;
        let low = seconds(Word { text: low, ..word })?;
        let high = seconds(Word { text: high, at })?;
        return if low < high {
            Ok(Comparison::Between(low, high))
        } else {
            Err(Fault::error(word.at, "the range ends before it starts"))
        };
    }
    for (prefix, make) in [
        ("<", Comparison::Less as fn(u64) -> Comparison),
        (">", Comparison::Greater),
        ("", Comparison::Equal),
    ] {
        if let Some(rest) = word.strip_prefix(prefix) {
            return seconds(rest).map(make);
        }
    }
    Err(Fault::error(word.at, MESSAGE))
}

const MESSAGE: &str = "a date is like 2026-11-22T23:51:40, of which the end may be left out";

fn seconds(word: Word<'_>) -> Result<u64, Fault> {
    let word = word.trim();
    read(word.text).ok_or_else(|| Fault::error(word.at, MESSAGE))
}

/// What is left out is its least.
fn read(text: &str) -> Option<u64> {
    let (day, clock) = text.split_once(['T', ' ']).unwrap_or((text, ""));
    let [year, month, day] = parts(day, '-', [1970, 1, 1])?;
    let [hour, minute, second] = match clock {
        "" => [0; 3],
        clock => parts(clock, ':', [0; 3])?,
    };
    let is_valid = (1970..=9999).contains(&year)
        && (1..=12).contains(&month)
        && (1..=31).contains(&day)
        && hour < 24
        && minute < 60
        && second < 61;
    is_valid.then(|| days(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second)
}

/// Up to three numbers.
fn parts(text: &str, separator: char, mut found: [u64; 3]) -> Option<[u64; 3]> {
    let mut places = found.iter_mut();
    for part in text.split(separator) {
        let digits = part.bytes().all(|byte| byte.is_ascii_digit());
        *places.next()? = Some(part).filter(|_| digits)?.parse().ok()?;
    }
    Some(found)
}

/// Days since 1970 (Howard Hinnant's `days_from_civil`, for years from 1970 on).
fn days(year: u64, month: u64, day: u64) -> u64 {
    // Years begin in March, so that the leap day is a year's last.
    let year = year - u64::from(month < 3);
    let (era, year_of_era) = (year / 400, year % 400);
    let month = (month + 9) % 12;
    let day_of_year = (153 * month + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

#[cfg(test)]
mod tests {
    use super::{Comparison, Word, comparison};

    fn read(text: &str) -> Option<Comparison> {
        comparison(Word { text, at: 0 }).ok()
    }

    #[test]
    fn a_date_may_leave_out_its_end() {
        assert_eq!(read("1970-01-02"), Some(Comparison::Equal(86_400)));
        assert_eq!(read("2000-03"), Some(Comparison::Equal(951_868_800)));
        assert_eq!(
            read("<2026-11-22T23:51:40"),
            Some(Comparison::Less(1_795_391_500))
        );
        assert_eq!(
            read(">2026-11-22 23:51"),
            Some(Comparison::Greater(1_795_391_460))
        );
    }

    #[test]
    fn a_range_has_two_dates_in_order() {
        let range = Comparison::Between(1_451_606_400, 1_456_704_000);
        assert_eq!(read("2016-01<>2016-02-29"), Some(range));
        assert_eq!(read("2016-02<>2016-01"), None);
    }

    #[test]
    fn what_is_no_date_is_told() {
        for text in [
            "",
            "2016-13",
            "2016-01-01T25",
            "16:00",
            "2016-01-01-01",
            "+2016",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
