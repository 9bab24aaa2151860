//! One run, from its opening to its summary.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError};
use serde_json::{Value, json};
use wirewatch_capture::Source;
use wirewatch_records::{AlertRow, Common, Rows};

use crate::dispatch::Reader;
use crate::emit::Emitter;
use crate::error::Error;
use crate::opening;
use crate::options::Options;
use crate::outlet::Update;
use crate::picture::Picture;
use crate::tally::Tally;
use crate::verdicts::{LoadedRules, Verdicts};
use crate::worker::Worker;

/// Stack of a worker thread: decoding and rules use little, regular expressions may use more.
const STACK: usize = 8 << 20;

/// One run.
pub struct Engine {
    pub(crate) workers: Vec<Worker>,
    pub(crate) reader: Option<Reader>,
    pub(crate) updates: Receiver<Update>,
    pub(crate) picture: Arc<Picture>,
    /// For alerts that Python raises.
    pub(crate) aside: Emitter,
    pub(crate) problems: Value,
    pub(crate) loaded: Value,
    pub(crate) verdicts: Arc<Verdicts>,
    pub(crate) options: Arc<Options>,
    /// Whether somebody may be waiting for what is found.
    pub(crate) prompt: bool,
    pub(crate) tick: Option<Duration>,
    pub(crate) last_tick: Instant,
    pub(crate) drop_privileges: bool,
    /// Whether the workers are done; what is left are the updates of `aside`.
    pub(crate) worked: bool,
    pub(crate) ended: bool,
}

impl Engine {
    /// Opens the source and the outputs, and loads rules and indicators.
    ///
    /// # Errors
    /// When any of it cannot be done; nothing has been read then.
    pub fn open(options: &Options) -> Result<Self, Error> {
        opening::open(options, None, None)
    }

    /// Opens a run over packets that the caller has, with rules that it may have loaded for other runs, too:
    /// what is read and what is listened to is not asked.
    ///
    /// # Errors
    /// When an output cannot be opened, or an option is wrong.
    pub fn open_over(
        options: &Options,
        rules: LoadedRules,
        source: Box<dyn Source>,
    ) -> Result<Self, Error> {
        opening::open(options, Some(rules), Some(source))
    }

    /// Faults in rule and indicator files, a JSON list.
    pub fn problems(&self) -> String {
        self.problems.to_string()
    }

    /// What was loaded and opened, a JSON object.
    pub fn loaded(&self) -> String {
        self.loaded.to_string()
    }

    /// Reads the run's rules again, on request.
    pub fn renewal(&self) -> Renewal {
        Renewal {
            verdicts: Arc::clone(&self.verdicts),
            options: Arc::clone(&self.options),
            prompt: self.prompt,
        }
    }

    /// Starts the workers; before that, a live run gives up the privileges it no longer needs.
    ///
    /// # Errors
    /// When privileges cannot be given up, or a thread cannot be started.
    pub fn start(&mut self) -> Result<(), Error> {
        if self.drop_privileges {
            opening::drop_privileges()?;
        }
        for worker in std::mem::take(&mut self.workers) {
            let name = format!("wirewatch-{}", worker.index);
            spawn(name, move || worker.run())?;
        }
        if let Some(reader) = self.reader.take() {
            let picture = Arc::clone(&self.picture);
            spawn("wirewatch-reader".to_owned(), move || {
                read(reader, &picture);
            })?;
        }
        self.aside.outlet().keep_apart();
        self.last_tick = Instant::now();
        Ok(())
    }

    /// Does the whole run in the caller's thread instead of starting workers, and hands over what comes out,
    /// the end included: for tests and for fuzzing, where threads cost more than the packets.
    ///
    /// # Errors
    /// When the run has more than one worker, whose packets only threads can hand on.
    pub fn run_here(&mut self, take: &mut dyn FnMut(Update)) -> Result<(), Error> {
        if self.reader.is_some() {
            return Err(Error::Value("several workers need threads".to_owned()));
        }
        self.aside.outlet().keep_apart();
        for worker in std::mem::take(&mut self.workers) {
            worker.run_here(take);
        }
        while let Some(update) = self.next(Duration::ZERO) {
            take(update);
        }
        Ok(())
    }

