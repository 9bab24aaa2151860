//! Packets in: capture files, pipes and live interfaces.
//!
//! Everything that yields packets is a [`Source`]. A source hands out packets in
//! small groups so that the caller pays one virtual call per group, and the
//! bytes stay where they are (a window of a file, a kernel ring) until the call returns.
//!
//! This is the only crate with `unsafe` code: kernel rings, waiting for pipes, file
//! locks, and a libpcap that is loaded at run time.

pub mod bpf;
mod file;
#[allow(unsafe_code)]
pub mod health;
#[allow(unsafe_code)]
pub mod interfaces;
#[allow(unsafe_code)]
mod libpcap;
#[allow(unsafe_code)]
mod live;
mod order;
mod packet;
#[allow(unsafe_code)]
mod privileges;
mod source;
mod writer;

pub use file::{FileOptions, is_awaited, open_files, read_bytes};
pub use live::{Backend, DEFAULT_RING_BYTES, LiveOptions, open_live, open_live_workers};
pub use packet::{MAX_GROUP, Packet, SNAP_LIMIT};
pub use privileges::{DropOptions, Dropped, drop_privileges};
pub use source::{Counters, Error, Event, Polled, Source};
pub use writer::{COMMENT_LIMIT, Drops, PcapngWriter, check_not_read};
