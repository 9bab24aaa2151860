//! `tag`: which packets after an alert are kept.

use wirewatch_decode::Datagram;

use super::host_table::HostKey;
use super::state::{FlowRules, RuleState};

/// What is tagged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tagged {
    /// The flow.
    Session,
    /// The source of the packet that matched, and all it sends and gets.
    Source,
    /// Its destination.
    Destination,
}

/// How far a tag reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    Packets(u32),
    Bytes(u32),
    /// Nanoseconds.
    Time(i64),
}

/// One `tag` of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tag {
    pub(crate) what: Tagged,
    pub(crate) reach: Reach,
}

/// What is left of a tag.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Left {
    /// When the rule matched: the packet of that time has its alert.
    since: i64,
    until: i64,
    packets: u32,
    bytes: u32,
}

impl Left {
    fn new(reach: Reach, now: i64) -> Self {
        let (packets, bytes, time) = match reach {
            Reach::Packets(packets) => (packets, u32::MAX, i64::MAX),
            Reach::Bytes(bytes) => (u32::MAX, bytes, i64::MAX),
            Reach::Time(time) => (u32::MAX, u32::MAX, time),
        };
        Self {
            since: now,
            until: now.saturating_add(time),
            packets,
            bytes,
        }
    }

    /// Takes a packet; whether the tag still reaches it.
    fn take(&mut self, now: i64, bytes: u32) -> bool {
        if self.packets == 0 || self.bytes == 0 || now > self.until || now <= self.since {
            return false;
        }
        self.packets -= 1;
        self.bytes = self.bytes.saturating_sub(bytes);
        true
    }
}

impl Tag {
    /// Begins to keep packets.
    pub(crate) fn begin(
        self,
        datagram: &Datagram,
        now: i64,
        flow: &mut FlowRules,
        state: &RuleState,
    ) {
        let left = Left::new(self.reach, now);
        let host = match self.what {
            Tagged::Session => {
                flow.tag(left);
                return;
            }
            Tagged::Source => datagram.source,
            Tagged::Destination => datagram.destination,
        };
        state.tags.update(key(host), now, |known| *known = left);
    }
}

fn key(host: u128) -> HostKey {
    HostKey {
        id: (0, 0),
        first: host,
        second: 0,
    }
}

/// Whether a packet is to be kept for a tag; each tag that reaches it counts it.
pub(crate) fn takes(
    datagram: &Datagram,
    bytes: u32,
    now: i64,
    flow: Option<&mut FlowRules>,
    state: &RuleState,
) -> bool {
    let of_flow = flow.and_then(FlowRules::tagged);
    let mut taken = of_flow.is_some_and(|left| left.take(now, bytes));
    if state.tags.is_unused() {
        return taken;
    }
    for host in [datagram.source, datagram.destination] {
        // Most hosts have no tag: only those that have are written to.
        if state.tags.get(key(host)).is_some() {
            let took = state
                .tags
                .update(key(host), now, |left| left.take(now, bytes));
            taken |= took == Some(true);
        }
    }
    taken
}
