//! Output files that several workers append whole lines to.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crate::error::Error;

/// A text file of lines, shared by the workers and locked against a second writer.
#[derive(Debug, Clone)]
pub(crate) struct Lines {
    inner: Arc<Mutex<Inner>>,
}

#[derive(Debug)]
struct Inner {
    path: PathBuf,
    file: File,
    failed: Option<io::Error>,
    told: bool,
    lost: u64,
}

impl Lines {
    /// Opens the file, to be continued.
    ///
    /// # Errors
    /// When it cannot be created, or it is being written to already.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        if file.metadata()?.is_file() {
            lock_for_writing(&file)?;
        }
        let path = path.to_owned();
        let inner = Inner {
            path,
            file,
            failed: None,
            told: false,
            lost: 0,
        };
        Ok(Self {
            inner: Arc::new(Mutex::new(inner)),
        })
    }

    /// Throws away what an earlier run wrote: a run over captures begins anew.
    ///
    /// # Errors
    /// When the file system does not allow it.
    pub(crate) fn empty(&self) -> Result<(), Error> {
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let is_file = inner.file.metadata().is_ok_and(|about| about.is_file());
        let emptied = if is_file {
            inner.file.set_len(0)
        } else {
            Ok(())
        };
        emptied.map_err(|error| Error::Output(inner.path.display().to_string(), error))
    }

    /// Appends whole lines. A failure is kept for [`Lines::failure`], what follows it is counted as lost.
    pub(crate) fn write(&self, lines: &[u8]) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        if inner.failed.is_none()
            && let Err(error) = inner.file.write_all(lines)
        {
            inner.failed = Some(error);
        }
        if inner.failed.is_some() {
            inner.lost += memchr::memchr_iter(b'\n', lines).count() as u64;
        }
    }

    /// Lets another run write the file: nothing more comes.
    pub(crate) fn close(&self) {
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        // A file that cannot be unlocked was not locked.
        let _ = inner.file.unlock();
    }

    /// What went wrong, once; afterwards the count of lost lines can be asked for.
    pub(crate) fn failure(&self) -> Option<String> {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        if inner.told {
            return None;
        }
        let error = inner.failed.as_ref()?;
        let message = format!(
            "{}: {error}; nothing more is written to it",
            inner.path.display()
        );
        inner.told = true;
        Some(message)
    }

    /// Lines that could not be written.
    pub(crate) fn lost(&self) -> u64 {
        self.inner
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .lost
    }
}

/// Keeps a second run away from what this one writes; a folder can be locked like a file.
pub(crate) fn lock_for_writing(file: &File) -> io::Result<()> {
    match file.try_lock() {
        Err(std::fs::TryLockError::WouldBlock) => Err(io::Error::new(
            io::ErrorKind::ResourceBusy,
            "it is being written by another process",
        )),
        // Some file systems have no locks: then nobody can be warned.
        Ok(()) | Err(std::fs::TryLockError::Error(_)) => Ok(()),
    }
}
