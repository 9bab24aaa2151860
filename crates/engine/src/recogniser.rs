//! What a flow is known to speak: a number in the flow, a name everywhere else.

use wirewatch_flow::{Flow, Side};
use wirewatch_proto::{APPLICATIONS, PROTOCOLS, Recognition, Transport, recognise};

/// Pieces of payload looked at per flow; what is unknown by then stays so.
pub(crate) const MAX_LOOKS: u8 = 8;

const TCP: u8 = 6;
const UDP: u8 = 17;

/// `Flow::app_tried`: nothing more is tried.
pub(crate) const DONE: u8 = 0x80;
/// `Flow::app_tried`: whether the service belongs on its port has been judged.
pub(crate) const JUDGED: u8 = 0x40;
/// `Flow::app_tried`: how many pieces were looked at.
pub(crate) const LOOKS: u8 = 0x3f;

/// What carries the flow: datagrams, or a stream.
pub(crate) fn transport(flow: &Flow) -> Transport {
    if flow.protocol() == UDP {
        Transport::Udp
    } else {
        Transport::Tcp
    }
}

/// Whether a connection whose beginning was not seen goes the other way than its ports say: its first payload is
/// what only the other side says.
#[cold]
pub(crate) fn is_turned(flow: &Flow, side: Side, payload: &[u8]) -> bool {
    if flow.protocol() != TCP || !flow.is_midstream() || payload.is_empty() {
        return false;
    }
    // Without ports, so that nothing is guessed.
    let is_of = |side| {
        let (client, server) = match side {
            Side::ToServer => (payload, &[][..]),
            Side::ToClient => (&[][..], payload),
        };
        let outcome = recognise(Transport::Tcp, (0, 0), client, server);
        matches!(outcome, Recognition::Known(_))
    };
    !is_of(side) && is_of(side.other())
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

/// The name of the protocol with this number in `Flow::app`: those that can be recognised come first,
/// then those that only a parser knows.
pub(crate) fn name(app: u16) -> Option<&'static str> {
    let index = app.checked_sub(1)? as usize;
    match PROTOCOLS.get(index) {
        Some(protocol) => Some(protocol.name),
        None => application_names().nth(index.checked_sub(PROTOCOLS.len())?),
    }
}

/// The number for `Flow::app` of a protocol; 0 when there is none of that name.
pub(crate) fn number(name: &str, transport: Transport) -> u16 {
    let of = |any: bool| {
        PROTOCOLS
            .iter()
            .position(|known| known.name == name && (any || known.transport == transport))
    };
    let other = || application_names().position(|known| known == name);
    let index = of(false)
        .or_else(|| of(true))
        .or_else(|| other().map(|index| index + PROTOCOLS.len()));
    index.map_or(0, |index| index as u16 + 1)
}

fn application_names() -> impl Iterator<Item = &'static str> {
    let names = APPLICATIONS.iter().map(|application| application.names);
    names.flat_map(|names| names.iter().copied())
}

/// Whether the flow had payload that was looked at in vain.
pub(crate) fn has_failed(flow: &Flow) -> bool {
    flow.app == 0 && flow.app_tried & LOOKS != 0
}
