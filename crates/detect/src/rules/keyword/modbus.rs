//! `modbus`: functions, units and places of Modbus requests in one option.

use super::super::application::NumberTest;
use super::super::draft::Draft;
use super::super::number::{Comparison, number_up_to};
use super::super::problem::Fault;
use super::super::syntax::Word;
use super::Applies::Application;
use super::Effect::Value;
use super::{Keyword, keyword};

pub(super) const KEYWORDS: &[Keyword] = &[keyword(
    "modbus",
    Application,
    "The function, unit or access of a Modbus request, and what is written where.",
    Value(modbus),
)];

/// Functions by what they are for.
type Kinds = &'static [(&'static str, &'static [u64])];

/// Ways of access with the functions that have it (application protocol, section 5.1).
const ACCESS: &[(&str, Kinds)] = &[
    (
        "read",
        &[
            ("", &[1, 2, 3, 4, 20, 23, 24]),
            ("coils", &[1]),
            ("discretes", &[2]),
            ("holding", &[3, 23]),
            ("input", &[4]),
        ],
    ),
    (
        "write",
        &[
            ("", &[5, 6, 15, 16, 21, 22, 23]),
            ("coils", &[5, 15]),
            ("holding", &[6, 16, 22, 23]),
        ],
    ),
];

/// `function N[, subfunction N]`, `access read|write [KIND][, address RANGE]`, each after `unit RANGE` or without.
fn modbus(draft: &mut Draft<'_, '_>, value: Word<'_>) -> Result<(), Fault> {
    let mut place = None;
    for part in value.unquote().split(',') {
        let part = part.trim();
        let (name, rest) = part
            .split_once(' ')
            .unwrap_or((part, Word { text: "", ..part }));
        let rest = rest.trim();
        match name.text {
            "unit" => test(
                draft,
                "modbus.unit",
                vec![Comparison::parse(rest, 255)?],
                part,
            )?,
            "function" => test(draft, "modbus.function", functions(rest)?, part)?,
            "subfunction" => {
                let number = Comparison::Equal(number_up_to(rest, u16::MAX.into())?);
                test(draft, "modbus.subfunction", vec![number], part)?;
            }
            "access" => test(draft, "modbus.function", access(rest)?, part)?,
            "address" => {
                address(draft, rest)?;
                place = Some(rest);
            }
            "value" => written(draft, place, rest)?,
            _ => {
                let message = "modbus has unit, function, subfunction, access, address and value";
                return Err(Fault::error(part.at, message));
            }
        }
    }
    Ok(())
}

fn test(
    draft: &mut Draft<'_, '_>,
    name: &str,
    wanted: Vec<Comparison>,
    at: Word<'_>,
) -> Result<(), Fault> {
    let Some(field) = draft.context.fields.number(name) else {
        return Err(Fault::unsupported(at.at, "Modbus has no parser"));
    };
    draft.asked.numbers.push(NumberTest::any(field, wanted));
    Ok(())
}

/// A function by number or by kind, or with `!` all others.
fn functions(word: Word<'_>) -> Result<Vec<Comparison>, Fault> {
    let (negated, plain) = match word.strip_prefix("!") {
        Some(rest) => (true, rest.trim()),
        None => (false, word),
    };
    let is_of: fn(u8) -> bool = match plain.text {
        "assigned" => is_assigned,
        "unassigned" => |function| is_public(function) && !is_assigned(function),
        "public" => is_public,
        "user" => |function| matches!(function, 65..=72 | 100..=110),
        "reserved" => is_reserved,
        "all" => |_| true,
        _ => {
            let number = number_up_to(plain, u8::MAX.into())?;
            return Ok(vec![if negated {
                Comparison::NotEqual(number)
            } else {
                Comparison::Equal(number)
            }]);
        }
    };
    let wanted = (0..=u8::MAX).filter(|function| is_of(*function) != negated);
    Ok(wanted
        .map(|function| Comparison::Equal(function.into()))
        .collect())
}

/// Functions that the standard describes (section 5.1).
fn is_assigned(function: u8) -> bool {
    matches!(function, 1..=8 | 11 | 12 | 15..=17 | 20..=24 | 43)
}

/// Functions that the standard has for itself (section 5).
fn is_public(function: u8) -> bool {
    matches!(function, 1..=64 | 73..=99 | 111..=127)
}

/// Functions that some companies have had before the standard (annex A).
fn is_reserved(function: u8) -> bool {
    matches!(function, 9 | 10 | 13 | 14 | 41 | 42 | 90 | 91 | 125..=127)
}

