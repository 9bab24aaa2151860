//! DCE/RPC by datagrams (C706, section 12.5): version 4, where each packet names its activity.

use super::Remote;
use super::pdu::{Interface, Ordered, REQUEST, RESPONSE, Uuid};
use crate::application::{Next, Parser};
use crate::protocol::Side;
use crate::sink::Sink;

/// Bytes of the header.
const HEADER: usize = 80;
/// Calls under way at once: an activity has one.
const MAX_CALLS: usize = 16;

const FAULT: u8 = 3;
const REJECT: u8 = 6;

/// The packet is the last of its call.
const LAST: u8 = 2;
/// The packet is one of several.
const FRAGMENT: u8 = 4;

/// Calls between two addresses.
#[derive(Debug, Default)]
pub(super) struct Datagrams {
    calls: Vec<Remote>,
    next_id: u64,
}

/// What is read of a header.
struct Packet<'a> {
    kind: u8,
    whole: bool,
    interface: Interface,
    activity: Uuid,
    number: u32,
    operation: u16,
    stub: &'a [u8],
}

fn read(bytes: &[u8]) -> Option<Packet<'_>> {
    let [4, kind, flags, _, data, ..] = *bytes.first_chunk::<HEADER>()? else {
        return None;
    };
    let mut fields = Ordered::new(bytes.get(8..)?, data & 0x10 != 0);
    fields.uuid()?;
    let interface = fields.uuid()?;
    // It is only compared and shown, always as Suricata shows it.
    let activity = Ordered::new(fields.cut.take(16)?, true).uuid()?;
    fields.long()?;
    let version = fields.long()?;
    let number = fields.long()?;
    let operation = fields.short()?;
    fields.long()?;
    let length = usize::from(fields.short()?);
    let stub = bytes.get(HEADER..)?;
    Some(Packet {
        kind,
        whole: flags & LAST != 0 || flags & FRAGMENT == 0,
        interface: Interface {
            context: 0,
            uuid: interface,
            major: version as u16,
            minor: (version >> 16) as u16,
            answer: None,
        },
        activity,
        number,
        operation,
        stub: stub.get(..length).unwrap_or(stub),
    })
}

impl Datagrams {
    fn packet(&mut self, packet: &Packet<'_>, sink: &mut dyn Sink) {
        // Who asks and who answers is told by the packet: some answer from the same side.
        let side = match packet.kind {
            REQUEST => Side::Client,
            RESPONSE | FAULT | REJECT => Side::Server,
            _ => return,
        };
        let activity = Some((packet.activity, packet.number));
        let known = self
            .calls
            .iter()
            .position(|each| each.activity == activity && !*each.call.done.of(side));
        let mut remote = if let Some(known) = known {
            self.calls.remove(known)
        } else {
            let id = self.next_id;
            self.next_id = self.next_id.wrapping_add(1);
            Remote {
                activity,
                ..Remote::new(id, sink.time())
            }
        };
        *remote.call.kinds.mut_of(side) = Some(packet.kind);
        if side == Side::Client {
            remote.call.operation = Some(packet.operation);
            remote.call.interfaces = vec![packet.interface];
        }
        remote.call.stubs.mut_of(side).add(packet.stub);
        *remote.call.done.mut_of(side) |= packet.whole;
        if packet.whole {
            remote.reach(side, sink);
        }
        if packet.whole && side == Side::Server {
            return remote.finish(sink);
        }
        if self.calls.len() >= MAX_CALLS {
            self.calls.remove(0).finish(sink);
        }
        self.calls.push(remote);
    }
}

impl Parser for Datagrams {
    fn data(&mut self, _: Side, bytes: &[u8], sink: &mut dyn Sink) -> Next {
        if let Some(packet) = read(bytes) {
            self.packet(&packet, sink);
        }
        Next::More
    }

    fn gap(&mut self, _: Side, _: u64, _: &mut dyn Sink) -> Next {
        Next::More
    }

    fn end(&mut self, side: Side, sink: &mut dyn Sink) {
        if side == Side::Server {
            for remote in std::mem::take(&mut self.calls) {
                remote.finish(sink);
            }
        }
    }

    fn held(&self) -> usize {
        self.calls
            .iter()
            .map(|each| size_of::<Remote>() + each.call.held())
            .sum()
    }
}
