//! Which protocol a flow speaks, by its first bytes.
//!
//! The first byte of each side selects the few probes that could say yes, so that
//! most packets cost two table look-ups and one or two short comparisons.

use crate::{
    PROTOCOLS,
    probe::pairs,
    protocol::{Protocol, Side, Transport, Verdict},
};

/// How many bytes of each side are looked at: a usual datagram whole, because for many binary
/// protocols that its length is right is half of the proof.
pub const WINDOW: usize = 2048;

/// What could be said.
#[derive(Debug, Clone, Copy)]
pub enum Recognition {
    /// This is what the flow speaks.
    Known(&'static Protocol),
    /// More bytes, or the other side's, could tell.
    Unsure,
    /// Nothing fits, and more bytes of these sides cannot change it.
    Unknown,
}

impl Recognition {
    /// The protocol's name, when it is known.
    pub fn name(self) -> Option<&'static str> {
        match self {
            Self::Known(protocol) => Some(protocol.name),
            Self::Unsure | Self::Unknown => None,
        }
    }
}

/// Recognises a flow by the first bytes that each side sent; empty when it sent none yet.
///
/// `ports` are the client's and the server's. Protocols are asked in the order of
/// [`PROTOCOLS`]; the first that matches has it.
pub fn recognise(
    transport: Transport,
    ports: (u16, u16),
    client: &[u8],
    server: &[u8],
) -> Recognition {
    let client = client.get(..WINDOW).unwrap_or(client);
    let server = server.get(..WINDOW).unwrap_or(server);
    let mut candidates = DISPATCH.candidates(transport, client, server);
    let mut outcome = Recognition::Unknown;
    while candidates != 0 {
        let index = candidates.trailing_zeros() as usize;
        candidates &= candidates.wrapping_sub(1);
        let Some(protocol) = DISPATCH.protocol(transport, index) else {
            break;
        };
        let verdicts = (
            ask(protocol, Side::Client, client),
            ask(protocol, Side::Server, server),
        );
        let verdict = weigh(verdicts, protocol, ports, || {
            pairs::confirm(protocol.name, client, server)
        });
        match verdict {
            Verdict::Match => return Recognition::Known(protocol),
            Verdict::Unsure => outcome = Recognition::Unsure,
            Verdict::Weak | Verdict::NoMatch => {}
        }
    }
    // A side that has said nothing yet may still tell.
    if client.is_empty() || server.is_empty() {
        return Recognition::Unsure;
    }
    outcome
}

fn ask(protocol: &Protocol, side: Side, bytes: &[u8]) -> Verdict {
    if bytes.is_empty() {
        return Verdict::Unsure;
    }
    (protocol.probe)(side, bytes)
}

fn weigh(
    verdicts: (Verdict, Verdict),
    protocol: &Protocol,
    ports: (u16, u16),
    is_pair: impl Fn() -> bool,
) -> Verdict {
    match verdicts {
        (Verdict::Match, _) | (_, Verdict::Match) => Verdict::Match,
        // A stream's two weak halves confirm each other; a datagram's are too short for that, unless
        // one repeats something of the other.
        (Verdict::Weak, Verdict::Weak) if protocol.transport == Transport::Tcp || is_pair() => {
            Verdict::Match
        }
        (Verdict::Weak, _) | (_, Verdict::Weak) => by_port(protocol, ports),
        (Verdict::NoMatch, Verdict::NoMatch) => Verdict::NoMatch,
        _ => Verdict::Unsure,
    }
}

/// The opener may be the server (a broadcast, or a capture that began late). In TCP that is believed
/// of low ports only, which clients do not get by chance.
fn by_port(protocol: &Protocol, (client, server): (u16, u16)) -> Verdict {
    let may_be_server = protocol.transport == Transport::Udp || client < 1024;
    let usual =
        protocol.ports.contains(&server) || (may_be_server && protocol.ports.contains(&client));
    if usual { Verdict::Match } else { Verdict::Weak }
}

/// For each possible first byte of each side a bit per protocol that may start so.
struct Dispatch {
    tcp_client: [u128; 256],
    tcp_server: [u128; 256],
    udp_client: [u128; 256],
    udp_server: [u128; 256],
    tcp: [u16; MOST],
    udp: [u16; MOST],
}

/// Protocols per transport: the bits of a table's entries.
const MOST: usize = 128;

static DISPATCH: Dispatch = Dispatch {
    tcp_client: table(Transport::Tcp, Side::Client),
    tcp_server: table(Transport::Tcp, Side::Server),
    udp_client: table(Transport::Udp, Side::Client),
    udp_server: table(Transport::Udp, Side::Server),
    tcp: places(Transport::Tcp),
    udp: places(Transport::Udp),
};

impl Dispatch {
    fn candidates(&self, transport: Transport, client: &[u8], server: &[u8]) -> u128 {
        let (of_client, of_server) = match transport {
            Transport::Tcp => (&self.tcp_client, &self.tcp_server),
            Transport::Udp => (&self.udp_client, &self.udp_server),
        };
        look(of_client, client) | look(of_server, server)
    }

    /// The protocol of this transport that a bit stands for.
    fn protocol(&self, transport: Transport, bit: usize) -> Option<&'static Protocol> {
        let places = match transport {
            Transport::Tcp => &self.tcp,
            Transport::Udp => &self.udp,
        };
        PROTOCOLS.get(usize::from(*places.get(bit)?))
    }
}

fn look(table: &[u128; 256], bytes: &[u8]) -> u128 {
    bytes
        .first()
        .and_then(|&first| table.get(first as usize))
        .copied()
        .unwrap_or(0)
}

#[allow(
    clippy::indexing_slicing,
    reason = "runs at compile time, where a wrong index is a compile error"
)]
const fn table(transport: Transport, side: Side) -> [u128; 256] {
    let mut table = [0; 256];
    let places = places(transport);
    let mut bit = 0;
    while bit < MOST && (places[bit] as usize) < PROTOCOLS.len() {
        let protocol = &PROTOCOLS[places[bit] as usize];
        let ranges = match side {
            Side::Client => protocol.first.client,
            Side::Server => protocol.first.server,
        };
        mark(&mut table, ranges, 1 << bit);
        bit += 1;
    }
    table
}

/// Where in [`PROTOCOLS`] those of a transport stand; one more than there are after the last.
#[allow(
    clippy::indexing_slicing,
    reason = "runs at compile time, where a wrong index is a compile error: too many protocols"
)]
const fn places(transport: Transport) -> [u16; MOST] {
    let mut places = [u16::MAX; MOST];
    let (mut index, mut count) = (0, 0);
    while index < PROTOCOLS.len() {
        if PROTOCOLS[index].transport as u8 == transport as u8 {
            places[count] = index as u16;
            count += 1;
        }
        index += 1;
    }
    places
}

#[allow(
    clippy::indexing_slicing,
    reason = "runs at compile time, where a wrong index is a compile error"
)]
const fn mark(table: &mut [u128; 256], ranges: &[(u8, u8)], bit: u128) {
    let mut index = 0;
    while index < ranges.len() {
        let (from, to) = ranges[index];
        let mut byte = from as usize;
        while byte <= to as usize {
            table[byte] |= bit;
            byte += 1;
        }
        index += 1;
    }
}

#[cfg(test)]
mod tests;
