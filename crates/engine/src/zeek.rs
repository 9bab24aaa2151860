//! Zeek logs that all workers write to.

use std::fs::File;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use wirewatch_records::zeek::{Folder, FolderError, Format, Logs};
use wirewatch_records::{Common, Row};

use crate::files::lock_for_writing;

/// Bytes that wait before they are written.
const MAX_WAITING: usize = 64 << 10;

/// The logs of one run and the folder they are in.
#[derive(Debug, Clone)]
pub(crate) struct ZeekFolder {
    inner: Arc<Mutex<Inner>>,
}

#[derive(Debug)]
struct Inner {
    format: Format,
    logs: Logs,
    folder: Folder,
    failure: Option<FolderError>,
    told: bool,
    last_us: i64,
    /// The open folder, for the lock on it.
    lock: Option<File>,
}

impl ZeekFolder {
    /// Creates the folder; logs open at the first record.
    ///
    /// # Errors
    /// When the folder cannot be created, or another process writes to it.
    pub(crate) fn create(path: &Path, format: Format) -> Result<Self, FolderError> {
        let folder = Folder::create(path)?;
        // Where folders cannot be opened, nobody can be warned.
        let lock = File::open(path).ok();
        let locked = lock.as_ref().map_or(Ok(()), lock_for_writing);
        locked.map_err(|source| FolderError {
            path: path.to_owned(),
            source,
        })?;
        let inner = Inner {
            format,
            logs: Logs::new(format, 0),
            folder,
            failure: None,
            told: false,
            last_us: 0,
            lock,
        };
        Ok(Self {
            inner: Arc::new(Mutex::new(inner)),
        })
    }

    /// Takes a record of a kind that there is a log for.
    pub(crate) fn push(&mut self, common: &Common<'_>, row: &Row<'_>) {
        let mut inner = self.lock();
        if inner.last_us == 0 {
            inner.logs = Logs::new(inner.format, common.ts);
        }
        inner.last_us = inner.last_us.max(common.ts);
        inner.logs.write(common, row);
        if inner.logs.len() >= MAX_WAITING {
            inner.write();
        }
    }

    /// Writes what waits.
    pub(crate) fn flush(&mut self) {
        self.lock().write();
    }

    /// Ends the logs, and lets another run write to the folder.
    pub(crate) fn close(&self) {
        let mut inner = self.lock();
        let last = inner.last_us;
        inner.logs.close(last);
        inner.write();
        inner.lock = None;
    }

    /// What went wrong, once.
    pub(crate) fn failure(&self) -> Option<String> {
        let mut inner = self.lock();
        if inner.told {
            return None;
        }
        let message = format!("{}; nothing more is written there", inner.failure.as_ref()?);
        inner.told = true;
        Some(message)
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn write(&mut self) {
        let Self {
            logs,
            folder,
            failure,
            ..
        } = self;
        if let Err(error) = folder.write(logs) {
            failure.get_or_insert(error);
        }
    }
}
