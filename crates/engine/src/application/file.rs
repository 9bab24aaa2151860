//! Files that travel in conversations: size, hashes, type by content, and copies on request.

use std::cell::OnceCell;

use wirewatch_detect::rules::{FileFacts, FileState, RuleSet};
use wirewatch_flow::Flow;
use wirewatch_proto::{FilePart, Side, Transaction, media_description, media_type};
use wirewatch_records::{FileinfoRow, Kind};

use super::Desk;
use super::hashes::{Digests, Hashes};
use super::range::{MAX_PART, Part};
use super::teller::{members, put};
use crate::extract::{Extract, Extraction};
use crate::recogniser;

/// Files of one flow that are open at once: parallel streams of HTTP/2 and SMB have no more.
const MAX_OPEN: usize = 32;
/// Bytes of a name that are kept; file systems allow 255.
const MAX_NAME: usize = 512;
/// Bytes of the beginning that are kept to tell the type.
const HEAD: usize = 1_024;
/// Bytes of the beginning that are kept while rules ask for a file's content: Suricata's limits for
/// bodies are 100 KB, and what a rule looks for in a file stands in its first part.
const FOR_RULES: usize = 128 << 10;

/// How files are treated; the same for all workers.
#[derive(Debug, Clone, Default)]
pub(crate) struct FileWays {
    /// Whether anybody wants to know about files.
    pub(crate) enabled: bool,
    pub(crate) hashes: bool,
    /// Whether they may be hashed when rules ask for that.
    pub(crate) may_hash: bool,
    /// Bytes of a direction that are read, 0 for all: a file that is larger cannot be seen whole.
    pub(crate) most: u64,
    /// Whether rules ask for files.
    pub(crate) rules: bool,
    pub(crate) extract: Option<Extract>,
    /// Whether only those files are copied that a rule asks for.
    pub(crate) only_asked_for: bool,
}

impl FileWays {
    /// The same when these rules are in use from now on.
    pub(crate) fn with_rules(&self, rules: &RuleSet) -> Self {
        Self {
            enabled: self.enabled || rules.asks_of_files(),
            hashes: self.hashes || self.may_hash && rules.asks_of_hashes(),
            rules: rules.asks_of_files(),
            ..self.clone()
        }
    }
}

/// The open files of one flow.
#[derive(Default)]
pub(crate) struct Files {
    open: Vec<OpenFile>,
    /// Bytes of a direction that are read, where it is not what holds for other flows; 0 for all.
    most: Option<u64>,
    /// Files not followed because too many were open.
    pub(crate) shed: u64,
}

pub(super) struct OpenFile {
    number: u32,
    side: Side,
    transaction: u64,
    name: Box<[u8]>,
    size: u64,
    /// Bytes that are missing behind those: counted when something comes behind them.
    missing: u64,
    /// Which part of a larger file it is: its first and its last byte.
    range: Option<(u64, u64)>,
    /// Its bytes, while they may be put together with others.
    part: Option<Box<Part>>,
    gaps: bool,
    head: Vec<u8>,
    /// Its kind in words, once rules asked for it.
    magic: OnceCell<Option<String>>,
    /// Whether rules saw all of the beginning that is kept.
    shown: bool,
    /// Whether its copy is kept.
    keep: bool,
    hashes: Option<Box<Hashes>>,
    extraction: Option<Extraction>,
}

/// A file that is over.
pub(crate) struct ClosedFile {
    file: OpenFile,
    complete: bool,
    digests: Option<Digests>,
    /// The SHA-256 of what was seen of a file that is not whole: its copy is named by it.
    seen: Option<[u8; 32]>,
}

impl Files {
    /// So many bytes of a direction are read of this flow; 0 for all.
    pub(crate) fn set_most(&mut self, bytes: u64) {
        self.most = Some(bytes);
    }

    /// Bytes that are held for files.
    pub(crate) fn held(&self) -> usize {
        let part = |file: &OpenFile| file.part.as_ref().map_or(0, |part| part.bytes.capacity());
        let held = self.open.iter().map(|file| file.head.len() + part(file));
        held.sum()
    }

