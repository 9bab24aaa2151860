//! Link, network and transport headers, tunnels included.
//!
//! Decoding never fails: it says what it found, where it stopped and why. Results
//! are offsets into the frame, so one [`Decoded`] is reused for every packet.
//!
//! Bytes are read with `get` and the cursor only; a layer that lies about its
//! length is believed as far as the bytes go, and a [`Fault`] tells.

mod decoded;
mod fault;

pub use decoded::{
    Datagram, Decoded, Fragment, Frame, MAX_DATAGRAMS, MAX_FAULTS, MAX_VLANS, Network, Tcp, Tunnel,
    flags, from_ip, to_ip,
};
pub use fault::Fault;
