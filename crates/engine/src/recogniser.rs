//! Finds out which application protocol a flow speaks, from the first bytes of its two sides.
//!
//! Most flows are known from their first packet. The first bytes of the others are kept until the
//! other side, or the rest of a line, has come; how many may wait is bounded.

use wirewatch_decode::Datagram;
use wirewatch_flow::{Flow, Side};
use wirewatch_proto::{PROTOCOLS, Recognition, Transport, WINDOW, recognise};

use crate::counters::Protocols;

/// Flows whose first bytes are kept at once (512 bytes each): more than begin within a second on
/// a busy link, and they wait for a fraction of one.
const MAX_WAITING: usize = 16_384;
/// Packets with payload looked at per flow; what is unknown by then stays so.
const MAX_LOOKS: u8 = 8;

/// `Flow::app_tried`: nothing more is tried.
const DONE: u8 = 0x80;
/// `Flow::app_tried`: whether the service belongs on its port has been judged.
pub(crate) const JUDGED: u8 = 0x40;
/// `Flow::app_tried`: how many packets were looked at.
const LOOKS: u8 = 0x3f;

/// The recogniser of one worker.
#[derive(Debug, Default)]
pub(crate) struct Recogniser {
    waiting: Vec<Waiting>,
    free: Vec<u32>,
    /// Flows that were recognised.
    pub(crate) recognised: u64,
    /// The same by protocol.
    pub(crate) by_protocol: Protocols,
    /// Flows that were given up because too many were waiting.
    pub(crate) shed: u64,
}

/// The first bytes of a flow.
#[derive(Debug, Clone)]
struct Waiting {
    client: [u8; WINDOW],
    server: [u8; WINDOW],
    client_length: u16,
    server_length: u16,
}

impl Waiting {
    const EMPTY: Self = Self {
        client: [0; WINDOW],
        server: [0; WINDOW],
        client_length: 0,
        server_length: 0,
    };

    fn append(&mut self, side: Side, payload: &[u8]) {
        let (bytes, length) = match side {
            Side::ToServer => (&mut self.client, &mut self.client_length),
            Side::ToClient => (&mut self.server, &mut self.server_length),
        };
        let room = bytes.get_mut(*length as usize..).unwrap_or_default();
        let taken = room.len().min(payload.len());
        for (to, from) in room.iter_mut().zip(payload) {
            *to = *from;
        }
        *length += taken as u16;
    }

    fn client(&self) -> &[u8] {
        self.client
            .get(..self.client_length as usize)
            .unwrap_or_default()
    }

    fn server(&self) -> &[u8] {
        self.server
            .get(..self.server_length as usize)
            .unwrap_or_default()
    }
}

/// Whether recognition still wants to see payload of this flow.
#[inline]
pub(crate) fn is_open(flow: &Flow) -> bool {
    flow.app == 0 && flow.app_tried & DONE == 0
}

/// The name of a flow's application protocol, if it was recognised.
pub(crate) fn app_name(flow: &Flow) -> Option<&'static str> {
    name(flow.app)
}

/// The name of the protocol with this number in `Flow::app`.
pub(crate) fn name(app: u16) -> Option<&'static str> {
    PROTOCOLS
        .get(app.checked_sub(1)? as usize)
        .map(|protocol| protocol.name)
}

/// Whether the flow had payload that was looked at in vain.
pub(crate) fn has_failed(flow: &Flow) -> bool {
    flow.app == 0 && flow.app_tried & LOOKS != 0
}

impl Recogniser {
    /// Looks at a packet's payload. Says whether the flow's protocol became known with it.
    pub(crate) fn look(
        &mut self,
        flow: &mut Flow,
        side: Side,
        datagram: &Datagram,
        payload: &[u8],
    ) -> bool {
        let transport = match datagram.protocol {
            6 => Transport::Tcp,
            17 => Transport::Udp,
            _ => {
                flow.app_tried |= DONE;
                return false;
            }
        };
        flow.app_tried = flow.app_tried.wrapping_add(1);
        let ports = (flow.client_port(), flow.server_port());
        let outcome = if flow.user[0] == 0 {
            let (client, server): (&[u8], &[u8]) = match side {
                Side::ToServer => (payload, &[]),
                Side::ToClient => (&[], payload),
            };
            recognise(transport, ports, client, server)
        } else {
            self.together(flow, side, transport, payload)
        };
        match outcome {
            Recognition::Known(protocol) => {
                self.release(flow);
                flow.app = number_of(protocol);
                self.recognised += 1;
                self.by_protocol.recognised(flow.app);
                true
            }
            Recognition::Unknown => {
                self.give_up(flow);
                false
            }
            Recognition::Unsure if flow.app_tried & LOOKS >= MAX_LOOKS => {
                self.give_up(flow);
                false
            }
            Recognition::Unsure => {
                self.keep(flow, side, payload);
                false
            }
        }
    }

    /// Frees what an ended flow has left behind.
    pub(crate) fn release(&mut self, flow: &mut Flow) {
        if let Some(slot) = flow.user[0].checked_sub(1) {
            self.free.push(slot);
            flow.user[0] = 0;
        }
    }

    fn together(
        &mut self,
        flow: &Flow,
        side: Side,
        transport: Transport,
        payload: &[u8],
    ) -> Recognition {
        let slot = flow.user[0].saturating_sub(1) as usize;
        let Some(waiting) = self.waiting.get_mut(slot) else {
            return Recognition::Unknown;
        };
        waiting.append(side, payload);
        let ports = (flow.client_port(), flow.server_port());
        recognise(transport, ports, waiting.client(), waiting.server())
    }

    fn keep(&mut self, flow: &mut Flow, side: Side, payload: &[u8]) {
        if flow.user[0] != 0 {
            return;
        }
        let slot = match self.free.pop() {
            Some(slot) => slot,
            None if self.waiting.len() < MAX_WAITING => {
                self.waiting.push(Waiting::EMPTY);
                self.waiting.len() as u32 - 1
            }
            None => {
                flow.app_tried |= DONE;
                self.shed += 1;
                return;
            }
        };
        if let Some(waiting) = self.waiting.get_mut(slot as usize) {
            waiting.client_length = 0;
            waiting.server_length = 0;
            waiting.append(side, payload);
            flow.user[0] = slot + 1;
        }
    }

    fn give_up(&mut self, flow: &mut Flow) {
        flow.app_tried |= DONE;
        self.release(flow);
    }
}

fn number_of(protocol: &'static wirewatch_proto::Protocol) -> u16 {
    PROTOCOLS
        .iter()
        .position(|known| known.name == protocol.name && known.transport == protocol.transport)
        .map_or(0, |index| index as u16 + 1)
}
