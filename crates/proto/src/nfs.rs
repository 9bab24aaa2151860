//! NFS 2 to 4 (RFC 1094, RFC 1813, RFC 7530, RFC 8881) over TCP and UDP: calls, and files that travel.
//!
//! What is read and written never waits: once the place of the data in a record is known, it goes to
//! the file as it comes. Other programs that speak remote calls are passed over.

mod name;
mod procedure;

#[cfg(test)]
mod tests;

use std::collections::VecDeque;

use wirewatch_records::{NfsRow, Row, json};

use crate::application::{Application, Event, Facts, Next, Parser};
use crate::exchange::{Detail, Exchange, either, event};
use crate::protocol::{Side, Transport};
use crate::rpc::{self, Call, Caller, Message, Status, Xdr};
use crate::sink::{Frame, Sink};
use crate::stray;
use crate::transfer::{MAX_AHEAD, Transfer};
use crate::waiting::{Sides, Step, Waiting, drive};
use procedure::{Asked, Data, FileHandle, Names};

/// The parser.
pub(crate) static NFS: Application = Application {
    names: &["nfs"],
    new: |facts| Box::new(Nfs::new(facts)),
    frames: &[
        "rpc.pdu",
        "rpc.hdr",
        "rpc.data",
        "rpc.creds",
        "nfs.pdu",
        "nfs.status",
    ],
    buffers: &[],
    numbers: &[
        either("nfs_procedure", crate::COMPLETE),
        either("nfs.version", crate::COMPLETE),
    ],
    events: EVENTS,
};

static EVENTS: &[Event] = &[
    event(
        "nfs.malformed_data",
        "A record is neither a call nor a reply.",
    ),
    event(
        "nfs.nonexistant_version",
        "A call is of a version that does not exist.",
    ),
    event(
        "nfs.unsupported_version",
        "The server says that it does not speak the version of a call.",
    ),
    event(
        "nfs.too_many_transactions",
        "Too many calls wait for their replies.",
    ),
];

const MALFORMED: usize = 0;
const NO_VERSION: usize = 1;
const UNSUPPORTED_VERSION: usize = 2;
const TOO_MANY: usize = 3;

/// The server does not speak the version (RFC 5531, section 9).
const PROGRAM_MISMATCH: Status = Status::Accepted(2);

const PROCEDURE: usize = 0;
const VERSION: usize = 1;

/// The program's number.
const PROGRAM: u32 = 100_003;
/// Bytes of a record that are read: header, credentials, handle and names. Data goes on by itself.
const MAX_HEAD: usize = 2048;
/// A record's mark (RFC 5531, section 11).
const MARK: usize = 4;
/// Calls that wait for their replies; clients have some dozens.
const MAX_PENDING: usize = 128;
/// Files that travel at once.
const MAX_FILES: usize = 32;

/// What is known of a call.
#[derive(Debug, Default)]
struct Known {
    id: u64,
    number: u32,
    version: u8,
    procedure: u32,
    caller: Caller,
    asked: Asked,
    status: Option<u32>,
    accepted: Option<Status>,
    /// It is the use of a file: pieces so far, and its direction.
    file: Option<(u32, Side)>,
    ended: bool,
}

#[derive(Debug)]
struct File {
    handle: FileHandle,
    side: Side,
    transfer: Transfer<Exchange<Known>>,
}

/// One flow.
#[derive(Debug)]
struct Nfs {
    transport: Transport,
    waiting: Sides<Waiting>,
    stages: Sides<Stage>,
    pending: VecDeque<Exchange<Known>>,
    names: Names,
    files: VecDeque<File>,
    free: usize,
    next_id: u64,
    next_file: u32,
    wants_spans: bool,
    /// Whether all bytes were seen from the first on.
    is_sound: bool,
    /// Whether the record at hand goes on in the next one, and whether it goes on itself what was before.
    fragments: Sides<(bool, bool)>,
}

/// Where in its records a side is.
#[derive(Debug, Clone, Default)]
enum Stage {
    /// A record's length comes.
    #[default]
    Mark,
    /// A record of this length comes.
    Record(u32),
    /// Data of a file: what is left of it, and of the record behind it.
    Data(Data, u32),
}

