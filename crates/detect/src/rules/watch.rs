//! Looking at rules at work: what each costs, and why chosen ones match or do not.
//!
//! Nothing of this runs unless it is asked for: a matcher without a [`Watch`] pays one branch per
//! rule that it verifies.

use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use super::set::RuleSet;

/// What is to be watched.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wish {
    /// Whether the cost of every rule is measured.
    pub costs: bool,
    /// Rules, by gid and sid, of which is told why they match or do not.
    pub explained: Vec<(u32, u32)>,
}

/// What one rule cost after the prefilter had named it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RuleCost {
    /// How often it was asked.
    pub checks: u64,
    /// How often it matched.
    pub matches: u64,
    /// The time that took.
    pub nanoseconds: u64,
}

/// What a rule was asked of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Occasion {
    /// The packet's number in the capture.
    pub packet: Option<u64>,
    /// `packet`, `stream`, `transaction` or `file`.
    pub what: &'static str,
    /// The transaction's number in its flow.
    pub transaction: Option<u64>,
}

/// The occasion on which a rule came nearest to a match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nearest {
    /// When that was.
    pub occasion: Occasion,
    /// How many of its conditions were met.
    pub met: usize,
    /// The first that was not.
    pub condition: String,
}

/// Why a rule matched or did not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// The rule's place in its set.
    pub rule: u32,
    /// How often it was asked.
    pub asked: u64,
    /// How often it matched, silent matches included.
    pub matches: u64,
    /// The first match.
    pub first: Option<Occasion>,
    /// Where it came nearest without one.
    pub nearest: Option<Nearest>,
}

/// What all workers saw.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Watched {
    /// By the rule's place in its set.
    pub costs: Vec<RuleCost>,
    /// In the order in which they were asked for, those alone that are in the set.
    pub explanations: Vec<Explanation>,
}

/// One worker's look at rules.
#[derive(Debug)]
pub(crate) struct Watch {
    measures: bool,
    pub(crate) watched: Watched,
    /// The number of the packet at hand.
    pub(crate) packet: Option<u64>,
}

impl Watch {
    /// None when nothing is to be watched.
    pub(crate) fn new(wish: &Wish, rules: &RuleSet) -> Option<Box<Self>> {
        let place = |(gid, sid): &(u32, u32)| {
            let mut all = rules.rules();
            all.position(|rule| rule.gid == *gid && rule.sid == *sid)
        };
        let places = wish.explained.iter().filter_map(place);
        let explanations: Vec<Explanation> = places.map(Explanation::new).collect();
        let costs = if wish.costs { rules.rules().len() } else { 0 };
        (wish.costs || !explanations.is_empty()).then(|| {
            Box::new(Self {
                measures: wish.costs,
                watched: Watched {
                    costs: vec![RuleCost::default(); costs],
                    explanations,
                },
                packet: None,
            })
        })
    }

    /// A rule was asked, and in how many conditions it got.
    pub(crate) fn asked(&mut self, rule: u32, occasion: Occasion, met: usize, condition: &str) {
        let explanations = &mut self.watched.explanations;
        for one in explanations.iter_mut().filter(|one| one.rule == rule) {
            one.asked += 1;
            if one.nearest.as_ref().is_none_or(|known| met > known.met) {
                one.nearest = Some(Nearest {
                    occasion,
                    met,
                    condition: condition.to_owned(),
                });
            }
        }
    }

    /// The rules to explain.
    pub(crate) fn explained(&self) -> Vec<u32> {
        let explanations = self.watched.explanations.iter();
        explanations.map(|one| one.rule).collect()
    }
}

impl Explanation {
    fn new(rule: usize) -> Self {
        Self {
            rule: u32::try_from(rule).unwrap_or(u32::MAX),
            asked: 0,
            matches: 0,
            first: None,
            nearest: None,
        }
    }

    fn add(&mut self, other: Self) {
        self.asked += other.asked;
        self.matches += other.matches;
        self.first = match (self.first, other.first) {
            (Some(own), Some(theirs)) if theirs.packet < own.packet => Some(theirs),
            (own, theirs) => own.or(theirs),
        };
        let met = |nearest: &Option<Nearest>| nearest.as_ref().map(|nearest| nearest.met);
        if met(&other.nearest) > met(&self.nearest) {
            self.nearest = other.nearest;
        }
    }
}

/// What workers put together.
#[derive(Debug, Default)]
pub(crate) struct Board {
    pub(crate) wish: Wish,
    watched: Mutex<Watched>,
}

impl Board {
    pub(crate) fn new(wish: Wish) -> Self {
        Self {
            wish,
            watched: Mutex::default(),
        }
    }

    /// Adds what one worker saw.
    pub(crate) fn add(&self, more: Watched) {
        let mut all = self.watched.lock().unwrap_or_else(PoisonError::into_inner);
        if all.costs.is_empty() && all.explanations.is_empty() {
            *all = more;
            return;
        }
        for (cost, more) in all.costs.iter_mut().zip(more.costs) {
            cost.checks += more.checks;
            cost.matches += more.matches;
            cost.nanoseconds += more.nanoseconds;
        }
        for (one, more) in all.explanations.iter_mut().zip(more.explanations) {
            one.add(more);
        }
    }

    pub(crate) fn watched(&self) -> Watched {
        let watched = self.watched.lock();
        watched.unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Measures rules one after the other, when somebody wants to know.
pub(crate) struct Laps<'a> {
    watch: Option<&'a mut Watch>,
    what: &'static str,
    running: Option<(u32, Instant)>,
}

impl<'a> Laps<'a> {
    pub(crate) fn new(watch: Option<&'a mut Box<Watch>>, what: &'static str) -> Self {
        Self {
            watch: watch.map(|watch| &mut **watch),
            what,
            running: None,
        }
    }

    /// The next rule is asked.
    #[inline]
    pub(crate) fn next(&mut self, rule: u32) {
        if self.watch.is_some() {
            self.lap(Some(rule));
        }
    }

    /// The rule at hand matched.
    #[inline]
    pub(crate) fn matched(&mut self, rule: u32, transaction: Option<u64>) {
        if self.watch.is_some() {
            self.note(rule, transaction);
        }
    }

    #[cold]
    fn lap(&mut self, rule: Option<u32>) {
        let Some(watch) = self.watch.as_deref_mut().filter(|watch| watch.measures) else {
            return;
        };
        let now = Instant::now();
        if let Some((rule, started)) = self.running {
            let passed = now.saturating_duration_since(started).as_nanos();
            if let Some(cost) = watch.watched.costs.get_mut(rule as usize) {
                cost.checks += 1;
                cost.nanoseconds += u64::try_from(passed).unwrap_or(u64::MAX);
            }
        }
        self.running = rule.map(|rule| (rule, now));
    }

    #[cold]
    fn note(&mut self, rule: u32, transaction: Option<u64>) {
        let Some(watch) = self.watch.as_deref_mut() else {
            return;
        };
        if let Some(cost) = watch.watched.costs.get_mut(rule as usize) {
            cost.matches += 1;
        }
        let occasion = Occasion {
            packet: watch.packet,
            what: self.what,
            transaction,
        };
        let explanations = watch.watched.explanations.iter_mut();
        for one in explanations.filter(|one| one.rule == rule) {
            one.matches += 1;
            one.first.get_or_insert(occasion);
        }
    }
}

impl Drop for Laps<'_> {
    fn drop(&mut self) {
        if self.running.is_some() {
            self.lap(None);
        }
    }
}
