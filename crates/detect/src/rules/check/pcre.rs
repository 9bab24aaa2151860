//! `pcre`: regular expressions, by an engine with linear time where the pattern allows it.
//!
//! About 93 of 100 patterns of public rule sets run on `regex`. Look-around, back references and
//! possessive quantifiers need `fancy-regex`, which backtracks under a limit.

mod dialect;

use regex::bytes::Regex;
use std::collections::HashMap;
use std::ops::Range;

use super::super::note::{Notes, Scope};
use dialect::translate;

/// A compiled pattern's memory. The largest of public sets need about 600 KiB.
const MAX_PROGRAM: usize = 2 << 20;
/// The lazily built automaton's cache, per worker and pattern in use.
const MAX_CACHE: usize = 512 << 10;
/// Steps of the backtracking engine per attempt: some milliseconds at worst.
const MAX_BACKTRACKS: usize = 100_000;

/// One pattern in a rule.
#[derive(Debug)]
pub(crate) struct Pcre {
    pub(crate) negated: bool,
    pub(crate) relative: bool,
    /// What becomes of its groups.
    pub(crate) captures: Box<[Capture]>,
    engine: usize,
}

/// A group whose bytes are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Capture {
    pub(crate) group: usize,
    pub(crate) scope: Scope,
    /// The number of the value's name.
    pub(crate) name: u16,
}

#[derive(Debug, Clone)]
enum Engine {
    Linear(Regex),
    Backtracking(fancy_regex::Regex),
}

/// What the letters after a pattern ask for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(crate) struct Flags {
    pub(crate) nocase: bool,
    pub(crate) dot_all: bool,
    pub(crate) multi_line: bool,
    pub(crate) extended: bool,
    pub(crate) anchored: bool,
    pub(crate) dollar_end_only: bool,
    pub(crate) ungreedy: bool,
}

/// Compiles patterns once per rule set, however many rules share them.
#[derive(Debug, Default)]
pub(crate) struct CompileCache {
    known: HashMap<(String, Flags), Result<usize, String>>,
    engines: Vec<Engine>,
}

impl CompileCache {
    /// A check for the text `/pattern/flags`; on failure what is wrong, in one line.
    pub(crate) fn compile(
        &mut self,
        pattern: &str,
        flags: Flags,
        negated: bool,
        relative: bool,
    ) -> Result<Pcre, String> {
        let key = (pattern.to_owned(), flags);
        let engine = if let Some(known) = self.known.get(&key) {
            known.clone()
        } else {
            let built = build(pattern, flags).map(|engine| {
                self.engines.push(engine);
                self.engines.len() - 1
            });
            self.known.insert(key, built.clone());
            built
        };
        Ok(Pcre {
            negated,
            relative,
            captures: Box::default(),
            engine: engine?,
        })
    }

    /// The named groups of a pattern, with their numbers.
    pub(crate) fn named_groups(&self, pcre: &Pcre) -> Vec<(usize, String)> {
        let named = |(group, name): (usize, Option<&str>)| Some((group, name?.to_owned()));
        match self.engines.get(pcre.engine) {
            Some(Engine::Linear(regex)) => regex
                .capture_names()
                .enumerate()
                .filter_map(named)
                .collect(),
            Some(Engine::Backtracking(regex)) => regex
                .capture_names()
                .enumerate()
                .filter_map(named)
                .collect(),
            None => Vec::new(),
        }
    }

    /// The engines, to be copied by each worker.
    pub(crate) fn into_engines(self) -> RegexCopies {
        RegexCopies {
            engines: self.engines.into(),
            limit_hits: 0,
        }
    }
}

