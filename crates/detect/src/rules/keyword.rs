//! The keyword table: one entry per keyword, with its documentation and what it does.
//!
//! To add a keyword, add one entry to the list of its family. The table is also the source of
//! the reference page and of suggestions for misspelt keywords.

// All keywords have one signature, whether or not they can fail.
#![allow(clippy::unnecessary_wraps)]

mod asn1;
mod bytes;
mod config;
mod content;
mod dataset;
mod field;
mod file;
mod flow;
mod frame;
mod host;
mod later;
mod meta;
mod modbus;
mod packet;
mod rpc;
mod size;
mod step;
mod threshold;
mod transform;
mod variable;

use std::sync::LazyLock;

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use super::buffer::BufferId;
use super::draft::Draft;
use super::field::Fields;
use super::problem::{Fault, nearest};
use super::syntax::{RawOption, Word, clipped};
use wirewatch_proto::APPLICATIONS;

pub(crate) use content::{EASY, choose_anchor, choose_literal, choose_near, strength};
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
        let name = field::canonical(self.name).map_or(self.name, |(name, _)| name);
        let dotted = name.replacen('_', ".", 1);
        !matches!(self.effect, Effect::Later)
            || field::text_buffer(name).is_some_and(|buffer| OFFERED.contains(buffer))
            || OFFERED.contains(name)
            || OFFERED.contains(&*dotted)
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
        asn1::KEYWORDS,
        config::KEYWORDS,
        packet::KEYWORDS,
        flow::KEYWORDS,
        frame::KEYWORDS,
        host::KEYWORDS,
        threshold::KEYWORDS,
        field::KEYWORDS,
        modbus::KEYWORDS,
        rpc::KEYWORDS,
        step::KEYWORDS,
        transform::KEYWORDS,
        file::KEYWORDS,
        size::KEYWORDS,
        dataset::KEYWORDS,
        variable::KEYWORDS,
    ];
    let present = families.into_iter().flatten().copied();
    let mut table: Vec<Keyword> = present.chain(later::keywords()).collect();
    let fields = Fields::new(APPLICATIONS);
    for name in fields.names() {
        if !table.iter().any(|keyword| keyword.name == name) {
            let summary = "The field of this name in a transaction.";
            table.push(keyword(name, Applies::Application, summary, Effect::Later));
        }
    }
    table.sort_unstable_by_key(|keyword| keyword.name);
    table
});

/// The fields that parsers offer.
static OFFERED: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| Fields::new(APPLICATIONS).names().collect());

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
    let known = BY_NAME.get(name.text);
    let is_there = known.is_some_and(|keyword| !matches!(keyword.effect, Effect::Later));
    if !is_there && field::apply(draft, option)? {
        return Ok(());
    }
    let Some(keyword) = known else {
        return Err(no_keyword(name));
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
            draft.look_at(buffer);
            Ok(())
        }
        (Effect::Ignored, _) => Ok(()),
        (Effect::Later, _) => Err(Fault::unsupported(name.at, later::message(keyword.name))),
    }
}

fn no_keyword(name: Word<'_>) -> Fault {
    let near = nearest(name.text, TABLE.iter().map(|keyword| keyword.name));
    let message = format!("{:?} is no keyword", clipped(name.text));
    Fault::error(name.at, message).meant(near)
}

/// What is wrong with a word that is no keyword; none when it is one.
pub(crate) fn unknown(name: Word<'_>) -> Option<Fault> {
    (!BY_NAME.contains_key(name.text) && !field::is_name(name.text)).then(|| no_keyword(name))
}

/// The longest file that a rule may name.
const MAX_LIST_BYTES: u64 = 256 << 20;

/// Reads a file that a rule names: beside the rule's own, or by its whole path.
fn read_beside(draft: &Draft<'_, '_>, name: Word<'_>) -> Result<String, Fault> {
    let path = beside(draft, name.text);
    let read = std::fs::metadata(&path).and_then(|metadata| {
        if metadata.len() > MAX_LIST_BYTES {
            return Err(std::io::Error::other("the file is too large"));
        }
        std::fs::read(&path)
    });
    match read {
        Ok(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
        Err(error) => {
            let message = format!("{} cannot be read: {error}", path.display());
            Err(Fault::error(name.at, message))
        }
    }
}

fn beside(draft: &Draft<'_, '_>, name: &str) -> PathBuf {
    let folder = Path::new(&*draft.rule.file).parent();
    folder.map_or_else(|| PathBuf::from(name), |folder| folder.join(name))
}

/// Reads whole bytes in hexadecimal.
pub(crate) fn hexadecimal_bytes(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u32> = text
        .chars()
        .map(|c| c.to_digit(16))
        .collect::<Option<_>>()?;
    let (pairs, rest) = digits.as_chunks::<2>();
    let bytes = pairs.iter().map(|[high, low]| (high * 16 + low) as u8);
    rest.is_empty().then(|| bytes.collect())
}
