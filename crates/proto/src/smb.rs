//! SMB 1 to 3 ([MS-SMB], [MS-SMB2]) over `NetBIOS` sessions (RFC 1002, section 4.3) or straight over TCP.
//!
//! Messages are read where they lie. What is read from and written to files never waits: once the
//! place of the data is known, it goes to the file, or to the remote calls of a pipe, as it comes.
//! After a gap inside data the file goes on; after a gap elsewhere the next message is looked for.

mod book;
mod exchange;
mod name;
mod record;
mod version1;
mod version2;

#[cfg(test)]
mod tests;

use book::{Book, Head};
use exchange::{Handle, Session};

use crate::application::{Application, Event, Facts, Next, Parser};
use crate::exchange::{either, event, field};
use crate::protocol::Side;
use crate::sink::{Frame, Sink};
use crate::waiting::{Sides, Step, Waiting, drive};
use crate::{krb5, ntlmssp};

/// The parser.
pub(crate) static SMB: Application = Application {
    names: &["smb"],
    new: |facts| Box::new(Smb::new(facts)),
    frames: &[
        "nbss.pdu",
        "nbss.hdr",
        "nbss.data",
        "smb1.pdu",
        "smb1.hdr",
        "smb1.data",
        "smb2.pdu",
        "smb2.hdr",
        "smb2.data",
        "smb3.pdu",
        "smb3.hdr",
        "smb3.data",
    ],
    buffers: &[
        field("smb.named_pipe", Side::Client, crate::COMPLETE),
        field("smb.share", Side::Client, crate::COMPLETE),
        field("smb.ntlmssp_user", Side::Client, crate::COMPLETE),
        field("smb.ntlmssp_domain", Side::Client, crate::COMPLETE),
        either("dcerpc.stub_data", crate::COMPLETE),
        crate::dcerpc::INTERFACES,
    ],
    numbers: &[
        either("smb.version", crate::COMPLETE),
        either("dcerpc.opnum", crate::COMPLETE),
    ],
    events: EVENTS,
};

const NAMED_PIPE: usize = 0;
const SHARE: usize = 1;
const NTLMSSP_USER: usize = 2;
const NTLMSSP_DOMAIN: usize = 3;
const STUB_DATA: usize = 4;
const INTERFACE: usize = 5;

const VERSION: usize = 0;
const OPERATION: usize = 1;

static EVENTS: &[Event] = &[
    event(
        "smb.record_overflow",
        "A message's header points beyond its end.",
    ),
    event(
        "smb.malformed_data",
        "Bytes are no message where one has to begin.",
    ),
    event(
        "smb.file_overlap",
        "A part of a file is read or written again.",
    ),
    event(
        "smb.max_transactions",
        "Too many requests wait for their answers.",
    ),
    event(
        "smb.malformed_ntlmssp_request",
        "A client's login is NTLM's and cannot be read.",
    ),
    event(
        "smb.malformed_ntlmssp_response",
        "A server's challenge is NTLM's and cannot be read.",
    ),
    event(
        "smb.duplicate_negotiate",
        "A client offers its dialects twice in one version.",
    ),
    event(
        "smb.negotiate_malformed_dialects",
        "A client's offer has no dialects, or they are cut off.",
    ),
    event("smb.response_to_server", "A client sends an answer."),
    event("smb.request_to_client", "A server sends a request."),
    event(
        "smb.read_request_too_large",
        "A client wants to read more at once than the server allows.",
    ),
    event(
        "smb.read_response_too_large",
        "A server answers with more at once than it said it would.",
    ),
    event(
        "smb.write_request_too_large",
        "A client writes more at once than the server allows.",
    ),
    event(
        "smb.negotiate_max_read_size_too_large",
        "A server allows more to be read at once than a message can hold.",
    ),
    event(
        "smb.negotiate_max_write_size_too_large",
        "A server allows more to be written at once than a message can hold.",
    ),
    event(
        "smb.read_queue_size_exceeded",
        "Parts of a file come in such an order that too many bytes would have to wait: what was read has gaps.",
    ),
    event(
        "smb.read_queue_cnt_exceeded",
        "Parts of a file come in such an order that too many of them would have to wait: what was read has gaps.",
    ),
    event(
        "smb.write_queue_size_exceeded",
        "Parts of a file come in such an order that too many bytes would have to wait: what was written has gaps.",
    ),
    event(
        "smb.write_queue_cnt_exceeded",
        "Parts of a file come in such an order that too many of them would have to wait: what was written has gaps.",
    ),
    event(
        "smb.unusual_nbss_type",
        "A session message is of a type that does not exist.",
    ),
    event(
        "smb.tree_id_reused_wo_disconnect",
        "A server gives a share the number of another that is still connected.",
    ),
];

