//! TCP segments to bytes in order: what the two hosts of a connection read from each other.
//!
//! RFC 9293. [`Streams`] keeps, within a fixed amount of memory, what a connection's parsers cannot
//! have yet: bytes behind a hole, and bytes that their receiver has not acknowledged. Everything
//! else goes from the packet to the parser without being copied.
//!
//! Bytes that are next in order are final: no host takes them back. Whose bytes are kept where
//! segments behind a hole overlap is a matter of the operating system, see [`Policy`].

mod backlog;
mod config;
mod counters;
mod delivery;
mod event;
mod half;
mod policy;
mod pool;
mod run;
mod stream;
mod streams;
#[cfg(test)]
mod testing;

pub use config::{Config, MAX_SEGMENTS, MAX_UNACKNOWLEDGED, Urgent};
pub use counters::Counters;
pub use delivery::{Content, Delivery, Fate};
pub use event::{Event, Events};
pub use policy::Policy;
pub use streams::{StreamIndex, Streams};

#[cfg(test)]
mod tests;
