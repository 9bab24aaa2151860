//! One rule's inspection of all its buffers.

use std::borrow::Cow;

use wirewatch_proto::{Side, Transaction};

use super::super::application::{ApplicationPart, NumberTest};
use super::super::buffer::{BufferId, Inspected, octets};
use super::super::check::{Check, MAX_VARIABLES, RegexCopies, Run};
use super::super::compiled::Compiled;
use super::super::field::Place;
use super::super::note::Notes;
use super::super::set::RuleSet;
use super::super::transform::apply_all;
use super::PacketView;

/// Values of one buffer that are looked at.
const MAX_VALUES: usize = 1_024;

/// One rule's inspection: what its buffers hand on to the next.
pub(super) struct Inspection<'a> {
    rules: &'a RuleSet,
    regexes: &'a mut RegexCopies,
    steps: &'a mut u32,
    variables: [u64; MAX_VARIABLES],
    /// What `base64_decode` gave.
    decoded: Vec<u8>,
    /// What is worth telling of what held so far.
    pub(super) notes: Notes,
}

/// A transaction as one rule sees it.
#[derive(Clone, Copy)]
pub(super) struct Viewed<'a> {
    pub(super) tx: &'a dyn Transaction,
    /// Its application's number.
    pub(super) application: usize,
    pub(super) side: Side,
}

impl<'a> Inspection<'a> {
    pub(super) fn new(
        rules: &'a RuleSet,
        regexes: &'a mut RegexCopies,
        steps: &'a mut u32,
    ) -> Self {
        Self {
            rules,
            regexes,
            steps,
            variables: [0; MAX_VARIABLES],
            decoded: Vec::new(),
            notes: Notes::default(),
        }
    }

    /// Whether all that a rule asks of a packet's bytes holds. What it asks of transactions is
    /// asked elsewhere.
    pub(super) fn of_packet(&mut self, compiled: &Compiled, packet: &PacketView<'_>) -> bool {
        compiled.inspections.iter().all(|inspection| {
            let source = inspection.source;
            match source.buffer {
                BufferId::Field(_) => true,
                _ => {
                    self.packet_buffer(source.buffer, source.transforms, &inspection.checks, packet)
                }
            }
        })
    }

    /// Whether all that a rule asks of a transaction holds, its payload left out.
    pub(super) fn of_transaction(
        &mut self,
        compiled: &Compiled,
        part: &ApplicationPart,
        viewed: Viewed<'_>,
        packet: &PacketView<'_>,
    ) -> bool {
        part.stage(viewed.application, viewed.side)
            .is_some_and(|stage| stage.is_reached(viewed.tx))
            && self.numbers_hold(part, viewed)
            && events_hold(part, viewed.tx)
            && compiled.inspections.iter().all(|inspection| {
                let source = inspection.source;
                match source.buffer {
                    BufferId::Payload => true,
                    BufferId::Field(field) => {
                        self.field(field, source.transforms, &inspection.checks, viewed)
                    }
                    buffer => {
                        self.packet_buffer(buffer, source.transforms, &inspection.checks, packet)
                    }
                }
            })
    }

    /// Whether all that a rule asks of a span's bytes holds.
    pub(super) fn of_frame(
        &mut self,
        compiled: &Compiled,
        bytes: &[u8],
        packet: &PacketView<'_>,
    ) -> bool {
        compiled.inspections.iter().all(|inspection| {
            let source = inspection.source;
            match source.buffer {
                BufferId::Frame => self.bytes(bytes.into(), source.transforms, &inspection.checks),
                buffer => self.packet_buffer(buffer, source.transforms, &inspection.checks, packet),
            }
        })
    }

    /// Whether what is final already rules the rule out.
    pub(super) fn may_still_hold(
        &mut self,
        compiled: &Compiled,
        part: &ApplicationPart,
        viewed: Viewed<'_>,
    ) -> bool {
        let fields = &self.rules.applications.fields;
        let simple = compiled.inspections.iter().all(|one| one.checks.len() <= 8);
        if !simple || part.asked.both_sides {
            return true;
        }
        let progress = viewed.tx.progress(viewed.side);
        for inspection in &compiled.inspections {
            let BufferId::Field(field) = inspection.source.buffer else {
                // Later inspections may use its numbers.
                return true;
            };
            let Some(place) = fields.buffer_place(field, viewed.application) else {
                return true;
            };
            let is_final = place.progress <= progress
                && place.side.is_none_or(|side| side == viewed.side)
                && !viewed.tx.grows(viewed.side);
            if !is_final {
                continue;
            }
            let transforms = inspection.source.transforms;
            if !uses_variables(&inspection.checks)
                && !self.field(field, transforms, &inspection.checks, viewed)
            {
                return false;
            }
        }
        true
    }