fn build(pattern: &str, flags: Flags) -> Result<Engine, String> {
    let linear = translate(pattern, flags, false)?;
    let built = regex::bytes::RegexBuilder::new(&linear)
        .unicode(false)
        .case_insensitive(flags.nocase)
        .dot_matches_new_line(flags.dot_all)
        .multi_line(flags.multi_line)
        .ignore_whitespace(flags.extended)
        .swap_greed(flags.ungreedy)
        .size_limit(MAX_PROGRAM)
        .dfa_size_limit(MAX_CACHE)
        .build();
    let reason = match built {
        Ok(regex) => return Ok(Engine::Linear(regex)),
        Err(reason) => reason,
    };
    if flags.ungreedy {
        return Err(last_line(&reason.to_string()));
    }
    let backtracking = translate(pattern, flags, true)?;
    fancy_regex::RegexBuilder::new(&backtracking)
        .bytes_mode(fancy_regex::BytesMode::Ascii)
        .case_insensitive(flags.nocase)
        .dot_matches_new_line(flags.dot_all)
        .multi_line(flags.multi_line)
        .ignore_whitespace(flags.extended)
        .backtrack_limit(MAX_BACKTRACKS)
        .delegate_size_limit(MAX_PROGRAM)
        .delegate_dfa_size_limit(MAX_CACHE)
        .build()
        .map(Engine::Backtracking)
        .map_err(|_| last_line(&reason.to_string()))
}

/// The engines' messages draw the pattern first and say what is wrong at the end.
fn last_line(message: &str) -> String {
    let line = message.lines().last().unwrap_or_default();
    line.trim_start_matches("error: ").to_owned()
}

/// A worker's own copies of the engines: shared ones would contend for their caches.
#[derive(Debug)]
pub(crate) struct RegexCopies {
    engines: Box<[Engine]>,
    /// Attempts the backtracking engine gave up.
    pub(crate) limit_hits: u64,
}

impl Clone for RegexCopies {
    fn clone(&self) -> Self {
        Self {
            engines: self.engines.clone(),
            limit_hits: 0,
        }
    }
}

impl RegexCopies {
    /// A pattern as its engine has it.
    pub(crate) fn pattern(&self, pcre: &Pcre) -> &str {
        match self.engines.get(pcre.engine) {
            Some(Engine::Linear(regex)) => regex.as_str(),
            Some(Engine::Backtracking(regex)) => regex.as_str(),
            None => "",
        }
    }

    /// What the first group of a pattern captures.
    pub(crate) fn capture(&mut self, engine: usize, bytes: &[u8]) -> Option<Range<usize>> {
        match self.engines.get(engine)? {
            Engine::Linear(regex) => Some(regex.captures(bytes)?.get(1)?.range()),
            Engine::Backtracking(regex) => {
                let found = regex.captures(bytes);
                self.limit_hits += u64::from(found.is_err());
                Some(found.ok()??.get(1)?.range())
            }
        }
    }
}

impl Pcre {
    /// The pattern's place among the set's.
    pub(crate) fn engine(&self) -> usize {
        self.engine
    }

    /// Notes what the groups of the match at `from` captured.
    pub(super) fn note(
        &self,
        copies: &RegexCopies,
        bytes: &[u8],
        from: usize,
        (notes, place): (&mut Notes, usize),
    ) {
        let groups: Vec<Option<Range<usize>>> = match copies.engines.get(self.engine) {
            Some(Engine::Linear(regex)) => {
                let found = regex.captures_at(bytes, from);
                let group = |one: &Capture| Some(found.as_ref()?.get(one.group)?.range());
                self.captures.iter().map(group).collect()
            }
            Some(Engine::Backtracking(regex)) => {
                let found = regex.captures_from_pos(bytes, from).ok().flatten();
                let group = |one: &Capture| Some(found.as_ref()?.get(one.group)?.range());
                self.captures.iter().map(group).collect()
            }
            None => return,
        };
        for (capture, range) in self.captures.iter().zip(groups).rev() {
            if let Some(bytes) = range.and_then(|range| bytes.get(range)) {
                notes.capture(place, capture.scope, capture.name, bytes);
            }
        }
    }

    /// The first match at or after `from`.
    pub(super) fn find(
        &self,
        copies: &mut RegexCopies,
        bytes: &[u8],
        from: usize,
    ) -> Option<(usize, usize)> {
        if from > bytes.len() {
            return None;
        }
        match copies.engines.get(self.engine)? {
            Engine::Linear(regex) => {
                let found = regex.find_at(bytes, from)?;
                Some((found.start(), found.end()))
            }
            Engine::Backtracking(regex) => {
                let found = regex.find_from_pos(bytes, from);
                copies.limit_hits += u64::from(found.is_err());
                found.ok()?.map(|found| (found.start(), found.end()))
            }
        }
    }
}
