//! The rule engine: rules in Suricata's language, matched against packets.
//!
//! A rule's text becomes a [`RawRule`](syntax::RawRule), a [`Draft`](draft::Draft) while its options
//! are read, and a [`Compiled`](compiled::Compiled) rule. A [`RuleSet`] is shared read-only; each
//! worker has a [`Matcher`]; what rules remember of a flow ([`FlowRules`]) is kept with the flow.
//!
//! For each packet the matcher asks in rising order of cost: which rules concern this transport,
//! direction, protocol and port; whose literal is in the payload; whose header, state and bytes fit.
//! Rules that need what is not there yet are told as [`Level::Unsupported`] and left out.

mod application;
mod base64;
mod buffer;
mod check;
mod classification;
mod compiled;
mod dataset;
mod draft;
mod facts;
mod field;
mod frame;
mod group;
mod host_table;
mod interval;
mod keyword;
mod literal;
mod matcher;
mod number;
mod packet_test;
mod problem;
mod protocol;
mod rule;
mod set;
mod state;
mod syntax;
#[cfg(test)]
mod tests;
mod text;
mod threshold;
mod threshold_file;
mod transform;
mod variables;

pub use buffer::BufferId;
pub use classification::Classification;
pub use facts::FlowFacts;
pub use frame::{STREAM_FRAME, frame_name};
pub use keyword::{Applies, Keyword, keywords};
pub use matcher::{
    Direction, FileFacts, FileState, FrameFacts, MatchCounters, MatchInfo, Matcher, Origin,
    PacketView, STREAM_OVERLAP,
};
pub use problem::{Level, Problem};
pub use protocol::AppProtocol;
pub use rule::{Action, Rule, Target};
pub use set::{LoadCounts, LoadOptions, RuleSet};
pub use state::{FlowRules, RuleState};
pub use variables::Variables;
