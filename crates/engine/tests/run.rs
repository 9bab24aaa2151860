//! Whole runs over a capture, with one worker and with several.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use wirewatch_capture::{Counters, Error, Event, FileOptions, Packet, Polled, Source, open_files};
use wirewatch_engine::{Engine, LoadedRules, Options, Update};

fn demo(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../python/wirewatch/demo")
        .join(name)
}

/// A run over the demo capture.
fn options(workers: u32) -> Options {
    let mut options = Options {
        inputs: vec![demo("demo.pcapng")],
        workers,
        json: true,
        ..Options::default()
    };
    options.detect.rules = vec![demo("demo.rules")];
    options.detect.intel = vec![demo("demo.intel")];
    options.output.community_id = true;
    options
}

/// EVE lines of a run, and its summary.
fn run(options: &Options) -> (Vec<String>, serde_json::Value) {
    let mut engine = Engine::open(options).unwrap();
    engine.start().unwrap();
    let mut text = Vec::new();
    loop {
        match engine.next(Duration::from_secs(10)) {
            Some(Update::Text(lines)) => text.extend(lines),
            Some(Update::End(verdict)) => {
                assert_eq!(verdict, r#"{"damaged":false,"error":null}"#);
                break;
            }
            Some(_) => {}
            None => panic!("the run does not end"),
        }
    }
    let lines = String::from_utf8(text).unwrap();
    let summary = serde_json::from_str(&engine.summary()).unwrap();
    (lines.lines().map(str::to_owned).collect(), summary)
}

/// EVE lines of the demo capture.
fn lines(workers: u32) -> Vec<String> {
    run(&options(workers)).0
}

/// The `stats` records among lines.
fn stats(lines: &[String]) -> Vec<serde_json::Value> {
    let all = lines.iter().map(|line| serde_json::from_str(line).unwrap());
    all.filter(|value: &serde_json::Value| value["event_type"] == "stats")
        .collect()
}

/// Lines without what depends on the workers: flow identifiers, the measures of their tables, and names,
/// which one worker may learn after another has ended a flow.
fn without_workers(lines: &[String]) -> Vec<String> {
    let mut all: Vec<String> = lines
        .iter()
        .map(|line| {
            let mut value: serde_json::Map<_, _> = serde_json::from_str(line).unwrap();
            value.remove("flow_id");
            if let Some(own) = value
                .get_mut("wirewatch")
                .and_then(|own| own.as_object_mut())
            {
                own.remove("src_name");
                own.remove("dst_name");
            }
            if let Some(flow) = value
                .get_mut("stats")
                .and_then(|s| s["flow"].as_object_mut())
            {
                flow.remove("memuse");
                flow.remove("peak");
            }
            serde_json::Value::Object(value).to_string()
        })
        .collect();
    all.sort();
    all
}

#[test]
fn one_worker_gives_the_same_bytes_each_time() {
    assert_eq!(lines(1), lines(1));
}

#[test]
fn several_workers_give_the_same_records() {
    let one = without_workers(&lines(1));
    assert_eq!(one, without_workers(&lines(2)));
    assert_eq!(one, without_workers(&lines(4)));
}

#[test]
fn the_three_things_that_are_wrong_in_the_demo_are_told() {
    let mut found = BTreeMap::new();
    for line in lines(1) {
        let value: serde_json::Value = serde_json::from_str(&line).unwrap();
        if value["event_type"] == "alert" {
            *found
                .entry(value["alert"]["signature_id"].as_u64().unwrap())
                .or_insert(0) += 1;
        }
    }
    assert_eq!(
        found.keys().copied().collect::<Vec<_>>(),
        [1001, 1101, 9_000_001]
    );
}

#[test]
fn every_packet_of_the_demo_is_in_a_flow_or_is_arp() {
    let mut packets = 0;
    for line in lines(1) {
        let value: serde_json::Value = serde_json::from_str(&line).unwrap();
        if value["event_type"] == "flow" {
            packets += value["flow"]["pkts_toserver"].as_u64().unwrap();
            packets += value["flow"]["pkts_toclient"].as_u64().unwrap();
        }
    }
    let mut total = 0;
    let source = std::fs::read(demo("demo.pcapng")).unwrap();
    wirewatch_capture::read_bytes(&source, &mut |group| total += group.len() as u64).unwrap();
    assert_eq!(packets, total - 2);
}

#[test]
fn a_run_over_files_ends_with_one_record_of_its_counters() {
    for workers in [1, 3] {
        let lines = lines(workers);
        let told = stats(&lines);
        assert_eq!(told.len(), 1);
        assert_eq!(stats(&lines[lines.len() - 1..]), told);
    }
}

#[test]
fn counters_are_nested_as_suricata_nests_them() {
    let (lines, summary) = run(&options(2));
    let told = stats(&lines);
    let stats = &told[0]["stats"];
    let counters = &summary["counters"];
    for (group, name) in [
        ("capture", "kernel_packets"),
        ("decoder", "pkts"),
        ("decoder", "bytes"),
        ("decoder", "ipv4"),
        ("flow", "total"),
        ("flow", "tcp"),
        ("tcp", "syn"),
        ("detect", "alert"),
    ] {
        assert!(stats[group][name].as_u64() > Some(0), "{group}.{name}");
        assert_eq!(stats[group][name], counters[format!("{group}.{name}")]);
    }
    assert_eq!(stats["capture"]["kernel_drops"], 0);
    assert_eq!(stats["flow"]["active"], 0);
}

#[test]
fn counters_of_a_capture_have_its_time() {
    let (lines, summary) = run(&options(1));
    let told = stats(&lines);
    let [first, last] = ["first_ts", "last_ts"].map(|name| summary[name].as_i64().unwrap());
    assert_eq!(told[0]["stats"]["uptime"], (last - first) / 1_000_000);
    let latest = lines.iter().map(|line| {
        let value: serde_json::Value = serde_json::from_str(line).unwrap();
        value["timestamp"].as_str().unwrap().to_owned()
    });
    assert_eq!(latest.max().as_deref(), told[0]["timestamp"].as_str());
}

#[test]
fn counters_that_are_switched_off_are_not_told() {
    let mut options = options(1);
    options.output.stats_s = None;
    assert_eq!(stats(&run(&options).0), Vec::<serde_json::Value>::new());
}

#[test]
fn what_workers_share_is_counted_once() {
    let counters = |workers| run(&options(workers)).1["counters"].clone();
    let (one, two) = (counters(1), counters(2));
    assert!(one["detect.scan_sources"].as_u64() > Some(0));
    assert_eq!(one["detect.scan_sources"], two["detect.scan_sources"]);
}

/// A file that is gone when the test is over.
struct Temporary(PathBuf);

impl Temporary {
    fn new(name: &str, text: &str) -> Self {
        let path = std::env::temp_dir().join(format!("wirewatch-{}-{name}", std::process::id()));
        std::fs::write(&path, text).unwrap();
        Self(path)
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// A run's records of one kind.
fn records(options: &Options, kind: &str) -> Vec<serde_json::Value> {
    let lines = run(options).0;
    let all = lines.iter().map(|line| serde_json::from_str(line).unwrap());
    all.filter(|value: &serde_json::Value| value["event_type"] == kind)
        .collect()
}

/// A run whose only finding is by these rules.
fn with_rules(rules: &Temporary) -> Options {
    let mut options = options(1);
    options.detect.rules = vec![rules.0.clone()];
    options.detect.intel = Vec::new();
    options.detect.disabled = ["port_scan", "host_sweep", "odd_port"]
        .map(str::to_owned)
        .into();
    options
}

const CLIMBS: &str = r#"alert tcp any any -> any 80 (content:"../"; flowbits:set,climbs; flowbits:set,traffic/label/odd;
    pcre:"/^(\w+) /,alert:method"; reference:url,example.com/a; metadata:tag x; sid:7;)"#;

fn climbs(name: &str) -> Temporary {
    Temporary::new(name, &CLIMBS.replace('\n', " "))
}

#[test]
fn a_threshold_file_silences_a_rule() {
    let rules = climbs("silent.rules");
    let mut options = with_rules(&rules);
    let of_rule = |options: &Options| {
        let alerts = records(options, "alert");
        alerts
            .iter()
            .filter(|one| one["alert"]["signature_id"] == 7)
            .count()
    };
    assert_eq!(of_rule(&options), 1);
    let thresholds = Temporary::new("threshold.config", "suppress gen_id 1, sig_id 7");
    options.detect.threshold_file = Some(thresholds.0.clone());
    assert_eq!(of_rule(&options), 0);
}

#[test]
fn alerts_and_flows_tell_what_rules_remember() {
    let rules = climbs("notes.rules");
    let mut options = with_rules(&rules);
    let alerts = records(&options, "alert");
    let alert = alerts
        .iter()
        .find(|one| one["alert"]["signature_id"] == 7)
        .unwrap();
    assert_eq!(alert["metadata"]["flowbits"][0], "climbs");
    assert_eq!(alert["traffic"]["label"][0], "odd");
    assert_eq!(alert["alert"]["context"]["method"], "GET");
    let noted = |options: &Options| {
        let flows = records(options, "flow");
        flows
            .iter()
            .filter(|one| one["metadata"]["flowbits"][0] == "climbs")
            .count()
    };
    assert_eq!(noted(&options), 1);
    options.output.flow_variables = false;
    assert_eq!(noted(&options), 0);
}

#[test]
fn alerts_leave_out_what_is_not_wanted() {
    let rules = climbs("bare.rules");
    let mut options = with_rules(&rules);
    let alert = |options: &Options| records(options, "alert").remove(0);
    options.output.references_in_alerts = true;
    assert!(alert(&options)["alert"]["references"].is_array());
    assert!(alert(&options)["alert"]["metadata"].is_object());
    assert!(alert(&options)["flow"].is_object());
    options.output.references_in_alerts = false;
    options.output.details_in_alerts = false;
    assert!(alert(&options)["alert"]["references"].is_null());
    assert!(alert(&options)["alert"]["metadata"].is_null());
    assert!(alert(&options)["flow"].is_null());
}

#[test]
fn files_beside_rules_that_cannot_be_read_are_told() {
    let rules = climbs("beside.rules");
    let mut options = with_rules(&rules);
    options.detect.reference_file = Some(PathBuf::from("/nonexistent/reference.config"));
    let engine = Engine::open(&options).unwrap();
    assert!(engine.problems().contains("reference.config"));
}

/// The packets of the demo, as somebody has them who did not read a file.
struct Given(Box<dyn Source>, u64);

impl Source for Given {
    fn poll(
        &mut self,
        wait: Duration,
        take: &mut dyn FnMut(&[Packet<'_>]),
    ) -> Result<Polled, Error> {
        let polled = self.0.poll(wait, take);
        if let Ok(Polled::Packets(count)) = polled {
            self.1 += count as u64;
        }
        polled
    }

    fn interfaces(&self) -> Vec<String> {
        self.0.interfaces()
    }

    fn counters(&self) -> Counters {
        Counters {
            packets: self.1,
            ..Counters::default()
        }
    }

    fn events(&mut self) -> Vec<Event> {
        Vec::new()
    }

    fn progress(&self) -> Option<f64> {
        None
    }
}

/// A run over packets that are given, with what it gives.
fn over_given(options: &Options, rules: &LoadedRules) -> (Engine, usize) {
    let files = FileOptions::default();
    let source = open_files(&[demo("demo.pcapng")], &files).unwrap();
    let source = Box::new(Given(source, 0));
    let mut engine = Engine::open_over(options, rules.clone(), source).unwrap();
    engine.start().unwrap();
    let mut lines = 0;
    loop {
        match engine.next(Duration::from_secs(10)) {
            Some(Update::Text(text)) => lines += text.split(|byte| *byte == b'\n').count() - 1,
            Some(Update::End(_)) => return (engine, lines),
            Some(_) => {}
            None => panic!("the run does not end"),
        }
    }
}

#[test]
fn packets_that_are_given_are_treated_like_those_of_a_file() {
    let read = options(1);
    let given = Options {
        inputs: Vec::new(),
        ..options(1)
    };
    let rules = LoadedRules::load(&read);
    for _ in 0..2 {
        assert_eq!(over_given(&given, &rules).1, lines(1).len());
    }
}

#[test]
fn a_run_in_the_callers_thread_gives_the_same_bytes() {
    let options = options(1);
    let mut engine = Engine::open(&options).unwrap();
    let (mut text, mut ends) = (Vec::new(), 0);
    let outcome = engine.run_here(&mut |update| match update {
        Update::Text(lines) => text.extend(lines),
        Update::End(_) => ends += 1,
        _ => {}
    });
    assert!(outcome.is_ok());
    assert_eq!(ends, 1);
    let text = String::from_utf8(text).unwrap();
    assert_eq!(text.lines().collect::<Vec<_>>(), lines(1));
}

#[test]
fn outputs_are_free_for_others_when_a_run_has_told_its_end() {
    let folder = std::env::temp_dir().join(format!("wirewatch-{}-free", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let mut options = options(1);
    options.output.eve = vec![folder.join("eve.json")];
    options.output.zeek = Some(folder.join("zeek"));
    options.output.write = Some(folder.join("packets.pcapng"));
    let rules = LoadedRules::load(&options);
    let first = over_given(&options, &rules);
    let second = over_given(&options, &rules);
    drop((first, second));
    std::fs::remove_dir_all(&folder).unwrap();
}
