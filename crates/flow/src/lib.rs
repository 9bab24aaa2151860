//! Flows: which packets belong together, what is known about each conversation, and when it is over.
//!
//! [`Table`] is the bounded flow table of one worker; [`Defragmenter`] puts IP fragments
//! together before their flow is known; [`CommunityId`] names flows as other tools do.
//! Time is capture time throughout. Nothing visible depends on the hash seed.

mod clock;
mod community_id;
mod config;
mod conn_state;
mod defragment;
mod flow;
mod history;
mod icmp;
mod index;
mod key;
mod lists;
mod protocol;
mod roles;
mod side;
mod standing;
mod syns;
mod table;
mod tcp;
#[cfg(test)]
mod testing;
mod wheel;

pub use community_id::CommunityId;
pub use config::{Config, StateTimeouts, Timeouts};
pub use defragment::{
    DefragmentConfig, DefragmentCounters, Defragmenter, Outcome, Policy, Reassembled,
};
pub use flow::{EndReason, Flow, IcmpTypes, Packet, State};
pub use history::History;
pub use key::{Direction, Key, Lookup, Scope};
pub use side::{PerSide, Side};
pub use table::{Counters, FlowIndex, Seed, Table, Update};
pub use tcp::{TcpEvents, TcpState};
