//! What is wrong with a rule, and where.

use std::fmt;
use std::sync::Arc;

/// How much a problem takes away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Level {
    /// The rule is broken and left out.
    Error,
    /// The rule is used, but something in it is not as its author may think.
    Warning,
    /// The rule is well formed and left out, for it needs something that is not there yet.
    Unsupported,
}

/// One fault in a rule file, with the place an editor can jump to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The file as it was named.
    pub file: Arc<str>,
    /// Line, from 1.
    pub line: u32,
    /// Column in bytes, from 1.
    pub column: u32,
    /// What is wrong.
    pub message: String,
    /// What was probably meant.
    pub suggestion: Option<String>,
    /// What it means for the rule.
    pub level: Level,
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let level = match self.level {
            Level::Error => "error",
            Level::Warning => "warning",
            Level::Unsupported => "unsupported",
        };
        write!(
            formatter,
            "{}:{}:{}: {level}: {}",
            self.file, self.line, self.column, self.message
        )?;
        match &self.suggestion {
            Some(suggestion) => write!(formatter, " (did you mean {suggestion}?)"),
            None => Ok(()),
        }
    }
}

/// A problem inside one rule, before its place in the file is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    /// Byte offset in the rule's joined text.
    pub(crate) at: usize,
    pub(crate) message: String,
    pub(crate) suggestion: Option<String>,
    pub(crate) level: Level,
}

impl Fault {
    pub(crate) fn error(at: usize, message: impl Into<String>) -> Self {
        Self::new(at, message, Level::Error)
    }

    pub(crate) fn warning(at: usize, message: impl Into<String>) -> Self {
        Self::new(at, message, Level::Warning)
    }

    pub(crate) fn unsupported(at: usize, message: impl Into<String>) -> Self {
        Self::new(at, message, Level::Unsupported)
    }

    pub(crate) fn meant(mut self, suggestion: Option<&str>) -> Self {
        self.suggestion = suggestion.map(str::to_owned);
        self
    }

    fn new(at: usize, message: impl Into<String>, level: Level) -> Self {
        Self {
            at,
            message: message.into(),
            suggestion: None,
            level,
        }
    }
}

/// The candidate that differs from `word` in the fewest letters, if it is near enough to be meant.
pub(crate) fn nearest<'a>(
    word: &str,
    candidates: impl Iterator<Item = &'a str>,
) -> Option<&'a str> {
    /// Longer words than any keyword are not compared: the cost is quadratic.
    const MAX_WORD: usize = 48;
    if word.len() > MAX_WORD {
        return None;
    }
    let allowed = (word.len() / 3).clamp(1, 3);
    candidates
        .filter(|candidate| candidate.len().abs_diff(word.len()) <= allowed)
        .map(|candidate| (distance(word.as_bytes(), candidate.as_bytes()), candidate))
        .min()
        .filter(|(differing, _)| *differing <= allowed)
        .map(|(_, candidate)| candidate)
}

/// Letters to insert, leave out, replace or swap with the next (optimal string alignment).
fn distance(left: &[u8], right: &[u8]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=right.len()).collect();
    for (i, a) in left.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, b) in right.iter().enumerate() {
            let at = |row: &[usize], place: usize| row.get(place).copied().unwrap_or(usize::MAX);
            let replaced = at(&last, j).saturating_add(usize::from(a != b));
            let changed = at(&last, j + 1).min(at(&row, j)).saturating_add(1);
            let is_swap =
                i > 0 && j > 0 && left.get(i - 1) == Some(b) && right.get(j - 1) == Some(a);
            let swapped = if is_swap {
                at(&before, j - 1).saturating_add(1)
            } else {
                usize::MAX
            };
            row.push(replaced.min(changed).min(swapped));
        }
        before = std::mem::replace(&mut last, row);
    }
    last.last().copied().unwrap_or_default()
}