fn access(word: Word<'_>) -> Result<Vec<Comparison>, Fault> {
    let (way, kind) = word
        .split_once(' ')
        .unwrap_or((word, Word { text: "", ..word }));
    let kinds = ACCESS.iter().find(|(name, _)| *name == way.text);
    let kinds = kinds.map_or(&[][..], |(_, kinds)| *kinds);
    let found = kinds.iter().find(|(name, _)| *name == kind.text.trim());
    let Some((_, functions)) = found else {
        let message =
            "an access is read (coils, discretes, input, holding) or write (coils, holding)";
        return Err(Fault::error(word.at, message));
    };
    Ok(functions.iter().copied().map(Comparison::Equal).collect())
}

/// Any place of those that a request is about lies in the range.
fn address(draft: &mut Draft<'_, '_>, word: Word<'_>) -> Result<(), Fault> {
    let (first, last) = match Comparison::parse(word, u16::MAX.into())? {
        Comparison::Equal(at) => (Some(Comparison::AtMost(at)), Some(Comparison::AtLeast(at))),
        Comparison::Between(low, high) => {
            (Some(Comparison::Less(high)), Some(Comparison::Greater(low)))
        }
        below @ (Comparison::Less(_) | Comparison::AtMost(_)) => (Some(below), None),
        above @ (Comparison::Greater(_) | Comparison::AtLeast(_)) => (None, Some(above)),
        _ => {
            let message = "an address is a number, or compared with <, > or <>";
            return Err(Fault::error(word.at, message));
        }
    };
    for (name, wanted) in [("modbus.address", first), ("modbus.last_address", last)] {
        if let Some(wanted) = wanted {
            test(draft, name, vec![wanted], word)?;
        }
    }
    Ok(())
}

/// Places of one `address` whose values are compared: a rule is about some registers.
const MAX_PLACES: u64 = 256;

/// What is written at one of the places that were named before.
fn written(
    draft: &mut Draft<'_, '_>,
    place: Option<Word<'_>>,
    word: Word<'_>,
) -> Result<(), Fault> {
    const MOST: u64 = u16::MAX as u64;
    let Some(place) = place else {
        return Err(Fault::error(word.at, "a value stands behind its address"));
    };
    let ends = |word: Word<'_>, what: &str| match Comparison::parse(word, MOST)? {
        Comparison::Equal(at) => Ok((at, at)),
        Comparison::Between(low, high) => Ok((low + 1, high.saturating_sub(1))),
        Comparison::Less(high) => Ok((0, high.saturating_sub(1))),
        Comparison::AtMost(high) => Ok((0, high)),
        Comparison::Greater(low) => Ok((low + 1, MOST)),
        Comparison::AtLeast(low) => Ok((low, MOST)),
        _ => {
            let message = format!("{what} is a number, or compared with <, > or <>");
            Err(Fault::error(word.at, message))
        }
    };
    let (first, last) = ends(place, "an address")?;
    let (low, high) = ends(word, "a value")?;
    if last.saturating_sub(first) >= MAX_PLACES {
        let message = format!("values are compared at no more than {MAX_PLACES} addresses");
        return Err(Fault::unsupported(place.at, message));
    }
    // Each is told with its address in the higher bits; ranges leave their ends out.
    let at = |address: u64| {
        let base = address << 16;
        if low == high {
            Comparison::Equal(base | low)
        } else if base | low == 0 {
            Comparison::AtMost(high)
        } else {
            Comparison::Between((base | low).saturating_sub(1), (base | high) + 1)
        }
    };
    test(
        draft,
        "modbus.write",
        (first..=last).map(at).collect(),
        word,
    )
}

#[cfg(test)]
mod tests {
    use super::{Comparison, Word, access, functions};

    #[test]
    fn kinds_of_functions_are_sets_of_numbers() {
        let numbers = |text| functions(Word { text, at: 0 }).ok();
        let user = numbers("user").unwrap_or_default();
        assert_eq!(user.len(), 8 + 11);
        assert_eq!(
            numbers("!user").map(|all| all.len()),
            Some(256 - user.len())
        );
        assert_eq!(numbers("!8"), Some(vec![Comparison::NotEqual(8)]));
        assert_eq!(numbers("other"), None);
    }

    #[test]
    fn inputs_are_only_read() {
        let is_known = |text| access(Word { text, at: 0 }).is_ok();
        assert!(is_known("read input"));
        assert!(!is_known("write input"));
    }
}
