//! What is going on in a connection: exchanges under way, shares, open files and pipes.

use std::collections::VecDeque;

use wirewatch_records::Kind;

use super::exchange::{Exchange, FileUse, Handle, Status, Tree, What};
use super::name::Dialect;
use crate::application::{COMPLETE, Transaction};
use crate::dcerpc::call::{Association, Call};
use crate::dcerpc::pdu::{self, Header};
use crate::ntlmssp::Challenge;
use crate::protocol::Side;
use crate::sink::{Fact, Sink};
use crate::stray;
use crate::transfer::{Full, MAX_AHEAD, Transfer};
use crate::waiting::{Sides, Step, Waiting};

/// Requests that wait for their answer. Servers grant up to 8,192 at once, clients use a few dozen.
const MAX_PENDING: usize = 256;
/// Reads and writes that wait for theirs.
const MAX_ACCESSES: usize = 256;
/// Shares connected at once; clients have a handful.
const MAX_SHARES: usize = 64;
/// Files and pipes open at once of which the name is known.
const MAX_OPEN: usize = 256;
/// Bytes kept of a name. Paths are mostly below 260 characters.
pub(super) const MAX_NAME: usize = 1024;
/// The longest packet in a pipe.
const MAX_PACKET: usize = 1 << 16;

/// What both versions' headers say.
#[derive(Debug, Clone, Copy)]
pub(super) struct Head {
    pub(super) version: u8,
    pub(super) command: u16,
    pub(super) message: u64,
    pub(super) session: u64,
    pub(super) tree: u32,
    pub(super) status: Status,
}

/// A read or a write under way.
#[derive(Debug, Clone, Copy)]
pub(super) struct Access {
    pub(super) message: u64,
    pub(super) handle: Handle,
    pub(super) offset: u64,
    pub(super) write: bool,
}

#[derive(Debug)]
struct Share {
    session: u64,
    tree: u32,
    name: Box<[u8]>,
    is_pipe: bool,
}

/// A file or pipe that is open.
#[derive(Debug, Default)]
pub(super) struct Open {
    pub(super) handle: Handle,
    pub(super) name: Box<[u8]>,
    /// Created, read, written, changed.
    pub(super) times: Option<[u64; 4]>,
    pub(super) size: Option<u64>,
    pub(super) transfers: Sides<Option<Box<Transfer<Exchange>>>>,
    pub(super) pipe: Option<Box<Pipe>>,
}

/// Remote calls in a pipe.
#[derive(Debug, Default)]
pub(super) struct Pipe {
    sides: Sides<Waiting>,
    association: Association,
}

/// All of it.
#[derive(Debug)]
pub(super) struct Book {
    pub(super) dialect: Dialect,
    /// What the server said of itself when it last asked for a login.
    pub(super) challenge: Option<Challenge>,
    /// The handle that the rest of a chain of answers means.
    pub(super) related: Handle,
    /// Bytes that may be read and written at once, when the server said so.
    pub(super) limits: Option<(u32, u32)>,
    /// Versions in which dialects were offered, a bit each.
    offers: u8,
    /// Events of the exchange that is about to be put out, a bit each.
    faults: u32,
    /// Whether bytes were not captured, and a share may have been disconnected in them.
    pub(super) has_gaps: bool,
    /// Events that were told of the flow and are told once, a bit each.
    told: u32,
    next_id: u64,
    next_file: u32,
    free: usize,
    pending: VecDeque<Exchange>,
    accesses: VecDeque<Access>,
    shares: VecDeque<Share>,
    open: VecDeque<Open>,
}

impl Default for Book {
    fn default() -> Self {
        Self {
            dialect: Dialect::Unknown,
            challenge: None,
            related: RELATED,
            limits: None,
            offers: 0,
            faults: 0,
            has_gaps: false,
            told: 0,
            next_id: 0,
            next_file: 0,
            free: MAX_AHEAD,
            pending: VecDeque::new(),
            accesses: VecDeque::new(),
            shares: VecDeque::new(),
            open: VecDeque::new(),
        }
    }
}

/// The handle of what the request before in a chain opens.
pub(super) const RELATED: Handle = Handle([0xff; 16]);

