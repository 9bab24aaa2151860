//! List files and looked-up names from anywhere never panic the reader, and what was
//! loaded agrees with itself.

#![no_main]

use libfuzzer_sys::fuzz_target;
use wirewatch_detect::intel::Intel;

fuzz_target!(|bytes: &[u8]| {
    let (list, asked) = bytes.split_at(bytes.len() * 3 / 4);
    let (intel, _) = Intel::parse(&[("fuzz", list)]);
    let _ = intel.lookup_domain(asked);
    for chunk in asked.chunks_exact(4) {
        let address = chunk.iter().fold(0xffff_u128, |sum, byte| (sum << 8) | u128::from(*byte));
        if let Some(hit) = intel.lookup_ip(address, None) {
            assert!(!hit.indicator.is_empty());
        }
    }
});
