//! Where a file's bytes come from: the disk, a pipe, standard input, memory.

#[cfg(unix)]
mod pipe;

use std::fs::{File, Metadata};
use std::io::{Read, Result};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Whether this input means standard input.
pub(crate) fn is_standard_input(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// Whether packets of these inputs may be still to come: one is a pipe, a terminal or another device, whose
/// writer takes its time. A file is all there, also one that standard input is redirected from.
pub fn is_awaited(inputs: &[PathBuf]) -> bool {
    inputs.iter().any(|path| {
        if is_standard_input(path) {
            is_standard_input_awaited()
        } else {
            path.metadata().is_ok_and(|about| is_no_file(&about))
        }
    })
}

#[cfg(unix)]
fn is_standard_input_awaited() -> bool {
    let about = duplicate_of_standard_input().and_then(|file| file.metadata());
    about.is_ok_and(|about| is_no_file(&about))
}

#[cfg(not(unix))]
fn is_standard_input_awaited() -> bool {
    true
}

fn is_no_file(about: &Metadata) -> bool {
    !(about.is_file() || about.is_dir())
}

/// An open input.
pub(crate) struct Origin<'a> {
    pub(crate) input: Box<dyn Read + Send + 'a>,
    /// How long it is, unless it is a pipe.
    pub(crate) size: Option<u64>,
    /// How many of its bytes have been read.
    pub(crate) read: Arc<AtomicU64>,
    /// For how many milliseconds a read waits for a pipe's writer.
    pub(crate) wait: Option<Arc<AtomicU64>>,
}

impl Origin<'static> {
    /// Opens a file, a pipe with a name, or `-` for standard input.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        if is_standard_input(path) {
            return standard_input();
        }
        Self::of_file(File::open(path)?)
    }

    #[cfg(unix)]
    fn of_file(file: File) -> Result<Self> {
        let about = file.metadata()?;
        if about.is_file() {
            return Ok(Self::regular(file, about.len()));
        }
        let wait = Arc::new(AtomicU64::new(0));
        let mut origin = Self::counted(pipe::Pipe::new(file, Arc::clone(&wait)), None);
        origin.wait = Some(wait);
        Ok(origin)
    }

    #[cfg(not(unix))]
    fn of_file(file: File) -> Result<Self> {
        let length = file.metadata()?.len();
        Ok(Self::regular(file, length))
    }

    fn regular(file: File, length: u64) -> Self {
        Self::counted(file, Some(length))
    }
}

impl<'a> Origin<'a> {
    /// Bytes in memory.
    pub(crate) fn memory(bytes: &'a [u8]) -> Self {
        Self::counted(bytes, Some(bytes.len() as u64))
    }

    fn counted(input: impl Read + Send + 'a, size: Option<u64>) -> Self {
        let read = Arc::new(AtomicU64::new(0));
        let counted = Counted {
            input,
            read: Arc::clone(&read),
        };
        Self {
            input: Box::new(counted),
            size,
            read,
            wait: None,
        }
    }
}

#[cfg(unix)]
fn standard_input() -> Result<Origin<'static>> {
    Origin::of_file(duplicate_of_standard_input()?)
}

#[cfg(unix)]
fn duplicate_of_standard_input() -> Result<File> {
    use std::os::fd::AsFd;
    let descriptor = std::io::stdin().as_fd().try_clone_to_owned()?;
    Ok(File::from(descriptor))
}

#[cfg(not(unix))]
fn standard_input() -> Result<Origin<'static>> {
    Ok(Origin::counted(std::io::stdin(), None))
}

/// Counts what is read, below any decompression, for the progress shown.
struct Counted<R> {
    input: R,
    read: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let count = self.input.read(buffer)?;
        self.read.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}
