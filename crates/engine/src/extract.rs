//! Copies of files that travelled, below one folder, named by their content.
//!
//! The name is the SHA-256 of what was written: nothing that the wire says becomes a path. A copy
//! that is not complete, or has holes, says so in its name.

use std::fs::{self, File};
use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use sha2::{Digest, Sha256};

/// Where copies go and how much may.
#[derive(Debug, Clone)]
pub(crate) struct Extract {
    folder: PathBuf,
    /// Bytes of one file; the rest is left out.
    most_per_file: u64,
    budget: Arc<Budget>,
}

#[derive(Debug)]
struct Budget {
    /// Bytes that may still be written in this run.
    left: AtomicU64,
    number: AtomicU64,
    /// Files of which no copy, or not all, could be written.
    failed: Arc<AtomicU64>,
}

/// A copy that is being written.
#[derive(Debug)]
pub(crate) struct Extraction {
    file: File,
    partial: PathBuf,
    folder: PathBuf,
    left: u64,
    written: u64,
    hash: Sha256,
    is_cut: bool,
    budget: Arc<Budget>,
}

impl Extract {
    /// Copies below `folder`, which is made; what could not be written is counted in `failed`.
    ///
    /// # Errors
    /// When the folder cannot be made.
    pub(crate) fn new(
        folder: &Path,
        most_per_file: u64,
        most_in_all: u64,
        failed: Arc<AtomicU64>,
    ) -> std::io::Result<Self> {
        fs::create_dir_all(folder)?;
        Ok(Self {
            folder: folder.to_owned(),
            most_per_file,
            budget: Arc::new(Budget {
                left: AtomicU64::new(most_in_all),
                number: AtomicU64::new(0),
                failed,
            }),
        })
    }

    /// A new copy; `None` when all that may be written has been, or the disk refuses.
    pub(crate) fn begin(&self) -> Option<Extraction> {
        if self.budget.left.load(Ordering::Relaxed) == 0 {
            self.budget.failed.fetch_add(1, Ordering::Relaxed);
            return None;
        }
        let number = self.budget.number.fetch_add(1, Ordering::Relaxed);
        let partial = self
            .folder
            .join(format!(".{}-{number}.part", std::process::id()));
        let Ok(file) = File::create(&partial) else {
            self.budget.failed.fetch_add(1, Ordering::Relaxed);
            return None;
        };
        Some(Extraction {
            file,
            partial,
            folder: self.folder.clone(),
            left: self.most_per_file,
            written: 0,
            hash: Sha256::new(),
            is_cut: false,
            budget: Arc::clone(&self.budget),
        })
    }
}

impl Extraction {
    pub(crate) fn write(&mut self, bytes: &[u8]) {
        let room = usize::try_from(self.left).unwrap_or(usize::MAX);
        let granted = self.grant(bytes.len().min(room));
        let part = bytes.get(..granted).unwrap_or_default();
        if part.len() < bytes.len() || self.file.write_all(part).is_err() {
            self.is_cut = true;
        }
        self.hash.update(part);
        self.left -= part.len() as u64;
        self.written += part.len() as u64;
    }

    /// How many of these bytes the run may still write.
    fn grant(&self, wanted: usize) -> usize {
        let left = &self.budget.left;
        let take = |left: u64| Some(left.saturating_sub(wanted as u64));
        let before = left
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, take)
            .unwrap_or(0);
        wanted.min(usize::try_from(before).unwrap_or(usize::MAX))
    }

    /// A hole; sparse where the file system can.
    pub(crate) fn skip(&mut self, length: u64) {
        let length = length.min(self.left);
        self.is_cut = true;
        self.left -= length;
        let offset = i64::try_from(length).unwrap_or(i64::MAX);
        let _ = self.file.seek(SeekFrom::Current(offset));
    }

    /// The SHA-256 of what was written so far, holes left out.
    pub(crate) fn digest(&self) -> [u8; 32] {
        self.hash.clone().finalize().into()
    }

    /// Gives the copy its name, which is told.
    pub(crate) fn finish(mut self, complete: bool) -> Option<String> {
        use std::fmt::Write as _;
        let whole = complete && !self.is_cut;
        let digest = std::mem::take(&mut self.hash).finalize();
        let mut name = digest.iter().fold(String::new(), |mut name, byte| {
            let _ = write!(name, "{byte:02x}");
            name
        });
        if !whole {
            name.push_str(".incomplete");
        }
        let renamed =
            self.written > 0 && fs::rename(&self.partial, self.folder.join(&name)).is_ok();
        if self.is_cut || (self.written > 0 && !renamed) {
            self.budget.failed.fetch_add(1, Ordering::Relaxed);
        }
        renamed.then_some(name)
    }
}

impl Drop for Extraction {
    /// What was not finished leaves nothing behind; after a rename there is nothing to remove.
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.partial);
    }
}
