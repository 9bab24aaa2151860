//! One exchange of SMB: a request with its answer, the use of a file, or a remote call in a pipe.

use std::borrow::Cow;

use super::name::{self, Dialect};
use crate::application::{Application, COMPLETE, Event, Transaction};
use crate::dcerpc::call::Call;
use crate::dcerpc::pdu::Uuid;
use crate::ntlmssp::Identity;
use crate::protocol::Side;
use crate::waiting::Sides;

/// By what a file or pipe is known while it is open. Version 1 has numbers of 16 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Handle(pub(crate) [u8; 16]);

impl Handle {
    /// Version 1's.
    pub(crate) fn old(number: u16) -> Self {
        let mut bytes = [0; 16];
        if let Some(start) = bytes.first_chunk_mut() {
            *start = number.to_le_bytes();
        }
        Self(bytes)
    }
}

impl std::fmt::Display for Handle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Two numbers of 64 bits, written in parts as Suricata writes them.
        let mut bytes = self.0;
        for part in [0..4, 4..6, 6..8, 8..10, 10..12, 12..16] {
            if let Some(part) = bytes.get_mut(part) {
                part.reverse();
            }
        }
        std::fmt::Display::fmt(&Uuid(bytes), f)
    }
}

/// How an exchange ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    /// With an NT state.
    Nt(u32),
    /// With an error of DOS: class and code.
    Dos(u8, u16),
}

impl Status {
    pub(crate) fn is_success(self) -> bool {
        matches!(self, Self::Nt(0) | Self::Dos(0, 0))
    }

    pub(crate) fn is(self, code: u32) -> bool {
        self == Self::Nt(code)
    }
}

/// One exchange.
#[derive(Debug)]
pub(crate) struct Exchange {
    pub(crate) id: u64,
    pub(crate) version: u8,
    pub(crate) command: u16,
    /// By what the answer is found: the message's number, in version 1 the process's too.
    pub(crate) message: u64,
    pub(crate) session: u64,
    pub(crate) tree: u32,
    pub(crate) status: Option<Status>,
    pub(crate) dialect: Dialect,
    pub(crate) progress: Sides<u8>,
    pub(crate) events: Vec<&'static Event>,
    pub(crate) what: What,
}

/// What an exchange is about.
#[derive(Debug)]
pub(crate) enum What {
    /// Nothing that is told in detail.
    Plain,
    /// Which dialect is to be talked.
    Negotiate(Box<Negotiate>),
    /// Who the client is.
    Session(Box<Session>),
    /// A share.
    Tree(Box<Tree>),
    /// A file or pipe is opened.
    Create(Box<Create>),
    /// What is read from or written to a file.
    File(Box<FileUse>),
    /// A file gets another name.
    Rename(Box<Rename>),
    /// A file is to be deleted, by its name; whether by its handle.
    Delete(Box<Delete>),
    /// A file or pipe is closed.
    Close(Handle),
    /// A control function.
    Control(u32),
    /// A remote call in a pipe.
    Call(Handle, Box<Call>),
}

/// Which dialect is to be talked.
#[derive(Debug, Default)]
pub(crate) struct Negotiate {
    /// What the client offers, in its order.
    pub(crate) offered: Vec<Dialect>,
    pub(crate) client_guid: Option<Handle>,
    pub(crate) server_guid: Option<Handle>,
    pub(crate) max_read: Option<u32>,
    pub(crate) max_write: Option<u32>,
}

/// Who the client is.
#[derive(Debug, Default)]
pub(crate) struct Session {
    pub(crate) identity: Option<Identity>,
    /// Realm and service names of a ticket.
    pub(crate) ticket: Option<crate::krb5::Ticket>,
    /// Systems and programs that each side says it is.
    pub(crate) native: Sides<Option<Native>>,
}

/// System and program of one side.
#[derive(Debug, Default)]
pub(crate) struct Native {
    pub(crate) os: Box<[u8]>,
    pub(crate) lm: Box<[u8]>,
}

/// A share.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    pub(crate) name: Box<[u8]>,
    pub(crate) is_pipe: bool,
    pub(crate) share_type: Option<u8>,
    /// Version 1's names of the kind of service, asked for and given.
    pub(crate) service: Sides<Box<[u8]>>,
    pub(crate) file_system: Box<[u8]>,
}

/// A file or pipe is opened.
#[derive(Debug, Default)]
pub(crate) struct Create {
    pub(crate) name: Box<[u8]>,
    pub(crate) disposition: u32,
    pub(crate) delete_on_close: bool,
    pub(crate) opened: Option<Opened>,
}

