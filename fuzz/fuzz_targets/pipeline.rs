//! The whole road of packets in one process, with everything on: capture or made packets, decoding, flows,
//! streams, parsers, rules, records, EVE, Zeek and terminal lines, files and a capture that is written. Each line
//! has its form, what went in is accounted for, and tables keep to their share of the memory.
//!
//! The input: five bytes of settings, then a capture file, or the steps of `pipeline/packets.rs`.

#![no_main]

use std::collections::HashSet;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;
use wirewatch_engine::{Engine, LoadedRules, Options, Update};
use wirewatch_proto::APPLICATIONS;
use wirewatch_records::Kind;

#[path = "pipeline/packets.rs"]
mod packets;

use packets::Packets;

const SETTINGS: usize = 5;
/// Nothing in a run waits, so that what lasts longer is a worker that is stuck.
const PATIENCE: Duration = Duration::from_secs(300);
const FIXED_RULES: &str = include_str!("pipeline/fixed.rules");
/// Numbers of the rules that are made of the parsers' tables.
const FIRST_MADE: u32 = 10_000;

/// A folder of this process, in memory where the system has that, and the rules.
struct Place {
    folder: PathBuf,
    rules: LoadedRules,
}

static PLACE: LazyLock<Place> = LazyLock::new(|| {
    let memory = Path::new("/dev/shm");
    let parent = if memory.is_dir() {
        memory.to_owned()
    } else {
        std::env::temp_dir()
    };
    let folder = parent.join(format!("wirewatch-fuzz-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("a folder");
    let file = folder.join("fuzz.rules");
    fs::write(&file, format!("{FIXED_RULES}{}", made_rules())).expect("a rule file");
    let mut options = Options::default();
    options.detect.rules = vec![file];
    options.detect.home_net = Some(vec!["192.0.2.0/24".to_owned()]);
    let rules = LoadedRules::load(&options);
    Place { folder, rules }
});

/// A rule for each part of a transaction and each span of bytes that has a name.
fn made_rules() -> String {
    let mut text = String::new();
    let mut sid = FIRST_MADE;
    for application in APPLICATIONS {
        let protocol = application.names[0];
        let mut rule = |asked: String| {
            sid += 1;
            writeln!(
                text,
                "alert {protocol} any any -> any any ({asked} sid:{sid};)"
            )
            .expect("text");
        };
        for buffer in application.buffers {
            rule(format!("{}; content:\"e\";", buffer.name));
        }
        for number in application.numbers {
            rule(format!("{}:>1;", number.name));
        }
        for frame in application.frames {
            rule(format!("frame:{frame}; content:\"|00|\";"));
        }
        for event in application.events {
            rule(format!("app-layer-event:{};", event.code));
        }
    }
    text
}

fn options(settings: [u8; SETTINGS]) -> Options {
    let [size, outputs, capture, stream, rest] = settings;
    let bit = |byte: u8, number: u8| byte >> number & 1 != 0;
    let one = |from: &[&str], byte: u8| from[usize::from(byte) % from.len()].to_owned();
    let folder = &PLACE.folder;
    let mut options = Options {
        memory_bytes: 16 << 20 >> (size & 7),
        workers: 1 + u32::from(bit(size, 7)),
        json: !bit(outputs, 0),
        ..Options::default()
    };
    let every: Vec<String> = Kind::ALL
        .iter()
        .map(|kind| kind.name().to_owned())
        .collect();
    options.output.eve_kinds = Some(every.clone());
    if bit(outputs, 0) {
        options.text = Some(
            serde_json::from_value(serde_json::json!({
                "show": every, "payload": 64, "hex": bit(outputs, 1), "date": true,
            }))
            .expect("a style"),
        );
    }
    if bit(outputs, 2) {
        options.batches = every;
    }
    options.output.zeek = Some(folder.join("zeek"));
    options.output.zeek_json = bit(outputs, 3);
    options.output.write = bit(outputs, 4).then(|| folder.join("written.pcapng"));
    options.files.extract = bit(outputs, 5).then(|| folder.join("files"));
    options.output.dns.version = 3 - u8::from(bit(outputs, 6));
    options.output.community_id = true;
    options.output.payload_in_alerts = true;
    options.output.packet_in_alerts = true;
    options.output.packet_in_anomalies = true;
    options.output.link_addresses = true;
    options.output.exception_policy = true;
    options.output.version = bit(outputs, 7);
    options.output.xff = serde_json::from_value(serde_json::json!({
        "header": "X-Forwarded-For", "overwrite": bit(rest, 0), "last": bit(rest, 1),
    }))
    .expect("a wish");
    options.capture.checksums = one(&["auto", "ignore", "tell", "check"], capture & 3);
    options.defragment.policy = one(
        &["bsd", "linux", "windows", "solaris", "first", "last"],
        capture >> 2 & 7,
    );
    options.flow.use_vlan = !bit(capture, 5);
    options.flow.use_tunnel = !bit(capture, 6);
    options.flow.active_s = u32::from(bit(capture, 7)) * 20;
    options.stream.policy = one(
        &["bsd", "linux", "windows", "old-linux", "first", "last"],
        stream & 7,
    );
    options.stream.urgent = one(&["oob", "inline"], stream >> 3 & 1);
    options.stream.inline = bit(stream, 4);
    options.stream.midstream = !bit(stream, 5);
    options.stream.async_oneside = !bit(stream, 6);
    options.stream.depth = if bit(stream, 7) { 2000 } else { 1 << 20 };
    options.stream.midstream_policy = one(&["ignore", "pass-flow", "bypass"], rest >> 2 & 3);
    if bit(rest, 4) {
        options.stream.chunk_to_server = 0;
        options.stream.chunk_to_client = 100;
    }
    options.detect.home_net = Some(vec!["192.0.2.0/24".to_owned()]);
    options.detect.profile = bit(rest, 5);
    if bit(rest, 6) {
        options.r#where = Some("src_ip == 192.0.2.1 or event_type == 'alert'".to_owned());
    }
    options
}

/// What came out of a run.
struct Ended {
    lines: Vec<u8>,
    summary: Value,
}

fn run(options: &Options, packets: Packets) -> Ended {
    let mut engine = Engine::open_over(options, PLACE.rules.clone(), Box::new(packets))
        .unwrap_or_else(|error| panic!("it does not open: {error}"));
    let mut lines = Vec::new();
    let mut ended = 0;
    let mut take = |update| match update {
        Update::Text(text) => lines.extend(text),
        Update::End(verdict) => {
            assert_eq!(verdict, r#"{"damaged":false,"error":null}"#);
            ended += 1;
        }
        _ => {}
    };
    if options.workers == 1 {
        engine.run_here(&mut take).expect("one worker");
    } else {
        engine.start().expect("threads");
        while let Some(update) = engine.next(PATIENCE) {
            take(update);
        }
    }
    assert_eq!(ended, 1, "the run is stuck");
    let summary = serde_json::from_str(&engine.summary()).expect("a summary");
    Ended { lines, summary }
}

/// What EVE lines told.
#[derive(Default)]
struct Told {
    flows: HashSet<u64>,
    alerts: u64,
    stats: u64,
}

/// What is asked of a line of EVE; the rest only has to have its form.
#[derive(Deserialize)]
struct Line<'a> {
    event_type: &'a str,
    flow_id: Option<u64>,
}

impl Told {
    fn read(lines: &[u8], repeats: bool) -> Self {
        let mut told = Self::default();
        for line in whole_lines(lines) {
            plain(line);
            let line: Line = json(line);
            match line.event_type {
                "flow" => {
                    let id = line.flow_id.expect("a flow");
                    assert!(told.flows.insert(id) || repeats, "flow {id} is told twice");
                }
                "alert" => told.alerts += 1,
                "stats" => told.stats += 1,
                _ => {}
            }
        }
        told
    }
}

fn json<'a, Form: Deserialize<'a>>(line: &'a [u8]) -> Form {
    serde_json::from_slice(line)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(line)))
}

