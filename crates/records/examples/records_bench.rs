//! Measures how many records per second become Arrow rows and text lines.
//!
//! `cargo run --release -p wirewatch-records --example records_bench`

#![allow(clippy::cast_precision_loss)] // rates for people

use std::hint::black_box;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::{Duration, Instant};

use wirewatch_records::{Common, FlowRow, Row, Tables, eve, filter::Filter, text, zeek};

/// Rows of a batch, as the engine makes them.
const BATCH: usize = 4096;
/// Different rows in turn: few, because the engine's rows are on the stack and in the cache.
const ROWS: u32 = 64;
const TIME: Duration = Duration::from_millis(1500);

fn main() {
    let flows: Vec<_> = (0..ROWS).map(flow).collect();
    let batch = || flows.iter().cycle().take(BATCH);
    let mut tables = Tables::new(BATCH);
    measure("arrow rows", || {
        for (common, row) in batch() {
            black_box(tables.append(common, row));
        }
    });
    let mut lines = Vec::new();
    measure("eve lines", || {
        lines.clear();
        for (common, row) in batch() {
            eve::write(common, row, &mut lines);
        }
        black_box(&lines);
    });
    println!("{:>12} bytes per eve line", lines.len() / BATCH);
    let mut logs = zeek::Logs::new(zeek::Format::Tabs, 0);
    measure("zeek lines", || {
        for (common, row) in batch() {
            logs.write(common, row);
        }
        let taken: Result<(), ()> = logs.flush(|_, bytes| {
            black_box(bytes);
            Ok(())
        });
        black_box(taken).ok();
    });
    let style = text::Style::default();
    measure("text lines", || {
        lines.clear();
        for (common, row) in batch() {
            text::line(common, row, &style, &mut lines);
        }
        black_box(&lines);
    });
    let filter = Filter::parse("flow.bytes_toserver > 1M or host in 192.0.2.0/28 and port == 443");
    if let Ok(filter) = filter {
        measure("filtered", || {
            for (common, row) in batch() {
                black_box(filter.matches(black_box(common), black_box(row)));
            }
        });
    }
}

/// Runs a batch again and again and prints its rate per second of processor time.
fn measure(what: &str, mut batch: impl FnMut()) {
    batch();
    let begin = Instant::now();
    let before = on_cpu();
    let mut batches = 0usize;
    while begin.elapsed() < TIME {
        batch();
        batches += 1;
    }
    let spent = match (before, on_cpu()) {
        (Some(before), Some(after)) => after.saturating_sub(before),
        _ => begin.elapsed(),
    };
    let rate = (batches * BATCH) as f64 / spent.as_secs_f64();
    println!("{what:>12} {:>8.2} M/s", rate / 1e6);
}

/// How long this process has run on a processor, where the system tells: other work on the
/// machine then does not spoil the figures.
fn on_cpu() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/self/schedstat").ok()?;
    let nanoseconds = text.split_ascii_whitespace().next()?.parse().ok()?;
    Some(Duration::from_nanos(nanoseconds))
}

/// Three in four flows are TCP over IPv4, the others UDP over IPv6.
fn flow(number: u32) -> (Common<'static>, Row<'static>) {
    let tcp = !number.is_multiple_of(4);
    let start = 1_767_225_600_000_000 + i64::from(number) * 1234;
    let v6 = |host: u32| IpAddr::V6(Ipv6Addr::from(0x2001_0db8_u128 << 96 | u128::from(host)));
    let v4 = |host: u32| IpAddr::V4(Ipv4Addr::from(0xc000_0200 | host & 0xff));
    let address: &dyn Fn(u32) -> IpAddr = if tcp { &v4 } else { &v6 };
    let common = Common {
        ts: start + 5_000_000,
        flow_id: Some(u64::from(number) * 0x9e37_79b9_7f4a),
        in_iface: Some("eth0"),
        src_ip: Some(address(number)),
        src_port: Some(40_000 + number as u16 % 20_000),
        dst_ip: Some(address(number + 7)),
        dst_port: Some(if tcp { 443 } else { 53 }),
        proto: Some(if tcp { "TCP" } else { "UDP" }),
        ip_v: Some(if tcp { 4 } else { 6 }),
        app_proto: Some(if tcp { "tls" } else { "dns" }),
        ..Common::default()
    };
    let row = FlowRow {
        pkts_toserver: 12,
        pkts_toclient: u64::from(number % 100),
        bytes_toserver: 1_234,
        bytes_toclient: u64::from(number) * 321,
        start,
        end: start + 4_500_000,
        age: 4,
        state: if tcp { "closed" } else { "established" },
        reason: "timeout",
        tcp_flags: tcp.then_some(0x1b),
        tcp_flags_ts: tcp.then_some(0x1b),
        tcp_flags_tc: tcp.then_some(0x1a),
        tcp_state: tcp.then_some("closed"),
        ts_max_regions: tcp.then_some(1),
        tc_max_regions: tcp.then_some(1),
        duration_us: 4_500_000,
        payload_bytes_toserver: 500,
        payload_bytes_toclient: u64::from(number) * 300,
        ip_bytes_toserver: 1_100,
        ip_bytes_toclient: u64::from(number) * 311,
        handshake_rtt_us: tcp.then_some(12_345),
        history: Some(if tcp { "ShADadFf" } else { "Dd" }),
        conn_state: Some("SF"),
        ..FlowRow::default()
    };
    (common, Row::Flow(row))
}
