//! DCE/RPC (C706, [MS-RPCE]): remote calls over TCP, over datagrams and in SMB's pipes.

pub(crate) mod call;
mod datagram;
mod interface;
pub(crate) mod log;
pub(crate) mod pdu;

#[cfg(test)]
mod tests;

use std::borrow::Cow;

use wirewatch_records::{DcerpcRow, Kind, Row};

use crate::application::{Application, COMPLETE, Field, Next, Parser, Transaction};
use crate::exchange::either;
use crate::protocol::{Side, Transport};
use crate::sink::{Frame, Sink};
use crate::waiting::{Sides, Step, Waiting, drive};
use call::{Association, Call};
use pdu::Header;

/// The parser.
pub(crate) static DCERPC: Application = Application {
    names: &["dcerpc"],
    new: |facts| match facts.transport {
        Transport::Tcp => Box::new(Connection::new()),
        Transport::Udp => Box::<datagram::Datagrams>::default(),
    },
    frames: &["pdu", "hdr", "data"],
    buffers: &[either("dcerpc.stub_data", COMPLETE), INTERFACES],
    numbers: &[either("dcerpc.opnum", COMPLETE)],
    events: &[],
};

/// The interfaces of a call, for rules: see [`call::interface_value`].
pub(crate) const INTERFACES: Field = Field {
    name: "dcerpc.iface",
    side: None,
    progress: COMPLETE,
    many: true,
};

/// The longest packet: its length has 16 bits.
const MAX_PACKET: usize = 1 << 16;
/// Calls under way at once. Clients wait for most answers before they call again.
const MAX_CALLS: usize = 64;

/// One call as a transaction.
#[derive(Debug)]
struct Remote {
    id: u64,
    call: Call,
    /// Activity and number of a call by datagrams.
    activity: Option<(pdu::Uuid, u32)>,
    progress: Sides<u8>,
}

impl Transaction for Remote {
    fn id(&self) -> u64 {
        self.id
    }

    fn application(&self) -> &'static Application {
        &DCERPC
    }

    fn progress(&self, side: Side) -> u8 {
        *self.progress.of(side)
    }

    fn buffer(&self, buffer: usize, side: Side, index: usize) -> Option<Cow<'_, [u8]>> {
        if buffer == 1 {
            return self
                .call
                .interface(index)
                .map(|value| Cow::Owned(value.to_vec()));
        }
        let stub = self.call.stubs.of(side);
        (stub.fragments > 0 && index == 0).then_some(Cow::Borrowed(stub.bytes.as_slice()))
    }

    fn number(&self, _: usize, _: Side, index: usize) -> Option<u64> {
        let operation = self
            .call
            .operation
            .filter(|_| index == 0 && self.call.is_request());
        operation.map(u64::from)
    }

    fn row(&self, put: &mut dyn FnMut(&Row<'_>)) {
        let call = &self.call;
        let [request, response, interfaces] = [call.request(), call.response(), call.list()];
        let activity = self.activity.map(|(uuid, _)| uuid.to_string());
        put(&Row::Dcerpc(DcerpcRow {
            request: call.kinds.client.map_or("REQUEST_LOST", Header::name),
            response: call.kinds.server.map_or("UNREPLIED", Header::name),
            rpc_version: match (self.activity, call.minor) {
                (Some(_), _) => "4.0",
                (None, 0) => "5.0",
                (None, _) => "5.1",
            },
            call_id: self.activity.is_none().then_some(call.number),
            activityuuid: activity.as_deref(),
            seqnum: self.activity.map(|(_, number)| number),
            opnum: None,
            req: request.as_deref(),
            res: response.as_deref(),
            interfaces: interfaces.as_deref(),
        }));
    }
}

impl Remote {
    fn new(id: u64, now: i64) -> Self {
        Self {
            id,
            call: Call {
                asked_at: now,
                ..Call::default()
            },
            activity: None,
            progress: Sides::default(),
        }
    }

    /// A side has said all.
    fn reach(&mut self, side: Side, sink: &mut dyn Sink) {
        if self.progress(side) != COMPLETE {
            *self.progress.mut_of(side) = COMPLETE;
            sink.progress(self, side);
        }
    }

    fn finish(mut self, sink: &mut dyn Sink) {
        self.reach(Side::Client, sink);
        self.reach(Side::Server, sink);
        if sink.wants(Kind::Dcerpc) {
            let id = self.id;
            self.row(&mut |row| sink.record(Some(id), Side::Client, row));
        }
    }
}

