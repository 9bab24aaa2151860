//! A pipe whose writer may be silent: a read waits for a while and then gives up.

#![allow(unsafe_code)] // poll(2)

use std::fs::File;
use std::io::{Error, ErrorKind, Read, Result};
use std::os::fd::{AsRawFd, BorrowedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

pub(crate) struct Pipe {
    file: File,
    /// Milliseconds, set anew before each poll of the source.
    wait: Arc<AtomicU64>,
}

impl Pipe {
    pub(crate) fn new(file: File, wait: Arc<AtomicU64>) -> Self {
        Self { file, wait }
    }
}

impl Read for Pipe {
    /// Fails with `WouldBlock` when nothing arrived in time; decompressors pass that on
    /// and can be asked again.
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        use std::os::fd::AsFd;
        if is_ready(self.file.as_fd(), self.wait.load(Ordering::Relaxed))? {
            self.file.read(buffer)
        } else {
            Err(Error::from(ErrorKind::WouldBlock))
        }
    }
}

/// Whether there is something to read, or the end, within so many milliseconds. A
/// signal ends the wait early, so that the caller can look at what it means.
fn is_ready(descriptor: BorrowedFd<'_>, milliseconds: u64) -> Result<bool> {
    let mut request = libc::pollfd {
        fd: descriptor.as_raw_fd(),
        events: libc::POLLIN,
        revents: 0,
    };
    let timeout = i32::try_from(milliseconds).unwrap_or(i32::MAX);
    // SAFETY: the pointer is to one valid `pollfd` that outlives the call, the count is
    // one, and the descriptor is open as long as it is borrowed.
    let ready = unsafe { libc::poll(&raw mut request, 1, timeout) };
    match ready {
        0 => Ok(false),
        1.. => Ok(true),
        _ => match Error::last_os_error() {
            error if error.kind() == ErrorKind::Interrupted => Ok(false),
            error => Err(error),
        },
    }
}
