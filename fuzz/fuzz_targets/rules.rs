//! Rules and a packet, both hostile: the text up to the first NUL byte, then a datagram.

#![no_main]

use std::sync::Arc;

use libfuzzer_sys::fuzz_target;
use wirewatch_decode::{Datagram, Decoded, Options, decode_ip};
use wirewatch_detect::rules::{
    Direction, FlowRules, LoadOptions, Matcher, Origin, PacketView, RuleSet, RuleState,
};

fuzz_target!(|data: &[u8]| {
    let mut parts = data.splitn(2, |byte| *byte == 0);
    let text = String::from_utf8_lossy(parts.next().unwrap_or_default());
    let bytes = parts.next().unwrap_or_default();
    let (set, _) = RuleSet::from_text("fuzz.rules", &text, &LoadOptions::default());
    let mut decoded = Decoded::default();
    decode_ip(bytes, &Options::default(), &mut decoded);
    let empty = Datagram::default();
    let datagram = decoded.datagrams().first().unwrap_or(&empty);
    let start = datagram.payload_offset as usize;
    let end = start.saturating_add(datagram.payload_length as usize);
    // Rules see the raw bytes where there is no datagram, so that text alone finds a way in.
    let payload = bytes.get(start..end).filter(|part| !part.is_empty());
    // Small tables: large ones would cost more than the rest.
    let state = Arc::new(RuleState::new(64));
    let mut matcher = Matcher::with_state(Arc::new(set), state);
    let mut flow = FlowRules::default();
    for direction in [None, Some(Direction::ToServer), Some(Direction::ToClient)] {
        let view = PacketView {
            datagram,
            bytes,
            payload: payload.unwrap_or(bytes),
            origin: Origin::PacketAndStream,
            direction,
            established: direction.is_some(),
            app_protocol: None,
            faults: decoded
                .faults
                .get(..usize::from(decoded.fault_count))
                .unwrap_or_default(),
        };
        matcher.inspect(&view, &mut flow, 0, &mut |_, _| {});
    }
});
