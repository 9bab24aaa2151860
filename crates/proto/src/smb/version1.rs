//! SMB 1 ([MS-CIFS], [MS-SMB]): one request or answer at a time, which may be a chain of commands.

use super::book::{Access, Book, Head, MAX_NAME, Open};
use super::exchange::{
    Create, Delete, Handle, Native, Negotiate, Opened, Rename, Session, Status, Tree, What,
};
use super::name::Dialect;
use super::{Bulk, Target, security};
use crate::ntlmssp::{Identity, utf16};
use crate::protocol::Side;
use crate::sink::Sink;
use crate::waiting::{Cut, bounded};

/// Bytes of the header ([MS-CIFS] 2.2.3.1).
pub(super) const HEADER: usize = 32;
/// Bytes from which the place of the data of a read or a write is known: the header and 14 words.
pub(super) const BULK_HEADER: usize = HEADER + 1 + 28;

const CLOSE: u8 = 0x04;
const DELETE: u8 = 0x06;
const RENAME: u8 = 0x07;
const TRANSACTION: u8 = 0x25;
const TRANSACTION_SECONDARY: u8 = 0x26;
const LOCKING: u8 = 0x24;
const OPEN: u8 = 0x2d;
const READ: u8 = 0x2e;
const WRITE: u8 = 0x2f;
const TRANSACTION2: u8 = 0x32;
const TREE_DISCONNECT: u8 = 0x71;
const NEGOTIATE: u8 = 0x72;
const SESSION_SETUP: u8 = 0x73;
const LOGOFF: u8 = 0x74;
const TREE_CONNECT: u8 = 0x75;
const CREATE: u8 = 0xa2;

/// Commands of one message; more than login, share and file makes no sense.
const MAX_CHAIN: usize = 8;
/// Dialects of an offer that are read; clients offer up to ten.
const MAX_DIALECTS: usize = 32;
/// A call in a pipe by a transaction.
const TRANSACT_PIPE: u16 = 0x26;

const BUFFER_OVERFLOW: u32 = 0x8000_0005;
const MORE_PROCESSING: u32 = 0xc000_0016;

/// A message and what its header says.
#[derive(Debug, Clone, Copy)]
pub(super) struct Message<'a> {
    head: Head,
    pub(super) is_reply: bool,
    unicode: bool,
    bytes: &'a [u8],
}

/// One command of a message.
#[derive(Debug, Clone, Copy)]
struct Command<'a> {
    number: u8,
    words: &'a [u8],
    bytes: &'a [u8],
    /// Where `bytes` begins, from the header on: text in UTF-16 is on even places.
    start: usize,
}

impl Command<'_> {
    fn short(&self, offset: usize) -> Option<u16> {
        self.words
            .get(offset..)?
            .first_chunk()
            .map(|bytes| u16::from_le_bytes(*bytes))
    }

    fn long(&self, offset: usize) -> Option<u32> {
        self.words
            .get(offset..)?
            .first_chunk()
            .map(|bytes| u32::from_le_bytes(*bytes))
    }

    fn wide(&self, offset: usize) -> Option<u64> {
        self.words
            .get(offset..)?
            .first_chunk()
            .map(|bytes| u64::from_le_bytes(*bytes))
    }
}

/// Texts of a command, one after the other.
struct Texts<'a> {
    rest: Cut<'a>,
    place: usize,
    unicode: bool,
}

impl Texts<'_> {
    /// The next one; without a zero at its end it goes to the end of the message.
    fn next(&mut self) -> Box<[u8]> {
        if !self.unicode {
            return self.ascii();
        }
        if self.place % 2 == 1 {
            self.skip(1);
        }
        let units = self.rest.0.chunks_exact(2).position(|unit| unit == [0, 0]);
        let length = units.map_or(self.rest.0.len(), |units| units.saturating_mul(2));
        let text = utf16(self.skip(length), MAX_NAME);
        self.skip(2);
        text
    }

    fn ascii(&mut self) -> Box<[u8]> {
        let length = self
            .rest
            .0
            .iter()
            .position(|byte| *byte == 0)
            .unwrap_or(self.rest.0.len());
        let text = bounded(self.skip(length), MAX_NAME).into();
        self.skip(1);
        text
    }

    fn skip(&mut self, length: usize) -> &[u8] {
        let length = length.min(self.rest.0.len());
        self.place = self.place.wrapping_add(length);
        self.rest.take(length).unwrap_or_default()
    }
}

