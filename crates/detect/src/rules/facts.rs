//! What a rule asks of its flow's sizes and age.

use wirewatch_proto::Side;

use super::number::Comparison;

/// A flow's sizes, told by whoever keeps it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FlowFacts {
    /// Seconds since its first packet.
    pub age_s: u32,
    /// Packets to the server and to the client.
    pub packets: [u64; 2],
    /// Bytes of these packets.
    pub bytes: [u64; 2],
    /// Payload bytes that TCP has carried in order, to the server and to the client.
    pub stream: [u64; 2],
}

/// Which sides a number is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sides {
    One(Side),
    Both,
    Either,
}

impl Sides {
    fn hold(self, [to_server, to_client]: [u64; 2], fits: impl Fn(u64) -> bool) -> bool {
        match self {
            Self::One(Side::Client) => fits(to_server),
            Self::One(Side::Server) => fits(to_client),
            Self::Both => fits(to_server) && fits(to_client),
            Self::Either => fits(to_server) || fits(to_client),
        }
    }
}

/// One question to a flow's sizes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FactTest {
    Age(Comparison),
    Packets(Sides, Comparison),
    Bytes(Sides, Comparison),
    /// How far a side's sequence numbers have come.
    Stream(Sides, Comparison),
    Elephant(bool),
}

/// What makes a flow a large one, as the rule language's engine has it by default.
const ELEPHANT_BYTES: u64 = 10 << 20;

impl FactTest {
    pub(crate) fn holds(self, facts: &FlowFacts) -> bool {
        match self {
            Self::Age(wanted) => wanted.holds(facts.age_s.into()),
            Self::Packets(sides, wanted) => sides.hold(facts.packets, |n| wanted.holds(n)),
            Self::Bytes(sides, wanted) => sides.hold(facts.bytes, |n| wanted.holds(n)),
            // The SYN takes a number, too.
            Self::Stream(sides, wanted) => {
                sides.hold(facts.stream, |n| wanted.holds(n.saturating_add(1)))
            }
            Self::Elephant(wanted) => {
                let [to_server, to_client] = facts.bytes;
                (to_server.saturating_add(to_client) >= ELEPHANT_BYTES) == wanted
            }
        }
    }
}