const RECORD_OVERFLOW: usize = 0;
const MALFORMED: usize = 1;
const FILE_OVERLAP: usize = 2;
const TOO_MANY: usize = 3;
const MALFORMED_LOGIN: usize = 4;
const MALFORMED_CHALLENGE: usize = 5;
const DUPLICATE_NEGOTIATE: usize = 6;
const MALFORMED_DIALECTS: usize = 7;
const RESPONSE_TO_SERVER: usize = 8;
const REQUEST_TO_CLIENT: usize = 9;
const READ_REQUEST_TOO_LARGE: usize = 10;
const READ_RESPONSE_TOO_LARGE: usize = 11;
const WRITE_REQUEST_TOO_LARGE: usize = 12;
const MAX_READ_TOO_LARGE: usize = 13;
const MAX_WRITE_TOO_LARGE: usize = 14;
const READ_QUEUE_SIZE: usize = 15;
const READ_QUEUE_COUNT: usize = 16;
const WRITE_QUEUE_SIZE: usize = 17;
const WRITE_QUEUE_COUNT: usize = 18;
const UNUSUAL_NBSS_TYPE: usize = 19;
const TREE_REUSED: usize = 20;

/// The longest message that is read whole, beside what is read from and written to files. Logins and
/// remote calls are far below; what is longer lists folders or is left unread from here on.
const MAX_MESSAGE: usize = 64 << 10;

/// The first of three kinds of spans: of session messages, and of each version's.
const NBSS: u8 = 0;
const SMB1: u8 = 3;
const SMB2: u8 = 6;
const SMB3: u8 = 9;

/// Bytes before what is encrypted ([MS-SMB2], section 2.2.41).
const TRANSFORM: usize = 52;

/// Bytes of a session header (RFC 1002, section 4.3.1).
const FRAME: usize = 4;

/// One connection.
#[derive(Debug, Default)]
struct Smb {
    waiting: Sides<Waiting>,
    stages: Sides<Stage>,
    book: Book,
    /// Whether it is known who is the client, so that a message in the wrong direction is one.
    has_sides: bool,
}

/// Where in its messages a side is.
#[derive(Debug, Clone, Copy, Default)]
enum Stage {
    /// A session header comes.
    #[default]
    Frame,
    /// So many bytes of a session message are left.
    Inside(u64),
    /// Data of a file or pipe: bytes before it, of it, and of the session message after it.
    Data(Bulk, u64, u64),
    /// A message's beginning is looked for.
    Lost,
}

/// Data of a file or pipe in a message.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bulk {
    head: Head,
    side: Side,
    handle: Handle,
    offset: u64,
    /// Where it is in the message.
    place: usize,
    length: u64,
    target: Target,
}

/// What becomes of data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Target {
    /// It is a file's.
    File,
    /// It is a pipe's.
    Pipe,
    /// The share is not known; remote calls are recognised by their first bytes.
    FirstBytes,
}

impl Target {
    fn of(pipe: Option<bool>, calls: bool) -> Self {
        match pipe {
            Some(true) => Self::Pipe,
            Some(false) => Self::File,
            None if calls => Self::Pipe,
            None => Self::FirstBytes,
        }
    }
}

impl Smb {
    fn new(facts: &Facts) -> Self {
        const PORTS: [u16; 2] = [139, 445];
        let is_turned = PORTS.contains(&facts.client_port) && !PORTS.contains(&facts.server_port);
        Self {
            has_sides: !facts.midstream && !is_turned,
            ..Self::default()
        }
    }

