//! Keywords about the rule itself.

use super::super::classification::DEFAULT_PRIORITY;
use super::super::draft::Draft;
use super::super::number::number_up_to;
use super::super::problem::{Fault, nearest};
use super::super::rule::Target;
use super::super::syntax::{Word, clipped};
use super::super::tag::{Reach, Tag, Tagged};
use super::Applies::Rule;
use super::Effect::{Either, Ignored, Plain, Value};
use super::{Keyword, keyword};

/// Highest generator: it shares a word with other numbers in threshold keys.
const MAX_GID: u64 = 0x00ff_ffff;
/// The longest message shown.
const MAX_MESSAGE: usize = 4_096;
/// Values of all metadata together; rules of public sets have about 40.
const MAX_METADATA: usize = 512;

/// The version of the rule language that `requires` is compared with.
const LANGUAGE_VERSION: [u32; 3] = [8, 0, 7];

pub(super) const KEYWORDS: &[Keyword] = &[
    keyword("msg", Rule, "The text of the alert.", Value(message)),
    keyword(
        "sid",
        Rule,
        "The rule's number, unique within its generator.",
        Value(sid),
    ),
    keyword(
        "gid",
        Rule,
        "The generator whose numbering `sid` belongs to; 1 when it is not given.",
        Value(gid),
    ),
    keyword(
        "rev",
        Rule,
        "The rule's revision; of two rules with one number the higher is used.",
        Value(rev),
    ),
    keyword(
        "classtype",
        Rule,
        "The class of the rule, which gives the alert its category and priority.",
        Value(classtype),
    ),
    keyword(
        "priority",
        Rule,
        "How severe a match is, 1 most; overrides the class's.",
        Value(priority),
    ),
    keyword(
        "reference",
        Rule,
        "Where to read more: a scheme and a value.",
        Value(reference),
    ),
    keyword(
        "metadata",
        Rule,
        "Keys and values that are copied into the alert.",
        Value(metadata),
    ),
    keyword(
        "target",
        Rule,
        "Which side of the match is the victim: `src_ip` or `dest_ip`.",
        Value(target),
    ),
    keyword(
        "noalert",
        Rule,
        "Match silently, for the sake of what the rule stores.",
        Plain(noalert),
    ),
    keyword(
        "alert",
        Rule,
        "Tell matches of a rule whose action would not.",
        Ignored,
    ),
    keyword(
        "tag",
        Rule,
        "Keeps packets after the alert: of the flow (`session`) or of a `host`, so many packets, \
         bytes or seconds.",
        Value(tag),
    ),
    keyword(
        "prefilter",
        Rule,
        "Names the keyword to look at first; without effect here, where that is chosen by cost.",
        Ignored,
    ),
    keyword(
        "requires",
        Rule,
        "The version, keywords or features without which the rule is left out.",
        Either(requires),
    ),
];

fn message(draft: &mut Draft<'_, '_>, value: Word<'_>) -> Result<(), Fault> {
    let value = value.unquote();
    if value.text.len() > MAX_MESSAGE {
        return Err(Fault::error(value.at, "the message is too long"));
    }
    draft.rule.msg = unescaped(value.text);
    Ok(())
}

/// Text without the backslashes that rules need before `;`, `:`, `"` and `\`.
fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        out.push(match letter {
            '\\' => letters.next().unwrap_or('\\'),
            other => other,
        });
    }
    out
}

fn sid(draft: &mut Draft<'_, '_>, value: Word<'_>) -> Result<(), Fault> {
    draft.rule.sid = small(value.unquote())?;
    if draft.rule.sid == 0 {
        return Err(Fault::error(value.at, "a sid is 1 or more"));
    }
    Ok(())
}

fn gid(draft: &mut Draft<'_, '_>, value: Word<'_>) -> Result<(), Fault> {
    draft.rule.gid = number_up_to(value.unquote(), MAX_GID)? as u32;
    Ok(())
}

