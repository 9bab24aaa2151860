//! What all workers of a run know together: totals, counters, failures, and when to stop.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use wirewatch_capture::PcapngWriter;
use wirewatch_records::Kind;

use crate::application::Shared;
use crate::counters::Counters;
use crate::emit::{Emitter, Outputs};
use crate::error::without_number;
use crate::pipeline::Pipeline;
use crate::stats;
use crate::tally::Tally;
use crate::taps::{SharedWriter, Written};
use crate::verdicts::Verdicts;

/// The shared state of a run.
#[derive(Debug)]
pub(crate) struct Picture {
    /// Set when the workers are to finish.
    pub(crate) stop: AtomicBool,
    /// Workers still running.
    pub(crate) running: AtomicUsize,
    /// Whether the outputs were completed.
    closed: AtomicBool,
    /// Rows shed by the outlets.
    pub(crate) shed: Arc<crate::outlet::Gauge>,
    interfaces: Mutex<Vec<String>>,
    state: Mutex<State>,
    outputs: Outputs,
    writer: Option<SharedWriter>,
    /// Detection that the workers share, for its counters.
    verdicts: Arc<Verdicts>,
    /// What conversations of all workers share.
    shared: Arc<Shared>,
    live: bool,
    started: Instant,
}

#[derive(Debug, Default)]
struct State {
    /// The whole run.
    total: Tally,
    /// Since the latest tick.
    interval: Tally,
    counters: Vec<Counters>,
    progress: Option<f64>,
    error: Option<String>,
    damaged: bool,
    reader_events: Vec<(&'static str, String)>,
}

impl Picture {
    pub(crate) fn new(
        workers: usize,
        shed: Arc<crate::outlet::Gauge>,
        outputs: Outputs,
        writer: Option<SharedWriter>,
        verdicts: Arc<Verdicts>,
        shared: Arc<Shared>,
        live: bool,
    ) -> Self {
        let state = State {
            counters: vec![Counters::default(); workers],
            ..State::default()
        };
        Self {
            stop: AtomicBool::new(false),
            running: AtomicUsize::new(workers),
            closed: AtomicBool::new(false),
            shed,
            interfaces: Mutex::default(),
            state: Mutex::new(state),
            outputs,
            writer,
            verdicts,
            shared,
            live,
            started: Instant::now(),
        }
    }

    /// Takes a worker's totals since it last did this, and its counters.
    pub(crate) fn publish(&self, index: usize, pipeline: &mut Pipeline, progress: Option<f64>) {
        let mut state = self.lock();
        let state = &mut *state;
        state.total.merge(&pipeline.tally);
        if pipeline.ways.watched {
            state.interval.merge(&pipeline.tally);
        }
        pipeline.tally_published();
        if let Some(counters) = state.counters.get_mut(index) {
            *counters = pipeline.counters.clone();
        }
        state.progress = progress.or(state.progress);
        *self
            .interfaces
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = pipeline.interfaces.to_vec();
    }

    /// Notes why the run did not get to its end; the first reason stands.
    pub(crate) fn fail(&self, message: &str, damaged: bool) {
        let mut state = self.lock();
        state.error.get_or_insert_with(|| message.to_owned());
        state.damaged |= damaged;
    }

    /// Notes what a reader thread has to tell.
    pub(crate) fn reader_events(&self, events: Vec<wirewatch_capture::Event>) {
        let events = events.into_iter().map(|event| (event.code, event.message));
        self.lock().reader_events.extend(events);
    }

    pub(crate) fn take_reader_events(&self) -> Vec<(&'static str, String)> {
        std::mem::take(&mut self.lock().reader_events)
    }

    /// Adds to the totals what Python raised.
    pub(crate) fn add(&self, tally: &Tally) {
        let mut state = self.lock();
        state.total.merge(tally);
        state.interval.merge(tally);
    }

    /// Failures of outputs that nobody was told of.
    pub(crate) fn new_failures(&self) -> Vec<String> {
        let mut all = self.outputs.failures();
        if let Some(writer) = &self.writer {
            let mut written = writer.lock().unwrap_or_else(PoisonError::into_inner);
            all.extend(written.failure.take());
        }
        for message in &mut all {
            *message = without_number(message);
        }
        if let Some(first) = all.first() {
            self.fail(first, false);
        }
        all
    }

    /// The run is over: its last `stats` record, then the output files are completed. Once.
    pub(crate) fn close(&self, emitter: &mut Emitter) {
        if !self.closed.swap(true, Ordering::SeqCst) {
            self.stats(emitter);
            emitter.flush();
            self.close_outputs();
        }
    }

    /// Like [`Picture::close`] when nobody reads what comes out any more.
    pub(crate) fn close_abandoned(&self) {
        self.close(&mut Emitter::new(self.outputs.clone()));
    }

    /// Puts out a `stats` record, if anyone wants it.
    pub(crate) fn stats(&self, emitter: &mut Emitter) {
        if !emitter.wants(Kind::Stats) {
            return;
        }
        let state = self.lock();
        let (ts, uptime) = self.times(&state.total);
        let mut counters = self.named(&state);
        // A capture without packets has no time, and nothing to count. The time of packets may be zero.
        let is_empty = ts == 0 && state.total.packets == 0;
        drop(state);
        if !is_empty {
            counters.insert("uptime".to_owned(), uptime);
            stats::emit(ts, &counters, emitter);
        }
    }