impl Nfs {
    fn new(facts: &Facts) -> Self {
        Self {
            transport: facts.transport,
            waiting: Sides::default(),
            stages: Sides::default(),
            pending: VecDeque::new(),
            names: Names::default(),
            files: VecDeque::new(),
            free: MAX_AHEAD,
            next_id: 0,
            next_file: 0,
            wants_spans: false,
            is_sound: !facts.midstream,
            fragments: Sides::default(),
        }
    }

    fn step(&mut self, side: Side, bytes: &[u8], sink: &mut dyn Sink) -> Step {
        match self.stages.of(side).clone() {
            Stage::Mark => {
                const LAST: u32 = 0x8000_0000;
                let Some(mark) = bytes.first_chunk() else {
                    return Step::More;
                };
                let mark = u32::from_be_bytes(*mark);
                let length = mark & !LAST;
                let fragment = self.fragments.mut_of(side);
                *fragment = (mark & LAST == 0, fragment.0);
                *self.stages.mut_of(side) = Stage::Record(length);
                Step::Used(MARK)
            }
            Stage::Record(length) => self.record(side, length, bytes, sink),
            Stage::Data(data, after) => self.data_bytes(side, data, after, bytes, sink),
        }
    }

    fn record(&mut self, side: Side, length: u32, bytes: &[u8], sink: &mut dyn Sink) -> Step {
        let Some(head) = bytes.get(..(length as usize).min(MAX_HEAD)) else {
            return Step::More;
        };
        *self.stages.mut_of(side) = Stage::Mark;
        if self.wants_spans {
            spans(side, head, (MARK, length as usize), bytes.len(), sink);
        }
        let Some(data) = self.message(side, head, sink) else {
            return Step::Skip(u64::from(length));
        };
        let before = data.place as u32;
        let after = length.saturating_sub(before);
        if after > 0 && data.length > 0 {
            *self.stages.mut_of(side) = Stage::Data(data, after);
        }
        Step::Skip(u64::from(before.min(length)))
    }

    fn data_bytes(
        &mut self,
        side: Side,
        mut data: Data,
        after: u32,
        bytes: &[u8],
        sink: &mut dyn Sink,
    ) -> Step {
        let length = (data.length.min(after) as usize).min(bytes.len());
        let part = bytes.get(..length).unwrap_or_default();
        self.file_bytes(&data, part, sink);
        data.offset = data.offset.wrapping_add(length as u64);
        data.length = data.length.saturating_sub(length as u32);
        let after = after.saturating_sub(length as u32);
        let over = data.length == 0 || after == 0;
        if !over {
            *self.stages.mut_of(side) = Stage::Data(data, after);
            return Step::Used(length);
        }
        *self.stages.mut_of(side) = Stage::Mark;
        self.piece_ends(&data, sink);
        Step::Skip(u64::from(after).saturating_add(length as u64))
    }

    /// A message's beginning. Gives the data of a file in it.
    fn message(&mut self, side: Side, bytes: &[u8], sink: &mut dyn Sink) -> Option<Data> {
        let Some(message) = rpc::read(bytes) else {
            if self.is_sound && !self.fragments.of(side).1 {
                self.stray(side, MALFORMED, sink);
            }
            return None;
        };
        match message {
            Message::Call(call, arguments) if call.program == PROGRAM => {
                self.called(side, call, arguments, bytes.len(), sink)
            }
            Message::Call(..) => None,
            Message::Reply(number, status, results) => {
                self.replied(side, number, status, results, bytes.len(), sink)
            }
        }
    }

    /// Something is wrong that is told beside its call: one that moves files is told with the file.
    fn stray(&mut self, side: Side, event: usize, sink: &mut dyn Sink) {
        if let Some(event) = EVENTS.get(event) {
            stray::tell(&mut self.next_id, &NFS, side, event, sink);
        }
    }

