//! What a built-in detector tells, and how often.
//!
//! A [`Finding`] becomes an `alert` row. Its [`Key`] says what makes it the same
//! finding again; [`Repeats`] lets one of each through per interval and counts the rest.

mod evidence;
mod repeats;

use std::net::{IpAddr, Ipv6Addr};

pub use evidence::Evidence;
pub use repeats::{MAX_REMEMBERED, Repeats};

/// Generator identifier of every built-in detector; rules have 1.
pub const GID: u32 = 900;

/// One thing that a detector noticed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Capture time in nanoseconds since 1970.
    pub ts: i64,
    /// Which detector: `port_scan`, `host_sweep`, `intel`, ...
    pub detector: &'static str,
    /// [`GID`].
    pub gid: u32,
    /// Stable number, see [`BUILT_IN`].
    pub sid: u32,
    /// Revision of the detector's logic.
    pub rev: u32,
    /// One sentence for a person.
    pub signature: String,
    /// Suricata's description of the class of trouble.
    pub category: &'static str,
    /// 1 (worst) to 4, as in EVE.
    pub severity: u8,
    /// A JSON object with the numbers behind the sentence.
    pub evidence: String,
    /// What makes it the same finding.
    pub key: Key,
}

/// The identity of a finding: who did what to whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key {
    /// Number of the detector's finding.
    pub sid: u32,
    /// Who is to blame.
    pub subject: u128,
    /// Whom it concerns, 0 when that is nobody in particular.
    pub object: u128,
    /// Whatever else tells two findings apart: a port, a hash of a name, a power of ten.
    pub detail: u64,
}

/// One kind of finding, as the reference page shows it.
#[derive(Debug, Clone, Copy)]
pub struct BuiltIn {
    /// Stable number.
    pub sid: u32,
    /// Name of the detector.
    pub detector: &'static str,
    /// Short title.
    pub name: &'static str,
    /// What it sees.
    pub sees: &'static str,
    /// Why it matters.
    pub matters: &'static str,
    /// What else looks like it.
    pub looks_like: &'static str,
    /// Category of its findings.
    pub category: &'static str,
}

const SCAN: &str = "Detection of a Network Scan";
const C2: &str = "Malware Command and Control Activity Detected";
const BAD: &str = "Potentially Bad Traffic";
const POLICY: &str = "Potential Corporate Privacy Violation";

/// Numbers of the built-in findings. They never change their meaning.
pub mod sid {
    #![allow(missing_docs)]
    pub const PORT_SCAN: u32 = 1001;
    pub const HOST_SWEEP: u32 = 1002;
    pub const NETWORK_SCAN: u32 = 1003;
    pub const STEALTH_SCAN: u32 = 1004;
    pub const INTEL_CONTACT: u32 = 1101;
    pub const INTEL_VISITOR: u32 = 1102;
    pub const INTEL_DOMAIN: u32 = 1103;
    pub const PROTOCOL_MISMATCH: u32 = 1201;
    pub const BACKDOOR_PORT: u32 = 1202;
    pub const PLAIN_ADMIN: u32 = 1203;
    pub const UNREGISTERED_PORT: u32 = 1204;
}

