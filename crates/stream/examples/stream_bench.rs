//! Measures reassembly: in order, acknowledged or on arrival, in large and small segments, over one and many connections.
//!
//! Usage: `stream_bench [MEGABYTES]`

#![allow(clippy::cast_precision_loss)]

use std::hint::black_box;
use std::time::{Duration, Instant};

use wirewatch_decode::{Datagram, Tcp, flags};
use wirewatch_flow::Side;
use wirewatch_stream::{Config, Content, Delivery, StreamIndex, Streams};

const CLIENT: u32 = u32::MAX - 5000;
const SERVER: u32 = 7000;

/// What one measurement is about.
#[derive(Clone, Copy)]
struct Plan {
    name: &'static str,
    inline: bool,
    size: usize,
    connections: usize,
    /// Segments per acknowledgement.
    acknowledged: usize,
    /// Every so many segments two change places, 0 for never.
    swapped: usize,
}

fn main() {
    let megabytes = std::env::args()
        .nth(1)
        .and_then(|text| text.parse().ok())
        .unwrap_or(4000);
    let plan = |name, inline, size, connections, acknowledged, swapped| Plan {
        name,
        inline,
        size,
        connections,
        acknowledged,
        swapped,
    };
    for plan in [
        plan(
            "acknowledged, 1400 bytes, 1 connection",
            false,
            1400,
            1,
            2,
            0,
        ),
        plan(
            "acknowledged, 1400 bytes, 40 per acknowledgement",
            false,
            1400,
            1,
            40,
            0,
        ),
        plan(
            "acknowledged, 1400 bytes, 10,000 connections",
            false,
            1400,
            10_000,
            2,
            0,
        ),
        plan(
            "acknowledged, 1400 bytes, 1 in 100 late",
            false,
            1400,
            1,
            2,
            100,
        ),
        plan("acknowledged, 40 bytes, 1 connection", false, 40, 1, 2, 0),
        plan(
            "acknowledged, 40 bytes, 10,000 connections",
            false,
            40,
            10_000,
            2,
            0,
        ),
        plan("inline, 1400 bytes, 1 connection", true, 1400, 1, 2, 0),
        plan("inline, 40 bytes, 1 connection", true, 40, 1, 2, 0),
    ] {
        run(plan, megabytes * 1_000_000);
    }
}

fn segment(side: Side, bits: u8, sequence: u32, acknowledgement: u32, length: usize) -> Datagram {
    let ports = match side {
        Side::ToServer => (40_000, 80),
        Side::ToClient => (80, 40_000),
    };
    Datagram {
        source_port: ports.0,
        destination_port: ports.1,
        protocol: 6,
        payload_wire_length: length as u32,
        tcp: Tcp {
            sequence,
            acknowledgement,
            flags: bits,
            window: 65_535,
            ..Tcp::default()
        },
        ..Datagram::default()
    }
}

fn open(streams: &mut Streams) -> Option<StreamIndex> {
    let syn = segment(Side::ToServer, flags::SYN, CLIENT - 1, 0, 0);
    let answer = segment(
        Side::ToClient,
        flags::SYN | flags::ACK,
        SERVER - 1,
        CLIENT,
        0,
    );
    let index = streams.open(&syn)?;
    streams.segment(index, Side::ToServer, &syn, b"", &mut |_| {});
    streams.segment(index, Side::ToClient, &answer, b"", &mut |_| {});
    Some(index)
}

fn run(plan: Plan, bytes: usize) {
    let mut streams = Streams::new(Config {
        inline: plan.inline,
        depth_to_server: 0,
        ..Config::default()
    });
    let indices: Vec<_> = (0..plan.connections)
        .filter_map(|_| open(&mut streams))
        .collect();
    let payload = vec![b'x'; plan.size];
    // Segments of 40 bytes would take 35 times as long as those of 1,400.
    let count = (bytes / plan.size).min(20_000_000);
    let mut data = segment(Side::ToServer, flags::ACK, CLIENT, SERVER, plan.size);
    let mut ack = segment(Side::ToClient, flags::ACK, SERVER, CLIENT, 0);
    let (mut delivered, mut sum) = (0, 0);
    let mut deliver = |delivery: Delivery<'_>| {
        if let Content::Data(bytes) = delivery.content {
            delivered += bytes.len();
            sum += bytes.first().copied().map_or(0, u64::from);
        }
    };
    let (start, before) = (Instant::now(), processor_time());
    let mut sent = 0;
    let mut base = 0_usize;
    while sent < count {
        for index in &indices {
            for number in 0..plan.acknowledged {
                let is_swapped =
                    plan.swapped > 0 && (base / plan.acknowledged).is_multiple_of(plan.swapped / 2);
                let place = if is_swapped { number ^ 1 } else { number };
                let offset = (base + place) * plan.size;
                data.tcp.sequence = CLIENT.wrapping_add(offset as u32);
                streams.segment(*index, Side::ToServer, &data, &payload, &mut deliver);
            }
            let end = (base + plan.acknowledged) * plan.size;
            ack.tcp.acknowledgement = CLIENT.wrapping_add(end as u32);
            streams.segment(*index, Side::ToClient, &ack, b"", &mut deliver);
            sent += plan.acknowledged;
        }
        base += plan.acknowledged;
    }
    let elapsed = start.elapsed();
    let seconds = before
        .zip(processor_time())
        .map_or(elapsed, |(before, after)| after.saturating_sub(before))
        .as_secs_f64();
    black_box(sum);
    assert_eq!(delivered, sent * plan.size, "bytes were lost");
    let packets = sent + sent / plan.acknowledged;
    println!(
        "{:50} {:6.2} GB/s, {:6.1} million segments/s (acknowledgements included), {:.1} ns each",
        plan.name,
        (sent * plan.size) as f64 / seconds / 1e9,
        packets as f64 / seconds / 1e6,
        seconds * 1e9 / packets as f64,
    );
}

/// How long this process has had the processor, on Linux.
fn processor_time() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/self/schedstat").ok()?;
    let nanoseconds = text.split_whitespace().next()?.parse().ok()?;
    Some(Duration::from_nanos(nanoseconds))
}
