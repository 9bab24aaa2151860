//! What servers are known to do.

use foldhash::fast::RandomState;
use hashbrown::HashMap;

use super::{FlowFacts, PortsConfig};

/// Servers and ports with odd uses that are remembered, about 4 MB. Only odd ones get here;
/// when there are more, later ones are never taken for normal.
pub const MAX_PAIRS: usize = 65_536;
const SECOND: i64 = 1_000_000_000;
/// One client makes a habit with this many flows over this long.
const HABIT_FLOWS: u32 = 5;
const HABIT_TIME: i64 = 1800 * SECOND;

#[derive(Debug, Clone, Copy)]
struct Use {
    first: i64,
    client: u128,
    client_port: u16,
    flows: u32,
    is_normal: bool,
}

/// Odd uses of servers' ports, by server, port and protocol.
#[derive(Debug, Default)]
pub(super) struct Normal {
    begun: Option<i64>,
    uses: HashMap<(u128, u16, u8), Use, RandomState>,
}

impl Normal {
    pub(super) fn len(&self) -> usize {
        self.uses.len()
    }

    /// Notes a flow; tells whether such a flow was normal before it.
    pub(super) fn learn(&mut self, flow: &FlowFacts, config: &PortsConfig) -> bool {
        let begun = *self.begun.get_or_insert(flow.ts);
        let learning = i64::from(config.learning_s) * SECOND;
        // What was going on before the capture is what the server does.
        let is_old = flow.midstream || flow.ts.saturating_sub(begun) < learning;
        let key = (flow.server, flow.server_port, flow.protocol);
        let Some(seen) = self.uses.get_mut(&key) else {
            self.remember(key, flow, is_old);
            return is_old;
        };
        if seen.client_port != flow.client_port || seen.client != flow.client {
            seen.flows = seen.flows.saturating_add(1);
            seen.client_port = flow.client_port;
        }
        let is_habit =
            seen.flows >= HABIT_FLOWS && flow.ts.saturating_sub(seen.first) >= HABIT_TIME;
        seen.is_normal |= is_old || is_habit || seen.client != flow.client;
        seen.is_normal
    }

    fn remember(&mut self, key: (u128, u16, u8), flow: &FlowFacts, is_normal: bool) {
        if self.uses.len() < MAX_PAIRS {
            let first = Use {
                first: flow.ts,
                client: flow.client,
                client_port: flow.client_port,
                flows: 1,
                is_normal,
            };
            self.uses.insert(key, first);
        }
    }
}