/// What the server says of an opened file.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Opened {
    pub(crate) handle: Handle,
    /// Created, read, written, changed: 100 nanoseconds since 1601.
    pub(crate) times: [u64; 4],
    pub(crate) size: u64,
}

/// What is read from or written to a file.
#[derive(Debug, Default)]
pub(crate) struct FileUse {
    pub(crate) handle: Handle,
    pub(crate) name: Box<[u8]>,
    pub(crate) share: Box<[u8]>,
}

/// A file gets another name.
#[derive(Debug, Default)]
pub(crate) struct Rename {
    pub(crate) handle: Option<Handle>,
    pub(crate) from: Box<[u8]>,
    pub(crate) to: Box<[u8]>,
}

/// A file is to be deleted.
#[derive(Debug, Default)]
pub(crate) struct Delete {
    pub(crate) handle: Option<Handle>,
    pub(crate) name: Box<[u8]>,
    /// Whether the mark is set or taken back.
    pub(crate) pending: bool,
}

impl Exchange {
    /// Notes that a side is complete.
    pub(crate) fn complete(&mut self, side: Side) {
        *self.progress.mut_of(side) = COMPLETE;
    }

    pub(crate) fn is_success(&self) -> bool {
        self.status.is_some_and(Status::is_success)
    }

    fn call(&self) -> Option<&Call> {
        match &self.what {
            What::Call(_, call) => Some(call),
            _ => None,
        }
    }

    /// Roughly how many bytes it holds.
    pub(crate) fn held(&self) -> usize {
        const DETAILS: usize = 512;
        size_of::<Self>() + self.call().map_or(DETAILS, Call::held)
    }
}

impl Transaction for Exchange {
    fn id(&self) -> u64 {
        self.id
    }

    fn application(&self) -> &'static Application {
        &super::SMB
    }

    fn progress(&self, side: Side) -> u8 {
        *self.progress.of(side)
    }

    fn buffer(&self, buffer: usize, side: Side, index: usize) -> Option<Cow<'_, [u8]>> {
        if let Some(call) = self.call() {
            return match buffer {
                super::STUB_DATA if index == 0 => {
                    let stub = call.stubs.of(side);
                    (stub.fragments > 0).then_some(Cow::Borrowed(stub.bytes.as_slice()))
                }
                super::INTERFACE => call
                    .interface(index)
                    .map(|value| Cow::Owned(value.to_vec())),
                _ => None,
            };
        }
        let value = match (&self.what, buffer) {
            (What::Tree(tree), super::NAMED_PIPE) if tree.is_pipe => Some(&tree.name),
            // What a share of version 2 is for is told by its answer only.
            (What::Tree(tree), super::SHARE) if !tree.is_pipe || self.version == 2 => {
                Some(&tree.name)
            }
            (What::Session(session), super::NTLMSSP_USER) => {
                session.identity.as_ref().map(|identity| &identity.user)
            }
            (What::Session(session), super::NTLMSSP_DOMAIN) => {
                session.identity.as_ref().map(|identity| &identity.domain)
            }
            _ => None,
        };
        value
            .filter(|_| index == 0)
            .map(|value| Cow::Borrowed(&**value))
    }

    fn number(&self, number: usize, _: Side, index: usize) -> Option<u64> {
        match number {
            super::VERSION if index == 0 => Some(u64::from(self.version)),
            super::OPERATION if index == 0 => {
                let call = self.call().filter(|call| call.is_request());
                call.and_then(|call| call.operation).map(u64::from)
            }
            _ => None,
        }
    }

    fn events(&self) -> &[&'static Event] {
        &self.events
    }

    fn row(&self, put: &mut dyn FnMut(&wirewatch_records::Row<'_>)) {
        super::record::put(self, put);
    }
}

/// Seconds since 1970 of a Windows time; 0 for one before.
pub(crate) fn seconds(time: u64) -> u64 {
    (time / 10_000_000).saturating_sub(EPOCH_S)
}

/// Microseconds since 1970 of a Windows time; none for one before.
pub(crate) fn microseconds(time: u64) -> Option<i64> {
    let since = (time / 10).checked_sub(EPOCH_S * 1_000_000)?;
    i64::try_from(since).ok()
}

/// Seconds from 1601 to 1970.
const EPOCH_S: u64 = 11_644_473_600;

/// The command as records name it.
pub(crate) fn command_name(exchange: &Exchange) -> Cow<'static, str> {
    name::command(exchange.version, exchange.command)
}
