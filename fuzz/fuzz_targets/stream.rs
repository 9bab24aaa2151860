//! Segments of a few connections, made from the input: whatever they are, what is delivered of
//! each direction follows on itself, memory stays within its limit, and each byte is accounted for.

#![no_main]

use libfuzzer_sys::fuzz_target;
use wirewatch_decode::{Datagram, Tcp};
use wirewatch_flow::Side;
use wirewatch_stream::{Config, Content, Delivery, Policy, StreamIndex, Streams, Urgent};

const CONNECTIONS: usize = 4;
const DEPTH: u64 = 5000;
/// Bytes of the input per segment.
const STEP: usize = 10;

/// What was delivered of one connection.
#[derive(Default)]
struct Seen {
    positions: [u64; 2],
    ends: [u32; 2],
    resets: [u32; 2],
    is_over: [bool; 2],
}

impl Seen {
    fn note(&mut self, delivery: &Delivery<'_>, depth: u64) {
        let at = usize::from(delivery.side == Side::ToClient);
        assert!(!self.is_over[at], "something after the depth");
        assert_eq!(delivery.offset, self.positions[at], "does not follow");
        match delivery.content {
            Content::Data(bytes) => {
                assert!(!bytes.is_empty(), "no bytes");
                self.positions[at] += bytes.len() as u64;
            }
            Content::Gap(length) => {
                assert!(length > 0, "no gap");
                self.positions[at] += length;
            }
            Content::Eof => self.ends[at] += 1,
            Content::Reset => self.resets[at] += 1,
            Content::DepthReached => self.is_over[at] = true,
        }
        assert!(
            depth == 0 || self.positions[at] <= depth,
            "beyond the depth"
        );
        assert!(self.ends[at] <= 1 && self.resets[at] <= 1, "two ends");
    }
}

fuzz_target!(|data: &[u8]| {
    let Some((head, mut rest)) = data.split_at_checked(6) else {
        return;
    };
    let config = Config {
        policy: Policy::ALL[usize::from(head[0]) % Policy::ALL.len()],
        urgent: if head[1] & 1 == 0 {
            Urgent::OutOfBand
        } else {
            Urgent::Inline
        },
        inline: head[1] & 2 != 0,
        midstream: head[1] & 4 != 0,
        async_oneside: head[1] & 8 != 0,
        depth_to_server: if head[1] & 16 == 0 { 0 } else { DEPTH },
        depth_to_client: if head[1] & 32 == 0 { 0 } else { DEPTH },
        memory_bytes: 2000 + usize::from(head[2]) * 200,
        max_segments_per_side: 1 + usize::from(head[3]) % 20,
        max_streams: 3,
        believe_acknowledged: head[1] & 64 == 0,
    };
    let base = u32::from_le_bytes([head[4], head[5], 0xff, 0xff]);
    let mut streams = Streams::new(config);
    let mut open: [Option<StreamIndex>; CONNECTIONS] = [None; CONNECTIONS];
    let mut seen: [Seen; CONNECTIONS] = Default::default();
    let depth = |side| match side {
        Side::ToServer => config.depth_to_server,
        Side::ToClient => config.depth_to_client,
    };
    while let Some((step, after)) = rest.split_at_checked(STEP) {
        rest = after;
        let connection = usize::from(step[0] & 3);
        let side = if step[0] & 4 == 0 {
            Side::ToServer
        } else {
            Side::ToClient
        };
        let length = usize::from(step[1]) * if step[0] & 8 == 0 { 1 } else { 8 };
        let payload = vec![step[2]; length];
        let word = |at: usize| u32::from(u16::from_le_bytes([step[at], step[at + 1]]));
        let datagram = Datagram {
            protocol: 6,
            payload_wire_length: length as u32 + u32::from(step[0] >> 7),
            payload_length: length as u32,
            bad_checksum: step[9] & 0x30 == 0x30,
            tcp: Tcp {
                sequence: base.wrapping_add(word(3)),
                acknowledgement: base.wrapping_add(word(5)),
                flags: step[7] & 0x3f,
                window: u16::from(step[8]) << 8,
                window_scale: step[9] & 3,
                urgent: u16::from(step[9]),
                ..Tcp::default()
            },
            ..Datagram::default()
        };
        if open[connection].is_none() {
            open[connection] = streams.open(&datagram);
            seen[connection] = Seen::default();
        }
        let Some(index) = open[connection] else {
            continue;
        };
        let known = &mut seen[connection];
        let mut deliver = |delivery: Delivery<'_>| known.note(&delivery, depth(delivery.side));
        match step[0] >> 4 & 7 {
            0 if step[9] & 0x80 != 0 => {
                streams.finish(index, &mut deliver);
                open[connection] = None;
            }
            1 if step[9] & 0x80 != 0 => {
                streams.close(index);
                open[connection] = None;
            }
            2 if step[9] & 0xc0 == 0xc0 => streams.stop(index, side),
            _ => {
                streams.segment(index, side, &datagram, &payload, &mut deliver);
            }
        }
        assert!(
            streams.memory_bytes() <= config.memory_bytes,
            "too much memory"
        );
    }
    for (index, known) in open.iter().zip(&mut seen) {
        if let Some(index) = index {
            streams.finish(*index, &mut |delivery| {
                known.note(&delivery, depth(delivery.side))
            });
        }
    }
    let counters = streams.counters();
    assert_eq!(
        counters.payload_bytes,
        counters.settled_bytes(),
        "bytes unaccounted for: {counters:?}"
    );
});
