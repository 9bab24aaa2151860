//! VLANs in which flows began, when flows are told apart without them.

use foldhash::fast::RandomState;
use hashbrown::HashMap;
use wirewatch_flow::Flow;

/// Flows whose VLANs are kept at once; of others only packets tell them. A sensor with more flows in VLANs
/// tells flows apart by them.
const MAX_FLOWS: usize = 65_536;

/// The VLANs of one worker's flows.
#[derive(Debug, Default)]
pub(crate) struct VlanTags {
    flows: HashMap<u64, [u16; 3], RandomState>,
}

impl VlanTags {
    /// Notes what the first packet of a flow was in.
    pub(crate) fn note(&mut self, flow: &Flow, vlans: [u16; 3]) {
        if vlans[0] != 0 && self.flows.len() < MAX_FLOWS {
            self.flows.insert(flow.id(), vlans);
        }
    }

    /// What the first packet of a flow was in.
    pub(crate) fn of(&self, flow: &Flow) -> Option<[u16; 3]> {
        self.flows.get(&flow.id()).copied()
    }

    /// The same of a flow that has ended.
    pub(crate) fn take(&mut self, flow: &Flow) -> Option<[u16; 3]> {
        self.flows.remove(&flow.id())
    }
}
