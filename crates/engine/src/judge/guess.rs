//! The transaction that an alert may be about whose rule asks for bytes only.
//!
//! A rule without keywords of a protocol says nothing about transactions. While a flow has one only, it
//! is a good guess; while it has several, none is.

use std::collections::HashMap;

use wirewatch_flow::{Flow, Side};
use wirewatch_proto::Transaction;

use super::Judge;
use super::rules::memory_of;
use crate::application::{At, flow_side, members};

/// Transactions of a flow that are under way at once; a flow that had more is not guessed about.
const MAX_LIVE: usize = 16;
/// Memory of what is known of one worker's transactions under way, in bytes.
const MAX_HELD: usize = 16 << 20;

/// One worker's transactions under way, by the place of the flow's memory.
#[derive(Default)]
pub(super) struct Guesses {
    flows: HashMap<u32, Live>,
    held: usize,
}

/// The transactions of one flow that are under way.
#[derive(Default)]
struct Live {
    all: Vec<Known>,
    /// There were too many.
    is_crowded: bool,
}

#[derive(Default)]
struct Known {
    id: u64,
    /// Its record was told.
    is_over: bool,
    /// Sides that said something of it and of which no packet came since.
    is_unseen: [bool; 2],
    /// What its record tells.
    app: String,
}

/// A transaction that an alert may be about.
#[derive(Debug, Clone, Copy)]
pub(super) struct Guess<'a> {
    pub(super) id: u64,
    pub(super) app: &'a str,
}

impl Known {
    /// Whether rules that see what this side says may be about it.
    fn concerns(&self, side: Side) -> bool {
        !self.is_over || self.is_unseen(side)
    }

    fn is_unseen(&self, side: Side) -> bool {
        match side {
            Side::ToServer => self.is_unseen[0],
            Side::ToClient => self.is_unseen[1],
        }
    }

    fn set_unseen(&mut self, side: Side, is_unseen: bool) {
        match side {
            Side::ToServer => self.is_unseen[0] = is_unseen,
            Side::ToClient => self.is_unseen[1] = is_unseen,
        }
    }
}

impl Live {
    fn known(&mut self, id: u64) -> Option<&mut Known> {
        let place = match self.all.iter().position(|known| known.id == id) {
            Some(place) => place,
            None if self.all.len() < MAX_LIVE => {
                self.all.push(Known {
                    id,
                    ..Known::default()
                });
                self.all.len() - 1
            }
            None => {
                self.is_crowded = true;
                return None;
            }
        };
        self.all.get_mut(place)
    }

    fn held(&self) -> usize {
        let texts: usize = self.all.iter().map(|known| known.app.capacity()).sum();
        texts + self.all.capacity() * size_of::<Known>()
    }
}

impl Guesses {
    /// Changes what is known of a flow's transactions.
    fn change(&mut self, place: u32, change: impl FnOnce(&mut Live)) {
        let live = self.flows.entry(place).or_default();
        let before = live.held();
        if self.held > MAX_HELD {
            *live = Live {
                is_crowded: true,
                ..Live::default()
            };
        } else {
            change(live);
        }
        self.held = (self.held + live.held()).saturating_sub(before);
    }

    /// The only transaction that rules which see what this side says may be about.
    pub(super) fn of(&self, place: u32, side: Side) -> Option<Guess<'_>> {
        let live = self.flows.get(&place).filter(|live| !live.is_crowded)?;
        let mut concerned = live.all.iter().filter(|known| known.concerns(side));
        let only = concerned.next()?;
        concerned.next().is_none().then_some(Guess {
            id: only.id,
            app: &only.app,
        })
    }

    /// The flow has ended.
    pub(super) fn forget(&mut self, place: u32) {
        if let Some(live) = self.flows.remove(&place) {
            self.held = self.held.saturating_sub(live.held());
        }
    }
}

impl Judge {
    /// Whether alerts guess their transactions.
    #[inline]
    pub(crate) fn guesses(&self) -> bool {
        self.guesses.is_some()
    }

    /// A transaction has come further.
    pub(super) fn note_transaction(
        &mut self,
        transaction: &dyn Transaction,
        side: wirewatch_proto::Side,
        at: &At<'_>,
        flow: &mut Flow,
    ) {
        let details = at.ways.details_in_alerts;
        self.change_guess(flow, |live| {
            if let Some(known) = live.known(transaction.id()) {
                known.app = if details {
                    members(transaction)
                } else {
                    String::new()
                };
                known.set_unseen(flow_side(side), true);
            }
        });
    }

    /// The record of a transaction is told: nothing more comes of it.
    pub(crate) fn transaction_told(&mut self, id: u64, flow: &mut Flow) {
        self.change_guess(flow, |live| {
            if let Some(known) = live.known(id) {
                known.is_over = true;
            }
        });
    }

    /// A packet of a side was shown to rules.
    #[cold]
    pub(crate) fn packet_passed(&mut self, side: Side, flow: &mut Flow) {
        if flow.user[1] == 0 {
            return;
        }
        self.change_guess(flow, |live| {
            live.all.retain_mut(|known| {
                known.set_unseen(side, false);
                !known.is_over || known.is_unseen(side.other())
            });
        });
    }

    fn change_guess(&mut self, flow: &mut Flow, change: impl FnOnce(&mut Live)) {
        let Some(guesses) = &mut self.guesses else {
            return;
        };
        if memory_of(flow, &mut self.memories, &mut self.free).is_some()
            && let Some(place) = flow.user[1].checked_sub(1)
        {
            guesses.change(place, change);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(change: impl Fn(&mut Live)) -> Guesses {
        let mut guesses = Guesses::default();
        guesses.change(0, change);
        guesses
    }

    fn begun(live: &mut Live, id: u64, side: Side) {
        if let Some(known) = live.known(id) {
            known.set_unseen(side, true);
        }
    }

    #[test]
    fn the_only_transaction_is_guessed() {
        let guesses = with(|live| begun(live, 4, Side::ToServer));
        let guess = guesses.of(0, Side::ToClient);
        assert_eq!(guess.map(|guess| guess.id), Some(4));
    }

    #[test]
    fn of_several_none_is_guessed() {
        let guesses = with(|live| {
            begun(live, 4, Side::ToServer);
            begun(live, 5, Side::ToServer);
        });
        assert!(guesses.of(0, Side::ToServer).is_none());
    }

    #[test]
    fn what_is_over_concerns_the_side_that_rules_have_not_seen() {
        let guesses = with(|live| {
            begun(live, 4, Side::ToServer);
            begun(live, 5, Side::ToClient);
            live.all.iter_mut().for_each(|known| known.is_over = true);
        });
        let guess = |side| guesses.of(0, side).map(|guess| guess.id);
        assert_eq!(guess(Side::ToServer), Some(4));
        assert_eq!(guess(Side::ToClient), Some(5));
    }

    #[test]
    fn a_flow_that_had_too_many_is_not_guessed_about() {
        let guesses = with(|live| {
            for id in 0..=MAX_LIVE as u64 {
                begun(live, id, Side::ToServer);
            }
            live.all.truncate(1);
        });
        assert!(guesses.of(0, Side::ToServer).is_none());
    }

    #[test]
    fn the_memory_of_a_flow_that_ended_is_given_back() {
        let mut guesses = with(|live| begun(live, 1, Side::ToServer));
        assert!(guesses.held > 0);
        guesses.forget(0);
        assert_eq!(guesses.held, 0);
    }
}