impl Book {
    fn exchange(&mut self, head: &Head, what: What) -> Exchange {
        let id = self.next_id;
        self.next_id = self.next_id.wrapping_add(1);
        Exchange {
            id,
            version: head.version,
            command: head.command,
            message: head.message,
            session: head.session,
            tree: head.tree,
            status: None,
            dialect: self.dialect,
            progress: Sides::default(),
            events: Vec::new(),
            what,
        }
    }

    /// Something is wrong that belongs to no exchange.
    pub(super) fn stray(&mut self, side: Side, event: usize, sink: &mut dyn Sink) {
        if let Some(event) = super::EVENTS.get(event) {
            stray::tell(&mut self.next_id, &super::SMB, side, event, sink);
        }
    }

    /// The same of what would be told with every message.
    pub(super) fn stray_once(&mut self, side: Side, event: usize, sink: &mut dyn Sink) {
        if self.told & bit(event) == 0 {
            self.told |= bit(event);
            self.stray(side, event, sink);
        }
    }

    /// Something is wrong with the message at hand.
    pub(super) fn fault(&mut self, event: usize) {
        self.faults |= bit(event);
    }

    /// What was wrong with the message at hand belongs to this exchange.
    pub(super) fn blame(&mut self, exchange: &mut Exchange, side: Side, sink: &mut dyn Sink) {
        let faults = std::mem::take(&mut self.faults);
        for event in 0..super::EVENTS.len() {
            if faults & bit(event) != 0 {
                note(exchange, side, event, sink);
            }
        }
    }

    /// Dialects are offered. A client may do so once in each version ([MS-SMB2] 3.3.5.3, [MS-CIFS] 3.3.5.2).
    pub(super) fn offered(&mut self, version: u8, is_whole: bool) {
        if self.offers & version != 0 {
            self.fault(super::DUPLICATE_NEGOTIATE);
        }
        self.offers |= version;
        if !is_whole {
            self.fault(super::MALFORMED_DIALECTS);
        }
    }

    /// A request has come that wants an answer.
    pub(super) fn begin(&mut self, head: &Head, what: What, sink: &mut dyn Sink) {
        let mut exchange = self.exchange(head, what);
        self.blame(&mut exchange, Side::Client, sink);
        exchange.complete(Side::Client);
        sink.progress(&exchange, Side::Client);
        self.wait(exchange, sink);
    }

    fn wait(&mut self, exchange: Exchange, sink: &mut dyn Sink) {
        if self.pending.len() >= MAX_PENDING
            && let Some(mut oldest) = self.pending.pop_front()
        {
            note(&mut oldest, Side::Client, super::TOO_MANY, sink);
            self.finish(oldest, sink);
        }
        self.pending.push_back(exchange);
    }

    /// Takes out the exchange that an answer belongs to.
    pub(super) fn answered(&mut self, head: &Head) -> Option<Exchange> {
        let found = self.pending.iter().position(|each| {
            let same = each.message == head.message
                && each.version == head.version
                && each.command == head.command;
            // An offer in version 1 may be answered in version 2.
            let negotiation =
                matches!(each.what, What::Negotiate(_)) && head.version == 2 && head.command == 0;
            (same || negotiation) && !matches!(each.what, What::Call(..))
        })?;
        let mut exchange = self.pending.remove(found)?;
        exchange.status = Some(head.status);
        if exchange.session == 0 {
            exchange.session = head.session;
        }
        if matches!(exchange.what, What::Tree(_)) {
            exchange.tree = head.tree;
        }
        Some(exchange)
    }

    /// Puts out an exchange for good.
    pub(super) fn finish(&mut self, mut exchange: Exchange, sink: &mut dyn Sink) {
        exchange.dialect = self.dialect;
        for side in [Side::Client, Side::Server] {
            let complete = exchange.progress(side) == COMPLETE;
            exchange.complete(side);
            if side == Side::Server || !complete {
                sink.progress(&exchange, side);
            }
        }
        let id = exchange.id;
        if sink.wants(Kind::Smb) {
            exchange.row(&mut |row| sink.record(Some(id), Side::Client, row));
        }
        super::record::logs(self, &exchange, sink);
        if let What::Session(session) = &exchange.what
            && let Some(identity) = session
                .identity
                .as_ref()
                .filter(|identity| !identity.user.is_empty())
        {
            let accepted = exchange.status.map(Status::is_success);
            sink.learn(Fact::Login {
                user: &identity.user,
                plain_password: false,
                accepted,
            });
        }
    }

