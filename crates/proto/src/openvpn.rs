//! `OpenVPN`'s control channel: the TLS handshake that opens a tunnel, which is in clear unless it is wrapped.
//!
//! The handshake travels in pieces that are numbered, acknowledged and sent again when they are lost. They are put
//! in order here and read by TLS's own parser. "`OpenVPN` Wire Protocol" (draft-openvpn-wire-protocol), sections 3 and 4:
//! the first packets tell whether each packet has a code for authentication (`tls-auth`). Wrapped packets (`tls-crypt`) are
//! not readable, and what follows the handshake is of no interest.

mod pieces;
#[cfg(test)]
mod tests;

use crate::application::{Application, Facts, Next, Parser};
use crate::protocol::{Side, Transport};
use crate::sink::Sink;
use crate::tls::TLS;
use crate::waiting::{Cut, Sides, Step, Waiting, drive};
use pieces::Pieces;

/// The parser.
pub(crate) static OPENVPN: Application = Application {
    names: &["openvpn"],
    new: |facts| Box::new(OpenVpn::new(facts)),
    frames: &[],
    buffers: &[],
    numbers: &[],
    events: &[],
};

/// The longest packet that is read: control packets fit into a datagram, whose size is 1,250 bytes if nobody sets another.
const MAX_PACKET: usize = 4 << 10;
/// Packets after which a handshake that did not come to an end is given up. One with pieces of 100 bytes has about 200.
const MAX_PACKETS: u32 = 500;

/// What a packet is for: the upper five bits of its first byte.
mod opcode {
    pub(super) const CONTROL: u8 = 4;
    pub(super) const CLIENT_RESET: u8 = 7;
    pub(super) const SERVER_RESET: u8 = 8;
}

/// Codes for authentication that may stand behind the session: as long as a digest, with a counter and a time.
const CODES: [usize; 6] = [16, 20, 28, 32, 48, 64];
/// Bytes of that counter and that time.
const COUNTER: usize = 8;
/// The first byte and the session.
const HEADER: usize = 9;

/// Bytes between the session and the acknowledgements, told from the first packet of a side; none when that is no
/// such packet, or wrapped.
pub(crate) fn layout(packet: &[u8]) -> Option<usize> {
    let is_answer = match packet.first()? >> 3 {
        opcode::CLIENT_RESET => false,
        opcode::SERVER_RESET => true,
        _ => return None,
    };
    let rest = packet.get(HEADER..)?;
    if begins(rest, is_answer) {
        return Some(0);
    }
    let coded = CODES.into_iter().find(|code| {
        let behind = rest.get(*code..).unwrap_or_default();
        let count = behind.first_chunk().map(|count| u32::from_be_bytes(*count));
        let clear = behind.get(COUNTER..).unwrap_or_default();
        matches!(count, Some(1..=64)) && begins(clear, is_answer)
    });
    Some(coded? + COUNTER)
}

/// The end of a first packet: no acknowledgement or that of packet 0 and its session, then packet number 0.
fn begins(rest: &[u8], is_answer: bool) -> bool {
    let answers = is_answer && rest.len() == 17;
    rest == [0; 5] || (answers && rest.starts_with(&[1, 0, 0, 0, 0]) && rest.ends_with(&[0; 4]))
}

/// One flow's control channel.
struct OpenVpn {
    transport: Transport,
    /// Bytes before the acknowledgements; none before the first packet.
    layout: Option<usize>,
    tls: Box<dyn Parser>,
    waiting: Sides<Waiting>,
    sides: Sides<Half>,
    packets: u32,
}

/// What one side sends.
#[derive(Debug, Default)]
struct Half {
    session: [u8; 8],
    pieces: Pieces,
    /// Whether nothing more of it is of interest.
    is_over: bool,
}

impl OpenVpn {
    fn new(facts: &Facts) -> Self {
        let mut tls = (TLS.new)(facts);
        tls.about(b"openvpn");
        Self {
            transport: facts.transport,
            layout: None,
            tls,
            waiting: Sides::default(),
            sides: Sides::default(),
            packets: 0,
        }
    }

    /// A packet behind its length, as streams have it.
    fn step(&mut self, side: Side, bytes: &[u8], sink: &mut dyn Sink) -> Step {
        let Some(length) = bytes.first_chunk().copied().map(u16::from_be_bytes) else {
            return Step::More;
        };
        let length = usize::from(length);
        let Some(packet) = bytes.get(2..).and_then(|rest| rest.get(..length)) else {
            return match length {
                0..=MAX_PACKET => Step::More,
                _ => Step::Skip(length as u64 + 2),
            };
        };
        match self.packet(side, packet, sink) {
            Next::More => Step::Used(length + 2),
            next => Step::Stop(next),
        }
    }

