//! The keyword table: one entry per keyword, with its documentation and what it does.
//!
//! To add a keyword, add one entry to the list of its family. The table is also the source of
//! the reference page and of suggestions for misspelt keywords.

// All keywords have one signature, whether or not they can fail.
#![allow(clippy::unnecessary_wraps)]

mod bytes;
mod content;
mod flow;
mod later;
mod meta;
mod packet;
mod threshold;

use std::sync::LazyLock;

use std::collections::HashMap;

use super::buffer::BufferId;
use super::draft::Draft;
use super::problem::{Fault, nearest};
use super::syntax::{RawOption, Word, clipped};

pub(crate) use content::{choose_literal, strength};
pub(crate) use flow::nanoseconds;
pub(crate) use meta::metadata_json;
pub(crate) use threshold::Settings as ThresholdSettings;

/// What a keyword is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Applies {
    /// The rule itself: its number, text, class.
    Rule,
    /// Bytes of the current buffer.
    Bytes,
    /// The content before it.
    Content,
    /// Headers of the packet.
    Packet,
    /// The flow of the packet.
    Flow,
    /// Hosts, across flows.
    Host,
    /// Choosing or changing the buffer that following keywords look at.
    Buffer,
    /// A transaction of an application protocol.
    Application,
    /// A file seen in a transaction.
    File,
}

type Apply = fn(&mut Draft<'_, '_>, Word<'_>) -> Result<(), Fault>;

/// What reading a keyword does.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Effect {
    /// Takes a value.
    Value(Apply),
    /// Stands alone.
    Plain(Apply),
    /// May have a value.
    Either(Apply),
    /// Makes a buffer the current one.
    Buffer(BufferId),
    /// Known and without effect on matching.
    Ignored,
    /// Known and not there yet.
    Later,
}

/// One keyword of the rule language.
#[derive(Debug, Clone, Copy)]
pub struct Keyword {
    /// Its name in rules.
    pub name: &'static str,
    /// What it does, in one sentence.
    pub summary: &'static str,
    /// What it is about.
    pub applies: Applies,
    pub(crate) effect: Effect,
}

impl Keyword {
    /// Whether rules with it can be used.
    pub fn is_supported(&self) -> bool {
        !matches!(self.effect, Effect::Later)
    }
}

const fn keyword(
    name: &'static str,
    applies: Applies,
    summary: &'static str,
    effect: Effect,
) -> Keyword {
    Keyword {
        name,
        summary,
        applies,
        effect,
    }
}

static TABLE: LazyLock<Vec<Keyword>> = LazyLock::new(|| {
    let families = [
        meta::KEYWORDS,
        content::KEYWORDS,
        bytes::KEYWORDS,
        packet::KEYWORDS,
        flow::KEYWORDS,
        threshold::KEYWORDS,
    ];
    let present = families.into_iter().flatten().copied();
    let mut table: Vec<Keyword> = present.chain(later::keywords()).collect();
    table.sort_unstable_by_key(|keyword| keyword.name);
    table
});

static BY_NAME: LazyLock<HashMap<&'static str, &'static Keyword>> = LazyLock::new(|| {
    TABLE
        .iter()
        .map(|keyword| (keyword.name, keyword))
        .collect()
});

/// Every keyword, by name.
pub fn keywords() -> &'static [Keyword] {
    &TABLE
}

pub(crate) fn is_known(name: &str) -> bool {
    BY_NAME
        .get(name)
        .is_some_and(|keyword| keyword.is_supported())
}

/// Applies one option to a rule.
pub(crate) fn apply(draft: &mut Draft<'_, '_>, option: RawOption<'_>) -> Result<(), Fault> {
    let name = option.name;
    let Some(keyword) = BY_NAME.get(name.text) else {
        let near = nearest(name.text, TABLE.iter().map(|keyword| keyword.name));
        let message = format!("{:?} is no keyword", clipped(name.text));
        return Err(Fault::error(name.at, message).meant(near));
    };
    let none = Word {
        text: "",
        at: name.at + name.text.len(),
    };
    match (keyword.effect, option.value) {
        (Effect::Value(apply), Some(value)) if !value.text.is_empty() => apply(draft, value),
        (Effect::Value(_), _) => Err(Fault::error(
            none.at,
            format!("{} needs a value", keyword.name),
        )),
        (Effect::Plain(_) | Effect::Buffer(_), Some(value)) => Err(Fault::error(
            value.at,
            format!("{} takes no value", keyword.name),
        )),
        (Effect::Plain(apply), None) => apply(draft, name),
        (Effect::Either(apply), value) => apply(draft, value.unwrap_or(none)),
        (Effect::Buffer(buffer), None) => {
            draft.buffer = buffer;
            Ok(())
        }
        (Effect::Ignored, _) => Ok(()),
        (Effect::Later, _) => Err(Fault::unsupported(
            name.at,
            format!("the keyword {} is not there yet", keyword.name),
        )),
    }
}
