//! The engine's errors as Python exceptions.

use std::io::ErrorKind;

use pyo3::exceptions::{
    PyException, PyFileNotFoundError, PyIsADirectoryError, PyOSError, PyPermissionError,
    PyValueError,
};
use pyo3::prelude::*;
use wirewatch_capture::Error as CaptureError;
use wirewatch_engine::Error;

pyo3::create_exception!(
    wirewatch._engine,
    EngineError,
    PyException,
    "Something a user can mend: a device, a file, a filter, a setting. The message says what and how."
);
pyo3::create_exception!(
    wirewatch._engine,
    DamagedCapture,
    EngineError,
    "A capture is damaged; what came before the damage was processed."
);

/// The exception that fits an error.
pub(crate) fn exception(error: &Error) -> PyErr {
    let message = error.to_string();
    match error {
        Error::Capture(error) => capture(error, message),
        Error::Output(_, error) => system(error, message),
        Error::Value(_) => PyValueError::new_err(message),
    }
}

fn capture(error: &CaptureError, message: String) -> PyErr {
    match error {
        CaptureError::Io { error, .. } => system(error, message),
        CaptureError::Permission { .. } => PyPermissionError::new_err(message),
        CaptureError::Damaged { .. } => DamagedCapture::new_err(message),
        CaptureError::Unusable { .. } => EngineError::new_err(message),
    }
}

fn system(error: &std::io::Error, message: String) -> PyErr {
    match error.kind() {
        ErrorKind::NotFound => PyFileNotFoundError::new_err(message),
        ErrorKind::PermissionDenied => PyPermissionError::new_err(message),
        ErrorKind::IsADirectory => PyIsADirectoryError::new_err(message),
        _ => PyOSError::new_err(message),
    }
}
