//! A message taken apart: its header, questions and records (RFC 1035, section 4.1).

use super::name::{self, Oddities};
use crate::cursor::Cursor;

/// Questions that are kept. Multicast DNS asks for some dozens at most; DNS for one.
const MAX_QUESTIONS: usize = 128;
/// Records that are kept of one message. The longest right ones (zone transfers over TCP) have some
/// thousands, of which the first tell what it is about.
const MAX_RECORDS: usize = 1024;
/// Bytes of all names of one message: with compression a message could otherwise say a megabyte.
const MAX_NAMES: usize = 128 << 10;

/// A part of some bytes, from here to there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Span {
    start: u32,
    end: u32,
}

impl Span {
    pub(crate) fn new(start: usize, end: usize) -> Self {
        Self {
            start: start as u32,
            end: end as u32,
        }
    }

    /// The part of these bytes.
    #[inline]
    pub(crate) fn of(self, bytes: &[u8]) -> &[u8] {
        bytes
            .get(self.start as usize..self.end as usize)
            .unwrap_or_default()
    }

    pub(crate) fn start(self) -> usize {
        self.start as usize
    }

    pub(crate) fn end(self) -> usize {
        self.end as usize
    }
}

/// A message's fixed part.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) id: u16,
    pub(crate) flags: u16,
    pub(crate) questions: u16,
    pub(crate) answers: u16,
    pub(crate) authorities: u16,
    pub(crate) additionals: u16,
}

impl Header {
    /// Its length on the wire.
    pub(crate) const LENGTH: usize = 12;

    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        let mut cursor = Cursor::new(bytes);
        Some(Self {
            id: cursor.u16()?,
            flags: cursor.u16()?,
            questions: cursor.u16()?,
            answers: cursor.u16()?,
            authorities: cursor.u16()?,
            additionals: cursor.u16()?,
        })
    }

    pub(crate) fn is_response(self) -> bool {
        self.flags & 0x8000 != 0
    }

    pub(crate) fn opcode(self) -> u8 {
        (self.flags >> 11 & 15) as u8
    }

    pub(crate) fn rcode(self) -> u16 {
        self.flags & 15
    }

    /// Whether the bytes could be a message at all; finds the way back after a gap in a stream.
    pub(crate) fn is_plausible(self) -> bool {
        let counts = [self.answers, self.authorities, self.additionals];
        self.flags & 0x0040 == 0
            && self.opcode() <= 6
            && self.questions <= 1
            && counts.iter().all(|count| *count <= 256)
            && (self.questions == 1 || counts.iter().any(|count| *count > 0))
    }
}

/// A part of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Section {
    Answers,
    Authorities,
    Additionals,
}

/// A question.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Question {
    pub(crate) name: Span,
    pub(crate) name_cut: bool,
    pub(crate) kind: u16,
    pub(crate) class: u16,
}

/// A record.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Record {
    pub(crate) section: Section,
    pub(crate) name: Span,
    pub(crate) name_cut: bool,
    pub(crate) kind: u16,
    pub(crate) ttl: u32,
    /// Its data, in the message's bytes.
    pub(crate) data: Span,
    /// The name in its data, if its type has one.
    pub(crate) target: Span,
    pub(crate) target_cut: bool,
    /// The second one, for `SOA` and `RP`.
    pub(crate) second: Span,
    /// Where in the message the names of its data end.
    pub(crate) after: u32,
}

/// What is wrong with a message.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Faults {
    /// A question or an answer cannot be read.
    pub(crate) malformed: bool,
    pub(crate) authorities: bool,
    pub(crate) additionals: bool,
    pub(crate) names: Oddities,
}

/// A message; its names are written out, everything else stays in its bytes.
#[derive(Debug, Default)]
pub(crate) struct Message {
    pub(crate) header: Header,
    pub(crate) questions: Vec<Question>,
    pub(crate) records: Vec<Record>,
    /// All names, decompressed.
    pub(crate) names: Vec<u8>,
    pub(crate) faults: Faults,
}

impl Message {
    /// Takes a message apart as far as it can be read; nothing when there is not even a header.
    pub(crate) fn read(&mut self, bytes: &[u8]) -> Option<()> {
        self.header = Header::read(bytes)?;
        self.questions.clear();
        self.records.clear();
        self.names.clear();
        self.faults = Faults::default();
        if self.sections(bytes).is_none() {
            self.faults.malformed |= !self.faults.authorities && !self.faults.additionals;
        }
        Some(())
    }

