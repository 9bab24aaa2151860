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
mod domain;
mod draft;
mod facts;
mod field;
mod frame;
mod geoip;
mod group;
mod headers;
mod host_table;
mod interval;
mod keyword;
mod lines;
mod literal;
mod matcher;
mod note;
mod number;
mod packet_test;
mod prefilter;
mod problem;
mod protocol;
mod reference;
mod reputation;
mod rule;
mod set;
mod state;
mod syntax;
mod tag;
#[cfg(test)]
mod tests;
mod text;
mod threshold;
mod threshold_file;
mod transform;
mod variables;
mod watch;

pub use buffer::BufferId;
pub use classification::Classification;
pub use facts::FlowFacts;
pub use frame::{STREAM_FRAME, frame_name};
pub use geoip::Countries;
pub use keyword::{Applies, Keyword, keywords};
pub use matcher::{
    Direction, FileFacts, FileState, FrameFacts, LinkView, MatchCounters, MatchInfo, Matcher,
    Origin, PacketView, STREAM_OVERLAP,
};
pub use note::{FlowNotes, Notes};
pub use prefilter::{Haystack, Prefilter};
pub use problem::{Level, Problem};
pub use protocol::AppProtocol;
pub use reference::References;
pub use reputation::Reputations;
pub use rule::{Action, Rule, Target};
pub use set::{Lists, LoadCounts, LoadOptions, RuleSet};
pub use state::{FlowRules, RuleState};
pub use variables::Variables;
pub use watch::{Explanation, Nearest, Occasion, RuleCost, Watched, Wish};
