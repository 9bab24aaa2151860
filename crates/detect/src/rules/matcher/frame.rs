//! Rules asked of spans of bytes that parsers name.

use wirewatch_proto::{Application, Side};

use super::super::check::MAX_STEPS;
use super::super::rule::Rule;
use super::super::state::FlowRules;
use super::super::watch::Laps;
use super::conclude::Scene;
use super::inspection::Inspection;
use super::transaction::{concerns, turned};
use super::{Direction, Found, MatchInfo, Matcher, Origin, PacketView, Teller};

/// A span, or as much of it as is at hand.
#[derive(Debug, Clone, Copy)]
pub struct FrameFacts<'a> {
    /// Whose parser names it.
    pub application: &'static Application,
    /// Its kind's number in [`Application::frames`], or [`STREAM_FRAME`](super::super::STREAM_FRAME).
    pub kind: u8,
    /// Who sends it.
    pub side: Side,
    /// The bytes.
    pub bytes: &'a [u8],
    /// Whether they begin where the span does.
    pub begins: bool,
    /// Whether they end where the span does.
    pub ends: bool,
    /// The number of the transaction that it belongs to.
    pub transaction: Option<u64>,
    /// Whether they are of a stream.
    pub in_stream: bool,
}

impl Matcher {
    /// Whether any rule is about spans of this application.
    pub fn wants_frames(&self, application: &'static Application) -> bool {
        let index = self.rules.applications.index_of(application);
        index.is_some_and(|index| self.rules.frames.concern(index))
    }

    /// Asks rules of a span. `told` has the rules that it has alerted already, which are not asked again.
    #[allow(
        clippy::too_many_arguments,
        reason = "what the other roads take, and what was told"
    )]
    pub fn frame(
        &mut self,
        frame: &FrameFacts<'_>,
        told: &mut Vec<u32>,
        view: &PacketView<'_>,
        flow: &mut FlowRules,
        now: i64,
        tell: &mut dyn FnMut(&Rule, MatchInfo<'_>),
    ) {
        let index = self.rules.applications.index_of(frame.application);
        let rules = index.and_then(|index| self.rules.frames.of(index, frame.kind, frame.side));
        let Some(rules) = rules else {
            return;
        };
        flow.belong_to(self.rules.edition);
        if flow.is_silent(now) {
            return;
        }
        self.candidates.clear();
        self.candidates.extend_from_slice(&rules.unfiltered);
        let scratch = (&mut self.folded, &mut self.candidates);
        rules.literals.scan(frame.bytes, scratch.0, scratch.1);
        self.candidates.retain(|rule| !told.contains(rule));
        let turned = turned(view, frame.side);
        self.sort_candidates(turned.as_ref().unwrap_or(view.datagram));
        if self.candidates.is_empty() {
            return;
        }
        let view = PacketView {
            datagram: turned.as_ref().unwrap_or(view.datagram),
            direction: Some(Direction::of(frame.side)),
            faults: &[],
            origin: if frame.in_stream {
                Origin::Stream
            } else {
                Origin::Packet
            },
            ..*view
        };
        let mut laps = Laps::new(self.watch.as_mut(), "frame");
        let mut steps = MAX_STEPS;
        let mut teller = Teller::new(tell, self.rules.alerts_per_packet);
        let scene = Scene {
            packet: &view,
            now,
            state: &self.state,
            facts: &self.facts,
        };
        for &number in &self.candidates {
            let Some(compiled) = self.rules.rules.get(number as usize) else {
                continue;
            };
            laps.next(number);
            let Some(part) = compiled.frame.as_deref() else {
                continue;
            };
            if part.from_start && !frame.begins || part.to_end && !frame.ends {
                continue;
            }
            self.counters.verified += 1;
            let mut inspection = Inspection::new(&self.rules, &mut self.regexes, &mut steps);
            if !(concerns(compiled, &view)
                && scene.meets(compiled, flow)
                && inspection.of_frame(compiled, frame.bytes, &view))
            {
                continue;
            }
            told.push(number);
            laps.matched(number, frame.transaction);
            let found = Found {
                transaction: frame.transaction,
                stream: frame.in_stream,
                notes: std::mem::take(&mut inspection.notes),
                ..Found::default()
            };
            let goes_on = scene.conclude(
                (number, compiled),
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
