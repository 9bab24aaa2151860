//! Capture files of every format, plain and compressed: no panic, and bounded packets.

#![no_main]

use libfuzzer_sys::fuzz_target;
use wirewatch_capture::{SNAP_LIMIT, read_bytes};

fuzz_target!(|data: &[u8]| {
    let mut packets = 0_u64;
    let outcome = read_bytes(data, &mut |group| {
        for packet in group {
            assert!(packet.bytes.len() <= SNAP_LIMIT as usize);
            assert!(packet.wire_length as usize >= packet.bytes.len());
            assert!(packet.ts >= 0);
            packets += 1;
        }
    });
    if let Ok(counted) = outcome {
        assert_eq!(counted, packets);
    }
});