    /// Now in microseconds, and the seconds since the start. A capture has a time of its own, so that
    /// two runs over it give the same.
    fn times(&self, total: &Tally) -> (i64, u64) {
        if self.live {
            let now = SystemTime::now().duration_since(UNIX_EPOCH);
            let now = now.map_or(0, |now| now.as_micros() as i64);
            return (now, self.started.elapsed().as_secs());
        }
        let passed = total.last_ts.saturating_sub(total.first_ts).max(0);
        (
            total.last_ts / 1_000,
            passed.cast_unsigned() / 1_000_000_000,
        )
    }

    /// Everything that was counted, by name.
    fn named(&self, state: &State) -> BTreeMap<String, u64> {
        let mut all = self.counters(state).named();
        let dropped = self.shed.shed.load(Ordering::Relaxed) + self.outputs.lost();
        all.insert("wirewatch.records_dropped".to_owned(), dropped);
        for (name, value) in self.shared.counters() {
            all.insert(name.to_owned(), value);
        }
        all
    }

    /// What rules cost and why they match or do not.
    pub(crate) fn watched(&self) -> String {
        self.verdicts.watched().to_string()
    }

    /// What all workers counted, and what they share.
    fn counters(&self, state: &State) -> Counters {
        let mut sum = Counters::default();
        for counters in &state.counters {
            sum.add(counters);
        }
        sum.detect.extend(self.verdicts.counters());
        // Alerts that Python raised are in the totals only.
        sum.alerts = sum.alerts.max(state.total.alerts);
        sum
    }

    fn close_outputs(&self) {
        self.outputs.close();
        if let Some(writer) = &self.writer {
            let mut written = writer.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(Err(error)) = written.writer.take().map(PcapngWriter::finish) {
                *written = Written {
                    writer: None,
                    failure: Some(error.to_string()),
                };
            }
        }
        self.new_failures();
    }

    /// How the run ended, as JSON.
    pub(crate) fn verdict(&self) -> String {
        let state = self.lock();
        json!({"error": state.error, "damaged": state.damaged}).to_string()
    }

    /// The live picture since the latest tick, as JSON.
    pub(crate) fn tick(&self, interval_s: f64) -> String {
        let mut state = self.lock();
        let mut picture = self.shape(&state.interval, &self.counters(&state));
        let total = &state.total;
        merge(
            &mut picture,
            json!({
                "interval_s": interval_s,
                "totals": {"packets": total.packets, "bytes": total.bytes, "alerts": total.alerts},
                "progress": state.progress,
            }),
        );
        state.interval.clear();
        picture.to_string()
    }

    /// The whole run, as JSON.
    pub(crate) fn summary(&self) -> String {
        let state = self.lock();
        let mut picture = self.shape(&state.total, &self.counters(&state));
        let now_s = state.total.last_ts / 1_000_000_000;
        merge(&mut picture, self.shared.notable().shape(now_s));
        merge(
            &mut picture,
            json!({
                "first_ts": state.total.first_ts / 1_000,
                "last_ts": state.total.last_ts / 1_000,
                "wall_s": self.started.elapsed().as_secs_f64(),
                "counters": self.named(&state),
                "error": state.error,
            }),
        );
        picture.to_string()
    }

    fn shape(&self, tally: &Tally, counters: &Counters) -> Value {
        let mut picture = serde_json::to_value(tally.lists()).unwrap_or_else(|_| json!({}));
        self.name_hosts(&mut picture);
        let flow = &counters.flow;
        merge(
            &mut picture,
            json!({
                "ts": tally.last_ts / 1_000,
                "packets": tally.packets,
                "bytes": tally.bytes,
                "alerts": tally.alerts,
                "flows": {
                    "active": counters.flows_active,
                    "new": flow.created,
                    "ended": flow.created.saturating_sub(counters.flows_active),
                    "evicted": flow.evicted_new + flow.evicted_closed + flow.evicted_idle,
                },
                "drops": self.drops(counters),
                "memory_bytes": counters.flow_memory,
                "interfaces": *self.interfaces.lock().unwrap_or_else(PoisonError::into_inner),
            }),
        );
        picture
    }

    /// Adds the names under which the hosts were looked up. What is told of them is of the whole run, and so
    /// are the names.
    fn name_hosts(&self, picture: &mut Value) {
        let hosts = picture.get_mut("top_hosts").and_then(Value::as_array_mut);
        for host in hosts.into_iter().flatten().filter_map(Value::as_object_mut) {
            let address = host.get("ip").and_then(Value::as_str);
            let address = address.and_then(|text| text.parse().ok());
            if let Some(name) = address.and_then(|address| self.shared.name_of(address, i64::MIN)) {
                host.insert("name".to_owned(), json!(name));
            }
        }
    }

    fn drops(&self, counters: &Counters) -> Value {
        json!({
            "kernel": counters.capture.kernel_drops,
            "interface": counters.capture.interface_drops,
            "shed": self.shed.shed.load(Ordering::Relaxed),
            "panics": counters.panics,
            "unread_flows": counters.applications.shed + counters.applications.parsers_shed
                + counters.streams.refused,
            "stream_gaps": counters.streams.evicted,
            "not_written": counters.packets_not_written + self.outputs.lost(),
        })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Puts the members of one object into another.
fn merge(into: &mut Value, from: Value) {
    if let (Value::Object(into), Value::Object(from)) = (into, from) {
        into.extend(from);
    }
}
