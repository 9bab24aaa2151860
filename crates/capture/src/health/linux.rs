//! What live capture needs of Linux.

use std::fs;

use super::{Check, Status};
use crate::LiveOptions;
use crate::interfaces::InterfaceInfo;
use crate::live::device::Inquiry;
use crate::privileges;

/// Reading commands of ethtool, Linux `ethtool.h`.
const ETHTOOL_GTSO: u32 = 0x1e;
const ETHTOOL_GGSO: u32 = 0x23;
const ETHTOOL_GGRO: u32 = 0x2b;
const FLAG_LRO: u32 = 1 << 15;

/// Share of the free memory that rings may take before a warning: they cannot be swapped out.
const RING_SHARE: u64 = 4;

pub(super) fn permission() -> Check {
    if privileges::may_capture() {
        let found = "CAP_NET_RAW is effective".to_owned();
        return Check::new("permission", Status::Ok, found, None);
    }
    Check::new(
        "permission",
        Status::Fail,
        "CAP_NET_RAW is missing: packets cannot be captured".to_owned(),
        Some(privileges::capture_advice()),
    )
}

/// Settings under which several packets reach the capture as one.
pub(super) fn offloads(interfaces: &[InterfaceInfo]) -> Check {
    let Ok(inquiry) = Inquiry::open() else {
        let found = "the kernel does not tell".to_owned();
        return Check::new("offloads", Status::Warn, found, None);
    };
    let merging: Vec<(&str, Vec<&str>)> = interfaces
        .iter()
        .filter(|one| one.up && !one.loopback)
        .map(|one| (one.name.as_str(), merging(&inquiry, &one.name)))
        .filter(|(_, settings)| !settings.is_empty())
        .collect();
    if merging.is_empty() {
        let found = "no interface merges packets before capture".to_owned();
        return Check::new("offloads", Status::Ok, found, None);
    }
    let found: Vec<String> = merging
        .iter()
        .map(|(name, settings)| format!("{name} ({})", settings.join(", ")))
        .collect();
    let fix: Vec<String> = merging
        .iter()
        .map(|(name, settings)| format!("sudo ethtool -K {name} {} off", settings.join(" off ")))
        .collect();
    Check::new(
        "offloads",
        Status::Warn,
        format!(
            "packets are merged before capture, so sizes and counts are not those of the wire: {}",
            found.join(", ")
        ),
        Some(fix.join("; ")),
    )
}

fn merging(inquiry: &Inquiry, name: &str) -> Vec<&'static str> {
    let on = |command| inquiry.ethtool_setting(name, command) == Some(true);
    let lro = inquiry
        .ethtool_flags(name)
        .is_some_and(|flags| flags & FLAG_LRO != 0);
    [
        ("gro", on(ETHTOOL_GGRO)),
        ("lro", lro),
        ("gso", on(ETHTOOL_GGSO)),
        ("tso", on(ETHTOOL_GTSO)),
    ]
    .into_iter()
    .filter(|(_, on)| *on)
    .map(|(setting, _)| setting)
    .collect()
}

/// Whether packet times can be compared with those of other machines.
pub(super) fn clock() -> Check {
    // SAFETY: all fields are numbers; with no modes set the kernel only fills them.
    let mut state: libc::timex = unsafe { std::mem::zeroed() };
    // SAFETY: the structure lives until the call returns.
    let status = unsafe { libc::adjtimex(&raw mut state) };
    let source =
        fs::read_to_string("/sys/devices/system/clocksource/clocksource0/current_clocksource")
            .map_or_else(|_| "unknown".to_owned(), |text| text.trim().to_owned());
    if status == libc::TIME_ERROR || state.status & libc::STA_UNSYNC != 0 {
        return Check::new(
            "clock",
            Status::Warn,
            format!(
                "not synchronised: times may differ from other machines' (clock source {source})"
            ),
            Some("sudo timedatectl set-ntp true".to_owned()),
        );
    }
    let found = format!(
        "synchronised, within {} ms (clock source {source})",
        state.maxerror / 1000
    );
    Check::new("clock", Status::Ok, found, None)
}

/// Whether the rings fit into memory.
pub(super) fn memory(options: &LiveOptions, workers: u32) -> Check {
    let rings = options.interfaces.len().max(1) as u64 * u64::from(workers.max(1));
    let wanted = rings.saturating_mul(options.ring_bytes as u64) >> 20;
    let available = available_mebibytes(&fs::read_to_string("/proc/meminfo").unwrap_or_default());
    match available {
        Some(available) if wanted > available / RING_SHARE => Check::new(
            "ring memory",
            Status::Warn,
            format!("the rings take {wanted} MiB of {available} MiB that are free"),
            Some("choose smaller rings or fewer workers".to_owned()),
        ),
        _ => Check::new(
            "ring memory",
            Status::Ok,
            format!("the rings take {wanted} MiB"),
            None,
        ),
    }
}

pub(super) fn available_mebibytes(information: &str) -> Option<u64> {
    let line = information
        .lines()
        .find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes >> 10)
}

/// Packets that were dropped before any capture could see them.
pub(super) fn backlog() -> Check {
    let statistics = fs::read_to_string("/proc/net/softnet_stat").unwrap_or_default();
    let dropped = backlog_drops(&statistics);
    if dropped == 0 {
        let found = "no packet was dropped before capture since the machine started".to_owned();
        return Check::new("backlog", Status::Ok, found, None);
    }
    Check::new(
        "backlog",
        Status::Warn,
        format!("{dropped} packets were dropped before capture since the machine started"),
        Some("sudo sysctl -w net.core.netdev_max_backlog=10000".to_owned()),
    )
}

/// The second column, hexadecimal, of each processor.
pub(super) fn backlog_drops(statistics: &str) -> u64 {
    statistics
        .lines()
        .filter_map(|line| line.split_whitespace().nth(1))
        .filter_map(|column| u64::from_str_radix(column, 16).ok())
        .sum()
}
