//! What the engine knows, for commands, checks and the reference pages.

use std::collections::BTreeMap;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use serde_json::{Value, json};
use wirewatch_capture::interfaces::{self as devices, InterfaceInfo};
use wirewatch_capture::{LiveOptions, health};
use wirewatch_decode::Fault;
use wirewatch_detect::{finding, rules};
use wirewatch_proto::{APPLICATIONS, FLOW_EVENTS};
use wirewatch_records::filter;
use wirewatch_stream::Event;

use crate::packet;

/// Link type that a filter is checked with: Ethernet.
const ETHERNET: u16 = 1;

/// The machine's interfaces, a JSON list.
#[pyfunction]
pub fn interfaces(py: Python<'_>) -> String {
    let all: Vec<Value> = py.detach(devices::list).iter().map(interface).collect();
    Value::Array(all).to_string()
}

fn interface(info: &InterfaceInfo) -> Value {
    let addresses: Vec<String> = info
        .addresses
        .iter()
        .map(|a| format!("{}/{}", a.address, a.prefix))
        .collect();
    let mac = info
        .mac
        .map(|mac| mac.map(|byte| format!("{byte:02x}")).join(":"));
    json!({
        "name": info.name,
        "index": info.index,
        "up": info.up,
        "running": info.running,
        "loopback": info.loopback,
        "addresses": addresses,
        "mac": mac,
        "mtu": info.mtu,
        "link": info.link,
        "description": info.description,
        "wireless": info.wireless,
        "default_route": info.is_default_route,
    })
}

/// Checks of the machine, a JSON list.
#[pyfunction]
pub fn doctor(py: Python<'_>) -> String {
    let checks = py.detach(|| health::check(&LiveOptions::default(), 1));
    let all: Vec<Value> = checks.iter().map(check).collect();
    Value::Array(all).to_string()
}

fn check(check: &health::Check) -> Value {
    let status = match check.status {
        health::Status::Ok => "ok",
        health::Status::Warn => "warn",
        health::Status::Fail => "fail",
    };
    json!({"name": check.name, "status": status, "found": check.found, "fix": check.fix})
}

/// Checks a capture filter.
///
/// # Errors
/// `ValueError` with the column.
#[pyfunction]
pub fn compile_filter(expression: &str) -> PyResult<()> {
    packet::compile(expression, ETHERNET).map(drop)
}

/// Checks a record filter.
///
/// # Errors
/// `ValueError` with the column.
#[pyfunction]
pub fn check_where(expression: &str) -> PyResult<()> {
    filter::Filter::parse(expression)
        .map(drop)
        .map_err(|error| PyValueError::new_err(error.to_string()))
}

/// The names of all kinds of records.
#[pyfunction]
pub fn record_kinds() -> Vec<&'static str> {
    wirewatch_records::Kind::ALL
        .iter()
        .map(|kind| kind.name())
        .collect()
}

/// Every anomaly code of packets and streams with its sentence.
#[pyfunction]
pub fn anomaly_codes() -> Vec<(&'static str, &'static str)> {
    let decoding = Fault::ALL
        .iter()
        .map(|fault| (fault.code(), fault.description()));
    let streams = Event::ALL
        .iter()
        .map(|event| (event.code(), event.description()));
    decoding.chain(streams).collect()
}

/// Every code of what can be wrong with an application protocol, with its sentence.
#[pyfunction]
pub fn application_events() -> Vec<(&'static str, &'static str)> {
    let events = APPLICATIONS
        .iter()
        .flat_map(|application| application.events)
        .chain(FLOW_EVENTS);
    let all: BTreeMap<_, _> = events
        .map(|event| (event.code, event.description))
        .collect();
    all.into_iter().collect()
}

/// Every rule keyword that is supported, with where it applies and its sentence.
#[pyfunction]
pub fn rule_keywords() -> Vec<(&'static str, String, &'static str)> {
    let supported = rules::keywords()
        .iter()
        .filter(|keyword| keyword.is_supported());
    supported
        .map(|k| (k.name, format!("{:?}", k.applies).to_lowercase(), k.summary))
        .collect()
}

/// Every built-in detection: number, name, and what it sees, why it matters, what else looks like it.
#[pyfunction]
pub fn built_in_detections() -> Vec<(u32, &'static str, String)> {
    let text = |b: &finding::BuiltIn| {
        let parts = [b.detector, b.sees, b.matters, b.looks_like];
        parts
            .map(|part| part.split_whitespace().collect::<Vec<_>>().join(" "))
            .join("\n")
    };
    finding::BUILT_IN
        .iter()
        .map(|b| (b.sid, b.name, text(b)))
        .collect()
}
