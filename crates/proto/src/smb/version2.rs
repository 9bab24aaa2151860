//! SMB 2 and 3 ([MS-SMB2]): one request or answer at a time.

use super::book::{Access, Book, Head, MAX_NAME, Open, RELATED};
use super::exchange::{
    Create, Delete, Handle, Negotiate, Opened, Rename, Session, Status, Tree, What,
};
use super::name::Dialect;
use super::{Bulk, Target, security};
use crate::ntlmssp::utf16;
use crate::protocol::Side;
use crate::sink::Sink;
use crate::waiting::Cut;

/// Bytes of the header ([MS-SMB2] 2.2.1).
pub(super) const HEADER: usize = 64;
/// Bytes from which the place of the data of a read or a write is known.
pub(super) const BULK_HEADER: usize = HEADER + 48;

const NEGOTIATE: u16 = 0;
const SESSION_SETUP: u16 = 1;
const LOGOFF: u16 = 2;
const TREE_CONNECT: u16 = 3;
const TREE_DISCONNECT: u16 = 4;
const CREATE: u16 = 5;
const CLOSE: u16 = 6;
const READ: u16 = 8;
const WRITE: u16 = 9;
const IOCTL: u16 = 11;
const CANCEL: u16 = 12;
const GET_INFO: u16 = 16;
const SET_INFO: u16 = 17;
const OPLOCK_BREAK: u16 = 18;

const PIPE_TRANSCEIVE: u32 = 0x0011_c017;
const PENDING: u32 = 0x103;
const BUFFER_OVERFLOW: u32 = 0x8000_0005;
const END_OF_FILE: u32 = 0xc000_0011;
const MORE_PROCESSING: u32 = 0xc000_0016;

/// Bytes that can be read or written at once: the length of a session message has 24 bits ([MS-SMB2] 2.1).
const MAX_TRANSFER: u32 = 1 << 24;

/// Dialects of an offer that are read; eight exist.
const MAX_DIALECTS: usize = 16;

/// A message and what its header says.
#[derive(Debug, Clone, Copy)]
pub(super) struct Message<'a> {
    pub(super) head: Head,
    pub(super) is_reply: bool,
    /// Bytes to the next message of the chain; 0 in the last.
    pub(super) next: usize,
    /// From the header on, as far as at hand.
    bytes: &'a [u8],
}

impl<'a> Message<'a> {
    pub(super) fn read(bytes: &'a [u8]) -> Option<Self> {
        let mut fields = Cut(bytes.get(8..HEADER)?);
        let status = fields.le32()?;
        let command = fields.le16()?;
        fields.le16()?;
        let flags = fields.le32()?;
        let next = fields.le32()?;
        let message = u64::from_le_bytes(fields.array()?);
        fields.le32()?;
        let tree = fields.le32()?;
        let session = u64::from_le_bytes(fields.array()?);
        Some(Self {
            head: Head {
                version: 2,
                command,
                message,
                session,
                // An answer that was announced has another number in this place.
                tree: if flags & ASYNCHRONOUS == 0 { tree } else { 0 },
                status: Status::Nt(status),
            },
            is_reply: flags & REPLY != 0,
            next: next as usize,
            bytes,
        })
    }

