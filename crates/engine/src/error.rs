//! Why a run cannot be opened.

use std::fmt;

/// Why a run cannot be opened. Each says what, where, and what to do.
#[derive(Debug)]
pub enum Error {
    /// The source of packets.
    Capture(wirewatch_capture::Error),
    /// An output file or folder.
    Output(String, std::io::Error),
    /// A capture filter, an expression, a setting.
    Value(String),
}

/// A message without the number that the system gives its errors, which tells users nothing.
pub(crate) fn without_number(message: &str) -> String {
    match message.split_once(" (os error ") {
        Some((before, after)) => {
            let rest = after.split_once(')').map_or("", |(_, rest)| rest);
            format!("{before}{rest}")
        }
        None => message.to_owned(),
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Capture(error) => error.fmt(f),
            Self::Output(path, error) => write!(f, "{path}: {error}"),
            Self::Value(message) => f.write_str(message),
        }
    }
}

impl std::error::Error for Error {}

impl From<wirewatch_capture::Error> for Error {
    fn from(error: wirewatch_capture::Error) -> Self {
        Self::Capture(error)
    }
}
