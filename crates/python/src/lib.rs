//! The native module `wirewatch._engine`: the border between Python and the engine.
//!
//! The only crate that knows Python. It releases the interpreter lock while it waits, turns the engine's
//! errors into Python's own, and hands over batches; nothing here runs per packet but callbacks that
//! a user asked for.

mod batch;
mod errors;
mod packet;
mod session;
mod tables;

use pyo3::prelude::*;

/// Batches are filled in one thread and freed in another, which the system's allocator does slowly.
/// It does not ask for huge pages (feature `no_thp`): most runs are too short for zeroing them to pay.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The native engine of wirewatch.
#[pymodule]
mod _engine {
    #[pymodule_export]
    use crate::batch::{Batch, arrow_stream, empty_batch};
    #[pymodule_export]
    use crate::errors::{DamagedCapture, EngineError};
    #[pymodule_export]
    use crate::packet::{Filter, Packet, Packets};
    #[pymodule_export]
    use crate::session::{Session, Update};
    #[pymodule_export]
    use crate::tables::{
        anomaly_codes, application_events, built_in_detections, check_where, compile_filter,
        doctor, interfaces, record_kinds, rule_keywords,
    };

    use super::{Bound, PyModule, PyModuleMethods, PyResult};

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        crate::session::quiet_panics();
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}