    /// A message was read; answers come from the server, and requests from the client.
    fn direction(&mut self, side: Side, is_reply: bool, sink: &mut dyn Sink) {
        let event = match (side, is_reply) {
            (Side::Client, true) => RESPONSE_TO_SERVER,
            (Side::Server, false) => REQUEST_TO_CLIENT,
            _ => return,
        };
        if self.has_sides {
            self.book.stray_once(side, event, sink);
        }
    }

    fn step(&mut self, side: Side, bytes: &[u8], sink: &mut dyn Sink) -> Step {
        match *self.stages.of(side) {
            Stage::Frame => self.frame(side, bytes, sink),
            Stage::Inside(left) => self.message(side, left, bytes, sink),
            Stage::Data(bulk, before, after) => {
                self.data_bytes(side, bulk, before, after, bytes, sink)
            }
            Stage::Lost => self.resume(side, bytes),
        }
    }

    fn frame(&mut self, side: Side, bytes: &[u8], sink: &mut dyn Sink) -> Step {
        let Some([kind, a, b, c]) = bytes.first_chunk().copied() else {
            return Step::More;
        };
        let length = u32::from_be_bytes([0, a, b, c]);
        match kind {
            0 if length > 0 => {
                spans(
                    NBSS,
                    side,
                    bytes.len(),
                    FRAME,
                    FRAME as u64 + u64::from(length),
                    sink,
                );
                *self.stages.mut_of(side) = Stage::Inside(u64::from(length));
                Step::Used(FRAME)
            }
            // A request for a session, its answers, and a sign of life.
            0 | 0x81..=0x85 => Step::Skip((FRAME as u64).saturating_add(u64::from(length))),
            _ => {
                // What is seen from its middle on need not begin where a message does.
                if self.has_sides && !self.book.has_gaps {
                    self.book.stray_once(side, UNUSUAL_NBSS_TYPE, sink);
                }
                self.lose_track(side, Some(sink))
            }
        }
    }

    fn lose_track(&mut self, side: Side, sink: Option<&mut dyn Sink>) -> Step {
        *self.stages.mut_of(side) = Stage::Lost;
        if let Some(sink) = sink {
            self.book.stray(side, MALFORMED, sink);
        }
        Step::Skip(0)
    }

    /// Looks for a session header with a message behind it.
    fn resume(&mut self, side: Side, bytes: &[u8]) -> Step {
        const BEGINNING: usize = 8;
        let found = bytes
            .windows(BEGINNING)
            .position(|window| matches!(window, [0, _, _, _, 0xfd..=0xff, b'S', b'M', b'B']));
        match found {
            Some(place) => {
                *self.stages.mut_of(side) = Stage::Frame;
                Step::Skip(place as u64)
            }
            None if bytes.len() < BEGINNING => Step::More,
            None => Step::Used(bytes.len().saturating_sub(BEGINNING - 1)),
        }
    }

    /// One message of a session message, which may be a chain of several.
    fn message(&mut self, side: Side, left: u64, bytes: &[u8], sink: &mut dyn Sink) -> Step {
        let at_hand =
            usize::try_from(left).map_or(bytes, |left| bytes.get(..left).unwrap_or(bytes));
        let whole = at_hand.len() as u64 == left;
        match at_hand {
            [0xfe, b'S', b'M', b'B', ..] => {
                let step = self.version2(side, left, at_hand, sink);
                if step != Step::More {
                    let length =
                        version2::Message::read(at_hand).map(|message| message.next as u64);
                    let length = length
                        .filter(|next| (1..left).contains(next))
                        .unwrap_or(left);
                    spans(SMB2, side, bytes.len(), version2::HEADER, length, sink);
                }
                step
            }
            [0xff, b'S', b'M', b'B', ..] => {
                let step = self.version1(side, left, at_hand, sink);
                if step != Step::More {
                    spans(SMB1, side, bytes.len(), version1::HEADER, left, sink);
                }
                step
            }
            // Encrypted or compressed.
            [0xfc | 0xfd, b'S', b'M', b'B', ..] => {
                spans(SMB3, side, bytes.len(), TRANSFORM, left, sink);
                self.pass(side, left, left)
            }
            [_, _, _, _, ..] => self.lose_track(side, Some(sink)),
            _ if whole => self.pass(side, left, left),
            _ => Step::More,
        }
    }

