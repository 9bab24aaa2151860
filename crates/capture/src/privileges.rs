//! Gives up what a process started as root does not need for capturing.
//!
//! To be called once, after the devices are open and **before any other thread is
//! started**: user and groups change for all threads of a process, but capabilities
//! and `no_new_privs` belong to the calling thread and are inherited by the threads it
//! starts. [`Dropped::other_threads`] tells how many threads were missed.
//!
//! `CAP_NET_RAW` stays, permitted and effective: an interface that went away and
//! came back needs a new socket. Promiscuous mode needs no capability of its own.
//! Files that are opened later are opened as the new user: output folders must be
//! writable for that user, not for root.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(all(unix, not(target_os = "linux")))]
mod other_unix;

#[cfg(all(test, target_os = "linux"))]
mod tests;

use std::path::Path;

use crate::Error;

/// What to become and what to keep.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DropOptions {
    /// User to become when the process is root. Otherwise the one who called `sudo`; root
    /// without `sudo`, as in containers, keeps its user and gives up its capabilities.
    pub user: Option<String>,
    /// Keeps the capabilities that finding the process behind a socket of another user
    /// takes (`CAP_SYS_PTRACE`, `CAP_DAC_READ_SEARCH`): these can read any file and memory.
    pub keep_process_lookup: bool,
}

/// What is left after privileges were dropped.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Dropped {
    /// User the process has now.
    pub uid: u32,
    /// Main group the process has now.
    pub gid: u32,
    /// Whether the user was changed.
    pub changed_user: bool,
    /// Names of the capabilities that are left.
    pub capabilities: Vec<&'static str>,
    /// Threads that ran already and therefore kept capabilities they had; 0 if called in time.
    pub other_threads: usize,
}

/// Gives up all privileges that capture does not need any more.
///
/// # Errors
/// [`Error::Unusable`] for a user that does not exist, [`Error::Io`] if the system refuses a step.
/// The process must then end: it may have given up a part.
pub fn drop_privileges(options: &DropOptions) -> Result<Dropped, Error> {
    #[cfg(target_os = "linux")]
    return linux::drop_privileges(options);
    #[cfg(all(unix, not(target_os = "linux")))]
    return other_unix::drop_privileges(options);
    #[cfg(not(unix))]
    {
        let _ = options;
        Ok(Dropped::default())
    }
}

/// Whether this thread may open packet sockets.
#[cfg(target_os = "linux")]
pub(crate) fn may_capture() -> bool {
    linux::effective() & linux::NET_RAW != 0
}

/// What to do about a missing permission to capture.
pub(crate) fn capture_advice() -> String {
    if cfg!(windows) {
        return "run it as Administrator, or install Npcap without the restriction to administrators"
            .to_owned();
    }
    if cfg!(target_os = "macos") {
        return "run it with sudo, or make /dev/bpf* readable for your group".to_owned();
    }
    if in_container() {
        return "start the container with `--cap-add=NET_RAW --net=host` and, unless it runs as root, give its interpreter the capability with setcap".to_owned();
    }
    let program = std::env::current_exe().map_or_else(
        |_| "/path/to/python3".to_owned(),
        |path| path.display().to_string(),
    );
    format!(
        "run it with sudo, or once `sudo setcap cap_net_raw,cap_net_admin=eip {program}` (everything that this program runs may then capture: for a Python that others share, make a virtual environment with `python3 -m venv --copies` and use the one in it)"
    )
}

/// Docker and Podman leave these files.
fn in_container() -> bool {
    ["/.dockerenv", "/run/.containerenv"]
        .iter()
        .any(|file| Path::new(file).exists())
}
