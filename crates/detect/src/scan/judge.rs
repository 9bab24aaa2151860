//! When the targets of a source make a scan.

use super::{
    ScanConfig,
    scope::{self},
    source::{Scan, Source, State, Try},
};

/// A client that cannot reach passive FTP or RPC ports fails on many ports of one host, but on
/// high ones only. Without a third of lower ones this many failures are asked for.
const HIGH_PORTS_ONLY: usize = 100;
const FIRST_HIGH_PORT: u16 = 32_768;
/// Distinct hosts and ports that a network scan must have beside its pairs.
const SPREAD: usize = 5;
/// Net failures after which the walk's likelihood ratio passes 99 with the published 0.8 and 0.2.
const NET_FAILURES: usize = 4;

/// Failed targets, recent and of the whole hour.
#[derive(Debug, Clone, Copy, Default)]
struct Failures {
    recent: usize,
    all: usize,
    low_ports: usize,
}

impl Failures {
    fn add(&mut self, target: &Try, now: i64, window: i64) {
        self.all += 1;
        self.recent += usize::from(now.saturating_sub(target.ts) <= window);
        self.low_ports += usize::from(target.port < FIRST_HIGH_PORT);
    }

    fn reach(self, floor: usize) -> bool {
        self.recent >= floor || self.all >= floor.saturating_mul(2)
    }
}

/// The scan that this target is part of, if there are enough like it.
pub(super) fn judge(source: &Source, target: &Try, now: i64, config: &ScanConfig) -> Option<Scan> {
    let (window, answer) = (config.window(), config.answer());
    let (mut ports, mut hosts, mut pairs) = (
        Failures::default(),
        Failures::default(),
        Failures::default(),
    );
    for other in source
        .tries
        .iter()
        .filter(|other| other.has_failed(now, answer))
    {
        if other.destination == target.destination && other.protocol == target.protocol {
            ports.add(other, now, window);
        }
        if other.port == target.port && other.protocol == target.protocol {
            hosts.add(other, now, window);
        }
        pairs.add(other, now, window);
    }
    if is_port_scan(source, target, ports, config) {
        return Some(Scan::Ports {
            destination: target.destination,
            protocol: target.protocol,
        });
    }
    if is_sweep(source, target, hosts, config) {
        return Some(Scan::Hosts {
            protocol: target.protocol,
            port: target.port,
        });
    }
    is_network_scan(source, target, pairs, now, config).then_some(Scan::Network)
}

fn is_port_scan(source: &Source, target: &Try, ports: Failures, config: &ScanConfig) -> bool {
    let mixed = ports.low_ports * 3 >= ports.all || ports.all >= HIGH_PORTS_ONLY;
    ports.reach(config.ports)
        && mixed
        && mostly_failed(ports.all, source.answers_of_host(target.destination))
}

fn is_sweep(source: &Source, target: &Try, hosts: Failures, config: &ScanConfig) -> bool {
    hosts.reach(host_floor(source.address, target, config))
        && mostly_failed(
            hosts.all,
            source.answers_on_port(target.protocol, target.port),
        )
}

/// A local source that tries remote hosts, or a pair of which neither is known to be local,
/// needs more: that is what clients do.
fn host_floor(source: u128, target: &Try, config: &ScanConfig) -> usize {
    let calls_local = config.is_local(target.destination);
    if calls_local || scope::is_worm_port(target.protocol, target.port) {
        return config.hosts;
    }
    if config.is_local(source) || !calls_local {
        return config.hosts_from_local;
    }
    config.hosts
}

/// The threshold random walk's condition, and twice as many failures as answers.
fn mostly_failed(failed: usize, answered: usize) -> bool {
    failed >= answered.saturating_add(NET_FAILURES) && failed >= answered.saturating_mul(2)
}

fn is_network_scan(
    source: &Source,
    target: &Try,
    pairs: Failures,
    now: i64,
    config: &ScanConfig,
) -> bool {
    if !pairs.reach(config.pairs)
        || config.is_local(source.address)
        || !config.is_local(target.destination)
    {
        return false;
    }
    let answer = config.answer();
    let failed = || {
        source
            .tries
            .iter()
            .filter(|other| other.has_failed(now, answer))
    };
    has_distinct(failed().map(|other| other.destination))
        && has_distinct(failed().map(|other| u128::from(other.port)))
}

/// Whether at least [`SPREAD`] of the values differ.
fn has_distinct(values: impl Iterator<Item = u128>) -> bool {
    let mut seen: Vec<u128> = Vec::with_capacity(SPREAD);
    for value in values {
        if !seen.contains(&value) {
            seen.push(value);
        }
        if seen.len() >= SPREAD {
            return true;
        }
    }
    false
}

/// Whether the stealth probes of a source make a scan.
pub(super) fn is_stealth_scan(source: &Source, now: i64, config: &ScanConfig) -> bool {
    let window = config.slow_window();
    let probes = source
        .tries
        .iter()
        .filter(|target| target.state == State::Stealth)
        .filter(|target| now.saturating_sub(target.ts) <= window);
    probes.count() >= config.stealth
}
