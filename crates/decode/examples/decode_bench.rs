//! Measures decoding: nanoseconds per packet of a capture, with and without checksums.
//!
//! `cargo run --release -p wirewatch-decode --example decode_bench -- FILE.pcap`

use std::hint::black_box;
use std::time::Instant;

use wirewatch_decode::{Decoded, Options, decode, flow_hash};

const FILE_HEADER: usize = 24;
const RECORD_HEADER: usize = 16;
const ROUNDS: u32 = 5;

struct Packet {
    start: usize,
    end: usize,
    wire_length: u32,
}

fn main() -> std::io::Result<()> {
    for path in std::env::args().skip(1) {
        let bytes = std::fs::read(&path)?;
        let (link, packets) = index(&bytes);
        println!("{path}: {} packets, link type {link}", packets.len());
        for checksums in [false, true] {
            let options = Options {
                checksums,
                ..Options::default()
            };
            measure(
                &format!("decode, checksums {checksums}"),
                &packets,
                |packet, out| {
                    let frame = bytes.get(packet.start..packet.end).unwrap_or_default();
                    decode(link, frame, packet.wire_length, &options, out);
                    u64::from(out.datagram_count)
                },
            );
        }
        measure("flow_hash", &packets, |packet, _| {
            let frame = bytes.get(packet.start..packet.end).unwrap_or_default();
            u64::from(flow_hash(link, frame))
        });
    }
    Ok(())
}

/// Prints the best of some rounds, which is the one that was disturbed least.
fn measure(name: &str, packets: &[Packet], mut each: impl FnMut(&Packet, &mut Decoded) -> u64) {
    let mut out = Decoded::default();
    let mut best = f64::INFINITY;
    for _ in 0..ROUNDS {
        let begin = Instant::now();
        let mut total = 0_u64;
        for packet in packets {
            total = total.wrapping_add(each(packet, black_box(&mut out)));
        }
        black_box(total);
        best = best.min(begin.elapsed().as_secs_f64());
    }
    println!(
        "  {name}: {:.1} ns per packet",
        best * 1e9 / packets.len().max(1) as f64
    );
}

/// Finds the packets of a little-endian microsecond capture.
fn index(bytes: &[u8]) -> (u16, Vec<Packet>) {
    let word = |at: usize| {
        let word = bytes.get(at..).and_then(<[u8]>::first_chunk);
        word.map(|word| u32::from_le_bytes(*word))
    };
    let mut packets = Vec::new();
    let mut offset = FILE_HEADER;
    while let (Some(captured), Some(wire_length)) = (word(offset + 8), word(offset + 12)) {
        let start = offset + RECORD_HEADER;
        let end = start + captured as usize;
        packets.push(Packet {
            start,
            end,
            wire_length,
        });
        offset = end;
    }
    (word(20).unwrap_or(0) as u16, packets)
}
