//! What all workers of a run know together: totals, counters, failures, and when to stop.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use serde_json::{Value, json};
use wirewatch_capture::PcapngWriter;

use crate::counters::Counters;
use crate::emit::Outputs;
use crate::error::without_number;
use crate::pipeline::Pipeline;
use crate::tally::Tally;
use crate::taps::{SharedWriter, Written};

/// The shared state of a run.
#[derive(Debug)]
pub(crate) struct Picture {
    /// Set when the workers are to finish.
    pub(crate) stop: AtomicBool,
    /// Workers still running.
    pub(crate) running: AtomicUsize,
    /// Rows shed by the outlets.
    pub(crate) shed: Arc<crate::outlet::Gauge>,
    interfaces: Mutex<Vec<String>>,
    state: Mutex<State>,
    outputs: Outputs,
    writer: Option<SharedWriter>,
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
    ) -> Self {
        let state = State {
            counters: vec![Counters::default(); workers],
            ..State::default()
        };
        Self {
            stop: AtomicBool::new(false),
            running: AtomicUsize::new(workers),
            shed,
            interfaces: Mutex::default(),
            state: Mutex::new(state),
            outputs,
            writer,
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

    /// Completes the output files.
    pub(crate) fn close_outputs(&self) {
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
        let mut picture = self.shape(&state.interval, &sum(&state.counters));
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
        let mut picture = self.shape(&state.total, &sum(&state.counters));
        let counters = sum(&state.counters);
        merge(
            &mut picture,
            json!({
                "first_ts": state.total.first_ts / 1_000,
                "last_ts": state.total.last_ts / 1_000,
                "wall_s": self.started.elapsed().as_secs_f64(),
                "counters": counters.named(),
                "error": state.error,
            }),
        );
        picture.to_string()
    }

    fn shape(&self, tally: &Tally, counters: &Counters) -> Value {
        let mut picture = serde_json::to_value(tally.lists()).unwrap_or_else(|_| json!({}));
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

    fn drops(&self, counters: &Counters) -> Value {
        json!({
            "kernel": counters.capture.kernel_drops,
            "interface": counters.capture.interface_drops,
            "shed": self.shed.shed.load(Ordering::Relaxed),
            "panics": counters.panics,
            "not_written": counters.packets_not_written + self.outputs.lost(),
        })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn sum(all: &[Counters]) -> Counters {
    let mut sum = Counters::default();
    for counters in all {
        sum.add(counters);
    }
    sum
}

/// Puts the members of one object into another.
fn merge(into: &mut Value, from: Value) {
    if let (Value::Object(into), Value::Object(from)) = (into, from) {
        into.extend(from);
    }
}
