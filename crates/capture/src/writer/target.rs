//! The file that is written to: not an input, not written by others, and empty.

use std::fs::{self, File, OpenOptions};
use std::io::{Error, ErrorKind, Result};
use std::path::{Path, PathBuf};

/// Opens the target for writing. It is emptied only after all checks.
pub(super) fn open(path: &Path, inputs: &[PathBuf]) -> Result<File> {
    check(path, inputs)?;
    let file = options().open(path)?;
    if file.metadata()?.is_file() {
        lock(&file)?;
        file.set_len(0)?;
    }
    Ok(file)
}

/// Refuses a target that is one of the inputs or lies in a folder among them.
pub(super) fn check(path: &Path, inputs: &[PathBuf]) -> Result<()> {
    inputs.iter().try_for_each(|input| check_input(path, input))
}

fn check_input(path: &Path, input: &Path) -> Result<()> {
    let input = if input.as_os_str() == "-" {
        Path::new("/dev/stdin")
    } else {
        input
    };
    if is_same(path, input) {
        return Err(refuse(
            "it is being read and cannot be written at the same time",
        ));
    }
    if is_inside(path, input) {
        return Err(refuse(
            "it lies in a folder that is being read; write it elsewhere",
        ));
    }
    Ok(())
}

fn refuse(reason: &str) -> Error {
    Error::new(ErrorKind::InvalidInput, reason)
}

/// Devices and pipes may be read and written at once; links and hard links are seen through.
#[cfg(unix)]
fn is_same(path: &Path, input: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let (Ok(path), Ok(input)) = (fs::metadata(path), fs::metadata(input)) else {
        return false;
    };
    path.is_file() && path.dev() == input.dev() && path.ino() == input.ino()
}

#[cfg(not(unix))]
fn is_same(path: &Path, input: &Path) -> bool {
    let (path, input) = (fs::canonicalize(path), fs::canonicalize(input));
    path.is_ok_and(|path| input.is_ok_and(|input| path == input))
}

fn is_inside(path: &Path, folder: &Path) -> bool {
    let parent = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let target = fs::canonicalize(path).or_else(|_| fs::canonicalize(parent));
    let (Ok(target), Ok(folder)) = (target, fs::canonicalize(folder)) else {
        return false;
    };
    folder.is_dir() && target.starts_with(folder)
}

#[cfg(not(windows))]
fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    options
}

/// Others may read the file, but not open it for writing.
#[cfg(windows)]
fn options() -> OpenOptions {
    use std::os::windows::fs::OpenOptionsExt;
    const FILE_SHARE_READ: u32 = 1;
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    options.share_mode(FILE_SHARE_READ);
    options
}

/// Locks the file until it is closed. Filesystems that know no locks are written without.
#[cfg(unix)]
#[allow(unsafe_code)] // flock(2)
fn lock(file: &File) -> Result<()> {
    use std::os::fd::AsRawFd;
    // SAFETY: the descriptor is open as long as `file` is borrowed; no memory is passed.
    let answer = unsafe { libc::flock(file.as_raw_fd(), libc::LOCK_EX | libc::LOCK_NB) };
    if answer == 0 {
        return Ok(());
    }
    match Error::last_os_error() {
        error if error.kind() == ErrorKind::WouldBlock => Err(Error::new(
            ErrorKind::ResourceBusy,
            "it is being written by another process",
        )),
        _ => Ok(()),
    }
}

#[cfg(not(unix))]
fn lock(_: &File) -> Result<()> {
    Ok(())
}