fn rev(draft: &mut Draft<'_, '_>, value: Word<'_>) -> Result<(), Fault> {
    draft.rule.rev = small(value.unquote())?;
    Ok(())
}

fn priority(draft: &mut Draft<'_, '_>, value: Word<'_>) -> Result<(), Fault> {
    draft.priority = Some(number_up_to(value.unquote(), 255)? as u32);
    Ok(())
}

fn small(word: Word<'_>) -> Result<u32, Fault> {
    number_up_to(word, u32::MAX.into()).map(|number| number as u32)
}

fn classtype(draft: &mut Draft<'_, '_>, value: Word<'_>) -> Result<(), Fault> {
    let value = value.unquote();
    let known = draft.context.classification;
    value.text.clone_into(&mut draft.rule.classtype);
    if let Some((category, priority)) = known.get(value.text) {
        category.clone_into(&mut draft.rule.category);
        draft.rule.severity = priority;
    } else {
        let near = nearest(value.text, known.names());
        let message = format!("the class {:?} is not known", clipped(value.text));
        draft
            .warnings
            .push(Fault::warning(value.at, message).meant(near));
        value.text.clone_into(&mut draft.rule.category);
        draft.rule.severity = DEFAULT_PRIORITY;
    }
    Ok(())
}

fn reference(draft: &mut Draft<'_, '_>, value: Word<'_>) -> Result<(), Fault> {
    let value = value.unquote();
    let Some((scheme, rest)) = value.split_once(',') else {
        return Err(Fault::error(
            value.at,
            "a reference is a scheme, a comma and a value",
        ));
    };
    let rest = unescaped(rest.unquote().text);
    let known = &draft.context.lists.references;
    let address = known.address(scheme.text, &rest);
    let text = address.unwrap_or_else(|| {
        let near = nearest(scheme.text, known.schemes());
        let message = format!("the scheme {:?} is not known", clipped(scheme.text));
        let warning = Fault::warning(scheme.at, message).meant(near);
        draft.warnings.push(warning);
        format!("{},{rest}", scheme.text)
    });
    draft.rule.references.push(text);
    Ok(())
}

fn metadata(draft: &mut Draft<'_, '_>, value: Word<'_>) -> Result<(), Fault> {
    for part in value.unquote().split(',') {
        let (key, text) = match part.text.split_once(char::is_whitespace) {
            Some((key, text)) => (key, text.trim()),
            None => continue,
        };
        let count: usize = draft.metadata.iter().map(|(_, values)| values.len()).sum();
        if count >= MAX_METADATA {
            return Err(Fault::error(part.at, "the rule has too much metadata"));
        }
        let text = unescaped(text);
        match draft.metadata.iter_mut().find(|(known, _)| known == key) {
            Some((_, values)) => values.push(text),
            None => draft.metadata.push((key.to_owned(), vec![text])),
        }
    }
    Ok(())
}

/// Metadata as alerts show it: an object of lists.
pub(crate) fn metadata_json(metadata: &[(String, Vec<String>)]) -> String {
    if metadata.is_empty() {
        return String::new();
    }
    let members: Vec<String> = metadata
        .iter()
        .map(|(key, values)| {
            let key = serde_json::Value::from(key.as_str());
            let values = serde_json::Value::from(values.as_slice());
            format!("{key}:{values}")
        })
        .collect();
    format!("{{{}}}", members.join(","))
}

fn target(draft: &mut Draft<'_, '_>, value: Word<'_>) -> Result<(), Fault> {
    draft.rule.target = Some(match value.unquote().text {
        "src_ip" => Target::Source,
        "dest_ip" => Target::Destination,
        _ => return Err(Fault::error(value.at, "a target is src_ip or dest_ip")),
    });
    Ok(())
}

/// Packets that a tag keeps when the rule does not say.
const TAG_PACKETS: u32 = 256;
/// Tags of one rule.
const MAX_TAGS: usize = 8;