    fn sections(&mut self, bytes: &[u8]) -> Option<()> {
        let mut cursor = Cursor::at(bytes, Header::LENGTH);
        for _ in 0..self.header.questions {
            self.question(bytes, &mut cursor)?;
        }
        let header = self.header;
        for _ in 0..header.answers {
            self.record(bytes, &mut cursor, Section::Answers)?;
        }
        for _ in 0..header.authorities {
            let read = self.record(bytes, &mut cursor, Section::Authorities);
            self.faults.authorities = read.is_none();
            read?;
        }
        for _ in 0..header.additionals {
            let read = self.record(bytes, &mut cursor, Section::Additionals);
            self.faults.additionals = read.is_none();
            read?;
        }
        Some(())
    }

    fn question<'a>(&mut self, bytes: &'a [u8], cursor: &mut Cursor<'a>) -> Option<()> {
        let (name, name_cut) = self.name(bytes, cursor)?;
        let (kind, class) = (cursor.u16()?, cursor.u16()?);
        if self.questions.len() < MAX_QUESTIONS {
            self.questions.push(Question {
                name,
                name_cut,
                kind,
                class,
            });
        }
        Some(())
    }

    fn record<'a>(
        &mut self,
        bytes: &'a [u8],
        cursor: &mut Cursor<'a>,
        section: Section,
    ) -> Option<()> {
        let (name, name_cut) = self.name(bytes, cursor)?;
        let (kind, _class) = (cursor.u16()?, cursor.u16()?);
        let (ttl, length) = (cursor.u32()?, cursor.u16()?);
        let start = cursor.offset();
        cursor.take(length.into())?;
        if self.records.len() >= MAX_RECORDS {
            return Some(());
        }
        let mut record = Record {
            section,
            name,
            name_cut,
            kind,
            ttl,
            data: Span::new(start, cursor.offset()),
            target: Span::default(),
            target_cut: false,
            second: Span::default(),
            after: start as u32,
        };
        self.names_in_data(bytes, &mut record);
        self.records.push(record);
        Some(())
    }

    /// Data that cannot be read is left as it is: the record's frame is sound.
    fn names_in_data(&mut self, bytes: &[u8], record: &mut Record) -> Option<()> {
        let fixed = match record.kind {
            2..=5 | 7..=9 | 12 | 39 | 6 | 17 | 47 => 0,
            15 | 18 | 21 | 36 | 64 | 65 => 2,
            33 => 6,
            24 | 46 => 18,
            35 => naptr_strings(record.data.of(bytes))?,
            _ => return None,
        };
        let mut cursor = Cursor::at(bytes, record.data.start() + fixed);
        let target = self.name(bytes, &mut cursor)?;
        (record.target, record.target_cut) = target;
        record.after = cursor.offset() as u32;
        if matches!(record.kind, 6 | 17) {
            record.second = self.name(bytes, &mut cursor)?.0;
            record.after = cursor.offset() as u32;
        }
        Some(())
    }

    fn name<'a>(&mut self, bytes: &'a [u8], cursor: &mut Cursor<'a>) -> Option<(Span, bool)> {
        if self.names.len() > MAX_NAMES {
            return None;
        }
        let name = name::read(bytes, cursor.offset(), &mut self.names)?;
        let seen = &mut self.faults.names;
        seen.too_long |= name.oddities.too_long;
        seen.loops |= name.oddities.loops;
        seen.too_many_pointers |= name.oddities.too_many_pointers;
        seen.too_many_labels |= name.oddities.too_many_labels;
        *cursor = Cursor::at(bytes, name.end);
        Some((name.span, name.oddities.too_long))
    }

    /// Roughly how many bytes of memory it holds.
    pub(crate) fn held(&self) -> usize {
        let questions = self.questions.capacity() * size_of::<Question>();
        let records = self.records.capacity() * size_of::<Record>();
        questions + records + self.names.capacity()
    }

    /// The name that a span stands for.
    #[inline]
    pub(crate) fn text(&self, span: Span) -> &[u8] {
        span.of(&self.names)
    }

    /// The records of one section.
    pub(crate) fn section(&self, section: Section) -> impl Iterator<Item = &Record> {
        self.records
            .iter()
            .filter(move |record| record.section == section)
    }

    /// Whether there is nothing in it that a name server could mean: nothing was read although
    /// something was announced.
    pub(crate) fn is_empty(&self) -> bool {
        self.faults.malformed && self.questions.is_empty() && self.records.is_empty()
    }
}

/// Length of what stands before the name in a NAPTR record: two numbers and three strings.
fn naptr_strings(data: &[u8]) -> Option<usize> {
    let mut cursor = Cursor::at(data, 4);
    for _ in 0..3 {
        let length = cursor.u8()?;
        cursor.take(length.into())?;
    }
    Some(cursor.offset())
}
