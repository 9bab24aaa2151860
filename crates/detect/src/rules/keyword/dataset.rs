//! Keywords about sets of values.

use std::sync::Arc;

use super::super::check::Check;
use super::super::dataset::{Command, Dataset, DatasetCheck, Kind};
use super::super::draft::Draft;
use super::super::number::{Comparison, number_up_to};
use super::super::problem::Fault;
use super::super::syntax::{Word, clipped};
use super::Applies::Bytes;
use super::Effect::Value;
use super::{Keyword, keyword};

pub(super) const KEYWORDS: &[Keyword] = &[
    keyword(
        "dataset",
        Bytes,
        "The buffer is in a set, or is not; or puts it there or takes it out.",
        Value(dataset),
    ),
    keyword(
        "datarep",
        Bytes,
        "The buffer has a reputation in a list.",
        Value(datarep),
    ),
];

/// How a file of values is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Csv,
    Json,
    Ndjson,
}

/// The longest description of one value that is kept for alerts.
const MAX_CONTEXT: usize = 16 << 10;

/// The settings both keywords share.
struct Settings<'a> {
    kind: Option<Kind>,
    load: Option<Word<'a>>,
    /// Whether the file need not be there: another program would begin it.
    may_be_absent: bool,
    format: Format,
    value_key: Option<&'a str>,
    array_key: Option<&'a str>,
    context_key: Option<&'a str>,
    /// Whether what is told of a value leaves out the value itself.
    remove_key: bool,
    subdomains: bool,
}

impl<'a> Settings<'a> {
    fn read(parts: impl Iterator<Item = Word<'a>>) -> Result<Self, Fault> {
        let mut settings = Self {
            kind: None,
            load: None,
            may_be_absent: false,
            format: Format::Csv,
            value_key: None,
            array_key: None,
            context_key: None,
            remove_key: false,
            subdomains: false,
        };
        for part in parts {
            let (name, value) = part
                .split_once(' ')
                .unwrap_or((part, Word { text: "", ..part }));
            match name.text {
                "type" => {
                    let kind = Kind::named(value.text);
                    let message = "a set is of string, md5, sha256, ipv4 or ip";
                    settings.kind = Some(kind.ok_or_else(|| Fault::error(value.at, message))?);
                }
                "load" | "state" => {
                    settings.load = Some(value);
                    settings.may_be_absent = name.text == "state";
                }
                "format" => {
                    settings.format = match value.text {
                        "csv" => Format::Csv,
                        "json" => Format::Json,
                        "ndjson" | "jsonline" => Format::Ndjson,
                        _ => return Err(Fault::error(value.at, "this is no format of sets")),
                    }
                }
                "value_key" => settings.value_key = Some(value.text),
                "array_key" => settings.array_key = Some(value.text),
                "context_key" => settings.context_key = Some(value.text),
                "remove_key" => settings.remove_key = true,
                "match" => {
                    settings.subdomains = match value.text {
                        "subdomain" => true,
                        "exact" => false,
                        _ => return Err(Fault::error(value.at, "a match is exact or subdomain")),
                    }
                }
                // Sizes are bounded here anyway, and nothing is written.
                "save" | "memcap" | "hashsize" => {}
                other => {
                    let message = format!("a set has no {:?}", clipped(other));
                    return Err(Fault::error(name.at, message));
                }
            }
        }
        Ok(settings)
    }

    /// The set of that name, with what its file has the first time it is named.
    fn open(&self, draft: &mut Draft<'_, '_>, name: Word<'_>) -> Result<Arc<Dataset>, Fault> {
        if let Some(known) = draft.context.datasets.get(name.text) {
            if self.kind.is_some_and(|kind| kind != known.kind) {
                return Err(Fault::error(
                    name.at,
                    "the set is of another type elsewhere",
                ));
            }
            return Ok(Arc::clone(known));
        }
        let Some(kind) = self.kind else {
            return Err(Fault::error(name.at, "the set needs a type"));
        };
        let set = Dataset::new(kind);
        if let Some(file) = self.load {
            let is_absent = self.may_be_absent && !super::beside(draft, file.text).exists();
            if !is_absent {
                let text = super::read_beside(draft, file)?;
                self.fill(&set, &text, file)?;
            }
        }
        let set = Arc::new(set);
        let sets = &mut draft.context.datasets;
        sets.insert(name.text.to_owned(), Arc::clone(&set));
        Ok(set)
    }

