//! Checks of what live capture needs, each with its fix.
//!
//! For `wirewatch doctor`: a check says what was found and, where something is
//! missing, the exact command that helps.

#[cfg(target_os = "linux")]
mod linux;

#[cfg(test)]
mod tests;

use crate::interfaces::{self, InterfaceInfo};
use crate::{LiveOptions, libpcap};

/// How a check came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// All is well.
    Ok,
    /// It works, but not as well as it could.
    Warn,
    /// Capture will not work.
    Fail,
}

/// One thing that was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// What was checked, a word or two.
    pub name: &'static str,
    /// How it came out.
    pub status: Status,
    /// What was found, a sentence without a full stop.
    pub found: String,
    /// What to do about it.
    pub fix: Option<String>,
}

impl Check {
    fn new(name: &'static str, status: Status, found: String, fix: Option<String>) -> Self {
        Self {
            name,
            status,
            found,
            fix,
        }
    }
}

/// All checks, for a capture with these options and this many workers.
pub fn check(options: &LiveOptions, workers: u32) -> Vec<Check> {
    let interfaces = interfaces::list();
    let everywhere = [interfaces_up(&interfaces), library()];
    #[cfg(target_os = "linux")]
    let here = [
        linux::permission(),
        linux::offloads(&interfaces),
        linux::clock(),
        linux::memory(options, workers),
        linux::backlog(),
    ];
    #[cfg(not(target_os = "linux"))]
    let here = {
        let _ = (options, workers);
        []
    };
    everywhere.into_iter().chain(here).collect()
}

fn interfaces_up(interfaces: &[InterfaceInfo]) -> Check {
    let up: Vec<&str> = interfaces
        .iter()
        .filter(|one| one.up && !one.loopback)
        .map(|one| one.name.as_str())
        .collect();
    if up.is_empty() {
        let fix = interfaces
            .iter()
            .find(|one| !one.loopback)
            .map(|one| format!("sudo ip link set {} up", one.name));
        let found = "no interface but loopback is up".to_owned();
        return Check::new("interfaces", Status::Warn, found, fix);
    }
    let default = interfaces.iter().find(|one| one.is_default_route);
    let default = default.map_or_else(String::new, |one| format!("; the default is {}", one.name));
    let found = format!("up: {}{default}", up.join(", "));
    Check::new("interfaces", Status::Ok, found, None)
}

fn library() -> Check {
    match libpcap::library() {
        Some(library) => Check::new("libpcap", Status::Ok, library.version.clone(), None),
        None => Check::new(
            "libpcap",
            if cfg!(target_os = "linux") {
                Status::Warn
            } else {
                Status::Fail
            },
            if cfg!(target_os = "linux") {
                "not found; filters know the common expressions only, and only network interfaces can be captured"
            } else {
                "not found"
            }
            .to_owned(),
            Some(libpcap::INSTALL.to_owned()),
        ),
    }
}