    /// A share was connected to.
    pub(super) fn connect(&mut self, session: u64, number: u32, tree: &Tree) {
        if !self.has_gaps && self.share(session, number).is_some() {
            self.fault(super::TREE_REUSED);
        }
        self.disconnect(session, number);
        if self.shares.len() >= MAX_SHARES {
            self.shares.pop_front();
        }
        self.shares.push_back(Share {
            session,
            tree: number,
            name: tree.name.clone(),
            is_pipe: tree.is_pipe,
        });
    }

    pub(super) fn disconnect(&mut self, session: u64, tree: u32) {
        self.shares
            .retain(|share| (share.session, share.tree) != (session, tree));
    }

    /// A login ended, and with it what was connected.
    pub(super) fn logged_off(&mut self, session: u64) {
        self.shares.retain(|share| share.session != session);
    }

    fn share(&self, session: u64, tree: u32) -> Option<&Share> {
        self.shares
            .iter()
            .find(|share| (share.session, share.tree) == (session, tree))
    }

    /// The name of a share, when its connection was seen.
    pub(super) fn share_name(&self, session: u64, tree: u32) -> Option<&[u8]> {
        self.share(session, tree).map(|share| &*share.name)
    }

    /// Whether a share is for pipes, when its connection was seen.
    pub(super) fn is_pipe(&self, session: u64, tree: u32) -> Option<bool> {
        self.share(session, tree).map(|share| share.is_pipe)
    }

    /// A file or pipe was opened.
    pub(super) fn opened(&mut self, open: Open, sink: &mut dyn Sink) {
        // What was written to it in the same chain came before its number was known.
        let known = self
            .open
            .iter_mut()
            .find(|known| known.handle == RELATED || known.handle == open.handle);
        if let Some(known) = known {
            known.handle = open.handle;
            known.name = open.name;
            known.times = open.times;
            known.size = open.size;
            return;
        }
        if self.open.len() >= MAX_OPEN
            && let Some(oldest) = self.open.pop_front()
        {
            self.end_transfers(oldest, false, sink);
        }
        self.open.push_back(open);
    }

    pub(super) fn find(&self, handle: Handle) -> Option<&Open> {
        self.open.iter().find(|open| open.handle == handle)
    }

    /// The name of what is open under a handle, or is about to be.
    pub(super) fn name(&self, handle: Handle) -> Box<[u8]> {
        if let Some(open) = self.find(handle) {
            return open.name.clone();
        }
        let last = self.pending.iter().rev().find_map(|each| match &each.what {
            What::Create(create) => Some(create.name.clone()),
            _ => None,
        });
        last.filter(|_| handle == RELATED).unwrap_or_default()
    }

    /// A file or pipe was closed.
    pub(super) fn close(&mut self, handle: Handle, sink: &mut dyn Sink) {
        if let Some(found) = self.open.iter().position(|open| open.handle == handle)
            && let Some(open) = self.open.remove(found)
        {
            self.end_transfers(open, true, sink);
        }
    }

    /// The end of a file was read.
    pub(super) fn read_to_end(&mut self, handle: Handle, sink: &mut dyn Sink) {
        let open = self.open.iter_mut().find(|open| open.handle == handle);
        let Some(transfer) = open.and_then(|open| open.transfers.server.take()) else {
            return;
        };
        let exchange = transfer.close(true, &mut self.free, sink);
        self.finish(exchange, sink);
    }

    fn end_transfers(&mut self, mut open: Open, ended: bool, sink: &mut dyn Sink) {
        let both = [open.transfers.client.take(), open.transfers.server.take()];
        for transfer in both.into_iter().flatten() {
            let exchange = transfer.close(ended, &mut self.free, sink);
            self.finish(exchange, sink);
        }
    }

    /// A read or write is under way.
    pub(super) fn expect(&mut self, access: Access) {
        if self.accesses.len() >= MAX_ACCESSES {
            self.accesses.pop_front();
        }
        self.accesses.push_back(access);
    }

    /// The read or write that an answer belongs to.
    pub(super) fn accessed(&mut self, head: &Head, write: bool) -> Option<Access> {
        let found = self
            .accesses
            .iter()
            .position(|each| each.message == head.message && each.write == write)?;
        let mut access = self.accesses.remove(found)?;
        if access.handle == RELATED {
            access.handle = self.related;
        }
        Some(access)
    }

