//! Numbers of rule options, and what they are compared with.

use super::problem::Fault;
use super::syntax::Word;

/// Reads a decimal or `0x` number, with an optional size unit (`kb`, `MiB` ...).
pub(crate) fn number(word: Word<'_>) -> Result<u64, Fault> {
    let text = word.text.trim();
    let hex = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
    let parsed = match hex {
        Some(digits) => u64::from_str_radix(digits, 16).ok(),
        None => with_unit(text),
    };
    parsed.ok_or_else(|| Fault::error(word.at, format!("{text:?} is not a number")))
}

fn with_unit(text: &str) -> Option<u64> {
    let end = text.bytes().take_while(u8::is_ascii_digit).count();
    let (digits, unit) = text.split_at_checked(end)?;
    let factor = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "k" | "kb" | "kib" => 1 << 10,
        "m" | "mb" | "mib" => 1 << 20,
        "g" | "gb" | "gib" => 1 << 30,
        _ => return None,
    };
    digits.parse::<u64>().ok()?.checked_mul(factor)
}

/// Reads a number that must not exceed `maximum`.
pub(crate) fn number_up_to(word: Word<'_>, maximum: u64) -> Result<u64, Fault> {
    let value = number(word)?;
    if value > maximum {
        return Err(Fault::error(
            word.at,
            format!("{value} is more than {maximum}"),
        ));
    }
    Ok(value)
}

/// Reads a signed number.
pub(crate) fn signed(word: Word<'_>) -> Result<i64, Fault> {
    let magnitude = |word: Word<'_>| {
        number_up_to(word, 1 << 32).map(|value| i64::try_from(value).unwrap_or(i64::MAX))
    };
    match (word.strip_prefix("-"), word.strip_prefix("+")) {
        (Some(rest), _) => magnitude(rest).map(|value| -value),
        (None, Some(rest)) => magnitude(rest),
        (None, None) => magnitude(word),
    }
}

/// What an integer keyword asks of its number. Ranges leave their ends out, as the
/// manual of the rule language says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Comparison {
    Equal(u64),
    NotEqual(u64),
    Less(u64),
    AtMost(u64),
    Greater(u64),
    AtLeast(u64),
    Between(u64, u64),
    NotBetween(u64, u64),
    Mask { mask: u64, value: u64, equal: bool },
}

impl Comparison {
    /// Reads `N`, `!N`, `<N`, `<=N`, `>N`, `>=N`, `A<>B`, `A-B`, `!A-B` or `&M=V`.
    pub(crate) fn parse(word: Word<'_>, maximum: u64) -> Result<Self, Fault> {
        let word = word.trim();
        let limited = |word| number_up_to(word, maximum);
        if let Some(rest) = word.strip_prefix("&") {
            return Self::parse_mask(rest, maximum);
        }
        for (prefix, make) in [
            ("<=", Self::AtMost as fn(u64) -> Self),
            (">=", Self::AtLeast),
            ("!=", Self::NotEqual),
            ("=", Self::Equal),
            ("<", Self::Less),
            (">", Self::Greater),
        ] {
            if let Some(rest) = word.strip_prefix(prefix) {
                return limited(rest).map(make);
            }
        }
        let (negated, word) = match word.strip_prefix("!") {
            Some(rest) => (true, rest),
            None => (false, word),
        };
        if let Some((low, high)) = range(word) {
            let (first, second) = (limited(low)?, limited(high)?);
            return if first >= second {
                Err(Fault::error(high.at, "the range ends before it starts"))
            } else if negated {
                Ok(Self::NotBetween(first, second))
            } else {
                Ok(Self::Between(first, second))
            };
        }
        limited(word).map(if negated { Self::NotEqual } else { Self::Equal })
    }

    fn parse_mask(rest: Word<'_>, maximum: u64) -> Result<Self, Fault> {
        let Some((mask, value)) = rest.split_once('=') else {
            return Err(Fault::error(rest.at, "a mask needs = or != and a value"));
        };
        let equal = !mask.text.ends_with('!');
        let mask = Word {
            text: mask.text.trim_end_matches('!'),
            ..mask
        };
        Ok(Self::Mask {
            mask: number_up_to(mask, maximum)?,
            value: number_up_to(value, maximum)?,
            equal,
        })
    }

    /// Whether `value` is what was asked for.
    pub(crate) fn holds(self, value: u64) -> bool {
        match self {
            Self::Equal(wanted) => value == wanted,
            Self::NotEqual(wanted) => value != wanted,
            Self::Less(wanted) => value < wanted,
            Self::AtMost(wanted) => value <= wanted,
            Self::Greater(wanted) => value > wanted,
            Self::AtLeast(wanted) => value >= wanted,
            Self::Between(low, high) => low < value && value < high,
            Self::NotBetween(low, high) => value <= low || high <= value,
            Self::Mask {
                mask,
                value: wanted,
                equal,
            } => (value & mask == wanted) == equal,
        }
    }

    /// The smallest and largest value that can hold, for cheap gates.
    pub(crate) fn bounds(self) -> (u64, u64) {
        match self {
            Self::Equal(wanted) => (wanted, wanted),
            Self::Less(wanted) => (0, wanted.saturating_sub(1)),
            Self::AtMost(wanted) => (0, wanted),
            Self::Greater(wanted) => (wanted.saturating_add(1), u64::MAX),
            Self::AtLeast(wanted) => (wanted, u64::MAX),
            Self::Between(low, high) => (low.saturating_add(1), high.saturating_sub(1)),
            Self::NotEqual(_) | Self::NotBetween(..) | Self::Mask { .. } => (0, u64::MAX),
        }
    }
}

fn range(word: Word<'_>) -> Option<(Word<'_>, Word<'_>)> {
    if let Some((low, high)) = word.text.split_once("<>") {
        let at = word.at + low.len() + 2;
        return Some((
            Word { text: low, ..word }.trim(),
            Word { text: high, at }.trim(),
        ));
    }
    word.split_once('-').filter(|(low, _)| !low.text.is_empty())
}
