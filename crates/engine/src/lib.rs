//! The engine: wires capture, decoding, flows, detection and records into a run.
//!
//! A run is opened with [`Engine::open`], which tells every mistake a user can make before the first
//! packet, started with [`Engine::start`], and read with [`Engine::next`] until [`Update::End`].

mod application;
mod counters;
mod dispatch;
mod emit;
mod engine;
mod error;
mod extract;
mod files;
mod flow_record;
mod judge;
mod link_addresses;
mod opening;
mod options;
mod origin;
mod outlet;
mod pace;
mod packet_record;
mod packets;
mod picture;
mod pipeline;
mod recogniser;
mod stats;
mod tally;
mod taps;
mod tls_fields;
mod tunnels;
mod verdicts;
mod vlan_tags;
mod worker;
mod zeek;

pub use counters::Counters;
pub use engine::{Engine, Renewal};
pub use error::Error;
pub use options::Options;
pub use outlet::Update;
pub use packets::{Entry, PacketBatch};
pub use verdicts::LoadedRules;
