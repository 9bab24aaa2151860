//! Loads rules and runs them over a capture: counts, problems by reason, and cost per packet.
//!
//! `rules_bench RULES [CAPTURE.pcap] [--problems] [--alerts] [--home NET]
//! [--thresholds FILE]`. Flows are told apart by a
//! small table of its own that knows direction and handshake, enough for the numbers to mean something.

// A bench, never fed by the wire unattended.
#![allow(clippy::indexing_slicing, clippy::cast_precision_loss)]

use std::collections::{BTreeMap, HashMap};
use std::error::Error;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use wirewatch_decode::{Datagram, Decoded, Fault, MAX_FAULTS, Options, decode, flags};
use wirewatch_detect::rules::{
    AppProtocol, Direction, FlowRules, Level, LoadOptions, Matcher, Origin, PacketView, RuleSet,
    Variables,
};

#[derive(Default)]
struct Flow {
    rules: FlowRules,
    client: (u128, u16),
    packets: [u32; 2],
    established: bool,
    app: Option<AppProtocol>,
}

type FlowKey = (u128, u128, u16, u16, u8);

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let flag = |name: &str| arguments.iter().any(|argument| argument == name);
    let mut options = LoadOptions::default();
    if let Some(at) = arguments.iter().position(|argument| argument == "--home") {
        let home = arguments.get(at + 1).ok_or("--home needs a network")?;
        options.variables = Variables::new(home);
    }
    if let Some(at) = arguments
        .iter()
        .position(|argument| argument == "--thresholds")
    {
        let name = arguments.get(at + 1).ok_or("--thresholds needs a file")?;
        options.thresholds = Some((name.clone(), std::fs::read_to_string(name)?));
    }
    let rules = arguments.first().ok_or("name a rule file or folder")?;
    let started = Instant::now();
    let (set, problems) = RuleSet::load(&[PathBuf::from(rules)], &options);
    println!("load: {:.2?}  {:?}", started.elapsed(), set.counts());
    let mut reasons: BTreeMap<(&str, String), usize> = BTreeMap::new();
    for problem in &problems {
        if flag("--problems") {
            println!("{problem}");
        }
        let level = match problem.level {
            Level::Error => "error",
            Level::Warning => "warning",
            Level::Unsupported => "unsupported",
        };
        let reason: String = problem.message.chars().take(70).collect();
        *reasons.entry((level, reason)).or_default() += 1;
    }
    let mut reasons: Vec<_> = reasons.into_iter().collect();
    reasons.sort_unstable_by_key(|(_, count)| std::cmp::Reverse(*count));
    for ((level, reason), count) in reasons.iter().take(40) {
        println!("{count:7} {level:11} {reason}");
    }
    match arguments.get(1).filter(|name| !name.starts_with("--")) {
        Some(capture) => run(set, capture, flag("--alerts")),
        None => Ok(()),
    }
}

/// Packets that are prepared, then inspected against one reading of the clock.
const BATCH: usize = 256;

/// A packet with all that the matcher takes.
struct Prepared<'a> {
    ts: i64,
    flow: usize,
    datagram: Datagram,
    faults: [Option<Fault>; MAX_FAULTS],
    fault_count: usize,
    frame: &'a [u8],
    payload: &'a [u8],
    direction: Direction,
    established: bool,
    app: Option<AppProtocol>,
}

impl Prepared<'_> {
    fn view(&self) -> PacketView<'_> {
        PacketView {
            datagram: &self.datagram,
            bytes: self.frame,
            payload: self.payload,
            origin: Origin::PacketAndStream,
            direction: Some(self.direction),
            established: self.established,
            app_protocol: self.app,
            vlans: [0; 3],
            link: None,
            faults: &self.faults[..self.fault_count],
        }
    }
}

fn run(set: RuleSet, capture: &str, show: bool) -> Result<(), Box<dyn Error>> {
    let bytes = std::fs::read(capture)?;
    let mut matcher = Matcher::new(Arc::new(set));
    let mut places: HashMap<FlowKey, usize> = HashMap::new();
    let mut flows: Vec<Flow> = Vec::new();
    let mut alerts: BTreeMap<u32, u64> = BTreeMap::new();
    let (mut all, mut empty) = (Times::default(), Times::default());
    let mut batch = Vec::with_capacity(BATCH);
    let mut packets = packets_of(&bytes)?.peekable();
    while packets.peek().is_some() {
        batch.clear();
        for packet in packets.by_ref().take(BATCH) {
            batch.push(prepare(packet, &mut places, &mut flows));
        }
        let started = Instant::now();
        for packet in &batch {
            let flow = &mut flows[packet.flow].rules;
            matcher.inspect(&packet.view(), flow, packet.ts, &mut |rule, _| {
                *alerts.entry(rule.sid).or_default() += 1;
            });
        }
        all.add(started.elapsed(), batch.len());
    }
    println!("{:?}", matcher.counters());
    all.print("packets");
    // Packets without payload once more, by themselves.
    let mut packets = packets_of(&bytes)?
        .map(|packet| prepare(packet, &mut places, &mut flows))
        .filter(|packet| packet.payload.is_empty())
        .peekable();
    while packets.peek().is_some() {
        batch.clear();
        batch.extend(packets.by_ref().take(BATCH));
        let mut flow = FlowRules::default();
        let started = Instant::now();
        for packet in &batch {
            matcher.inspect(&packet.view(), &mut flow, packet.ts, &mut |_, _| {});
        }
        empty.add(started.elapsed(), batch.len());
    }
    empty.print("packets without payload");
    if show {
        println!("{alerts:?}");
    } else {
        println!("{} different rules alerted", alerts.len());
    }
    Ok(())
}

