//! What one flow says: its stream, its bytes until they are understood, its parser, its files.

use std::net::SocketAddr;

use wirewatch_flow::Side;
use wirewatch_proto::{Application, Parser};
use wirewatch_stream::StreamIndex;

use super::file::Files;
use super::frames::Frames;
use super::guest::Guest;
use super::watched::Watched;

/// Bytes per side that are kept until the protocol is known. Recognition looks at the first 256; a
/// parser wants what came after them, too, and no greeting is longer.
const MAX_PENDING: usize = 8 << 10;

/// One flow's application layer.
#[derive(Default)]
pub(crate) struct Conversation {
    pub(crate) stream: Option<StreamIndex>,
    pub(crate) phase: Phase,
    /// Its parser's protocol; stays when the parser is done.
    pub(crate) application: Option<&'static Application>,
    pub(crate) files: Files,
    /// Spans that its parser names, when anybody wants to know of them.
    pub(crate) frames: Option<Box<Frames>>,
    /// Reads the side that speaks another protocol than the flow counts as.
    pub(crate) guest: Option<Box<Guest>>,
    /// Sides that have ended, by [`bit`].
    pub(crate) ended: u8,
    /// Sides whose end was seen and is not told before the connection is closed, by [`bit`].
    pub(crate) ending: u8,
    /// Sides of which the parser wants no more, by [`bit`].
    pub(crate) done: u8,
    /// How much of each direction is to be read from now on, 0 for all, when that has just changed.
    pub(crate) depth: Option<u64>,
    /// What the sides agreed to speak from here on.
    pub(crate) agreed: Agreed,
    /// How often the protocol has changed.
    pub(crate) switches: u8,
    /// `anomaly` records of this flow's protocol.
    pub(crate) anomalies: u16,
    /// Stream events told already.
    pub(crate) told: u32,
    /// What the parser said it holds when it was last asked.
    pub(crate) held: usize,
    /// What the flow's record tells of it.
    pub(crate) ledger: Ledger,
    /// Sides whose first bytes were compared with the other's protocol, by [`bit`].
    pub(crate) heard: u8,
    /// Whether rules may read the stream, too.
    pub(crate) is_watched: bool,
    /// Sides that some rule could match, by [`bit`].
    pub(crate) watched_sides: u8,
    /// The protocol for which that was asked.
    pub(crate) watched_as: Option<u16>,
    /// Whether what comes from here on says nothing to them.
    pub(crate) is_quiet: bool,
    /// What they are to be shown.
    pub(crate) watched: Watched,
    /// Bytes of that when it was last asked.
    pub(crate) waiting: usize,
}

impl Conversation {
    /// Reads from each cache line that a packet needs.
    #[inline]
    pub(crate) fn touch(&self) -> u64 {
        let memory = u64::from(self.frames.is_some()) ^ u64::from(self.told);
        let sides = self.ended ^ self.ending ^ self.done ^ self.watched_sides;
        let phase = u64::from(matches!(self.phase, Phase::Over));
        memory ^ u64::from(sides) ^ phase ^ self.watched.touch() ^ self.held as u64
    }
}

/// What is left of a conversation when it is over, for the record of its flow.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Ledger {
    /// Transactions of its protocols.
    pub(crate) transactions: u32,
    /// The protocol that the client's first bytes are of, where the flow counts as another's; 0 for none.
    pub(crate) to_server: u16,
    /// Likewise of the server's.
    pub(crate) to_client: u16,
    /// The most wide holes there were at once on the way to the server and to the client.
    pub(crate) wide_holes: [u8; 2],
    /// Whose connection a balancer passed on.
    pub(crate) proxied: Option<Box<Proxied>>,
    /// The name that its server was called by in it. Others share the address with that server.
    pub(crate) called: Option<Box<str>>,
    /// Whether the server passes on what the client says: names that come from there on are others'.
    pub(crate) is_passed_on: bool,
}

/// The connection that a balancer passes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Proxied {
    pub(crate) client: SocketAddr,
    pub(crate) server: SocketAddr,
}

/// How far a conversation is understood.
#[derive(Default)]
pub(crate) enum Phase {
    /// What it speaks is not known yet.
    #[default]
    New,
    /// Nor by these bytes.
    Waiting(Box<Pending>),
    /// A parser reads it.
    Parsing(Box<dyn Parser>),
    /// Nothing more is tried.
    Over,
}

/// What was agreed on, and whether it came.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Agreed {
    /// Nothing that is still to come.
    #[default]
    Nothing,
    /// TLS, of which nothing was seen yet.
    Tls,
    /// TLS, and something else came.
    Otherwise,
}

/// Pieces not yet understood, in the order in which they came.
#[derive(Debug, Default)]
pub(crate) struct Pending {
    client: Vec<u8>,
    server: Vec<u8>,
    order: Vec<(Side, u32)>,
}

impl Pending {
    /// Keeps a piece; false when it does not fit.
    pub(crate) fn push(&mut self, side: Side, bytes: &[u8]) -> bool {
        let kept = match side {
            Side::ToServer => &mut self.client,
            Side::ToClient => &mut self.server,
        };
        if kept.len() + bytes.len() > MAX_PENDING {
            return false;
        }
        kept.extend_from_slice(bytes);
        self.order.push((side, bytes.len() as u32));
        true
    }

    /// Keeps a datagram; instead of all that came before when they do not fit together.
    pub(crate) fn push_latest(&mut self, side: Side, bytes: &[u8]) {
        if !self.push(side, bytes) {
            self.forget(side);
            self.push(side, bytes);
        }
    }

    /// All of one side's bytes.
    pub(crate) fn of(&self, side: Side) -> &[u8] {
        match side {
            Side::ToServer => &self.client,
            Side::ToClient => &self.server,
        }
    }

    /// Forgets what one side said.
    pub(crate) fn forget(&mut self, side: Side) {
        self.order.retain(|(whose, _)| *whose != side);
        match side {
            Side::ToServer => self.client.clear(),
            Side::ToClient => self.server.clear(),
        }
    }

    /// The pieces in the order in which they came.
    pub(crate) fn pieces(&self) -> impl Iterator<Item = (Side, &[u8])> + Clone {
        let (mut client, mut server) = (self.client.as_slice(), self.server.as_slice());
        self.order.iter().map(move |&(side, length)| {
            let from = match side {
                Side::ToServer => &mut client,
                Side::ToClient => &mut server,
            };
            let (piece, rest) = from.split_at_checked(length as usize).unwrap_or_default();
            *from = rest;
            (side, piece)
        })
    }
}

impl Conversation {
    /// Whether rules read any of its streams.
    #[inline]
    pub(crate) fn has_readers(&self) -> bool {
        self.is_watched && self.watched_sides != 0
    }
}

/// The bit of a side in a set of sides.
pub(crate) fn bit(side: Side) -> u8 {
    match side {
        Side::ToServer => 1,
        Side::ToClient => 2,
    }
}

/// Both sides.
pub(crate) const BOTH: u8 = 3;