/// Lines, of which the last one has its end, too.
fn whole_lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    assert!(text.is_empty() || text.ends_with(b"\n"), "half a line");
    text.split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
}

/// Text without control bytes.
fn plain(line: &[u8]) {
    let is_plain = std::str::from_utf8(line).is_ok_and(|text| !text.chars().any(char::is_control));
    assert!(is_plain, "not plain: {:?}", String::from_utf8_lossy(line));
}

/// Zeek's logs have their form, and are gone afterwards.
fn check_zeek(is_json: bool) {
    let folder = PLACE.folder.join("zeek");
    for entry in fs::read_dir(&folder).expect("a folder").flatten() {
        let text = fs::read(entry.path()).expect("a log");
        let mut columns = 0;
        for line in whole_lines(&text) {
            if is_json {
                plain(line);
                json::<IgnoredAny>(line);
                continue;
            }
            let cells = line
                .split(|byte| *byte == b'\t')
                .inspect(|cell| plain(cell))
                .count();
            if line.starts_with(b"#fields\t") {
                columns = cells - 1;
            } else if !line.starts_with(b"#") {
                assert_eq!(cells, columns, "{}", String::from_utf8_lossy(line));
            }
        }
        fs::remove_file(entry.path()).expect("a log that can be removed");
    }
}

