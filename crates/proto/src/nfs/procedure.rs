//! Arguments and results of NFS's procedures, as far as records and files need them.

use std::collections::VecDeque;

use crate::rpc::{Call, Xdr};

/// Bytes of a file handle: 32 in version 2, at most 64 in 3 and 128 in 4.
const MAX_HANDLE: usize = 128;
/// Bytes of a name that are read; file systems allow 255.
const MAX_NAME: usize = 1024;
/// Handles of which the name is known.
const MAX_NAMES: usize = 256;
/// Operations of a compound that are followed; clients send up to ten.
const MAX_OPERATIONS: u32 = 32;

/// What a server calls a file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct FileHandle(Box<[u8]>);

impl FileHandle {
    fn new(bytes: &[u8]) -> Self {
        Self(bytes.into())
    }

    /// A short form for records: the handle's CRC-32.
    pub(super) fn short(&self) -> String {
        let crc = self.0.iter().fold(u32::MAX, |crc, byte| {
            (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
                if crc & 1 == 1 {
                    crc >> 1 ^ 0xedb8_8320
                } else {
                    crc >> 1
                }
            })
        });
        format!("{:08x}", !crc)
    }
}

/// Names of files by their handles, as far as they were seen.
#[derive(Debug, Default)]
pub(super) struct Names(VecDeque<(FileHandle, Box<[u8]>)>);

impl Names {
    pub(super) fn learn(&mut self, handle: FileHandle, name: &[u8]) {
        if self.name(&handle) == name {
            return;
        }
        self.0.retain(|(known, _)| *known != handle);
        if self.0.len() >= MAX_NAMES {
            self.0.pop_front();
        }
        self.0.push_back((handle, name.into()));
    }

    pub(super) fn name(&self, handle: &FileHandle) -> &[u8] {
        let known = self.0.iter().find(|(known, _)| known == handle);
        known.map_or(&[], |(_, name)| name)
    }

    pub(super) fn held(&self) -> usize {
        const HANDLE: usize = 96;
        self.0.iter().map(|(_, name)| name.len() + HANDLE).sum()
    }
}

/// What is asked for.
#[derive(Debug, Clone, Default)]
pub(super) struct Asked {
    pub(super) handle: Option<FileHandle>,
    pub(super) name: Box<[u8]>,
    /// The name after renaming.
    pub(super) other: Box<[u8]>,
    pub(super) offset: u64,
    /// Version 4's operation that tells most of a compound.
    pub(super) operation: Option<u32>,
    /// Data of a file moves.
    pub(super) moves: bool,
    /// A file is closed or made lasting.
    pub(super) closes: bool,
    /// A file gets another name.
    pub(super) renames: bool,
}

/// Data of a file in a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Data {
    pub(super) handle: FileHandle,
    pub(super) side: crate::Side,
    pub(super) offset: u64,
    pub(super) length: u32,
    /// Where it is in the record.
    pub(super) place: usize,
    /// It is the file's last.
    pub(super) ends: bool,
}

impl Default for Data {
    fn default() -> Self {
        Self {
            handle: FileHandle::default(),
            side: crate::Side::Server,
            offset: 0,
            length: 0,
            place: 0,
            ends: false,
        }
    }
}

/// Offset and length of data, and how many bytes of what is at hand stand behind its beginning.
type Written = (u64, u32, usize);

/// What a call asks for, and the data in it.
pub(super) fn asked(call: &Call, arguments: Xdr<'_>) -> (Asked, Option<Written>) {
    let mut asked = Asked::default();
    let data = match call.version {
        2 => version2(call.procedure, arguments, &mut asked),
        3 => version3(call.procedure, arguments, &mut asked),
        4 if call.procedure == 1 => version4(arguments, &mut asked),
        _ => None,
    };
    (asked, data)
}

fn name(fields: &mut Xdr<'_>) -> Option<Box<[u8]>> {
    fields.opaque(MAX_NAME).map(Into::into)
}

