//! The `pcre` keyword: `/pattern/flags`.

use super::super::super::check::{Capture, Check, Pcre, PcreFlags};
use super::super::super::draft::Draft;
use super::super::super::note::Scope;
use super::super::super::problem::Fault;
use super::super::super::syntax::Word;
use super::super::field::buffer_of_letter;
use super::negation;

/// Groups of one pattern that are kept.
const MAX_CAPTURES: usize = 16;

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
    let (letters, names) = letters.split_once(',').unwrap_or((letters, ""));
    let names = Word {
        text: names,
        at: letters_at + letters.len() + 1,
    };
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
        Ok(mut pcre) => {
            pcre.captures = captures(draft, &pcre, names)?;
            match buffer {
                None => draft.check(Check::Pcre(pcre), value.at),
                Some(buffer) => draft
                    .check_of(buffer, Check::Pcre(pcre), value.at)
                    .map(|_| ()),
            }
        }
        Err(reason) => {
            let message = format!("the pattern cannot be used: {reason}");
            Err(Fault::unsupported(value.at, message))
        }
    }
}

/// What becomes of a pattern's groups: by the names behind its letters (`flow:name,pkt:name`), one
/// group after the other, or by the names of the groups themselves (`(?P<flow_name>...)`).
fn captures(
    draft: &mut Draft<'_, '_>,
    pcre: &Pcre,
    names: Word<'_>,
) -> Result<Box<[Capture]>, Fault> {
    let context = &mut *draft.context;
    let mut captures = Vec::new();
    for (group, name) in context.regexes.named_groups(pcre) {
        let Some((scope, name)) = name.split_once('_') else {
            continue;
        };
        if let Some(scope) = Scope::named(scope) {
            let name = context.names.captures.number(Word {
                text: name,
                at: names.at,
            })?;
            captures.push(Capture { group, scope, name });
        }
    }
    if names.text.is_empty() {
        return Ok(captures.into());
    }
    for (index, part) in names.split(',').take(MAX_CAPTURES).enumerate() {
        let message = "a captured value is for flow:NAME, pkt:NAME or alert:NAME";
        let known = part
            .split_once(':')
            .and_then(|(scope, name)| Some((Scope::named(scope.text)?, name)));
        let (scope, name) = known.ok_or_else(|| Fault::error(part.at, message))?;
        captures.push(Capture {
            group: index + 1,
            scope,
            name: context.names.captures.number(name)?,
        });
    }
    Ok(captures.into())
}