    fn called(
        &mut self,
        side: Side,
        call: Call,
        arguments: Xdr<'_>,
        length: usize,
        sink: &mut dyn Sink,
    ) -> Option<Data> {
        if !matches!(call.version, 2..=4) {
            self.stray(side, NO_VERSION, sink);
        }
        let (asked, data) = procedure::asked(&call, arguments);
        let known = Known {
            number: call.number,
            version: call.version as u8,
            procedure: asked.operation.unwrap_or(call.procedure),
            caller: call.caller,
            asked,
            ..Known::default()
        };
        if self.pending.len() >= MAX_PENDING
            && let Some(oldest) = self.pending.pop_front()
        {
            self.stray(side, TOO_MANY, sink);
            done(oldest, sink);
        }
        let mut exchange = self.exchange(known);
        if !exchange.detail.asked.moves {
            exchange.reach(side, crate::COMPLETE, sink);
        }
        let data = data.map(|(offset, size, rest)| {
            let handle = exchange.detail.asked.handle.clone().unwrap_or_default();
            Data {
                handle,
                side,
                offset,
                length: size,
                place: length.saturating_sub(rest),
                ends: false,
            }
        });
        if let Some(data) = &data {
            self.file_begins(data, &exchange.detail, sink);
        }
        self.pending.push_back(exchange);
        data
    }

    fn exchange(&mut self, known: Known) -> Exchange<Known> {
        let id = self.next_id;
        self.next_id = self.next_id.wrapping_add(1);
        let mut exchange = Exchange::new(id, &NFS, Known { id, ..known });
        for side in [Side::Client, Side::Server] {
            exchange.put_number(PROCEDURE, side, exchange.detail.procedure);
            exchange.put_number(VERSION, side, exchange.detail.version);
        }
        exchange
    }

    fn replied(
        &mut self,
        side: Side,
        number: u32,
        status: Status,
        results: Xdr<'_>,
        length: usize,
        sink: &mut dyn Sink,
    ) -> Option<Data> {
        let place = self
            .pending
            .iter()
            .position(|each| each.detail.number == number)?;
        let mut exchange = self.pending.remove(place)?;
        exchange.detail.accepted = Some(status);
        if status == PROGRAM_MISMATCH {
            self.stray(side, UNSUPPORTED_VERSION, sink);
        }
        let known = &mut exchange.detail;
        let answered = procedure::answered(known.version, known.procedure, &known.asked, results);
        known.status = answered.status;
        if let Some(handle) = answered.handle {
            self.names.learn(handle, &known.asked.name);
        }
        let data = answered.data.map(|(size, rest, ends)| Data {
            handle: known.asked.handle.clone().unwrap_or_default(),
            side,
            offset: known.asked.offset,
            length: size,
            place: length.saturating_sub(rest),
            ends,
        });
        if let Some(data) = &data {
            self.file_begins(data, &exchange.detail, sink);
        }
        if exchange.detail.asked.closes
            && let Some(handle) = exchange.detail.asked.handle.clone()
        {
            self.file_ends(&handle, sink);
        }
        if data
            .as_ref()
            .is_some_and(|data| data.length == 0 && data.ends)
        {
            self.piece_ends(&data.clone().unwrap_or_default(), sink);
        }
        done(exchange, sink);
        data
    }

    fn file_begins(&mut self, data: &Data, known: &Known, sink: &mut dyn Sink) {
        if let Some(file) = self.file(data) {
            if let Some((pieces, _)) = &mut file.transfer.exchange.detail.file {
                *pieces = pieces.saturating_add(1);
            }
            return;
        }
        let name = self.names.name(&data.handle).to_vec();
        let about = Known {
            number: known.number,
            version: known.version,
            procedure: known.procedure,
            caller: known.caller.clone(),
            asked: Asked {
                name: name.clone().into(),
                handle: Some(data.handle.clone()),
                ..Asked::default()
            },
            status: known.status,
            accepted: known.accepted,
            file: Some((1, data.side)),
            ..Known::default()
        };
        let exchange = self.exchange(about);
        if self.files.len() >= MAX_FILES
            && let Some(oldest) = self.files.pop_front()
        {
            self.finish(oldest, false, sink);
        }
        let number = self.next_file;
        self.next_file = self.next_file.wrapping_add(1);
        let transfer = Transfer::open(exchange, data.side, number, &name, None, sink);
        self.files.push_back(File {
            handle: data.handle.clone(),
            side: data.side,
            transfer,
        });
    }

