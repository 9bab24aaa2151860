//! Remote procedure calls of one association: what was agreed on, and one call with its fragments.

use wirewatch_records::json;

use super::pdu::{self, Header, Interface, Uuid};
use crate::ntlmssp::Challenge;
use crate::protocol::Side;
use crate::waiting::{Sides, bounded};

/// Bytes of arguments or results that are kept of a call: rules look at their beginning.
pub(crate) const MAX_STUB: usize = 32 << 10;

/// Interfaces of an association. Clients bind a handful.
const MAX_CONTEXTS: usize = 64;

/// Bytes kept of the server's second address, a port or the name of a pipe.
const MAX_ADDRESS: usize = 64;

/// What client and server agreed on.
#[derive(Debug, Default)]
pub(crate) struct Association {
    pub(super) interfaces: Vec<Interface>,
    /// The second address that the server named: a port or a pipe.
    pub(crate) address: Box<[u8]>,
    /// It is no pipe's but has a connection of its own.
    pub(super) alone: bool,
    /// What the server said of itself when it asked for a login.
    pub(super) challenge: Option<Challenge>,
}

/// One call: a request with its answer, or a bind with its.
#[derive(Debug, Default)]
pub(crate) struct Call {
    /// The client's number for it.
    pub(crate) number: u32,
    pub(crate) minor: u8,
    /// Kind of packet that each side sent.
    pub(crate) kinds: Sides<Option<u8>>,
    pub(crate) operation: Option<u16>,
    pub(crate) context: u16,
    /// Interfaces that are asked for, or the one that is called.
    pub(crate) interfaces: Vec<Interface>,
    pub(crate) stubs: Sides<Stub>,
    /// Which sides have said all.
    pub(crate) done: Sides<bool>,
    /// Capture time of the request's first packet.
    pub(crate) asked_at: i64,
}

/// Arguments or results.
#[derive(Debug, Default)]
pub(crate) struct Stub {
    pub(crate) fragments: u16,
    pub(crate) size: u32,
    pub(crate) bytes: Vec<u8>,
}

impl Association {
    /// Takes a packet of a call; true when that side has said all now.
    pub(crate) fn apply(
        &mut self,
        side: Side,
        header: &Header,
        packet: &[u8],
        call: &mut Call,
    ) -> bool {
        let body = packet.get(pdu::HEADER..).unwrap_or_default();
        call.number = header.call_id;
        call.minor = header.minor;
        *call.kinds.mut_of(side) = Some(header.kind);
        match header.kind {
            pdu::BIND | pdu::ALTER_CONTEXT => {
                call.interfaces = pdu::interfaces(body, header.little);
                self.remember(&call.interfaces);
            }
            pdu::BIND_ACK | pdu::ALTER_CONTEXT_RESPONSE => self.answered(header, body, call),
            pdu::REQUEST | pdu::RESPONSE => self.carried(side, header, packet, call),
            _ => {}
        }
        let done =
            header.flags & pdu::LAST != 0 || !matches!(header.kind, pdu::REQUEST | pdu::RESPONSE);
        *call.done.mut_of(side) |= done;
        done
    }

    fn remember(&mut self, asked: &[Interface]) {
        for each in asked {
            self.interfaces
                .retain(|known| known.context != each.context);
            if self.interfaces.len() < MAX_CONTEXTS {
                self.interfaces.push(*each);
            }
        }
    }

    fn answered(&mut self, header: &Header, body: &[u8], call: &mut Call) {
        let (address, answers) = pdu::answers(body, header.little);
        if !address.is_empty() {
            self.address = bounded(address, MAX_ADDRESS).into();
        }
        for (asked, answer) in call.interfaces.iter_mut().zip(answers) {
            asked.answer = Some(answer);
            let known = self
                .interfaces
                .iter_mut()
                .find(|known| known.context == asked.context);
            if let Some(known) = known.filter(|known| known.uuid == asked.uuid) {
                known.answer = Some(answer);
            }
        }
    }

    fn carried(&mut self, side: Side, header: &Header, packet: &[u8], call: &mut Call) {
        let Some(body) = pdu::body(header, packet, self.alone) else {
            return;
        };
        if header.kind == pdu::REQUEST && call.operation.is_none() {
            call.operation = Some(body.operation);
            call.context = body.context;
            let called = self
                .interfaces
                .iter()
                .find(|known| known.context == body.context);
            call.interfaces = called.copied().into_iter().collect();
        }
        call.stubs.mut_of(side).add(body.stub);
    }