fn version2(procedure: u32, mut fields: Xdr<'_>, asked: &mut Asked) -> Option<Written> {
    const HANDLE: usize = 32;
    if procedure == 0 {
        return None;
    }
    let handle = fields.fixed(HANDLE)?;
    asked.handle = Some(FileHandle::new(handle));
    match procedure {
        // Lookup, create, remove, rename, symlink, make and remove folders.
        4 | 9 | 10 | 13..=15 => asked.name = name(&mut fields)?,
        11 => {
            asked.name = name(&mut fields)?;
            fields.fixed(HANDLE)?;
            asked.other = name(&mut fields)?;
            asked.renames = true;
        }
        6 => {
            asked.moves = true;
            asked.offset = u64::from(fields.number()?);
        }
        8 => {
            asked.moves = true;
            fields.number()?;
            asked.offset = u64::from(fields.number()?);
            fields.number()?;
            return Some((asked.offset, fields.number()?, fields.0.len()));
        }
        _ => {}
    }
    None
}

fn version3(procedure: u32, mut fields: Xdr<'_>, asked: &mut Asked) -> Option<Written> {
    if procedure == 0 {
        return None;
    }
    asked.handle = Some(FileHandle::new(fields.opaque(MAX_HANDLE)?));
    match procedure {
        3 | 8..=13 => asked.name = name(&mut fields)?,
        14 => {
            asked.name = name(&mut fields)?;
            fields.opaque(MAX_HANDLE)?;
            asked.other = name(&mut fields)?;
            asked.renames = true;
        }
        6 => {
            asked.moves = true;
            asked.offset = fields.wide()?;
        }
        7 => {
            asked.moves = true;
            asked.offset = fields.wide()?;
            fields.wide()?;
            return Some((asked.offset, fields.number()?, fields.0.len()));
        }
        21 => asked.closes = true,
        _ => {}
    }
    None
}

const ACCESS: u32 = 3;
const CLOSE: u32 = 4;
const COMMIT: u32 = 5;
const GETATTR: u32 = 9;
const GETFH: u32 = 10;
const LOOKUP: u32 = 15;
const OPEN: u32 = 18;
const PUTFH: u32 = 22;
const PUTROOTFH: u32 = 24;
const READ: u32 = 25;
const REMOVE: u32 = 28;
const RENAME: u32 = 29;
const RESTOREFH: u32 = 31;
const SAVEFH: u32 = 32;
const WRITE: u32 = 38;
const SEQUENCE: u32 = 53;

/// Follows the operations of a compound until one is not known.
fn version4(mut fields: Xdr<'_>, asked: &mut Asked) -> Option<Written> {
    fields.opaque(MAX_NAME)?;
    fields.number()?;
    let count = fields.number()?;
    for _ in 0..count.min(MAX_OPERATIONS) {
        let operation = fields.number()?;
        if !matches!(
            operation,
            GETATTR | GETFH | PUTFH | PUTROOTFH | SAVEFH | RESTOREFH | SEQUENCE
        ) || asked.operation.is_none()
        {
            asked.operation = Some(operation);
        }
        match operation {
            SEQUENCE => {
                fields.fixed(32)?;
            }
            PUTROOTFH | GETFH | SAVEFH | RESTOREFH => {}
            PUTFH => asked.handle = Some(FileHandle::new(fields.opaque(MAX_HANDLE)?)),
            ACCESS => {
                fields.number()?;
            }
            GETATTR => {
                let words = fields.number()?.min(8) as usize;
                fields.fixed(words.saturating_mul(4))?;
            }
            LOOKUP | REMOVE => asked.name = name(&mut fields)?,
            RENAME => {
                asked.name = name(&mut fields)?;
                asked.other = name(&mut fields)?;
                asked.renames = true;
            }
            CLOSE => {
                asked.closes = true;
                fields.fixed(20)?;
            }
            COMMIT => {
                asked.closes = true;
                fields.fixed(12)?;
            }
            READ => {
                asked.moves = true;
                fields.fixed(16)?;
                asked.offset = fields.wide()?;
                fields.number()?;
            }
            WRITE => {
                asked.moves = true;
                fields.fixed(16)?;
                asked.offset = fields.wide()?;
                fields.number()?;
                return Some((asked.offset, fields.number()?, fields.0.len()));
            }
            OPEN => {
                open(fields, asked);
                return None;
            }
            _ => return None,
        }
    }
    None
}