/// Calls over one connection.
#[derive(Debug, Default)]
struct Connection {
    waiting: Sides<Waiting>,
    /// Sides of which the next packet has to be found.
    lost: Sides<bool>,
    association: Association,
    calls: Vec<Remote>,
    next_id: u64,
}

impl Connection {
    fn new() -> Self {
        let association = Association {
            alone: true,
            ..Association::default()
        };
        Self {
            association,
            ..Self::default()
        }
    }

    fn step(&mut self, side: Side, bytes: &[u8], sink: &mut dyn Sink) -> Step {
        if *self.lost.of(side) {
            return self.resume(side, bytes);
        }
        let Some(header) = Header::read(bytes) else {
            if bytes.len() < pdu::HEADER {
                return Step::More;
            }
            *self.lost.mut_of(side) = true;
            return Step::Skip(0);
        };
        let Some(packet) = bytes.get(..header.length) else {
            return Step::More;
        };
        let rest = bytes.len();
        sink.frame(Frame::new(0, side, rest, header.length));
        sink.frame(Frame::new(1, side, rest, pdu::HEADER));
        let rest = rest.saturating_sub(pdu::HEADER);
        let data = header.length.saturating_sub(pdu::HEADER);
        sink.frame(Frame::new(2, side, rest, data));
        self.packet(&header, packet, sink);
        Step::Used(header.length)
    }

    /// Looks for a packet that stands alone: its beginning is too short to be sure of otherwise.
    fn resume(&mut self, side: Side, bytes: &[u8]) -> Step {
        match Header::read(bytes) {
            Some(header) if header.length <= bytes.len() => {
                *self.lost.mut_of(side) = false;
                Step::Skip(0)
            }
            _ => Step::Used(bytes.len()),
        }
    }

    fn packet(&mut self, header: &Header, packet: &[u8], sink: &mut dyn Sink) {
        self.association
            .credentials(header, packet, self.next_id, sink);
        if header.kind == pdu::AUTH3 {
            return;
        }
        let side = if header.is_request() {
            Side::Client
        } else {
            Side::Server
        };
        let mut remote = self.take(side, header.call_id, sink.time());
        let done = self
            .association
            .apply(side, header, packet, &mut remote.call);
        if !done {
            return self.keep(remote, sink);
        }
        remote.reach(side, sink);
        if side == Side::Client {
            return self.keep(remote, sink);
        }
        self.association.log(remote.id, &remote.call, sink);
        remote.finish(sink);
    }

    fn take(&mut self, side: Side, call_id: u32, now: i64) -> Remote {
        let known = self
            .calls
            .iter()
            .position(|each| each.call.number == call_id && !*each.call.done.of(side));
        if let Some(known) = known {
            return self.calls.remove(known);
        }
        let id = self.next_id;
        self.next_id = self.next_id.wrapping_add(1);
        Remote::new(id, now)
    }

    fn keep(&mut self, remote: Remote, sink: &mut dyn Sink) {
        if self.calls.len() >= MAX_CALLS {
            let oldest = self.calls.remove(0);
            self.association.log(oldest.id, &oldest.call, sink);
            oldest.finish(sink);
        }
        self.calls.push(remote);
    }
}

impl Parser for Connection {
    fn data(&mut self, side: Side, bytes: &[u8], sink: &mut dyn Sink) -> Next {
        drive!(self.waiting, side, bytes, MAX_PACKET, |rest| {
            self.step(side, rest, sink)
        })
    }

    fn gap(&mut self, side: Side, length: u64, _: &mut dyn Sink) -> Next {
        if !self.waiting.mut_of(side).lose(length) {
            *self.lost.mut_of(side) = true;
        }
        Next::More
    }

    fn end(&mut self, side: Side, sink: &mut dyn Sink) {
        if side == Side::Server {
            for remote in std::mem::take(&mut self.calls) {
                self.association.log(remote.id, &remote.call, sink);
                remote.finish(sink);
            }
        }
    }

    fn held(&self) -> usize {
        let calls = self
            .calls
            .iter()
            .map(|each| size_of::<Remote>() + each.call.held());
        calls.sum::<usize>()
            + self.waiting.client.held()
            + self.waiting.server.held()
            + self.association.held()
    }
}
