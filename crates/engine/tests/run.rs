//! Whole runs over a capture, with one worker and with several.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use wirewatch_engine::{Engine, Options, Update};

fn demo(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../python/wirewatch/demo")
        .join(name)
}

/// EVE lines of the demo capture.
fn lines(workers: u32) -> Vec<String> {
    let mut options = Options {
        inputs: vec![demo("demo.pcapng")],
        workers,
        json: true,
        ..Options::default()
    };
    options.detect.rules = vec![demo("demo.rules")];
    options.detect.intel = vec![demo("demo.intel")];
    options.output.community_id = true;
    let mut engine = Engine::open(&options).unwrap();
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
    String::from_utf8(text)
        .unwrap()
        .lines()
        .map(str::to_owned)
        .collect()
}

/// Lines without what depends on the worker: flow identifiers.
fn without_flow_ids(lines: &[String]) -> Vec<String> {
    let mut all: Vec<String> = lines
        .iter()
        .map(|line| {
            let mut value: serde_json::Map<_, _> = serde_json::from_str(line).unwrap();
            value.remove("flow_id");
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
    let one = without_flow_ids(&lines(1));
    assert_eq!(one, without_flow_ids(&lines(2)));
    assert_eq!(one, without_flow_ids(&lines(4)));
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