    /// A write was answered.
    pub(super) fn written(&mut self, head: &Head) {
        if let Some(access) = self.accessed(head, true)
            && let Some(open) = self
                .open
                .iter_mut()
                .find(|open| open.handle == access.handle)
            && let Some(transfer) = &mut open.transfers.client
        {
            transfer.exchange.status = Some(head.status);
        }
    }

    /// A piece of a file begins.
    pub(super) fn file_begins(
        &mut self,
        side: Side,
        head: &Head,
        handle: Handle,
        offset: u64,
        sink: &mut dyn Sink,
    ) {
        if self.find(handle).is_none() {
            let name = self.name(handle);
            self.opened(
                Open {
                    handle,
                    name,
                    ..Open::default()
                },
                sink,
            );
        }
        let Some(open) = self.open.iter().find(|open| open.handle == handle) else {
            return;
        };
        if open.transfers.of(side).is_none() {
            let announced = open.size.filter(|_| side == Side::Server);
            let name = if open.name.is_empty() {
                &b"<unknown>"[..]
            } else {
                &open.name
            };
            let used = FileUse {
                handle,
                name: name.into(),
                share: self
                    .share_name(head.session, head.tree)
                    .unwrap_or_default()
                    .into(),
            };
            let name = used.name.clone();
            let exchange = self.exchange(head, What::File(Box::new(used)));
            let number = self.next_file;
            self.next_file = self.next_file.wrapping_add(1);
            let transfer = Transfer::open(exchange, side, number, &name, announced, sink);
            if let Some(open) = self.open.iter_mut().find(|open| open.handle == handle) {
                *open.transfers.mut_of(side) = Some(Box::new(transfer));
            }
        }
        // What goes through a pipe that is not known to be one has no offsets.
        let known = self.share(head.session, head.tree).is_some();
        let Some(transfer) = self.transfer(side, handle) else {
            return;
        };
        if side == Side::Server {
            transfer.exchange.status = Some(head.status);
        }
        if known && transfer.repeats(offset) {
            note(&mut transfer.exchange, side, super::FILE_OVERLAP, sink);
        }
    }

    fn transfer(&mut self, side: Side, handle: Handle) -> Option<&mut Transfer<Exchange>> {
        let open = self.open.iter_mut().find(|open| open.handle == handle)?;
        open.transfers.mut_of(side).as_deref_mut()
    }

    /// Bytes of a file at an offset.
    pub(super) fn file_bytes(
        &mut self,
        side: Side,
        handle: Handle,
        offset: u64,
        bytes: &[u8],
        sink: &mut dyn Sink,
    ) {
        let mut free = self.free;
        if let Some(transfer) = self.transfer(side, handle)
            && let Some(full) = transfer.put(offset, bytes, &mut free, sink)
        {
            let event = match (side, full) {
                (Side::Server, Full::Size) => super::READ_QUEUE_SIZE,
                (Side::Server, Full::Count) => super::READ_QUEUE_COUNT,
                (Side::Client, Full::Size) => super::WRITE_QUEUE_SIZE,
                (Side::Client, Full::Count) => super::WRITE_QUEUE_COUNT,
            };
            note(&mut transfer.exchange, side, event, sink);
        }
        self.free = free;
    }

    /// Bytes of a file at an offset that were not captured.
    pub(super) fn file_gap(
        &mut self,
        side: Side,
        handle: Handle,
        offset: u64,
        length: u64,
        sink: &mut dyn Sink,
    ) {
        let mut free = self.free;
        if let Some(transfer) = self.transfer(side, handle) {
            transfer.lose(offset, length, &mut free, sink);
        }
        self.free = free;
    }

