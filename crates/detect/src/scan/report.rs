//! Findings about scans.

use std::collections::BTreeSet;

use super::{
    SECOND, ScanConfig,
    source::{Scan, Source, State, Told, Try},
};
use crate::finding::{Evidence, Finding, Key, protocol_name, show, sid};

/// Examples shown per finding.
const SAMPLE: usize = 16;

/// Whether a target belongs to a scan.
pub(super) fn is_part(scan: Scan, target: &Try) -> bool {
    match scan {
        Scan::Ports {
            destination,
            protocol,
        } => {
            target.destination == destination
                && target.protocol == protocol
                && target.state != State::Stealth
        }
        Scan::Hosts { protocol, port } => {
            target.port == port && target.protocol == protocol && target.state != State::Stealth
        }
        Scan::Network => true,
        Scan::Stealth => target.state == State::Stealth,
    }
}

/// The targets that belong to a scan.
pub(super) fn targets(source: &Source, scan: Scan) -> Vec<Try> {
    let part = source.tries.iter().filter(|target| is_part(scan, target));
    part.copied().collect()
}

/// Tells of a scan for the first time.
pub(super) fn first(
    source: &Source,
    scan: Scan,
    targets: &[Try],
    now: i64,
    config: &ScanConfig,
) -> Finding {
    let begun = targets.iter().map(|target| target.ts).min().unwrap_or(now);
    let hosts: BTreeSet<u128> = targets.iter().map(|target| target.destination).collect();
    let ports: BTreeSet<u16> = targets.iter().map(|target| target.port).collect();
    let failed = targets
        .iter()
        .filter(|target| target.has_failed(now, config.answer()) || target.state == State::Stealth)
        .count();
    let answered = match scan {
        Scan::Ports { destination, .. } => source.answers_of_host(destination),
        Scan::Hosts { protocol, port } => source.answers_on_port(protocol, port),
        Scan::Network | Scan::Stealth => 0,
    };
    let count = match scan {
        Scan::Ports { .. } => ports.len(),
        Scan::Hosts { .. } => hosts.len(),
        Scan::Network | Scan::Stealth => targets.len(),
    };
    let duration = seconds(now.saturating_sub(begun));
    let signature = format!(
        "{} in {duration} s; {failed} refused or unanswered, {answered} answered",
        sentence(
            source.address,
            scan,
            &format!("{count}"),
            (hosts.len(), ports.len())
        ),
    );
    let evidence = Evidence::new()
        .number("targets", count as u64)
        .number("failed", failed as u64)
        .number("answered", answered as u64)
        .number("hosts_count", hosts.len() as u64)
        .number("ports_count", ports.len() as u64)
        .text("seconds", &duration)
        .numbers("ports", ports.iter().copied().take(SAMPLE))
        .texts("hosts", hosts.iter().take(SAMPLE).map(|host| show(*host)));
    let severity = severity(source.address, scan, config);
    finding(now, source.address, scan, 0, signature, evidence).with_severity(severity)
}

/// Tells of the same scan at the next power of ten.
pub(super) fn again(source: u128, told: &Told) -> Finding {
    let duration = seconds(told.last.saturating_sub(told.first));
    let count = format!("about {}", told.next);
    let signature = format!(
        "{} in {duration} s and goes on",
        sentence(source, told.scan, &count, (0, 0))
    );
    let evidence = Evidence::new()
        .number("targets", told.next)
        .text("seconds", &duration);
    finding(told.last, source, told.scan, told.next, signature, evidence)
        .with_severity(told.severity)
}

fn finding(
    ts: i64,
    source: u128,
    scan: Scan,
    power: u64,
    signature: String,
    evidence: Evidence,
) -> Finding {
    let (sid, object, what) = match scan {
        Scan::Ports {
            destination,
            protocol,
        } => (sid::PORT_SCAN, destination, u64::from(protocol)),
        Scan::Hosts { protocol, port } => (
            sid::HOST_SWEEP,
            0,
            u64::from(port) << 8 | u64::from(protocol),
        ),
        Scan::Network => (sid::NETWORK_SCAN, 0, 0),
        Scan::Stealth => (sid::STEALTH_SCAN, 0, 0),
    };
    let key = Key {
        sid,
        subject: source,
        object,
        detail: what | power << 24,
    };
    Finding::new(ts, key, signature, evidence)
}

/// A machine of one's own that scans is worse than the noise from outside.
pub(super) fn severity(source: u128, scan: Scan, config: &ScanConfig) -> u8 {
    match (config.is_local(source), scan) {
        (true, _) | (false, Scan::Network) => 2,
        (false, _) => 3,
    }
}

fn sentence(source: u128, scan: Scan, count: &str, (hosts, ports): (usize, usize)) -> String {
    let source = show(source);
    match scan {
        Scan::Ports {
            destination,
            protocol,
        } => format!(
            "{source} tried {count} {} ports of {}",
            protocol_name(protocol),
            show(destination)
        ),
        Scan::Hosts {
            protocol: 1 | 58, ..
        } => format!("{source} pinged {count} hosts"),
        Scan::Hosts { protocol, port } => format!(
            "{source} tried {} port {port} on {count} hosts",
            protocol_name(protocol)
        ),
        Scan::Network if hosts > 0 => {
            format!("{source} tried {count} targets, {ports} ports on {hosts} hosts,")
        }
        Scan::Network => format!("{source} tried {count} targets"),
        Scan::Stealth => format!("{source} sent stealth probes to {count} targets"),
    }
}

fn seconds(nanoseconds: i64) -> String {
    let tenths = nanoseconds / (SECOND / 10);
    format!("{}.{}", tenths / 10, tenths % 10)
}
