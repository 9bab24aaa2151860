//! What is asked beside bytes, and what a match amounts to.

use wirewatch_decode::Datagram;

use super::super::compiled::Compiled;
use super::super::facts::FlowFacts;
use super::super::headers::has_ports;
use super::super::rule::Action;
use super::super::state::{FlowRules, RuleState};
use super::super::threshold::Verdict;
use super::{Found, MatchCounters, MatchInfo, PacketView, Teller};

/// Where and when rules are asked.
#[derive(Clone, Copy)]
pub(super) struct Scene<'a> {
    pub(super) packet: &'a PacketView<'a>,
    pub(super) now: i64,
    pub(super) state: &'a RuleState,
    pub(super) facts: &'a FlowFacts,
}

impl Scene<'_> {
    /// Header, packet and state, in rising order of cost.
    pub(super) fn meets(&self, compiled: &Compiled, flow: &FlowRules) -> bool {
        let packet = self.packet;
        let datagram = packet.datagram;
        let mut bits = compiled.host_bits.iter().filter(|bit| bit.is_test());
        compiled.header.covers(datagram, has_ports(datagram))
            && compiled.packet_tests.iter().all(|test| test.holds(packet))
            && compiled
                .flow_tests
                .iter()
                .all(|test| test.holds(flow, self.now))
            && compiled
                .fact_tests
                .iter()
                .all(|test| test.holds(self.facts))
            && bits.all(|bit| bit.holds(datagram, self.now, self.state))
    }

    /// Remembers and tells a match; false when further rules are not to be asked.
    pub(super) fn conclude(
        &self,
        (number, compiled): (u32, &Compiled),
        found: &Found,
        flow: &mut FlowRules,
        counters: &mut MatchCounters,
        teller: &mut Teller<'_>,
    ) -> bool {
        counters.matched += 1;
        self.remember(compiled, flow);
        found.notes.remember(flow, self.now);
        if compiled.rule.action == Action::Pass {
            if compiled.decides_flow {
                flow.pass();
            }
            return false;
        }
        if compiled.decides_flow && matches!(compiled.rule.action, Action::Drop | Action::Reject) {
            flow.drop_rest(self.now);
        }
        if compiled.noalert {
            return true;
        }
        match self.verdict(compiled, number, flow) {
            None => counters.silenced += 1,
            Some(_) if teller.left == 0 => counters.alert_overflow += 1,
            Some(action) => {
                teller.left -= 1;
                counters.alerts += 1;
                for tag in &compiled.tags {
                    tag.begin(self.packet.datagram, self.now, flow, self.state);
                }
                let info = MatchInfo {
                    rule: number,
                    action,
                    transaction: found.transaction,
                    stream: found.stream,
                    store_file: found.store_file,
                    notes: &found.notes,
                    flow,
                };
                (teller.tell)(&compiled.rule, info);
            }
        }
        true
    }

    fn remember(&self, compiled: &Compiled, flow: &mut FlowRules) {
        for change in &compiled.flow_changes {
            change.apply(flow);
        }
        for bit in compiled.host_bits.iter().filter(|bit| !bit.is_test()) {
            bit.apply(self.packet.datagram, self.now, self.state);
        }
    }

    /// The action to tell, none when the match is to be silent.
    fn verdict(&self, compiled: &Compiled, number: u32, flow: &mut FlowRules) -> Option<Action> {
        let rule = &compiled.rule;
        let datagram: &Datagram = self.packet.datagram;
        if compiled.suppressions.iter().any(|one| one.covers(datagram)) {
            return None;
        }
        let mut action = rule.action;
        for threshold in &compiled.thresholds {
            let counted = threshold.count(
                (rule.gid, rule.sid),
                number,
                datagram,
                flow,
                self.state,
                self.now,
            );
            match counted {
                Verdict::Tell => {}
                Verdict::Silence | Verdict::Change(Action::Pass) => return None,
                Verdict::Change(changed) => action = changed,
            }
        }
        Some(action)
    }
}
