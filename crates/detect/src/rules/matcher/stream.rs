//! Rules asked of streams' bytes.

use wirewatch_proto::Side;

use super::super::rule::Rule;
use super::super::state::FlowRules;
use super::transaction::turned;
use super::{Direction, MatchInfo, Matcher, Origin, PacketView};

/// How much of what came before is worth giving along with new bytes: contents of usual rules
/// that stand across two segments are found, and rescanning stays cheap.
pub const STREAM_OVERLAP: usize = 256;

impl Matcher {
    /// Asks rules about streams of newly put together bytes: the last `fresh` of `bytes` are
    /// new, those before were given already. A match that is only in what came before is not
    /// told again.
    #[allow(
        clippy::too_many_arguments,
        reason = "what the other roads take, and the bytes"
    )]
    pub fn stream(
        &mut self,
        side: Side,
        bytes: &[u8],
        fresh: usize,
        view: &PacketView<'_>,
        flow: &mut FlowRules,
        now: i64,
        tell: &mut dyn FnMut(&Rule, MatchInfo<'_>),
    ) {
        flow.belong_to(self.rules.edition);
        if flow.is_silent(now) || bytes.is_empty() {
            return;
        }
        let turned = turned(view, side);
        let mut view = PacketView {
            datagram: turned.as_ref().unwrap_or(view.datagram),
            direction: Some(Direction::of(side)),
            origin: Origin::Stream,
            payload: bytes,
            faults: &[],
            ..*view
        };
        let situation = super::look_at_stream(&view);
        if self.watch.is_some() {
            self.explain_packet(&view, situation, flow, now, "stream");
        }
        self.candidates.clear();
        self.collect(&view, situation);
        if self.candidates.is_empty() {
            return;
        }
        let before = bytes.len().saturating_sub(fresh);
        if before != 0 {
            self.verify_repeated(&mut view, before, side, flow, now, tell);
        }
        let candidates = self.candidates.clone();
        let mut told = Vec::new();
        self.verify(&view, situation, flow, now, &mut |rule, found| {
            told.push((rule.gid, rule.sid));
            tell(
                rule,
                MatchInfo {
                    stream: true,
                    ..found
                },
            );
        });
        let rules = &self.rules.rules;
        for number in candidates {
            let rule = rules.get(number as usize).map(|one| &one.rule);
            if rule.is_some_and(|rule| told.contains(&(rule.gid, rule.sid))) {
                flow.transactions().note_stream(number, side);
            }
        }
    }

    /// Rules that this side has alerted already are asked of the new bytes alone.
    fn verify_repeated(
        &mut self,
        view: &mut PacketView<'_>,
        before: usize,
        side: Side,
        flow: &mut FlowRules,
        now: i64,
        tell: &mut dyn FnMut(&Rule, MatchInfo<'_>),
    ) {
        let known = flow.transactions();
        let (again, first): (Vec<u32>, Vec<u32>) = self
            .candidates
            .iter()
            .partition(|rule| known.has_told_stream(**rule, side));
        if !again.is_empty() {
            let whole = view.payload;
            view.payload = whole.get(before..).unwrap_or_default();
            self.candidates.clone_from(&again);
            let situation = super::look_at_stream(view);
            self.verify(view, situation, flow, now, &mut |rule, found| {
                tell(
                    rule,
                    MatchInfo {
                        stream: true,
                        ..found
                    },
                );
            });
            view.payload = whole;
        }
        self.candidates = first;
    }
}
