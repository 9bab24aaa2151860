//! Settings of the scan detectors.

use super::{SECOND, scope};

/// Settings of `[detect.scan]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScanConfig {
    /// Distinct ports of one host that make a port scan (Zeek's number).
    pub ports: usize,
    /// Distinct hosts on one port that make a sweep (Zeek's and simple-scan's number).
    pub hosts: usize,
    /// The same for a local source that tries remote hosts (simple-scan's number), unless the
    /// port is one that worms look for. Peer-to-peer clients and blocked QUIC stay below it.
    pub hosts_from_local: usize,
    /// Distinct pairs of local host and port, at least five of each, that make a network scan.
    pub pairs: usize,
    /// Distinct targets of stealth probes that make a stealth scan.
    pub stealth: usize,
    /// Seconds in which they must fall.
    pub window_s: u32,
    /// Seconds for slow scans, for which the numbers are doubled. Nothing is kept longer.
    pub slow_window_s: u32,
    /// Seconds after which an attempt without an answer counts as failed. TCP repeats a SYN
    /// after one second; who has not answered two of them is not going to.
    pub answer_s: u32,
    /// Networks that may scan: address in the 128-bit form and prefix length in that form.
    pub ignore: Vec<(u128, u8)>,
    /// Networks that are local beside the private ones.
    pub local: Vec<(u128, u8)>,
    /// Sources followed at once, about 25 MB of ordinary ones.
    pub max_sources: usize,
    /// Seed of the table's hash; random in live capture, fixed where runs must repeat.
    pub seed: u64,
}

impl Default for ScanConfig {
    fn default() -> Self {
        Self {
            ports: 15,
            hosts: 25,
            hosts_from_local: 250,
            pairs: 25,
            stealth: 5,
            window_s: 300,
            slow_window_s: 3600,
            answer_s: 3,
            ignore: Vec::new(),
            local: Vec::new(),
            max_sources: 65_536,
            seed: 0,
        }
    }
}

impl ScanConfig {
    pub(super) fn window(&self) -> i64 {
        i64::from(self.window_s) * SECOND
    }

    pub(super) fn slow_window(&self) -> i64 {
        i64::from(self.slow_window_s) * SECOND
    }

    pub(super) fn answer(&self) -> i64 {
        i64::from(self.answer_s) * SECOND
    }

    pub(super) fn ignores(&self, source: u128) -> bool {
        scope::within(source, &self.ignore)
    }

    pub(super) fn is_local(&self, address: u128) -> bool {
        scope::is_private(address) || scope::within(address, &self.local)
    }
}
