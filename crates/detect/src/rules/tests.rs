//! Tests of the rule engine as a whole.

mod bounds;
mod bytes;
mod content;
mod fake;
mod files;
mod frames;
mod growing;
mod headers;
mod link;
mod lists;
mod loading;
mod notes;
mod packet;
mod parsing;
mod prefilter;
mod prefilter_transactions;
mod sizes;
mod state;
mod stream;
mod transactions;
mod variables;

use std::sync::Arc;

use self::packet::TestPacket;
use super::{FlowRules, LoadOptions, MatchInfo, Matcher, Problem, Rule, RuleSet};

/// Reads rules that must have no faults.
fn load(text: &str) -> RuleSet {
    let (set, problems) = RuleSet::from_text("test.rules", text, &LoadOptions::default());
    assert_eq!(problems, [], "in {text}");
    set
}

/// What is told about rules.
fn problems(text: &str) -> Vec<Problem> {
    RuleSet::from_text("test.rules", text, &LoadOptions::default()).1
}

/// One flow's packets through one matcher.
struct Session {
    matcher: Matcher,
    flow: FlowRules,
}

impl Session {
    fn new(text: &str) -> Self {
        Self::of(load(text))
    }

    fn of(set: RuleSet) -> Self {
        Self {
            matcher: Matcher::new(Arc::new(set)),
            flow: FlowRules::default(),
        }
    }

    /// The sids that one packet alerts, in order.
    fn sids(&mut self, packet: &TestPacket) -> Vec<u32> {
        let mut sids = Vec::new();
        let tell = &mut |rule: &Rule, _: MatchInfo<'_>| sids.push(rule.sid);
        packet.view(|view| self.matcher.inspect(&view, &mut self.flow, packet.ts, tell));
        sids
    }
}

/// Whether one TCP packet with this payload matches these options.
fn matches(options: &str, payload: &[u8]) -> bool {
    matches_packet("tcp", options, &TestPacket::tcp(payload))
}

/// Whether one packet matches these options.
fn matches_packet(protocol: &str, options: &str, packet: &TestPacket) -> bool {
    let text = format!("alert {protocol} any any -> any any ({options} sid:1;)");
    !Session::new(&text).sids(packet).is_empty()
}