    /// The next thing that came out, or `None` when nothing did in time or the run is over.
    pub fn next(&mut self, timeout: Duration) -> Option<Update> {
        let deadline = Instant::now() + timeout;
        loop {
            if self.ended {
                return None;
            }
            if let Some(update) = self.aside.outlet().take() {
                return Some(update);
            }
            if self.worked {
                self.ended = true;
                return Some(Update::End(self.picture.verdict()));
            }
            let now = Instant::now();
            if let Some(tick) = self.due_tick(now) {
                return Some(tick);
            }
            let until = match self.tick {
                Some(tick) => deadline.min(self.last_tick + tick),
                None => deadline,
            };
            match self
                .updates
                .recv_timeout(until.saturating_duration_since(now))
            {
                Ok(Update::End(_)) | Err(RecvTimeoutError::Disconnected) => self.close(),
                Ok(update) => return Some(update),
                Err(RecvTimeoutError::Timeout) if Instant::now() >= deadline => return None,
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
    }

    /// The workers are done, and all that they gave was taken: nobody can raise an alert any more.
    fn close(&mut self) {
        self.picture.close(&mut self.aside);
        self.worked = true;
    }

    fn due_tick(&mut self, now: Instant) -> Option<Update> {
        let tick = self.tick?;
        let passed = now.saturating_duration_since(self.last_tick);
        if passed < tick {
            return None;
        }
        self.last_tick = now;
        Some(Update::Tick(self.picture.tick(passed.as_secs_f64())))
    }

    /// Asks the workers to finish.
    pub fn stop(&self) {
        self.picture.stop.store(true, Ordering::Relaxed);
    }

    /// Lets go of a run that nobody reads any more: nothing waits for room in the queue.
    pub fn abandon(&self) {
        self.picture.shed.abandoned.store(true, Ordering::SeqCst);
        self.stop();
    }

    /// Puts an alert that Python raised through all outputs. `alert` is a JSON object with the fields of
    /// the `alert` record; `ts` is in microseconds.
    ///
    /// # Errors
    /// When it is not such an object.
    pub fn alert(&mut self, alert: &str) -> Result<(), Error> {
        let alert: Value = serde_json::from_str(alert)
            .map_err(|error| Error::Value(format!("alert is not a JSON object: {error}")))?;
        let text = |name: &str| alert.get(name).and_then(Value::as_str);
        let number = |name: &str| alert.get(name).and_then(Value::as_u64);
        let port = |name: &str| number(name).map(|port| port as u16);
        let ip = |name: &str| text(name).and_then(|ip| ip.parse().ok());
        let evidence = alert.get("evidence").map(Value::to_string);
        let metadata = alert
            .get("metadata")
            .filter(|m| m.is_object())
            .map(Value::to_string);
        let Some(signature) = text("signature") else {
            return Err(Error::Value("an alert needs a `signature`".to_owned()));
        };
        let common = Common {
            ts: alert.get("ts").and_then(Value::as_i64).unwrap_or_default(),
            flow_id: number("flow_id"),
            src_ip: ip("src_ip"),
            src_port: port("src_port"),
            dst_ip: ip("dst_ip"),
            dst_port: port("dst_port"),
            proto: text("proto"),
            app_proto: text("app_proto"),
            ..Common::default()
        };
        let row = AlertRow {
            action: text("action").unwrap_or("allowed"),
            gid: number("gid").unwrap_or(0) as u32,
            signature_id: number("signature_id").unwrap_or(0) as u32,
            rev: number("rev").unwrap_or(1) as u32,
            signature,
            category: text("category").unwrap_or(""),
            severity: number("severity").unwrap_or(3) as u8,
            metadata: metadata.as_deref(),
            detector: text("detector"),
            evidence: evidence.as_deref(),
            ..AlertRow::default()
        };
        let mut tally = Tally::default();
        tally.alert(row.gid, row.signature_id, signature, row.severity, || {
            example(&common)
        });
        self.picture.add(&tally);
        self.aside.push(&common, &row.into());
        self.aside.flush();
        Ok(())
    }

    /// What rules cost and why they match or do not, as far as the options ask; a JSON object,
    /// complete when the run is over.
    pub fn watched(&self) -> String {
        self.picture.watched()
    }

    /// The whole run so far, a JSON object.
    pub fn summary(&self) -> String {
        self.picture.summary()
    }
}

/// Reads the rules of a run again while it goes on.
pub struct Renewal {
    verdicts: Arc<Verdicts>,
    options: Arc<Options>,
    prompt: bool,
}

impl Renewal {
    /// Reads them and hands them to the workers, which go on with them at their next packets; what flows and
    /// hosts are remembered for stays. Gives how many there are and what is wrong with others, a JSON object.
    ///
    /// # Errors
    /// When the run began without rules, waits for nobody, or when none of the new rules can be used: the
    /// ones before stay in use.
    pub fn run(&self) -> Result<String, Error> {
        if !self.prompt {
            let message = "rules are read again while packets are waited for, not in files";
            return Err(Error::Value(message.to_owned()));
        }
        self.verdicts
            .renew_rules(&self.options)
            .map(|told| told.to_string())
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.abandon();
        if self.picture.running.load(Ordering::SeqCst) == 0 {
            self.picture.close_abandoned();
        }
    }
}

fn read(mut reader: Reader, picture: &Picture) {
    let run = AssertUnwindSafe(|| reader.run(&picture.stop));
    let Ok((events, error)) = catch_unwind(run) else {
        picture.fail("reading stopped because of an internal error", false);
        return;
    };
    picture.reader_events(events);
    if let Some(error) = error {
        let damaged = matches!(error, wirewatch_capture::Error::Damaged { .. });
        picture.fail(&error.to_string(), damaged);
    }
}

fn spawn(name: String, run: impl FnOnce() + Send + 'static) -> Result<(), Error> {
    std::thread::Builder::new()
        .name(name)
        .stack_size(STACK)
        .spawn(run)
        .map(drop)
        .map_err(|error| Error::Output("worker thread".to_owned(), error))
}

/// Who and whom, for a list of findings.
pub(crate) fn example(common: &Common<'_>) -> String {
    let end = |ip: Option<std::net::IpAddr>, port: Option<u16>| match (ip, port) {
        (Some(ip), Some(port)) if ip.is_ipv6() => format!("[{ip}]:{port}"),
        (Some(ip), Some(port)) => format!("{ip}:{port}"),
        (Some(ip), None) => ip.to_string(),
        (None, _) => "?".to_owned(),
    };
    let (source, destination) = (
        end(common.src_ip, common.src_port),
        end(common.dst_ip, common.dst_port),
    );
    if common.dst_ip.is_none() {
        return source;
    }
    format!("{source} -> {destination}")
}

/// What a value of JSON says about the run that was opened.
pub(crate) fn loaded(
    interfaces: &[String],
    workers: u32,
    rules: (usize, usize, usize),
    indicators: usize,
    home_net: &str,
) -> Value {
    json!({
        "interfaces": interfaces,
        "workers": workers,
        "rules": rules.0,
        "rules_unsupported": rules.1,
        "rules_broken": rules.2,
        "indicators": indicators,
        "home_net": home_net,
    })
}