    /// Leaves so many bytes of what is left of the session message unread.
    fn pass(&mut self, side: Side, length: u64, left: u64) -> Step {
        let length = length.min(left);
        *self.stages.mut_of(side) = match left.saturating_sub(length) {
            0 => Stage::Frame,
            rest => Stage::Inside(rest),
        };
        Step::Skip(length)
    }

    fn version2(&mut self, side: Side, left: u64, bytes: &[u8], sink: &mut dyn Sink) -> Step {
        let Some(message) = version2::Message::read(bytes) else {
            return self.wait_or_pass(side, left, bytes);
        };
        let length = match message.next {
            next @ version2::HEADER.. if (next as u64) < left => next as u64,
            0 => left,
            _ => {
                self.book.stray(side, RECORD_OVERFLOW, sink);
                left
            }
        };
        let most = usize::try_from(length).unwrap_or(MAX_MESSAGE);
        if message.is_bulk() {
            if bytes.len() < version2::BULK_HEADER.min(most) {
                return Step::More;
            }
            self.direction(side, message.is_reply, sink);
            let bulk = message.bulk(&mut self.book, sink);
            return self.bulk(side, bulk, length, left, sink);
        }
        let Some(whole) = bytes.get(..most.min(MAX_MESSAGE)) else {
            return Step::More;
        };
        if let Some(message) = version2::Message::read(whole) {
            self.direction(side, message.is_reply, sink);
            message.take(&mut self.book, sink);
        }
        self.pass(side, length, left)
    }

    fn version1(&mut self, side: Side, left: u64, bytes: &[u8], sink: &mut dyn Sink) -> Step {
        let Some(message) = version1::Message::read(bytes) else {
            return self.wait_or_pass(side, left, bytes);
        };
        let most = usize::try_from(left).unwrap_or(MAX_MESSAGE);
        if message.is_bulk() {
            if bytes.len() < version1::BULK_HEADER.min(most) {
                return Step::More;
            }
            self.direction(side, message.is_reply, sink);
            let bulk = message.bulk(&mut self.book, sink);
            return self.bulk(side, bulk, left, left, sink);
        }
        let Some(whole) = bytes.get(..most.min(MAX_MESSAGE)) else {
            return Step::More;
        };
        if let Some(message) = version1::Message::read(whole) {
            if !message.is_notice() {
                self.direction(side, message.is_reply, sink);
            }
            message.take(&mut self.book, sink);
        }
        self.pass(side, left, left)
    }

    fn wait_or_pass(&mut self, side: Side, left: u64, bytes: &[u8]) -> Step {
        if bytes.len() as u64 == left {
            self.pass(side, left, left)
        } else {
            Step::More
        }
    }

    /// Goes to the data of a message of this length.
    fn bulk(
        &mut self,
        side: Side,
        bulk: Option<Bulk>,
        length: u64,
        left: u64,
        sink: &mut dyn Sink,
    ) -> Step {
        let Some(mut bulk) = bulk else {
            return self.pass(side, length, left);
        };
        let place = bulk.place as u64;
        if place.saturating_add(bulk.length) > length {
            self.book.stray(side, RECORD_OVERFLOW, sink);
            bulk.length = length.saturating_sub(place);
        }
        if place < version1::HEADER as u64 || bulk.length == 0 {
            return self.pass(side, length, left);
        }
        if bulk.target == Target::File {
            self.book
                .file_begins(bulk.side, &bulk.head, bulk.handle, bulk.offset, sink);
        }
        *self.stages.mut_of(side) = Stage::Data(bulk, place, left.saturating_sub(place));
        Step::Skip(0)
    }

