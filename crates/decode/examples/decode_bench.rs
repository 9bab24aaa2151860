//! Measures decoding: nanoseconds per packet of a capture, with and without checksums.
//!
//! `cargo run --release -p wirewatch-decode --example decode_bench -- FILE.pcap`

#![allow(clippy::cast_precision_loss)] // Counts become numbers to print.

use std::hint::black_box;
use std::time::Instant;

use wirewatch_decode::{Decoded, Options, decode, flow_hash};

const FILE_HEADER: usize = 24;
const RECORD_HEADER: usize = 16;
/// Packets per timed block; their bytes fit a second level cache.
const BLOCK: usize = 1024;

struct Packet {
    start: usize,
    end: usize,
    wire_length: u32,
}

fn main() -> std::io::Result<()> {
    measure_checksum();
    for path in std::env::args().skip(1) {
        let bytes = std::fs::read(&path)?;
        let (link, packets) = index(&bytes);
        println!("{path}: {} packets, link type {link}", packets.len());
        for checksums in [false, true] {
            let mut options = Options::default();
            options.checksums = checksums;
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

/// Prints how fast bytes are summed: large frames with checksums minus the same without.
fn measure_checksum() {
    const PAYLOAD: usize = 1400;
    const FRAMES: u32 = 1_000_000;
    let mut frame = vec![0_u8; 54];
    frame.extend((0..PAYLOAD).map(|number| number as u8));
    for (offset, value) in [
        (12, 0x08),
        (14, 0x45),
        (16, 0x05),
        (17, 0xa0),
        (23, 6),
        (46, 0x50),
    ] {
        if let Some(byte) = frame.get_mut(offset) {
            *byte = value;
        }
    }
    let seconds = [false, true].map(|checksums| {
        let mut options = Options::default();
        options.checksums = checksums;
        let mut out = Decoded::default();
        let begin = Instant::now();
        for _ in 0..FRAMES {
            decode(1, black_box(&frame), 0, &options, black_box(&mut out));
        }
        begin.elapsed().as_secs_f64()
    });
    let [without, with] = seconds;
    let bytes = f64::from(FRAMES) * PAYLOAD as f64;
    println!(
        "checksum of {PAYLOAD} bytes: {:.1} GB/s",
        bytes / (with - without) / 1e9
    );
}

/// Times blocks that were just read, so that the work is measured and not main memory: in the
/// engine packets are in the cache when they are decoded.
fn measure(name: &str, packets: &[Packet], mut each: impl FnMut(&Packet, &mut Decoded) -> u64) {
    let mut out = Decoded::default();
    let mut total = 0_u64;
    let mut run = |block: &[Packet]| {
        let begin = Instant::now();
        for packet in block {
            total = total.wrapping_add(each(packet, black_box(&mut out)));
        }
        begin.elapsed().as_secs_f64()
    };
    let mut seconds = 0.0;
    for block in packets.chunks(BLOCK) {
        run(block);
        seconds += run(block);
    }
    black_box(total);
    println!(
        "  {name}: {:.1} ns per packet",
        seconds * 1e9 / packets.len().max(1) as f64
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
