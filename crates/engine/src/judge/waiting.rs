//! Alerts that wait for a packet of whoever sent what they are about.
//!
//! What a side sends is read when the other side acknowledges it. The alert of a transaction is told
//! with the sender's next packet, as other programs do: its number, its time, and what the transaction
//! has become until then. It waits no longer than its flow lasts.

use std::collections::HashMap;

use wirewatch_flow::{Flow, Side};
use wirewatch_proto::Transaction;

use super::alert::{Alert, Scene};
use super::{Judge, Out};
use crate::application::{At, TCP, members};

/// Alerts that wait in one flow; a connection that has more at once is told the same over and over.
const MAX_OF_FLOW: usize = 64;
/// Memory of one worker's alerts that wait, in bytes: some ten thousand.
const MAX_HELD: usize = 16 << 20;
/// Times that a transaction that has come further is looked at for the alerts that wait; what it is has
/// long been told by then.
const MAX_UPDATES: u32 = 64;

/// One worker's alerts that wait. Those that do not fit are told at once.
#[derive(Default)]
pub(super) struct Waiting {
    /// By the place of the flow's memory.
    flows: HashMap<u32, Alerts>,
    held: usize,
}

/// The alerts that wait in one flow, in the order in which their rules matched.
#[derive(Default)]
struct Alerts {
    all: Vec<Alert>,
    updates: u32,
}

impl Waiting {
    /// Keeps an alert; gives it back when there is no room.
    pub(super) fn keep(&mut self, place: u32, alert: Alert) -> Option<Alert> {
        let size = alert.held();
        if self.held + size > MAX_HELD {
            return Some(alert);
        }
        let alerts = self.flows.entry(place).or_default();
        if alerts.all.len() >= MAX_OF_FLOW {
            return Some(alert);
        }
        alerts.all.push(alert);
        self.held += size;
        None
    }

    /// The alerts of a flow that are about what one side sent, or all.
    fn take(&mut self, place: u32, side: Option<Side>) -> Vec<Alert> {
        let Some(mut alerts) = self.flows.remove(&place) else {
            return Vec::new();
        };
        if side.is_some() {
            let is_due = |alert: &mut Alert| alert.side == side;
            let due: Vec<Alert> = alerts.all.extract_if(.., is_due).collect();
            let rest = std::mem::replace(&mut alerts.all, due);
            if !rest.is_empty() {
                let updates = alerts.updates;
                self.flows.insert(place, Alerts { all: rest, updates });
            }
        }
        let given: usize = alerts.all.iter().map(Alert::held).sum();
        self.held = self.held.saturating_sub(given);
        alerts.all
    }

    /// A transaction has come further: alerts about it tell so.
    fn update(&mut self, place: u32, transaction: &dyn Transaction) {
        let Some(alerts) = self.flows.get_mut(&place) else {
            return;
        };
        if alerts.updates >= MAX_UPDATES {
            return;
        }
        let mut concerned = alerts.all.iter_mut().filter(|one| one.is_of(transaction));
        let Some(first) = concerned.next() else {
            return;
        };
        alerts.updates += 1;
        let app = members(transaction);
        for alert in std::iter::once(first).chain(concerned) {
            let before = alert.held();
            alert.update(&app);
            self.held = (self.held + alert.held()).saturating_sub(before);
        }
    }
}

/// `Flow::user[2]`: alerts wait for a packet of this side.
fn waits_for(side: Side) -> u32 {
    match side {
        Side::ToServer => 1 << 25,
        Side::ToClient => 1 << 26,
    }
}

/// Whether alerts wait for a packet of this side.
#[inline]
pub(crate) fn is_waited_for(flow: &Flow, side: Side) -> bool {
    flow.user[2] & waits_for(side) != 0
}

/// Whether alerts wait for a packet of any side.
#[inline]
pub(crate) fn is_any_waited_for(flow: &Flow) -> bool {
    flow.user[2] & (waits_for(Side::ToServer) | waits_for(Side::ToClient)) != 0
}

/// Notes that alerts wait for a packet of this side.
pub(super) fn wait_for(flow: &mut Flow, side: Side) {
    flow.user[2] |= waits_for(side);
}

/// Whether an alert about what this side sent is to wait: the packet at hand is the other side's. Where
/// somebody may be waiting all is told at once.
pub(crate) fn is_to_wait(at: &At<'_>, flow: &Flow, side: Option<Side>) -> bool {
    let update = at.sight.and_then(|sight| sight.update);
    flow.protocol() == TCP
        && !at.ways.prompt
        && update.is_some_and(|update| side.is_some_and(|side| side != update.side))
}

impl Judge {
    /// Tells the alerts that wait for a packet of one side, or all.
    #[cold]
    pub(crate) fn tell_waiting(
        &mut self,
        side: Option<Side>,
        at: &At<'_>,
        flow: &mut Flow,
        out: &mut Out<'_>,
    ) {
        for one in [Side::ToServer, Side::ToClient] {
            if side.is_none_or(|due| due == one) {
                flow.user[2] &= !waits_for(one);
            }
        }
        let Some(place) = flow.user[1].checked_sub(1) else {
            return;
        };
        let rules = self.rules.as_deref();
        let (Some(rules), Some(memory)) = (rules, self.memories.get(place as usize)) else {
            return;
        };
        let scene = Scene {
            at,
            flow: Some(flow),
            payload: at.sight.map_or(&[], |sight| sight.payload),
            rules: Some(rules),
            memory,
        };
        for alert in self.waiting.take(place, side) {
            if let Some(rule) = rules.rule(alert.rule) {
                alert.tell(rule, scene, out);
            }
        }
    }

    /// A transaction has come further: alerts about it that wait tell so.
    #[inline]
    pub(super) fn update_waiting(
        &mut self,
        transaction: &dyn Transaction,
        at: &At<'_>,
        flow: &Flow,
    ) {
        if is_any_waited_for(flow)
            && at.ways.details_in_alerts
            && let Some(place) = flow.user[1].checked_sub(1)
        {
            self.waiting.update(place, transaction);
        }
    }
}