    /// Bytes that go through a pipe. False when they are no remote calls.
    pub(super) fn pipe_bytes(
        &mut self,
        side: Side,
        head: &Head,
        handle: Handle,
        bytes: &[u8],
        sink: &mut dyn Sink,
    ) -> bool {
        if self.find(handle).is_none() {
            self.opened(
                Open {
                    handle,
                    ..Open::default()
                },
                sink,
            );
        }
        let Some(open) = self.open.iter_mut().find(|open| open.handle == handle) else {
            return false;
        };
        let mut pipe = open.pipe.take().unwrap_or_default();
        let mut waiting = std::mem::take(pipe.sides.mut_of(side));
        let mut calls = true;
        waiting.drive(bytes, MAX_PACKET, |rest| {
            let Some(header) = Header::read(rest) else {
                calls = rest.len() < pdu::HEADER && rest.first() == Some(&5);
                return if calls {
                    Step::More
                } else {
                    Step::Skip(rest.len() as u64)
                };
            };
            let Some(packet) = rest.get(..header.length) else {
                return Step::More;
            };
            self.packet(
                side,
                head,
                handle,
                &mut pipe.association,
                &header,
                packet,
                sink,
            );
            Step::Used(header.length)
        });
        *pipe.sides.mut_of(side) = waiting;
        if let Some(open) = self.open.iter_mut().find(|open| open.handle == handle) {
            open.pipe = Some(pipe);
        }
        calls
    }

    #[allow(clippy::too_many_arguments, reason = "a packet and where it was found")]
    fn packet(
        &mut self,
        side: Side,
        head: &Head,
        handle: Handle,
        association: &mut Association,
        header: &Header,
        packet: &[u8],
        sink: &mut dyn Sink,
    ) {
        association.credentials(header, packet, self.next_id, sink);
        if header.kind == pdu::AUTH3 {
            return;
        }
        let found = self.pending.iter().position(|each| match &each.what {
            What::Call(pipe, call) => {
                *pipe == handle && call.number == header.call_id && !*call.done.of(side)
            }
            _ => false,
        });
        let known = found.and_then(|found| self.pending.remove(found));
        let mut exchange = if let Some(exchange) = known {
            exchange
        } else {
            let call = Call {
                asked_at: sink.time(),
                ..Call::default()
            };
            self.exchange(head, What::Call(handle, Box::new(call)))
        };
        let What::Call(_, call) = &mut exchange.what else {
            return;
        };
        let done = association.apply(side, header, packet, call);
        if side == Side::Server && done {
            association.log(exchange.id, call, sink);
            exchange.status = Some(head.status);
            exchange.complete(side);
            return self.finish(exchange, sink);
        }
        if done {
            exchange.complete(side);
            sink.progress(&exchange, side);
        }
        self.wait(exchange, sink);
    }

    /// Whether a call is under way in a pipe.
    pub(super) fn calls(&self, handle: Handle) -> bool {
        self.pending
            .iter()
            .any(|each| matches!(each.what, What::Call(pipe, _) if pipe == handle))
    }

    /// The connection is over: files that are still open end here, and nobody answers any more.
    pub(super) fn end(&mut self, sink: &mut dyn Sink) {
        while let Some(open) = self.open.pop_front() {
            self.end_transfers(open, false, sink);
        }
        while let Some(exchange) = self.pending.pop_front() {
            self.finish(exchange, sink);
        }
    }

    pub(super) fn held(&self) -> usize {
        let pending = self.pending.iter().map(Exchange::held).sum::<usize>();
        let open = self.open.iter().map(Open::held).sum::<usize>();
        pending
            .saturating_add(open)
            .saturating_add(self.shares.len().saturating_mul(128))
            .saturating_add(self.accesses.len().saturating_mul(size_of::<Access>()))
    }
}

impl Open {
    fn held(&self) -> usize {
        let transfers = [&self.transfers.client, &self.transfers.server];
        let transfers = transfers
            .into_iter()
            .flatten()
            .map(|each| each.held() + each.exchange.held())
            .sum::<usize>();
        let pipe = self.pipe.as_ref().map_or(0, |pipe| {
            pipe.sides.client.held() + pipe.sides.server.held() + pipe.association.held()
        });
        size_of::<Self>() + self.name.len() + transfers + pipe
    }
}

/// The bit of an event.
fn bit(event: usize) -> u32 {
    1_u32.wrapping_shl(event as u32)
}

/// Notes what is wrong with an exchange, once per kind of trouble and exchange.
pub(super) fn note(exchange: &mut Exchange, side: Side, event: usize, sink: &mut dyn Sink) {
    let Some(event) = super::EVENTS.get(event) else {
        return;
    };
    if !exchange
        .events
        .iter()
        .any(|known| std::ptr::eq(*known, event))
    {
        exchange.events.push(event);
        sink.anomaly(Some(exchange.id), side, event);
    }
}
