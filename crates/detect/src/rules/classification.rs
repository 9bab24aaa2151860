//! What `classtype` names mean: a text and a priority.

use std::collections::HashMap;

use super::lines::{config_entry, unread_lines};

/// Priority of rules that name neither a priority nor a known class.
pub(crate) const DEFAULT_PRIORITY: u32 = 3;
/// Classes kept from a file; the well-known list has about 60.
const MAX_CLASSES: usize = 4_096;

/// Class names with their texts and priorities.
#[derive(Debug, Clone)]
pub struct Classification {
    classes: HashMap<String, (String, u32)>,
}

const WELL_KNOWN: &[(&str, &str, u32)] = &[
    ("not-suspicious", "Not Suspicious Traffic", 3),
    ("unknown", "Unknown Traffic", 3),
    ("bad-unknown", "Potentially Bad Traffic", 2),
    ("attempted-recon", "Attempted Information Leak", 2),
    ("successful-recon-limited", "Information Leak", 2),
    (
        "successful-recon-largescale",
        "Large Scale Information Leak",
        2,
    ),
    ("attempted-dos", "Attempted Denial of Service", 2),
    ("successful-dos", "Denial of Service", 2),
    ("attempted-user", "Attempted User Privilege Gain", 1),
    ("unsuccessful-user", "Unsuccessful User Privilege Gain", 1),
    ("successful-user", "Successful User Privilege Gain", 1),
    (
        "attempted-admin",
        "Attempted Administrator Privilege Gain",
        1,
    ),
    (
        "successful-admin",
        "Successful Administrator Privilege Gain",
        1,
    ),
    ("rpc-portmap-decode", "Decode of an RPC Query", 2),
    ("shellcode-detect", "Executable code was detected", 1),
    ("string-detect", "A suspicious string was detected", 3),
    (
        "suspicious-filename-detect",
        "A suspicious filename was detected",
        2,
    ),
    (
        "suspicious-login",
        "An attempted login using a suspicious username was detected",
        2,
    ),
    ("system-call-detect", "A system call was detected", 2),
    ("tcp-connection", "A TCP connection was detected", 4),
    ("trojan-activity", "A Network Trojan was detected", 1),
    (
        "unusual-client-port-connection",
        "A client was using an unusual port",
        2,
    ),
    ("network-scan", "Detection of a Network Scan", 3),
    (
        "denial-of-service",
        "Detection of a Denial of Service Attack",
        2,
    ),
    (
        "non-standard-protocol",
        "Detection of a non-standard protocol or event",
        2,
    ),
    (
        "protocol-command-decode",
        "Generic Protocol Command Decode",
        3,
    ),
    (
        "web-application-activity",
        "access to a potentially vulnerable web application",
        2,
    ),
    ("web-application-attack", "Web Application Attack", 1),
    ("misc-activity", "Misc activity", 3),
    ("misc-attack", "Misc Attack", 2),
    ("icmp-event", "Generic ICMP event", 3),
    (
        "inappropriate-content",
        "Inappropriate Content was Detected",
        1,
    ),
    (
        "policy-violation",
        "Potential Corporate Privacy Violation",
        1,
    ),
    (
        "default-login-attempt",
        "Attempt to login by a default username and password",
        2,
    ),
    (
        "targeted-activity",
        "Targeted Malicious Activity was Detected",
        1,
    ),
    ("exploit-kit", "Exploit Kit Activity Detected", 1),
    (
        "external-ip-check",
        "Device Retrieving External IP Address Detected",
        2,
    ),
    ("domain-c2", "Domain Observed Used for C2 Detected", 1),
    ("pup-activity", "Possibly Unwanted Program Detected", 2),
    (
        "credential-theft",
        "Successful Credential Theft Detected",
        1,
    ),
    (
        "social-engineering",
        "Possible Social Engineering Attempted",
        2,
    ),
    ("coin-mining", "Crypto Currency Mining Activity Detected", 2),
    (
        "command-and-control",
        "Malware Command and Control Activity Detected",
        1,
    ),
];

impl Default for Classification {
    fn default() -> Self {
        let entries = WELL_KNOWN.iter();
        Self {
            classes: entries
                .map(|&(name, text, priority)| (name.to_owned(), (text.to_owned(), priority)))
                .collect(),
        }
    }
}

impl Classification {
    /// Adds the lines of a classification.config file (`config classification: name,text,priority`)
    /// over what is known; gives the numbers of the lines that could not be read.
    pub fn add_file(&mut self, text: &str) -> Vec<u32> {
        unread_lines(text, |line| {
            let (name, text, priority) = parse_line(line)?;
            let class = (text.to_owned(), priority);
            let has_room = self.classes.len() < MAX_CLASSES;
            has_room.then(|| drop(self.classes.insert(name.to_owned(), class)))
        })
    }

    pub(crate) fn get(&self, name: &str) -> Option<(&str, u32)> {
        self.classes
            .get(name)
            .map(|(text, priority)| (text.as_str(), *priority))
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.classes.keys().map(String::as_str)
    }
}

fn parse_line(line: &str) -> Option<(&str, &str, u32)> {
    let (name, rest) = config_entry(line, "classification")?.split_once(',')?;
    let (text, priority) = rest.rsplit_once(',')?;
    Some((name.trim(), text.trim(), priority.trim().parse().ok()?))
}