    pub(super) fn numbers_hold(&self, part: &ApplicationPart, viewed: Viewed<'_>) -> bool {
        let mut numbers = part.asked.numbers.iter();
        numbers.all(|test| self.number_holds(test, viewed))
    }

    pub(super) fn number_holds(&self, test: &NumberTest, viewed: Viewed<'_>) -> bool {
        let fields = &self.rules.applications.fields;
        let or = test.or.as_ref().is_some_and(|(field, wanted)| {
            let place = fields.number_place(*field, viewed.application);
            place.is_some_and(|place| {
                let value = number_at(viewed, place, 0);
                value.is_some_and(|value| wanted.iter().any(|one| one.holds(value)))
            })
        });
        let place = fields.number_place(test.field, viewed.application);
        or || place.is_some_and(|place| test.holds(viewed.tx, place, viewed.side))
    }

    /// Whether any value of a field is as asked.
    pub(super) fn field(
        &mut self,
        field: u16,
        transforms: u16,
        checks: &[Check],
        viewed: Viewed<'_>,
    ) -> bool {
        let place = self
            .rules
            .applications
            .fields
            .buffer_place(field, viewed.application);
        let Some(place) = place else {
            return false;
        };
        let side = place.side.unwrap_or(viewed.side);
        let most = if place.many { MAX_VALUES } else { 1 };
        for index in 0..most {
            match viewed.tx.buffer(place.number(side), side, index) {
                Some(bytes) => {
                    if self.bytes(bytes, transforms, checks) {
                        return true;
                    }
                }
                None => return index == 0 && is_met_by_absence(checks),
            }
        }
        false
    }

    pub(super) fn packet_buffer(
        &mut self,
        buffer: BufferId,
        transforms: u16,
        checks: &[Check],
        packet: &PacketView<'_>,
    ) -> bool {
        if buffer == BufferId::Base64 {
            let decoded = std::mem::take(&mut self.decoded);
            let holds = !decoded.is_empty() && self.bytes((&decoded).into(), transforms, checks);
            self.decoded = decoded;
            return holds;
        }
        let datagram = packet.datagram;
        let address = match buffer {
            BufferId::Source => octets(datagram.source, datagram.version),
            BufferId::Destination => octets(datagram.destination, datagram.version),
            _ => None,
        };
        if let Some(address) = address {
            return self.bytes(address.into(), transforms, checks);
        }
        Inspected::of(buffer, packet)
            .is_some_and(|inspected| self.bytes(inspected.bytes.into(), transforms, checks))
    }

    /// Whether these bytes are as asked.
    pub(super) fn bytes(
        &mut self,
        bytes: Cow<'_, [u8]>,
        transforms: u16,
        checks: &[Check],
    ) -> bool {
        let bytes = match self.rules.transforms.get(transforms) {
            [] => bytes,
            transforms => apply_all(transforms, bytes, self.regexes),
        };
        let mut run = Run {
            bytes: &bytes,
            variables: self.variables,
            steps: *self.steps,
            regexes: self.regexes,
            decoded: None,
            notes: &mut self.notes,
        };
        let holds = run.holds(checks);
        *self.steps = run.steps;
        if holds {
            self.variables = run.variables;
            if let Some(decoded) = run.decoded {
                self.decoded = decoded;
            }
        }
        holds
    }
}

/// A number's value as the rule sees the transaction.
pub(super) fn number_at(viewed: Viewed<'_>, place: Place, index: usize) -> Option<u64> {
    let side = place.side.unwrap_or(viewed.side);
    viewed.tx.number(place.number(side), side, index)
}

fn events_hold(part: &ApplicationPart, tx: &dyn Transaction) -> bool {
    let events = tx.events();
    let mut asked = part.asked.events.iter();
    asked.all(|code| events.iter().any(|event| event.code == &**code))
}

/// A buffer that is not there is what `absent` asks for.
fn is_met_by_absence(checks: &[Check]) -> bool {
    checks
        .iter()
        .any(|check| matches!(check, Check::Absent { .. }))
}

fn uses_variables(checks: &[Check]) -> bool {
    checks.iter().any(|check| {
        matches!(
            check,
            Check::ByteTest(_)
                | Check::ByteJump(_)
                | Check::ByteExtract(_)
                | Check::ByteMath(_)
                | Check::Base64(_)
        )
    })
}
