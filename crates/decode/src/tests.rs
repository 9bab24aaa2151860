//! Hand-made frames of every link type, layer and tunnel.

mod build;
mod faults;
mod layers;
mod links;
mod random;
mod transports;
mod truncation;
mod tunnels;

use crate::{Datagram, Decoded, Fault, Options, decode};

/// Decodes an uncut frame with the standard options.
fn decoded(link: u16, frame: &[u8]) -> Decoded {
    let mut out = Decoded::default();
    decode(
        link,
        frame,
        frame.len() as u32,
        &Options::default(),
        &mut out,
    );
    out
}

/// Decodes an Ethernet frame.
fn ethernet_decoded(frame: &[u8]) -> Decoded {
    decoded(1, frame)
}

fn faults(out: &Decoded) -> Vec<Fault> {
    out.faults().collect()
}

/// The innermost datagram.
fn last(out: &Decoded) -> Datagram {
    *out.datagrams().last().expect("a datagram")
}