/// What batches took; the median leaves out those during which something else ran.
#[derive(Default)]
struct Times {
    each: Vec<f64>,
    total: Duration,
    packets: usize,
}

impl Times {
    fn add(&mut self, elapsed: Duration, packets: usize) {
        self.each.push(elapsed.as_nanos() as f64 / packets as f64);
        self.total += elapsed;
        self.packets += packets;
    }

    fn print(&mut self, name: &str) {
        self.each.sort_unstable_by(f64::total_cmp);
        let median = self.each.get(self.each.len() / 2).copied();
        println!(
            "{:9} {name}: {:.0} ns each, median batch {:.0}",
            self.packets,
            self.total.as_nanos() as f64 / self.packets.max(1) as f64,
            median.unwrap_or_default()
        );
    }
}

fn prepare<'a>(
    (ts, link, frame): Packet<'a>,
    places: &mut HashMap<FlowKey, usize>,
    flows: &mut Vec<Flow>,
) -> Prepared<'a> {
    let mut decoded = Decoded::default();
    let length = u32::try_from(frame.len()).unwrap_or(u32::MAX);
    decode(link, frame, length, &Options::default(), &mut decoded);
    let datagram = decoded.datagrams().last().copied().unwrap_or_default();
    let start = datagram.payload_offset as usize;
    let end = start + datagram.payload_length as usize;
    let payload = frame.get(start..end).unwrap_or_default();
    let place = *places.entry(key(&datagram)).or_insert_with(|| {
        flows.push(Flow::default());
        flows.len() - 1
    });
    let flow = &mut flows[place];
    let direction = flow.update(&datagram, payload);
    Prepared {
        ts,
        flow: place,
        datagram,
        faults: decoded.faults,
        fault_count: usize::from(decoded.fault_count),
        frame,
        payload,
        direction,
        established: flow.established,
        app: flow.app,
    }
}

impl Flow {
    fn update(&mut self, datagram: &Datagram, payload: &[u8]) -> Direction {
        let source = (datagram.source, datagram.source_port);
        if self.packets == [0, 0] {
            let answers = datagram.protocol == 6
                && datagram.tcp.flags & (flags::SYN | flags::ACK) == flags::SYN | flags::ACK;
            self.client = if answers {
                (datagram.destination, datagram.destination_port)
            } else {
                source
            };
        }
        let to_client = source != self.client;
        self.packets[usize::from(to_client)] += 1;
        let both = self.packets[0] > 0 && self.packets[1] > 0;
        let syn = datagram.tcp.flags & flags::SYN != 0;
        self.established |= both && (datagram.protocol != 6 || !syn);
        if self.app.is_none() && !payload.is_empty() {
            self.app = recognise(datagram, payload);
        }
        if to_client {
            Direction::ToClient
        } else {
            Direction::ToServer
        }
    }
}

fn recognise(datagram: &Datagram, payload: &[u8]) -> Option<AppProtocol> {
    let port = datagram.destination_port.min(datagram.source_port);
    let name = match payload {
        [b'G', b'E', b'T', b' ', ..] | [b'P', b'O', b'S', b'T', ..] => "http",
        [22, 3, ..] if datagram.protocol == 6 => "tls",
        [b'S', b'S', b'H', b'-', ..] => "ssh",
        _ if port == 53 => "dns",
        _ => return None,
    };
    AppProtocol::named(name)
}

fn key(datagram: &Datagram) -> FlowKey {
    let mut ports = (datagram.source_port, datagram.destination_port);
    if matches!(datagram.protocol, 1 | 58) {
        ports = (0, 0);
    }
    let (a, b) = ((datagram.source, ports.0), (datagram.destination, ports.1));
    let (low, high) = if a <= b { (a, b) } else { (b, a) };
    (low.0, high.0, low.1, high.1, datagram.protocol)
}

type Packet<'a> = (i64, u16, &'a [u8]);

/// Packets of a classic little-endian pcap file.
fn packets_of(bytes: &[u8]) -> Result<impl Iterator<Item = Packet<'_>>, Box<dyn Error>> {
    let word = |bytes: &[u8], at: usize| -> Option<u32> {
        Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
    };
    let fraction = match word(bytes, 0) {
        Some(0xa1b2_c3d4) => 1_000,
        Some(0xa1b2_3c4d) => 1,
        _ => return Err("not a little-endian pcap file".into()),
    };
    let link = word(bytes, 20).ok_or("no header")? as u16;
    let mut rest = bytes.get(24..).unwrap_or_default();
    Ok(std::iter::from_fn(move || {
        let seconds = i64::from(word(rest, 0)?);
        let part = i64::from(word(rest, 4)?);
        let length = word(rest, 8)? as usize;
        let frame = rest.get(16..16 + length)?;
        rest = rest.get(16 + length..)?;
        Some((seconds * 1_000_000_000 + part * fraction, link, frame))
    }))
}