    /// Bytes before or of data; `after` counts all that is left of the session message behind `before`.
    fn data_bytes(
        &mut self,
        side: Side,
        mut bulk: Bulk,
        before: u64,
        after: u64,
        bytes: &[u8],
        sink: &mut dyn Sink,
    ) -> Step {
        if before > 0 {
            *self.stages.mut_of(side) = Stage::Data(bulk, 0, after);
            return Step::Skip(before);
        }
        if bulk.target == Target::FirstBytes {
            const ENOUGH: u64 = 4;
            if (bytes.len() as u64) < ENOUGH.min(bulk.length) {
                return Step::More;
            }
            bulk.target = match bytes {
                [5, 0 | 1, 0..=19, _, ..] => Target::Pipe,
                _ => Target::File,
            };
            if bulk.target == Target::File {
                self.book
                    .file_begins(bulk.side, &bulk.head, bulk.handle, bulk.offset, sink);
            }
        }
        let length =
            usize::try_from(bulk.length).map_or(bytes.len(), |length| length.min(bytes.len()));
        let part = bytes.get(..length).unwrap_or_default();
        match bulk.target {
            Target::File => self
                .book
                .file_bytes(bulk.side, bulk.handle, bulk.offset, part, sink),
            Target::Pipe => {
                self.book
                    .pipe_bytes(bulk.side, &bulk.head, bulk.handle, part, sink);
            }
            Target::FirstBytes => {}
        }
        self.advance(side, bulk, length as u64, after);
        Step::Used(length)
    }

    /// So many bytes of data are done with.
    fn advance(&mut self, side: Side, mut bulk: Bulk, length: u64, after: u64) {
        bulk.offset = bulk.offset.wrapping_add(length);
        bulk.length = bulk.length.saturating_sub(length);
        let after = after.saturating_sub(length);
        *self.stages.mut_of(side) = match (bulk.length, after) {
            (0, 0) => Stage::Frame,
            (0, rest) => Stage::Inside(rest),
            _ => Stage::Data(bulk, 0, after),
        };
    }
}

/// The spans of a message: all of it, its header, and what is behind that.
fn spans(kind: u8, side: Side, rest: usize, header: usize, length: u64, sink: &mut dyn Sink) {
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    let header = header.min(length);
    sink.frame(Frame::new(kind, side, rest, length));
    sink.frame(Frame::new(kind.saturating_add(1), side, rest, header));
    let (rest, data) = (rest.saturating_sub(header), length.saturating_sub(header));
    sink.frame(Frame::new(kind.saturating_add(2), side, rest, data));
}

impl Parser for Smb {
    fn data(&mut self, side: Side, bytes: &[u8], sink: &mut dyn Sink) -> Next {
        drive!(self.waiting, side, bytes, MAX_MESSAGE, |rest| {
            self.step(side, rest, sink)
        })
    }

    fn gap(&mut self, side: Side, length: u64, sink: &mut dyn Sink) -> Next {
        self.book.has_gaps = true;
        let whole = self.waiting.mut_of(side).lose(length);
        if whole {
            return Next::More;
        }
        match *self.stages.of(side) {
            Stage::Data(bulk, 0, after) if length <= bulk.length => {
                if bulk.target == Target::File {
                    self.book
                        .file_gap(bulk.side, bulk.handle, bulk.offset, length, sink);
                }
                self.advance(side, bulk, length, after);
            }
            _ => {
                self.lose_track(side, None);
            }
        }
        Next::More
    }

    fn end(&mut self, side: Side, sink: &mut dyn Sink) {
        // Answers may still come when only the client has ended.
        if side == Side::Server {
            self.book.end(sink);
        }
    }

    fn held(&self) -> usize {
        self.waiting.held() + self.book.held()
    }
}

/// Reads who logs in from a security blob ([MS-SPNG], [MS-NLMP], RFC 4121).
fn security(blob: &[u8], side: Side, book: &mut Book, session: &mut Session) {
    if ntlmssp::is_damaged(blob) {
        book.fault(match side {
            Side::Client => MALFORMED_LOGIN,
            Side::Server => MALFORMED_CHALLENGE,
        });
    }
    match ntlmssp::find(blob) {
        Some(ntlmssp::Message::Challenge(challenge)) => book.challenge = Some(challenge),
        Some(ntlmssp::Message::Authenticate(identity)) => session.identity = Some(identity),
        Some(ntlmssp::Message::Negotiate) => {}
        None => {
            if let Some(ticket) = krb5::ticket_in_token(blob) {
                session.ticket = Some(ticket);
            }
        }
    }
}