/// The name of a file that is opened or made (RFC 7530, section 16.16).
fn open(mut fields: Xdr<'_>, asked: &mut Asked) -> Option<()> {
    fields.fixed(20)?;
    fields.opaque(MAX_NAME)?;
    if fields.number()? == 1 {
        match fields.number()? {
            2 => {
                fields.fixed(8)?;
            }
            mode => {
                if mode == 3 {
                    fields.fixed(8)?;
                }
                let words = fields.number()?.min(8) as usize;
                fields.fixed(words.saturating_mul(4))?;
                fields.opaque(MAX_NAME)?;
            }
        }
    }
    if fields.number()? == 0 {
        asked.name = name(&mut fields)?;
    }
    Some(())
}

/// What a reply says.
#[derive(Debug, Default)]
pub(super) struct Answered {
    pub(super) status: Option<u32>,
    /// The handle of what was looked up or made.
    pub(super) handle: Option<FileHandle>,
    /// Length of data, bytes behind its beginning, and whether it is the file's last.
    pub(super) data: Option<(u32, usize, bool)>,
}

/// Reads results.
pub(super) fn answered(
    version: u8,
    procedure: u32,
    asked: &Asked,
    mut fields: Xdr<'_>,
) -> Answered {
    let mut answered = Answered {
        status: fields.number(),
        ..Answered::default()
    };
    if answered.status == Some(0) {
        let _ = match version {
            2 => results2(procedure, fields, &mut answered),
            3 => results3(procedure, fields, &mut answered),
            4 => results4(asked, fields, &mut answered),
            _ => None,
        };
    }
    answered
}

fn results2(procedure: u32, mut fields: Xdr<'_>, answered: &mut Answered) -> Option<()> {
    const ATTRIBUTES: usize = 68;
    match procedure {
        4 | 9 | 14 => answered.handle = Some(FileHandle::new(fields.fixed(32)?)),
        6 => {
            // The size of the file tells its last piece, but not here where it begins.
            fields.fixed(ATTRIBUTES)?;
            answered.data = Some((fields.number()?, fields.0.len(), false));
        }
        _ => {}
    }
    Some(())
}

fn results3(procedure: u32, mut fields: Xdr<'_>, answered: &mut Answered) -> Option<()> {
    const ATTRIBUTES: usize = 84;
    match procedure {
        3 => answered.handle = Some(FileHandle::new(fields.opaque(MAX_HANDLE)?)),
        8..=11 if fields.number()? == 1 => {
            answered.handle = Some(FileHandle::new(fields.opaque(MAX_HANDLE)?));
        }
        6 => {
            if fields.number()? == 1 {
                fields.fixed(ATTRIBUTES)?;
            }
            fields.number()?;
            let ends = fields.number()? == 1;
            answered.data = Some((fields.number()?, fields.0.len(), ends));
        }
        _ => {}
    }
    Some(())
}

fn results4(asked: &Asked, mut fields: Xdr<'_>, answered: &mut Answered) -> Option<()> {
    fields.opaque(MAX_NAME)?;
    let count = fields.number()?;
    for _ in 0..count.min(MAX_OPERATIONS) {
        let operation = fields.number()?;
        if fields.number()? != 0 {
            return None;
        }
        match operation {
            SEQUENCE => {
                fields.fixed(36)?;
            }
            PUTFH | PUTROOTFH | SAVEFH | RESTOREFH | LOOKUP => {}
            ACCESS => {
                fields.fixed(8)?;
            }
            GETFH => {
                let handle = fields.opaque(MAX_HANDLE)?;
                answered.handle = Some(FileHandle::new(handle)).filter(|_| !asked.name.is_empty());
            }
            OPEN => opened(&mut fields)?,
            READ => {
                let ends = fields.number()? == 1;
                answered.data = Some((fields.number()?, fields.0.len(), ends));
                return Some(());
            }
            _ => return None,
        }
    }
    Some(())
}

/// Passes over the results of opening, unless the server hands over more than the file.
fn opened(fields: &mut Xdr<'_>) -> Option<()> {
    fields.fixed(16 + 20 + 4)?;
    let words = fields.number()?.min(8) as usize;
    fields.fixed(words.saturating_mul(4))?;
    (fields.number()? == 0).then_some(())
}