    /// What rules may be told of a file whose beginning has just become complete.
    pub(crate) fn ripe(&mut self, number: u32) -> Option<FileFacts<'_>> {
        let mut open = self.open.iter_mut();
        let file = open.find(|file| file.number == number)?;
        if file.shown || file.head.len() < FOR_RULES {
            return None;
        }
        file.shown = true;
        Some(file.facts(FileState::Open))
    }

    /// What is known of the first open file of a transaction.
    pub(crate) fn of(&self, transaction: u64) -> Option<FileFacts<'_>> {
        let mut open = self.open.iter();
        let file = open.find(|file| file.transaction == transaction)?;
        Some(file.facts(FileState::Open))
    }

    /// A rule wants a copy of a file, or not.
    pub(crate) fn keep(&mut self, number: u32, wanted: bool) {
        for file in self.open.iter_mut().filter(|file| file.number == number) {
            file.keep |= wanted;
        }
    }

    /// Takes a part of a file; gives the file when that was its last.
    pub(crate) fn part(
        &mut self,
        ways: &FileWays,
        transaction: u64,
        side: Side,
        number: u32,
        part: FilePart<'_>,
    ) -> Option<ClosedFile> {
        if !ways.enabled {
            return None;
        }
        if let FilePart::Open { name, size } = part {
            self.open(ways, transaction, side, number, (name, size));
            return None;
        }
        let index = self.open.iter().position(|file| file.number == number)?;
        let file = self.open.get_mut(index)?;
        match part {
            FilePart::Data(bytes) => file.data(bytes, ways),
            FilePart::Gap(length) => file.gap(length),
            FilePart::Range {
                start,
                end,
                size,
                whole,
            } => file.range(start, end, size, whole),
            FilePart::Close { complete } => {
                let file = self.open.swap_remove(index);
                return Some(ClosedFile::new(file, complete));
            }
            FilePart::Open { .. } => {}
        }
        None
    }

    fn open(
        &mut self,
        ways: &FileWays,
        transaction: u64,
        side: Side,
        number: u32,
        (name, announced): (&[u8], Option<u64>),
    ) {
        if self.open.len() >= MAX_OPEN {
            self.shed += 1;
            return;
        }
        let mut file = OpenFile::new(ways, transaction, side, number, name);
        // The hash of a beginning is of no use.
        let most = self.most.unwrap_or(ways.most);
        if most > 0 && announced > Some(most) {
            file.hashes = None;
        }
        self.open.push(file);
    }

    /// All files that are still open, as cut off.
    pub(crate) fn close(&mut self) -> impl Iterator<Item = ClosedFile> + use<> {
        std::mem::take(&mut self.open)
            .into_iter()
            .map(|file| ClosedFile::new(file, false))
    }
}

impl OpenFile {
    pub(super) fn new(
        ways: &FileWays,
        transaction: u64,
        side: Side,
        number: u32,
        name: &[u8],
    ) -> Self {
        Self {
            number,
            side,
            transaction,
            name: name.get(..MAX_NAME).unwrap_or(name).into(),
            size: 0,
            missing: 0,
            range: None,
            part: None,
            gaps: false,
            head: Vec::new(),
            magic: OnceCell::new(),
            shown: false,
            keep: !ways.only_asked_for,
            hashes: ways.hashes.then(Box::default),
            extraction: ways.extract.as_ref().and_then(Extract::begin),
        }
    }

    /// Bytes of it so far, missing ones before the last included.
    pub(super) fn size(&self) -> u64 {
        self.size
    }

    #[cfg(test)]
    pub(super) fn head(&self) -> &[u8] {
        &self.head
    }

    /// It is a part of a larger file, which is put together when that is possible.
    fn range(&mut self, start: u64, last: u64, size: Option<u64>, whole: &[u8]) {
        self.range = Some((start, last));
        let (Some(end), Some(size)) = (last.checked_add(1), size) else {
            return;
        };
        let is_all = start == 0 && end == size;
        let fits = start < end && end <= size && end - start <= MAX_PART;
        if !is_all && fits && !whole.is_empty() && whole.len() <= MAX_NAME {
            self.part = Some(Box::new(Part {
                whole: whole.into(),
                start,
                end,
                size,
                bytes: Vec::new(),
            }));
        }
    }