    fn packet(&mut self, side: Side, packet: &[u8], sink: &mut dyn Sink) -> Next {
        self.packets += 1;
        let Some(first) = packet.first() else {
            return Next::More;
        };
        if self.packets > MAX_PACKETS {
            return self.give_up(sink);
        }
        let (opcode, key) = (first >> 3, first % 8);
        match (opcode, side) {
            (opcode::CLIENT_RESET, Side::Client) | (opcode::SERVER_RESET, Side::Server) => {
                self.reset(side, packet)
            }
            // The first handshake is for key 0.
            (opcode::CONTROL, _) if key == 0 && packet.len() <= MAX_PACKET => {
                self.control(side, packet, sink)
            }
            // Acknowledgements and the tunnel itself.
            _ => Next::More,
        }
    }

    /// A side begins, or begins anew before the handshake did.
    fn reset(&mut self, side: Side, packet: &[u8]) -> Next {
        let half = self.sides.mut_of(side);
        if half.pieces.has_begun() {
            return Next::More;
        }
        if let Some(session) = packet.get(1..).and_then(|rest| rest.first_chunk()) {
            half.session = *session;
        }
        self.layout = self.layout.or_else(|| layout(packet));
        match self.layout {
            Some(_) => Next::More,
            None => Next::Done,
        }
    }

    /// A piece of the handshake.
    fn control(&mut self, side: Side, packet: &[u8], sink: &mut dyn Sink) -> Next {
        let half = self.sides.mut_of(side);
        let Some(layout) = self.layout.filter(|_| !half.is_over) else {
            return Next::More;
        };
        let Some((number, piece)) = numbered(packet, layout, half.session) else {
            return Next::More;
        };
        let tls = &mut self.tls;
        let mut next = Next::More;
        let is_whole = half.pieces.take(number, piece, |piece| {
            if next == Next::More {
                next = tls.data(side, piece, sink);
            }
        });
        match next {
            Next::More if is_whole => Next::More,
            Next::Done | Next::Switch { .. } => Next::Done,
            Next::DoneWithSide => {
                *half = Half::over();
                Next::More
            }
            Next::More => {
                *half = Half::over();
                self.tls.end(side, sink);
                self.next()
            }
        }
    }

    fn next(&self) -> Next {
        if self.sides.client.is_over && self.sides.server.is_over {
            Next::Done
        } else {
            Next::More
        }
    }

    fn give_up(&mut self, sink: &mut dyn Sink) -> Next {
        self.end(Side::Client, sink);
        self.end(Side::Server, sink);
        Next::Done
    }
}

impl Half {
    fn over() -> Self {
        Self {
            is_over: true,
            ..Self::default()
        }
    }
}

/// A control packet's number and what it carries; none when it is of another session or cut off.
fn numbered(packet: &[u8], layout: usize, session: [u8; 8]) -> Option<(u32, &[u8])> {
    let mut fields = Cut(packet.get(1..)?);
    if fields.array::<8>()? != session {
        return None;
    }
    fields.take(layout)?;
    let acknowledged = usize::from(fields.byte()?);
    if acknowledged > 0 {
        // Each has four bytes; whose packets they are stands behind them.
        fields.take(acknowledged * 4 + 8)?;
    }
    Some((fields.be32()?, fields.0))
}

impl Parser for OpenVpn {
    fn data(&mut self, side: Side, bytes: &[u8], sink: &mut dyn Sink) -> Next {
        match self.transport {
            Transport::Udp => self.packet(side, bytes, sink),
            Transport::Tcp => {
                drive!(self.waiting, side, bytes, MAX_PACKET + 2, |rest| {
                    self.step(side, rest, sink)
                })
            }
        }
    }

    fn gap(&mut self, side: Side, length: u64, sink: &mut dyn Sink) -> Next {
        match self.waiting.lose(side, length) {
            Next::More => Next::More,
            _ => self.give_up(sink),
        }
    }

    fn end(&mut self, side: Side, sink: &mut dyn Sink) {
        if !self.sides.of(side).is_over {
            *self.sides.mut_of(side) = Half::over();
            self.tls.end(side, sink);
        }
    }

    fn held(&self) -> usize {
        self.tls.held()
            + self.waiting.held()
            + self.sides.client.pieces.held()
            + self.sides.server.pieces.held()
    }
}
