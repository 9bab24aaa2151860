//! The application layer of one worker: streams are put together, protocols recognised, parsers fed.
//!
//! Each flow with payload has a conversation until nothing of it interests any more; what
//! its parser tells goes through a teller to rules, records, files and names.

use std::collections::BTreeMap;

use wirewatch_flow::{Flow, Side};
use wirewatch_proto::Limits;
use wirewatch_stream::{Config as StreamConfig, Event, Events};

use crate::counters::Protocols;
use crate::emit::Emitter;
use crate::judge::{Judge, Out, Sight};
use crate::link_addresses::Mac;
use crate::origin;
use crate::pipeline::Ways;
use crate::tally::Tally;

mod conversation;
mod conversations;
mod file;
mod frames;
mod guest;
mod hashes;
mod notable;
mod range;
mod reader;
mod shared;
mod teller;
mod watched;

pub(crate) use conversation::{Ledger, Proxied};
pub(crate) use conversations::Applications;
pub(crate) use file::FileWays;
pub(crate) use frames::Shown;
pub(crate) use shared::Shared;
pub(crate) use teller::members;
pub(crate) use watched::Chunks;

/// `Flow::user[2]`: the payload of the rest says nothing, as when it is encrypted.
pub(crate) const QUIET: u32 = 1 << 16;

/// `Flow::user[2]`: the number of the protocol that was spoken before the first change, 0 for none.
pub(crate) const FIRST_APP: u32 = 0xffff;

pub(crate) const TCP: u8 = 6;
const UDP: u8 = 17;

/// The packet at hand, for records.
#[derive(Clone, Copy)]
pub(crate) struct At<'a> {
    pub(crate) ts: i64,
    /// The packet itself; none when the end of a flow is at hand.
    pub(crate) sight: Option<&'a Sight<'a>>,
    /// Link addresses of the client and the server, known without a packet.
    pub(crate) ends: Option<(Mac, Mac)>,
    /// VLANs that the flow began in, known without a packet.
    pub(crate) vlans: Option<[u16; 3]>,
    pub(crate) interface: &'a str,
    pub(crate) ways: &'a Ways,
}

impl<'a> At<'a> {
    pub(crate) fn iface(&self) -> Option<&'a str> {
        self.ways.live.then_some(self.interface)
    }

    /// The packet's number in the capture file.
    pub(crate) fn number(&self) -> Option<u64> {
        let sight = self.sight.filter(|_| !self.ways.live)?;
        Some(sight.packet.number)
    }

    /// The VLANs of a flow; of its packet at hand, where flows are told apart without them.
    pub(crate) fn vlans(&self, flow: &Flow) -> [u16; 3] {
        if self.ways.vlans_apart {
            return flow.scope().vlans;
        }
        let of_packet = self.sight.map(origin::vlans);
        of_packet.or(self.vlans).unwrap_or_default()
    }
}

/// What telling needs besides the flow.
pub(crate) struct Desk<'a> {
    pub(crate) emitter: &'a mut Emitter,
    pub(crate) judge: Option<&'a mut Judge>,
    pub(crate) tally: &'a mut Tally,
    pub(crate) comments: &'a mut String,
    pub(crate) shared: &'a Shared,
    pub(crate) at: At<'a>,
}

impl<'a> Desk<'a> {
    /// Detection, the packet at hand, and where alerts go; nothing when nothing is detected.
    pub(crate) fn judge(&mut self) -> Option<(&mut Judge, At<'a>, Out<'_>)> {
        let out = Out {
            emitter: self.emitter,
            tally: self.tally,
            comments: self.comments,
        };
        Some((self.judge.as_deref_mut()?, self.at, out))
    }
}

/// Settings of one worker's application layer.
#[derive(Debug, Clone)]
pub(crate) struct Config {
    pub(crate) streams: StreamConfig,
    /// Memory that parsers may hold, in bytes.
    pub(crate) parser_bytes: usize,
    /// Conversations at once.
    pub(crate) max_conversations: usize,
    /// Whether rules read streams whatever their protocol is.
    pub(crate) watch_streams: bool,
    /// How much of a stream they see at a time.
    pub(crate) chunks: Chunks,
    /// How far parsers read.
    pub(crate) limits: Limits,
    /// Protocols that are recognised, but not read.
    pub(crate) unread: Vec<String>,
    /// Bytes of each direction of a stream that are read, by protocol; 0 for all.
    pub(crate) depths: BTreeMap<String, u64>,
}

/// What was done and left undone.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Counts {
    /// Flows that were recognised.
    pub(crate) recognised: u64,
    /// Flows not looked at because too many were.
    pub(crate) shed: u64,
    /// Flows whose parser was given up because parsers held too much memory.
    pub(crate) parsers_shed: u64,
    /// Parsers that began.
    pub(crate) parsers: u64,
    /// Files not followed because too many were open in one flow.
    pub(crate) files_shed: u64,
}

impl Counts {
    /// Adds another worker's.
    pub(crate) fn add(&mut self, other: &Self) {
        self.recognised += other.recognised;
        self.shed += other.shed;
        self.parsers_shed += other.parsers_shed;
        self.parsers += other.parsers;
        self.files_shed += other.files_shed;
    }
}

/// What was odd about a segment.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Oddities {
    /// All of it, for rules.
    pub(crate) all: Events,
    /// What was not told of the flow before, for records.
    pub(crate) new: Events,
}

impl Oddities {
    /// Something that was found elsewhere, and is told of each packet.
    #[cold]
    pub(crate) fn add(&mut self, event: Event) {
        self.all.add(event);
        self.new.add(event);
    }
}

/// What conversations share within a worker.
#[derive(Default)]
struct Rest {
    counts: Counts,
    by_protocol: Protocols,
    /// Bytes all parsers hold together.
    held: usize,
    most_held: usize,
    /// Bytes all streams keep for rules together.
    waiting: usize,
    limits: Limits,
    /// Protocols that are recognised, but not read.
    unread: Vec<String>,
    /// Bytes of each direction of a stream that are read, by protocol; 0 for all.
    depths: BTreeMap<String, u64>,
}

/// What a side sends as the flow calls it.
pub(crate) fn flow_side(side: wirewatch_proto::Side) -> Side {
    match side {
        wirewatch_proto::Side::Client => Side::ToServer,
        wirewatch_proto::Side::Server => Side::ToClient,
    }
}

/// The side of a flow as parsers call it.
pub(crate) fn proto_side(side: Side) -> wirewatch_proto::Side {
    match side {
        Side::ToServer => wirewatch_proto::Side::Client,
        Side::ToClient => wirewatch_proto::Side::Server,
    }
}
