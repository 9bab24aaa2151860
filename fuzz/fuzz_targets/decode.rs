//! Feeds the decoder with frames of any link type: it must not panic, and what it points at
//! must lie within the frame.
//!
//! The first two bytes are the link type, the third how much of the wire length was captured.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wirewatch_decode::{Decoded, Options, decode, decode_ip, flow_hash};

fuzz_target!(|data: &[u8]| {
    let Some(([low, high, cut], frame)) = data.split_first_chunk() else {
        return;
    };
    let link = u16::from_le_bytes([*low, *high]);
    let wire_length = frame.len() as u32 + u32::from(*cut);
    let mut options = Options::default();
    options.teredo_by_content = cut & 1 != 0;
    let mut out = Decoded::default();
    decode(link, frame, wire_length, &options, &mut out);
    check(&out, frame.len());
    decode_ip(frame, &options, &mut out);
    check(&out, frame.len());
    flow_hash(link, frame);
});

fn check(out: &Decoded, length: usize) {
    assert!(out.frame.network_offset as usize <= length);
    for datagram in out.datagrams() {
        assert!((datagram.payload_offset + datagram.payload_length) as usize <= length);
    }
}
