//! Link, network and transport headers, tunnels included.
//!
//! Decoding never fails: it says what it found, where it stopped and why. Results
//! are offsets into the frame, so one [`Decoded`] is reused for every packet.
//!
//! Bytes are read with `get` and the cursor only; a layer that lies about its
//! length is believed as far as the bytes go, and a [`Fault`] tells.

#![allow(clippy::doc_markdown)] // Protocol names are full of capitals; they are no code.

mod bytes;
mod checksum;
mod decoded;
mod decoder;
mod fault;
mod hash;
mod link;
mod network;
mod options;
mod rebuild;
mod transport;
mod tunnel;

pub use decoded::{
    Datagram, Decoded, Enclosed, Fragment, Frame, MAX_DATAGRAMS, MAX_FAULTS, MAX_VLANS, Network,
    Quoted, Tcp, Tunnel, flags, from_ip, to_ip,
};
pub use decoder::{MAX_LAYERS, decode, decode_ip};
pub use fault::Fault;
pub use hash::flow_hash;
pub use options::{MAX_TUNNEL_PORTS, Options};
pub use rebuild::write_ip_header;

#[cfg(test)]
mod tests;