    fn file(&mut self, data: &Data) -> Option<&mut File> {
        self.files
            .iter_mut()
            .find(|file| file.side == data.side && file.handle == data.handle)
    }

    fn file_bytes(&mut self, data: &Data, bytes: &[u8], sink: &mut dyn Sink) {
        let mut free = self.free;
        if let Some(file) = self.file(data) {
            file.transfer.put(data.offset, bytes, &mut free, sink);
        }
        self.free = free;
    }

    /// A piece is through; it may be the file's last.
    fn piece_ends(&mut self, data: &Data, sink: &mut dyn Sink) {
        let place = self
            .files
            .iter()
            .position(|file| file.side == data.side && file.handle == data.handle);
        if let Some(place) = place.filter(|_| data.ends)
            && let Some(file) = self.files.remove(place)
        {
            self.finish(file, true, sink);
        }
    }

    /// A file was closed, or what was written to it made lasting.
    fn file_ends(&mut self, handle: &FileHandle, sink: &mut dyn Sink) {
        while let Some(place) = self.files.iter().position(|file| file.handle == *handle) {
            let Some(file) = self.files.remove(place) else {
                return;
            };
            self.finish(file, true, sink);
        }
    }

    fn finish(&mut self, mut file: File, ended: bool, sink: &mut dyn Sink) {
        file.transfer.exchange.detail.ended = ended;
        let mut exchange = file.transfer.close(ended, &mut self.free, sink);
        exchange.finish(Side::Client, sink);
    }
}

const RPC_PDU: u8 = 0;
const RPC_HEADER: u8 = 1;
const RPC_DATA: u8 = 2;
const RPC_CREDENTIALS: u8 = 3;
const NFS_PDU: u8 = 4;
const NFS_STATUS: u8 = 5;

/// Tells the spans of a message that is so long, behind a mark of so many bytes; `rest` counts from behind that.
fn spans(
    side: Side,
    head: &[u8],
    (mark, length): (usize, usize),
    rest: usize,
    sink: &mut dyn Sink,
) {
    /// Where a call's credentials are: behind number, kind, version, program, its version, procedure.
    const CREDENTIALS: usize = 24;
    let Some(message) = rpc::read(head) else {
        return;
    };
    let (Message::Call(_, content) | Message::Reply(_, _, content)) = &message;
    let place = head.len().saturating_sub(content.0.len());
    let after = length.saturating_sub(place);
    let mut tell = |kind, place: usize, length| {
        let rest = rest.saturating_add(mark).saturating_sub(place);
        sink.frame(Frame::new(kind, side, rest, length));
    };
    tell(RPC_PDU, 0, length.saturating_add(mark));
    tell(RPC_HEADER, 0, place.saturating_add(mark));
    let place = place.saturating_add(mark);
    tell(RPC_DATA, place, after);
    match &message {
        Message::Call(call, _) => {
            let head = head.get(CREDENTIALS.saturating_add(4)..);
            let own = head.and_then(|head| rpc::Xdr(head).number());
            let own = own.unwrap_or_default() as usize;
            tell(
                RPC_CREDENTIALS,
                mark.saturating_add(CREDENTIALS),
                own.saturating_add(8),
            );
            if call.program == PROGRAM {
                tell(NFS_PDU, place, after);
            }
        }
        Message::Reply(..) => {
            tell(NFS_PDU, place, after);
            if after >= 4 {
                tell(NFS_STATUS, place, 4);
            }
        }
    }
}

/// A call is over. What moves files is told with the file.
fn done(mut exchange: Exchange<Known>, sink: &mut dyn Sink) {
    if !exchange.detail.asked.moves {
        exchange.finish(Side::Client, sink);
    }
}

