//! ONC remote calls (RFC 5531): calls and replies, and who calls.

use wirewatch_records::json;

use crate::waiting::{Cut, bounded};

/// Bytes of credentials (RFC 5531, section 8.2).
const MAX_CREDENTIALS: usize = 400;
/// Bytes kept of the caller's machine's name (RFC 5531, appendix A).
const MAX_MACHINE: usize = 255;

/// A call or a reply; what follows its header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Message<'a> {
    /// A procedure is called.
    Call(Call, Xdr<'a>),
    /// The answer: number of the call, whether it was accepted, and results.
    Reply(u32, Status, Xdr<'a>),
}

/// What a call's header says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Call {
    pub(crate) number: u32,
    pub(crate) program: u32,
    pub(crate) version: u32,
    pub(crate) procedure: u32,
    pub(crate) caller: Caller,
}

/// Who calls.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Caller {
    flavour: u32,
    /// Machine, user and group, when Unix's credentials tell.
    unix: Option<(Box<[u8]>, u32, u32)>,
}

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    /// It was accepted and done, or not for this reason.
    Accepted(u32),
    /// It was denied.
    Denied,
}

impl Status {
    /// Its name in records.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Accepted(_) => "ACCEPTED",
            Self::Denied => "DENIED",
        }
    }
}

impl Caller {
    /// How the caller says who he is.
    pub(crate) fn flavour(&self) -> &'static str {
        match self.flavour {
            0 => "NULL",
            1 => "UNIX",
            2 => "SHORT",
            3 => "DH",
            6 => "RPCSEC_GSS",
            _ => "UNKNOWN",
        }
    }

    /// EVE's `creds` object.
    pub(crate) fn object(&self) -> Option<String> {
        let (machine, user, group) = self.unix.as_ref()?;
        let mut out = Vec::new();
        let mark = json::open(&mut out, b"{");
        json::wire(&mut out, b"\"machine_name\":", machine);
        json::number(&mut out, b"\"uid\":", *user);
        json::number(&mut out, b"\"gid\":", *group);
        json::close(&mut out, mark);
        out.pop();
        String::from_utf8(out).ok()
    }
}

/// Fields in the external representation (RFC 4506): all of four bytes or a multiple.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Xdr<'a>(pub(crate) &'a [u8]);

impl<'a> Xdr<'a> {
    pub(crate) fn number(&mut self) -> Option<u32> {
        let (number, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(u32::from_be_bytes(*number))
    }

    pub(crate) fn wide(&mut self) -> Option<u64> {
        let (number, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(u64::from_be_bytes(*number))
    }

    /// So many bytes and their padding.
    pub(crate) fn fixed(&mut self, length: usize) -> Option<&'a [u8]> {
        let bytes = self.0.get(..length)?;
        self.0 = self.0.get(length.checked_next_multiple_of(4)?..)?;
        Some(bytes)
    }

    /// Bytes behind their length, of which there may be at most so many.
    pub(crate) fn opaque(&mut self, most: usize) -> Option<&'a [u8]> {
        let length = self.number()? as usize;
        if length > most {
            return None;
        }
        self.fixed(length)
    }
}

/// Reads a message from its beginning.
pub(crate) fn read(bytes: &[u8]) -> Option<Message<'_>> {
    let mut fields = Xdr(bytes);
    let number = fields.number()?;
    match fields.number()? {
        0 => call(number, fields),
        1 => reply(number, fields),
        _ => None,
    }
}

fn call(number: u32, mut fields: Xdr<'_>) -> Option<Message<'_>> {
    const VERSION: u32 = 2;
    if fields.number()? != VERSION {
        return None;
    }
    let (program, version, procedure) = (fields.number()?, fields.number()?, fields.number()?);
    let flavour = fields.number()?;
    let credentials = fields.opaque(MAX_CREDENTIALS)?;
    fields.number()?;
    fields.opaque(MAX_CREDENTIALS)?;
    let caller = Caller {
        flavour,
        unix: unix(credentials).filter(|_| flavour == 1),
    };
    Some(Message::Call(
        Call {
            number,
            program,
            version,
            procedure,
            caller,
        },
        fields,
    ))
}

fn unix(credentials: &[u8]) -> Option<(Box<[u8]>, u32, u32)> {
    let mut fields = Cut(credentials);
    fields.be32()?;
    let mut fields = Xdr(fields.0);
    let machine = bounded(fields.opaque(MAX_CREDENTIALS)?, MAX_MACHINE);
    Some((machine.into(), fields.number()?, fields.number()?))
}

fn reply(number: u32, mut fields: Xdr<'_>) -> Option<Message<'_>> {
    if fields.number()? != 0 {
        return Some(Message::Reply(number, Status::Denied, Xdr(&[])));
    }
    fields.number()?;
    fields.opaque(MAX_CREDENTIALS)?;
    let status = Status::Accepted(fields.number()?);
    Some(Message::Reply(number, status, fields))
}
