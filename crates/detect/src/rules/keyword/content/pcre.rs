//! The `pcre` keyword: `/pattern/flags`.

use super::super::super::check::{Check, PcreFlags};
use super::super::super::draft::Draft;
use super::super::super::problem::Fault;
use super::super::super::syntax::Word;
use super::super::field::buffer_of_letter;
use super::negation;

pub(super) fn pcre(draft: &mut Draft<'_, '_>, value: Word<'_>) -> Result<(), Fault> {
    let (negated, value) = negation(value);
    let value = value.unquote();
    let delimited = value
        .text
        .strip_prefix('/')
        .and_then(|rest| rest.rsplit_once('/'));
    let Some((pattern, letters)) = delimited else {
        return Err(Fault::error(value.at, "a pattern stands between slashes"));
    };
    let mut flags = PcreFlags::default();
    let mut relative = false;
    let mut buffer = None;
    let letters_at = value.at + pattern.len() + 2;
    for (index, letter) in letters.char_indices() {
        let at = letters_at + index;
        match letter {
            'i' => flags.nocase = true,
            's' => flags.dot_all = true,
            'm' => flags.multi_line = true,
            'x' => flags.extended = true,
            'A' => flags.anchored = true,
            'E' => flags.dollar_end_only = true,
            'G' => flags.ungreedy = true,
            'R' => relative = true,
            // Undecoded bytes, which payloads are; and no limits but our own.
            'B' | 'O' => {}
            letter if buffer_of_letter(letter).is_some() => {
                let name = buffer_of_letter(letter).unwrap_or_default();
                buffer = Some(super::super::field::buffer(draft, name, at)?);
            }
            // What follows names what was captured for logging, which nothing here reads.
            ',' => break,
            _ => {
                return Err(Fault::error(
                    at,
                    format!("{letter:?} is no flag of a pattern"),
                ));
            }
        }
    }
    let compiled = draft
        .context
        .regexes
        .compile(pattern, flags, negated, relative);
    match compiled {
        Ok(pcre) => match buffer {
            None => draft.check(Check::Pcre(pcre), value.at),
            Some(buffer) => draft
                .check_of(buffer, Check::Pcre(pcre), value.at)
                .map(|_| ()),
        },
        Err(reason) => {
            let message = format!("the pattern cannot be used: {reason}");
            Err(Fault::unsupported(value.at, message))
        }
    }
}
