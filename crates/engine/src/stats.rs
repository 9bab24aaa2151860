//! The `stats` record: what the whole run has counted so far, once for all workers.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use wirewatch_records::{Common, Rows, StatsRow, stats};

use crate::emit::Emitter;

/// Says when the next record is due, by the wall clock: a live run only.
#[derive(Debug)]
pub(crate) struct Interval {
    every: Duration,
    last: Instant,
}

impl Interval {
    /// An interval that begins now; none when it is zero.
    pub(crate) fn new(every: Duration) -> Option<Self> {
        let last = Instant::now();
        (!every.is_zero()).then_some(Self { every, last })
    }

    /// Whether the time has come, once per interval.
    pub(crate) fn is_due(&mut self) -> bool {
        let due = self.last.elapsed() >= self.every;
        if due {
            self.last = Instant::now();
        }
        due
    }
}

/// Puts out the counters, by their dotted names, at a time in microseconds.
pub(crate) fn emit(ts: i64, counters: &BTreeMap<String, u64>, emitter: &mut Emitter) {
    let pairs: Vec<(&str, u64)> = counters
        .iter()
        .map(|(name, n)| (name.as_str(), *n))
        .collect();
    let mut nested = Vec::new();
    stats::nest(&pairs, &mut nested);
    let of = |name: &str| counters.get(name).copied().unwrap_or(0);
    let row = StatsRow {
        counters: std::str::from_utf8(&nested).unwrap_or("{}"),
        uptime: of("uptime"),
        kernel_packets: of("capture.kernel_packets"),
        kernel_drops: of("capture.kernel_drops"),
        packets: of("decoder.pkts"),
        bytes: of("decoder.bytes"),
        invalid: of("decoder.invalid"),
        flows_total: of("flow.total"),
        flows_active: of("flow.active"),
        tcp_memuse: of("tcp.reassembly_memuse"),
        alerts: of("detect.alert"),
        records_dropped: of("wirewatch.records_dropped"),
        flows_shed: of("app_layer.shed"),
    };
    let common = Common {
        ts,
        ..Common::default()
    };
    emitter.push(&common, &row.into());
}