    fn body(&self) -> &'a [u8] {
        self.bytes.get(HEADER..).unwrap_or_default()
    }

    fn long(&self, offset: usize) -> Option<u32> {
        self.body()
            .get(offset..)?
            .first_chunk()
            .map(|bytes| u32::from_le_bytes(*bytes))
    }

    fn wide(&self, offset: usize) -> Option<u64> {
        self.body()
            .get(offset..)?
            .first_chunk()
            .map(|bytes| u64::from_le_bytes(*bytes))
    }

    fn short(&self, offset: usize) -> Option<u16> {
        self.body()
            .get(offset..)?
            .first_chunk()
            .map(|bytes| u16::from_le_bytes(*bytes))
    }

    fn byte(&self, offset: usize) -> Option<u8> {
        self.body().get(offset).copied()
    }

    fn handle(&self, offset: usize) -> Option<Handle> {
        self.body()
            .get(offset..)?
            .first_chunk()
            .map(|bytes| Handle(*bytes))
    }

    /// Bytes at an offset from the header, as far as at hand.
    fn located(&self, offset: usize, length: usize) -> &'a [u8] {
        let rest = self.bytes.get(offset..).unwrap_or_default();
        rest.get(..length).unwrap_or(rest)
    }

    /// The bytes that an offset and a length of 16 bits in the body point to.
    fn pointed(&self, place: usize) -> &'a [u8] {
        match (self.short(place), self.short(place.saturating_add(2))) {
            (Some(offset), Some(length)) => self.located(usize::from(offset), usize::from(length)),
            _ => &[],
        }
    }

    /// Whether it carries file or pipe data whose place is told in its first bytes.
    pub(super) fn is_bulk(&self) -> bool {
        match (self.head.command, self.is_reply) {
            (WRITE, false) => true,
            (READ, true) => self.head.status.is_success() || self.head.status.is(BUFFER_OVERFLOW),
            _ => false,
        }
    }

    /// Where the data of a read or a write is and what it belongs to.
    pub(super) fn bulk(&self, book: &mut Book, sink: &mut dyn Sink) -> Option<Bulk> {
        let allowed = book.limits;
        if self.is_reply {
            let access = book.accessed(&self.head, false)?;
            let place = usize::from(self.byte(2)?);
            let length = u64::from(self.long(4)?);
            if allowed.is_some_and(|(read, _)| length > u64::from(read)) {
                book.stray_once(Side::Server, super::READ_RESPONSE_TOO_LARGE, sink);
            }
            return Some(self.target(book, Side::Server, &access, place, length));
        }
        let access = Access {
            message: self.head.message,
            handle: self.handle(16)?,
            offset: self.wide(8)?,
            write: true,
        };
        let (place, length) = (usize::from(self.short(2)?), u64::from(self.long(4)?));
        if allowed.is_some_and(|(_, write)| length > u64::from(write)) {
            book.stray_once(Side::Client, super::WRITE_REQUEST_TOO_LARGE, sink);
        }
        book.expect(access);
        Some(self.target(book, Side::Client, &access, place, length))
    }

    fn target(&self, book: &Book, side: Side, access: &Access, place: usize, length: u64) -> Bulk {
        let pipe = book.is_pipe(self.head.session, self.head.tree);
        Bulk {
            head: self.head,
            side,
            handle: access.handle,
            offset: access.offset,
            place,
            length,
            target: Target::of(pipe, book.calls(access.handle)),
        }
    }

    /// Takes a whole message without bulk data.
    pub(super) fn take(&self, book: &mut Book, sink: &mut dyn Sink) {
        if self.is_reply {
            self.reply(book, sink);
        } else {
            let _ = self.request(book, sink);
        }
    }

    fn request(&self, book: &mut Book, sink: &mut dyn Sink) -> Option<()> {
        let what = match self.head.command {
            NEGOTIATE => What::Negotiate(Box::new(self.offer(book))),
            SESSION_SETUP => What::Session(Box::new(self.login(book))),
            TREE_CONNECT => What::Tree(Box::new(self.share())),
            CREATE => What::Create(Box::new(self.create()?)),
            CLOSE => What::Close(self.handle(8)?),
            READ => {
                let (length, allowed) = (self.long(4)?, book.limits);
                if allowed.is_some_and(|(read, _)| length > read) {
                    book.stray_once(Side::Client, super::READ_REQUEST_TOO_LARGE, sink);
                }
                book.expect(Access {
                    message: self.head.message,
                    handle: self.handle(16)?,
                    offset: self.wide(8)?,
                    write: false,
                });
                return None;
            }
            IOCTL => return self.control(book, sink),
            SET_INFO => self.set_info(book)?,
            WRITE | GET_INFO | CANCEL | OPLOCK_BREAK => return None,
            _ => What::Plain,
        };
        match self.head.command {
            TREE_DISCONNECT => book.disconnect(self.head.session, self.head.tree),
            LOGOFF => book.logged_off(self.head.session),
            _ => {}
        }
        book.begin(&self.head, what, sink);
        Some(())
    }

    fn offer(&self, book: &mut Book) -> Negotiate {
        let count = self.short(2).map_or(0, usize::from);
        let mut dialects = Cut(self.body().get(36..).unwrap_or_default());
        let has_all = dialects.0.len() >= count.saturating_mul(2);
        book.offered(2, count > 0 && has_all);
        let count = count.min(MAX_DIALECTS);
        Negotiate {
            offered: (0..count)
                .filter_map(|_| dialects.le16().map(Dialect::Number))
                .collect(),
            client_guid: self.handle(12),
            ..Negotiate::default()
        }
    }

    fn login(&self, book: &mut Book) -> Session {
        let mut session = Session::default();
        security(self.pointed(12), Side::Client, book, &mut session);
        session
    }

    fn share(&self) -> Tree {
        let name = utf16(self.pointed(4), MAX_NAME);
        Tree {
            is_pipe: name.to_ascii_uppercase().ends_with(b"IPC$"),
            name,
            ..Tree::default()
        }
    }

    fn create(&self) -> Option<Create> {
        const DELETE_ON_CLOSE: u32 = 0x1000;
        let options = self.long(40)?;
        Some(Create {
            name: utf16(self.pointed(44), MAX_NAME),
            disposition: self.long(36)?,
            delete_on_close: options & DELETE_ON_CLOSE != 0,
            opened: None,
        })
    }

    fn control(&self, book: &mut Book, sink: &mut dyn Sink) -> Option<()> {
        let (code, handle) = (self.long(4)?, self.handle(8)?);
        if code == PIPE_TRANSCEIVE {
            book.expect(Access {
                message: self.head.message,
                handle,
                offset: 0,
                write: false,
            });
            let input = self.located(self.long(24)? as usize, self.long(28)? as usize);
            if book.pipe_bytes(Side::Client, &self.head, handle, input, sink) {
                return None;
            }
        }
        book.begin(&self.head, What::Control(code), sink);
        None
    }

    /// Renaming and deleting by what is set of a file ([MS-FSCC] 2.4).
    fn set_info(&self, book: &Book) -> Option<What> {
        const FILE: u8 = 1;
        let handle = self.handle(16)?;
        let buffer = self.located(usize::from(self.short(8)?), self.long(4)? as usize);
        let mut fields = Cut(buffer);
        match (self.byte(2)?, self.byte(3)?) {
            (FILE, 10) => {
                fields.take(16)?;
                let length = fields.le32()? as usize;
                let to = fields.0.get(..length).unwrap_or(fields.0);
                Some(What::Rename(Box::new(Rename {
                    handle: Some(handle),
                    from: book.name(handle),
                    to: utf16(to, MAX_NAME),
                })))
            }
            (FILE, 13 | 64) => Some(What::Delete(Box::new(Delete {
                handle: Some(handle),
                name: book.name(handle),
                pending: fields.byte()? & 1 != 0,
            }))),
            _ => None,
        }
    }

    fn reply(&self, book: &mut Book, sink: &mut dyn Sink) {
        let head = &self.head;
        // An answer to come later says so first.
        if head.status.is(PENDING) || head.command == OPLOCK_BREAK {
            return;
        }
        match head.command {
            READ => {
                if let Some(access) = book
                    .accessed(head, false)
                    .filter(|_| head.status.is(END_OF_FILE))
                {
                    book.read_to_end(access.handle, sink);
                }
                return;
            }
            WRITE => return book.written(head),
            IOCTL if self.transceived(book, sink) => return,
            _ => {}
        }
        let Some(mut exchange) = book.answered(head) else {
            return;
        };
        self.details(book, &mut exchange.what, sink);
        let (what, session, tree) = (&exchange.what, exchange.session, exchange.tree);
        if let (What::Tree(share), true) = (what, head.status.is_success()) {
            book.connect(session, tree, share);
        }
        let closed = match what {
            What::Close(RELATED) => Some(book.related),
            What::Close(handle) => Some(*handle),
            _ => None,
        };
        if let Some(handle) = closed {
            book.close(handle, sink);
        }
        book.blame(&mut exchange, Side::Server, sink);
        book.finish(exchange, sink);
    }

    /// Results of a call in a pipe.
    fn transceived(&self, book: &mut Book, sink: &mut dyn Sink) -> bool {
        let Some(access) = book.accessed(&self.head, false) else {
            return false;
        };
        if !book.calls(access.handle) {
            return false;
        }
        if let (Some(offset), Some(length)) = (self.long(32), self.long(36)) {
            let output = self.located(offset as usize, length as usize);
            book.pipe_bytes(Side::Server, &self.head, access.handle, output, sink);
        }
        true
    }

    fn details(&self, book: &mut Book, what: &mut What, sink: &mut dyn Sink) {
        let success = self.head.status.is_success();
        match what {
            What::Negotiate(told) if success => self.agreed(book, told),
            What::Session(session) if success || self.head.status.is(MORE_PROCESSING) => {
                security(self.pointed(4), Side::Server, book, session);
            }
            What::Tree(tree) if success => {
                tree.share_type = self.byte(2);
                tree.is_pipe |= tree.share_type == Some(2);
            }
            What::Create(create) if success => {
                create.opened = self.opened();
                if let Some(opened) = create.opened {
                    book.related = opened.handle;
                    book.opened(
                        Open {
                            handle: opened.handle,
                            name: create.name.clone(),
                            times: Some(opened.times),
                            size: Some(opened.size),
                            ..Open::default()
                        },
                        sink,
                    );
                }
            }
            _ => {}
        }
    }

    fn agreed(&self, book: &mut Book, told: &mut Negotiate) {
        if let Some(dialect) = self.short(4) {
            book.dialect = Dialect::Number(dialect);
        }
        told.server_guid = self.handle(8);
        told.max_read = self.long(32);
        told.max_write = self.long(36);
        // An answer that is only a step to another dialect says it, too.
        book.limits = told.max_read.zip(told.max_write);
        if told.max_read.is_some_and(|read| read > MAX_TRANSFER) {
            book.fault(super::MAX_READ_TOO_LARGE);
        }
        if told.max_write.is_some_and(|write| write > MAX_TRANSFER) {
            book.fault(super::MAX_WRITE_TOO_LARGE);
        }
        book.challenge = None;
    }

    fn opened(&self) -> Option<Opened> {
        Some(Opened {
            handle: self.handle(64)?,
            times: [
                self.wide(8)?,
                self.wide(16)?,
                self.wide(24)?,
                self.wide(32)?,
            ],
            size: self.wide(48)?,
        })
    }
}

/// The message is an answer.
const REPLY: u32 = 1;
/// The answer was announced before.
const ASYNCHRONOUS: u32 = 2;