    pub(crate) fn held(&self) -> usize {
        self.interfaces
            .capacity()
            .saturating_mul(size_of::<Interface>())
    }
}

impl Stub {
    pub(crate) fn add(&mut self, bytes: &[u8]) {
        self.fragments = self.fragments.saturating_add(1);
        self.size = self.size.saturating_add(bytes.len() as u32);
        let room = MAX_STUB.saturating_sub(self.bytes.len());
        self.bytes.extend_from_slice(bounded(bytes, room));
    }
}

impl Call {
    /// Whether it is a procedure's call, not a bind.
    pub(crate) fn is_request(&self) -> bool {
        self.kinds.client == Some(pdu::REQUEST)
    }

    /// The interface's number and version, as rules look at them: 16 bytes, the major version, and
    /// whether the request came in one piece. Only for calls, as binds only announce them.
    pub(crate) fn interface(&self, index: usize) -> Option<[u8; 19]> {
        let each = self.interfaces.get(index).filter(|_| self.is_request())?;
        Some(interface_value(
            each.uuid,
            each.major,
            self.stubs.client.fragments <= 1,
        ))
    }

    pub(crate) fn held(&self) -> usize {
        let stubs = self
            .stubs
            .client
            .bytes
            .capacity()
            .saturating_add(self.stubs.server.bytes.capacity());
        stubs.saturating_add(
            self.interfaces
                .capacity()
                .saturating_mul(size_of::<Interface>()),
        )
    }

    /// Members of EVE's `dcerpc` object in SMB.
    pub(crate) fn members(&self, out: &mut Vec<u8>) {
        let named = |kind: Option<u8>, lost| kind.map_or(lost, Header::name);
        json::text(
            out,
            b"\"request\":",
            named(self.kinds.client, "REQUEST_LOST"),
        );
        json::text(out, b"\"response\":", named(self.kinds.server, "UNREPLIED"));
        json::number(out, b"\"call_id\":", self.number);
        if let Some(operation) = self.operation {
            json::number(out, b"\"opnum\":", operation);
        }
        json::raw(out, b"\"req\":", &self.request().unwrap_or_default());
        json::raw(out, b"\"res\":", &self.response().unwrap_or_default());
        json::raw(out, b"\"interfaces\":", &self.list().unwrap_or_default());
    }

    /// The request as an object, when it is a procedure's.
    pub(crate) fn request(&self) -> Option<String> {
        self.is_request()
            .then(|| stub(&self.stubs.client, self.operation))
    }

    /// The answer as an object, when it is a procedure's.
    pub(crate) fn response(&self) -> Option<String> {
        let replied = self.kinds.server == Some(pdu::RESPONSE);
        replied.then(|| stub(&self.stubs.server, None))
    }

    /// The interfaces as a list; none when there are none.
    pub(crate) fn list(&self) -> Option<String> {
        let mut out = vec![b'['];
        for each in &self.interfaces {
            let mark = json::open(&mut out, b"{");
            json::text(&mut out, b"\"uuid\":", &each.uuid.to_string());
            json::text(
                &mut out,
                b"\"version\":",
                &format!("{}.{}", each.major, each.minor),
            );
            if let Some((result, reason)) = each.answer {
                json::number(&mut out, b"\"ack_result\":", result);
                json::number(&mut out, b"\"ack_reason\":", reason);
            }
            json::close(&mut out, mark);
        }
        out.pop();
        out.push(b']');
        String::from_utf8(out)
            .ok()
            .filter(|_| !self.interfaces.is_empty())
    }
}

/// What `dcerpc.iface` compares: the number, the major version, and 1 when nothing was fragmented.
pub(crate) fn interface_value(uuid: Uuid, major: u16, whole: bool) -> [u8; 19] {
    let mut value = [0; 19];
    let [high, low] = major.to_be_bytes();
    let all = uuid.0.into_iter().chain([high, low, u8::from(whole)]);
    for (place, byte) in value.iter_mut().zip(all) {
        *place = byte;
    }
    value
}

fn stub(stub: &Stub, operation: Option<u16>) -> String {
    let mut out = Vec::new();
    let mark = json::open(&mut out, b"{");
    if let Some(operation) = operation {
        json::number(&mut out, b"\"opnum\":", operation);
    }
    json::number(&mut out, b"\"frag_cnt\":", stub.fragments);
    json::number(&mut out, b"\"stub_data_size\":", stub.size);
    json::close(&mut out, mark);
    out.pop();
    String::from_utf8(out).unwrap_or_default()
}
