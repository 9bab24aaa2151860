//! A worker: one source, one pipeline, one thread.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::json;
use wirewatch_capture::{Error as CaptureError, Event, Polled, Source};
use wirewatch_records::{Common, Kind, NoticeRow, Rows};

use crate::outlet::Update;
use crate::picture::Picture;
use crate::pipeline::Pipeline;
use crate::stats::Interval;

/// Longest time records wait in a worker's buffers while packets are rare.
const FLUSH: Duration = Duration::from_millis(250);
/// How long a source waits for packets before the worker looks at the clock again.
const WAIT: Duration = Duration::from_millis(50);

/// One worker, ready to run in a thread of its own.
pub(crate) struct Worker {
    pub(crate) index: usize,
    pub(crate) source: Box<dyn Source>,
    pub(crate) pipeline: Pipeline,
    pub(crate) picture: Arc<Picture>,
    /// When `stats` records are due while the run goes on; one worker speaks for all.
    pub(crate) stats: Option<Interval>,
}

/// Tells that the last worker is done, also when that worker panicked.
struct Leaving {
    picture: Arc<Picture>,
    outlet: crate::outlet::Outlet,
}

impl Drop for Leaving {
    fn drop(&mut self) {
        if self.picture.running.fetch_sub(1, Ordering::SeqCst) == 1 {
            // Whoever takes the updates completes the outputs when it has them all.
            if self.picture.shed.abandoned.load(Ordering::SeqCst) {
                self.picture.close_abandoned();
            }
            self.outlet.finish();
            self.outlet.send(Update::End(self.picture.verdict()));
        }
    }
}

impl Worker {
    /// Works until the source ends or the run is stopped.
    pub(crate) fn run(self) {
        self.run_with(&mut |_| {});
    }

    /// The same in the thread that takes what comes out: nothing waits for room in the queue.
    pub(crate) fn run_here(mut self, take: &mut dyn FnMut(Update)) {
        self.pipeline.emitter.outlet().keep_apart();
        self.run_with(&mut |worker| {
            while let Some(update) = worker.pipeline.emitter.outlet().take() {
                take(update);
            }
        });
    }

    /// Works, and calls `after` after each group of packets and at the end.
    fn run_with(mut self, after: &mut dyn FnMut(&mut Self)) {
        let picture = Arc::clone(&self.picture);
        let leaving = Leaving {
            outlet: self.pipeline.emitter.outlet().clone(),
            picture: Arc::clone(&picture),
        };
        if catch_unwind(AssertUnwindSafe(|| self.work(after))).is_err() {
            picture.fail("a worker stopped because of an internal error", false);
        }
        drop(leaving);
    }

    fn work(&mut self, after: &mut dyn FnMut(&mut Self)) {
        let mut flushed = Instant::now();
        // The first packets' records name their interface too.
        self.look_at_source();
        loop {
            if self.picture.stop.load(Ordering::Relaxed) {
                break;
            }
            let pipeline = &mut self.pipeline;
            match self.source.poll(WAIT, &mut |packets| {
                pipeline.renew_rules();
                pipeline.group(packets);
            }) {
                Ok(Polled::Packets(_)) => {}
                Ok(Polled::Idle) => self.idle(),
                Ok(Polled::End) => break,
                Err(error) => {
                    self.failed(&error);
                    break;
                }
            }
            if flushed.elapsed() >= FLUSH {
                self.flush();
                flushed = Instant::now();
            }
            after(self);
        }
        self.look_at_source();
        self.pipeline.finish();
        self.publish();
        after(self);
    }

    /// Nothing came: time passes all the same, for live flows.
    fn idle(&mut self) {
        if self.pipeline.ways.live
            && let Ok(now) = SystemTime::now().duration_since(UNIX_EPOCH)
        {
            self.pipeline.expire(now.as_nanos() as i64);
        }
        self.flush();
    }

    fn flush(&mut self) {
        self.look_at_source();
        self.publish();
        if self.stats.as_mut().is_some_and(Interval::is_due) {
            self.picture.stats(&mut self.pipeline.emitter);
        }
        let Pipeline { taps, emitter, .. } = &mut self.pipeline;
        taps.flush(emitter.outlet());
        emitter.flush();
        for message in self.picture.new_failures() {
            self.tell("output.failed", "error", &message);
        }
    }

    fn failed(&mut self, error: &CaptureError) {
        let damaged = matches!(error, CaptureError::Damaged { .. });
        self.picture.fail(&error.to_string(), damaged);
    }

    fn look_at_source(&mut self) {
        let interfaces = self.source.interfaces();
        if interfaces.len() != self.pipeline.interfaces.len() {
            self.pipeline.interfaces = Arc::new(interfaces);
        }
        for Event { code, message } in self.source.events() {
            self.tell(code, "warning", &message);
        }
        for (code, message) in self.picture.take_reader_events() {
            self.tell(code, "warning", &message);
        }
    }

    /// Tells the user, and writes it down as a `notice` record.
    fn tell(&mut self, code: &str, severity: &str, message: &str) {
        let event = json!({"code": code, "message": message, "severity": severity});
        self.pipeline
            .emitter
            .outlet()
            .send(Update::Event(event.to_string()));
        if self.pipeline.emitter.wants(Kind::Notice) {
            let common = Common {
                ts: self.pipeline.now_us(),
                ..Common::default()
            };
            let row = NoticeRow {
                code,
                severity,
                component: Some("capture"),
                message: message.as_bytes(),
                detail: None,
            };
            self.pipeline.emitter.push(&common, &row.into());
        }
    }

    fn publish(&mut self) {
        self.pipeline.snapshot();
        self.pipeline.counters.capture = self.source.counters();
        self.picture
            .publish(self.index, &mut self.pipeline, self.source.progress());
    }
}