    fn fill(&self, set: &Dataset, text: &str, file: Word<'_>) -> Result<(), Fault> {
        let broken = |line: usize| {
            let message = format!("{}:{line}: this is no such value", file.text);
            Fault::error(file.at, message)
        };
        if self.format == Format::Json {
            let parsed = serde_json::from_str(text).map_err(|_| broken(1))?;
            let list = self.array_key.map_or(Some(&parsed), |key| at(&parsed, key));
            let values = list.and_then(serde_json::Value::as_array);
            for (index, value) in values.ok_or_else(|| broken(1))?.iter().enumerate() {
                self.add_json(set, value).ok_or_else(|| broken(index + 1))?;
            }
            return Ok(());
        }
        for (index, line) in text.lines().map(str::trim).enumerate() {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let added = if self.format == Format::Ndjson {
                let parsed = serde_json::from_str(line).ok();
                parsed.and_then(|value| self.add_json(set, &value))
            } else {
                add_csv(set, line)
            };
            added.ok_or_else(|| broken(index + 1))?;
        }
        Ok(())
    }

    /// What alerts tell of a value: the object it is in.
    fn context(&self, value: &serde_json::Value) -> Option<Arc<str>> {
        self.context_key?;
        let mut told = value.clone();
        if let (true, Some(object), Some(key)) =
            (self.remove_key, told.as_object_mut(), self.value_key)
        {
            object.remove(key);
        }
        let text = told.to_string();
        (text.len() <= MAX_CONTEXT).then(|| text.into())
    }

    fn add_json(&self, set: &Dataset, value: &serde_json::Value) -> Option<()> {
        let member = self.value_key.map_or(Some(value), |key| at(value, key))?;
        let bytes = set.kind.read(member.as_str()?, true)?;
        set.add(&bytes, 0, self.context(value));
        Some(())
    }
}

/// `VALUE[,REPUTATION]`.
fn add_csv(set: &Dataset, line: &str) -> Option<()> {
    let (value, reputation) = line.split_once(',').unwrap_or((line, "0"));
    let bytes = set.kind.read(value.trim(), false)?;
    set.add(&bytes, reputation.trim().parse().ok()?, None);
    Some(())
}

/// The member at a path of names joined with dots.
fn at<'a>(value: &'a serde_json::Value, path: &str) -> Option<&'a serde_json::Value> {
    path.split('.').try_fold(value, |value, key| value.get(key))
}

/// `dataset:COMMAND,NAME[,type KIND][,load FILE]...`.
fn dataset(draft: &mut Draft<'_, '_>, value: Word<'_>) -> Result<(), Fault> {
    let mut parts = value.split(',');
    let (Some(command), Some(name)) = (parts.next(), parts.next()) else {
        return Err(Fault::error(value.at, "dataset takes a command and a name"));
    };
    let command = match command.text {
        "isset" => Command::IsSet,
        "isnotset" | "notset" => Command::IsNotSet,
        "set" => Command::Set,
        "unset" => Command::Unset,
        _ => {
            let message = "a set is asked with isset or isnotset, changed with set or unset";
            return Err(Fault::error(command.at, message));
        }
    };
    let settings = Settings::read(parts)?;
    let check = DatasetCheck {
        set: settings.open(draft, name)?,
        command,
        subdomains: settings.subdomains,
        key: settings.context_key.map(Into::into),
    };
    draft.check(Check::Dataset(check), value.at)
}

/// `datarep:NAME,OPERATOR,NUMBER[,type KIND][,load FILE]`.
fn datarep(draft: &mut Draft<'_, '_>, value: Word<'_>) -> Result<(), Fault> {
    let mut parts = value.split(',');
    let (Some(name), Some(operator), Some(number)) = (parts.next(), parts.next(), parts.next())
    else {
        let message = "datarep takes a name, an operator and a number";
        return Err(Fault::error(value.at, message));
    };
    let number = number_up_to(number, u16::MAX.into())?;
    let wanted = match operator.text {
        ">" => Comparison::Greater(number),
        "<" => Comparison::Less(number),
        "==" | "=" => Comparison::Equal(number),
        _ => return Err(Fault::error(operator.at, "an operator is >, < or ==")),
    };
    let set = Settings::read(parts)?.open(draft, name)?;
    let check = DatasetCheck {
        set,
        command: Command::Reputation(wanted),
        subdomains: false,
        key: None,
    };
    draft.check(Check::Dataset(check), value.at)
}