/// Every kind of finding of the built-in detectors.
pub const BUILT_IN: &[BuiltIn] = &[
    BuiltIn {
        sid: sid::PORT_SCAN,
        detector: "port_scan",
        name: "One host tried many ports of another",
        sees: "At least 15 distinct ports of one host that refused or did not answer within \
               three seconds, in five minutes (30 in an hour), and twice as many failures as successes.",
        matters: "Intruders and worms look for open services this way before they use them (ATT&CK T1046).",
        looks_like: "Vulnerability scanners and monitoring, which should be named in `ignore`; \
                     a client that retries passive FTP data ports behind a filter.",
        category: SCAN,
    },
    BuiltIn {
        sid: sid::HOST_SWEEP,
        detector: "host_sweep",
        name: "One host tried the same port of many others",
        sees: "At least 25 distinct hosts on one port that refused or did not answer (250 when a local \
               host tries remote ones on a port that worms do not look for), and twice as many failures as successes.",
        matters: "Worms, botnets and intruders look for the next machine this way (ATT&CK T1046, T1018).",
        looks_like: "Inventory and monitoring systems; peer-to-peer clients whose peers have left, \
                     for which the higher floor is meant.",
        category: SCAN,
    },
    BuiltIn {
        sid: sid::NETWORK_SCAN,
        detector: "network_scan",
        name: "One host tried many ports of many others",
        sees: "At least 25 distinct pairs of local host and port, at least five of each, tried without \
               success by a remote host; or a host that was found scanning three times in different ways.",
        matters: "A scan that spreads over hosts and ports stays below the floors of the other two.",
        looks_like: "Remote peers of a machine that has just left the network.",
        category: SCAN,
    },
    BuiltIn {
        sid: sid::STEALTH_SCAN,
        detector: "stealth_scan",
        name: "Probes with flags that no connection begins with",
        sees: "At least five distinct ports or hosts that got a TCP segment with no flags, with FIN alone, \
               with FIN, PSH and URG, or with SYN and FIN, outside of any connection.",
        matters: "Only scanners send them, to slip past filters that look for SYN.",
        looks_like: "Broken network stacks, which do it to few ports.",
        category: SCAN,
    },
    BuiltIn {
        sid: sid::INTEL_CONTACT,
        detector: "intel",
        name: "A host contacted a listed address",
        sees: "A flow opened to an address on a list of servers that should not be contacted. \
               Severity 1 when it answered, 2 when it did not.",
        matters: "Command and control, malware download and phishing servers are listed so.",
        looks_like: "Shared hosting and reassigned addresses; a researcher; a stale list.",
        category: C2,
    },
    BuiltIn {
        sid: sid::INTEL_VISITOR,
        detector: "intel",
        name: "A listed address came in",
        sees: "A flow opened by an address on a list of attackers. Severity 3 when it was answered, 4 when it was not.",
        matters: "Most are the background noise of the Internet; one that is answered deserves a look.",
        looks_like: "Search engines and researchers who scan openly, and reassigned addresses.",
        category: BAD,
    },
    BuiltIn {
        sid: sid::INTEL_DOMAIN,
        detector: "intel",
        name: "A host named a listed domain",
        sees: "A listed name, or one below it, in a DNS question (severity 2), a TLS or QUIC server name or an HTTP host (1).",
        matters: "Malware finds its servers by name and keeps the name when the address changes.",
        looks_like: "Mail filters, browsers that look names up ahead of a click, sinkholed domains.",
        category: C2,
    },
    BuiltIn {
        sid: sid::PROTOCOL_MISMATCH,
        detector: "protocol_mismatch",
        name: "A protocol on another service's port",
        sees: "A recognised protocol where the registered service is another one, such as SSH on 443.",
        matters: "Tunnels and malware use ports that filters let through.",
        looks_like: "Administrators who move a service to get through a hotel's filter; it is told once per server.",
        category: BAD,
    },
    BuiltIn {
        sid: sid::BACKDOOR_PORT,
        detector: "unusual_port",
        name: "A connection to a port known from backdoors",
        sees: "Data both ways with a server port such as 4444 or 31337, in no known protocol.",
        matters: "These are defaults of remote shells and bots that many intruders do not change.",
        looks_like: "Any service that chose that number; alone it is weak evidence.",
        category: BAD,
    },
    BuiltIn {
        sid: sid::PLAIN_ADMIN,
        detector: "plain_admin",
        name: "A plain-text administration service reached from outside",
        sees: "Telnet, FTP, rlogin, VNC or adb between a public client and a local server, answered.",
        matters: "Passwords cross the network in the clear, and worms guess them day and night.",
        looks_like: "A public FTP archive, a honeypot.",
        category: POLICY,
    },
    BuiltIn {
        sid: sid::UNREGISTERED_PORT,
        detector: "unusual_port",
        name: "A server on a low port without a registered service",
        sees: "Data both ways in no known protocol with a TCP server port below 1024 that has no name, \
               which no other client has used before.",
        matters: "Low ports need privileges; something unnamed there was put there on purpose.",
        looks_like: "In-house and industrial services; the second client makes it normal.",
        category: BAD,
    },
];

impl Finding {
    /// A finding of this number about this key; severity 2 until it is set.
    pub(crate) fn new(ts: i64, key: Key, signature: String, evidence: Evidence) -> Self {
        let built_in = BUILT_IN.iter().find(|built_in| built_in.sid == key.sid);
        Self {
            ts,
            detector: built_in.map_or("unknown", |built_in| built_in.detector),
            gid: GID,
            sid: key.sid,
            rev: 1,
            signature,
            category: built_in.map_or(BAD, |built_in| built_in.category),
            severity: 2,
            evidence: evidence.finish(),
            key,
        }
    }

    pub(crate) fn with_severity(mut self, severity: u8) -> Self {
        self.severity = severity.clamp(1, 4);
        self
    }
}

/// An address as it is written.
pub(crate) fn show(address: u128) -> IpAddr {
    Ipv6Addr::from(address).to_canonical()
}

/// The IPv4 address in the 128-bit form, if it is one.
pub(crate) fn as_v4(address: u128) -> Option<u32> {
    (address >> 32 == 0xffff).then_some(address as u32)
}

/// The name of an IP protocol for a sentence.
pub(crate) fn protocol_name(protocol: u8) -> &'static str {
    match protocol {
        1 | 58 => "ICMP",
        6 => "TCP",
        17 => "UDP",
        132 => "SCTP",
        _ => "IP",
    }
}

#[cfg(test)]
mod tests;
