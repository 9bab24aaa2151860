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

/// Levenshtein distance, one row at a time.
fn distance(left: &[u8], right: &[u8]) -> usize {
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (index, a) in left.iter().enumerate() {
        let mut diagonal = index;
        let mut before = index + 1;
        if let Some(first) = row.first_mut() {
            *first = before;
        }
        for (cell, b) in row.iter_mut().skip(1).zip(right) {
            let replaced = diagonal + usize::from(a != b);
            diagonal = *cell;
            *cell = replaced.min(before + 1).min(*cell + 1);
            before = *cell;
        }
    }
    row.last().copied().unwrap_or_default()
}