    fn facts(&self, state: FileState) -> FileFacts<'_> {
        FileFacts {
            number: self.number,
            name: &self.name,
            size: self.size,
            magic: self.magic().map(str::as_bytes),
            md5: None,
            sha1: None,
            sha256: None,
            data: &self.head,
            gaps: self.gaps,
            state,
        }
    }

    fn magic(&self) -> Option<&str> {
        let magic = self.magic.get_or_init(|| media_description(self.start()));
        magic.as_deref()
    }

    fn start(&self) -> &[u8] {
        self.head.get(..HEAD).unwrap_or(&self.head)
    }

    pub(super) fn data(&mut self, bytes: &[u8], ways: &FileWays) {
        if let Some(part) = &mut self.part {
            part.bytes.extend_from_slice(bytes);
            // More than was announced fits nowhere.
            if part.bytes.len() as u64 > part.end - part.start {
                self.part = None;
            }
        }
        self.bridge();
        self.size += bytes.len() as u64;
        let most = if ways.rules { FOR_RULES } else { HEAD };
        let room = most.saturating_sub(self.head.len());
        if room > 0 {
            let wanted = bytes.get(..room).unwrap_or(bytes);
            if self.head.capacity() - self.head.len() < wanted.len() && self.head.len() > HEAD {
                // A large file: all of the room at once, instead of copying what is there time and again.
                self.head.reserve_exact(room);
            }
            self.head.extend_from_slice(wanted);
        }
        if let Some(hashes) = &mut self.hashes {
            hashes.update(bytes);
        }
        if let Some(extraction) = &mut self.extraction {
            extraction.write(bytes);
        }
    }

    /// Counts the hole before what comes now.
    fn bridge(&mut self) {
        let missing = std::mem::take(&mut self.missing);
        self.size = self.size.saturating_add(missing);
    }

    /// What is missing makes hashes meaningless, and leaves a hole of zeros in a copy.
    fn gap(&mut self, length: u64) {
        self.missing = self.missing.saturating_add(length);
        self.gaps = true;
        self.part = None;
        self.hashes = None;
        if let Some(extraction) = &mut self.extraction {
            extraction.skip(length);
        }
    }
}

impl ClosedFile {
    /// The part of a larger file that it is, when all of it is there.
    pub(crate) fn take_part(&mut self) -> Option<Part> {
        let part = self.file.part.take().filter(|_| self.complete)?;
        (part.bytes.len() as u64 == part.end - part.start).then_some(*part)
    }

    /// What it is called.
    pub(crate) fn name(&self) -> &[u8] {
        &self.file.name
    }

    pub(super) fn new(mut file: OpenFile, complete: bool) -> Self {
        if complete {
            file.bridge();
        }
        let hashes = file.hashes.take().filter(|_| complete);
        let digests = hashes.map(|hashes| hashes.finish());
        let extraction = file.extraction.as_ref().filter(|_| digests.is_none());
        let seen = extraction.map(Extraction::digest);
        Self {
            file,
            complete,
            digests,
            seen,
        }
    }

    /// A rule wants a copy of it, or not.
    pub(crate) fn keep(&mut self, wanted: bool) {
        self.file.keep |= wanted;
    }

    /// The side that sent it.
    pub(crate) fn side(&self) -> Side {
        self.file.side
    }

    /// What rules may be told of it.
    pub(crate) fn facts(&self) -> FileFacts<'_> {
        let state = if self.complete {
            FileState::Complete
        } else {
            FileState::Truncated
        };
        let digests = self.digests.as_ref();
        FileFacts {
            md5: digests.map(|digests| digests.md5),
            sha1: digests.map(|digests| digests.sha1),
            sha256: digests.map(|digests| digests.sha256),
            ..self.file.facts(state)
        }
    }

    /// Puts out the `fileinfo` record.
    pub(crate) fn tell(
        self,
        flow: &Flow,
        desk: &mut Desk<'_>,
        transaction: Option<&dyn Transaction>,
    ) {
        let Self {
            file,
            complete,
            digests,
            seen,
        } = self;
        let stored = file
            .extraction
            .filter(|_| file.keep)
            .and_then(|extraction| extraction.finish(complete && !file.gaps));
        if !desk.emitter.wants(Kind::Fileinfo) {
            return;
        }
        let mime_type = media_type(file.head.get(..HEAD).unwrap_or(&file.head));
        let hex = digests.map(|all| (hex(&all.md5), hex(&all.sha1), hex(&all.sha256)));
        let seen = seen.map(|digest| self::hex(&digest));
        let app = transaction.map(members).unwrap_or_default();
        let row = FileinfoRow {
            tx_id: Some(file.transaction),
            filename: &file.name,
            mime_type,
            gaps: file.gaps,
            state: if complete && !file.gaps {
                "CLOSED"
            } else {
                "TRUNCATED"
            },
            size: file.size,
            start: file.range.map(|range| range.0),
            end: file.range.map(|range| range.1),
            md5: hex.as_ref().map(|hashes| hashes.0.as_str()),
            sha1: hex.as_ref().map(|hashes| hashes.1.as_str()),
            sha256: hex
                .as_ref()
                .map(|hashes| hashes.2.as_str())
                .or(seen.as_deref()),
            stored: stored.is_some(),
            path: stored.as_deref().map(str::as_bytes),
            file: file.number,
            source: recogniser::app_name(flow).unwrap_or_default(),
            app: Some(app.as_str()).filter(|app| !app.is_empty()),
        };
        put(flow, desk, file.side, &row.into());
    }
}

fn hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from_digit(nibble.into(), 16).unwrap_or_default();
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 0xf]);
    digits.map(digit).collect()
}

#[cfg(test)]
mod tests;