fn check_counters(options: &Options, summary: &Value, packets: u64, bytes: u64) {
    let of = |name: &str| summary["counters"][name].as_u64().unwrap_or_default();
    assert_eq!(of("wirewatch.panics"), 0);
    assert_eq!(of("decoder.pkts"), packets);
    assert_eq!(of("decoder.bytes"), bytes);
    assert_eq!(summary["packets"], packets);
    assert_eq!(of("wirewatch.records_dropped"), 0);
    assert_eq!(of("flow.active"), 0);
    let settled: u64 = [
        "delivered",
        "bad_checksum",
        "unfollowed",
        "uninspected",
        "repeated",
        "before_base",
        "out_of_window",
        "depth",
        "memory",
        "evicted",
        "urgent",
        "syn_ignored",
        "discarded",
    ]
    .iter()
    .map(|name| of(&format!("tcp.{name}_bytes")))
    .sum();
    assert_eq!(
        of("tcp.payload_bytes"),
        settled,
        "bytes unaccounted for: {summary}"
    );
    // The smallest table has room for some flows whatever its share is.
    let share = options.memory_bytes / 2 + u64::from(options.workers) * (64 << 10);
    assert!(
        of("flow.memuse") <= share,
        "flows take {}",
        of("flow.memuse")
    );
}

fuzz_target!(|data: &[u8]| {
    let Some((settings, rest)) = data.split_first_chunk::<SETTINGS>() else {
        return;
    };
    let options = options(*settings);
    let packets = Packets::of(rest);
    let (count, bytes) = (packets.len(), packets.wire_bytes());
    let ended = run(&options, packets);
    check_counters(&options, &ended.summary, count, bytes);
    check_zeek(options.output.zeek_json);
    if let Some(folder) = &options.files.extract {
        let _ = fs::remove_dir_all(folder);
    }
    if !options.json {
        whole_lines(&ended.lines).for_each(plain);
        return;
    }
    let told = Told::read(&ended.lines, options.flow.active_s > 0);
    if options.r#where.is_none() {
        let of = |name: &str| ended.summary["counters"][name].as_u64();
        assert_eq!(
            of("flow.total"),
            Some(told.flows.len() as u64),
            "flows untold"
        );
        assert_eq!(of("detect.alert"), Some(told.alerts), "alerts untold");
        assert_eq!(told.stats, u64::from(count > 0));
    }
});
