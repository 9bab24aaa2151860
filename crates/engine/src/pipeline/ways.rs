//! What a run does with all its packets.

use wirewatch_decode::Options as DecodeOptions;
use wirewatch_flow::Flow;

use crate::application::FileWays;
use crate::options::Xff;

/// How the run treats packets; the same for all workers.
#[derive(Debug, Clone)]
pub(crate) struct Ways {
    pub(crate) decode: DecodeOptions,
    /// Whether a wrong checksum counts as one that the sender's network card fills in, where all of that
    /// sender's in the flow are wrong.
    pub(crate) trust_offload: bool,
    /// Whether wrong checksums are told, and the packets are taken all the same.
    pub(crate) trust_all: bool,
    /// The same for packets whose checksums are still to be filled in.
    pub(crate) decode_unsummed: DecodeOptions,
    /// Whether records carry the interface and not the packet's number: live capture.
    pub(crate) live: bool,
    /// Whether all is told as soon as it is known, because somebody may be waiting for it: interfaces are
    /// listened to, or a pipe is read.
    pub(crate) prompt: bool,
    /// Whether the totals are kept per packet, for a live picture.
    pub(crate) watched: bool,
    pub(crate) files: FileWays,
    pub(crate) community_id: bool,
    pub(crate) community_seed: u16,
    pub(crate) payload_in_alerts: bool,
    pub(crate) packet_in_alerts: bool,
    pub(crate) packet_in_anomalies: bool,
    /// Whether records tell link addresses.
    pub(crate) link_addresses: bool,
    /// Whether flows are told apart by their VLANs.
    pub(crate) vlans_apart: bool,
    /// Whether and how alerts carry the client that a proxy names.
    pub(crate) xff: Option<Xff>,
    pub(crate) details_in_alerts: bool,
    pub(crate) flow_variables: bool,
    pub(crate) exception_policy: bool,
    pub(crate) midstream: Midstream,
}

/// What becomes of connections whose beginning was not seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Midstream {
    Ignore,
    PassFlow,
    Bypass,
}

impl Midstream {
    pub(crate) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "ignore" => Self::Ignore,
            "pass-flow" => Self::PassFlow,
            "bypass" => Self::Bypass,
            _ => return None,
        })
    }

    /// What the record of such a flow tells.
    pub(super) fn told(self) -> &'static str {
        match self {
            Self::Ignore => r#"[{"target":"stream_midstream","policy":"ignore"}]"#,
            Self::PassFlow => r#"[{"target":"stream_midstream","policy":"pass_flow"}]"#,
            Self::Bypass => r#"[{"target":"stream_midstream","policy":"bypass"}]"#,
        }
    }
}

impl Ways {
    /// The flow's community id, when records are to carry it.
    pub(crate) fn community_id(&self, flow: &Flow) -> Option<wirewatch_flow::CommunityId> {
        self.community_id
            .then(|| wirewatch_flow::CommunityId::of(flow.key(), self.community_seed))
    }
}