/// `tag:session[,COUNT,UNIT]` or `tag:host,COUNT,UNIT,END`.
fn tag(draft: &mut Draft<'_, '_>, value: Word<'_>) -> Result<(), Fault> {
    let mut parts = value.split(',');
    let what = parts.next().unwrap_or(value);
    let reach = match (parts.next(), parts.next()) {
        (None, _) => Reach::Packets(TAG_PACKETS),
        (Some(count), None) => {
            return Err(Fault::error(
                count.at,
                "a tag is counted in packets, bytes or seconds",
            ));
        }
        (Some(count), Some(unit)) => reach(count, unit)?,
    };
    let end = parts.next();
    let what = match (what.text, end.map(|end| end.text)) {
        ("session", None) => Tagged::Session,
        ("host", None | Some("src")) => Tagged::Source,
        ("host", Some("dst")) => Tagged::Destination,
        _ => {
            let message = "a tag is of the session, or of a host that is src or dst";
            return Err(Fault::error(value.at, message));
        }
    };
    if draft.tags.len() >= MAX_TAGS {
        return Err(Fault::error(value.at, "the rule has too many tags"));
    }
    draft.tags.push(Tag { what, reach });
    Ok(())
}

fn reach(count: Word<'_>, unit: Word<'_>) -> Result<Reach, Fault> {
    // Zero is as many as there are.
    let number = match small(count)? {
        0 => u32::MAX,
        number => number,
    };
    Ok(match unit.text {
        "packets" => Reach::Packets(number),
        "bytes" => Reach::Bytes(number),
        "seconds" => Reach::Time(super::nanoseconds(number.into())),
        _ => {
            return Err(Fault::error(
                unit.at,
                "a tag is counted in packets, bytes or seconds",
            ));
        }
    })
}

fn noalert(draft: &mut Draft<'_, '_>, _: Word<'_>) -> Result<(), Fault> {
    draft.noalert = true;
    Ok(())
}

fn requires(_: &mut Draft<'_, '_>, value: Word<'_>) -> Result<(), Fault> {
    for part in value.split(',') {
        let (subject, rest) = part
            .split_once(' ')
            .unwrap_or((part, Word { text: "", ..part }));
        let met = match subject.text {
            "version" => version_met(rest)?,
            "keyword" => super::is_known(rest.text),
            "feature" => false,
            _ => {
                return Err(Fault::error(
                    part.at,
                    "a rule can require a version, keyword or feature",
                ));
            }
        };
        if !met {
            let message = format!("the rule requires {}", clipped(part.text));
            return Err(Fault::unsupported(part.at, message));
        }
    }
    Ok(())
}

/// Reads `>= 7.0.3 < 8 | >= 8.0.1`.
fn version_met(word: Word<'_>) -> Result<bool, Fault> {
    let mut met = false;
    for alternative in word.split('|') {
        let mut all = true;
        let mut words = alternative.text.split_ascii_whitespace();
        while let Some(first) = words.next() {
            let operator = first.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
            let inline = first.get(operator.len()..).unwrap_or_default();
            let version = if inline.is_empty() {
                words.next().unwrap_or_default()
            } else {
                inline
            };
            let wanted = version_number(version)
                .ok_or_else(|| Fault::error(alternative.at, "a version is like 8.0.1"))?;
            all &= match operator {
                ">=" => LANGUAGE_VERSION >= wanted,
                ">" => LANGUAGE_VERSION > wanted,
                "<" => LANGUAGE_VERSION < wanted,
                "<=" => LANGUAGE_VERSION <= wanted,
                _ => {
                    return Err(Fault::error(
                        alternative.at,
                        "a version is compared with >=, >, < or <=",
                    ));
                }
            };
        }
        met |= all;
    }
    Ok(met)
}

fn version_number(text: &str) -> Option<[u32; 3]> {
    let mut version = [0; 3];
    let mut parts = text.split('-').next()?.split('.');
    for place in &mut version {
        *place = parts.next().map_or(Some(0), |part| part.parse().ok())?;
    }
    parts.next().is_none().then_some(version)
}
