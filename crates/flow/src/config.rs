//! Settings of the flow table.

use crate::standing::Standing;
use crate::table::Table;

/// No table is larger than this: a billion flows would take 280 GB.
const MOST_FLOWS: usize = 1 << 30;
/// No table is smaller: below this, eviction would end flows that just began.
const FEWEST_FLOWS: usize = 64;

/// Settings of one worker's flow table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// Flows kept at once; see [`Config::with_memory`].
    pub max_flows: usize,
    /// When silent flows end.
    pub timeouts: Timeouts,
    /// When silent flows end while the table is nearly full.
    pub emergency: Timeouts,
    /// Seconds after which a flow that goes on gives an intermediate record, 0 for never.
    pub active_timeout_s: u32,
    /// Whether VLAN identifiers part flows. Off where the two directions use different ones.
    pub use_vlan: bool,
    /// Whether the tunnel parts flows. Off where the same traffic is seen in and outside of it.
    pub use_tunnel: bool,
    /// Number of the worker, which is part of its flows' identifiers.
    pub worker: u8,
}

/// Seconds of silence after which a flow ends, per protocol. The defaults are Suricata's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// TCP.
    pub tcp: StateTimeouts,
    /// UDP and UDP-Lite.
    pub udp: StateTimeouts,
    /// ICMP and `ICMPv6`.
    pub icmp: StateTimeouts,
    /// Everything else.
    pub other: StateTimeouts,
}

/// Seconds of silence after which a flow ends, per state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StateTimeouts {
    /// Packets in one direction only, or a handshake that is not finished.
    pub new: u32,
    /// Both sides speak.
    pub established: u32,
    /// TCP only: both sides closed, or one reset.
    pub closed: u32,
    /// The rest of the flow is not inspected.
    pub bypassed: u32,
}

impl StateTimeouts {
    const fn new(new: u32, established: u32, closed: u32, bypassed: u32) -> Self {
        Self {
            new,
            established,
            closed,
            bypassed,
        }
    }
}

impl Timeouts {
    /// For ordinary times.
    pub const NORMAL: Self = Self {
        tcp: StateTimeouts::new(60, 600, 60, 100),
        udp: StateTimeouts::new(30, 300, 0, 100),
        icmp: StateTimeouts::new(30, 300, 0, 100),
        other: StateTimeouts::new(30, 300, 0, 100),
    };
    /// For a table that is nearly full.
    pub const EMERGENCY: Self = Self {
        tcp: StateTimeouts::new(5, 100, 10, 50),
        udp: StateTimeouts::new(10, 100, 0, 50),
        icmp: StateTimeouts::new(10, 100, 0, 50),
        other: StateTimeouts::new(10, 100, 0, 50),
    };

    /// The timeouts in nanoseconds, by the number of [`Standing::timeout`].
    pub(crate) fn nanoseconds(&self) -> [u64; Standing::TIMEOUTS] {
        let mut flat = [0; 16];
        let rows = [self.tcp, self.udp, self.icmp, self.other];
        for (cells, row) in flat.chunks_exact_mut(4).zip(rows) {
            let states = [row.new, row.established, row.closed, row.bypassed];
            for (cell, seconds) in cells.iter_mut().zip(states) {
                *cell = u64::from(seconds) * crate::clock::SECOND;
            }
        }
        flat
    }
}

impl Config {
    /// The default settings with as many flows as fit in a share of memory.
    pub fn with_memory(bytes: usize) -> Self {
        let mut fitting = bytes / Table::BYTES_PER_FLOW;
        // The index doubles, so the last step may be too much.
        while fitting > FEWEST_FLOWS && Table::bytes_for(fitting) > bytes {
            fitting -= fitting / 16 + 1;
        }
        Self {
            max_flows: fitting,
            ..Self::default()
        }
    }

    /// The number of flows within what a table can hold.
    pub(crate) fn bounded_flows(&self) -> usize {
        self.max_flows.clamp(FEWEST_FLOWS, MOST_FLOWS)
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            max_flows: 200_000,
            timeouts: Timeouts::NORMAL,
            emergency: Timeouts::EMERGENCY,
            active_timeout_s: 0,
            use_vlan: true,
            use_tunnel: true,
            worker: 0,
        }
    }
}
