//! A run as Python sees it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use wirewatch_engine::{Engine, Options, Renewal, Update as EngineUpdate};

use crate::batch::Batch;
use crate::errors::exception;
use crate::packet::Packets;

/// Waiting is done in slices this long, so that `stop` and signals are not kept waiting.
const SLICE: Duration = Duration::from_millis(50);

/// One run: a source, what is to be done with its packets, and what comes of it.
#[pyclass(frozen, module = "wirewatch._engine")]
pub struct Session {
    engine: Mutex<Engine>,
    /// Beside the engine, which whoever takes its updates keeps locked.
    renewal: Renewal,
}

impl Session {
    fn lock(&self) -> MutexGuard<'_, Engine> {
        self.engine.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[pymethods]
impl Session {
    #[new]
    fn new(py: Python<'_>, options: &str) -> PyResult<Self> {
        let options: Options = serde_json::from_str(options)
            .map_err(|error| PyValueError::new_err(format!("engine options: {error}")))?;
        let engine = py
            .detach(|| Engine::open(&options))
            .map_err(|error| exception(&error))?;
        Ok(Self {
            renewal: engine.renewal(),
            engine: Mutex::new(engine),
        })
    }

    /// Faults in rules and indicator files, a JSON list.
    #[getter]
    fn problems(&self) -> String {
        self.lock().problems()
    }

    /// What was loaded and opened, a JSON object.
    #[getter]
    fn loaded(&self) -> String {
        self.lock().loaded()
    }

    /// Reads the run's rules again and hands them to the workers, which go on with them at their next packets.
    ///
    /// What rules remember of flows and hosts stays. Gives how many rules there are and what is wrong with
    /// others, a JSON object; raises `ValueError` when none can be used or files are read, and then the rules
    /// before stay in use.
    fn reload_rules(&self, py: Python<'_>) -> PyResult<String> {
        py.detach(|| self.renewal.run())
            .map_err(|error| exception(&error))
    }

    fn start(&self, py: Python<'_>) -> PyResult<()> {
        py.detach(|| self.lock().start())
            .map_err(|error| exception(&error))
    }

    /// The next thing that came out, or `None` when nothing did in time.
    fn next(&self, py: Python<'_>, timeout_s: f64) -> PyResult<Option<Update>> {
        let mut left = Duration::try_from_secs_f64(timeout_s.max(0.0)).unwrap_or(Duration::MAX);
        loop {
            let slice = left.min(SLICE);
            let update = py.detach(|| self.lock().next(slice));
            if update.is_some() || left <= slice {
                return update.map(|update| Update::of(py, update)).transpose();
            }
            left = left.saturating_sub(slice);
            py.check_signals()?;
        }
    }

    fn stop(&self, py: Python<'_>) {
        py.detach(|| self.lock().stop());
    }

    /// Puts an alert that Python raised through all outputs.
    fn alert(&self, py: Python<'_>, alert: &str) -> PyResult<()> {
        py.detach(|| self.lock().alert(alert))
            .map_err(|error| exception(&error))
    }

    /// What rules cost and why they match or do not, a JSON object.
    fn watched(&self, py: Python<'_>) -> String {
        py.detach(|| self.lock().watched())
    }

    fn summary(&self, py: Python<'_>) -> String {
        py.detach(|| self.lock().summary())
    }
}

/// One thing that came out of the engine; `kind` says which of the others is set.
#[pyclass(frozen, module = "wirewatch._engine")]
pub struct Update {
    kind: &'static str,
    batch: Option<Py<Batch>>,
    packets: Option<Py<Packets>>,
    data: Vec<u8>,
}

impl Update {
    fn of(py: Python<'_>, update: EngineUpdate) -> PyResult<Self> {
        let json = |kind, data: String| Self::with(kind, data.into_bytes());
        Ok(match update {
            EngineUpdate::Batch(kind, columns) => {
                let batch = Py::new(
                    py,
                    Batch {
                        kind: kind.to_owned(),
                        columns,
                    },
                )?;
                Self {
                    batch: Some(batch),
                    ..Self::with("batch", Vec::new())
                }
            }
            EngineUpdate::Packets(batch) => {
                let packets = Py::new(
                    py,
                    Packets {
                        batch: Arc::new(batch),
                    },
                )?;
                Self {
                    packets: Some(packets),
                    ..Self::with("packets", Vec::new())
                }
            }
            EngineUpdate::Text(text) => Self::with("text", text),
            EngineUpdate::Tick(data) => json("tick", data),
            EngineUpdate::Event(data) => json("event", data),
            EngineUpdate::End(data) => json("end", data),
        })
    }

    fn with(kind: &'static str, data: Vec<u8>) -> Self {
        Self {
            kind,
            batch: None,
            packets: None,
            data,
        }
    }
}

#[pymethods]
impl Update {
    #[getter]
    fn kind(&self) -> &'static str {
        self.kind
    }

    #[getter]
    fn batch(&self, py: Python<'_>) -> Option<Py<Batch>> {
        self.batch.as_ref().map(|batch| batch.clone_ref(py))
    }

    #[getter]
    fn packets(&self, py: Python<'_>) -> Option<Py<Packets>> {
        self.packets.as_ref().map(|packets| packets.clone_ref(py))
    }

    #[getter]
    fn data<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.data)
    }

    fn __repr__(&self) -> String {
        format!("<Update {}>", self.kind)
    }
}

/// A bug in the engine is told once, in a line; it is counted, and costs one packet.
pub(crate) fn quiet_panics() {
    static TOLD: AtomicBool = AtomicBool::new(false);
    std::panic::set_hook(Box::new(|info| {
        if !TOLD.swap(true, Ordering::Relaxed) {
            let place = info.location().map(ToString::to_string).unwrap_or_default();
            eprintln!(
                "wirewatch: internal error at {place}; the packet was passed over. Please report this."
            );
        }
    }));
}
