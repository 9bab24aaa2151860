//! Rules asked of transactions.

use wirewatch_proto::{Side, Transaction};

use super::super::application::SideRules;
use super::super::check::{MAX_STEPS, RegexCopies};
use super::super::compiled::{Compiled, situation};
use super::super::protocol::Transport;
use super::super::rule::Rule;
use super::super::set::RuleSet;
use super::super::state::{FlowRules, Waiting};
use super::super::transform::apply_all;
use super::super::watch::Laps;
use super::conclude::Scene;
use super::inspection::{Inspection, Viewed};
use super::{Direction, Found, MatchInfo, Matcher, PacketView, Teller};

impl Matcher {
    /// A transaction has come further on one side: asks the rules whose last field that made
    /// final, each once per transaction. `view` is the packet that did it; when it went the
    /// other way its addresses are turned round for the rules' headers.
    pub fn transaction(
        &mut self,
        tx: &dyn Transaction,
        side: Side,
        view: &PacketView<'_>,
        flow: &mut FlowRules,
        now: i64,
        tell: &mut dyn FnMut(&Rule, MatchInfo<'_>),
    ) {
        let applications = &self.rules.applications;
        let Some(application) = applications.index_of(tx.application()) else {
            return;
        };
        if !applications.concern(application) {
            return;
        }
        flow.belong_to(self.rules.edition);
        if flow.is_silent(now) {
            return;
        }
        self.counters.transactions += 1;
        let id = tx.id();
        let progress = tx.progress(side);
        let (memory, evicted) = flow.transactions().of(application, id);
        self.counters.transactions_evicted += u64::from(evicted);
        let Some(open) = memory else {
            return;
        };
        let (seen, events_before, events_asked) = open.advance(side, progress, tx.events().len());
        let waiting = std::mem::take(&mut open.waiting);
        let mut grown = open.take_seen(side, tx.grows(side));
        let viewed = Viewed {
            tx,
            application,
            side,
        };
        if self.watch.is_some() {
            self.explain_transaction(viewed, view, flow, now);
        }
        self.candidates.clear();
        if let Some(rules) = self.rules.applications.side(application, side) {
            if seen < Some(progress) {
                let scratch = (&mut self.folded, &mut self.candidates, &mut self.regexes);
                let steps = (seen, progress, grown.as_mut());
                collect(&self.rules, rules, viewed, steps, scratch);
            }
            for (number, event) in tx.events().iter().enumerate().skip(events_before) {
                // Rules that name no direction are asked about an event once.
                let more = rules.events.get(event.code).into_iter().flatten();
                let all = &self.rules.rules;
                let is_asked = |rule: &&u32| {
                    let compiled = all.get(**rule as usize);
                    number < events_asked && compiled.is_some_and(|one| one.direction.is_none())
                };
                self.candidates.extend(more.filter(|rule| !is_asked(rule)));
            }
        }
        if !self.candidates.is_empty() {
            let turned = turned(view, side);
            self.sort_candidates(turned.as_ref().unwrap_or(view.datagram));
        }
        if let Some(grown) = grown
            && let (Some(open), _) = flow.transactions().of(application, id)
        {
            open.put_seen(side, grown);
            if open.has_matched_enough() {
                self.counters.waiting_limit += self.candidates.len() as u64;
                self.candidates.clear();
            }
            let is_new = |rule: &u32| !open.has_matched(Waiting { rule: *rule, side });
            self.candidates.retain(is_new);
        }
        let mut asked: Vec<Waiting> = Vec::new();
        asked.extend(waiting);
        let before = asked.len();
        for &rule in &self.candidates {
            let waiting = Waiting { rule, side };
            if !asked.get(..before).unwrap_or_default().contains(&waiting) {
                asked.push(waiting);
            }
        }
        if !asked.is_empty() {
            if before != 0 {
                asked.sort_unstable_by_key(|one| one.rule);
            }
            flow.transactions().enter(Some((application, id)));
            self.ask(viewed, &asked, view, flow, now, tell);
            flow.transactions().enter(None);
        }
        flow.transactions()
            .close(application, id, tx.is_alone(side));
    }

    /// What is wrong with one side's message is wrong with the transaction: rules about the other `side`,
    /// which has nothing more to say, are asked about events that have come since. To be called before
    /// [`Self::transaction`] for the side that has come further. Rules that name no direction are asked there.
    pub fn late_events(
        &mut self,
        tx: &dyn Transaction,
        side: Side,
        view: &PacketView<'_>,
        flow: &mut FlowRules,
        now: i64,
        tell: &mut dyn FnMut(&Rule, MatchInfo<'_>),
    ) {
        let applications = &self.rules.applications;
        let Some(application) = applications.index_of(tx.application()) else {
            return;
        };
        let Some(rules) = applications.side(application, side) else {
            return;
        };
        flow.belong_to(self.rules.edition);
        if rules.events.is_empty() || flow.is_silent(now) {
            return;
        }
        let (id, events) = (tx.id(), tx.events());
        let (memory, _) = flow.transactions().of(application, id);
        let Some(known) = memory.and_then(|open| open.catch_up(side, events.len())) else {
            return;
        };
        let late = events.iter().skip(known);
        let about = late.flat_map(|event| rules.events.get(event.code).into_iter().flatten());
        let is_directed = |rule: &&u32| {
            let compiled = self.rules.rules.get(**rule as usize);
            compiled.is_some_and(|one| one.direction.is_some())
        };
        let waiting = |&rule| Waiting { rule, side };
        let asked: Vec<Waiting> = about.filter(is_directed).map(waiting).collect();
        if !asked.is_empty() {
            let viewed = Viewed {
                tx,
                application,
                side,
            };
            flow.transactions().enter(Some((application, id)));
            self.ask(viewed, &asked, view, flow, now, tell);
            flow.transactions().enter(None);
        }
    }

    /// Asks rules of a transaction; those that need later fields are remembered.
    fn ask(
        &mut self,
        viewed: Viewed<'_>,
        asked: &[Waiting],
        view: &PacketView<'_>,
        flow: &mut FlowRules,
        now: i64,
        tell: &mut dyn FnMut(&Rule, MatchInfo<'_>),
    ) {
        let mut steps = MAX_STEPS;
        let mut teller = Teller::new(tell, self.rules.alerts_per_packet);
        let mut laps = Laps::new(self.watch.as_mut(), "transaction");
        // The ends do not change from one rule to the next.
        let turned = [Side::Client, Side::Server].map(|side| turned(view, side));
        for one in asked {
            let Some(compiled) = self.rules.rules.get(one.rule as usize) else {
                continue;
            };
            let Some(part) = compiled.application.as_deref() else {
                continue;
            };
            let side = if part.asked.both_sides {
                Side::Client
            } else {
                one.side
            };
            let viewed = Viewed { side, ..viewed };
            let Some(stage) = part.stage(viewed.application, side) else {
                continue;
            };
            self.counters.verified += 1;
            laps.next(one.rule);
            if stage.is_over(viewed.tx) {
                continue;
            }
            let turned = turned.get(one.side as usize).and_then(Option::as_ref);
            let mut inspection = Inspection::new(&self.rules, &mut self.regexes, &mut steps);
            let may_grow = part.asked.again || stage.may_grow(viewed.tx);
            if !stage.is_reached(viewed.tx) {
                if inspection.may_still_hold(compiled, part, viewed) {
                    let (memory, _) = flow.transactions().of(viewed.application, viewed.tx.id());
                    let kept = memory.is_some_and(|open| open.wait(*one));
                    self.counters.waiting_limit += u64::from(!kept);
                }
                continue;
            }
            let view = turned.map_or(*view, |datagram| PacketView {
                datagram,
                direction: Some(Direction::of(one.side)),
                ..*view
            });
            let scene = Scene {
                packet: &view,
                now,
                state: &self.state,
                facts: &self.facts,
            };
            if !(concerns(compiled, &view)
                && scene.meets(compiled, flow)
                && inspection.of_transaction(compiled, part, viewed, &view))
            {
                if may_grow {
                    let (memory, _) = flow.transactions().of(viewed.application, viewed.tx.id());
                    let kept = memory.is_some_and(|open| open.wait(*one));
                    self.counters.waiting_limit += u64::from(!kept);
                }
                continue;
            }
            if may_grow
                && let (Some(open), _) = flow.transactions().of(viewed.application, viewed.tx.id())
            {
                open.note_match(*one);
            }
            let id = viewed.tx.id();
            if part.has_payload && !flow.transactions().transaction_matched(one.rule, id) {
                continue;
            }
            laps.matched(one.rule, Some(id));
            let found = Found {
                transaction: Some(id),
                notes: std::mem::take(&mut inspection.notes),
                ..Found::default()
            };
            let goes_on = scene.conclude(
                (one.rule, compiled),
                &found,
                flow,
                &mut self.counters,
                &mut teller,
            );
            if !goes_on {
                break;
            }
        }
        if steps == 0 {
            self.counters.step_limit += 1;
        }
    }
}

/// Rules that what has become final may make match, and what has come since to fields that grow.
fn collect(
    set: &RuleSet,
    rules: &SideRules,
    viewed: Viewed<'_>,
    (seen, progress, mut grown): (Option<u8>, u8, Option<&mut Vec<u16>>),
    (folded, candidates, regexes): (&mut Vec<u8>, &mut Vec<u32>, &mut RegexCopies),
) {
    let is_new = |at: u8| seen.is_none_or(|seen| at > seen) && at <= progress;
    if let Some(grown) = grown.as_mut() {
        grown.resize(rules.units.len(), 0);
    }
    for (number, unit) in rules.units.iter().enumerate() {
        let known = grown.as_mut().and_then(|grown| grown.get_mut(number));
        if unit.place.progress > progress || (known.is_none() && !is_new(unit.place.progress)) {
            continue;
        }
        let transforms = set.transforms.get(unit.transforms);
        let first = known.as_ref().map_or(0, |known| usize::from(**known));
        let end = unit.values(viewed.tx, viewed.side, first, |bytes| {
            let bytes = match transforms {
                [] => bytes,
                transforms => apply_all(transforms, bytes, regexes),
            };
            unit.literals.scan(&bytes, folded, candidates);
        });
        if let Some(known) = known {
            *known = u16::try_from(end).unwrap_or(u16::MAX);
        }
    }
    let first = match seen {
        None => 0,
        Some(seen) => rules.unfiltered.partition_point(|(at, _)| *at <= seen),
    };
    let new = rules.unfiltered.get(first..).unwrap_or_default();
    let new = new.iter().take_while(|(at, _)| *at <= progress);
    candidates.extend(new.map(|(_, rule)| *rule));
}

/// The datagram's ends as this side's data would have them, when the packet at hand went the
/// other way.
pub(super) fn turned(view: &PacketView<'_>, side: Side) -> Option<wirewatch_decode::Datagram> {
    let direction = Direction::of(side);
    if view.direction.is_none_or(|known| known == direction) {
        return None;
    }
    let mut datagram = *view.datagram;
    std::mem::swap(&mut datagram.source, &mut datagram.destination);
    std::mem::swap(&mut datagram.source_port, &mut datagram.destination_port);
    Some(datagram)
}

/// Whether the rule is about flows in this situation.
pub(super) fn concerns(compiled: &Compiled, view: &PacketView<'_>) -> bool {
    let is = if view.established {
        situation::ESTABLISHED
    } else {
        situation::NOT_ESTABLISHED
    };
    let asked = compiled.gate.needs & (situation::ESTABLISHED | situation::NOT_ESTABLISHED);
    let transport = Transport::of(view.datagram).bit();
    asked & !is == 0
        && compiled.protocol.transports & transport != 0
        && compiled
            .direction
            .is_none_or(|way| view.direction.is_none_or(|known| known == way))
}
