//! `asn1`: which faults of an encoding are looked for, and from where on.

use super::super::check::{Asn1, Check};
use super::super::draft::Draft;
use super::super::number::{number, signed};
use super::super::problem::Fault;
use super::super::syntax::Word;
use super::Applies::Bytes;
use super::Effect::Value;
use super::{Keyword, keyword};

pub(super) const KEYWORDS: &[Keyword] = &[keyword(
    "asn1",
    Bytes,
    "A fault of ASN.1 in the bytes: `oversize_length N`, `bitstring_overflow` or `double_overflow`, from `absolute_offset N` or `relative_offset N` on.",
    Value(asn1),
)];

fn asn1(draft: &mut Draft<'_, '_>, value: Word<'_>) -> Result<(), Fault> {
    let mut asked = Asn1::default();
    let mut words = value.split(',').flat_map(|part| part.split(' '));
    let mut words = words
        .by_ref()
        .map(Word::trim)
        .filter(|word| !word.text.is_empty());
    while let Some(word) = words.next() {
        let mut argument = || {
            let message = format!("{} needs a number", word.text);
            words.next().ok_or_else(|| Fault::error(word.at, message))
        };
        match word.text {
            "bitstring_overflow" => asked.bitstring_overflow = true,
            "double_overflow" => asked.double_overflow = true,
            "oversize_length" => asked.oversize_length = Some(number(argument()?)?),
            "absolute_offset" => (asked.relative, asked.offset) = (false, signed(argument()?)?),
            "relative_offset" => (asked.relative, asked.offset) = (true, signed(argument()?)?),
            _ => {
                let message = "asn1 has bitstring_overflow, double_overflow, oversize_length, absolute_offset and relative_offset";
                return Err(Fault::error(word.at, message));
            }
        }
    }
    let asks = asked.bitstring_overflow || asked.double_overflow || asked.oversize_length.is_some();
    if !asks {
        return Err(Fault::error(
            value.at,
            "asn1 says no fault that is looked for",
        ));
    }
    draft.check(Check::Asn1(asked), value.at)
}