impl Detail for Known {
    fn row(exchange: &Exchange<Self>, put: &mut dyn FnMut(&Row<'_>)) {
        let known = &exchange.detail;
        let part = |side| {
            let (pieces, of) = known.file.filter(|(_, of)| *of == side)?;
            let mut out = Vec::new();
            let mark = json::open(&mut out, b"{");
            json::boolean(&mut out, b"\"first\":", true);
            json::boolean(&mut out, b"\"last\":", known.ended);
            json::number(&mut out, b"\"last_xid\":", known.number);
            json::number(&mut out, b"\"chunks\":", pieces);
            json::close(&mut out, mark);
            out.pop();
            String::from_utf8(out).ok().filter(|_| of == side)
        };
        let rename = known.asked.renames.then(|| {
            let mut out = Vec::new();
            let mark = json::open(&mut out, b"{");
            json::wire(&mut out, b"\"from\":", &known.asked.name);
            json::wire(&mut out, b"\"to\":", &known.asked.other);
            json::close(&mut out, mark);
            out.pop();
            String::from_utf8(out).unwrap_or_default()
        });
        let (read, write) = (part(Side::Server), part(Side::Client));
        put(&Row::Nfs(NfsRow {
            nfs_version: known.version,
            procedure: &name::procedure(known.version, known.procedure),
            filename: Some(&known.asked.name),
            hhash: known
                .asked
                .handle
                .as_ref()
                .map(FileHandle::short)
                .as_deref(),
            id: known.id,
            file_tx: known.file.is_some(),
            told_by: "response",
            status: known
                .status
                .map(|status| name::status(known.version, status))
                .as_deref(),
            read: read.as_deref(),
            write: write.as_deref(),
            rename: rename.as_deref(),
            rpc_xid: known.number,
            rpc_status: known.accepted.map(Status::name),
            rpc_auth_type: known.caller.flavour(),
            rpc_creds: known.caller.object().as_deref(),
        }));
    }
}

impl Parser for Nfs {
    fn frames_wanted(&mut self) {
        self.wants_spans = true;
    }

    fn data(&mut self, side: Side, bytes: &[u8], sink: &mut dyn Sink) -> Next {
        if self.transport == Transport::Udp {
            if self.wants_spans {
                spans(side, bytes, (0, bytes.len()), bytes.len(), sink);
            }
            if let Some(data) = self.message(side, bytes, sink) {
                let rest = bytes.get(data.place..).unwrap_or_default();
                let part = rest.get(..data.length as usize).unwrap_or(rest);
                self.file_bytes(&data, part, sink);
                self.piece_ends(&data, sink);
            }
            return Next::More;
        }
        drive!(self.waiting, side, bytes, MAX_HEAD, |rest| {
            self.step(side, rest, sink)
        })
    }

    fn gap(&mut self, side: Side, length: u64, sink: &mut dyn Sink) -> Next {
        self.is_sound = false;
        if self.waiting.mut_of(side).lose(length) {
            return Next::More;
        }
        let Stage::Data(mut data, after) = self.stages.of(side).clone() else {
            return Next::DoneWithSide;
        };
        let Some(lost) = u32::try_from(length)
            .ok()
            .filter(|lost| *lost < data.length.min(after))
        else {
            return Next::DoneWithSide;
        };
        let mut free = self.free;
        if let Some(file) = self.file(&data) {
            file.transfer.lose(data.offset, length, &mut free, sink);
        }
        self.free = free;
        data.offset = data.offset.wrapping_add(length);
        data.length -= lost;
        *self.stages.mut_of(side) = Stage::Data(data, after - lost);
        Next::More
    }

    fn end(&mut self, side: Side, sink: &mut dyn Sink) {
        if side == Side::Server {
            while let Some(file) = self.files.pop_front() {
                self.finish(file, false, sink);
            }
            while let Some(exchange) = self.pending.pop_front() {
                done(exchange, sink);
            }
        }
    }

    fn held(&self) -> usize {
        const CALL: usize = 512;
        let files = self
            .files
            .iter()
            .map(|file| file.transfer.held() + CALL)
            .sum::<usize>();
        files
            + self.pending.len() * CALL
            + self.names.held()
            + self.waiting.client.held()
            + self.waiting.server.held()
    }
}
