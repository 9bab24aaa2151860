//! Packets in: capture files, pipes and live interfaces.
//!
//! Everything that yields packets is a [`Source`]. A source hands out packets in
//! small groups so that the caller pays one virtual call per group, and the
//! bytes stay where they are (a mapped file, a kernel ring) until the call returns.
//!
//! This is the only crate with `unsafe` code: mapped files, kernel rings and a
//! libpcap that is loaded at run time.

mod packet;
mod source;

pub use packet::{MAX_GROUP, Packet, SNAP_LIMIT};
pub use source::{Counters, Error, Event, Polled, Source};
