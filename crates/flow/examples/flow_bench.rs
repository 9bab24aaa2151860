//! Measures the flow table on a classic pcap file of Ethernet frames.
//!
//! `cargo run --release -p wirewatch-flow --example flow_bench FILE [ROUNDS] [MAX_FLOWS]`
//!
//! Packets are parsed in groups as the engine does it, and only the table's part is timed; where the system
//! tells (Linux), the time other processes had the processor is taken off in proportion. In further rounds
//! the same capture comes again as if it had gone on, so that its flows exist already.

use std::error::Error;
use std::time::{Duration, Instant};

use wirewatch_decode::{Datagram, Tcp};
use wirewatch_flow::{Config, Lookup, Packet, Scope, Seed, Table};

const GROUP: usize = 64;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().ok_or("which capture?")?;
    let rounds: usize = arguments.next().map_or(Ok(1), |text| text.parse())?;
    let max_flows: usize = arguments
        .next()
        .map_or(Ok(2_000_000), |text| text.parse())?;
    let file = std::fs::read(path)?;
    let before = resident_kib();
    let mut table = Table::new(
        Config {
            max_flows,
            ..Config::default()
        },
        Seed::Random,
    );
    for round in 1..=rounds {
        let pass = run(&mut table, &file);
        report(&format!("round {round}"), pass.time, pass.packets);
        println!(
            "  {} packets, live {}, ended {}",
            pass.packets,
            table.len(),
            pass.ended
        );
    }
    println!(
        "  {} bytes per flow by its own account, {} by the system",
        table.memory_bytes() / table.len().max(1),
        (resident_kib() - before) * 1024 / table.counters().peak.max(1),
    );
    let start = Instant::now();
    let live = table.len();
    let mut ended = 0;
    while table.finish(1024) {
        ended += table.ended.drain(..).count();
    }
    ended += table.ended.drain(..).count();
    report("finish, per flow", start.elapsed(), live);
    println!("  ended {ended}; {:?}", table.counters());
    Ok(())
}

fn report(what: &str, time: Duration, count: usize) {
    let nanoseconds =
        time.as_secs_f64() * 1e9 / f64::from(u32::try_from(count.max(1)).unwrap_or(u32::MAX));
    println!(
        "{what}: {nanoseconds:.1} ns each, {:.1} million per second",
        1e3 / nanoseconds
    );
}

#[derive(Default)]
struct Pass {
    packets: usize,
    ended: usize,
    time: Duration,
}

/// One pass over the packets as the engine does it: in groups, keys first.
fn run(table: &mut Table, file: &[u8]) -> Pass {
    let mut pass = Pass::default();
    let mut lookups: Vec<Lookup> = Vec::with_capacity(GROUP);
    let mut group = Vec::with_capacity(GROUP);
    let mut rest = file.get(24..).unwrap_or_default();
    let (began, processor) = (Instant::now(), processor_time());
    loop {
        group.clear();
        read_group(&mut rest, &mut group);
        let Some((_, last)) = group.last() else {
            break;
        };
        let start = Instant::now();
        lookups.clear();
        let keys = group
            .iter()
            .filter_map(|(datagram, _)| table.key(datagram, &Scope::default()));
        lookups.extend(keys);
        table.touch(&mut lookups);
        for (lookup, (datagram, packet)) in lookups.iter().zip(&group) {
            table.update(lookup, datagram, packet);
        }
        table.expire(last.ts);
        pass.ended += table.ended.drain(..).count();
        pass.time += start.elapsed();
        pass.packets += group.len();
    }
    if let (Some(before), Some(after)) = (processor, processor_time()) {
        let share = after.saturating_sub(before).as_secs_f64() / began.elapsed().as_secs_f64();
        pass.time = pass.time.mul_f64(share);
    }
    pass
}

/// How long this process has had the processor.
fn processor_time() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/self/schedstat").ok()?;
    let nanoseconds = text.split_whitespace().next()?.parse().ok()?;
    Some(Duration::from_nanos(nanoseconds))
}

fn read_group(rest: &mut &[u8], group: &mut Vec<(Datagram, Packet)>) {
    while let Some((header, after)) = rest.split_at_checked(16)
        && group.len() < GROUP
    {
        let length = little(header, 8) as usize;
        let Some((frame, after)) = after.split_at_checked(length) else {
            return;
        };
        *rest = after;
        let ts = u64::from(little(header, 0)) * 1_000_000_000 + u64::from(little(header, 4)) * 1000;
        if let Some(datagram) = parse(frame) {
            let packet = Packet {
                ts,
                wire_bytes: u64::from(little(header, 12)),
                packets: 1,
                interface: 0,
            };
            group.push((datagram, packet));
        }
    }
}

/// TCP and UDP over IPv4 or IPv6 over Ethernet, without fragments; enough to measure with.
fn parse(frame: &[u8]) -> Option<Datagram> {
    let ip = frame.get(14..)?;
    let mut datagram = Datagram {
        has_transport: true,
        ..Datagram::default()
    };
    let (transport, length) = match big(frame, 12)? {
        0x0800 => {
            if big(ip, 6)? & 0x3fff != 0 {
                return None;
            }
            datagram.version = 4;
            datagram.protocol = *ip.get(9)?;
            datagram.ttl = *ip.get(8)?;
            datagram.source = 0xffff_0000_0000 | long(ip, 12, 4)?;
            datagram.destination = 0xffff_0000_0000 | long(ip, 16, 4)?;
            let header = usize::from(ip.first()? & 15) * 4;
            (
                ip.get(header..)?,
                usize::from(big(ip, 2)?).checked_sub(header)?,
            )
        }
        0x86dd => {
            datagram.version = 6;
            datagram.protocol = *ip.get(6)?;
            datagram.ttl = *ip.get(7)?;
            datagram.source = long(ip, 8, 16)?;
            datagram.destination = long(ip, 24, 16)?;
            (ip.get(40..)?, usize::from(big(ip, 4)?))
        }
        _ => return None,
    };
    let header = match datagram.protocol {
        6 => {
            datagram.tcp = Tcp {
                sequence: long(transport, 4, 4)? as u32,
                acknowledgement: long(transport, 8, 4)? as u32,
                flags: *transport.get(13)?,
                window: big(transport, 14)?,
                ..Tcp::default()
            };
            usize::from(transport.get(12)? >> 4) * 4
        }
        17 => 8,
        _ => return None,
    };
    datagram.source_port = big(transport, 0)?;
    datagram.destination_port = big(transport, 2)?;
    datagram.payload_wire_length = length.checked_sub(header)? as u32;
    Some(datagram)
}

fn little(bytes: &[u8], at: usize) -> u32 {
    let word = bytes.get(at..at + 4).unwrap_or_default();
    word.iter()
        .rev()
        .fold(0, |all, byte| all << 8 | u32::from(*byte))
}

fn long(bytes: &[u8], at: usize, length: usize) -> Option<u128> {
    let word = bytes.get(at..at + length)?;
    Some(
        word.iter()
            .fold(0, |all, byte| all << 8 | u128::from(*byte)),
    )
}

fn big(bytes: &[u8], at: usize) -> Option<u16> {
    long(bytes, at, 2).map(|word| word as u16)
}

/// Memory of the process that is really there, on Linux; 0 elsewhere.
fn resident_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .and_then(|rest| rest.split_whitespace().next()?.parse().ok())
        .unwrap_or_default()
}
