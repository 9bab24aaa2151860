//! One rule as its alerts show it.

use std::sync::Arc;

/// What a matching rule asks for. Wirewatch watches only: dropping actions are told, not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// Tell.
    Alert,
    /// Keep quiet about this packet or flow.
    Pass,
    /// Tell; an inline tool would drop the packet.
    Drop,
    /// Tell; an inline tool would answer with a reset.
    Reject,
}

impl Action {
    /// Reads the action word of a rule or of a setting.
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "alert" => Self::Alert,
            "pass" => Self::Pass,
            "drop" => Self::Drop,
            "reject" | "rejectsrc" | "rejectdst" | "rejectboth" => Self::Reject,
            _ => return None,
        })
    }
}

/// Which side of a match is the victim (`target`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// The packet's source.
    Source,
    /// The packet's destination.
    Destination,
}

/// Everything an alert tells about its rule.
#[derive(Debug, Clone)]
pub struct Rule {
    /// What it asks for.
    pub action: Action,
    /// Generator; 1 for rules of files.
    pub gid: u32,
    /// Its number.
    pub sid: u32,
    /// Its revision.
    pub rev: u32,
    /// The signature's text.
    pub msg: String,
    /// The text of its class; empty when it has none.
    pub category: String,
    /// The name of its class; empty when it has none.
    pub classtype: String,
    /// 1 is the most severe.
    pub severity: u32,
    /// `{"key":["value",...],...}`, empty when it has no metadata.
    pub metadata: String,
    /// References as addresses, or as `scheme,value` where the scheme is not known.
    pub references: Vec<String>,
    /// Which side is the victim, when the rule says so.
    pub target: Option<Target>,
    /// The file it came from.
    pub file: Arc<str>,
    /// Its first line there.
    pub line: u32,
}