impl<'a> Message<'a> {
    pub(super) fn read(bytes: &'a [u8]) -> Option<Self> {
        let mut fields = Cut(bytes.get(4..HEADER)?);
        let command = fields.byte()?;
        let status: [u8; 4] = fields.array()?;
        let flags = fields.byte()?;
        let flags2 = fields.le16()?;
        fields.take(12)?;
        let tree = fields.le16()?;
        let process = fields.le16()?;
        let session = fields.le16()?;
        let multiplex = fields.le16()?;
        let [class, _, low, high] = status;
        Some(Self {
            head: Head {
                version: 1,
                command: u16::from(command),
                message: u64::from(process) << 16 | u64::from(multiplex),
                session: u64::from(session),
                tree: u32::from(tree),
                status: if flags2 & NT_STATUS != 0 {
                    Status::Nt(u32::from_le_bytes(status))
                } else {
                    Status::Dos(class, u16::from_le_bytes([low, high]))
                },
            },
            is_reply: flags & REPLY != 0,
            unicode: flags2 & UNICODE != 0,
            bytes,
        })
    }

    fn command(&self, number: u8, offset: usize) -> Option<Command<'a>> {
        let mut fields = Cut(self.bytes.get(offset..)?);
        let count = usize::from(fields.byte()?);
        let words = fields.take(count.saturating_mul(2))?;
        let length = usize::from(fields.le16().unwrap_or(0));
        let start = self.bytes.len().saturating_sub(fields.0.len());
        // Large transfers have more bytes than 16 bits can tell.
        Some(Command {
            number,
            words,
            bytes: fields.0.get(..length).unwrap_or(fields.0),
            start,
        })
    }

    fn texts(&self, command: &Command<'a>, after: usize) -> Texts<'a> {
        Texts {
            rest: Cut(command.bytes.get(after..).unwrap_or_default()),
            place: command.start.wrapping_add(after),
            unicode: self.unicode,
        }
    }

    fn succeeded(&self) -> bool {
        self.head.status.is_success() || self.head.status.is(BUFFER_OVERFLOW)
    }

    /// Whether it takes back what a file's user may keep, which servers ask for ([MS-CIFS] 2.2.4.32).
    pub(super) fn is_notice(&self) -> bool {
        self.head.command == u16::from(LOCKING)
    }

    /// Whether it carries file or pipe data whose place is told in its first bytes.
    pub(super) fn is_bulk(&self) -> bool {
        match (self.head.command as u8, self.is_reply) {
            (WRITE, false) => true,
            (READ, true) => self.succeeded(),
            _ => false,
        }
    }

    /// Where the data of a read or a write is and what it belongs to.
    pub(super) fn bulk(&self, book: &mut Book, _: &mut dyn Sink) -> Option<Bulk> {
        let mut fields = Cut(self.bytes.get(HEADER..)?);
        let count = usize::from(fields.byte()?);
        let words = fields.0.get(..count.saturating_mul(2)).unwrap_or(fields.0);
        let command = Command {
            number: self.head.command as u8,
            words,
            bytes: &[],
            start: 0,
        };
        if self.is_reply {
            let access = book.accessed(&self.head, false)?;
            let high = u64::from(command.short(14).unwrap_or(0));
            let length = u64::from(command.short(10)?) | high << 16;
            return Some(self.target(book, Side::Server, &access, command.short(12)?, length));
        }
        let high = command.long(24).filter(|_| count >= 14).unwrap_or(0);
        let access = Access {
            message: self.head.message,
            handle: Handle::old(command.short(4)?),
            offset: u64::from(command.long(6)?) | u64::from(high) << 32,
            write: true,
        };
        let length = u64::from(command.short(20)?) | u64::from(command.short(18)?) << 16;
        book.expect(access);
        Some(self.target(book, Side::Client, &access, command.short(22)?, length))
    }

    fn target(&self, book: &Book, side: Side, access: &Access, place: u16, length: u64) -> Bulk {
        let pipe = book.is_pipe(self.head.session, self.head.tree);
        Bulk {
            head: self.head,
            side,
            handle: access.handle,
            offset: access.offset,
            place: usize::from(place),
            length,
            target: Target::of(pipe, book.calls(access.handle)),
        }
    }

    /// Takes a whole message without bulk data.
    pub(super) fn take(&self, book: &mut Book, sink: &mut dyn Sink) {
        let (mut number, mut offset) = (self.head.command as u8, HEADER);
        for _ in 0..MAX_CHAIN {
            let command = self.command(number, offset);
            let head = Head {
                command: u16::from(number),
                ..self.head
            };
            let message = Self { head, ..*self };
            match (command, self.is_reply) {
                (Some(command), false) => message.request(&command, book, sink),
                (command, true) => message.reply(command.as_ref(), book, sink),
                (None, false) => return,
            }
            let chained = command.filter(|command| {
                matches!(
                    command.number,
                    OPEN | READ | WRITE | SESSION_SETUP | LOGOFF | TREE_CONNECT | CREATE
                )
            });
            let Some((next, place)) =
                chained.and_then(|each| Some((*each.words.first()?, each.short(2)?)))
            else {
                return;
            };
            if next == 0xff || usize::from(place) <= offset {
                return;
            }
            (number, offset) = (next, usize::from(place));
        }
    }

    fn request(&self, command: &Command<'a>, book: &mut Book, sink: &mut dyn Sink) {
        let what = match command.number {
            NEGOTIATE => {
                book.offered(1, are_dialects(command.bytes));
                Some(What::Negotiate(Box::new(offer(command))))
            }
            SESSION_SETUP => Some(What::Session(Box::new(self.login(command, book)))),
            TREE_CONNECT => Some(What::Tree(Box::new(self.share(command)))),
            CREATE => self
                .create(command)
                .map(|create| What::Create(Box::new(create))),
            OPEN => Some(What::Create(Box::new(Create {
                name: self.texts(command, 0).next(),
                disposition: 1,
                ..Create::default()
            }))),
            CLOSE => command
                .short(0)
                .map(|number| What::Close(Handle::old(number))),
            DELETE => Some(What::Delete(Box::new(Delete {
                handle: None,
                name: self.texts(command, 1).next(),
                pending: true,
            }))),
            RENAME => Some(self.rename(command)),
            READ => return self.read_request(command, book),
            TRANSACTION => return self.transaction(command, book, sink),
            TRANSACTION2 => self.set_info(command, book),
            WRITE | TRANSACTION_SECONDARY => None,
            _ => Some(What::Plain),
        };
        match command.number {
            TREE_DISCONNECT => book.disconnect(self.head.session, self.head.tree),
            LOGOFF => book.logged_off(self.head.session),
            _ => {}
        }
        if let Some(what) = what {
            book.begin(&self.head, what, sink);
        }
    }

    fn login(&self, command: &Command<'a>, book: &mut Book) -> Session {
        let mut session = Session::default();
        let length = usize::from(command.short(14).unwrap_or(0));
        let extended = command.words.len() == 24;
        let after = if extended {
            length
        } else {
            length.saturating_add(usize::from(command.short(16).unwrap_or(0)))
        };
        let mut texts = self.texts(command, after);
        if extended {
            security(
                bounded(command.bytes, length),
                Side::Client,
                book,
                &mut session,
            );
        } else {
            let (user, domain) = (texts.next(), texts.next());
            session.identity = Some(Identity {
                domain,
                user,
                ..Identity::default()
            });
        }
        session.native.client = Some(Native {
            os: texts.next(),
            lm: texts.next(),
        });
        session
    }

    fn share(&self, command: &Command<'a>) -> Tree {
        let mut texts = self.texts(command, usize::from(command.short(6).unwrap_or(0)));
        let name = texts.next();
        let service = texts.ascii();
        let mut tree = Tree {
            is_pipe: &*service == b"IPC" || name.to_ascii_uppercase().ends_with(b"IPC$"),
            name,
            ..Tree::default()
        };
        tree.service.client = service;
        tree
    }

    fn create(&self, command: &Command<'a>) -> Option<Create> {
        const DELETE_ON_CLOSE: u32 = 0x1000;
        let options = command.long(39)?;
        Some(Create {
            name: self.texts(command, 0).next(),
            disposition: command.long(35)?,
            delete_on_close: options & DELETE_ON_CLOSE != 0,
            opened: None,
        })
    }

    fn rename(&self, command: &Command<'a>) -> What {
        let mut texts = self.texts(command, 1);
        let from = texts.next();
        texts.skip(1);
        What::Rename(Box::new(Rename {
            handle: None,
            from,
            to: texts.next(),
        }))
    }

    fn read_request(&self, command: &Command<'a>, book: &mut Book) {
        let high = command
            .long(20)
            .filter(|_| command.words.len() >= 24)
            .unwrap_or(0);
        if let (Some(number), Some(low)) = (command.short(4), command.long(6)) {
            book.expect(Access {
                message: self.head.message,
                handle: Handle::old(number),
                offset: u64::from(low) | u64::from(high) << 32,
                write: false,
            });
        }
    }

    /// A call in a pipe ([MS-CIFS] 2.2.5.6), or something else by name.
    fn transaction(&self, command: &Command<'a>, book: &mut Book, sink: &mut dyn Sink) {
        let data = self.located(command, 22, 24);
        let pipe = command.short(28) == Some(TRANSACT_PIPE);
        if let (true, Some(number)) = (pipe, command.short(30)) {
            let handle = Handle::old(number);
            book.expect(Access {
                message: self.head.message,
                handle,
                offset: 0,
                write: false,
            });
            book.pipe_bytes(Side::Client, &self.head, handle, data, sink);
        }
    }

    /// The bytes that a length and an offset among the words point to.
    fn located(&self, command: &Command<'a>, length: usize, offset: usize) -> &'a [u8] {
        let (Some(length), Some(offset)) = (command.short(length), command.short(offset)) else {
            return &[];
        };
        let rest = self.bytes.get(usize::from(offset)..).unwrap_or_default();
        bounded(rest, usize::from(length))
    }

    /// Renaming and deleting by what is set of a file ([MS-CIFS] 2.2.6.7 and 2.2.6.9).
    fn set_info(&self, command: &Command<'a>, book: &Book) -> Option<What> {
        const BY_PATH: u16 = 6;
        const BY_HANDLE: u16 = 8;
        let parameters = self.located(command, 18, 20);
        let data = self.located(command, 22, 24);
        let mut fields = Cut(parameters);
        let (handle, level) = match command.short(28)? {
            BY_PATH => (None, fields.le16()?),
            BY_HANDLE => (Some(Handle::old(fields.le16()?)), fields.le16()?),
            _ => return None,
        };
        let name = match handle {
            Some(handle) => book.name(handle),
            None => utf16(parameters.get(6..)?, MAX_NAME),
        };
        let mut data = Cut(data);
        match level {
            1010 => {
                data.take(8)?;
                let length = data.le32()? as usize;
                Some(What::Rename(Box::new(Rename {
                    handle,
                    from: name,
                    to: utf16(bounded(data.0, length), MAX_NAME),
                })))
            }
            0x102 | 1013 => Some(What::Delete(Box::new(Delete {
                handle,
                name,
                pending: data.byte()? & 1 != 0,
            }))),
            _ => None,
        }
    }

    fn reply(&self, command: Option<&Command<'a>>, book: &mut Book, sink: &mut dyn Sink) {
        let head = &self.head;
        match head.command as u8 {
            READ => {
                book.accessed(head, false);
                return;
            }
            WRITE => return book.written(head),
            TRANSACTION => return self.transacted(command, book, sink),
            _ => {}
        }
        let Some(mut exchange) = book.answered(head) else {
            return;
        };
        let success = head.status.is_success() || head.status.is(MORE_PROCESSING);
        if let Some(command) = command.filter(|_| success) {
            self.details(command, book, &mut exchange.what, sink);
        }
        if let (What::Tree(tree), true) = (&exchange.what, success) {
            book.connect(head.session, head.tree, tree);
        }
        if let What::Close(handle) = exchange.what {
            book.close(handle, sink);
        }
        book.blame(&mut exchange, Side::Server, sink);
        book.finish(exchange, sink);
    }

    fn transacted(&self, command: Option<&Command<'a>>, book: &mut Book, sink: &mut dyn Sink) {
        let Some(access) = book.accessed(&self.head, false) else {
            return;
        };
        if let Some(command) = command.filter(|_| self.succeeded()) {
            let data = self.located(command, 12, 14);
            book.pipe_bytes(Side::Server, &self.head, access.handle, data, sink);
        }
    }

    fn details(
        &self,
        command: &Command<'a>,
        book: &mut Book,
        what: &mut What,
        sink: &mut dyn Sink,
    ) {
        match what {
            What::Negotiate(offer) => {
                let chosen = command.short(0).map_or(usize::MAX, usize::from);
                book.dialect = offer.offered.get(chosen).copied().unwrap_or_default();
            }
            What::Session(session) => self.accepted(command, book, session),
            What::Tree(tree) => {
                let mut texts = self.texts(command, 0);
                tree.service.server = texts.ascii();
                tree.file_system = texts.next();
                tree.is_pipe |= &*tree.service.server == b"IPC";
            }
            What::Create(create) => {
                create.opened = opened(command);
                if let Some(opened) = create.opened {
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

    fn accepted(&self, command: &Command<'a>, book: &mut Book, session: &mut Session) {
        let length = if command.words.len() == 8 {
            usize::from(command.short(6).unwrap_or(0))
        } else {
            0
        };
        security(bounded(command.bytes, length), Side::Server, book, session);
        let mut texts = self.texts(command, length);
        session.native.server = Some(Native {
            os: texts.next(),
            lm: texts.next(),
        });
    }
}

/// Whether these are dialects, each with what it begins and ends with ([MS-CIFS] 2.2.4.52.1).
fn are_dialects(bytes: &[u8]) -> bool {
    let Some((0, texts)) = bytes.split_last() else {
        return false;
    };
    let mut texts = texts.split(|byte| *byte == 0);
    texts.all(|text| text.starts_with(&[2]))
}

fn offer(command: &Command<'_>) -> Negotiate {
    let offered = command.bytes.split(|byte| *byte == 0).take(MAX_DIALECTS);
    let texts = offered.filter_map(|each| each.strip_prefix(&[2]));
    Negotiate {
        offered: texts.map(Dialect::old).collect(),
        ..Negotiate::default()
    }
}

fn opened(command: &Command<'_>) -> Option<Opened> {
    if command.number == OPEN {
        let size = u64::from(command.long(12)?);
        return Some(Opened {
            handle: Handle::old(command.short(4)?),
            times: [0; 4],
            size,
        });
    }
    Some(Opened {
        handle: Handle::old(command.short(5)?),
        times: [
            command.wide(11)?,
            command.wide(19)?,
            command.wide(27)?,
            command.wide(35)?,
        ],
        size: command.wide(55)?,
    })
}

/// Errors are NT states.
const NT_STATUS: u16 = 0x4000;
/// Texts are in UTF-16.
const UNICODE: u16 = 0x8000;
/// The message is an answer.
const REPLY: u8 = 0x80;
