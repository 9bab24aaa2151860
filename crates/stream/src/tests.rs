//! Tests of reassembly on whole connections.

mod bounds;
mod doubted;
mod endings;
mod handshake;
mod order;
mod overlaps;
mod properties;
mod timestamps;
mod urgent;
mod windows;
