//! Zeek logs that all workers write to.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use wirewatch_records::zeek::{Folder, FolderError, Logs};
use wirewatch_records::{Common, Row};

/// Bytes that wait before they are written.
const MAX_WAITING: usize = 64 << 10;

/// The logs of one run and the folder they are in.
#[derive(Debug, Clone)]
pub(crate) struct ZeekFolder {
    inner: Arc<Mutex<Inner>>,
}

#[derive(Debug)]
struct Inner {
    logs: Logs,
    folder: Folder,
    failure: Option<FolderError>,
    told: bool,
    last_us: i64,
}

impl ZeekFolder {
    /// Creates the folder; logs open at the first record.
    ///
    /// # Errors
    /// When the folder cannot be created.
    pub(crate) fn create(path: &Path) -> Result<Self, FolderError> {
        let inner = Inner {
            logs: Logs::new(0),
            folder: Folder::create(path)?,
            failure: None,
            told: false,
            last_us: 0,
        };
        Ok(Self {
            inner: Arc::new(Mutex::new(inner)),
        })
    }

    /// Takes a record.
    pub(crate) fn push(&mut self, common: &Common<'_>, row: &Row<'_>) {
        let mut inner = self.lock();
        if inner.last_us == 0 {
            inner.logs = Logs::new(common.ts);
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

    /// Ends the logs.
    pub(crate) fn close(&self) {
        let mut inner = self.lock();
        let last = inner.last_us;
        inner.logs.close(last);
        inner.write();
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
