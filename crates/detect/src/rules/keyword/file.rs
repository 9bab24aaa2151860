//! Keywords about files.

use std::sync::Arc;

use wirewatch_proto::Side;

use super::super::application::{FileTest, Hashes};
use super::super::buffer::BufferId;
use super::super::check::{Check, Content};
use super::super::draft::Draft;
use super::super::field::{FILE_MAGIC, FILE_NAME};
use super::super::number::Comparison;
use super::super::problem::Fault;
use super::super::syntax::Word;
use super::Applies::File;
use super::Effect::{Either, Value};
use super::{Keyword, keyword};

/// Hashes in one list, so that a wrong file cannot take all memory.
const MAX_HASHES: usize = 1_000_000;

pub(super) const KEYWORDS: &[Keyword] = &[
    keyword(
        "filename",
        File,
        "Text in the name of a file.",
        Value(filename),
    ),
    keyword(
        "fileext",
        File,
        "The extension of a file's name.",
        Value(fileext),
    ),
    keyword(
        "filemagic",
        File,
        "Text in what a file's first bytes say it is.",
        Value(filemagic),
    ),
    keyword("filesize", File, "The size of a file.", Value(filesize)),
    keyword(
        "filemd5",
        File,
        "The MD5 of a file is in a list.",
        Value(|draft, value| hashes(draft, value, 16, FileTest::Md5)),
    ),
    keyword(
        "filesha1",
        File,
        "The SHA-1 of a file is in a list.",
        Value(|draft, value| hashes(draft, value, 20, FileTest::Sha1)),
    ),
    keyword(
        "filesha256",
        File,
        "The SHA-256 of a file is in a list.",
        Value(|draft, value| hashes(draft, value, 32, FileTest::Sha256)),
    ),
    keyword(
        "filestore",
        File,
        "Asks to keep the file.",
        Either(filestore),
    ),
];

fn negation(value: Word<'_>) -> (bool, Word<'_>) {
    match value.strip_prefix("!") {
        Some(rest) => (true, rest.unquote()),
        None => (false, value.unquote()),
    }
}

/// A text that is somewhere in a buffer, in any case.
fn somewhere(draft: &mut Draft<'_, '_>, value: Word<'_>, field: u16) -> Result<(), Fault> {
    let (negated, text) = negation(value);
    if text.text.is_empty() {
        return Err(Fault::error(value.at, "the text is empty"));
    }
    let mut content = Content::new(text.text.as_bytes().to_vec(), negated);
    content.nocase = true;
    let buffer = BufferId::Field(field);
    draft
        .check_of(buffer, Check::Content(content), value.at)
        .map(|_| ())
}

fn filename(draft: &mut Draft<'_, '_>, value: Word<'_>) -> Result<(), Fault> {
    somewhere(draft, value, FILE_NAME)
}

fn filemagic(draft: &mut Draft<'_, '_>, value: Word<'_>) -> Result<(), Fault> {
    somewhere(draft, value, FILE_MAGIC)
}

fn fileext(draft: &mut Draft<'_, '_>, value: Word<'_>) -> Result<(), Fault> {
    let (negated, text) = negation(value);
    let name = text.text.to_ascii_lowercase().into_bytes().into();
    draft
        .asked
        .files
        .push(FileTest::Extension { name, negated });
    Ok(())
}

fn filesize(draft: &mut Draft<'_, '_>, value: Word<'_>) -> Result<(), Fault> {
    let size = Comparison::parse(value, u64::MAX)?;
    draft.asked.files.push(FileTest::Size(size));
    Ok(())
}

/// `filestore`, or `filestore:DIRECTION[,SCOPE]`; what lies in the scope is kept file by file.
fn filestore(draft: &mut Draft<'_, '_>, value: Word<'_>) -> Result<(), Fault> {
    draft.asked.store_file = true;
    let mut parts = value.split(',');
    let direction = parts.next().unwrap_or(value);
    draft.asked.store_side = match direction.text {
        "" | "both" => None,
        "to_server" | "request" => Some(Side::Client),
        "to_client" | "response" => Some(Side::Server),
        _ => {
            return Err(Fault::error(
                direction.at,
                "a direction is to_server, to_client or both",
            ));
        }
    };
    match parts.next() {
        Some(scope) if !matches!(scope.text, "file" | "tx" | "ssn" | "flow") => {
            Err(Fault::error(scope.at, "a scope is file, tx, ssn or flow"))
        }
        _ => Ok(()),
    }
}

/// Reads a list of hashes, one per line in hexadecimal, from a file beside the rule's.
fn hashes(
    draft: &mut Draft<'_, '_>,
    value: Word<'_>,
    length: usize,
    make: fn(Hashes, bool) -> FileTest,
) -> Result<(), Fault> {
    let (negated, name) = negation(value);
    let text = super::read_beside(draft, name)?;
    let mut hashes: Vec<Box<[u8]>> = Vec::new();
    for line in text.lines().map(str::trim) {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let word = line.split_ascii_whitespace().next().unwrap_or_default();
        let Some(hash) = super::hexadecimal_bytes(word).filter(|hash| hash.len() == length) else {
            let message = format!("{} has a line that is no such hash", name.text);
            return Err(Fault::error(name.at, message));
        };
        if hashes.len() >= MAX_HASHES {
            let message = format!("the list has more than {MAX_HASHES} hashes");
            return Err(Fault::error(name.at, message));
        }
        hashes.push(hash.into());
    }
    hashes.sort_unstable();
    hashes.dedup();
    draft.asked.files.push(make(Arc::from(hashes), negated));
    Ok(())
}
