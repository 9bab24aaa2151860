//! Application protocols: what a flow speaks.
//!
//! For now a protocol is recognised by the first bytes of either side. A parser
//! does no I/O, reads no clock and never panics.
//!
//! To add a protocol, write its probe in the file of `probe/` it belongs to and
//! name it in [`PROTOCOLS`].

mod probe;
mod protocol;
mod recognise;

pub use probe::PROTOCOLS;
pub use protocol::{FirstBytes, Protocol, Side, Transport, Verdict};
pub use recognise::{Recognition, WINDOW, recognise};
